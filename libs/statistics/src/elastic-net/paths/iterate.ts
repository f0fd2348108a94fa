import { carry, difference, knownSlopes, picked, placesOf, scaleOf, taught, widened } from './anchor.js';
import type { Anchor, Secant, WorkArray } from './anchor.js';
import type { GroupedStep } from './grouped.js';
import { penaltyOf, violationAt, weighted } from './problem.js';
import type { GroupLayout, PathProblem, PathSolution, PathStart, PathState } from './problem.js';
import type { PointAnswer } from './query.js';
import type { QuadraticStep } from './quadratic.js';

/** The solvers of quadratics, shared for their work space. */
export interface StepSolvers {
  readonly separate: QuadraticStep;
  readonly grouped: GroupedStep;
  /** Room for second derivatives that are made for one step. */
  readonly taught: WorkArray;
  readonly widened: WorkArray;
}

/** Points beyond the limit, or objectives that rose, after which a problem counts as without a fit. */
const maxBeyond = 4;
const maxHalvings = 40;
/** Share of the present violation to which a quadratic is solved. */
const innerShare = 0.02;
/** In the first rounds the quadratic itself is farther off than this. */
const earlyShare = 0.05;
const earlyRounds = 2;
/** An objective may rise by this much of itself: the rounding of sums. */
const objectiveNoise = 1e-13;

/** A problem whose violation fell to this share is near enough to its end for the last step to tell of the next. */
const settledRatio = 0.5;
/** Coefficients whose second derivatives are borrowed, at most: with more of them it is better to ask. */
const mostBorrowed = 60;
/** Borrowed parts need not fit together with the others: shares of the mixed derivatives that are tried. */
const borrowedShares = [0.3];

/** One problem on its way: a point, what is known there, and the curvature that the next step will use. */
export class Iterate {
  point: Float64Array;
  /** Slope at the point where `known` says so, elsewhere at the point before or NaN. */
  readonly slope: Float64Array;
  loss = NaN;
  objective = Infinity;
  /** Largest violation among the known coefficients. */
  violation = Infinity;
  /** Violation over that of the point before. */
  ratio = 1;
  anchor: Anchor;
  /** Some coefficient outside the anchor's set wants to move. */
  wantsOthers = false;
  /** True where the last answer was about every coefficient. */
  isWhole = false;
  private wasWhole = false;
  state: PathState | 'running' = 'running';
  rounds = 0;
  private from: { readonly point: Float64Array; readonly objective: number };
  /** Slopes at the point before, NaN where the sites were not asked. */
  private slopeBefore: Float64Array | null = null;
  private lastSet: Float64Array | null = null;
  private secant: Secant | null = null;
  private beyondCount = 0;
  private halvings = 0;

  constructor(
    readonly problem: PathProblem,
    start: PathStart,
    /** Second derivatives at the start, on as many coefficients as are known: they tell how slopes outside an anchor's set change, about. */
    private readonly first: Anchor,
    private readonly groups: GroupLayout | null,
  ) {
    this.point = start.point.slice();
    this.slope = start.slope.slice();
    this.loss = start.loss;
    this.objective = start.loss + penaltyOf(problem, this.point, groups);
    this.anchor = first;
    this.from = { point: this.point, objective: this.objective };
  }

  /** Takes in what the sites say about the point. @returns whether the point stands, so that the next step can go on from it */
  absorb(answer: PointAnswer, set: Float64Array | null): boolean {
    this.rounds++;
    if (answer.beyond) {
      if (++this.beyondCount >= maxBeyond) this.state = 'beyondLimit';
      else this.goBack();
      return false;
    }
    const { share } = this.problem.fold;
    const loss = answer.loss / share;
    const objective = loss + penaltyOf(this.problem, this.point, this.groups);
    if (objective > this.from.objective + objectiveNoise * Math.abs(this.from.objective) && this.halvings < maxHalvings) {
      // Close to the end the objective is all noise; what counts there is the violation.
      this.halvings++;
      this.goBack();
      return false;
    }
    this.halvings = 0;
    this.loss = loss;
    this.objective = objective;
    this.isWhole = set === null;
    const { slope } = this;
    for (let k = 0; k < answer.slope.length; k++) slope[set ? (set[k] as number) : k] = (answer.slope[k] as number) / share;
    this.lastSet = set;
    this.secant = this.learned();
    const before = this.violation;
    this.measure(set);
    this.ratio = before === Infinity ? 1 : this.violation / before;
    return true;
  }

  /** What the last step has taught about the curvature. */
  private learned(): Secant | null {
    const { slopeBefore } = this;
    if (slopeBefore === null) return null;
    return { step: difference(this.point, this.from.point), change: difference(knownSlopes(this.slope, this.lastSet), slopeBefore) };
  }

  private measure(set: Float64Array | null): void {
    const width = this.groups?.width ?? this.point.length;
    let largest = 0;
    const { problem, point, slope, groups } = this;
    const count = set?.length ?? width;
    for (let k = 0; k < count; k++) {
      const index = set ? (set[k] as number) : k;
      if (index < width) largest = Math.max(largest, violationAt(problem, point, slope, index, groups));
    }
    this.violation = largest;
  }

  private goBack(): void {
    const { point } = this.from;
    this.point = this.point.map((value, i) => ((point[i] as number) + value) / 2);
  }

  /** Moves to the minimum of the quadratic around the point. The slope becomes the quadratic's own: a forecast. */
  step(solvers: StepSolvers): void {
    this.from = { point: this.point, objective: this.objective };
    this.slopeBefore = knownSlopes(this.slope, this.lastSet);
    this.point = this.point.slice();
    this.wasWhole = this.isWhole;
    this.isWhole = false;
    this.move(solvers, (this.rounds <= earlyRounds ? earlyShare : innerShare) * this.violation);
  }

  private move(solvers: StepSolvers, tolerance: number): void {
    if (this.anchor === this.first) {
      this.moveBy(this.first, solvers, tolerance);
      return;
    }
    const own = taught(this.anchor, this.ratio < settledRatio ? this.secant : null, solvers.taught);
    const others = this.others();
    for (const share of others.length === 0 ? [] : borrowedShares)
      if (this.moveBy(widened(own, this.first, scaleOf(this.anchor, this.first), others, share, solvers.widened), solvers, tolerance))
        return;
    this.moveBy(own, solvers, tolerance);
  }

  private moveBy({ set, curvature }: Anchor, solvers: StepSolvers, tolerance: number): boolean {
    const size = set.length;
    const { l1, l2 } = this.problem.fold;
    const { lambda } = this.problem;
    const slope = picked(this.slope, set);
    const b = picked(this.point, set);
    const own1 = picked(l1, set);
    const own2 = picked(l2, set);
    for (let k = 0; k < size; k++) {
      own1[k] = weighted(own1[k] as number, lambda);
      own2[k] = weighted(own2[k] as number, lambda);
    }
    const quadratic = { size, curvature, l1: own1, l2: own2 };
    const isDone = this.groups
      ? solvers.grouped.solve({ ...quadratic, groups: groupsOf(set, this.groups) }, slope, b, tolerance)
      : solvers.separate.solve(quadratic, slope, b, tolerance);
    if (!isDone) return false;
    if (this.anchor !== this.first)
      carry(this.slope, this.first, scaleOf(this.anchor, this.first), set, difference(b, picked(this.point, set)));
    for (let k = 0; k < size; k++) {
      this.point[set[k] as number] = b[k] as number;
      this.slope[set[k] as number] = slope[k] as number;
    }
    return true;
  }

  /** Coefficients that the first anchor has and the present one has not, and that want to move: none where they are many. */
  private others(): number[] {
    const { point, slope, groups, problem } = this;
    if (!this.wasWhole) return [];
    const width = groups?.width ?? point.length;
    const places = placesOf(this.anchor, point.length);
    const known = placesOf(this.first, point.length);
    const others: number[] = [];
    for (let index = 0; index < width; index++) {
      if ((places[index] as number) >= 0 || (known[index] as number) < 0) continue;
      if (violationAt(problem, point, slope, index, groups) > 0) others.push(index);
    }
    if (others.length > mostBorrowed) {
      const size = (index: number) => violationAt(problem, point, slope, index, groups);
      others.sort((p, q) => size(q) - size(p) || p - q);
      others.length = mostBorrowed;
      others.sort((p, q) => p - q);
    }
    if (!groups) return others;
    return Array.from({ length: groups.classes }, (_, c) => others.map((index) => c * width + index)).flat();
  }

  /** Corrects forecasts of slopes by what a neighbor's turned out to be wrong by. */
  correct(error: Float64Array, known: Float64Array): void {
    let k = 0;
    for (let index = 0; index < this.slope.length; index++) {
      if (known[k] === index) k++;
      else this.slope[index] = (this.slope[index] as number) + (error[index] as number);
    }
  }

  /** Starts from another problem's forecast over the same anchor: neighbors on a path are near each other. */
  startFrom(other: Iterate, solvers: StepSolvers, tolerance: number): void {
    this.point = other.point.slice();
    this.slope.set(other.slope);
    this.move(solvers, tolerance);
  }

  /** Starts where another problem has ended. Its slopes stand for this one's until the sites are asked; so do they not know an objective. */
  guess({ coefficients, slope }: PathSolution): void {
    const { l1 } = this.problem.fold;
    // A column that is constant in a fold stays at zero there.
    this.point = coefficients.map((value, index) => (l1[index] === Infinity ? 0 : value));
    this.slope.set(slope);
    this.from = { point: this.point, objective: Infinity };
  }

  /** One more step that no site is asked about: it makes a converged point better than was required. */
  polish(solvers: StepSolvers): void {
    this.point = this.point.slice();
    const slope = this.slope.slice();
    this.move(solvers, innerShare * innerShare * this.violation);
    this.slope.set(slope);
  }

  /** What this problem has come to. */
  solution(): PathSolution {
    const { state, point, loss, slope, rounds, violation } = this;
    return { state: state === 'running' ? 'notConverged' : state, coefficients: point, loss, slope, rounds, violation };
  }
}

const groupings = new WeakMap<Float64Array, readonly Int32Array[]>();

/** Positions of each group's members in a set; sets hold whole groups. */
function groupsOf(set: Float64Array, { width }: GroupLayout): readonly Int32Array[] {
  const known = groupings.get(set);
  if (known) return known;
  const groups = new Map<number, number[]>();
  set.forEach((index, k) => {
    const column = index % width;
    const members = groups.get(column);
    if (members) members.push(k);
    else groups.set(column, [k]);
  });
  const made = [...groups.values()].map((members) => Int32Array.from(members));
  groupings.set(set, made);
  return made;
}
