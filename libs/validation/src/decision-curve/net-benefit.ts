import { waldInterval } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';

/** Counts of a classification at one threshold probability. */
export interface ThresholdCounts {
  readonly threshold: number;
  readonly participants: number;
  readonly events: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** Net benefit of one strategy at one threshold probability. */
export interface NetBenefit {
  readonly threshold: number;
  /** Share of events, and the same by the names that `dcurves` uses. */
  readonly posRate: number;
  readonly tpRate: number;
  readonly fpRate: number;
  /** TP / N - FP / N t / (1 - t). */
  readonly netBenefit: number;
  /** Net benefit over the share of events. */
  readonly standardized: number;
  /** Normal interval from the variance of what each participant adds; null without variance. */
  readonly interval: Interval | null;
  /** Net interventions avoided per participant against treating all: (net benefit - that of treating all) (1 - t) / t. */
  readonly interventionsAvoided: number;
  /** Net benefit less that of treating all, and its interval. */
  readonly overAll: number;
  readonly overAllInterval: Interval | null;
}

/**
 * Net benefit at a threshold probability t from counts. Each participant adds 1 as a true positive, -t / (1 - t) as a false positive and
 * 0 otherwise, so intervals follow from counts alone.
 * Sources: Vickers & Elkin 2006, doi 10.1177/0272989X06295361; standardized: Kerr, Brown, Zhu & Janes 2016, doi 10.1200/JCO.2015.65.5654.
 */
export function netBenefit({ threshold, participants: n, events, truePositives: tp, falsePositives: fp }: ThresholdCounts): NetBenefit {
  const weight = threshold / (1 - threshold);
  const value = tp / n - (fp / n) * weight;
  const all = events / n - ((n - events) / n) * weight;
  const fn = events - tp;
  const tn = n - events - fp;
  return {
    threshold,
    posRate: events / n,
    tpRate: tp / n,
    fpRate: fp / n,
    netBenefit: value,
    standardized: value / (events / n),
    interval: meanInterval(value, tp + weight * weight * fp, n),
    interventionsAvoided: (value - all) / weight,
    overAll: value - all,
    // Against treating all, a participant who is not treated loses 1 if diseased and saves the weight if not.
    overAllInterval: meanInterval(value - all, fn + weight * weight * tn, n),
  };
}

/** Interval of a mean from the sum of squares of its terms; null where they do not vary. */
export function meanInterval(mean: number, squares: number, n: number): Interval | null {
  const variance = (squares / n - mean * mean) / (n - 1);
  return n > 1 && variance > 0 ? waldInterval(mean, Math.sqrt(variance)) : null;
}

/** The two strategies without a model. */
export function defaultStrategies(
  threshold: number,
  participants: number,
  events: number,
): { readonly all: NetBenefit; readonly none: NetBenefit } {
  const nonEvents = participants - events;
  const counts = { threshold, participants, events };
  return {
    all: netBenefit({ ...counts, truePositives: events, falsePositives: nonEvents }),
    none: netBenefit({ ...counts, truePositives: 0, falsePositives: 0 }),
  };
}

/** Difference of the net benefits of two models at one threshold, from the participants whom only one of them calls positive. */
export interface NetBenefitDifference {
  readonly threshold: number;
  readonly difference: number;
  readonly interval: Interval | null;
}

/**
 * Net benefit of the first model less that of the second, with a normal interval: only participants on whom the models disagree add to it.
 * @param events and @param others participants called positive by the first alone and by the second alone
 */
export function netBenefitDifference(
  threshold: number,
  participants: number,
  events: readonly [number, number],
  others: readonly [number, number],
): NetBenefitDifference {
  const weight = threshold / (1 - threshold);
  const difference = (events[0] - events[1] - weight * (others[0] - others[1])) / participants;
  const squares = events[0] + events[1] + weight * weight * (others[0] + others[1]);
  return { threshold, difference, interval: meanInterval(difference, squares, participants) };
}
