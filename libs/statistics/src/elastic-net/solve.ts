import type { Arm, Federation, RosterScope } from '@cohortium/federation';
import { logit } from '@cohortium/numerics';
import { AndersonAccelerator } from './anderson.js';
import { GramParts, pickColumns, spreadColumns } from './columns.js';
import type { Columns } from './columns.js';
import { sparseModels } from './params.js';
import type { ModelParams } from './params.js';
import { RidgeStep, proximalStep } from './proximal-step.js';
import type { ElasticNetQueries, ModelGradient } from './query.js';

/** One penalized fit among many that travel together. */
export interface Problem {
  readonly arm: number;
  readonly leftOut: number | string | null;
  readonly alpha: number;
  readonly lambda: number;
  /** Problems of one path share a key; when one ends, those with smaller penalties end too. */
  readonly path: string;
  /** Columns that the model may use; all of them where it is left out. */
  readonly columns?: Columns | undefined;
}

/** How a problem ended. */
export interface Solution {
  readonly state: 'converged' | 'parameters' | 'beyondLimit' | 'notConverged';
  /** Intercept, then one per design column. */
  readonly coefficients: Float64Array;
  readonly rounds: number;
  readonly lastStep: number;
}

/** What all problems of a fit share. */
export interface SolveContext<R> {
  readonly federation: Federation;
  readonly queries: ElasticNetQueries<R>;
  readonly scope: RosterScope;
  readonly arms: readonly Arm<R>[];
  readonly columnCounts: readonly number[];
  /** Cross product of (1, design) by arm. */
  readonly grams: readonly Float64Array[];
  readonly participants: number;
  readonly participantFolds: ModelParams<R>['participantFolds'];
  readonly tolerance: number;
  readonly maxRounds: number;
  /** Free coefficients that one model of a request may carry. */
  readonly maxFreeParameters: number;
}

/** A model to be evaluated: coefficients with the rows they belong to. */
export interface Evaluated {
  readonly arm: number;
  readonly leftOut: number | string | null;
  readonly coefficients: Float64Array;
}

/** Elements of one vector above which a request is split; keeps one message under about 4 MiB. */
const elementsPerRequest = 262_144;

/** Asks for the scores of many models, in as few sums as the message size allows. */
export async function askGradients<R>(context: SolveContext<R>, models: readonly Evaluated[]): Promise<ModelGradient[]> {
  const gradients: ModelGradient[] = [];
  for (const group of groupBySize(models, (m) => 3 + (context.columnCounts[m.arm] as number))) {
    const { value } = await context.federation.sum(context.queries.gradient, modelParams(context, group), context.scope);
    gradients.push(...value);
  }
  return gradients;
}

/** The parameters of a request about some models. */
export function modelParams<R>(context: SolveContext<R>, models: readonly Evaluated[]): ModelParams<R> {
  return {
    arms: context.arms,
    columnCounts: context.columnCounts,
    participants: context.participants,
    participantFolds: models.some((m) => typeof m.leftOut === 'number') ? context.participantFolds : null,
    ...sparseModels(models),
  };
}

/** Cuts a list into runs whose total size stays below the limit of one request. */
export function groupBySize<T>(items: readonly T[], size: (item: T) => number): T[][] {
  const groups: T[][] = [];
  let room = 0;
  for (const item of items) {
    const needed = size(item);
    if (groups.length === 0 || needed > room) {
      groups.push([]);
      room = elementsPerRequest;
    }
    (groups[groups.length - 1] as T[]).push(item);
    room -= needed;
  }
  return groups;
}

/** Intercept-only starts, by arm and fold, with the score there (which gives the largest penalty of a path). */
export interface NullModel extends Evaluated {
  readonly participants: number;
  readonly events: number;
  readonly score: Float64Array;
}

/** Key of an arm and fold. */
export function nullKey(arm: number, leftOut: number | string | null): string {
  return `${arm} ${typeof leftOut} ${leftOut}`;
}

/** Fits the intercept-only models of some arms and folds: two rounds. */
export async function fitNullModels<R>(
  context: SolveContext<R>,
  keys: readonly { readonly arm: number; readonly leftOut: number | string | null }[],
): Promise<Map<string, NullModel>> {
  const zeros = keys.map(({ arm, leftOut }) => ({
    arm,
    leftOut,
    coefficients: new Float64Array(1 + (context.columnCounts[arm] as number)),
  }));
  const atZero = await askGradients(context, zeros);
  const counts = atZero.map(({ participants, score }) => ({ participants, events: (score[0] as number) + participants / 2 }));
  const starts = zeros.map((zero, k) => {
    const { participants, events } = counts[k] as { participants: number; events: number };
    const coefficients = zero.coefficients.slice();
    coefficients[0] = events > 0 && events < participants ? logit(events / participants) : 0;
    return { ...zero, coefficients };
  });
  const atPrevalence = await askGradients(context, starts);
  return new Map(
    starts.map((start, k) => [
      nullKey(start.arm, start.leftOut),
      { ...start, ...(counts[k] as { participants: number; events: number }), score: (atPrevalence[k] as ModelGradient).score.slice() },
    ]),
  );
}

interface Iterate {
  readonly problem: Problem;
  readonly start: NullModel;
  readonly accelerator: AndersonAccelerator;
  coefficients: Float64Array;
  /** Where the next score is asked: an extrapolation of past coefficients. */
  point: Float64Array;
  step: number;
  /** How often an extrapolation was taken back. */
  stepsBack: number;
  rounds: number;
  state: Solution['state'] | 'running';
}

/** Extrapolations beyond the limit on linear predictors after which a model counts as beyond it. */
const maxStepsBack = 3;

/**
 * Solves many problems side by side: majorize the logistic loss by the fixed curvature bound X'X/4 (Böhning & Lindsay 1988, doi
 * 10.1007/BF00049423), step to the minimum of the bound plus penalty, extrapolate by Anderson acceleration. One round moves every
 * problem; those that have converged leave the vector.
 */
export async function solveProblems<R>(
  context: SolveContext<R>,
  problems: readonly Problem[],
  starts: ReadonlyMap<string, NullModel>,
): Promise<Solution[]> {
  const iterates = problems.map((problem) => begin(problem, starts.get(nullKey(problem.arm, problem.leftOut)) as NullModel));
  // The first score is that of the intercept-only model, which is known already.
  const workshop: Workshop = { ridge: new RidgeStep(), parts: new GramParts() };
  for (const iterate of iterates)
    advance(context, workshop, iterate, { beyondLimit: false, participants: iterate.start.participants, score: iterate.start.score });
  endPaths(iterates);
  for (let round = 1; round < context.maxRounds; round++) {
    const running = iterates.filter((it) => it.state === 'running');
    if (running.length === 0) break;
    const gradients = await askGradients(
      context,
      running.map((it) => ({ arm: it.problem.arm, leftOut: it.problem.leftOut, coefficients: it.point })),
    );
    running.forEach((iterate, k) => advance(context, workshop, iterate, gradients[k] as ModelGradient));
    endPaths(iterates);
  }
  return iterates.map(({ state, coefficients, rounds, step }) => ({
    state: state === 'running' ? 'notConverged' : state,
    coefficients,
    rounds,
    lastStep: step,
  }));
}

/** What the steps of a fit keep from round to round. */
interface Workshop {
  readonly ridge: RidgeStep;
  readonly parts: GramParts;
}

function begin(problem: Problem, start: NullModel): Iterate {
  const { coefficients } = start;
  return {
    problem,
    start,
    accelerator: new AndersonAccelerator(),
    coefficients,
    point: coefficients,
    step: Infinity,
    stepsBack: 0,
    rounds: 0,
    state: 'running',
  };
}

function advance<R>(context: SolveContext<R>, { ridge, parts }: Workshop, it: Iterate, gradient: ModelGradient): void {
  it.rounds++;
  if (gradient.beyondLimit) {
    // An extrapolation may overshoot where the fit itself does not. Where it does so again and again, the fit is what overshoots: a
    // separated model creeps toward infinity so slowly that the plain iteration would never get there.
    if (it.point === it.coefficients || it.stepsBack === maxStepsBack) it.state = 'beyondLimit';
    else stepBack(it);
    return;
  }
  const participants = it.start.participants;
  const slope = gradient.score.map((s) => -s / participants);
  const { alpha, lambda, arm } = it.problem;
  const tolerance = Math.max(1e-14, Math.min(1e-4, 1e-3 * it.step));
  const { columns } = it.problem;
  const pick = (values: Float64Array) => (columns ? pickColumns(values, columns) : values);
  const gram = context.grams[arm] as Float64Array;
  const subproblem = {
    curvature: columns ? parts.of(gram, slope.length, arm, columns) : gram,
    scale: 0.25 / participants,
    gradient: pick(slope),
    point: pick(it.point),
    alpha,
    lambda,
  };
  const direct = alpha === 0 ? ridge.solve(subproblem, `${arm} ${columns?.join(',') ?? ''}`) : null;
  const solved = direct ?? proximalStep(subproblem, pick(it.coefficients), tolerance);
  const coefficients = columns ? spreadColumns(solved, columns, slope.length) : solved;
  it.step = largestDifference(coefficients, it.point);
  it.point = it.accelerator.next(it.point, coefficients, it.step);
  it.coefficients = coefficients;
  if (countNonZero(it.coefficients) > context.maxFreeParameters) it.state = 'parameters';
  else if (it.step <= context.tolerance) it.state = 'converged';
  else if (countNonZero(it.point) > context.maxFreeParameters) it.point = onSupportOf(it.point, it.coefficients);
}

/** Goes on from the last coefficients themselves, without what was extrapolated from them. */
function stepBack(it: Iterate): void {
  it.accelerator.reset();
  it.point = it.coefficients;
  it.stepsBack++;
}

/** An extrapolated point has the coefficients of all the past points it was made from; only those that the last one has are kept. */
function onSupportOf(point: Float64Array, coefficients: Float64Array): Float64Array {
  return point.map((value, j) => (j === 0 || coefficients[j] !== 0 ? value : 0));
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (let j = 0; j < a.length; j++) largest = Math.max(largest, Math.abs((a[j] as number) - (b[j] as number)));
  return largest;
}

/** Non-zero coefficients after the intercept. */
export function countNonZero(coefficients: Float64Array): number {
  let count = 0;
  for (let j = 1; j < coefficients.length; j++) if (coefficients[j] !== 0) count++;
  return count;
}

function endPaths(iterates: readonly Iterate[]): void {
  const ended = new Map<string, { lambda: number; state: Iterate['state'] }>();
  for (const { state, problem } of iterates) {
    if (state !== 'parameters' && state !== 'beyondLimit') continue;
    const known = ended.get(problem.path);
    if (known === undefined || problem.lambda > known.lambda) ended.set(problem.path, { lambda: problem.lambda, state });
  }
  for (const it of iterates) {
    const end = ended.get(it.problem.path);
    if (end !== undefined && it.problem.lambda <= end.lambda && it.state !== 'parameters' && it.state !== 'beyondLimit')
      it.state = end.state;
  }
}
