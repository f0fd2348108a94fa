import { normalTail } from '@cohortium/numerics';

/** Samples below which R takes the exact distribution where there are no ties. */
const exactBelow = 50;

/** Wilcoxon's rank sum test of two samples. */
export interface RankSumTest {
  /** Pairs in which the first sample is larger, ties half: R's W, the Mann-Whitney U of the first sample. */
  readonly w: number;
  /** Two-sided p of the normal approximation corrected for ties, with and without continuity correction. */
  readonly pContinuity: number | null;
  readonly pNoContinuity: number | null;
  /** Two-sided p of the exact distribution; null where ties exist or a sample has 50 values or more, for which R approximates. */
  readonly pExact: number | null;
}

/**
 * Wilcoxon's rank sum test (R: `wilcox.test`) from counts of the two samples at the ascending distinct values; null where a sample is
 * empty. Wilcoxon 1945, doi 10.2307/3001968; Mann & Whitney 1947, doi 10.1214/aoms/1177730491.
 */
export function rankSumTest(first: ArrayLike<number>, second: ArrayLike<number>): RankSumTest | null {
  let m = 0;
  let n = 0;
  let w = 0;
  let ties = 0;
  let tied = false;
  for (let k = 0; k < first.length; k++) {
    const a = first[k] as number;
    const b = second[k] as number;
    w += a * (n + b / 2);
    m += a;
    n += b;
    ties += (a + b) ** 3 - (a + b);
    if (a + b > 1) tied = true;
  }
  if (m === 0 || n === 0) return null;
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  const sd = Math.sqrt(variance);
  const centered = w - (m * n) / 2;
  const exact = !tied && m < exactBelow && n < exactBelow;
  return {
    w,
    pContinuity: variance > 0 ? twoSided((centered - Math.sign(centered) / 2) / sd) : null,
    pNoContinuity: variance > 0 ? twoSided(centered / sd) : null,
    pExact: exact ? exactTwoSided(rankSumCounts(m, n), w, (m * n) / 2) : null,
  };
}

/** Wilcoxon's signed rank test of differences. */
export interface SignedRankTest {
  /** Sum of the ranks of positive differences: R's V. */
  readonly v: number;
  /** Two-sided p of the normal approximation corrected for ties, with and without continuity correction. */
  readonly pContinuity: number | null;
  readonly pNoContinuity: number | null;
  /** Two-sided p of the exact distribution; null where there are ties, zeros or 50 differences and more, for which R approximates. */
  readonly pExact: number | null;
}

/**
 * Wilcoxon's signed rank test (R: `wilcox.test(paired = TRUE)`) from counts at the ascending distinct absolute differences without
 * zeros: of positive differences, and of all; null without any difference.
 * @param zeros whether there were differences of zero, which are left out
 */
export function signedRankTest(positive: ArrayLike<number>, all: ArrayLike<number>, zeros: boolean): SignedRankTest | null {
  let n = 0;
  let v = 0;
  let ties = 0;
  let tied = false;
  for (let k = 0; k < all.length; k++) {
    const count = all[k] as number;
    v += (positive[k] as number) * (n + (count + 1) / 2);
    n += count;
    ties += count ** 3 - count;
    if (count > 1) tied = true;
  }
  if (n === 0) return null;
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - ties / 48;
  const centered = v - (n * (n + 1)) / 4;
  const exact = !tied && !zeros && n < exactBelow;
  return {
    v,
    pContinuity: variance > 0 ? twoSided((centered - Math.sign(centered) / 2) / Math.sqrt(variance)) : null,
    pNoContinuity: variance > 0 ? twoSided(centered / Math.sqrt(variance)) : null,
    pExact: exact ? exactTwoSided(signedRankCounts(n), v, (n * (n + 1)) / 4) : null,
  };
}

function twoSided(z: number): number {
  return Math.min(1, 2 * normalTail(Math.abs(z)));
}

/** Twice the smaller tail of a distribution given by its counts, at most 1. */
function exactTwoSided(counts: Float64Array, statistic: number, center: number): number {
  const total = counts.reduce((sum, c) => sum + c, 0);
  let tail = 0;
  if (statistic > center) for (let k = statistic; k < counts.length; k++) tail += counts[k] as number;
  else for (let k = 0; k <= statistic; k++) tail += counts[k] as number;
  return Math.min(1, (2 * tail) / total);
}

/** Number of ways to each value of W with samples of m and n: coefficients of the Gaussian binomial. */
function rankSumCounts(m: number, n: number): Float64Array {
  const counts = new Float64Array(m * n + 1);
  counts[0] = 1;
  // Times (1 - q^(n + i)), then over (1 - q^i).
  for (let i = 1; i <= m; i++) {
    for (let k = counts.length - 1; k >= n + i; k--) counts[k] = (counts[k] as number) - (counts[k - n - i] as number);
    for (let k = i; k < counts.length; k++) counts[k] = (counts[k] as number) + (counts[k - i] as number);
  }
  return counts;
}

/** Number of subsets of the ranks 1 .. n with each sum. */
function signedRankCounts(n: number): Float64Array {
  const counts = new Float64Array((n * (n + 1)) / 2 + 1);
  counts[0] = 1;
  for (let rank = 1; rank <= n; rank++)
    for (let k = counts.length - 1; k >= rank; k--) counts[k] = (counts[k] as number) + (counts[k - rank] as number);
  return counts;
}
