import { operationName } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import type { Protocol } from '@cohortium/protocol';
import { findClause } from '@cohortium/protocol';
import { logit } from '@cohortium/numerics';
import {
  bandedBorders,
  calibrationSums,
  calibrationTasks,
  compareDiscrimination,
  curveDistances,
  curvePoints,
  fitCurves,
  holm,
  knotShares,
  knotsFromCells,
  linearPredictorScale,
  pairedDelong,
  precisionRecall,
  rocOnGrid,
  slopeModel,
  sumOf,
  waldEstimate,
} from '@cohortium/validation';
import type {
  CalibrationDistances,
  CurveFit,
  CurveTask,
  Discrimination,
  Evaluation,
  JointDiscrimination,
  ProbabilitySums,
  ScoreCells,
} from '@cohortium/validation';
import { cutFigures, figureOf, withheldFigure } from './figures.js';
import type { EvaluationScience, ModelComparison, PooledModelEvaluation } from './schema.js';

/** Sites below which a total would describe single sites by difference. */
const minPooledSites = 3;
const rocSteps = 100;
/** Points of a precision-recall curve at most. */
const precisionPoints = 100;
/** Cells in which distances to the calibration curve are counted: E50 and E90 lie within half a cell. */
const distanceCells = 1000;
/** Bars of the histogram of predicted probabilities. */
const histogramBars = 20;
/** Bars of fewer people are withheld; an empty one is a count of zero. */
const smallestBar = 5;
const curveProbabilities = Array.from({ length: 39 }, (_, k) => (k + 1) / 40);

/** What {@link evaluatePooled} gives. */
export type PooledEvaluation = Pick<EvaluationScience, 'pooled' | 'comparisons'>;

/** What is asked of the sums of one scope. */
export interface PooledOptions {
  readonly models: readonly string[];
  readonly protocol: Protocol;
  /** Cut-offs, ascending. */
  readonly cuts: readonly number[];
  /** Events below which AUC and calibration are not shown. */
  readonly minimumEvents: number;
}

/** Discrimination, calibration, decision curve and paired comparisons over all participants of a scope, where clauses allow the sums. */
export async function evaluatePooled<S>(evaluation: Evaluation<S>, options: PooledOptions): Promise<PooledEvaluation> {
  const { models, protocol, cuts } = options;
  const { federation, scope, queries, source, entryCount } = evaluation;
  const asked = [queries.counts, queries.cells, queries.placements, queries.probabilitySums, queries.curveSums, queries.distances];
  const refused = asked.every((query) => findClause(protocol, operationName(query), scope.name)?.kind === 'sum')
    ? scope.sites.length < minPooledSites
      ? ({ state: 'withheld', reason: 'fewerThanThreeSites' } as const)
      : undefined
    : ({ state: 'not-done', reason: 'notInProtocol' } as const);
  if (refused) return { pooled: refused, comparisons: refused };
  const grid = { kind: 'bins', bins: protocol.validation.scoreGrid, range: [0, 1] } as const;
  const joint = await compareDiscrimination(evaluation, grid, [models.map((_, k) => k)]);
  const borders = [...new Set([...cuts, ...barBorders.slice(1, -1)])].sort((a, b) => a - b);
  const edges = new Frozen(models.map(() => bandedBorders(borders)));
  const { value: atCuts } = await federation.sum(queries.cells, { source, edges }, scope);
  const { value: sums } = await federation.sum(queries.probabilitySums, { source, entryCount }, scope);
  const { shifts, lines, splines } = await fitCalibration(evaluation, sums, joint.entries);
  const distances = await curveDistances(evaluation, splines, distanceCells);
  const few = (k: number) => {
    const { positives, negatives } = (joint.entries[k] as Discrimination).cells;
    return Math.min(sumOf(positives), sumOf(negatives)) < options.minimumEvents;
  };
  const pooled = models.map((id, k): [string, PooledModelEvaluation] => [
    id,
    describeModel({
      discrimination: joint.entries[k] as Discrimination,
      counts: { ...(atCuts[k] as { positives: Float64Array; negatives: Float64Array }), borders },
      cuts,
      sums: sums[k] as ProbabilitySums,
      shift: shifts[k] as CurveFit,
      line: lines[k] as CurveFit,
      spline: splines[k] as CurveFit,
      distances: distances[k] ?? null,
      few: few(k),
    }),
  ]);
  const comparisons =
    models.length > 1
      ? compare(
          models,
          joint,
          models.some((_, k) => few(k)),
        )
      : [];
  return { pooled: { state: 'ok', value: Object.fromEntries(pooled) }, comparisons: { state: 'ok', value: comparisons } };
}

async function fitCalibration<S>(evaluation: Evaluation<S>, sums: readonly ProbabilitySums[], entries: readonly Discrimination[]) {
  const tasks = sums.map((own, k) => calibrationTasks(own, k, 'refuse'));
  const splineTasks = sums.map((own, k) => splineTask(tasks[k]?.line as CurveTask, own, (entries[k] as Discrimination).cells));
  const all = await fitCurves(evaluation, [...tasks.map(({ shift }) => shift), ...tasks.map(({ line }) => line), ...splineTasks]);
  const n = sums.length;
  return { shifts: all.slice(0, n), lines: all.slice(n, 2 * n), splines: all.slice(2 * n) };
}

/** A restricted cubic spline with four knots over the linear predictor; a line where there are fewer than three different ones. */
function splineTask(line: CurveTask, sums: ProbabilitySums, cells: ScoreCells): CurveTask {
  const { center, scale } = linearPredictorScale(sums);
  const knots = Float64Array.from(knotsFromCells(cells, knotShares[4] as readonly number[]), (p) => (logit(p) - center) / (scale || 1));
  if (line.refused || knots.length < 3) return line;
  return { entry: line.entry, basis: { kind: 'spline', center, scale: scale || 1, knots } };
}

/** Participants by class between borders of the probability, ascending; a border belongs to the cell above it. */
interface BorderCounts {
  readonly borders: readonly number[];
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

const barBorders = Array.from({ length: histogramBars + 1 }, (_, k) => k / histogramBars);

interface ModelParts {
  readonly discrimination: Discrimination;
  readonly counts: BorderCounts;
  readonly cuts: readonly number[];
  readonly sums: ProbabilitySums;
  readonly shift: CurveFit;
  readonly line: CurveFit;
  readonly spline: CurveFit;
  readonly distances: CalibrationDistances | null;
  readonly few: boolean;
}

function describeModel(parts: ModelParts): PooledModelEvaluation {
  const { discrimination, sums, few } = parts;
  const { auc, cells } = discrimination;
  const half = auc.certificateHalfWidth;
  const { averagePrecision, precision, recall } = precisionRecall(cells);
  const step = Math.max(1, Math.ceil(precision.length / precisionPoints));
  return {
    participants: sums.participants,
    events: sums.events,
    auc: few ? withheldFigure('tooFewEvents') : figureOf(auc.auc, auc.interval),
    aucCertificate: few
      ? withheldFigure('tooFewEvents')
      : figureOf(auc.auc, { low: Math.max(0, auc.auc - half), high: Math.min(1, auc.auc + half) }),
    averagePrecision: few ? withheldFigure('tooFewEvents') : figureOf(averagePrecision),
    roc: few ? [] : Array.from(rocOnGrid(cells, rocSteps), (sensitivity, g) => ({ falsePositiveRate: g / rocSteps, sensitivity })),
    precisionRecall: few
      ? []
      : [...precision.keys()]
          .filter((k) => k % step === 0 || k === precision.length - 1)
          .map((k) => ({ recall: recall[k] as number, precision: precision[k] as number })),
    cuts: parts.cuts.map((threshold) => pooledCut(threshold, parts.counts)),
    histogram: few ? [] : histogramOf(parts.counts),
    calibration: describeCalibration(parts),
  };
}

function pooledCut(threshold: number, { borders, positives, negatives }: BorderCounts) {
  const cell = borders.indexOf(threshold) + 1;
  const truePositives = sumOf(positives.slice(cell));
  const falsePositives = sumOf(negatives.slice(cell));
  return cutFigures(threshold, {
    truePositives,
    falsePositives,
    falseNegatives: sumOf(positives) - truePositives,
    trueNegatives: sumOf(negatives) - falsePositives,
  });
}

function histogramOf({ borders, positives, negatives }: BorderCounts): PooledModelEvaluation['histogram'] {
  const counts = new Float64Array(histogramBars);
  positives.forEach((count, cell) => {
    const low = cell === 0 ? 0 : (borders[cell - 1] as number);
    const bar = Math.max(
      0,
      barBorders.findLastIndex((border) => border <= low && border < 1),
    );
    counts[bar] = (counts[bar] as number) + count + (negatives[cell] as number);
  });
  const small = (count: number) => count > 0 && count < smallestBar;
  // One hidden bar alone would be the total less the others: the smallest of them goes with it.
  const others = [...counts].filter((count) => count >= smallestBar);
  const alsoHidden = [...counts].filter(small).length === 1 ? counts.indexOf(Math.min(...others)) : -1;
  return Array.from(counts, (count, bar) => ({
    from: barBorders[bar] as number,
    to: barBorders[bar + 1] as number,
    participants: small(count) || bar === alsoHidden ? withheldFigure('smallCell') : figureOf(count),
  }));
}

function describeCalibration({ sums, shift, line, spline, distances, few }: ModelParts): PooledModelEvaluation['calibration'] {
  const totals = calibrationSums(sums);
  const large = shift.state === 'ok' ? waldEstimate(shift.coefficients[0] as number, shift.covariance[0] as number) : undefined;
  const model = line.state === 'ok' ? slopeModel(line) : undefined;
  const reason = (fit: CurveFit) => (few ? 'tooFewEvents' : fit.state === 'error' ? fit.reason : 'notConverged');
  const guarded = (value: number | undefined, interval: Parameters<typeof figureOf>[1], fit: CurveFit) =>
    figureOf(few ? NaN : (value ?? NaN), interval, reason(fit));
  return {
    inTheLarge: guarded(large?.estimate, large?.interval, shift),
    intercept: guarded(model?.intercept.estimate, model?.intercept.interval, line),
    slope: guarded(model?.slope.estimate, model?.slope.interval, line),
    brier: figureOf(totals.brier.brier, totals.brier.interval, 'noParticipants'),
    scaledBrier: figureOf(totals.scaledBrier),
    logLoss: figureOf(totals.logLoss, null, 'infinitePredictor'),
    observedExpected: figureOf(totals.oe, totals.oeInterval),
    ici: guarded(distances?.ici, null, spline),
    e50: guarded(distances?.e50, null, spline),
    e90: guarded(distances?.e90, null, spline),
    curve: few || spline.state !== 'ok' ? [] : curvePoints(spline, curveProbabilities),
  };
}

/** The first model against each of the others, then the others among themselves. */
function compare(models: readonly string[], { entries, covariances }: JointDiscrimination, few: boolean): ModelComparison[] {
  const size = models.length;
  const covariance = covariances[0] ?? new Float64Array(size * size).fill(NaN);
  const tests = models.flatMap((a, i) =>
    models.slice(i + 1).map((b, offset) => {
      const j = i + 1 + offset;
      const auc = (k: number) => (entries[k] as Discrimination).auc.auc;
      const at = (row: number, column: number) => covariance[row * size + column] as number;
      return { models: [a, b] as [string, string], test: pairedDelong([auc(i), auc(j)], [at(i, i), at(j, j)], at(i, j)) };
    }),
  );
  const adjusted = holm(tests.map(({ test }) => test.p));
  const figure = (value: number, interval?: Parameters<typeof figureOf>[1]) => figureOf(few ? NaN : value, interval);
  return tests.map(({ models: pair, test }, k) => ({
    models: pair,
    difference: figure(test.difference, test.interval),
    z: figure(test.z),
    p: figure(test.p),
    pHolm: figure(adjusted[k] as number),
  }));
}
