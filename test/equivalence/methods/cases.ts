import type { EquivalenceCase } from './case.js';
import { descriptiveCases } from './descriptives.cases.js';
import { repeatabilityCases } from './repeatability.cases.js';
import { selectionCases } from './selection.cases.js';
import { glmnetCases } from './glmnet.cases.js';
import { regressionCases } from './regression.cases.js';
import { survivalCases } from './survival.cases.js';
import { harmonizationCases } from './harmonization.cases.js';
import { learningCases } from './learning.cases.js';
import { validationCases } from './validation.cases.js';

/** Every method of the catalogue with the parameters that change its program. Each folder of methods adds its list here. */
export const equivalenceCases: readonly EquivalenceCase[] = [
  { method: 'moments', label: 'all columns', params: { columns: ['x1', 'x2', 'large', 'gaps'] } },
  ...harmonizationCases,
  ...learningCases,
  ...glmnetCases,
  ...regressionCases,
  ...survivalCases,
  ...validationCases,
  ...descriptiveCases,
  ...repeatabilityCases,
  ...selectionCases,
];
