import { describe, expect, it } from 'vitest';
import { near, onReference } from './reference-method.js';
import type { Results } from './reference-method.js';
import { numbers, referenceColumns, referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

// R prints 15 significant digits; AUCs and their variances are of order 1 or smaller. p values: R's tails hold about 1e-12.
const tolerance = 1e-9;
const folders = ['duke', 'bmmr2-adc-pcr'] as const;
const reference = (folder: string): Results => JSON.parse(referenceText('roc', folder, 'roc.json'));
const input = (folder: string) => ['roc', folder, 'input.csv'] as const;
const scoresOf = (folder: string) => Object.keys(reference(folder).scores);

describe.skipIf(!referenceFolder)('methods of scores against pROC 1.18.0, binom.test, prop.test, mcnemar.test, psych', () => {
  warnIfAbsent('methods of scores against R');

  it.each(folders)('auc, %s: exact scores over the real sites', async (folder) => {
    const expected = reference(folder);
    const found = await onReference('auc', input(folder), { outcome: 'y', scores: scoresOf(folder), exact: true });
    for (const [name, own] of Object.entries<Results>(expected.scores)) near(found.scores[name], own, tolerance, name);
    near(found.per_site.score_a, expected.per_site_first_score, tolerance);
  });

  it.each(folders)('auc, %s: the certificate of the default bins holds the AUC of pROC', async (folder) => {
    const found = await onReference('auc', input(folder), { outcome: 'y', scores: scoresOf(folder), withinSite: false, perSite: false });
    for (const [name, own] of Object.entries<Results>(reference(folder).scores)) {
      const { low, high, half_width: half } = found.scores[name].certificate;
      expect(own.auc).toBeGreaterThanOrEqual(low - 1e-12);
      expect(own.auc).toBeLessThanOrEqual(high + 1e-12);
      // 1,000 bins that hold about 0.1 % of the scores each, where scores do not tie by themselves.
      if (own.n_unique_scores > 100) expect(half).toBeLessThan(0.0015);
      expect(found.scores[name].n).toBe(own.n);
    }
  });

  it('auc, duke: scores of one decimal are exact on a grid of one decimal, stages on their values', async () => {
    const expected = reference('duke').scores;
    const rounded = await onReference('auc', input('duke'), { outcome: 'y', scores: 'score_a_rounded', grid: 'rounded', decimals: 1 });
    near(rounded.scores.score_a_rounded, expected.score_a_rounded, tolerance);
    const stages = await onReference('auc', input('duke'), { outcome: 'y', scores: ['stage_t'], grid: 'values', values: [1, 2, 3, 4] });
    near(stages.scores.stage_t, expected.stage_t, tolerance);
  });

  it.each(folders)('roc, %s: every point', async (folder) => {
    const columns = referenceColumns('roc', folder, 'roc_points.csv');
    const found = await onReference('roc', input(folder), { outcome: 'y', scores: 'score_a', exact: true });
    const { points } = found.scores.score_a;
    expect(points.length).toBe(columns['threshold']?.length);
    for (const axis of ['sensitivity', 'specificity'] as const)
      near(
        points.map((point: Results) => point[axis]),
        [...numbers(columns, axis)],
        tolerance,
        axis,
      );
    const thresholds = columns['threshold'] as readonly string[];
    expect([points[0].threshold, points.at(-1).threshold]).toEqual(['-Inf', 'Inf']);
    near(
      points.slice(1, -1).map((point: Results) => point.threshold),
      thresholds.slice(1, -1).map(Number),
      tolerance,
    );
  });

  it.each(folders)('pr, %s: average precision', async (folder) => {
    const { average_precision: expected } = reference(folder);
    const found = await onReference('pr', input(folder), { outcome: 'y', scores: Object.keys(expected), exact: true });
    near(found.average_precision, expected, tolerance);
  });

  it.each(folders)('delong, %s: paired tests of all pairs, unpaired test of two sites', async (folder) => {
    const { paired_delong: paired, unpaired_delong: unpaired } = reference(folder);
    const scores = [...new Set(Object.keys(paired).flatMap((pair) => pair.split(' vs ')))];
    const found = await onReference('delong', input(folder), { outcome: 'y', scores, exact: true, unpaired: unpaired.sites });
    expect(Object.keys(found.paired_delong)).toEqual(Object.keys(paired));
    near(found.paired_delong, paired, tolerance);
    near(found.unpaired_delong.score_a[0], { d: unpaired.d, p: unpaired.p }, tolerance);
    near(found.unpaired_delong.score_a[0].df, unpaired.df, tolerance);
  });

  it.each(folders)('threshold-metrics, mcnemar, kappa, %s', async (folder) => {
    const expected = reference(folder);
    const thresholds = Object.keys(expected.threshold_metrics_first_score).map(Number);
    const metrics = await onReference('threshold-metrics', input(folder), { outcome: 'y', scores: 'score_a', thresholds });
    for (const [threshold, own] of Object.entries<Results>(expected.threshold_metrics_first_score))
      near(metrics.scores.score_a[threshold], own, tolerance, threshold);
    const asked = { outcome: 'y', scores: ['score_a', 'score_b'], thresholds: [0.2] };
    const test = await onReference('mcnemar', input(folder), asked);
    near(test.pairs['score_a vs score_b']['0.2'], expected['mcnemar_first_two_at_0.2'], tolerance);
    const agreement = await onReference('kappa', input(folder), asked);
    near(agreement.pairs['score_a vs score_b']['0.2'], expected['kappa_first_two_at_0.2'], tolerance);
  });
});
