import type { AnyMethod } from '../method.js';
import { batchEffect } from './batch-effect.method.js';
import { combatApply } from './combat-apply.method.js';
import { combatLongitudinal } from './combat-longitudinal.method.js';
import { combat } from './combat.method.js';
import { covbat } from './covbat.method.js';

/** Harmonization of batches and tests of what is left of them. */
export const harmonizationMethods: readonly AnyMethod[] = [batchEffect, combat, combatApply, combatLongitudinal, covbat];
