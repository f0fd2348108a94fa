import type { AnyMethod } from '../method.js';
import { auc } from './auc.method.js';
import { calibration } from './calibration.method.js';
import { decisionCurve } from './decision-curve.method.js';
import { delong } from './delong.method.js';
import { meta } from './meta.method.js';
import { nriIdi } from './nri-idi.method.js';
import { recalibration } from './recalibration.method.js';
import { releaseGateMethod } from './release-gate.method.js';
import { pr, roc } from './roc.method.js';
import { sampleSize } from './sample-size.method.js';
import { subgroups } from './subgroups.method.js';
import { kappa, mcnemar, thresholdMetrics } from './threshold.methods.js';

/** Methods of external validation. */
export const validationMethods: readonly AnyMethod[] = [
  auc,
  calibration,
  decisionCurve,
  delong,
  kappa,
  mcnemar,
  meta,
  nriIdi,
  pr,
  recalibration,
  releaseGateMethod,
  roc,
  sampleSize,
  subgroups,
  thresholdMetrics,
];
