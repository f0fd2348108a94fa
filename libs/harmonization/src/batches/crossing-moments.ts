import type { BatchMoments } from '../empirical-bayes/parametric.js';
import type { CrossingTotals } from './crossing.js';
import type { BatchLocation } from './location.js';
import type { BatchModel } from './model.js';

/** What is known of the batches with rows at several sites. */
export interface CrossingKnown {
  /** Columns with missing cells. */
  readonly gappy: readonly number[];
  readonly sums: CrossingTotals;
  /** Covariate effects, row-major covariates x columns. */
  readonly beta: Float64Array;
  readonly location: Pick<BatchLocation, 'crossingResiduals'>;
}

/** Intercepts of the k-th crossing batch by column: its means minus covariate effects at the means of its covariates. */
export function crossingIntercepts({ gappy, sums, beta }: CrossingKnown, k: number, p: number): Float64Array {
  const { columns, covariates, gappyCovariates } = sums.centers;
  const q = beta.length / p;
  return Float64Array.from({ length: p }, (_, f) => {
    const g = gappy.indexOf(f);
    const x = g < 0 ? covariates.subarray(k * q) : gappyCovariates.subarray((k * gappy.length + g) * q);
    let value = columns[k * p + f] as number;
    for (let c = 0; c < q; c++) value -= (x[c] as number) * (beta[c * p + f] as number);
    return value;
  });
}

/** Standardized residuals of the k-th crossing batch as moments by column. */
export function crossingMoments(known: CrossingKnown, model: BatchModel, k: number): BatchMoments {
  const p = model.grandMean.length;
  const n = known.sums.observed.slice(k * p, (k + 1) * p);
  const variance = (f: number) => model.varPooled[f] || 1;
  const squares = n.map((_, f) => (known.location.crossingResiduals[k * p + f] as number) / variance(f));
  const gammaHat = crossingIntercepts(known, k, p).map(
    (intercept, f) => (intercept - (model.grandMean[f] as number)) / Math.sqrt(variance(f)),
  );
  return { n, gammaHat, squares, deltaHat: squares.map((value, f) => ((n[f] as number) > 1 ? value / ((n[f] as number) - 1) : 1)) };
}
