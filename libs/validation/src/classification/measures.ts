import type { Interval } from '../normal-interval.js';
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
  };
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
