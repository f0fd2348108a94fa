import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { exp, ln, triangleLength } from '@cohortium/numerics';
import { columnAt, modelMatrix } from '../model-matrix/model-matrix.js';
import type { MatrixSpec, ModelMatrix } from '../model-matrix/model-matrix.js';

/** Parameters of the multinomial queries. */
export interface MultinomialParams {
  readonly spec: Frozen<MatrixSpec>;
  /** Column of the outcome, and the codes of its classes: the reference class first. */
  readonly outcome: { readonly column: string; readonly codes: readonly number[] };
  readonly weights: string | null;
  /** Coefficients, class by class without the reference, terms within a class; for separation a direction. */
  readonly coefficients: Float64Array;
  /** Differences of linear predictors beyond this leave the vector empty but for a flag. */
  readonly limit: number;
  readonly participants: number;
}

/** Elements before the score: flag, rows, sum of weights, log-likelihood. */
export const multinomialHeader = 4;

/** Elements of a vector for p terms and some classes: one triangle for each pair of classes, since every block is symmetric. */
export function multinomialLength(p: number, classes: number): number {
  const free = classes - 1;
  return multinomialHeader + free * p + triangleLength(free) * triangleLength(p);
}

/** Rows with class and weight. */
export interface ClassRows {
  readonly matrix: ModelMatrix;
  /** Position of each row's class in the codes; -1 for others. */
  readonly classOf: Int32Array;
  readonly weights: Float64Array | null;
}

/** The rows of a request. */
export function classRows(
  rows: CohortRows,
  { spec, outcome, weights }: Pick<MultinomialParams, 'spec' | 'outcome' | 'weights'>,
): ClassRows {
  const matrix = modelMatrix(rows, spec);
  const codes = columnAt(rows, outcome.column, matrix.rowIndex);
  return {
    matrix,
    classOf: Int32Array.from(codes, (code) => outcome.codes.indexOf(code)),
    weights: weights === null ? null : columnAt(rows, weights, matrix.rowIndex),
  };
}

/** Linear predictors of the classes of one row (0 for the reference), written into `eta`. */
function predictors(eta: Float64Array, coefficients: Float64Array, { values, columnCount: p }: ModelMatrix, row: number): void {
  const base = row * p;
  for (let k = 1; k < eta.length; k++) {
    let sum = 0;
    const from = (k - 1) * p;
    for (let j = 0; j < p; j++) sum += (coefficients[from + j] as number) * (values[base + j] as number);
    eta[k] = sum;
  }
}

/** Log of the sum of exponentials; `probability` becomes the classes' probabilities. */
function softmax(eta: Float64Array, probability: Float64Array): number {
  let top = 0;
  for (const value of eta) if (value > top) top = value;
  let sum = 0;
  for (let k = 0; k < eta.length; k++) sum += probability[k] = exp((eta[k] as number) - top);
  for (let k = 0; k < eta.length; k++) probability[k] = (probability[k] as number) / sum;
  return top + ln(sum);
}

/** Header, score sum w (y_k - p_k) x, information blocks sum w (p_k [k = l] - p_k p_l) x x' (triangles, pairs k >= l). */
export function localMultinomial(rows: CohortRows, params: MultinomialParams): Float64Array {
  const { matrix, classOf, weights } = classRows(rows, params);
  const { columnCount: p, values } = matrix;
  const classes = params.outcome.codes.length;
  const free = classes - 1;
  const out = new Float64Array(multinomialLength(p, classes));
  const eta = new Float64Array(classes);
  const probability = new Float64Array(classes);
  const tri = triangleLength(p);
  for (let i = 0; i < classOf.length; i++) {
    const own = classOf[i] as number;
    if (own < 0) continue;
    const w = weights ? (weights[i] as number) : 1;
    predictors(eta, params.coefficients, matrix, i);
    if (!(w >= 0) || eta.some((value) => !(Math.abs(value) <= params.limit))) {
      out.fill(0);
      out[0] = 1;
      return out;
    }
    const total = softmax(eta, probability);
    out[1] = (out[1] as number) + 1;
    out[2] = (out[2] as number) + w;
    out[3] = (out[3] as number) + w * ((eta[own] as number) - total);
    const base = i * p;
    for (let k = 1; k < classes; k++) {
      const pk = probability[k] as number;
      const residual = w * ((own === k ? 1 : 0) - pk);
      const from = multinomialHeader + (k - 1) * p;
      for (let j = 0; j < p; j++) out[from + j] = (out[from + j] as number) + residual * (values[base + j] as number);
      for (let l = 1; l <= k; l++) {
        const weight = w * (k === l ? pk * (1 - pk) : -pk * (probability[l] as number));
        let at = multinomialHeader + free * p + (triangleLength(k - 1) + l - 1) * tri;
        for (let a = 0; a < p; a++) {
          const wx = weight * (values[base + a] as number);
          for (let b = 0; b <= a; b++, at++) out[at] = (out[at] as number) + wx * (values[base + b] as number);
        }
      }
    }
  }
  return out;
}

/** Counts of observed class (rows) by most probable class (columns; the first of equals). */
export function localConfusion(rows: CohortRows, params: MultinomialParams): Float64Array {
  const { matrix, classOf } = classRows(rows, params);
  const classes = params.outcome.codes.length;
  const counts = new Float64Array(classes * classes);
  const eta = new Float64Array(classes);
  for (let i = 0; i < classOf.length; i++) {
    const own = classOf[i] as number;
    if (own < 0) continue;
    predictors(eta, params.coefficients, matrix, i);
    let best = 0;
    for (let k = 1; k < classes; k++) if ((eta[k] as number) > (eta[best] as number)) best = k;
    counts[own * classes + best] = (counts[own * classes + best] as number) + 1;
  }
  return counts;
}

/** Rows whose likelihood falls, rises without end, or stays along a direction; changes up to the limit count as none. */
export function localClassSeparation(rows: CohortRows, params: MultinomialParams): Float64Array {
  const { matrix, classOf, weights } = classRows(rows, params);
  const counts = new Float64Array(3);
  const move = new Float64Array(params.outcome.codes.length);
  for (let i = 0; i < classOf.length; i++) {
    const own = classOf[i] as number;
    if (own < 0 || (weights && weights[i] === 0)) continue;
    predictors(move, params.coefficients, matrix, i);
    let worst = Infinity;
    for (let k = 0; k < move.length; k++) if (k !== own) worst = Math.min(worst, (move[own] as number) - (move[k] as number));
    const at = worst < -params.limit ? 0 : worst > params.limit ? 1 : 2;
    counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

/** Probabilities of the classes by row of a model matrix. */
export function classProbabilities(matrix: ModelMatrix, coefficients: Float64Array, classes: number): Float64Array[] {
  const eta = new Float64Array(classes);
  const probability = new Float64Array(classes);
  const out = Array.from({ length: classes }, () => new Float64Array(matrix.rowIndex.length));
  for (let i = 0; i < matrix.rowIndex.length; i++) {
    predictors(eta, coefficients, matrix, i);
    softmax(eta, probability);
    out.forEach((column, k) => (column[i] = probability[k] as number));
  }
  return out;
}
