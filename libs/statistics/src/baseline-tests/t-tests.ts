import { tTwoSided } from '@cohortium/numerics';

/** Size, mean and variance (n - 1) of a sample. */
export interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/** A t test of the difference of two means, first minus second. */
export interface TTest {
  readonly t: number;
  readonly df: number;
  /** Two-sided. */
  readonly p: number;
}

/** Welch's t test (R: `t.test`), null where a sample has fewer than two values or both are constant. Welch 1947, doi 10.1093/biomet/34.1-2.28. */
export function welchT(first: Sample, second: Sample): TTest | null {
  if (first.n < 2 || second.n < 2) return null;
  const a = first.variance / first.n;
  const b = second.variance / second.n;
  if (!(a + b > 0)) return null;
  const t = (first.mean - second.mean) / Math.sqrt(a + b);
  const df = ((a + b) * (a + b)) / ((a * a) / (first.n - 1) + (b * b) / (second.n - 1));
  return { t, df, p: tTwoSided(t, df) };
}

/** Student's t test with pooled variance (R: `t.test(var.equal = TRUE)`), null where it does not exist. */
export function studentT(first: Sample, second: Sample): TTest | null {
  const df = first.n + second.n - 2;
  if (first.n < 1 || second.n < 1 || df < 1) return null;
  const variance = ((first.n - 1) * first.variance + (second.n - 1) * second.variance) / df;
  if (!(variance > 0)) return null;
  const t = (first.mean - second.mean) / Math.sqrt(variance * (1 / first.n + 1 / second.n));
  return { t, df, p: tTwoSided(t, df) };
}

/** Paired t test: whether the mean of differences is zero. */
export function pairedT(differences: Sample): TTest | null {
  const { n, mean, variance } = differences;
  if (n < 2 || !(variance > 0)) return null;
  const t = mean / Math.sqrt(variance / n);
  return { t, df: n - 1, p: tTwoSided(t, n - 1) };
}

/** Standardized mean differences, second minus first. */
export interface MeanDifference {
  /** Over the root mean of the two variances (R packages tableone, cobalt). Austin 2009, doi 10.1002/sim.3697. */
  readonly smd: number | null;
  /** Over the pooled SD, weighted by degrees of freedom (Cohen's d). */
  readonly smdPooled: number | null;
}

/** Standardized mean differences of two samples; null where both are constant or empty. */
export function meanDifference(first: Sample, second: Sample): MeanDifference {
  if (first.n < 2 || second.n < 2) return { smd: null, smdPooled: null };
  const difference = second.mean - first.mean;
  const even = (first.variance + second.variance) / 2;
  const pooled = ((first.n - 1) * first.variance + (second.n - 1) * second.variance) / (first.n + second.n - 2);
  return { smd: even > 0 ? difference / Math.sqrt(even) : null, smdPooled: pooled > 0 ? difference / Math.sqrt(pooled) : null };
}
