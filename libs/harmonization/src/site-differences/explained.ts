import type { BatchSums } from '../batch-effect/query.js';
import { fTestOfBatches } from '../batch-effect/tests.js';

/** How much of a column's variance lies between sites; null where the column has no variance. */
export interface SiteShare {
  /** Squares between sites over all squares: eta squared, 0 to 1. */
  readonly explained: number | null;
  /** Of the F test of equal sites. */
  readonly p: number | null;
}

/** Variance, in units of the standardized column, below which what is left is rounding. */
const emptied = 1e-12;

/** Eta squared and F test of a column, whose values were standardized before. On distances from medians the test is Brown-Forsythe's. */
export function siteShare(sums: BatchSums): SiteShare {
  const total = sums.between + sums.within;
  if (sums.batches < 2 || sums.n <= sums.batches || !(total > emptied * sums.n)) return { explained: null, p: null };
  return { explained: sums.between / total, p: fTestOfBatches(sums)?.p ?? null };
}
