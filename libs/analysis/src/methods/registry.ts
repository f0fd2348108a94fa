import { descriptiveMethods } from './descriptives/descriptive-methods.js';
import { combatLongitudinal } from './harmonization/combat-longitudinal.method.js';
import { combat } from './harmonization/combat.method.js';
import { covbat } from './harmonization/covbat.method.js';
import type { AnyMethod } from './method.js';
import { moments } from './moments.method.js';
import { glm } from './regression/glm.method.js';
import { mixedLogistic } from './regression/mixed-logistic.method.js';
import { multinomial } from './regression/multinomial.method.js';
import { ordinal } from './regression/ordinal.method.js';
import { validationMethods } from './validation/validation-methods.js';

const all: readonly AnyMethod[] = [
  combat,
  combatLongitudinal,
  covbat,
  glm,
  mixedLogistic,
  moments,
  multinomial,
  ordinal,
  ...validationMethods,
  ...descriptiveMethods,
];

/** Every method of this release by name. A new method is one line here. */
export const methods: ReadonlyMap<string, AnyMethod> = new Map(all.map((method) => [method.name, method]));
