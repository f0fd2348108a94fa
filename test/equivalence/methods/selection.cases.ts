import type { EquivalenceCase } from './case.js';
import { ratingTable } from './repeatability.cases.js';

const columns = ['x1', 'x2', 'x3', 'large', 'amount', 'score1', 'score2', 'time'];
const folds = { leave_one_site_out: true };

/** Methods that choose columns: the choices are equal, their scores to the tolerance. */
export const selectionCases: readonly EquivalenceCase[] = [
  { method: 'filter-variance', label: 'sample', params: { columns, min: 0.5, ...folds }, scales: [[/large/, 1e9]] },
  { method: 'filter-variance', label: 'coefficient of variation', params: { columns, measure: 'cv', min: 0.5 } },
  {
    method: 'filter-correlation',
    label: 'greedy by outcome',
    params: { columns, cutoff: 0.5, outcome: 'y', ...folds },
    without: ['oneClass'],
  },
  { method: 'filter-correlation', label: 'caret, Spearman', params: { columns, cutoff: 0.4, rule: 'caret', method: 'spearman', ...folds } },
  { method: 'filter-correlation', label: 'clusters', params: { columns, cutoff: 0.5, rule: 'cluster' } },
  { method: 'filter-icc', label: 'lower bound', params: { rater: 'rater', min: 0.6, ...folds }, table: ratingTable },
  { method: 'filter-icc', label: 'estimate of ICC3', params: { rater: 'rater', type: 'ICC3', use: 'point', min: 0.5 }, table: ratingTable },
  { method: 'univariate', label: 'Welch', params: { columns: [...columns, 'gaps'], outcome: 'y', ...folds }, scales: [[/large/, 1e6]] },
  {
    method: 'univariate',
    label: 'Wilcoxon',
    params: { columns: ['x1', 'time', 'gaps', 'score2'], outcome: 'y', test: 'wilcoxon', adjust: 'holm', top: 3, ...folds },
  },
  { method: 'univariate', label: 'score, grid', params: { columns, outcome: 'y', test: 'score', alpha: 0.2 } },
  { method: 'stability-selection', label: 'lasso', params: { columns, outcome: 'y', pairs: 2, lambda_count: 5 }, without: ['tiny'] },
  { method: 'mrmr', label: 'bins, MID', params: { columns, outcome: 'y', count: 4, ...folds } },
  {
    method: 'mrmr',
    label: 'bins, MIQ, declared edges',
    params: { columns, outcome: 'y', count: 3, criterion: 'MIQ', bins: 4, edges: { time: [10, 40] } },
  },
  { method: 'mrmr', label: 'correlation', params: { columns, outcome: 'y', count: 5, measure: 'correlation', criterion: 'MIQ', ...folds } },
  { method: 'mrmr', label: 'normal information', params: { columns, outcome: 'y', count: 5, measure: 'gaussian' } },
];
