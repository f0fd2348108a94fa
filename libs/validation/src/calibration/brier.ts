import { assertProbabilities } from '../scores.js';
import { unitWaldInterval } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';

/** Brier score with its interval. */
export interface BrierEstimate {
  /** Mean of (p - y)^2; NaN without participants. */
  readonly brier: number;
  /** Normal interval from the variance of the squared errors; null with fewer than two participants or without variance. */
  readonly interval: Interval | null;
  readonly participantCount: number;
}

/** Sums from which a Brier score and its interval follow. */
export interface SquaredErrorSums {
  readonly participantCount: number;
  /** Sum of (p - y)^2. */
  readonly squaredError: number;
  /** Sum of (p - y)^4. */
  readonly fourthPower: number;
}

/** Brier score from sums. Source: Brier 1950; interval: central limit theorem on the squared errors. */
export function brierFromSums({ participantCount: n, squaredError, fourthPower }: SquaredErrorSums): BrierEstimate {
  const brier = squaredError / n;
  const variance = (fourthPower - n * brier * brier) / (n - 1);
  // Where all squared errors are equal, rounding leaves a variance of either sign near 0.
  const interval = n > 1 && variance > 1e-12 * brier * brier ? unitWaldInterval(brier, Math.sqrt(variance / n)) : null;
  return { brier, interval, participantCount: n };
}

/**
 * Mean squared error of probabilities with a normal-approximation 95 % interval.
 * @throws `VALIDATION.BAD_SCORES`
 */
export function brier(outcome: Float64Array, probabilities: Float64Array): BrierEstimate {
  assertProbabilities('brier', outcome, probabilities);
  let squaredError = 0;
  let fourthPower = 0;
  for (let i = 0; i < outcome.length; i++) {
    const square = ((probabilities[i] as number) - (outcome[i] as number)) ** 2;
    squaredError += square;
    fourthPower += square * square;
  }
  return brierFromSums({ participantCount: outcome.length, squaredError, fourthPower });
}
