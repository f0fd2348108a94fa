import type { AnyMethod } from '../method.js';
import { filterCorrelation, filterIcc, filterVariance } from './filters.methods.js';
import { mrmr } from './mrmr.method.js';
import { univariate } from './univariate.method.js';

/** Methods that choose columns. */
export const selectionMethods: readonly AnyMethod[] = [filterCorrelation, filterIcc, filterVariance, mrmr, univariate];
