import { lnGamma, exp, ln, logistic, softplus } from '@cohortium/numerics';

/** Families of {@link glmQueries} with their canonical links: logit, log, identity. */
export const glmFamilies = ['binomial', 'poisson', 'gaussian'] as const;
/** See {@link glmFamilies}. */
export type GlmFamily = (typeof glmFamilies)[number];

/** What one row contributes, without its weight unless stated. */
export interface RowTerms {
  mean: number;
  /** Variance function at the mean: the weight of the row in the information. */
  variance: number;
  /** Third cumulant over variance; half of it times the leverage is the row's part of Firth's score. */
  skew: number;
  /** Deviance, weight included. */
  deviance: number;
  /** Log-likelihood as R's `aic` counts it, weight included; 0 for the Gaussian family, whose likelihood follows from the deviance. */
  logLikelihood: number;
}

/** True where a family has outcomes like this. */
export function isOutcome(family: GlmFamily, y: number): boolean {
  if (family === 'binomial') return y >= 0 && y <= 1;
  return family === 'poisson' ? y >= 0 : true;
}

/** Writes the terms of a row with linear predictor `eta`, outcome `y` and weight `w` into `out`. */
export const rowTerms: Readonly<Record<GlmFamily, (out: RowTerms, eta: number, y: number, w: number) => void>> = {
  binomial: binomialTerms,
  poisson: poissonTerms,
  gaussian: gaussianTerms,
};

function binomialTerms(out: RowTerms, eta: number, y: number, w: number): void {
  const mean = logistic(eta);
  out.mean = mean;
  out.variance = mean * logistic(-eta);
  out.skew = 1 - 2 * mean;
  // y ln mu + (1 - y) ln(1 - mu), which keeps its digits on both sides.
  const fit = y * eta - softplus(eta);
  out.deviance = 2 * w * (xLogX(y) + xLogX(1 - y) - fit);
  // R counts whole successes of whole trials: `dbinom(round(w y), round(w), mu)`.
  const trials = roundHalfEven(w);
  const successes = roundHalfEven(w * y);
  const choose = successes === 0 || successes === trials ? 0 : lnChoose(trials, successes);
  out.logLikelihood = choose + successes * eta - trials * softplus(eta);
}

function poissonTerms(out: RowTerms, eta: number, y: number, w: number): void {
  const mean = exp(eta);
  out.mean = mean;
  out.variance = mean;
  out.skew = 1;
  out.deviance = 2 * w * (xLogX(y) - y * eta - (y - mean));
  out.logLikelihood = w * (y * eta - mean - lnGamma(y + 1));
}

function gaussianTerms(out: RowTerms, eta: number, y: number, w: number): void {
  out.mean = eta;
  out.variance = 1;
  out.skew = 0;
  out.deviance = w * (y - eta) * (y - eta);
  out.logLikelihood = 0;
}

function xLogX(x: number): number {
  return x > 0 ? x * ln(x) : 0;
}

function lnChoose(n: number, k: number): number {
  return lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
}

/** The nearest whole number, the even one of two that are equally near (as R's `round`). */
function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}
