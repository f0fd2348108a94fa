import type { AnyMethod } from '../method.js';
import { filterCorrelation, filterIcc, filterVariance } from './filters.methods.js';
import { mrmr } from './mrmr.method.js';
import { stabilitySelection } from './stability-selection.method.js';
import { univariate } from './univariate.method.js';

/** Methods that choose columns. */
export const selectionMethods: readonly AnyMethod[] = [filterCorrelation, filterIcc, filterVariance, mrmr, stabilitySelection, univariate];
