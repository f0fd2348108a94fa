import type { Figure, SummaryQuery } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import { z } from 'zod';
import { fitCurveHere, lineOf } from '../calibration/fit-curves.js';
import { smoothedDistances } from '../calibration/flexible.js';
import { calibrationSums, calibrationTasks, slopeModel, waldEstimate } from '../calibration/measures.js';
import type { InfiniteRule } from '../calibration/measures.js';
import { closedTest } from '../calibration/closed-test.js';
import { withheld } from '../figures.js';
import { probabilitySumsOf } from '../score-sums/probability-sums-query.js';
import { denseRows } from '../score-sums/score-source.js';
import type { ScoreSource, ScoredRows } from '../score-sums/score-source.js';
import { figureOf, siteFiguresQuery } from '../score-sums/site-figures.js';
import type { SiteFigures } from '../score-sums/site-figures.js';
import type { SourceParams } from '../score-sums/source-query.js';
import { siteCounts } from './site-discrimination.js';

/** Parameters of {@link siteCalibrationQuery}. */
export interface SiteCalibrationParams<S> extends SourceParams<S> {
  /** Smallest class for which calibration is shown. */
  readonly minimumEvents: number;
  /** What happens where a probability is exactly 0 or 1; see `InfiniteRule`. */
  readonly infinite: InfiniteRule;
  /** Whether the loess and lowess distances are computed. */
  readonly smooth: boolean;
}

/** Figures that exist only with enough of both classes. */
const guarded = [
  'largeEstimate',
  'largeSe',
  'intercept',
  'interceptSe',
  'slope',
  'slopeSe',
  'slopeCovariance',
  'closedTestLarge',
  'closedTestSlope',
  'closedTestChoice',
] as const;

/**
 * Calibration of one site from its own rows: in the large, slope, recalibration by closed test, Brier, log loss, observed / expected, and
 * the distances to the loess and lowess curves, which only rows in one place have. `tooFewEvents` below the minimum of either class.
 */
export function siteCalibrationQuery<S>(source: ScoreSource<S>): SummaryQuery<SiteCalibrationParams<S>, Json> {
  return siteFiguresQuery<S, SiteCalibrationParams<S>>(source, {
    name: 'site-calibration',
    shape: { minimumEvents: z.int().min(0).max(1_000_000), infinite: z.enum(['refuse', 'omit']), smooth: z.boolean() },
    figures: (entries, params) => entries.map((entry) => siteCalibration(entry, params)),
  });
}

function siteCalibration(entry: ScoredRows, { minimumEvents, infinite, smooth }: SiteCalibrationParams<unknown>): SiteFigures {
  const rows = denseRows(entry);
  const { cells, figures } = siteCounts(rows.outcome);
  const sums = probabilitySumsOf(rows);
  if (sums.participants === 0) return { ...figures, ...allWithheld('noParticipants'), brier: withheld('noParticipants') };
  const totals = calibrationSums(sums);
  const always: Record<string, Figure> = {
    ...figures,
    brier: figureOf(totals.brier.brier, cells, 'noParticipants', totals.brier.interval?.low, totals.brier.interval?.high),
    scaledBrier: figureOf(totals.scaledBrier, cells, 'tooFewEvents'),
    logLoss: figureOf(totals.logLoss, cells, 'infinitePredictor'),
    oe: figureOf(totals.oe, cells, 'tooFewEvents', totals.oeInterval?.low, totals.oeInterval?.high),
  };
  if (Math.min(...cells) < Math.max(1, minimumEvents)) return { ...always, ...allWithheld('tooFewEvents') };
  return { ...always, ...recalibrationFigures(rows, infinite, cells), ...(smooth && smoothFigures(rows, cells)) };
}

function allWithheld(reason: 'tooFewEvents' | 'noParticipants'): SiteFigures {
  return Object.fromEntries(guarded.map((name) => [name, withheld(reason)]));
}

function recalibrationFigures(rows: ScoredRows, infinite: InfiniteRule, cells: readonly number[]): SiteFigures {
  const { shift, line } = calibrationTasks(probabilitySumsOf(rows), 0, infinite);
  const large = fitCurveHere(rows, shift);
  const fit = fitCurveHere(rows, line);
  const out: Record<string, Figure> = {};
  const largeReason = large.state === 'error' ? large.reason : 'notConverged';
  const a = large.state === 'ok' ? waldEstimate(large.coefficients[0] as number, large.covariance[0] as number) : undefined;
  out['largeEstimate'] = figureOf(a?.estimate ?? NaN, cells, largeReason, a?.interval.low, a?.interval.high);
  out['largeSe'] = figureOf(a?.standardError ?? NaN, cells, largeReason);
  const reason = fit.state === 'error' ? fit.reason : 'notConverged';
  const model = fit.state === 'ok' ? slopeModel(fit) : undefined;
  out['intercept'] = figureOf(
    model?.intercept.estimate ?? NaN,
    cells,
    reason,
    model?.intercept.interval.low,
    model?.intercept.interval.high,
  );
  out['interceptSe'] = figureOf(model?.intercept.standardError ?? NaN, cells, reason);
  out['slope'] = figureOf(model?.slope.estimate ?? NaN, cells, reason, model?.slope.interval.low, model?.slope.interval.high);
  out['slopeSe'] = figureOf(model?.slope.standardError ?? NaN, cells, reason);
  out['slopeCovariance'] = figureOf(fit.state === 'ok' ? (lineOf(fit).covariance[1] as number) : NaN, cells, reason);
  const test = large.state === 'ok' && fit.state === 'ok' ? closedTest(large, fit) : undefined;
  out['closedTestLarge'] = figureOf(test?.againstOriginal.p ?? NaN, cells, reason);
  out['closedTestSlope'] = figureOf(test?.againstIntercept.p ?? NaN, cells, reason);
  out['closedTestChoice'] = figureOf(test ? ['original', 'intercept', 'recalibration'].indexOf(test.choice) : NaN, cells, reason);
  return out;
}

function smoothFigures({ outcome, score }: ScoredRows, cells: readonly number[]): SiteFigures {
  const { loess, lowess } = smoothedDistances(score, outcome);
  const named = (prefix: string, of: typeof lowess | null) =>
    Object.fromEntries(
      (['ici', 'e50', 'e90', 'emax'] as const).map((name) => [`${prefix} ${name}`, figureOf(of?.[name] ?? NaN, cells, 'smootherFailed')]),
    );
  return { ...named('loess', loess), ...named('lowess', lowess) };
}
