import type { CohortRows } from '@cohortium/federation';
import { ln, triangleLength } from '@cohortium/numerics';
import { siteNumber } from '../arms.js';
import { columnAt, modelMatrix } from '../model-matrix/model-matrix.js';
import type { ModelMatrix } from '../model-matrix/model-matrix.js';
import { isOutcome, rowTerms } from './families.js';
import type { RowTerms } from './families.js';
import { termCount } from './params.js';
import type { GlmOutcome, GlmParams } from './params.js';

/**
 * Elements before the score of one model: flags for a linear predictor beyond the limit and for outcomes or weights that the family
 * does not have; rows, rows of positive weight, sum of ln weight, log-likelihood, deviance.
 */
export const glmHeader = 7;

/** Elements of one model with p terms. */
export function glmModelLength(p: number): number {
  return glmHeader + p + triangleLength(p);
}

/** The rows of one arm as numbers. */
interface ArmData {
  readonly matrix: ModelMatrix;
  readonly outcome: Float64Array;
  readonly weights: Float64Array | null;
  readonly offset: Float64Array | null;
  /** Site of each row of the matrix. */
  readonly site: Int32Array;
}

/** The vector of all models: header, score sum w (y - mu) x, information sum w v x x' (lower triangle). */
export function localScores(rows: CohortRows, params: GlmParams): Float64Array {
  const { arms, models } = params;
  const out = new Float64Array(models.reduce((length, _, m) => length + glmModelLength(termCount(params, m)), 0));
  // Arms that hold out different sites share their matrix.
  const data = new Map<string, ArmData>();
  for (const arm of models) {
    const { recipe } = arms[arm] as GlmParams['arms'][number];
    if (!data.has(recipe.hash)) data.set(recipe.hash, armData(rows, params, recipe));
  }
  let at = 0;
  let from = 0;
  let leverageFrom = 0;
  models.forEach((arm, m) => {
    const p = termCount(params, m);
    const leverage = params.leverages?.subarray(leverageFrom, leverageFrom + triangleLength(p)) ?? null;
    const part = out.subarray(at, at + glmModelLength(p));
    const excluded = siteNumber(rows, arms[arm]?.heldOut ?? null);
    const own = data.get((arms[arm] as GlmParams['arms'][number]).recipe.hash) as ArmData;
    addModel(part, own, params, params.coefficients.subarray(from, from + p), excluded, leverage);
    at += part.length;
    from += p;
    leverageFrom += triangleLength(p);
  });
  return out;
}

function armData(rows: CohortRows, params: GlmParams, recipe: GlmParams['arms'][number]['recipe']): ArmData {
  const matrix = modelMatrix(rows, recipe);
  const { rowIndex } = matrix;
  const offset = params.offset === null ? null : columnAt(rows, params.offset, rowIndex);
  return {
    matrix,
    outcome: outcomeValues(rows, params.outcome, rowIndex),
    weights: params.weights === null ? null : columnAt(rows, params.weights, rowIndex),
    offset: offset && offset.map((value) => value / params.outcome.over),
    site: rowIndex.map((row) => rows.siteIndex[row] as number),
  };
}

/** The outcome of some rows as the family reads it. */
export function outcomeValues(rows: CohortRows, { column, code, minus, over }: GlmOutcome, rowIndex: Int32Array): Float64Array {
  const values = columnAt(rows, column, rowIndex);
  return values.map((value) => (code === null ? (value - minus) / over : value === code ? 1 : 0));
}

function addModel(
  out: Float64Array,
  data: ArmData,
  params: GlmParams,
  beta: Float64Array,
  excluded: number,
  leverage: Float64Array | null,
): void {
  const { columnCount: p, values } = data.matrix;
  const terms: RowTerms = { mean: 0, variance: 0, skew: 0, deviance: 0, logLikelihood: 0 };
  const write = rowTerms[params.family];
  const score = out.subarray(glmHeader, glmHeader + p);
  const information = out.subarray(glmHeader + p);
  const limit = params.family === 'gaussian' ? Infinity : params.limit;
  for (let i = 0; i < data.outcome.length; i++) {
    if (data.site[i] === excluded) continue;
    const y = data.outcome[i] as number;
    const w = data.weights ? (data.weights[i] as number) : 1;
    if (!isOutcome(params.family, y) || !(w >= 0)) return flag(out, 1);
    const base = i * p;
    let eta = data.offset ? (data.offset[i] as number) : 0;
    for (let j = 0; j < p; j++) eta += (beta[j] as number) * (values[base + j] as number);
    if (eta > limit || eta < -limit) return flag(out, 0);
    write(terms, eta, y, w);
    addHeader(out, terms, w);
    if (w === 0) continue;
    const weight = w * terms.variance;
    let residual = w * (y - terms.mean);
    if (leverage) residual += (terms.skew * weight * quadraticForm(leverage, values, base, p)) / 2;
    addRow(score, information, values, base, residual, weight);
  }
}

function addHeader(out: Float64Array, terms: RowTerms, w: number): void {
  out[2] = (out[2] as number) + 1;
  if (w > 0) {
    out[3] = (out[3] as number) + 1;
    out[4] = (out[4] as number) + (w === 1 ? 0 : ln(w));
  }
  out[5] = (out[5] as number) + terms.logLikelihood;
  out[6] = (out[6] as number) + terms.deviance;
}

function flag(out: Float64Array, at: number): void {
  out.fill(0);
  out[at] = 1;
}

function addRow(
  score: Float64Array,
  information: Float64Array,
  values: Float64Array,
  base: number,
  residual: number,
  weight: number,
): void {
  const p = score.length;
  let at = 0;
  for (let a = 0; a < p; a++) {
    const x = values[base + a] as number;
    score[a] = (score[a] as number) + residual * x;
    const wx = weight * x;
    for (let b = 0; b <= a; b++, at++) information[at] = (information[at] as number) + wx * (values[base + b] as number);
  }
}

/** x' A x of a packed lower triangle. */
function quadraticForm(triangle: Float64Array, values: Float64Array, base: number, p: number): number {
  let total = 0;
  let at = 0;
  for (let a = 0; a < p; a++) {
    const x = values[base + a] as number;
    let row = 0;
    for (let b = 0; b < a; b++, at++) row += (triangle[at] as number) * (values[base + b] as number);
    total += x * (2 * row + (triangle[at] as number) * x);
    at++;
  }
  return total;
}
