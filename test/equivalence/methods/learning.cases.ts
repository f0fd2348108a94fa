import type { EquivalenceCase } from './case.js';

/** Learned models; trees must be the same, so must be their edges and leaf values. */
export const learningCases: readonly EquivalenceCase[] = [
  {
    method: 'gbt',
    label: 'numbers and categories, missing cells',
    params: { outcome: 'y', features: ['x1', 'x2', 'large', 'gaps', 'group'], n_rounds: 4, grid: 200, bins: 12 },
  },
];
