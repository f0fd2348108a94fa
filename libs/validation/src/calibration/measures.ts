import { chiSquareTail, exp, ln, log1p, normalTwoSided } from '@cohortium/numerics';
import type { FigureReason } from '../figure-reasons.js';
import { normalQuantile975, waldInterval } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';
import type { ProbabilitySums } from '../score-sums/probability-sums-query.js';
import { brierFromSums } from './brier.js';
import type { BrierEstimate } from './brier.js';
import { lineOf } from './fit-curves.js';
import type { CurveFit, CurveTask } from './fit-curves.js';

/** What a model does with participants whose probability is exactly 0 or 1. */
export type InfiniteRule = 'refuse' | 'omit';

/** Figures of calibration that are sums; NaN where a figure does not exist. */
export interface CalibrationSums {
  readonly participants: number;
  readonly events: number;
  readonly infinite: number;
  readonly brier: BrierEstimate;
  /** Brier score of the prevalence: prevalence (1 - prevalence). */
  readonly brierNull: number;
  /** 1 - Brier / Brier of the prevalence. */
  readonly scaledBrier: number;
  /** Mean log loss; infinite probabilities that came true count as 0, others make it NaN. */
  readonly logLoss: number;
  /** Observed over expected events. */
  readonly oe: number;
  /** exp(ln(O/E) -+ 1.96 sqrt((1 - prevalence) / events)); null without events. */
  readonly oeInterval: Interval | null;
  /** Spiegelhalter's z and its two-sided p. Source: Spiegelhalter 1986, doi 10.1002/sim.4780050506. */
  readonly spiegelhalterZ: number;
  readonly spiegelhalterP: number;
}

/** Brier, log loss, observed / expected and Spiegelhalter's test from sums. */
export function calibrationSums(sums: ProbabilitySums): CalibrationSums {
  const { participants: n, events, infinite, impossible } = sums;
  const brier = brierFromSums({ participantCount: n, squaredError: sums.squaredError, fourthPower: sums.fourthPower });
  const prevalence = events / n;
  const brierNull = prevalence * (1 - prevalence);
  const oe = events / sums.p;
  const half = normalQuantile975 * Math.sqrt((1 - prevalence) / events);
  const z = sums.spiegelhalterVariance > 0 ? sums.spiegelhalter / Math.sqrt(sums.spiegelhalterVariance) : NaN;
  return {
    participants: n,
    events,
    infinite,
    brier,
    brierNull,
    scaledBrier: brierNull > 0 ? 1 - brier.brier / brierNull : NaN,
    logLoss: impossible > 0 ? NaN : sums.logLoss / n,
    oe,
    oeInterval: events > 0 && Number.isFinite(oe) ? { low: exp(ln(oe) - half), high: exp(ln(oe) + half) } : null,
    spiegelhalterZ: z,
    spiegelhalterP: Number.isFinite(z) ? normalTwoSided(z) : NaN,
  };
}

/** A spread of linear predictors below this share of their size is none. */
const smallestSpread = 1e-6;

/** Mean and SD of the finite linear predictors; the SD is 0 where they are all alike. */
export function linearPredictorScale(sums: ProbabilitySums): { readonly center: number; readonly scale: number } {
  const n = sums.participants - sums.infinite;
  const center = n > 0 ? sums.linearPredictor / n : 0;
  const variance = n > 1 ? (sums.linearPredictor2 - n * center * center) / (n - 1) : 0;
  const sd = Math.sqrt(Math.max(0, variance));
  return { center, scale: sd > smallestSpread * (1 + Math.abs(center)) ? sd : 0 };
}

/** The calibration models of one entry: a shift (calibration in the large) and a line, or why they are not tried. */
export function calibrationTasks(
  sums: ProbabilitySums,
  entry: number,
  rule: InfiniteRule,
): { readonly shift: CurveTask; readonly line: CurveTask } {
  const { center, scale } = linearPredictorScale(sums);
  const events = sums.events - sums.infiniteEvents;
  const others = sums.participants - sums.infinite - events;
  const none = new Float64Array(0);
  const refused: FigureReason | undefined =
    sums.participants === 0
      ? 'noParticipants'
      : sums.infinite > 0 && rule === 'refuse'
        ? 'infinitePredictor'
        : events === 0 || others === 0
          ? 'notConverged'
          : undefined;
  const constant: FigureReason | undefined = refused ?? (scale === 0 ? 'constantPredictor' : undefined);
  return {
    shift: { entry, basis: { kind: 'shift', center: 0, scale: 1, knots: none }, ...(refused && { refused }) },
    line: { entry, basis: { kind: 'line', center, scale: scale || 1, knots: none }, ...(constant && { refused: constant }) },
  };
}

/** An estimate with its Wald interval. */
export interface WaldEstimate {
  readonly estimate: number;
  readonly standardError: number;
  readonly interval: Interval;
}

/** estimate -+ 1.96 SE from an estimate and its variance. */
export function waldEstimate(estimate: number, variance: number): WaldEstimate {
  const standardError = Math.sqrt(variance);
  return { estimate, standardError, interval: waldInterval(estimate, standardError) };
}

/** The line model of calibration with its likelihood-ratio test. */
export interface SlopeModel {
  readonly intercept: WaldEstimate;
  readonly slope: WaldEstimate;
  /** Likelihood-ratio chi-square of the line against intercept 0 and slope 1, 2 degrees of freedom. */
  readonly lrStatistic: number;
  readonly lrP: number;
  readonly logLikelihood: number;
  /** Log-likelihood of the probabilities as they are, over the same participants. */
  readonly startLogLikelihood: number;
}

/** Reads a fitted line. */
export function slopeModel(fit: CurveFit & { readonly state: 'ok' }): SlopeModel {
  const { intercept, slope, covariance } = lineOf(fit);
  const lrStatistic = Math.max(0, 2 * (fit.logLikelihood - fit.startLogLikelihood));
  return {
    intercept: waldEstimate(intercept, covariance[0] as number),
    slope: waldEstimate(slope, covariance[3] as number),
    lrStatistic,
    lrP: chiSquareTail(lrStatistic, 2),
    logLikelihood: fit.logLikelihood,
    startLogLikelihood: fit.startLogLikelihood,
  };
}

/** The indexes of `val.prob` of the R package rms that are made from likelihoods. */
export interface LikelihoodIndexes {
  /** Nagelkerke's R2 of the probabilities as they are. */
  readonly r2: number;
  /** Discrimination index (chi-square - 1) / n, its chi-square against the prevalence. */
  readonly d: number;
  readonly dChiSquare: number;
  /** Unreliability index (chi-square - 2) / n, its chi-square of the line against the probabilities as they are, and p. */
  readonly u: number;
  readonly uChiSquare: number;
  readonly uP: number;
  /** Quality index D - U. */
  readonly q: number;
}

/**
 * Likelihood indexes over the participants with 0 < p < 1, after `rms::val.prob` (6.5): the model chi-square is that of the probabilities as
 * they are, not of the fitted line, and may be negative. Source: Harrell, Lee & Mark 1996,
 * doi 10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
 */
export function likelihoodIndexes(model: SlopeModel, participants: number, events: number): LikelihoodIndexes {
  const n = participants;
  const prevalence = events / n;
  const nullLogLikelihood = events * ln(prevalence) + (n - events) * log1p(-prevalence);
  const dChiSquare = 2 * (model.startLogLikelihood - nullLogLikelihood);
  const uChiSquare = 2 * (model.logLikelihood - model.startLogLikelihood);
  const d = (dChiSquare - 1) / n;
  const u = (uChiSquare - 2) / n;
  const r2 = (1 - exp(-dChiSquare / n)) / (1 - exp((2 * nullLogLikelihood) / n));
  return { r2, d, dChiSquare, u, uChiSquare, uP: chiSquareTail(uChiSquare, 2), q: d - u };
}
