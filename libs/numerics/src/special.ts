import stdlibCos from '@stdlib/math-base-special-cos';
import stdlibExp from '@stdlib/math-base-special-exp';
import stdlibExpm1 from '@stdlib/math-base-special-expm1';
import stdlibLn from '@stdlib/math-base-special-ln';
import stdlibLog1p from '@stdlib/math-base-special-log1p';
import stdlibPow from '@stdlib/math-base-special-pow';
import stdlibSin from '@stdlib/math-base-special-sin';
import stdlibNormalCdf from '@stdlib/stats-base-dists-normal-cdf';
import stdlibNormalQuantile from '@stdlib/stats-base-dists-normal-quantile';

// `Math.exp` and its kin differ in the last bit between engines; these are pure JavaScript and give equal bits everywhere.

/** e^x. Source: stdlib (FreeBSD msun e_exp.c). */
export const exp = stdlibExp as unknown as (x: number) => number;
/** e^x - 1, accurate near 0. Source: stdlib (FreeBSD msun s_expm1.c). */
export const expm1 = stdlibExpm1 as unknown as (x: number) => number;
/** Sine of x radians. Source: stdlib (FreeBSD msun s_sin.c). */
export const sin = stdlibSin as unknown as (x: number) => number;
/** Cosine of x radians. Source: stdlib (FreeBSD msun s_cos.c). */
export const cos = stdlibCos as unknown as (x: number) => number;
/** Natural logarithm. Source: stdlib (FreeBSD msun e_log.c). */
export const ln = stdlibLn as unknown as (x: number) => number;
/** ln(1 + x), accurate near 0. Source: stdlib (FreeBSD msun s_log1p.c). */
export const log1p = stdlibLog1p as unknown as (x: number) => number;
/** x^y. Source: stdlib (FreeBSD msun e_pow.c). */
export const pow = stdlibPow as unknown as (x: number, y: number) => number;
/**
 * Quantile of the normal distribution with mean mu and SD sigma. For confidence levels, not for far tails: the absolute error is about
 * 1e-16 / density, in units of sigma. Source: stdlib.
 */
export const normalQuantile = stdlibNormalQuantile as unknown as (p: number, mu: number, sigma: number) => number;
/** Distribution function of the normal distribution with mean mu and SD sigma. Source: stdlib. */
export const normalCdf = stdlibNormalCdf as unknown as (x: number, mu: number, sigma: number) => number;

/** 1 / (1 + e^-x), without overflow on either side. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** ln(1 + e^x), without overflow: the binomial log-likelihood's normalizer. */
export function softplus(x: number): number {
  return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/** Logarithm to base 2, as ln(x) / ln 2: within 2 units in the last place, exact at 1; entropies need no more. */
export function log2(x: number): number {
  return ln(x) / Math.LN2;
}

/** ln(p / (1 - p)). */
export function logit(p: number): number {
  return ln(p) - log1p(-p);
}
