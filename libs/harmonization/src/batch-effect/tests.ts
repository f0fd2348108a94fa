import { chiSquareTail, fTail } from '@cohortium/numerics';
import type { BatchSums } from './query.js';

/** A test of equal batches; null where there are fewer than two batches, or no spread. */
export interface BatchTest {
  readonly statistic: number;
  readonly p: number;
}

/** Squares within at most this share of those between are rounding. */
const noSpread = 1e-24;

/** F test of equal means (one-way analysis of variance): R `oneway.test(var.equal = TRUE)`. On absolute deviations from medians: Brown-Forsythe. */
export function fTestOfBatches({ n, batches, between, within }: BatchSums): BatchTest | null {
  if (batches < 2 || n <= batches || !(within > noSpread * between)) return null;
  const statistic = between / (batches - 1) / (within / (n - batches));
  return { statistic, p: fTail(statistic, batches - 1, n - batches) };
}

/**
 * Chi-square test of equal mean scores, (N - 1) between / (between + within): with ranks the Kruskal-Wallis test corrected for ties (R
 * `kruskal.test`), with normal scores of absolute deviations the Fligner-Killeen test (R `fligner.test`).
 */
export function scoreTestOfBatches({ n, batches, between, within }: BatchSums): BatchTest | null {
  const total = between + within;
  if (batches < 2 || n <= 2 || !(total > 0)) return null;
  const statistic = ((n - 1) * between) / total;
  return { statistic, p: chiSquareTail(statistic, batches - 1) };
}
