import { exp, ln, logit, normalQuantile, normalTail } from '@cohortium/numerics';
import { newcombeVariance } from '../discrimination/auc-intervals.js';
import { bisect, fitLinearPredictor, normalInformation, operatingPoint, separationOf } from './score-model.js';
import type { CalibrationInformation, LinearPredictor } from './score-model.js';

/** The 95 % quantile as the R packages round it. */
const z = 1.96;

/** A sample size with the standard error it gives. */
export interface NeededSize {
  readonly sampleSize: number;
  readonly standardError: number;
}

/**
 * Participants so that the 95 % interval of observed / expected is `width` wide: (1 - prevalence) / (prevalence SE^2), the SE of ln(O/E) raised in
 * steps of 0.0001 until the interval is that wide (`pmvalsampsize`).
 * Source: Riley, Debray, Collins et al. 2021, doi 10.1002/sim.9025, formula 4.
 */
export function sizeForOe(prevalence: number, width: number, oe = 1, increment = 1e-4): NeededSize {
  let se = 0;
  while (exp(ln(oe) + z * se) - exp(ln(oe) - z * se) < width) se += increment;
  return { sampleSize: Math.ceil((1 - prevalence) / (prevalence * se * se)), standardError: se };
}

/** Participants so that the 95 % interval of the calibration slope is `width` wide, from the information of one participant. Source: as above, formula 7. */
export function sizeForSlope({ i00, i01, i11 }: CalibrationInformation, width: number): NeededSize {
  const se = width / (2 * z);
  return { sampleSize: Math.ceil(i00 / (se * se * (i00 * i11 - i01 * i01))), standardError: se };
}

const largestSize = 1_000_000;

/** Smallest number of participants at which the expected 95 % interval of the AUC is at most `width` wide. Source: as above, formula 9 (Newcombe's variance). */
export function sizeForAuc(auc: number, prevalence: number, width: number): NeededSize | null {
  for (let n = 1; n <= largestSize; n++) {
    const se = aucStandardError(auc, n, prevalence);
    if (2 * z * se <= width) return { sampleSize: n, standardError: se };
  }
  return null;
}

/** Expected standard error of an AUC; see `newcombeVariance`. */
export function aucStandardError(auc: number, participants: number, prevalence: number): number {
  return Math.sqrt(newcombeVariance(auc, participants * prevalence, participants * (1 - prevalence)));
}

/** What a net benefit's precision is planned for. */
export interface NetBenefitPlan {
  readonly prevalence: number;
  readonly sensitivity: number;
  readonly specificity: number;
  readonly threshold: number;
  /** Width of the interval of the standardized net benefit. */
  readonly width: number;
}

/** Participants for a standardized net benefit with an interval of `width`; `pmvalsampsize`, criterion 4, which rounds the SE to 0.001. */
export function sizeForNetBenefit({ prevalence, sensitivity, specificity, threshold, width }: NetBenefitPlan): NeededSize {
  let raised = 0;
  while (2 * z * raised < width) raised += 1e-4;
  const se = Math.round(raised * 1000) / 1000;
  const w = ((1 - prevalence) / prevalence) * (threshold / (1 - threshold));
  const variance =
    (sensitivity * (1 - sensitivity)) / prevalence +
    (w * w * specificity * (1 - specificity)) / (1 - prevalence) +
    (w * w * (1 - specificity) ** 2) / (prevalence * (1 - prevalence));
  return { sampleSize: Math.ceil(variance / (se * se)), standardError: se };
}

/** Targets of an external validation: widths of 95 % intervals. */
export interface ExternalTargets {
  readonly oe: number;
  readonly slope: number;
  readonly auc: number;
}

/** Participants that an external validation needs. */
export interface ExternalSize {
  readonly linearPredictor: LinearPredictor;
  readonly oe: NeededSize;
  readonly slope: NeededSize;
  readonly auc: NeededSize | null;
  readonly sampleSize: number;
  readonly events: number;
}

/** The panel of the protocol: a normal linear predictor fitted to prevalence and AUC, and the three criteria of external validation. */
export function externalSize(
  prevalence: number,
  auc: number,
  targets: ExternalTargets,
  given?: LinearPredictor,
  expectedOe = 1,
): ExternalSize {
  const linearPredictor = given ?? fitLinearPredictor(prevalence, auc);
  const oe = sizeForOe(prevalence, targets.oe, expectedOe);
  const slope = sizeForSlope(normalInformation(linearPredictor), targets.slope);
  const forAuc = sizeForAuc(auc, prevalence, targets.auc);
  const sampleSize = Math.max(oe.sampleSize, slope.sampleSize, forAuc?.sampleSize ?? 0);
  return { linearPredictor, oe, slope, auc: forAuc, sampleSize, events: sampleSize * prevalence };
}

/** Sizes for wanted standard errors, after the R package sampsizeval. */
export interface StandardErrorSize {
  readonly auc: number;
  readonly slope: number;
  readonly inTheLarge: number;
  readonly sampleSize: number;
}

/**
 * Participants for given standard errors of AUC, calibration slope and calibration-in-the-large: `sampsizeval`, whose linear predictor is normal
 * with moments from its formulas 7 and 8; above an AUC of 0.8 its SD is widened in steps of 1 % until the AUC is right to 0.0025 (there by
 * simulation, here by integration). Source: Pavlou, Qu, Omar et al. 2021, doi 10.1177/09622802211007522.
 */
export function sizeForStandardErrors(
  prevalence: number,
  auc: number,
  se: { readonly auc: number; readonly slope: number; readonly inTheLarge: number },
): StandardErrorSize {
  const p = Math.min(prevalence, 1 - prevalence);
  const linearPredictor = pavlouPredictor(p, auc);
  const { i00, i01, i11 } = normalInformation(linearPredictor);
  const forAuc = Math.ceil((auc - 2 * owenT(-normalQuantile(auc, 0, 1), 1 / Math.sqrt(3)) - auc * auc) / ((p - p * p) * se.auc ** 2));
  const forSlope = Math.ceil(i00 / (i00 * i11 - i01 * i01) / se.slope ** 2);
  const forLarge = Math.ceil(1 / i00 / se.inTheLarge ** 2);
  return { auc: forAuc, slope: forSlope, inTheLarge: forLarge, sampleSize: Math.max(forAuc, forSlope, forLarge) };
}

function pavlouPredictor(p: number, auc: number): LinearPredictor {
  const at = (widening: number): LinearPredictor => {
    const separation = separationOf(auc) * widening;
    const s2 = separation * separation;
    return { mean: ((2 * p - 1) * s2) / 2 + ln(p / (1 - p)), sd: Math.sqrt(s2 * (1 + p * (1 - p) * s2)) };
  };
  let widening = 1;
  if (auc > 0.8) while (operatingPoint(at(widening)).auc < auc - 0.0025 && widening < 3) widening += 0.01;
  return at(widening);
}

/** Owen's T function, by Simpson's rule over its integral: exp(-h^2 (1 + x^2) / 2) / (1 + x^2) / (2 pi) from 0 to a. Source: Owen 1956, doi 10.1214/aoms/1177728074. */
export function owenT(h: number, a: number): number {
  const steps = 400;
  const f = (x: number) => exp((-h * h * (1 + x * x)) / 2) / (1 + x * x);
  let sum = f(0) + f(a);
  for (let k = 1; k < steps; k++) sum += (k % 2 === 1 ? 4 : 2) * f((a * k) / steps);
  return (sum * a) / steps / 3 / (2 * Math.PI);
}

/** Chance that a model whose true AUC is `auc` shows at least `cut` in a test of this size: why a point estimate must not pass a gate. */
export function chanceToShow(auc: number, cut: number, participants: number, prevalence: number): number {
  return normalTail((cut - auc) / aucStandardError(auc, participants, prevalence));
}

/**
 * Smallest number of participants at which the expected lower bound of the 95 % interval on the logit scale is at least `cut`; null where the
 * true AUC is not above it.
 */
export function sizeForLowerBound(auc: number, cut: number, prevalence: number): number | null {
  if (!(auc > cut)) return null;
  const reach = logit(auc) - logit(cut);
  const excess = (n: number) => reach - (z * aucStandardError(auc, n, prevalence)) / (auc * (1 - auc));
  return Math.ceil(bisect(excess, 4, 10 * largestSize));
}
