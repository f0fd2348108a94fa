import type { Federation, RosterScope } from '@cohortium/federation';
import { pow } from '@cohortium/numerics';
import { statisticsErrors } from '../../errors.js';
import { askPoints } from './ask.js';
import { elementsPerVector } from './context.js';
import type { PathContext } from './context.js';
import type { PenalizedData } from './data.js';
import type { Anchor } from './anchor.js';
import { prepareData } from './prepare.js';
import type { PenaltyOptions, PreparedData, PreparedFold } from './prepare.js';
import { groupLayout } from './problem.js';
import type { FoldContext, PathProblem, PathSolution, PathStart } from './problem.js';
import { coefficientCount, pointHeader } from './request.js';
import { fullMatrix, solvePaths, steady } from './solve.js';

/** Which penalties are fitted. */
export type LambdaRule =
  | { readonly kind: 'list'; readonly values: readonly number[] }
  | { readonly kind: 'path'; readonly count: number; readonly minRatio: number | null };

/** Input of {@link fitPaths}. */
export interface PathFitInput extends PenaltyOptions {
  readonly federation: Federation;
  readonly scope: RosterScope;
  /** Its matrix in raw units. */
  readonly data: PenalizedData;
  /** One penalty on the norm of a column's coefficients over all classes. */
  readonly grouped: boolean;
  readonly lambda: LambdaRule;
  /** Folds follow the penalties of the whole fit, or each its own path as `cv.glmnet` without `lambda` has it. */
  readonly foldPaths: 'common' | 'own';
  readonly tolerance: number;
  readonly maxRounds: number;
  /** Largest linear predictor. */
  readonly limit: number;
}

/** One path: all rows, or those outside a fold. */
export interface FittedPath {
  readonly leftOut: number;
  readonly rows: number;
  /** Falling, in the units of the outcome. */
  readonly lambda: readonly number[];
  /** By penalty; coefficients are those of standardized columns. */
  readonly solutions: readonly PathSolution[];
}

/** Everything that a fit has learned. */
export interface PathFits {
  readonly prepared: PreparedData;
  readonly context: PathContext;
  /** All rows, then each fold. */
  readonly paths: readonly FittedPath[];
  /** Mean negative log-likelihood of intercept and offset alone, by the fold that is left out. */
  readonly nullLosses: ReadonlyMap<number, number>;
}

/** Smallest mixing that defines the largest penalty of a path: ridge has none of its own. */
const smallestPathAlpha = 1e-3;
/** glmnet's own floor under the ratio of the smallest to the largest penalty. */
const smallestRatio = 1e-6;
/** glmnet begins a path at this penalty, which leaves the free coefficients alone. */
const infinitePenalty = 9.9e35;

/** Vectors that the slopes of all problems take, from which on folds wait for the path of all rows. */
const manyVectors = 2;
/** Vectors that the second derivatives of one path may then take in a round: folds whose derivatives are shared do not come to an end. */
const curvedVectorsPerPath = 4;

/**
 * Fits penalized models on all rows and on the rows outside each fold, all penalties side by side.
 * @throws `STATISTICS.ONE_CLASS`, `STATISTICS.CANNOT_FIT`, `STATISTICS.NOT_CONVERGED`
 */
export async function fitPaths(input: PathFitInput): Promise<PathFits> {
  const prepared = await prepareData(input.federation, input.scope, input.data, input);
  const context: PathContext = {
    federation: input.federation,
    scope: input.scope,
    data: prepared.data,
    participants: prepared.rows,
    weight: prepared.weight,
    limit: input.limit,
    // Counts have no bound on their means, and columns that are not centered none on their products.
    bounded: input.data.family !== 'poisson' && input.intercept,
    groups: groupLayout(input.data, input.grouped),
    tolerance: input.tolerance,
    maxRounds: input.maxRounds,
    curvedVectors: 0,
  };
  const { starts, nullLosses, anchor } = await startPaths(context, prepared);
  const unit = prepared.data.value.outcome.scale;
  const sequences = lambdaSequences(input, prepared, starts);
  const problems: PathProblem[] = prepared.folds.flatMap(({ context: fold }, k) =>
    (sequences[k] as number[]).map((lambda) => ({ fold, lambda: lambda / unit })),
  );
  const solutions = await solveAll(context, problems, starts, anchor);
  requireSolutions(solutions, context);
  let at = 0;
  const paths = prepared.folds.map(({ context: { leftOut }, rows }, k) => {
    const lambda = sequences[k] as number[];
    return { leftOut, rows, lambda, solutions: solutions.slice(at, (at += lambda.length)) };
  });
  return { prepared, context, paths, nullLosses };
}

/**
 * Solves all problems side by side. Where their slopes would take several vectors a round, the path of all rows comes first: its solutions say which
 * coefficients matter, and the folds start from them.
 */
async function solveAll(
  context: PathContext,
  problems: readonly PathProblem[],
  starts: ReadonlyMap<number, PathStart>,
  anchor: Anchor,
): Promise<PathSolution[]> {
  const vectors = (problems.length * (pointHeader + coefficientCount(context.data.value))) / elementsPerVector(context);
  if (vectors < manyVectors) return solvePaths(context, problems, starts, anchor);
  const apart = (paths: number) => ({ ...context, curvedVectors: curvedVectorsPerPath * paths });
  const isWhole = ({ fold }: PathProblem) => fold.leftOut < 0;
  const first = problems.filter(isWhole);
  const solutions = await solvePaths(apart(1), first, starts, anchor);
  const guessed = first.flatMap(({ lambda }, k) => {
    const solution = solutions[k] as PathSolution;
    return solution.state === 'converged' ? [{ lambda, solution }] : [];
  });
  const others = problems.filter((problem) => !isWhole(problem));
  if (others.length === 0) return solutions;
  const folds = new Set(others.map(({ fold }) => fold.leftOut)).size;
  return [...solutions, ...(await solvePaths(apart(folds), others, starts, anchor, guessed))];
}

/** A penalty that was left out because its fit was cut short would move a choice without a word. */
function requireSolutions(solutions: readonly PathSolution[], { data }: PathContext): void {
  const open = solutions.find(({ state }) => state === 'notConverged');
  if (open)
    throw statisticsErrors.error('STATISTICS.NOT_CONVERGED', {
      model: data.value.outcome.column,
      rounds: open.rounds,
      step: open.violation,
    });
}

interface Started {
  /** Where every fold's path begins: only free coefficients are not zero. */
  readonly starts: ReadonlyMap<number, PathStart>;
  readonly nullLosses: ReadonlyMap<number, number>;
  /** Second derivatives at the start of the fit on all rows. */
  readonly anchor: Anchor;
}

async function startPaths(context: PathContext, prepared: PreparedData): Promise<Started> {
  const { folds } = prepared;
  const points = folds.map(({ context: fold, intercepts }) => ({
    leftOut: fold.leftOut,
    coefficients: interceptPoint(context, intercepts),
    set: null,
  }));
  const count = coefficientCount(context.data.value);
  const room = Math.floor(Math.sqrt(2 * elementsPerVector(context))) - 1;
  const everything = Float64Array.from({ length: count }, (_, k) => k);
  const asked = count <= room ? [{ point: 0, set: everything }] : [];
  const { answers, matrices } = await askPoints(context, points, asked);
  if (answers.some(({ beyond }) => beyond))
    throw statisticsErrors.error('STATISTICS.CANNOT_FIT', { model: context.data.value.outcome.column, reason: 'beyondLimit' });
  let starts = new Map<number, PathStart>();
  folds.forEach(({ context: { leftOut, share } }, k) => {
    const { loss, slope } = answers[k] as (typeof answers)[number];
    starts.set(leftOut, { point: points[k]?.coefficients as Float64Array, loss: loss / share, slope: slope.map((s) => s / share) });
  });
  const first = (folds[0] as PreparedFold).context;
  const set = asked[0]?.set ?? steepest(first, starts.get(-1) as PathStart, room);
  const packed = matrices[0] ?? (await askPoints(context, points.slice(0, 1), [{ point: 0, set }])).matrices[0];
  const anchor = { set, curvature: fullMatrix(packed as Float64Array, set.length, 1) };
  steady(anchor.curvature, set, context, { fold: first, lambda: 1 });
  if (context.data.value.offsets.length > 0) starts = await solveFree(context, folds, starts, anchor, onlyIntercepts);
  const nullLosses = new Map([...starts].map(([leftOut, { loss }]) => [leftOut, loss]));
  if (first.l1.some((l1, k) => l1 === 0 && first.l2[k] === 0 && !isIntercept(context, k)))
    starts = await solveFree(context, folds, starts, anchor, (fold) => fold);
  return { starts, nullLosses, anchor };
}

function isIntercept({ data }: PathContext, index: number): boolean {
  return index % (1 + data.value.matrix.terms.length) === 0;
}

function interceptPoint({ data }: PathContext, intercepts: readonly number[]): Float64Array {
  const width = 1 + data.value.matrix.terms.length;
  const point = new Float64Array(coefficientCount(data.value));
  intercepts.forEach((value, c) => (point[c * width] = value));
  return point;
}

/** Free coefficients, and those with the steepest slopes over their limits: as many as fit. */
function steepest({ l1 }: FoldContext, { slope }: PathStart, room: number): Float64Array {
  const rank = (index: number) => (l1[index] === 0 ? Infinity : Math.abs(slope[index] as number) / (l1[index] as number));
  const order = Array.from(l1, (_, index) => index).filter((index) => l1[index] !== Infinity);
  return Float64Array.from(order.sort((a, b) => rank(b) - rank(a) || a - b).slice(0, room)).sort();
}

/** Fits what no penalty holds, the rest being zero. */
async function solveFree(
  context: PathContext,
  folds: readonly PreparedFold[],
  starts: ReadonlyMap<number, PathStart>,
  anchor: Anchor,
  restrict: (fold: FoldContext, context: PathContext) => FoldContext,
): Promise<Map<number, PathStart>> {
  const problems = folds.map(({ context: fold }) => ({ fold: restrict(fold, context), lambda: Infinity }));
  const exact = { ...context, tolerance: Math.min(context.tolerance, 1e-9) };
  const solutions = await solvePaths(exact, problems, starts, anchor);
  return new Map(
    solutions.map(({ state, coefficients, loss, slope, rounds, violation }, k) => {
      if (state !== 'converged')
        throw statisticsErrors.error('STATISTICS.NOT_CONVERGED', { model: context.data.value.outcome.column, rounds, step: violation });
      return [(folds[k] as PreparedFold).context.leftOut, { point: coefficients, loss, slope }];
    }),
  );
}

function onlyIntercepts(fold: FoldContext, context: PathContext): FoldContext {
  return { ...fold, l1: fold.l1.map((l1, index) => (isIntercept(context, index) ? l1 : Infinity)) };
}

/** The penalties of every path, falling, in the units of the outcome. */
function lambdaSequences(input: PathFitInput, prepared: PreparedData, starts: ReadonlyMap<number, PathStart>): number[][] {
  const { lambda } = input;
  if (lambda.kind === 'list') {
    const values = [...lambda.values].sort((a, b) => b - a);
    return prepared.folds.map(() => values);
  }
  const terms = prepared.data.value.matrix.terms.length;
  const unit = prepared.data.value.outcome.scale;
  const sequence = ({ context, rows }: PreparedFold) => {
    const top = largestPenalty(context, starts.get(context.leftOut) as PathStart, input) * unit;
    const ratio = Math.max(smallestRatio, lambda.minRatio ?? (rows < terms ? 0.01 : 1e-4));
    const step = lambda.count > 1 ? pow(ratio, 1 / (lambda.count - 1)) : 1;
    const values = Array.from({ length: lambda.count }, (_, k) => top * pow(step, k));
    // A path begins without any penalized coefficient, exactly, and is labeled as if it went on from the next two.
    values[0] = infinitePenalty * unit;
    return values;
  };
  const common = sequence(prepared.folds[0] as PreparedFold);
  return prepared.folds.map((fold, k) => (k === 0 || input.foldPaths === 'common' ? common : sequence(fold)));
}

/** Smallest penalty at which all penalized coefficients are zero; for ridge, that of a mixing of 1/1000. */
function largestPenalty(fold: FoldContext, { slope }: PathStart, input: PathFitInput): number {
  const { alpha } = input;
  const width = 1 + input.data.matrix.terms.length;
  let largest = 0;
  for (let j = 0; j < width; j++) {
    const limit = fold.l1[j] === Infinity ? Infinity : (fold.factor[j] as number);
    if (!(limit > 0) || limit === Infinity) continue;
    let size = 0;
    for (let i = j; i < slope.length; i += width) {
      const s = Math.abs(slope[i] as number);
      size = input.grouped ? Math.sqrt(size * size + s * s) : Math.max(size, s);
    }
    largest = Math.max(largest, size / limit);
  }
  return largest / Math.max(alpha, smallestPathAlpha);
}
