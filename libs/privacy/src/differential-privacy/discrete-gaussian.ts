import type { UniformIntegers } from './secure-random.js';

/** A non-negative fraction of whole numbers: samplers are exact because nothing in them is ever rounded. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Bernoulli(numerator / denominator), exact. */
function bernoulli(random: UniformIntegers, numerator: bigint, denominator: bigint): boolean {
  return random.below(denominator) < numerator;
}

/**
 * Bernoulli(e^-gamma) for a rational gamma >= 0, exact.
 * Source: Canonne, Kamath & Steinke 2020, arXiv 2004.00010, Algorithm 1.
 */
export function bernoulliExp(random: UniformIntegers, gamma: Fraction): boolean {
  const { numerator, denominator } = gamma;
  for (let whole = numerator / denominator; whole > 0n; whole--) if (!bernoulliExpBelowOne(random, 1n, 1n)) return false;
  return bernoulliExpBelowOne(random, numerator % denominator, denominator);
}

/** Algorithm 1 for gamma in [0, 1]: the first k at which a Bernoulli(gamma / k) fails is odd with probability e^-gamma. */
function bernoulliExpBelowOne(random: UniformIntegers, numerator: bigint, denominator: bigint): boolean {
  let k = 1n;
  while (bernoulli(random, numerator, denominator * k)) k++;
  return k % 2n === 1n;
}

/**
 * Discrete Laplace noise, P(x) proportional to e^(-|x| / scale) on the integers, exact.
 * Source: Canonne, Kamath & Steinke 2020, arXiv 2004.00010, Algorithm 2 (with s = 1).
 * @param scale a whole number of at least 1
 */
export function discreteLaplace(random: UniformIntegers, scale: bigint): bigint {
  for (;;) {
    const u = random.below(scale);
    if (!bernoulliExp(random, { numerator: u, denominator: scale })) continue;
    let v = 0n;
    while (bernoulliExpBelowOne(random, 1n, 1n)) v++;
    const magnitude = u + scale * v;
    const negative = random.below(2n) === 1n;
    // Zero must not be drawn twice as often as any other value.
    if (negative && magnitude === 0n) continue;
    return negative ? -magnitude : magnitude;
  }
}

/**
 * Discrete Gaussian noise, P(x) proportional to e^(-x^2 / (2 sigma^2)) on the integers, exact.
 * Source: Canonne, Kamath & Steinke 2020, arXiv 2004.00010, Algorithm 3.
 *
 * The running time depends on the value drawn (arXiv 2112.05307): draw a whole vector before anything observable happens.
 * @param variance sigma^2 > 0
 * @throws RangeError for a variance that is not positive
 */
export function discreteGaussian(random: UniformIntegers, variance: Fraction): bigint {
  const { numerator: a, denominator: b } = variance;
  if (a <= 0n || b <= 0n) throw new RangeError('a variance is positive');
  const t = floorSqrt(a / b) + 1n;
  for (;;) {
    const y = discreteLaplace(random, t);
    const magnitude = y < 0n ? -y : y;
    // (|y| - sigma^2 / t)^2 / (2 sigma^2), as one fraction.
    const difference = magnitude * t * b - a;
    if (bernoulliExp(random, { numerator: difference * difference, denominator: 2n * a * b * t * t })) return y;
  }
}

/** Largest whole number whose square is at most n, by Newton steps from above. */
export function floorSqrt(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** The exact value of a positive double as a fraction. @throws RangeError unless finite and positive */
export function fractionOf(value: number): Fraction {
  if (!(value > 0) || !Number.isFinite(value)) throw new RangeError('not a positive number');
  let numerator = value;
  let denominator = 1n;
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    denominator *= 2n;
  }
  return { numerator: BigInt(numerator), denominator };
}
