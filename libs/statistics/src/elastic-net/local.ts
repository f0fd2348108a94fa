import type { CohortRows, Design } from '@cohortium/federation';
import { logistic, softplus } from '@cohortium/numerics';
import { siteNumber } from '../arms.js';
import type { ModelParams } from './params.js';

/** A linear predictor beyond this isolates participants in an exact sum and points to separation: the model's vector is zeroed. */
export const linearPredictorLimit = 12;

/** Which rows take part, by arm and fold. */
interface RowFilter {
  readonly rows: CohortRows;
  readonly folds: Int32Array | null;
}

/** True where row i is in the arm; `inFold` then tells the rows that a model leaves out from those it is fitted on. */
function leftOutTest(filter: RowFilter, leftOut: number | string | null): (i: number) => boolean {
  if (leftOut === null) return () => false;
  if (typeof leftOut === 'number') {
    const folds = filter.folds as Int32Array;
    return (i) => folds[i] === leftOut;
  }
  const site = siteNumber(filter.rows, leftOut);
  return (i) => filter.rows.siteIndex[i] === site;
}

/** Elements of the gradient vector of one model: flag, rows, gradient by intercept and columns. */
export const gradientHeader = 2;

/**
 * Score vectors of many logistic models: for each model `[1 if a linear predictor of this site exceeds the limit, rows,
 * sum (y - mu) (1, z)]`. A flagged model's vector is zero but for its flag.
 */
export function localGradients<R>(rows: CohortRows, params: ModelParams<R>, designs: readonly Design[]): Float64Array {
  const out = new Float64Array(params.models.reduce((n, m) => n + gradientHeader + 1 + (params.columnCounts[m.arm] as number), 0));
  const filter: RowFilter = {
    rows,
    folds: params.participantFolds && rows.folds(params.participantFolds.count, params.participantFolds.seed),
  };
  const residuals = new Float64Array(rows.rowCount);
  let base = 0;
  let at = 0;
  for (const model of params.models) {
    const p = params.columnCounts[model.arm] as number;
    const excluded = siteNumber(rows, params.arms[model.arm]?.heldOut ?? null);
    const isLeftOut = leftOutTest(filter, model.leftOut);
    const design = designs[model.arm] as Design;
    let beyond = false;
    let count = 0;
    residuals.fill(0);
    for (let i = 0; i < rows.rowCount && !beyond; i++) {
      if (rows.siteIndex[i] === excluded || isLeftOut(i)) continue;
      const eta = linearPredictor(design, i, params, at, model.size);
      if (eta > linearPredictorLimit || eta < -linearPredictorLimit) beyond = true;
      residuals[i] = (rows.outcome[i] as number) - logistic(eta);
      count++;
    }
    out[base] = beyond ? 1 : 0;
    if (!beyond) {
      out[base + 1] = count;
      addScores(out, base + gradientHeader, design, residuals);
    }
    base += gradientHeader + 1 + p;
    at += model.size;
  }
  return out;
}

/** Adds residuals' (1, design) to a score vector, four rows at a time: the vector is read and written a quarter as often. */
function addScores(out: Float64Array, base: number, design: Design, residuals: Float64Array): void {
  const p = design.columnCount;
  const { values } = design;
  let intercept = 0;
  for (const residual of residuals) intercept += residual;
  out[base] = (out[base] as number) + intercept;
  const score = out.subarray(base + 1, base + 1 + p);
  const blocks = residuals.length - (residuals.length % 4);
  for (let i = 0; i < blocks; i += 4) {
    const [r0, r1, r2, r3] = [residuals[i] as number, residuals[i + 1] as number, residuals[i + 2] as number, residuals[i + 3] as number];
    const v0 = i * p;
    const v1 = v0 + p;
    const v2 = v1 + p;
    const v3 = v2 + p;
    for (let j = 0; j < p; j++) {
      const pair = r0 * (values[v0 + j] as number) + r1 * (values[v1 + j] as number);
      score[j] = (score[j] as number) + (pair + (r2 * (values[v2 + j] as number) + r3 * (values[v3 + j] as number)));
    }
  }
  for (let i = blocks; i < residuals.length; i++) {
    const residual = residuals[i] as number;
    for (let j = 0; j < p; j++) score[j] = (score[j] as number) + residual * (values[i * p + j] as number);
  }
}

function linearPredictor(design: Design, row: number, params: ModelParams<unknown>, at: number, size: number): number {
  const offset = row * design.columnCount - 1;
  let eta = 0;
  for (let k = at; k < at + size; k++) {
    const index = params.indices[k] as number;
    const value = params.values[k] as number;
    eta += index === 0 ? value : value * (design.values[offset + index] as number);
  }
  return eta;
}

/** Rows and log-loss of the rows that each model leaves out: `[rows, sum softplus(eta) - y eta]` by model. */
export function localDeviance<R>(rows: CohortRows, params: ModelParams<R>, designs: readonly Design[]): Float64Array {
  const out = new Float64Array(2 * params.models.length);
  const filter: RowFilter = {
    rows,
    folds: params.participantFolds && rows.folds(params.participantFolds.count, params.participantFolds.seed),
  };
  let at = 0;
  params.models.forEach((model, m) => {
    const excluded = siteNumber(rows, params.arms[model.arm]?.heldOut ?? null);
    const isLeftOut = leftOutTest(filter, model.leftOut);
    for (let i = 0; i < rows.rowCount; i++) {
      if (rows.siteIndex[i] === excluded || !isLeftOut(i)) continue;
      const eta = linearPredictor(designs[model.arm] as Design, i, params, at, model.size);
      out[2 * m] = (out[2 * m] as number) + 1;
      out[2 * m + 1] = (out[2 * m + 1] as number) + softplus(eta) - (rows.outcome[i] as number) * eta;
    }
    at += model.size;
  });
  return out;
}

/** Lower triangle, row by row, of the cross product of (1, design) over the rows of one arm. */
export function localGram(rows: CohortRows, design: Design, heldOut: string | null): Float64Array {
  const p = design.columnCount;
  const out = new Float64Array(((p + 1) * (p + 2)) / 2);
  const excluded = siteNumber(rows, heldOut);
  const { values } = design;
  for (let i = 0; i < rows.rowCount; i++) {
    if (rows.siteIndex[i] === excluded) continue;
    out[0] = (out[0] as number) + 1;
    let at = 1;
    for (let a = 0; a < p; a++) {
      const za = values[i * p + a] as number;
      out[at] = (out[at] as number) + za;
      at++;
      for (let b = 0; b <= a; b++, at++) out[at] = (out[at] as number) + za * (values[i * p + b] as number);
    }
  }
  return out;
}
