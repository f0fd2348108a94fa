import type { Arm, Federation, RosterScope } from '@cohortium/federation';
import { pow } from '@cohortium/numerics';
import { statisticsErrors } from '../errors.js';
import { pickColumns } from './columns.js';
import type { Columns } from './columns.js';
import type { ElasticNetQueries } from './query.js';
import type { ModelParams } from './params.js';
import { fitNullModels, groupBySize, modelParams, nullKey, solveProblems } from './solve.js';
import type { NullModel, Problem, Solution, SolveContext } from './solve.js';

/** Left-out parts of a cross-validation. */
export type Folds =
  | { readonly kind: 'participant'; readonly count: number; readonly seed: string }
  | { readonly kind: 'site'; readonly sites: readonly string[] };

/** How a model's penalty is found. */
export type PenaltyRule =
  | { readonly rule: 'fixed'; readonly lambda: number }
  | {
      readonly rule: 'crossValidation';
      readonly folds: Folds;
      readonly count: number;
      readonly minRatio: number;
      readonly choose: 'min' | 'oneStandardError';
    };

/** One model to fit on every arm. */
export interface ElasticNetSpec {
  readonly id: string;
  readonly alpha: number;
  readonly penalty: PenaltyRule;
  /** Columns that the model may use, one list per arm; all columns where it is left out. */
  readonly columns?: readonly Columns[];
}

/** One point of a regularization path. */
export interface PathPoint {
  readonly lambda: number;
  /** Cross-validated binomial deviance per participant. */
  readonly deviance: number;
  readonly standardError: number;
  readonly nonZero: number;
}

/** A fitted model of one arm. */
export interface ElasticNetFit {
  readonly id: string;
  readonly alpha: number;
  readonly lambda: number;
  /** Intercept, then one per design column. */
  readonly coefficients: Float64Array;
  readonly path: readonly PathPoint[];
  /** By point of the path: intercept, then one per design column, of the model on all rows. */
  readonly pathCoefficients: readonly Float64Array[];
  /** Folds of the cross-validation; 0 for a fixed penalty. */
  readonly foldCount: number;
  /** By coefficient: folds in whose model at the chosen penalty it is not zero. */
  readonly foldTerms: Float64Array;
  readonly rounds: number;
}

/** Input of {@link fitElasticNets}. */
export interface ElasticNetInput<R> {
  readonly federation: Federation;
  readonly queries: ElasticNetQueries<R>;
  readonly scope: RosterScope;
  readonly arms: readonly Arm<R>[];
  readonly columnCounts: readonly number[];
  readonly participants: number;
  readonly specs: readonly ElasticNetSpec[];
  readonly tolerance: number;
  readonly maxRounds: number;
  readonly maxFreeParameters: number;
}

/** Smallest mixing that defines the largest penalty of a path: ridge has none of its own (as in glmnet). */
const smallestPathAlpha = 1e-3;
/** Deviances this close (relative) count as equal; ties take the larger penalty. */
const tieBand = 1e-9;
/** Coefficients below this are reported as zero when terms are counted. */
const zeroBand = 1e-10;

/**
 * Fits every spec on every arm on the glmnet objective `loss / n + lambda (alpha |b|_1 + (1 - alpha)/2 |b|^2)`: all arms, folds and
 * penalties side by side, in about the rounds of the slowest model.
 * @returns fits by arm, then by spec, in the order given
 * @throws `STATISTICS.ONE_CLASS`, `STATISTICS.NOT_CONVERGED`, `STATISTICS.MODEL_ENDED`
 */
export async function fitElasticNets<R>(input: ElasticNetInput<R>): Promise<ElasticNetFit[][]> {
  const grams: Float64Array[] = [];
  for (const [a, arm] of input.arms.entries()) {
    const { value } = await input.federation.sum(input.queries.gram, { arm, columnCount: input.columnCounts[a] as number }, input.scope);
    grams.push(value);
  }
  const fits: ElasticNetFit[][] = input.arms.map(() => []);
  for (const specs of groupByFolds(input.specs)) {
    const context: SolveContext<R> = { ...input, grams, participantFolds: participantFoldsOf(specs[0] as ElasticNetSpec) };
    for (const [a, group] of (await fitGroup(context, specs)).entries()) (fits[a] as ElasticNetFit[]).push(...group);
  }
  const order = new Map(input.specs.map((spec, k) => [spec.id, k]));
  return fits.map((group) => group.sort((x, y) => (order.get(x.id) as number) - (order.get(y.id) as number)));
}

/** Fixed penalties ride along with the first group; specs with other folds need requests of their own. */
function groupByFolds(specs: readonly ElasticNetSpec[]): ElasticNetSpec[][] {
  const groups = new Map<string, ElasticNetSpec[]>();
  const fixed = specs.filter((s) => s.penalty.rule === 'fixed');
  for (const spec of specs) {
    if (spec.penalty.rule === 'fixed') continue;
    const key = JSON.stringify(spec.penalty.folds);
    groups.set(key, [...(groups.get(key) ?? []), spec]);
  }
  const [first, ...rest] = [...groups.values()];
  return [[...(first ?? []), ...fixed], ...rest];
}

function participantFoldsOf(spec: ElasticNetSpec): ModelParams<unknown>['participantFolds'] {
  const { penalty } = spec;
  return penalty.rule === 'crossValidation' && penalty.folds.kind === 'participant'
    ? { count: penalty.folds.count, seed: penalty.folds.seed }
    : null;
}

function leftOutParts(spec: ElasticNetSpec, heldOut: string | null): (number | string)[] {
  if (spec.penalty.rule === 'fixed') return [];
  const { folds } = spec.penalty;
  return folds.kind === 'participant' ? Array.from({ length: folds.count }, (_, k) => k) : folds.sites.filter((site) => site !== heldOut);
}

async function fitGroup<R>(context: SolveContext<R>, specs: readonly ElasticNetSpec[]): Promise<ElasticNetFit[][]> {
  const keys = new Map<string, { arm: number; leftOut: number | string | null }>();
  context.arms.forEach((arm, a) => {
    for (const spec of specs)
      for (const leftOut of [null, ...leftOutParts(spec, arm.heldOut)]) keys.set(nullKey(a, leftOut), { arm: a, leftOut });
  });
  const starts = await fitNullModels(context, [...keys.values()]);
  for (const { arm, participants, events } of starts.values()) {
    if (!(events > 0.5 && events < participants - 0.5))
      throw statisticsErrors.error('STATISTICS.ONE_CLASS', { model: context.arms[arm]?.heldOut ?? 'all' });
  }
  const problems: Problem[] = [];
  const layout = context.arms.map((arm, a) =>
    specs.map((spec) => layOut(problems, spec, a, arm.heldOut, starts.get(nullKey(a, null)) as NullModel)),
  );
  const solutions = await solveProblems(context, problems, starts);
  const deviances = await askDeviances(context, problems, solutions);
  return layout.map((bySpec) => bySpec.map((place) => choose(place, solutions, deviances)));
}

/** Where the problems of one spec on one arm stand in the list. */
interface Place {
  readonly spec: ElasticNetSpec;
  readonly lambdas: readonly number[];
  /** Index of the problem without left-out part, by penalty. */
  readonly full: readonly number[];
  /** Indices of the fold problems, by penalty then fold. */
  readonly folds: readonly (readonly number[])[];
}

function layOut(problems: Problem[], spec: ElasticNetSpec, arm: number, heldOut: string | null, start: NullModel): Place {
  const columns = spec.columns?.[arm];
  const lambdas = lambdaSequence(spec, start, columns);
  const path = `${arm} ${spec.id}`;
  const add = (leftOut: number | string | null, lambda: number) =>
    problems.push({ arm, leftOut, alpha: spec.alpha, lambda, path, columns }) - 1;
  const full = lambdas.map((lambda) => add(null, lambda));
  const parts = leftOutParts(spec, heldOut);
  const folds = lambdas.map((lambda) => parts.map((leftOut) => add(leftOut, lambda)));
  return { spec, lambdas, full, folds };
}

function lambdaSequence(spec: ElasticNetSpec, start: NullModel, columns: Columns | undefined): number[] {
  if (spec.penalty.rule === 'fixed') return [spec.penalty.lambda];
  const { count, minRatio } = spec.penalty;
  let largest = 0;
  const score = columns ? pickColumns(start.score, columns) : start.score;
  for (let j = 1; j < score.length; j++) largest = Math.max(largest, Math.abs(score[j] as number));
  const top = largest / start.participants / Math.max(spec.alpha, smallestPathAlpha);
  return Array.from({ length: count }, (_, k) => top * pow(minRatio, k / (count - 1)));
}

/** Left-out loss of every converged fold problem, by problem index. */
async function askDeviances<R>(
  context: SolveContext<R>,
  problems: readonly Problem[],
  solutions: readonly Solution[],
): Promise<Map<number, { participants: number; loss: number }>> {
  const asked = problems.flatMap((problem, k) => (problem.leftOut !== null && solutions[k]?.state === 'converged' ? [k] : []));
  const deviances = new Map<number, { participants: number; loss: number }>();
  for (const group of groupBySize(asked, (k) => countEntries((solutions[k] as Solution).coefficients))) {
    const models = group.map((k) => ({
      arm: (problems[k] as Problem).arm,
      leftOut: (problems[k] as Problem).leftOut,
      coefficients: (solutions[k] as Solution).coefficients,
    }));
    const { value } = await context.federation.sum(context.queries.deviance, modelParams(context, models), context.scope);
    group.forEach((k, at) => deviances.set(k, value[at] as { participants: number; loss: number }));
  }
  return deviances;
}

function countEntries(coefficients: Float64Array): number {
  return coefficients.reduce((n, b) => n + (b === 0 ? 0 : 1), 2);
}

function choose(
  place: Place,
  solutions: readonly Solution[],
  deviances: ReadonlyMap<number, { participants: number; loss: number }>,
): ElasticNetFit {
  const { spec, lambdas, full, folds } = place;
  const own = [...full, ...folds.flat()].map((k) => solutions[k] as Solution);
  const rounds = Math.max(...own.map((solution) => solution.rounds));
  // A penalty that is left out because its fit was cut short would move the choice without a word.
  const unfinished = own.find((solution) => solution.state === 'notConverged');
  if (unfinished)
    throw statisticsErrors.error('STATISTICS.NOT_CONVERGED', { model: spec.id, rounds: unfinished.rounds, step: unfinished.lastStep });
  const path: (PathPoint & { at: number })[] = [];
  lambdas.forEach((lambda, at) => {
    const parts = (folds[at] as readonly number[]).map((k) => deviances.get(k));
    const solution = solutions[full[at] as number] as Solution;
    if (parts.length === 0 || solution.state !== 'converged' || parts.some((part) => part === undefined)) return;
    path.push({
      at,
      lambda,
      ...foldDeviance(parts as { participants: number; loss: number }[]),
      nonZero: countTerms(solution.coefficients),
    });
  });
  const at = spec.penalty.rule === 'fixed' ? 0 : chosenPoint(path, spec.penalty.choose);
  const solution = solutions[full[at] as number] as Solution;
  if (solution.state !== 'converged') throw statisticsErrors.error('STATISTICS.MODEL_ENDED', { model: spec.id, reason: solution.state });
  // No penalty of the path could be fitted in every fold, so none was compared.
  if (spec.penalty.rule === 'crossValidation' && path.length === 0)
    throw statisticsErrors.error('STATISTICS.MODEL_ENDED', { model: spec.id, reason: 'parameters' });
  return {
    id: spec.id,
    alpha: spec.alpha,
    lambda: lambdas[at] as number,
    coefficients: solution.coefficients,
    path: path.map(({ lambda, deviance, standardError, nonZero }) => ({ lambda, deviance, standardError, nonZero })),
    pathCoefficients: path.map((point) => (solutions[full[point.at] as number] as Solution).coefficients),
    ...foldTerms(
      solution,
      (folds[at] as readonly number[]).map((k) => solutions[k] as Solution),
    ),
    rounds,
  };
}

/** How often each coefficient is not zero among the models of the folds. */
function foldTerms({ coefficients }: Solution, folds: readonly Solution[]): Pick<ElasticNetFit, 'foldCount' | 'foldTerms'> {
  return {
    foldCount: folds.length,
    foldTerms: coefficients.map((_, j) => folds.reduce((count, fold) => count + (isTerm(fold.coefficients[j] as number) ? 1 : 0), 0)),
  };
}

/** Mean deviance over folds, weighted by participants, and its standard error over folds (as in glmnet's cv.glmnet). */
function foldDeviance(parts: readonly { participants: number; loss: number }[]): { deviance: number; standardError: number } {
  const filled = parts.filter((part) => part.participants > 0);
  const total = filled.reduce((n, part) => n + part.participants, 0);
  const deviance = filled.reduce((sum, part) => sum + 2 * part.loss, 0) / total;
  const spread = filled.reduce((sum, part) => {
    const d = (2 * part.loss) / part.participants - deviance;
    return sum + (part.participants / total) * d * d;
  }, 0);
  return { deviance, standardError: filled.length > 1 ? Math.sqrt(spread / (filled.length - 1)) : 0 };
}

function chosenPoint(path: readonly (PathPoint & { at: number })[], rule: 'min' | 'oneStandardError'): number {
  let best = path[0];
  for (const point of path) if (best === undefined || point.deviance < best.deviance) best = point;
  if (best === undefined) return 0;
  const limit = best.deviance + (rule === 'oneStandardError' ? best.standardError : 0) + tieBand * Math.abs(best.deviance);
  // Penalties fall along the path, so the first point within the limit has the largest one.
  return (path.find((point) => point.deviance <= limit) as PathPoint & { at: number }).at;
}

/** True where a coefficient is not zero beyond rounding. */
export function isTerm(coefficient: number): boolean {
  return Math.abs(coefficient) > zeroBand;
}

/** Terms that are not zero beyond rounding. */
export function countTerms(coefficients: Float64Array): number {
  return coefficients.subarray(1).reduce((count, value) => count + (isTerm(value) ? 1 : 0), 0);
}
