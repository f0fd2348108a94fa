import type { EquivalenceCase } from './case.js';

/** For the methods of many rounds: near 1e6, with gaps, with ties. */
const few = ['large', 'gaps', 'score2'];
const numbers = ['x1', 'x2', 'x3', 'large', 'gaps', 'count', 'score2'];

/** Methods that describe a table. Positions of ranks, counts and tests of them are equal bit for bit. */
export const descriptiveCases: readonly EquivalenceCase[] = [
  {
    method: 'table-one',
    label: 'by site, exact',
    params: { continuous: numbers, categorical: ['group', 'stage'] },
    scales: [[/large/, 1e6]],
  },
  {
    method: 'table-one',
    label: 'by category, smoothed',
    params: { continuous: numbers, categorical: ['stage', 'y'], by: 'group', exact: false },
    scales: [[/large/, 1e6]],
  },
  { method: 'missingness', label: 'by site', params: {} },
  { method: 'missingness', label: 'named columns by category', params: { columns: ['gaps', 'x1'], by: 'stage' } },
  { method: 'quantiles', label: 'smoothed', params: { columns: numbers, by: 'y' }, scales: [[/large/, 1e6]] },
  {
    method: 'quantiles',
    label: 'exact, by site',
    params: { columns: numbers, exact: true, by: 'site', probs: [0, 0.1, 0.33, 0.5, 1] },
    scales: [[/large/, 1e6]],
  },
  {
    method: 'histogram',
    label: 'even and declared cells',
    params: { columns: numbers, edges: { x1: [-1, 0, 1] }, by: 'group' },
    scales: [[/large/, 1e6]],
  },
  { method: 'correlation', label: 'pairwise', params: { columns: ['x1', 'count', ...few] } },
  { method: 'correlation', label: 'complete rows, ranks on a grid', params: { columns: numbers, missing: 'complete', exact: false } },
  { method: 'pca', label: 'correlation', params: { columns: ['x1', 'x2', 'x3', 'large', 'gaps'] }, scales: [[/center|scale/, 1e6]] },
  { method: 'pca', label: 'covariance', params: { columns: ['x1', 'x2', 'amount'], scale: false } },
  { method: 'vif', label: 'numbers and categories', params: { columns: ['x1', 'x2', 'x3', 'gaps'], categorical: ['group', 'stage'] } },
  {
    method: 'smd',
    label: 'by outcome',
    params: { group: 'y', continuous: numbers, categorical: ['group', 'stage'] },
    scales: [[/large/, 1e6]],
  },
  {
    method: 'baseline-tests',
    label: 'by outcome and site',
    params: { outcome: 'y', continuous: few, categorical: ['group', 'stage'] },
    scales: [[/variables\.large\.(by|mean|sd|quantiles)/, 1e6]],
  },
  {
    method: 'baseline-tests',
    label: 'several groups, grid',
    params: { outcome: 'stage', by: 'group', continuous: few, categorical: ['y'], exact: false },
    scales: [[/variables\.large\.(by|mean|sd|quantiles)/, 1e6]],
  },
];
