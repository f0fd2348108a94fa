import { descriptiveMethods } from './descriptives/descriptive-methods.js';
import { harmonizationMethods } from './harmonization/harmonization-methods.js';
import { learningMethods } from './learning/learning-methods.js';
import type { AnyMethod } from './method.js';
import { moments } from './moments.method.js';
import { repeatabilityMethods } from './repeatability/repeatability-methods.js';
import { selectionMethods } from './selection/selection-methods.js';
import { regressionMethods } from './regression/regression-methods.js';
import { survivalMethods } from './survival/survival-methods.js';
import { validationMethods } from './validation/validation-methods.js';

const all: readonly AnyMethod[] = [
  moments,
  ...harmonizationMethods,
  ...learningMethods,
  ...validationMethods,
  ...descriptiveMethods,
  ...repeatabilityMethods,
  ...selectionMethods,
  ...regressionMethods,
  ...survivalMethods,
];

/** Every method of this release by name. A new method is one line here. */
export const methods: ReadonlyMap<string, AnyMethod> = new Map(all.map((method) => [method.name, method]));
