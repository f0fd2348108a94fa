import type { Json } from '@cohortium/kernel';
import { evaluateDiscrimination, precisionRecall, reasonOf, rocCurve, sumOf } from '@cohortium/validation';
import type { Discrimination, SiteFigures } from '@cohortium/validation';
import { z } from 'zod';
import type { Method } from '../method.js';
import { certificate, gridWords } from './auc.method.js';
import { because, byName, cutOff, num } from './json.js';
import type { Direction } from './json.js';
import {
  columnQueries,
  eachOutcome,
  evaluationOf,
  gridOf,
  gridShape,
  leavesOf,
  scoreEntries,
  scoreNames,
  scoredShape,
  withExactChoice,
} from './score-params.js';
import { bySite, shown, siteSummaries } from './site-results.js';

/** Steps of the false positive rate at which the curve of one site is read off. */
const siteSteps = 100;

const rocParams = z.strictObject({
  ...scoredShape,
  ...gridShape,
  perSite: z.boolean().default(false).describe('Curve of each site at 101 false positive rates, without cut-offs (a site summary)'),
  minimumEvents: z.int().min(1).default(10).describe('Smallest class for which the curve of a site is shown'),
});
const prParams = z.strictObject({ ...scoredShape, ...gridShape });

/** Points of ROC curves. */
export const roc: Method<z.output<typeof rocParams>> = {
  name: 'roc',
  title: { en: 'ROC curves: all cut-offs with sensitivity and specificity', zh: 'ROC 曲线：全部阈值及其灵敏度与特异度' },
  params: rocParams,
  leaves: leavesOf('counts', 'scale', 'cells', 'branches', 'keySums', 'siteDiscrimination'),
  definition: (p) =>
    `Cut-offs from -Inf (all positive) to Inf, half way between neighboring scores (pROC), a score at or above is positive. ${gridWords(p)} Curve of a site: sensitivity at false positive rates 0, 0.01, ..., 1 along the lines between its points.`,
  run: (context, given) => {
    const p = withExactChoice(given, context.scope);
    return eachOutcome(p, async (outcome): Promise<Record<string, Json>> => {
      const names = scoreNames(p);
      const evaluation = evaluationOf(context, scoreEntries(context.table, p, outcome));
      const results = await evaluateDiscrimination(evaluation, gridOf(p), false);
      const scores = byName(names, (_, k) => rocResult(results[k] as Discrimination, p.direction));
      if (!p.perSite) return { scores };
      const { federation, scope } = context;
      const asked = { source: evaluation.source, minimumEvents: p.minimumEvents, rocSteps: siteSteps };
      const sites = siteSummaries(await federation.summaries(columnQueries.siteDiscrimination, asked, scope));
      return { scores, per_site: byName(names, (_, k) => bySite(sites, k, siteCurve)) };
    });
  },
};

function rocResult({ cells, auc }: Discrimination, direction: Direction): Json {
  const { thresholds, sensitivity, specificity } = rocCurve(cells);
  const few = sumOf(cells.positives) === 0 || sumOf(cells.negatives) === 0;
  return {
    n: auc.positives + auc.negatives,
    n_pos: auc.positives,
    auc: num(auc.auc),
    certificate: certificate(auc.auc, auc.certificateHalfWidth),
    points: few
      ? []
      : Array.from(thresholds, (threshold, k) => ({
          threshold: cutOff(threshold, direction),
          sensitivity: sensitivity[k] as number,
          specificity: specificity[k] as number,
        })),
    ...because(few ? 'tooFewEvents' : undefined),
  };
}

function siteCurve(figures: SiteFigures): Json {
  const points = Array.from({ length: siteSteps + 1 }, (_, g) => ({ fpr: g / siteSteps, sensitivity: shown(figures, `roc ${g}`) }));
  const reason = reasonOf(figures['roc 0']);
  return {
    n: shown(figures, 'participants'),
    n_pos: shown(figures, 'events'),
    auc: shown(figures, 'auc'),
    points: reason === undefined ? points : [],
    ...because(reason),
  };
}

/** Precision-recall curves and average precision. */
export const pr: Method<z.output<typeof prParams>> = {
  name: 'pr',
  title: { en: 'precision-recall curves and average precision', zh: '精确率-召回率曲线与平均精确率' },
  params: prParams,
  leaves: leavesOf('counts', 'scale', 'cells', 'branches', 'keySums'),
  definition: (p) =>
    `Average precision: sum over distinct scores, from the highest, of precision times the increase of recall (scikit-learn's average_precision_score; no interpolation). ${gridWords(p)}`,
  run: (context, given) => {
    const p = withExactChoice(given, context.scope);
    return eachOutcome(p, async (outcome): Promise<Record<string, Json>> => {
      const evaluation = evaluationOf(context, scoreEntries(context.table, p, outcome));
      const results = await evaluateDiscrimination(evaluation, gridOf(p), false);
      const names = scoreNames(p);
      return {
        average_precision: byName(names, (_, k) => num(precisionRecall((results[k] as Discrimination).cells).averagePrecision)),
        scores: byName(names, (_, k) => prResult(results[k] as Discrimination, p.direction)),
      };
    });
  },
};

function prResult({ cells, auc }: Discrimination, direction: Direction): Json {
  const { thresholds, precision, recall, averagePrecision } = precisionRecall(cells);
  const few = auc.positives === 0;
  return {
    n: auc.positives + auc.negatives,
    n_pos: auc.positives,
    prevalence: num(auc.positives / (auc.positives + auc.negatives)),
    average_precision: num(averagePrecision),
    points: few
      ? []
      : Array.from(thresholds, (threshold, k) => ({
          threshold: cutOff(threshold, direction),
          precision: precision[k] as number,
          recall: recall[k] as number,
        })),
    ...because(few ? 'tooFewEvents' : undefined),
  };
}
