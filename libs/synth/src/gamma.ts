import { ln } from '@cohortium/numerics';
import type { SeededRandom } from '@cohortium/numerics';

/**
 * One draw from the gamma distribution with the given shape (at least 1) and rate 1.
 * Source: Marsaglia & Tsang, ACM TOMS 2000, doi 10.1145/358407.358414.
 */
export function gamma(random: SeededRandom, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    // 1 - u lies in (0, 1], so the logarithm is finite.
    if (ln(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * ln(v)) return d * v;
  }
}

/** One draw from the inverse gamma distribution with the given shape (above 1) and mean. */
export function inverseGamma(random: SeededRandom, shape: number, mean: number): number {
  return (mean * (shape - 1)) / gamma(random, shape);
}
