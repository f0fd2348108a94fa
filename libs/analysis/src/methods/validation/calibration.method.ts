import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import {
  calibrationSums,
  calibrationTasks,
  curveDistances,
  curvePoints,
  distancesOf,
  evaluateDiscrimination,
  expandCells,
  fitCurves,
  hosmerLemeshow,
  knotShares,
  knotsFromCells,
  likelihoodIndexes,
  linearPredictorScale,
  nextUp,
  reliability,
  scoreQuantiles,
  slopeModel,
  smoothedDistances,
  sortedQuantile,
  summarizeDistances,
  waldEstimate,
} from '@cohortium/validation';
import type {
  ClassHistogram,
  ColumnScores,
  CurveFit,
  CurveTask,
  Discrimination,
  Evaluation,
  HosmerLemeshow,
  ProbabilitySums,
} from '@cohortium/validation';
import { exp, ln, logit } from '@cohortium/numerics';
import type { Method } from '../method.js';
import { calibrationParams, calibrationWords, curveProbabilities, distanceCells } from './calibration-params.js';
import type { CalibrationParams } from './calibration-params.js';
import { calibrationResult, siteCalibrationResult } from './calibration-result.js';
import type { CalibrationParts, SplineParts } from './calibration-result.js';
import { byName } from './json.js';
import { columnQueries, eachOutcome, evaluationOf, gridOf, leavesOf, scoreEntries, scoreNames, withExactChoice } from './score-params.js';
import { bySite, siteSummaries } from './site-results.js';

/** Calibration of predicted probabilities. */
export const calibration: Method<CalibrationParams> = {
  name: 'calibration',
  title: {
    en: 'calibration in the large, slope, flexible curve, Brier score, val.prob indexes',
    zh: '总体校准、校准斜率、柔性曲线、Brier 评分与 val.prob 指标',
  },
  params: calibrationParams,
  leaves: leavesOf(
    'counts',
    'scale',
    'cells',
    'branches',
    'keySums',
    'probabilitySums',
    'curveSums',
    'distances',
    'binSums',
    'siteCalibration',
  ),
  definition: calibrationWords,
  run: (context, given) => {
    const p = withExactChoice(given, context.scope);
    return eachOutcome(p, async (outcome): Promise<Record<string, Json>> => {
      const names = scoreNames(p);
      const evaluation = evaluationOf(context, scoreEntries(context.table, p, outcome));
      const parts = await evaluateCalibration(evaluation, p);
      const predictions = byName(names, (_, k) => calibrationResult(parts[k] as CalibrationParts, p));
      if (!p.perSite) return { predictions };
      const asked = { source: evaluation.source, minimumEvents: p.minimumEvents, infinite: p.infinite, smooth: p.flexible === 'loess' };
      const sites = siteSummaries(await context.federation.summaries(columnQueries.siteCalibration, asked, context.scope));
      return { predictions, per_site: byName(names, (_, k) => bySite(sites, k, siteCalibrationResult)) };
    });
  },
};

/** All sums of a calibration, in turn. */
async function evaluateCalibration(evaluation: Evaluation<ColumnScores>, p: CalibrationParams): Promise<CalibrationParts[]> {
  const { federation, scope, queries, source, entryCount } = evaluation;
  const { value: sums } = await federation.sum(queries.probabilitySums, { source, entryCount }, scope);
  const ranking = await evaluateDiscrimination(evaluation, gridOf(p), false);
  const tasks = sums.map((own, k) => calibrationTasks(own, k, p.infinite));
  const splines = sums.map((own, k) => splineTask(own, k, ranking[k] as Discrimination, (tasks[k] as (typeof tasks)[number]).line, p));
  const fits = await fitCurves(evaluation, [...tasks.flatMap(({ shift, line }) => [shift, line]), ...splines]);
  const splineFits = fits.slice(2 * entryCount);
  const distances = p.flexible === 'none' ? sums.map(() => null) : await curveDistances(evaluation, splineFits, distanceCells);
  const bins = await reliability(evaluation, p.eceBins);
  const groups = await riskGroups(evaluation, sums, ranking, p);
  const binnedCells = await valProbCells(evaluation);
  return sums.map((own, k) => {
    const line = fits[2 * k + 1] as CurveFit;
    const model = line.state === 'ok' ? slopeModel(line) : null;
    const finite = own.participants - own.infinite;
    const exact = p.exact && own.participants > 0 ? expandCells((ranking[k] as Discrimination).cells) : null;
    return {
      sums: calibrationSums(own),
      ranking: ranking[k] as Discrimination,
      large: largeOf(fits[2 * k] as CurveFit),
      line,
      model,
      indexes: model && likelihoodIndexes(model, finite, own.events - own.infiniteEvents),
      spline: splineParts(
        splineFits[k] as CurveFit,
        splines[k] as CurveTask,
        exact ? exactDistances(exact, splineFits[k] as CurveFit, distances[k]) : (distances[k] ?? null),
      ),
      bins: bins[k] as CalibrationParts['bins'],
      groups: groups?.[k] ?? null,
      binned: binnedCells[k] as CalibrationParts['binned'],
      smooth: exact && smoothedDistances(exact.probabilities, exact.outcome, { span: p.span, degree: 2, surface: p.surface }),
    };
  });
}

function largeOf(fit: CurveFit): CalibrationParts['large'] {
  if (fit.state === 'error') return { reason: fit.reason };
  return waldEstimate(fit.coefficients[0] as number, fit.covariance[0] as number);
}

/** Fewest knots of a spline. */
const leastKnots = 3;

function splineTask(sums: ProbabilitySums, entry: number, { cells }: Discrimination, line: CurveTask, p: CalibrationParams): CurveTask {
  const shares = knotShares[p.knotCount] as readonly number[];
  const probabilities = p.knots ?? knotsFromCells(cells, shares);
  const { center, scale } = linearPredictorScale(sums);
  const knots = Float64Array.from(probabilities, (q) => (logit(q) - center) / (scale || 1));
  const refused = line.refused ?? (p.flexible === 'none' || knots.length < leastKnots ? ('tooFewDistinct' as const) : undefined);
  return { entry, basis: { kind: 'spline', center, scale: scale || 1, knots }, ...(refused && { refused }) };
}

/** Distances with exact quantiles, from scores that are known exactly. */
function exactDistances(
  { probabilities, outcome }: ReturnType<typeof expandCells>,
  fit: CurveFit,
  asked: SplineParts['distances'] | undefined,
): SplineParts['distances'] {
  if (!asked || fit.state === 'error') return asked ?? null;
  return summarizeDistances(distancesOf({ outcome, score: probabilities }, { entry: 0, basis: fit.basis, coefficients: fit.coefficients }));
}

function splineParts(fit: CurveFit, task: CurveTask, distances: SplineParts['distances']): SplineParts {
  const { center, scale, knots } = task.basis;
  const onScale = Array.from(knots, (knot) => center + scale * knot);
  return fit.state === 'ok'
    ? { knots: onScale, distances, curve: curvePoints(fit, curveProbabilities) }
    : { knots: onScale, distances: null, curve: [], reason: fit.reason };
}

/** Hosmer-Lemeshow groups: at given breaks, or at quantiles of risk where scores are exact or order statistics were asked for. */
async function riskGroups(
  evaluation: Evaluation<ColumnScores>,
  sums: readonly ProbabilitySums[],
  ranking: readonly Discrimination[],
  p: CalibrationParams,
): Promise<HosmerLemeshow[] | null> {
  const shares = Array.from({ length: p.groups + 1 }, (_, g) => g / p.groups);
  if (p.breaks) {
    const { breaks } = p;
    return hosmerLemeshow(
      evaluation,
      sums.map(() => Float64Array.from(breaks)),
    );
  }
  if (p.exact) {
    const sorted = ranking.map(({ cells }) => expandCells(cells).probabilities);
    return hosmerLemeshow(
      evaluation,
      sorted.map((values) =>
        values.length === 0 ? new Float64Array(0) : Float64Array.from(shares, (share) => sortedQuantile(values, share)),
      ),
    );
  }
  if (!p.hosmerLemeshow) return null;
  return hosmerLemeshow(
    evaluation,
    await scoreQuantiles(
      evaluation,
      sums.map(({ participants }) => participants),
      shares,
    ),
  );
}

/** Cells of a fifth of a thousandth, in which lrm of rms counts pairs; 0 and 1, which have no log odds, are cells of their own. */
const valProbCellCount = 5000;

/** Class counts in the cells of `val.prob`, without probabilities of 0 and 1. */
async function valProbCells({ federation, scope, queries, source, entryCount }: Evaluation<ColumnScores>): Promise<ClassHistogram[]> {
  const inner = Float64Array.from({ length: valProbCellCount - 1 }, (_, k) => {
    const border = (k + 1) / valProbCellCount;
    // lrm makes the probability from its log odds again, whose last bits decide on which side of the border it comes to lie.
    const again = 1 / (1 + exp(-ln(border / (1 - border))));
    return Math.floor(valProbCellCount * again + 1) > k + 1 ? border : nextUp(border);
  });
  const borders = Float64Array.of(nextUp(0), ...inner, 1);
  const edges = new Frozen(Array.from({ length: entryCount }, () => borders));
  const { value } = await federation.sum(queries.cells, { source, edges }, scope);
  return value.map(({ positives, negatives }) => ({ positives: positives.slice(1, -1), negatives: negatives.slice(1, -1) }));
}
