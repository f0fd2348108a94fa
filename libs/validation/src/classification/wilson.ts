import { normalQuantile975 } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';

/**
 * Wilson's score interval of a proportion, 95 %, without continuity correction; null without trials. Its bounds are 0 at no
 * success and 1 at success only.
 * Source: Wilson 1927, doi 10.1080/01621459.1927.10502953.
 * @example wilsonInterval(120, 132) // { low: 0.8478..., high: 0.9472... }
 */
export function wilsonInterval(successes: number, trials: number): Interval | null {
  if (trials === 0) return null;
  const z2 = normalQuantile975 * normalQuantile975;
  const share = successes / trials;
  const center = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (normalQuantile975 / (1 + z2 / trials)) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  return { low: successes === 0 ? 0 : center - half, high: successes === trials ? 1 : center + half };
}
