import { classificationMeasures, defaultStrategies, netBenefit } from '@cohortium/validation';
import type { Confusion, Interval, Share } from '@cohortium/validation';
import type { CutFigures } from './schema.js';

/** A figure as results hold it. */
export type ShownFigure = CutFigures['sensitivity'];

/** A figure with its interval; withheld with the reason where the number does not exist. */
export function figureOf(value: number, interval?: Interval | null, reason = 'tooFewEvents'): ShownFigure {
  if (!Number.isFinite(value)) return { state: 'withheld', reason };
  const bounds =
    interval && Number.isFinite(interval.low) && Number.isFinite(interval.high) ? { low: interval.low, high: interval.high } : {};
  return { state: 'ok', value, ...bounds };
}

/** A figure that is not there. */
export function withheldFigure(reason: string): ShownFigure {
  return { state: 'withheld', reason };
}

/** Everything at one cut-off, from a 2 x 2 table. */
export function cutFigures(threshold: number, confusion: Confusion): CutFigures {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = confusion;
  const events = truePositives + falseNegatives;
  const participants = events + falsePositives + trueNegatives;
  const measures = classificationMeasures(confusion);
  const benefit = netBenefit({ threshold, participants, events, truePositives, falsePositives });
  const { all } = defaultStrategies(threshold, participants, events);
  return {
    threshold,
    sensitivity: shareFigure(measures.sensitivity),
    specificity: shareFigure(measures.specificity),
    ppv: shareFigure(measures.ppv),
    npv: shareFigure(measures.npv),
    netBenefit: figureOf(benefit.netBenefit, benefit.interval, 'noParticipants'),
    netBenefitAll: figureOf(all.netBenefit, all.interval, 'noParticipants'),
  };
}

/** The same where a count is withheld. */
export function withheldCut(threshold: number, reason: string): CutFigures {
  const figure = withheldFigure(reason);
  return {
    threshold,
    sensitivity: figure,
    specificity: figure,
    ppv: figure,
    npv: figure,
    netBenefit: figure,
    netBenefitAll: figure,
  };
}

function shareFigure({ estimate, wilson }: Share): ShownFigure {
  return figureOf(estimate, wilson);
}
