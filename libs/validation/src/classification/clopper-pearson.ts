import { betaQuantile } from '@cohortium/numerics';
import type { Interval } from '../normal-interval.js';

/**
 * Exact (Clopper-Pearson) 95 % interval of a proportion; null without trials. `binom.test` of R.
 * Source: Clopper & Pearson 1934, doi 10.1093/biomet/26.4.404.
 * @example clopperPearson(120, 132) // { low: 0.8465..., high: 0.9521... }
 */
export function clopperPearson(successes: number, trials: number): Interval | null {
  if (trials === 0) return null;
  return {
    low: successes === 0 ? 0 : betaQuantile(0.025, successes, trials - successes + 1),
    high: successes === trials ? 1 : betaQuantile(0.975, successes + 1, trials - successes),
  };
}
