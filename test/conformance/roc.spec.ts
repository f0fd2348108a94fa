import {
  aucFromHistogram,
  brier,
  confusionAt,
  delongAuc,
  delongInterval,
  gridPoint,
  scoreTieBand,
  sensitivity,
  sitePerformance,
  specificity,
} from '@cohortium/validation';
import { describe, expect, it } from 'vitest';
import { filterRows, numbers, referenceColumns, referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

// pROC prints 15 significant digits; AUC, variance and interval bounds are all of order 1 or smaller.
const tolerance = 1e-10;

interface Proportion {
  readonly estimate: number;
  readonly wilson95: readonly [number, number];
}
interface RocReference {
  readonly scores: Readonly<
    Record<string, { n: number; n_pos: number; auc: number; delong_var: number; ci95_delong: readonly [number, number] }>
  >;
  readonly per_site_first_score: Readonly<
    Record<string, { n: number; n_pos: number; auc: number; delong_se: number; ci95: readonly [number, number] }>
  >;
  readonly threshold_metrics_first_score: Readonly<
    Record<string, { tp: number; fp: number; fn: number; tn: number; sensitivity: Proportion; specificity: Proportion }>
  >;
}
interface PenalizedModel {
  readonly auc: number;
  readonly brier: number;
  readonly ci95: readonly [number, number];
  readonly per_site_auc: Readonly<Record<string, number>>;
}

function load(folder: string) {
  const columns = referenceColumns('roc', folder, 'input.csv');
  return { reference: JSON.parse(referenceText('roc', folder, 'roc.json')) as RocReference, columns, outcome: numbers(columns, 'y') };
}

function near(actual: number | undefined, expected: number, within = tolerance): void {
  expect(Math.abs((actual ?? NaN) - expected)).toBeLessThanOrEqual(within);
}

describe.skipIf(!referenceFolder)('AUC and thresholds against pROC 1.18.0', () => {
  warnIfAbsent('AUC against pROC');

  it.each(['duke', 'bmmr2-adc-pcr'])('%s: AUC, DeLong variance and interval of every score, ties included', (folder) => {
    const { reference, columns, outcome } = load(folder);
    expect(Object.keys(reference.scores).length).toBeGreaterThan(2);
    for (const [name, expected] of Object.entries(reference.scores)) {
      const scores = numbers(columns, name);
      const [y, s] = filterRows([outcome, scores], (row) => !Number.isNaN(scores[row])) as [Float64Array, Float64Array];
      for (const band of [0, scoreTieBand]) {
        const estimate = delongAuc(y, s, band);
        expect([estimate.positives, estimate.positives + estimate.negatives]).toEqual([expected.n_pos, expected.n]);
        near(estimate.auc, expected.auc);
        near(estimate.variance, expected.delong_var);
        near(delongInterval(estimate)?.low, expected.ci95_delong[0]);
        near(delongInterval(estimate)?.high, expected.ci95_delong[1]);
      }
    }
  });

  it.each(['duke', 'bmmr2-adc-pcr'])('%s: every site by itself', (folder) => {
    const { reference, columns, outcome } = load(folder);
    for (const [site, expected] of Object.entries(reference.per_site_first_score)) {
      const [y, s] = filterRows([outcome, numbers(columns, 'score_a')], (row) => columns['site']?.[row] === site) as [
        Float64Array,
        Float64Array,
      ];
      const estimate = delongAuc(y, s);
      near(estimate.auc, expected.auc);
      near(Math.sqrt(estimate.variance), expected.delong_se);
      const { auc } = sitePerformance(y, s, 0.2);
      expect(auc.state).toBe('ok');
      if (auc.state !== 'ok') continue;
      near(auc.value, expected.auc);
      near(auc.low, expected.ci95[0]);
      near(auc.high, expected.ci95[1]);
    }
  });

  it.each(['duke', 'bmmr2-adc-pcr'])('%s: counts, sensitivity and specificity with Wilson intervals', (folder) => {
    const { reference, columns, outcome } = load(folder);
    for (const [threshold, expected] of Object.entries(reference.threshold_metrics_first_score)) {
      const confusion = confusionAt(outcome, numbers(columns, 'score_a'), Number(threshold));
      expect(confusion).toEqual({
        truePositives: expected.tp,
        falseNegatives: expected.fn,
        trueNegatives: expected.tn,
        falsePositives: expected.fp,
      });
      for (const [share, wanted] of [
        [sensitivity(confusion), expected.sensitivity],
        [specificity(confusion), expected.specificity],
      ] as const) {
        near(share.value, wanted.estimate);
        near(share.interval?.low, wanted.wilson95[0]);
        near(share.interval?.high, wanted.wilson95[1]);
      }
    }
  });

  it('duke: the certificate of a gridded AUC holds the AUC of pROC', () => {
    const { reference, columns, outcome } = load('duke');
    for (const name of ['score_a', 'score_b', 'score_c']) {
      for (const cells of [100, 1000, 10_000]) {
        const histogram = { positives: new Float64Array(cells + 1), negatives: new Float64Array(cells + 1) };
        numbers(columns, name).forEach((p, i) => {
          const counts = outcome[i] === 1 ? histogram.positives : histogram.negatives;
          const at = gridPoint(p, cells);
          counts[at] = (counts[at] as number) + 1;
        });
        const { auc, certificateHalfWidth } = aucFromHistogram(histogram);
        // Half of the share of pairs in one cell: with scores crowded on a third of [0, 1], about 1.5 / cells, and less than twice that.
        expect(certificateHalfWidth).toBeLessThan(3 / cells);
        near(auc, reference.scores[name]?.auc as number, certificateHalfWidth);
      }
    }
  });

  it.each(['her2', 'er'])('%s: every model of the leave-one-hospital-out recipe', (endpoint) => {
    const columns = referenceColumns('end-to-end-duke', `${endpoint}_loso6_predictions.csv`);
    const { results } = JSON.parse(referenceText('end-to-end-duke', `${endpoint}_loso6.json`)) as {
      results: Readonly<Record<string, Readonly<Record<string, PenalizedModel>>>>;
    };
    const outcome = numbers(columns, 'truth');
    let compared = 0;
    for (const [harmonization, models] of Object.entries(results)) {
      for (const [model, expected] of Object.entries(models)) {
        const scores = numbers(columns, `${harmonization}.${model}`);
        const estimate = delongAuc(outcome, scores);
        near(estimate.auc, expected.auc);
        near(delongInterval(estimate)?.low, expected.ci95[0]);
        near(delongInterval(estimate)?.high, expected.ci95[1]);
        near(brier(outcome, scores).brier, expected.brier);
        for (const [site, auc] of Object.entries(expected.per_site_auc)) {
          const [y, s] = filterRows([outcome, scores], (row) => columns['site']?.[row] === site) as [Float64Array, Float64Array];
          near(delongAuc(y, s).auc, auc);
          compared++;
        }
      }
    }
    expect(compared).toBe(48);
  });
});
