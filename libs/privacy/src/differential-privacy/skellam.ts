import type { Fraction } from './discrete-gaussian.js';
import type { UniformIntegers } from './secure-random.js';

/** Bits of the fixed-point weights in the table's recurrence, above the smallest weight. */
const recurrenceBits = 256n;
/** Bits of the cumulative probabilities; a draw uses as many. */
const tableBits = 192;
/** Standard deviations that a table is built for at most; above it, use a coarser grid. */
export const largestSkellamSigma = 8192;

/**
 * Skellam noise with mean 0: the difference of two Poisson(variance / 2) variables. The sum of independent Skellam variables is one again,
 * so the noises that sites add to a secure sum make exactly the noise of the total.
 * Source: Agarwal, Kairouz & Liu 2021, arXiv 2110.04995.
 *
 * Drawn by inversion from a table of cumulative probabilities P(k) = e^-v I_|k|(v) (I: modified Bessel function), which Miller's backward
 * recurrence I_(k-1) = I_(k+1) + (2 k / v) I_k gives in whole numbers, normalized by its own sum. The table's distribution is within
 * {@link skellamDistanceBits} bits of the true one, in total variation. Each draw takes the same number of steps.
 */
export class SkellamSampler {
  /** Cumulative probabilities of -last ... last in units of 2^-{@link tableBits}; the final entry is 2^tableBits. */
  private readonly cumulative: readonly bigint[];
  private readonly last: number;

  /** @param variance v > 0, at most {@link largestSkellamSigma} squared. @throws RangeError outside */
  constructor(variance: Fraction) {
    const { numerator, denominator } = variance;
    if (numerator <= 0n || denominator <= 0n) throw new RangeError('a variance is positive');
    if (numerator > BigInt(largestSkellamSigma) ** 2n * denominator) throw new RangeError('a coarser grid is needed');
    const sigma = Math.sqrt(Number(numerator / denominator) + 1);
    this.last = Math.ceil(16 * sigma) + 64;
    const weights = besselWeights(variance, this.last);
    const total = weights.reduce((sum, w, k) => sum + (k === 0 ? w : 2n * w), 0n);
    // Tails fall faster than a geometric series from here, so twice the last weight bounds what is cut off.
    if ((weights[this.last] as bigint) << BigInt(skellamDistanceBits + 2) > total) throw new RangeError('the table is too short');
    const cumulative: bigint[] = [];
    let sum = 0n;
    for (let k = -this.last; k <= this.last; k++) {
      sum += weights[Math.abs(k)] as bigint;
      cumulative.push((sum << BigInt(tableBits)) / total);
    }
    this.cumulative = cumulative;
  }

  /** One draw. */
  sample(random: UniformIntegers): bigint {
    const u = random.bits(tableBits);
    let low = 0;
    let high = this.cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (u < (this.cumulative[middle] as bigint)) high = middle;
      else low = middle + 1;
    }
    return BigInt(low - this.last);
  }

  /** P(k) as the table has it; for tests and for the privacy loss. */
  probability(k: number): number {
    if (Math.abs(k) > this.last) return 0;
    const at = k + this.last;
    const mass = (this.cumulative[at] as bigint) - (at === 0 ? 0n : (this.cumulative[at - 1] as bigint));
    return Number(mass) / 2 ** tableBits;
  }
}

/** Total variation distance between the table and the true distribution is below 2^-this. */
export const skellamDistanceBits = 150;

/** I_0 ... I_last up to one factor, by Miller's backward recurrence in whole numbers. */
function besselWeights({ numerator, denominator }: Fraction, last: number): bigint[] {
  const weights = new Array<bigint>(last + 1);
  // Starting values are arbitrary: the recurrence forgets them, since going down the wanted solution grows fastest.
  let above = 0n;
  let here = 1n << recurrenceBits;
  for (let k = last + 64; k > 0; k--) {
    if (k <= last) weights[k] = here;
    const below = above + (here * 2n * BigInt(k) * denominator) / numerator;
    above = here;
    here = below;
  }
  weights[0] = here;
  return weights;
}
