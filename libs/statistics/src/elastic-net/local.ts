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
  let base = 0;
  let at = 0;
  for (const model of params.models) {
    const p = params.columnCounts[model.arm] as number;
    const excluded = siteNumber(rows, params.arms[model.arm]?.heldOut ?? null);
    const isLeftOut = leftOutTest(filter, model.leftOut);
    const design = designs[model.arm] as Design;
    let beyond = false;
    let count = 0;
    for (let i = 0; i < rows.rowCount && !beyond; i++) {
      if (rows.siteIndex[i] === excluded || isLeftOut(i)) continue;
      const eta = linearPredictor(design, i, params, at, model.size);
      if (eta > linearPredictorLimit || eta < -linearPredictorLimit) beyond = true;
      const residual = (rows.outcome[i] as number) - logistic(eta);
      count++;
      addScore(out, base + gradientHeader, design, i, residual);
    }
    if (beyond) out.fill(0, base, base + gradientHeader + 1 + p);
    out[base] = beyond ? 1 : 0;
    out[base + 1] = beyond ? 0 : count;
    base += gradientHeader + 1 + p;
    at += model.size;
  }
  return out;
}

function addScore(out: Float64Array, base: number, design: Design, row: number, residual: number): void {
  const p = design.columnCount;
  const offset = row * p;
  const { values } = design;
  out[base] = (out[base] as number) + residual;
  for (let j = 0; j < p; j++) out[base + 1 + j] = (out[base + 1 + j] as number) + residual * (values[offset + j] as number);
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
