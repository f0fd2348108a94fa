import type { EquivalenceCase } from './case.js';
import { regressionCases } from './regression.cases.js';
import { harmonizationCases } from './harmonization.cases.js';

/** Every method of the catalogue with the parameters that change its program. Each folder of methods adds its list here. */
export const equivalenceCases: readonly EquivalenceCase[] = [
  { method: 'moments', label: 'all columns', params: { columns: ['x1', 'x2', 'large', 'gaps'] } },
  ...harmonizationCases,
  ...regressionCases,
];
