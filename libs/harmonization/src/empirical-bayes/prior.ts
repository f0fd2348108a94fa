/** Hyper-parameters of one batch, estimated over its features. */
export interface BatchPrior {
  /** Mean of gammaHat. */
  readonly gammaBar: number;
  /** Variance (n - 1) of gammaHat: tau squared. */
  readonly tau2: number;
  /** Shape of the inverse gamma prior of delta, by moments: (2 v + m^2) / v with mean m and variance v (n - 1) of deltaHat. */
  readonly aPrior: number;
  /** Scale of the inverse gamma prior of delta, by moments: (m v + m^3) / v. */
  readonly bPrior: number;
}

/**
 * Priors of one batch by the method of moments, over the features in `active`. Infinite shape and scale where all variances are equal.
 * Source: Johnson, Li & Rabinovic, Biostatistics 2007, doi 10.1093/biostatistics/kxj037, section 3.2.
 */
export function priorOf(gammaHat: Float64Array, deltaHat: Float64Array, active: readonly number[]): BatchPrior {
  const gammas = Float64Array.from(active, (f) => gammaHat[f] as number);
  const deltas = Float64Array.from(active, (f) => deltaHat[f] as number);
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const gammaBar = mean(gammas);
  const m = mean(deltas);
  const v = sampleVariance(deltas, m);
  return { gammaBar, tau2: sampleVariance(gammas, gammaBar), aPrior: (2 * v + m * m) / v, bPrior: (m * v + m * m * m) / v };
}

/** Variance with n - 1 around a given mean. */
export function sampleVariance(values: Float64Array, mean: number): number {
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  return squares / (values.length - 1);
}
