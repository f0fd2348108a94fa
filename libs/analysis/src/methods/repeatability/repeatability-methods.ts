import type { AnyMethod } from '../method.js';
import { agreement } from './agreement.method.js';
import { icc } from './icc.method.js';

/** Methods on repeated measurements. */
export const repeatabilityMethods: readonly AnyMethod[] = [agreement, icc];
