import { exp, ln, log1p, normalTail } from '@cohortium/numerics';

/** ln P(Z > z), also where the tail itself underflows (asymptotic series; Abramowitz & Stegun 26.2.12). */
export function lnNormalTail(z: number): number {
  if (z < 25) return ln(normalTail(z));
  const w = 1 / (z * z);
  return -(z * z) / 2 - ln(z) - 0.5 * ln(2 * Math.PI) + log1p(-w * (1 - w * (3 - w * (15 - 105 * w))));
}

/**
 * The smallest delta for which Gaussian noise is (epsilon, delta)-differentially private.
 * Source: Balle & Wang 2018, arXiv 1805.06530, Theorem 8.
 * @param ratio l2 sensitivity over standard deviation, > 0
 * @example gaussianDelta(1, 1) // 0.12693674
 */
export function gaussianDelta(epsilon: number, ratio: number): number {
  const lnFirst = lnNormalTail(epsilon / ratio - ratio / 2);
  const lnSecond = epsilon + lnNormalTail(epsilon / ratio + ratio / 2);
  return Math.max(0, exp(lnFirst) - exp(Math.min(lnSecond, lnFirst)));
}

/**
 * The smallest epsilon >= 0 for which Gaussian noise is (epsilon, delta)-differentially private; rounded up.
 * @param delta in (0, 1)
 */
export function gaussianEpsilon(delta: number, ratio: number): number {
  if (gaussianDelta(0, ratio) <= delta) return 0;
  const low = 0;
  let high = 1;
  while (gaussianDelta(high, ratio) > delta) high *= 2;
  return bisect(low, high, (epsilon) => gaussianDelta(epsilon, ratio) <= delta);
}

/**
 * The smallest standard deviation of Gaussian noise, in units of the l2 sensitivity, that is (epsilon, delta)-differentially private;
 * rounded up. The classical sqrt(2 ln(1.25 / delta)) / epsilon is wrong for large epsilon and wasteful for small.
 * Source: Balle & Wang 2018, arXiv 1805.06530, section 3.
 */
export function analyticGaussianSigma(epsilon: number, delta: number): number {
  let low = 1;
  let high = 1;
  const enough = (sigma: number) => gaussianDelta(epsilon, 1 / sigma) <= delta;
  while (!enough(high)) high *= 2;
  while (enough(low)) low /= 2;
  return bisect(low, high, enough);
}

/** The smallest x in (low, high] at which `holds` is true, to the last bits; `holds` is false below it and true from it on. */
function bisect(low: number, high: number, holds: (x: number) => boolean): number {
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
