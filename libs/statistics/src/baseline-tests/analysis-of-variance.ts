import { chiSquareTail, fTail } from '@cohortium/numerics';
import type { Sample } from './t-tests.js';

/** An F test of equal means. */
export interface FTest {
  readonly f: number;
  readonly df: readonly [number, number];
  readonly p: number;
}

/** One-way analysis of variance (R: `aov`, `oneway.test(var.equal = TRUE)`), null with fewer than two groups or no spread within them. */
export function oneWayAnova(groups: readonly Sample[]): FTest | null {
  const filled = groups.filter(({ n }) => n > 0);
  const total = filled.reduce((sum, { n }) => sum + n, 0);
  const df: [number, number] = [filled.length - 1, total - filled.length];
  if (df[0] < 1 || df[1] < 1) return null;
  const mean = filled.reduce((sum, group) => sum + group.n * group.mean, 0) / total;
  const between = filled.reduce((sum, group) => sum + group.n * (group.mean - mean) * (group.mean - mean), 0);
  const within = filled.reduce((sum, group) => sum + (group.n - 1) * group.variance, 0);
  if (!(within > 0)) return null;
  const f = between / df[0] / (within / df[1]);
  return { f, df, p: fTail(f, df[0], df[1]) };
}

/** Welch's analysis of variance (R: `oneway.test`), null where a group has fewer than two values or no spread. Welch 1951, doi 10.1093/biomet/38.3-4.330. */
export function welchAnova(groups: readonly Sample[]): FTest | null {
  const filled = groups.filter(({ n }) => n > 0);
  const k = filled.length;
  if (k < 2 || filled.some(({ n, variance }) => n < 2 || !(variance > 0))) return null;
  const weights = filled.map(({ n, variance }) => n / variance);
  const sum = weights.reduce((total, w) => total + w, 0);
  const mean = filled.reduce((total, group, i) => total + (weights[i] as number) * group.mean, 0) / sum;
  const unevenness =
    filled.reduce((total, { n }, i) => {
      const share = 1 - (weights[i] as number) / sum;
      return total + (share * share) / (n - 1);
    }, 0) /
    (k * k - 1);
  const between = filled.reduce((total, group, i) => total + (weights[i] as number) * (group.mean - mean) * (group.mean - mean), 0);
  const f = between / ((k - 1) * (1 + 2 * (k - 2) * unevenness));
  const df: [number, number] = [k - 1, 1 / (3 * unevenness)];
  return { f, df, p: fTail(f, df[0], df[1]) };
}

/** A chi-square statistic. */
export interface ChiSquare {
  readonly chisq: number;
  readonly df: number;
  readonly p: number;
}

/**
 * Kruskal-Wallis test corrected for ties (R: `kruskal.test`), from counts of each group (rows) at the ascending distinct values
 * (columns); null with fewer than two groups or one value. Kruskal & Wallis 1952, doi 10.1080/01621459.1952.10483441.
 */
export function kruskalWallis(counts: readonly ArrayLike<number>[]): ChiSquare | null {
  const sizes = counts.map((row) => Array.from(row).reduce((n, c) => n + c, 0));
  const filled = counts.filter((_, g) => (sizes[g] as number) > 0);
  const n = sizes.reduce((sum, size) => sum + size, 0);
  const df = filled.length - 1;
  if (df < 1) return null;
  const cells = filled[0]?.length ?? 0;
  const rankSums = new Float64Array(filled.length);
  let below = 0;
  let ties = 0;
  for (let k = 0; k < cells; k++) {
    const tied = filled.reduce((sum, row) => sum + (row[k] as number), 0);
    // Ranks are taken from their mean, so that the statistic does not lose digits in large samples.
    const rank = below + (tied + 1) / 2 - (n + 1) / 2;
    filled.forEach((row, g) => (rankSums[g] = (rankSums[g] as number) + rank * (row[k] as number)));
    ties += tied * tied * tied - tied;
    below += tied;
  }
  const correction = 1 - ties / (n * n * n - n);
  if (!(correction > 0)) return null;
  const spread = filled.reduce((sum, row, g) => sum + (rankSums[g] as number) ** 2 / Array.from(row).reduce((m, c) => m + c, 0), 0);
  const chisq = ((12 / (n * (n + 1))) * spread) / correction;
  return { chisq, df, p: chiSquareTail(chisq, df) };
}
