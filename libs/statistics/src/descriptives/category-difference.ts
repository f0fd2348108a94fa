import { choleskyFactor, choleskySolve } from '@cohortium/numerics';

/**
 * Standardized difference of a category between two groups: the Mahalanobis distance of the shares of its levels, with the mean of both
 * multinomial covariances; for two levels the usual |p1 - p2| / sqrt((p1 q1 + p2 q2) / 2). Null where a group is empty or the shares
 * have no spread. Yang & Dalton 2012, SAS Global Forum 335.
 * @param first counts of the levels in the first group; levels without any count in either group are left out
 */
export function categoryDifference(first: ArrayLike<number>, second: ArrayLike<number>): number | null {
  const levels = Array.from({ length: first.length }, (_, k) => k).filter((k) => (first[k] as number) + (second[k] as number) > 0);
  const total = (counts: ArrayLike<number>) => levels.reduce((sum, k) => sum + (counts[k] as number), 0);
  const [n1, n2] = [total(first), total(second)];
  if (n1 === 0 || n2 === 0 || levels.length < 2) return null;
  // One level follows from the others.
  const kept = levels.slice(1);
  const m = kept.length;
  const p = kept.map((k) => (first[k] as number) / n1);
  const q = kept.map((k) => (second[k] as number) / n2);
  const covariance = new Float64Array(m * m);
  for (let a = 0; a < m; a++)
    for (let b = 0; b < m; b++) {
      const own = (shares: readonly number[]) => (a === b ? (shares[a] as number) : 0) - (shares[a] as number) * (shares[b] as number);
      covariance[a * m + b] = (own(p) + own(q)) / 2;
    }
  const factor = choleskyFactor(covariance, m);
  if (factor === null) return null;
  const difference = Float64Array.from(kept, (_, a) => (q[a] as number) - (p[a] as number));
  const solved = choleskySolve(factor, m, difference.slice());
  const square = difference.reduce((sum, d, a) => sum + d * (solved[a] as number), 0);
  return Math.sqrt(Math.max(0, square));
}
