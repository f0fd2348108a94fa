import type { Figure } from '@cohortium/federation';
import { logit } from '@cohortium/numerics';
import { brier } from '../calibration/brier.js';
import { calibrationInTheLarge, calibrationSlope } from '../calibration/recalibration.js';
import type { Recalibration } from '../calibration/recalibration.js';
import { confusionAt, sensitivity, specificity } from '../classification/threshold.js';
import type { Proportion } from '../classification/threshold.js';
import { delongAuc, delongInterval } from '../discrimination/delong.js';
import { withheld } from '../figures.js';
import type { SitePerformance } from '../figures.js';
import type { Interval } from '../normal-interval.js';
import { assertProbabilities, classCounts, scoreTieBand } from '../scores.js';

/** {@link SitePerformance} before the gate: every figure carries the counts it was made from. */
export type SitePerformanceWithCells = Readonly<Record<keyof SitePerformance, Figure>>;

/**
 * All figures of one model at one site.
 *
 * Cells for the gate: sensitivity [TP, FN], specificity [TN, FP], everything else [positives, negatives]. AUC and calibration
 * are withheld below `minimumEvents` of either class; a proportion without trials is withheld too, so that "none" and "few"
 * look alike. Scores within 1e-9 tie and count as at the threshold.
 *
 * @param outcome 0 or 1 by participant
 * @param probabilities predicted, in [0, 1]
 * @param threshold frozen cut; at or above is positive
 * @param minimumEvents smallest class for which AUC, calibration-in-the-large and slope are shown
 * @throws `VALIDATION.BAD_SCORES`
 */
export function sitePerformance(
  outcome: Float64Array,
  probabilities: Float64Array,
  threshold: number,
  minimumEvents = 10,
): SitePerformanceWithCells {
  assertProbabilities('sitePerformance', outcome, probabilities);
  const { positives, negatives } = classCounts(outcome);
  const cells = [positives, negatives];
  const confusion = confusionAt(outcome, probabilities, threshold);
  const error = brier(outcome, probabilities);
  return {
    ...rankAndCalibration(outcome, probabilities, cells, minimumEvents),
    brier: outcome.length === 0 ? withheld('noParticipants') : shown(error.brier, error.interval, cells),
    sensitivity: proportionFigure(sensitivity(confusion), [confusion.truePositives, confusion.falseNegatives]),
    specificity: proportionFigure(specificity(confusion), [confusion.trueNegatives, confusion.falsePositives]),
  };
}

function rankAndCalibration(
  outcome: Float64Array,
  probabilities: Float64Array,
  cells: readonly number[],
  minimumEvents: number,
): Pick<SitePerformanceWithCells, 'auc' | 'calibrationInTheLarge' | 'calibrationSlope'> {
  if (Math.min(...cells) < Math.max(1, minimumEvents)) {
    const few = withheld('tooFewEvents');
    return { auc: few, calibrationInTheLarge: few, calibrationSlope: few };
  }
  const estimate = delongAuc(outcome, probabilities, scoreTieBand);
  const auc = shown(estimate.auc, delongInterval(estimate), cells);
  if (probabilities.some((p) => p === 0 || p === 1)) {
    const infinite: Figure = { state: 'error', reason: 'infinitePredictor' };
    return { auc, calibrationInTheLarge: infinite, calibrationSlope: infinite };
  }
  const linearPredictor = probabilities.map(logit);
  return {
    auc,
    calibrationInTheLarge: recalibrationFigure(calibrationInTheLarge(outcome, linearPredictor), cells),
    calibrationSlope: recalibrationFigure(calibrationSlope(outcome, linearPredictor), cells),
  };
}

function shown(value: number, interval: Interval | null, cells: readonly number[]): Figure {
  return { state: 'ok', value, ...interval, cells };
}

function proportionFigure({ value, interval }: Proportion, cells: readonly number[]): Figure {
  return interval ? shown(value, interval, cells) : withheld('tooFewEvents');
}

function recalibrationFigure(result: Recalibration, cells: readonly number[]): Figure {
  if (result.state === 'error') return { state: 'error', reason: result.reason };
  return { state: 'ok', value: result.estimate, low: result.low, high: result.high, cells };
}
