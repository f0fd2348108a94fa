import type { Json } from '@cohortium/kernel';
import {
  delongInterval,
  evaluateDiscrimination,
  logitDelongInterval,
  mannWhitney,
  newcombeInterval,
  partialAuc,
  youdenPoints,
} from '@cohortium/validation';
import type { Discrimination } from '@cohortium/validation';
import { z } from 'zod';
import type { Method } from '../method.js';
import { because, bounds, byName, cutOff, num } from './json.js';
import type { GridParams } from './score-params.js';
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
import { bySite, siteAucResult, siteSummaries } from './site-results.js';

const share = z.number().min(0).max(1);
const params = z.strictObject({
  ...scoredShape,
  ...gridShape,
  partial: z
    .strictObject({ focus: z.enum(['specificity', 'sensitivity']).default('specificity'), from: share, to: share })
    .prefault({ from: 1, to: 0.8 })
    .describe('Part of the curve whose area is given as partial AUC, plain and corrected after McClish'),
  perSite: z.boolean().default(true).describe('AUC of each site from its own rows (a site summary)'),
  minimumEvents: z.int().min(1).default(10).describe('Smallest class for which the AUC of a site is shown'),
  withinSite: z
    .boolean()
    .default(true)
    .describe('AUC over pairs of one site: discrimination that owes nothing to differences between sites'),
});
type Params = z.output<typeof params>;

/** Area under the ROC curve of scores, with everything that belongs to it. */
export const auc: Method<Params> = {
  name: 'auc',
  title: { en: 'AUC with DeLong intervals, partial and within-site AUC', zh: 'AUC、DeLong 区间、部分 AUC 与中心内 AUC' },
  params,
  leaves: leavesOf('counts', 'scale', 'cells', 'branches', 'keySums', 'withinSitePairs', 'siteDiscrimination'),
  definition: (p) =>
    `AUC = P(score of an event > score of another) + P(equal) / 2; DeLong variance and interval, clipped to [0, 1], also on the logit scale, as pROC; Newcombe's score interval (method 5) beside them and in their place where the DeLong variance is 0. ${gridWords(p)} Partial AUC and its McClish correction as pROC (lines between points). Youden: cut-offs half way between neighboring scores. Wilcoxon W counts pairs in which the event is lower (R: first group = non-events), p by normal approximation with ties and without continuity correction.`,
  run: (context, given) => {
    const p = withExactChoice(given, context.scope);
    return eachOutcome(p, async (outcome): Promise<Record<string, Json>> => {
      const names = scoreNames(p);
      const evaluation = evaluationOf(context, scoreEntries(context.table, p, outcome));
      const results = await evaluateDiscrimination(evaluation, gridOf(p), p.withinSite);
      const scores = byName(names, (_, k) => aucResult(results[k] as Discrimination, p));
      if (!p.perSite) return { direction: p.direction, scores };
      const { federation, scope } = context;
      const asked = { source: evaluation.source, minimumEvents: p.minimumEvents, rocSteps: 0 };
      const sites = siteSummaries(await federation.summaries(columnQueries.siteDiscrimination, asked, scope));
      return { direction: p.direction, scores, per_site: byName(names, (_, k) => bySite(sites, k, siteAucResult)) };
    });
  },
};

/** What the grid of the parameters means. */
export function gridWords({ exact, grid, bins, decimals }: GridParams): string {
  if (exact) return 'Scores are compared exactly.';
  if (grid === 'rounded')
    return `Scores are rounded to ${decimals} decimals first (half down); everything is exact for the rounded scores.`;
  if (grid === 'values') return 'Scores take declared values; everything is exact.';
  return `Scores are seen in ${bins} bins: pairs within a bin count as ties, and the AUC of the scores themselves lies within the certificate, -+ sum p_b n_b / (2 P N)${exact === undefined ? '; where one site holds all rows they are compared exactly' : ''}.`;
}

function aucResult(
  { counts, cells, auc: estimate, withinSite }: Discrimination,
  { partial, direction }: Pick<Params, 'partial' | 'direction'>,
): Json {
  const { positives, negatives, variance } = estimate;
  const part = partialAuc(cells, partial);
  const test = mannWhitney(cells);
  const degenerate = !(variance > 0);
  const interval = degenerate ? newcombeInterval(estimate) : delongInterval(estimate);
  const half = estimate.certificateHalfWidth;
  return {
    n: counts.participants,
    n_pos: positives,
    n_neg: negatives,
    n_without_score: counts.withoutScore,
    n_without_outcome: counts.withoutOutcome,
    auc: num(estimate.auc),
    delong_var: num(variance),
    delong_se: num(Math.sqrt(variance)),
    ci95: bounds(interval),
    ci95_method: interval === null ? null : degenerate ? 'newcombe' : 'delong',
    ci95_delong: bounds(delongInterval(estimate)),
    ci95_logit_delong: bounds(logitDelongInterval(estimate)),
    ci95_newcombe: bounds(newcombeInterval(estimate)),
    certificate: certificate(estimate.auc, half),
    [`partial_auc_${partial.focus === 'specificity' ? 'spec' : 'sens'}_${partial.from}_to_${partial.to}`]: num(part.area),
    partial_auc_corrected: num(part.corrected),
    youden: youdenPoints(cells).map(({ threshold, sensitivity, specificity }) => ({
      threshold: cutOff(threshold, direction),
      sensitivity,
      specificity,
    })),
    wilcoxon_w: positives > 0 && negatives > 0 ? num(test.w) : null,
    mann_whitney_z: num(test.z),
    mann_whitney_p_no_continuity: num(test.p),
    n_unique_scores: cells.values ? cells.values.length : null,
    n_occupied_cells: cells.positives.length,
    ...(withinSite && {
      within_site: {
        auc: num(withinSite.auc),
        ci95: bounds(withinSite.interval),
        pairs: withinSite.pairs,
        share_of_all_pairs: num(withinSite.pairs / (positives * negatives)),
      },
    }),
    ...because(positives === 0 || negatives === 0 ? 'tooFewEvents' : degenerate ? 'noVariance' : undefined),
  };
}

/** Where the AUC of the scores themselves must lie. */
export function certificate(estimate: number, half: number): Json {
  if (!Number.isFinite(estimate)) return null;
  return { low: Math.max(0, estimate - half), high: Math.min(1, estimate + half), half_width: half };
}
