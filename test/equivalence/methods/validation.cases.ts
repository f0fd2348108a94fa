import type { EquivalenceCase } from './case.js';

const outcome = 'y';
const scores = ['score1', 'score2'];

/** Methods of external validation: probabilities with ties, raw scores, scores with gaps; sums, site summaries and exact searches. */
export const validationCases: readonly EquivalenceCase[] = [
  {
    method: 'auc',
    label: 'bins at normal quantiles, site summaries',
    params: { outcome, scores: [...scores, 'x1', 'large', 'gaps'], minimumEvents: 5 },
  },
  { method: 'auc', label: 'bins of equal width', params: { outcome, scores, bins: 100, range: [0, 1] } },
  { method: 'auc', label: 'rounded scores', params: { outcome, scores, grid: 'rounded', decimals: 3 } },
  {
    method: 'auc',
    label: 'exact scores of any unit, lower is positive',
    params: { outcome, scores: ['x1', 'x2', 'gaps'], exact: true, direction: 'lower' },
  },
  {
    method: 'auc',
    label: 'declared values',
    params: { outcome, scores: 'stage', grid: 'values', values: [1, 2, 3, 4], partial: { focus: 'sensitivity', from: 1, to: 0.7 } },
  },
  {
    method: 'roc',
    label: 'exact scores, curves of sites',
    params: { outcome, scores: 'score2', exact: true, perSite: true, minimumEvents: 5 },
  },
  { method: 'roc', label: 'bins', params: { outcome, scores: 'score1', bins: 50 } },
  {
    method: 'pr',
    label: 'exact scores, missing outcome counts as none',
    params: { outcome: 'event', scores, exact: true, missingOutcome: 'noEvent' },
  },
  {
    method: 'delong',
    label: 'exact, gaps left out by pair, two sites',
    params: { outcome, scores: [...scores, 'gaps'], exact: true, unpaired: ['S01', 'S02'] },
  },
  { method: 'delong', label: 'bins, jointly', params: { outcome, scores: [...scores, 'gaps'], missing: 'jointly', bins: 200 } },
  { method: 'threshold-metrics', label: 'three cut-offs, sites', params: { outcome, scores, thresholds: [0.2, 0.4, 0.5], perSite: true } },
  { method: 'mcnemar', label: 'all pairs', params: { outcome, scores: [...scores, 'x1'], thresholds: [0.4], cutByScore: { x1: 0 } } },
  { method: 'kappa', label: 'two cut-offs', params: { outcome, scores, thresholds: [0.3, 0.5] } },
  {
    method: 'calibration',
    label: 'spline, sites with loess',
    params: { outcome, scores, flexible: 'loess', infinite: 'omit', minimumEvents: 5 },
  },
  { method: 'calibration', label: 'exact scores', params: { outcome, scores: 'score1', exact: true, infinite: 'omit' } },
  {
    method: 'calibration',
    label: 'quantile groups by search, given knots',
    params: { outcome, scores: 'score1', hosmerLemeshow: true, groups: 5, knots: [0.2, 0.4, 0.6], infinite: 'omit', perSite: false },
  },
  { method: 'calibration', label: 'linear predictors', params: { outcome, scores: ['x1', 'x2'], scale: 'logit' } },
  {
    method: 'decision-curve',
    label: 'sites and bootstrap over sites',
    params: { outcome, scores, thresholds: { from: 0.1, to: 0.5, by: 0.1 }, perSite: true, bootstrap: { replicates: 50, seed: 1 } },
  },
  { method: 'nri-idi', label: 'categories', params: { outcome, scores, categories: [0.2, 0.5] } },
  { method: 'recalibration', label: 'pooled and sites', params: { outcome, scores, infinite: 'omit', minimumEvents: 8 } },
  {
    method: 'subgroups',
    label: 'categories and cuts',
    params: {
      outcome,
      scores: 'score1',
      subgroups: ['group', { column: 'stage', reference: 2 }, { column: 'x1', cuts: [-0.5, 0.5] }],
      threshold: 0.4,
      exact: true,
      minimumEvents: 5,
    },
  },
];
