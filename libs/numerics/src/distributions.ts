import betainc from '@stdlib/math-base-special-betainc';
import erfc from '@stdlib/math-base-special-erfc';
import gammainc from '@stdlib/math-base-special-gammainc';
import stdlibGammaln from '@stdlib/math-base-special-gammaln';
import stdlibBetaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import stdlibChiSquareQuantile from '@stdlib/stats-base-dists-chisquare-quantile';
import stdlibFQuantile from '@stdlib/stats-base-dists-f-quantile';
import stdlibTQuantile from '@stdlib/stats-base-dists-t-quantile';
import { exp, ln, log1p } from './special.js';

// Upper tails are computed as such, never as 1 - cdf: a p value of 1e-40 has its digits.

const incompleteBeta = betainc as unknown as (x: number, a: number, b: number, regularized: boolean, upper: boolean) => number;
const incompleteGamma = gammainc as unknown as (x: number, s: number, regularized: boolean, upper: boolean) => number;
const complementaryError = erfc as unknown as (x: number) => number;

/** ln |gamma(x)|. Source: stdlib (FreeBSD msun e_lgamma_r.c). */
export const lnGamma = stdlibGammaln as unknown as (x: number) => number;

/** Regularized incomplete beta function I_x(a, b). Source: stdlib (Boost ibeta). */
export function regularizedBeta(x: number, a: number, b: number): number {
  return incompleteBeta(x, a, b, true, false);
}

/** P(Z > z) of the standard normal distribution. */
export function normalTail(z: number): number {
  return complementaryError(z / Math.SQRT2) / 2;
}

/** Two-sided p value of a z statistic: P(|Z| > |z|). */
export function normalTwoSided(z: number): number {
  return complementaryError(Math.abs(z) / Math.SQRT2);
}

/** Two-sided p value of a t statistic with df > 0 degrees of freedom (not necessarily whole): P(|T| > |t|). */
export function tTwoSided(t: number, df: number): number {
  if (Number.isNaN(t) || Number.isNaN(df)) return NaN;
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(df / (df + t * t), df / 2, 0.5, true, false);
}

/** P(T > t) of Student's distribution. */
export function tTail(t: number, df: number): number {
  const half = tTwoSided(t, df) / 2;
  return t >= 0 ? half : 1 - half;
}

/** P(F > f) of the F distribution with df1 and df2 degrees of freedom; 1 below 0. */
export function fTail(f: number, df1: number, df2: number): number {
  if (Number.isNaN(f)) return NaN;
  if (!(f > 0)) return 1;
  if (f === Infinity) return 0;
  // Of the two forms, the one whose argument is not near 1, where it would have lost its digits.
  const share = (df1 * f) / (df2 + df1 * f);
  if (share < 0.5) return incompleteBeta(share, df1 / 2, df2 / 2, true, true);
  return incompleteBeta(df2 / (df2 + df1 * f), df2 / 2, df1 / 2, true, false);
}

/** P(X > x) of the chi-square distribution; 1 below 0. */
export function chiSquareTail(x: number, df: number): number {
  if (Number.isNaN(x)) return NaN;
  if (!(x > 0)) return 1;
  if (x === Infinity) return 0;
  return incompleteGamma(x / 2, df / 2, true, true);
}

/**
 * Newton steps towards the x with P(X > x) = 1 - p: the starting values of stdlib hold about 8 digits for F and beta. Keeps the best
 * point if a step leads away (flat tails).
 */
function polish(start: number, p: number, tail: (x: number) => number, density: (x: number) => number): number {
  if (!Number.isFinite(start)) return start;
  let x = start;
  let miss = tail(x) - (1 - p);
  for (let step = 0; step < 8 && miss !== 0; step++) {
    const next = x + miss / density(x);
    const nextMiss = tail(next) - (1 - p);
    if (!(Math.abs(nextMiss) < Math.abs(miss))) break;
    x = next;
    miss = nextMiss;
  }
  return x;
}

const startT = stdlibTQuantile as unknown as (p: number, df: number) => number;
const startF = stdlibFQuantile as unknown as (p: number, df1: number, df2: number) => number;
const startChiSquare = stdlibChiSquareQuantile as unknown as (p: number, df: number) => number;
const startBeta = stdlibBetaQuantile as unknown as (p: number, a: number, b: number) => number;

/** Quantile of Student's distribution; df need not be whole. */
export function tQuantile(p: number, df: number): number {
  const constant = lnGamma((df + 1) / 2) - lnGamma(df / 2) - ln(df * Math.PI) / 2;
  return polish(
    startT(p, df),
    p,
    (x) => tTail(x, df),
    (x) => exp(constant - ((df + 1) / 2) * log1p((x * x) / df)),
  );
}

/** Quantile of the F distribution with df1 and df2 degrees of freedom. */
export function fQuantile(p: number, df1: number, df2: number): number {
  const constant = lnGamma((df1 + df2) / 2) - lnGamma(df1 / 2) - lnGamma(df2 / 2) + (df1 / 2) * ln(df1 / df2);
  return polish(
    startF(p, df1, df2),
    p,
    (x) => fTail(x, df1, df2),
    (x) => exp(constant + (df1 / 2 - 1) * ln(x) - ((df1 + df2) / 2) * log1p((df1 * x) / df2)),
  );
}

/** Quantile of the chi-square distribution. */
export function chiSquareQuantile(p: number, df: number): number {
  const constant = -lnGamma(df / 2) - (df / 2) * Math.LN2;
  return polish(
    startChiSquare(p, df),
    p,
    (x) => chiSquareTail(x, df),
    (x) => exp(constant + (df / 2 - 1) * ln(x) - x / 2),
  );
}

/** Quantile of the beta distribution. */
export function betaQuantile(p: number, a: number, b: number): number {
  const constant = lnGamma(a + b) - lnGamma(a) - lnGamma(b);
  return polish(
    startBeta(p, a, b),
    p,
    (x) => regularizedBeta(1 - x, b, a),
    (x) => exp(constant + (a - 1) * ln(x) + (b - 1) * log1p(-x)),
  );
}
