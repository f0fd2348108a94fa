import type { PenalizedData } from './data.js';

/**
 * The rows that some problems share and how their penalties are weighted: the objective is `loss / share + lambda (sum l1 |b| + l2 b^2 / 2)`, the
 * loss being the mean over the weight of all rows.
 */
export interface FoldContext {
  /** Fold that is left out; -1 for none. */
  readonly leftOut: number;
  /** Weight of the rows that take part, of all. */
  readonly share: number;
  /** Weights of |b| and of b^2 / 2 per unit of lambda, by coefficient: 0 for free ones, Infinity for those that stay at zero. */
  readonly l1: Float64Array;
  readonly l2: Float64Array;
  /** Penalty factor times unit by coefficient, which l1 is alpha times of. */
  readonly factor: Float64Array;
}

/** One penalized fit among many that travel together. */
export interface PathProblem {
  readonly fold: FoldContext;
  /** Infinity: only the free coefficients move. */
  readonly lambda: number;
}

/** A point with what is known there. */
export interface PathStart {
  readonly point: Float64Array;
  readonly loss: number;
  /** Slope of the loss over the share, by coefficient. */
  readonly slope: Float64Array;
}

/** How a problem ended. `beyondLimit`: a participant's linear predictor exceeded the limit, so this and all smaller penalties have no fit. */
export type PathState = 'converged' | 'beyondLimit' | 'notConverged';

/** The end of a problem. */
export interface PathSolution {
  readonly state: PathState;
  /** By coefficient index, see `PointParams`. */
  readonly coefficients: Float64Array;
  /** Weighted mean negative log-likelihood over the rows of the fold. */
  readonly loss: number;
  /** Slope of that mean. */
  readonly slope: Float64Array;
  readonly rounds: number;
  /** Largest violation of the optimality conditions. */
  readonly violation: number;
}

/** A weight times lambda, where 0 stays 0. */
export function weighted(weight: number, lambda: number): number {
  return weight === 0 ? 0 : weight * lambda;
}

/** Coefficients that share one penalty on their norm: the classes of a column. Null where every coefficient has its own. */
export interface GroupLayout {
  readonly classes: number;
  /** Coefficients of one class. */
  readonly width: number;
}

/** Sum of penalties of a point, without lambda's share of what is held at zero. */
export function penaltyOf({ fold: { l1, l2 }, lambda }: PathProblem, point: Float64Array, groups: GroupLayout | null): number {
  let sum = 0;
  const width = groups?.width ?? point.length;
  for (let j = 0; j < width; j++) {
    let squares = 0;
    let absolute = 0;
    for (let i = j; i < point.length; i += width) {
      const b = point[i] as number;
      squares += b * b;
      absolute += Math.abs(b);
    }
    if (squares === 0) continue;
    sum += weighted(l1[j] as number, lambda) * (groups ? Math.sqrt(squares) : absolute) + 0.5 * weighted(l2[j] as number, lambda) * squares;
  }
  return sum;
}

/**
 * How far a coefficient (or its group) is from optimal: |slope + l2 b + l1 sign(b)| where it is not zero, |slope| - l1 where it is.
 */
export function violationAt(
  { fold: { l1, l2 }, lambda }: PathProblem,
  point: Float64Array,
  slope: Float64Array,
  index: number,
  groups: GroupLayout | null,
): number {
  const limit = weighted(l1[index] as number, lambda);
  const square = weighted(l2[index] as number, lambda);
  if (limit === Infinity) return 0;
  if (groups) return groupViolation(limit, square, point, slope, index, groups.width);
  const b = point[index] as number;
  const pull = (slope[index] as number) + square * b;
  if (b === 0 && limit > 0) return Math.abs(pull) - limit;
  return Math.abs(b > 0 ? pull + limit : b < 0 ? pull - limit : pull);
}

function groupViolation(limit: number, square: number, point: Float64Array, slope: Float64Array, index: number, width: number): number {
  let norm = 0;
  for (let i = index; i < point.length; i += width) norm += (point[i] as number) ** 2;
  norm = Math.sqrt(norm);
  let sum = 0;
  for (let i = index; i < point.length; i += width) {
    const b = point[i] as number;
    const pull = (slope[i] as number) + square * b + (norm > 0 ? (limit * b) / norm : 0);
    sum += pull * pull;
  }
  return norm === 0 && limit > 0 ? Math.sqrt(sum) - limit : Math.sqrt(sum);
}

/** The layout of grouped coefficients of a multinomial fit. */
export function groupLayout(data: PenalizedData, grouped: boolean): GroupLayout | null {
  if (!grouped) return null;
  return { classes: data.outcome.classes?.length ?? 1, width: 1 + data.matrix.terms.length };
}
