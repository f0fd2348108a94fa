import type { AnyMethod } from '../method.js';
import { gbt } from './gbt.method.js';

/** Learned models other than regressions. */
export const learningMethods: readonly AnyMethod[] = [gbt];
