import { descriptiveMethods } from './descriptives/descriptive-methods.js';
import { batchEffect } from './harmonization/batch-effect.method.js';
import { combatApply } from './harmonization/combat-apply.method.js';
import { combatLongitudinal } from './harmonization/combat-longitudinal.method.js';
import { combat } from './harmonization/combat.method.js';
import { covbat } from './harmonization/covbat.method.js';
import type { AnyMethod } from './method.js';
import { moments } from './moments.method.js';
import { repeatabilityMethods } from './repeatability/repeatability-methods.js';
import { selectionMethods } from './selection/selection-methods.js';
import { regressionMethods } from './regression/regression-methods.js';
import { survivalMethods } from './survival/survival-methods.js';
import { validationMethods } from './validation/validation-methods.js';

const all: readonly AnyMethod[] = [
  batchEffect,
  combat,
  combatApply,
  combatLongitudinal,
  covbat,
  moments,
  ...validationMethods,
  ...descriptiveMethods,
  ...repeatabilityMethods,
  ...selectionMethods,
  ...regressionMethods,
  ...survivalMethods,
];

/** Every method of this release by name. A new method is one line here. */
export const methods: ReadonlyMap<string, AnyMethod> = new Map(all.map((method) => [method.name, method]));
