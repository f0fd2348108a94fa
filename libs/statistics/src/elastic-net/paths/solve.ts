import { elementsPerVector } from './context.js';
import type { PathContext } from './context.js';
import { GroupedStep } from './grouped.js';
import { Iterate } from './iterate.js';
import { WorkArray } from './anchor.js';
import type { Anchor } from './anchor.js';
import type { StepSolvers } from './iterate.js';
import { isSettled, planCurvature, planRound } from './planning.js';
import type { CurvatureGroup, PlanLimits, RoundPlan } from './planning.js';
import { violationAt, weighted } from './problem.js';
import type { PathProblem, PathSolution, PathStart } from './problem.js';
import { askPoints } from './ask.js';
import type { AskedCurvature, AskedPoint } from './ask.js';
import { QuadraticStep } from './quadratic.js';
import { coefficientCount } from './request.js';

/** Share of the largest curvature of a column that makes a system regular. */
const slight = 1e-6;

const nothing = new Float64Array(0);

/**
 * Where the slopes of all models leave no room for second derivatives, those are shared by folds, which the worst models do not get over. In the
 * second round of that kind, when points have come near, the folds get their own once, in two vectors: where most of the models are still this many
 * tolerances away, those two rounds save more than two.
 */
const crowdedRounds = 2;
const fineVectors = 2;
const farTolerances = 100;

/** Share of lambda to which the first forecasts of a path are worked out. */
const forecastShare = 0.01;

/**
 * Solves many problems side by side. One round moves every problem: at its point it learns loss and slope, and neighbors on a path share the
 * second derivatives at one of them; each steps to the minimum of its quadratic plus penalty (a proximal Newton step; Lee, Sun & Saunders
 * 2014, doi 10.1137/130921428). The first points come from the quadratic at the start, worked out along the whole path.
 * Problems that are optimal on every coefficient leave the vector.
 */
export async function solvePaths(
  context: PathContext,
  problems: readonly PathProblem[],
  starts: ReadonlyMap<number, PathStart>,
  first: Anchor,
  guessed: readonly SolvedProblem[] = [],
): Promise<PathSolution[]> {
  const solvers: StepSolvers = {
    separate: new QuadraticStep(),
    grouped: new GroupedStep(),
    taught: new WorkArray(),
    widened: new WorkArray(),
  };
  const iterates = problems.map((problem) => new Iterate(problem, starts.get(problem.fold.leftOut) as PathStart, first, context.groups));
  if (guessed.length === 0) forecast(iterates, solvers, first);
  else for (const it of iterates) it.guess(nearest(guessed, it.problem.lambda));
  const limits: PlanLimits = {
    elements: elementsPerVector(context),
    coefficients: coefficientCount(context.data.value),
    tolerance: context.tolerance,
    groups: context.groups,
    curvedVectors: context.curvedVectors,
  };
  let plan: RoundPlan | null = null;
  let crowded = 0;
  for (let round = 0; round < context.maxRounds; round++) {
    const running = iterates.filter((it) => it.state === 'running');
    if (running.length === 0) break;
    if (context.curvedVectors === 0) plan = planRound(running, limits, plan);
    const wentOn = plan === null ? await learnApart(context, running, limits) : await learn(context, running, plan);
    endPaths(iterates);
    if (plan?.isWhole && !plan.isFine && plan.curvatures.length === 0 && ++crowded === crowdedRounds) {
      const far = wentOn.filter(({ violation }) => violation > farTolerances * limits.tolerance);
      if (2 * far.length > problems.length) {
        const open = wentOn.filter(({ violation }) => violation > limits.tolerance);
        await curve(context, open, { ...limits, curvedVectors: fineVectors });
        plan = { ...plan, isFine: true };
      }
    }
    for (const it of wentOn) goOn(it, solvers, limits);
  }
  return iterates.map((it) => it.solution());
}

/** A solution of all rows at a penalty, near which those of the folds are looked for. */
export interface SolvedProblem {
  readonly lambda: number;
  readonly solution: PathSolution;
}

/** The one whose penalty is nearest, as a ratio. */
function nearest(solved: readonly SolvedProblem[], lambda: number): PathSolution {
  const distance = (other: number) => Math.max(other / lambda, lambda / other);
  return solved.reduce((best, each) => (distance(each.lambda) < distance(best.lambda) ? each : best)).solution;
}

/** The first points of every path, from large penalties to small ones. */
function forecast(iterates: readonly Iterate[], solvers: StepSolvers, first: Anchor): void {
  const known = new Uint8Array((iterates[0]?.point.length ?? 0) + 1);
  for (const index of first.set) known[index] = 1;
  const last = new Map<number, Iterate>();
  const order = [...iterates].sort((a, b) => b.problem.lambda - a.problem.lambda);
  for (const it of order) {
    const { fold, lambda } = it.problem;
    // Slopes of coefficients that the quadratic does not know are those of the start, and say nothing about another point.
    for (let i = 0; i < it.slope.length; i++) if (known[i] === 0) it.slope[i] = NaN;
    it.startFrom(last.get(fold.leftOut) ?? it, solvers, forecastTolerance(it.problem, lambda));
    last.set(fold.leftOut, it);
  }
}

function forecastTolerance({ fold: { l1, l2 } }: PathProblem, lambda: number): number {
  let smallest = Infinity;
  for (let i = 0; i < l1.length; i++) {
    const limit = Math.max(l1[i] as number, 1e-3 * (l2[i] as number));
    if (limit > 0 && limit < smallest) smallest = limit;
  }
  return forecastShare * (smallest === Infinity || lambda === Infinity ? 1e-3 : weighted(smallest, lambda));
}

/**
 * One round where second derivatives travel in vectors of their own: every slope is asked first, and what they say decides which second
 * derivatives are asked at the same points. Of thousands of coefficients those that a set lacks soon outweigh those that it has, and a set that is
 * chosen before the slopes are known lacks those that they bring up. @returns the problems whose points stand
 */
async function learnApart(context: PathContext, running: readonly Iterate[], limits: PlanLimits): Promise<Iterate[]> {
  const stand = await learn(context, running, { sets: new Map(), curvatures: [], isWhole: true, isFine: false });
  await curve(
    context,
    stand.filter(({ violation }) => violation > limits.tolerance),
    limits,
  );
  return stand;
}

/** Asks for second derivatives at points whose every slope is known. */
async function curve(context: PathContext, open: readonly Iterate[], limits: PlanLimits): Promise<void> {
  for (const it of open) it.wantsOthers = wantsOthers(it, limits);
  const groups = planCurvature(open, limits);
  const points = groups.map(({ representative: { problem, point } }): AskedPoint => {
    return { leftOut: problem.fold.leftOut, coefficients: point, set: nothing };
  });
  const { matrices } = await askPoints(
    context,
    points,
    groups.map(({ set }, point) => ({ point, set })),
  );
  groups.forEach((group, k) => anchorAt(context, group, matrices[k] as Float64Array));
}

/** Gives a group the second derivatives that the sites have summed. */
function anchorAt(context: PathContext, { members, representative: { problem }, set }: CurvatureGroup, packed: Float64Array): void {
  const curvature = fullMatrix(packed, set.length, problem.fold.share);
  steady(curvature, set, context, problem);
  const anchor = { set, curvature };
  for (const member of members) member.anchor = anchor;
}

/** One round. @returns the problems whose points stand */
async function learn(context: PathContext, running: readonly Iterate[], { sets, curvatures }: RoundPlan): Promise<Iterate[]> {
  const points: AskedPoint[] = running.map((it) => ({
    leftOut: it.problem.fold.leftOut,
    coefficients: it.point,
    set: sets.get(it) ?? null,
  }));
  const place = new Map(running.map((it, k) => [it, k]));
  const asked: AskedCurvature[] = curvatures.map(({ representative, set }) => ({ point: place.get(representative) as number, set }));
  const { answers, matrices } = await askPoints(context, points, asked);
  curvatures.forEach((group, k) => {
    const answer = answers[place.get(group.representative) as number];
    if (answer && !answer.beyond) anchorAt(context, group, matrices[k] as Float64Array);
  });
  const forecasts = new Map(curvatures.map(({ representative }) => [representative, representative.slope.slice()]));
  const stand = running.filter(
    (it, k) => it.absorb(answers[k] as (typeof answers)[number], sets.get(it) ?? null) && it.state === 'running',
  );
  for (const { members, representative, set } of curvatures) {
    if (!representative.isWhole) continue;
    const error = representative.slope.map((slope, i) => slope - ((forecasts.get(representative) as Float64Array)[i] as number));
    for (const member of members) if (!member.isWhole) member.correct(error, set);
  }
  return stand;
}

/** A packed lower triangle as a full matrix, over the share of the rows that it was summed over. */
export function fullMatrix(packed: Float64Array, size: number, share: number): Float64Array {
  const full = new Float64Array(size * size);
  let at = 0;
  for (let a = 0; a < size; a++)
    for (let b = 0; b <= a; b++, at++) full[a * size + b] = full[b * size + a] = (packed[at] as number) / share;
  return full;
}

/**
 * Adding the same to every class changes no probability, so a multinomial loss has no curvature that way. Where the penalty has none either
 * (intercepts, a pure lasso), a step's sum over classes is given a curvature of its own, which moves no optimum: enough to solve with, so little that
 * it holds no step back.
 */
export function steady(curvature: Float64Array, set: Float64Array, context: Pick<PathContext, 'data'>, problem: PathProblem): void {
  const { value } = context.data;
  if (value.family !== 'multinomial') return;
  const width = 1 + value.matrix.terms.length;
  const size = set.length;
  const places = new Map<number, number[]>();
  set.forEach((index, k) => {
    if (problem.fold.l2[index] === 0) places.set(index % width, [...(places.get(index % width) ?? []), k]);
  });
  for (const members of places.values()) {
    const own = Math.max(...members.map((k) => curvature[k * size + k] as number));
    for (const a of members)
      for (const b of members) curvature[a * size + b] = (curvature[a * size + b] as number) + (slight * own) / members.length;
  }
}

/** Smaller penalties than one whose predictors are beyond the limit are beyond it too. */
function endPaths(iterates: readonly Iterate[]): void {
  const ended = new Map<number, number>();
  for (const { state, problem } of iterates)
    if (state === 'beyondLimit') ended.set(problem.fold.leftOut, Math.max(problem.lambda, ended.get(problem.fold.leftOut) ?? 0));
  for (const it of iterates)
    if (it.state === 'running' && it.problem.lambda <= (ended.get(it.problem.fold.leftOut) ?? -1)) it.state = 'beyondLimit';
}

function goOn(it: Iterate, solvers: StepSolvers, limits: PlanLimits): void {
  if (it.state !== 'running') return;
  if (it.violation <= limits.tolerance && it.isWhole) {
    it.polish(solvers);
    it.state = 'converged';
    return;
  }
  if (isSettled(it, limits)) return;
  it.wantsOthers = wantsOthers(it, limits);
  it.step(solvers);
}

/** Whether a coefficient that the anchor does not have is in violation. */
function wantsOthers({ anchor, problem, point, slope, isWhole }: Iterate, { coefficients, tolerance, groups }: PlanLimits): boolean {
  if (!isWhole || anchor.set.length === coefficients) return false;
  const width = groups?.width ?? coefficients;
  let k = 0;
  for (let index = 0; index < width; index++) {
    if (anchor.set[k] === index) k++;
    else if (violationAt(problem, point, slope, index, groups) > tolerance) return true;
  }
  return false;
}
