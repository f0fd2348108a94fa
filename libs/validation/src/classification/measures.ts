import { normalQuantile975 } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';
import { exp, ln } from '@cohortium/numerics';
import { clopperPearson } from './clopper-pearson.js';
import type { Confusion } from './threshold.js';
import { wilsonInterval } from './wilson.js';

/** A share of some participants with both intervals; NaN and null without any. */
export interface Share {
  readonly successes: number;
  readonly trials: number;
  readonly estimate: number;
  readonly exact: Interval | null;
  readonly wilson: Interval | null;
}

/** Every figure of a classification at one cut-off. NaN where a figure does not exist. */
export interface ClassificationMeasures {
  readonly sensitivity: Share;
  readonly specificity: Share;
  /** Share of the events among those called positive. */
  readonly ppv: Share;
  /** Share of the non-events among those called negative. */
  readonly npv: Share;
  readonly accuracy: Share;
  /** Harmonic mean of ppv and sensitivity: 2 TP / (2 TP + FP + FN). */
  readonly f1: number;
  /** Matthews correlation coefficient. Source: Matthews 1975, doi 10.1016/0005-2795(75)90109-9. */
  readonly mcc: number;
  /** Mean of sensitivity and specificity. */
  readonly balancedAccuracy: number;
  /** Sensitivity + specificity - 1. Source: Youden 1950, doi 10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3. */
  readonly youden: number;
  /** How much a positive result multiplies the odds of the event: sensitivity / (1 - specificity). */
  readonly positiveRatio: LikelihoodRatio;
  /** How much a negative result multiplies them: (1 - sensitivity) / specificity. */
  readonly negativeRatio: LikelihoodRatio;
}

/** A likelihood ratio with its interval, which is normal on the log scale; null where a count is 0. */
export interface LikelihoodRatio {
  readonly estimate: number;
  readonly interval: Interval | null;
}

/** Figures of a 2 x 2 table. */
export function classificationMeasures({
  truePositives: tp,
  falseNegatives: fn,
  trueNegatives: tn,
  falsePositives: fp,
}: Confusion): ClassificationMeasures {
  const sensitivity = shareOf(tp, tp + fn);
  const specificity = shareOf(tn, tn + fp);
  // The product of four counts may exceed 2^53; its root as two factors does not.
  const norm = Math.sqrt((tp + fp) * (tp + fn)) * Math.sqrt((tn + fp) * (tn + fn));
  return {
    sensitivity,
    specificity,
    ppv: shareOf(tp, tp + fp),
    npv: shareOf(tn, tn + fn),
    accuracy: shareOf(tp + tn, tp + tn + fp + fn),
    f1: (2 * tp) / (2 * tp + fp + fn),
    mcc: (tp * tn - fp * fn) / norm,
    balancedAccuracy: (sensitivity.estimate + specificity.estimate) / 2,
    youden: sensitivity.estimate + specificity.estimate - 1,
    positiveRatio: likelihoodRatio(tp, tp + fn, fp, tn + fp),
    negativeRatio: likelihoodRatio(fn, tp + fn, tn, tn + fp),
  };
}

/** (a / n) / (b / m). Source: Simel, Samsa & Matchar 1991, doi 10.1016/0895-4356(91)90128-V. */
function likelihoodRatio(a: number, n: number, b: number, m: number): LikelihoodRatio {
  const estimate = a / n / (b / m);
  const half = normalQuantile975 * Math.sqrt(1 / a - 1 / n + 1 / b - 1 / m);
  return { estimate, interval: a > 0 && b > 0 ? { low: exp(ln(estimate) - half), high: exp(ln(estimate) + half) } : null };
}

/** A proportion with its intervals. */
export function shareOf(successes: number, trials: number): Share {
  return {
    successes,
    trials,
    estimate: successes / trials,
    exact: clopperPearson(successes, trials),
    wilson: wilsonInterval(successes, trials),
  };
}
