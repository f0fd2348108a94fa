import { assertScores, scoreTieBand } from '../scores.js';
import { wilsonInterval } from './wilson.js';
import type { Interval } from '../normal-interval.js';

/** The four cells of a classification. */
export interface Confusion {
  readonly truePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  readonly falsePositives: number;
}

/** A share with its Wilson interval; NaN and null without trials. */
export interface Proportion {
  readonly value: number;
  readonly interval: Interval | null;
}

/**
 * Counts at a frozen threshold. A score at or above the threshold is positive; a score below it by at most `tieBand` counts as
 * at it, so that a model that predicts the threshold itself (prevalence as cut, all coefficients 0) is classified alike everywhere.
 * @throws `VALIDATION.BAD_SCORES`
 */
export function confusionAt(outcome: Float64Array, scores: Float64Array, threshold: number, tieBand = scoreTieBand): Confusion {
  assertScores('confusionAt', outcome, scores);
  const counts = { truePositives: 0, falseNegatives: 0, trueNegatives: 0, falsePositives: 0 };
  for (let i = 0; i < outcome.length; i++) {
    const positive = (scores[i] as number) >= threshold - tieBand;
    if (outcome[i] === 1) counts[positive ? 'truePositives' : 'falseNegatives']++;
    else counts[positive ? 'falsePositives' : 'trueNegatives']++;
  }
  return counts;
}

/** Share of the positives that the threshold calls positive. */
export function sensitivity({ truePositives, falseNegatives }: Confusion): Proportion {
  return proportion(truePositives, truePositives + falseNegatives);
}

/** Share of the negatives that the threshold calls negative. */
export function specificity({ trueNegatives, falsePositives }: Confusion): Proportion {
  return proportion(trueNegatives, trueNegatives + falsePositives);
}

function proportion(successes: number, trials: number): Proportion {
  return { value: successes / trials, interval: wilsonInterval(successes, trials) };
}
