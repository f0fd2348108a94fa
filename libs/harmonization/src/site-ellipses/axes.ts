import { leadingEigen } from '@cohortium/numerics';
import type { ComponentProducts } from './query.js';

/** The two principal axes over all sites. */
export interface PrincipalAxes {
  /** Weights of the columns on the first axis, then on the second; orthonormal. */
  readonly axes: Float64Array;
  /** Share of the variance of all columns that lies along each axis. */
  readonly explained: readonly [number, number];
}

/**
 * The two directions in which participants of all sites differ most: leading eigenvectors of the covariance (n - 1) of the columns. Null where
 * fewer than two columns vary. Weights of largest size are positive.
 * @param left columns that take no part: their weights are zero
 */
export function principalAxes({ n, first, second }: ComponentProducts, left: ReadonlySet<number> = new Set()): PrincipalAxes | null {
  const p = first.length;
  if (!(n > 1)) return null;
  const covariance = new Float64Array(p * p);
  let total = 0;
  for (let a = 0; a < p; a++)
    for (let b = 0; b < p; b++) {
      if (left.has(a) || left.has(b)) continue;
      const value = ((second[a * p + b] as number) - ((first[a] as number) * (first[b] as number)) / n) / (n - 1);
      covariance[a * p + b] = value;
      if (a === b) total += value;
    }
  const { values, vectors } = leadingEigen(covariance, p, 2);
  // What is left of a direction without variance is rounding.
  if (values.length < 2 || !((values[1] as number) > 1e-12 * total)) return null;
  return {
    axes: Float64Array.from({ length: 2 * p }, (_, k) => (left.has(k % p) ? 0 : (vectors[2 * (k % p) + (k < p ? 0 : 1)] as number))),
    explained: [(values[0] as number) / total, (values[1] as number) / total],
  };
}
