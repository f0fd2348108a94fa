import { fieldPrime, invert, randomElement, reduce } from './field.js';
import type { SecretRandom } from './ports.js';

/** Position of a site in its scope, from 1: where the polynomial is taken. The secret itself stands at 0. */
export type ShareIndex = number;

/**
 * Shamir's secret sharing (Shamir 1979, doi:10.1145/359168.359176): values at 1 ... `count` of a polynomial of degree `threshold` - 1
 * with random coefficients whose value at 0 is the secret. Any `threshold` of them give the secret, fewer say nothing about it.
 * @throws RangeError for a threshold outside 1 ... count: a programmer's error
 */
export function splitSecret(secret: bigint, threshold: number, count: number, random: SecretRandom): bigint[] {
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > count) throw new RangeError('threshold outside of the number of shares');
  const coefficients = [secret];
  while (coefficients.length < threshold) coefficients.push(randomElement(random));
  return Array.from({ length: count }, (_, i) => valueAt(coefficients, BigInt(i + 1)));
}

function valueAt(coefficients: readonly bigint[], x: bigint): bigint {
  let value = 0n;
  for (let k = coefficients.length - 1; k >= 0; k--) value = (value * x + (coefficients[k] as bigint)) % fieldPrime;
  return value;
}

/** Joins shares that were taken at the same places, of many secrets. */
export class ShareJoiner {
  private readonly xs: readonly bigint[];
  /** Coefficients that take the first `threshold` shares to the value at 0. */
  private readonly atZero: readonly bigint[];
  /** 1 / product of (x_i - x_j): column multipliers of the dual Reed-Solomon code. */
  private readonly multipliers: readonly bigint[];

  /** @throws RangeError for places that repeat, are not positive, or are fewer than the threshold */
  constructor(
    places: readonly ShareIndex[],
    private readonly threshold: number,
  ) {
    const distinct = new Set(places);
    if (distinct.size !== places.length || places.length < threshold || places.some((x) => !Number.isInteger(x) || x < 1))
      throw new RangeError('shares at these places do not give a secret');
    this.xs = places.map(BigInt);
    this.atZero = lagrangeAtZero(this.xs.slice(0, threshold));
    this.multipliers = places.length === threshold ? [] : this.xs.map((x) => invert(product(this.xs, (other) => x - other)));
  }

  /** The secret behind shares in the order of the places, of which only the first `threshold` are read. */
  secret(shares: readonly bigint[]): bigint {
    return reduce(this.atZero.reduce((sum, coefficient, i) => sum + coefficient * (shares[i] as bigint), 0n));
  }

  /**
   * True when all shares lie on one polynomial of the right degree. With more shares than the threshold, a changed share makes it false:
   * the sums of share x multiplier x place^k, k below the surplus, vanish exactly for such polynomials (MacWilliams and Sloane 1977,
   * chapter 10 section 8).
   */
  agrees(shares: readonly bigint[]): boolean {
    const terms = this.multipliers.map((multiplier, i) => (multiplier * (shares[i] as bigint)) % fieldPrime);
    for (let k = this.threshold; k < this.xs.length; k++) {
      if (reduce(terms.reduce((sum, term) => sum + term, 0n)) !== 0n) return false;
      terms.forEach((term, i) => (terms[i] = (term * (this.xs[i] as bigint)) % fieldPrime));
    }
    return true;
  }
}

function lagrangeAtZero(xs: readonly bigint[]): bigint[] {
  return xs.map((x) => reduce(product(xs, (other) => (other === x ? 0n : -other)) * invert(product(xs, (other) => x - other))));
}

/** Product of the factors that are not zero. */
function product(xs: readonly bigint[], factor: (x: bigint) => bigint): bigint {
  return xs.reduce((so, x) => {
    const next = factor(x);
    return next === 0n ? so : reduce(so * next);
  }, 1n);
}
