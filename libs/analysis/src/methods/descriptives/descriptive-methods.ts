import type { AnyMethod } from '../method.js';
import { baselineTests } from './baseline-tests.method.js';
import { correlation } from './correlation.method.js';
import { histogram } from './histogram.method.js';
import { missingness } from './missingness.method.js';
import { pAdjust } from './p-adjust.method.js';
import { pca } from './pca.method.js';
import { quantiles } from './quantiles.method.js';
import { smd } from './smd.method.js';
import { tableOne } from './table-one.method.js';
import { vif } from './vif.method.js';

/** Methods that describe a table. */
export const descriptiveMethods: readonly AnyMethod[] = [
  baselineTests,
  correlation,
  histogram,
  missingness,
  pAdjust,
  pca,
  quantiles,
  smd,
  tableOne,
  vif,
];
