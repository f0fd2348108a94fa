import type { NoiseGrid } from './grid.js';

/**
 * One participant's contribution in whole steps of the grid, at most `bound` steps long in l2. Clipping comes after rounding and the norm
 * is computed in whole numbers, so the sensitivity of the sum is the bound by construction (finite arithmetic is known to break bounds
 * that were proven for real numbers: Casacuberta et al. 2022, doi 10.1145/3548606.3560708).
 * @throws RangeError for a contribution that is not finite
 */
export function clipToGrid(contribution: Float64Array, { step, bound }: NoiseGrid): Float64Array {
  let largest = 0;
  for (const x of contribution) {
    if (!Number.isFinite(x)) throw new RangeError('a contribution is not finite');
    largest = Math.max(largest, Math.abs(x));
  }
  // Elements far above the bound are brought near it first, so that whole numbers stay exact below.
  const room = 2 ** 8 * bound;
  const toSteps = largest / step > room ? room / largest : 1 / step;
  const whole = contribution.map((x) => Math.round(x * toSteps) + 0);
  const limit = BigInt(bound) ** 2n;
  for (let factor = Math.min(1, bound / norm(whole)); ; factor *= 1 - 2 ** -40) {
    const clipped = factor < 1 ? whole.map((x) => Math.trunc(x * factor) + 0) : whole;
    if (squaredNorm(clipped) <= limit) return clipped;
  }
}

/** Sum of clipped contributions, in steps: whole numbers, exact below 2^53. */
export function clippedSum(contributions: Iterable<Float64Array>, length: number, grid: NoiseGrid): Float64Array {
  const sum = new Float64Array(length);
  for (const contribution of contributions) {
    if (contribution.length !== length) throw new RangeError('contributions of different lengths');
    const clipped = clipToGrid(contribution, grid);
    for (let j = 0; j < length; j++) sum[j] = (sum[j] as number) + (clipped[j] as number);
  }
  return sum;
}

function norm(whole: Float64Array): number {
  let sum = 0;
  for (const x of whole) sum += x * x;
  return Math.sqrt(sum);
}

/** Exact. */
export function squaredNorm(whole: Float64Array): bigint {
  let sum = 0n;
  for (const x of whole) if (x !== 0) sum += BigInt(x) ** 2n;
  return sum;
}
