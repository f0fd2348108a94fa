import type { Json } from '@cohortium/kernel';
import { aucOfCells, reasonOf, valueOf } from '@cohortium/validation';
import type {
  CalibrationDistances,
  CalibrationSums,
  ClassHistogram,
  CurveFit,
  CurvePoint,
  Discrimination,
  HosmerLemeshow,
  LikelihoodIndexes,
  Reliability,
  SiteFigures,
  SlopeModel,
  WaldEstimate,
} from '@cohortium/validation';
import { certificate } from './auc.method.js';
import type { CalibrationParams } from './calibration-params.js';
import { because, bounds, num, nums } from './json.js';
import { shown, shownBounds } from './site-results.js';

/** A spline with its distances and its curve. */
export interface SplineParts {
  /** On the scale of the linear predictor. */
  readonly knots: readonly number[];
  readonly distances: CalibrationDistances | null;
  readonly curve: readonly CurvePoint[];
  readonly reason?: string;
}

/** Everything that calibration of one score consists of. */
export interface CalibrationParts {
  readonly sums: CalibrationSums;
  readonly ranking: Discrimination;
  readonly large: WaldEstimate | { readonly reason: string };
  readonly line: CurveFit;
  readonly model: SlopeModel | null;
  readonly indexes: LikelihoodIndexes | null;
  readonly spline: SplineParts;
  readonly bins: Reliability;
  readonly groups: HosmerLemeshow | null;
  /** Class counts in the cells in which `val.prob` compares probabilities. */
  readonly binned: ClassHistogram;
  readonly smooth: { readonly loess: CalibrationDistances | null; readonly lowess: CalibrationDistances } | null;
}

/** Calibration of one score as results name it. */
export function calibrationResult(parts: CalibrationParts, p: CalibrationParams): Json {
  const { sums } = parts;
  return {
    n: sums.participants,
    events: sums.events,
    n_infinite: sums.infinite,
    calibration_in_the_large: largeResult(parts.large),
    slope_model: slopeResult(parts.line, parts.model),
    brier: num(sums.brier.brier),
    brier_ci95: bounds(sums.brier.interval),
    brier_null: num(sums.brierNull),
    scaled_brier: num(sums.scaledBrier),
    log_loss: num(sums.logLoss),
    oe_ratio: num(sums.oe),
    oe_ci95: bounds(sums.oeInterval),
    auc: num(parts.ranking.auc.auc),
    auc_certificate: certificate(parts.ranking.auc.auc, parts.ranking.auc.certificateHalfWidth),
    val_prob: valProb(parts),
    hosmer_lemeshow: groupsResult(parts.groups, p),
    [`ece_${p.eceBins}_equal_width_left_closed`]: num(parts.bins.ece),
    reliability: {
      n: nums(parts.bins.participants),
      observed: nums(parts.bins.events),
      expected: nums(parts.bins.probabilities),
    },
    flexible: p.flexible === 'none' ? { kind: 'none' } : splineResult(parts.spline),
    loess_ici: parts.smooth
      ? distancesResult(parts.smooth.loess, 'smootherFailed')
      : { ici: null, e50: null, e90: null, emax: null, reason: 'needsExactScores' },
    ...because(sums.participants === 0 ? 'noParticipants' : undefined),
  };
}

function largeResult(large: CalibrationParts['large']): Json {
  if ('reason' in large) return { estimate: null, se: null, wald95: null, reason: large.reason };
  return { estimate: num(large.estimate), se: num(large.standardError), wald95: bounds(large.interval) };
}

function slopeResult(line: CurveFit, model: SlopeModel | null): Json {
  const reason = line.state === 'error' ? line.reason : undefined;
  return {
    intercept: num(model?.intercept.estimate),
    intercept_se: num(model?.intercept.standardError),
    intercept_wald95: bounds(model?.intercept.interval),
    slope: num(model?.slope.estimate),
    slope_se: num(model?.slope.standardError),
    slope_wald95: bounds(model?.slope.interval),
    lr_test_vs_intercept0_slope1: num(model?.lrStatistic),
    lr_df: 2,
    lr_p: num(model?.lrP),
    ...because(reason),
  };
}

function valProb({ binned, indexes, model, sums, smooth, line }: CalibrationParts): Json {
  const { auc: concordance } = aucOfCells(binned);
  return {
    Dxy: num(2 * (concordance - 0.5)),
    'C (ROC)': num(concordance),
    R2: num(indexes?.r2),
    D: num(indexes?.d),
    'D:Chi-sq': num(indexes?.dChiSquare),
    'D:p': null,
    U: num(indexes?.u),
    'U:Chi-sq': num(indexes?.uChiSquare),
    'U:p': num(indexes?.uP),
    Q: num(indexes?.q),
    Brier: num(sums.brier.brier),
    Intercept: num(model?.intercept.estimate),
    Slope: num(model?.slope.estimate),
    Emax: num(smooth?.lowess.emax),
    E90: num(smooth?.lowess.e90),
    Eavg: num(smooth?.lowess.ici),
    'S:z': num(sums.spiegelhalterZ),
    'S:p': num(sums.spiegelhalterP),
    ...because(smooth ? (line.state === 'error' ? line.reason : undefined) : 'Emax, E90, Eavg: needsExactScores'),
  };
}

function groupsResult(groups: HosmerLemeshow | null, { breaks, groups: asked }: CalibrationParams): Json {
  if (!groups) return { chisq: null, reason: 'notAsked' };
  return {
    groups: breaks
      ? 'given breaks, right-closed, lowest included'
      : `${asked} groups of risk, quantile type 7, right-closed, lowest included`,
    breaks: nums(groups.breaks),
    n: nums(groups.participants),
    observed: nums(groups.observed),
    expected: nums(groups.expected),
    chisq: num(groups.statistic),
    df_development: groups.dfDevelopment,
    p_development: num(groups.pDevelopment),
    df_validation: groups.dfValidation,
    p_validation: num(groups.pValidation),
  };
}

function splineResult({ knots, distances, curve, reason }: SplineParts): Json {
  return {
    kind: 'rcs',
    knots_log_odds: nums(knots),
    ...(distancesResult(distances, reason ?? 'notConverged') as Record<string, Json>),
    quantile_half_width: num(distances?.halfWidth),
    curve: curve.map(({ probability, observed, low, high }) => ({ p: probability, observed: num(observed), ci95: [num(low), num(high)] })),
  };
}

function distancesResult(distances: CalibrationDistances | null, reason: string): Json {
  if (!distances) return { ici: null, e50: null, e90: null, emax: null, reason };
  return { ici: num(distances.ici), e50: num(distances.e50), e90: num(distances.e90), emax: num(distances.emax) };
}

/** Calibration of one site as results name it. */
export function siteCalibrationResult(figures: SiteFigures): Json {
  const reason = reasonOf(figures['slope']);
  const smooth = (prefix: string) =>
    figures[`${prefix} ici`]
      ? {
          ici: shown(figures, `${prefix} ici`),
          e50: shown(figures, `${prefix} e50`),
          e90: shown(figures, `${prefix} e90`),
          emax: shown(figures, `${prefix} emax`),
          ...because(reasonOf(figures[`${prefix} ici`])),
        }
      : null;
  const loess = smooth('loess');
  return {
    n: shown(figures, 'participants'),
    events: shown(figures, 'events'),
    calibration_in_the_large: {
      estimate: shown(figures, 'largeEstimate'),
      se: shown(figures, 'largeSe'),
      wald95: shownBounds(figures['largeEstimate']),
      ...because(reasonOf(figures['largeEstimate'])),
    },
    slope_model: {
      intercept: shown(figures, 'intercept'),
      intercept_se: shown(figures, 'interceptSe'),
      slope: shown(figures, 'slope'),
      slope_se: shown(figures, 'slopeSe'),
      slope_wald95: shownBounds(figures['slope']),
      ...because(reason),
    },
    brier: shown(figures, 'brier'),
    brier_ci95: shownBounds(figures['brier']),
    scaled_brier: shown(figures, 'scaledBrier'),
    log_loss: shown(figures, 'logLoss'),
    oe_ratio: shown(figures, 'oe'),
    oe_ci95: shownBounds(figures['oe']),
    ...(loess && { loess_ici: loess, lowess: smooth('lowess') }),
    ...because(Number.isFinite(valueOf(figures['brier'])) ? undefined : 'noParticipants'),
  };
}
