import type { AnyMethod } from '../method.js';
import { cox } from './cox.method.js';
import { km } from './km.method.js';
import { logrank } from './logrank.method.js';

/** Survival analysis: Cox regression, Kaplan-Meier curves, log-rank tests. */
export const survivalMethods: readonly AnyMethod[] = [cox, km, logrank];
