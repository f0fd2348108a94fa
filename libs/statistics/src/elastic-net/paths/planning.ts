import { weighted } from './problem.js';
import type { GroupLayout } from './problem.js';
import type { Iterate } from './iterate.js';
import { pointHeader, triangle } from './request.js';

/** A few neighbors on a path that will share second derivatives, taken at the point of one of them. */
export interface CurvatureGroup {
  readonly members: readonly Iterate[];
  readonly representative: Iterate;
  readonly set: Float64Array;
}

/** What the next round asks. */
export interface RoundPlan {
  /** By problem: the coefficients whose slope is asked, null for all. */
  readonly sets: ReadonlyMap<Iterate, Float64Array | null>;
  readonly curvatures: readonly CurvatureGroup[];
  /** Every problem is asked about every coefficient. */
  readonly isWhole: boolean;
  /** Neighbors have second derivatives of their own folds, which coarser ones shall not replace. */
  readonly isFine: boolean;
}

/** What bounds a plan. */
export interface PlanLimits {
  /** Elements of one vector. */
  readonly elements: number;
  /** Coefficients of a model. */
  readonly coefficients: number;
  readonly tolerance: number;
  readonly groups: GroupLayout | null;
  /** Vectors that second derivatives may take for themselves; 0 where they share one with the slopes. */
  readonly curvedVectors: number;
}

/** A slope is not expected to change by more than this many times the present violation in a step. */
const reach = 5;
/** Numbers of groups, from the finest on; within a band sets are made smaller before groups are made fewer. */
const groupBands = [
  [12, 9],
  [8, 5],
] as const;
const coarseGroups = 4;
/** Of the coefficients at zero only those that are this far beyond their limits: the smallest sets. */
const smallestShare = -0.3;
/**
 * A coefficient whose slope comes within this share of its limit is taken into the set, since it may cross the limit in the next step: the first
 * share that leaves room for fine groups.
 */
const nearShares = [0.1, 0.05, 0.02, 0, -0.1, smallestShare];
/** Of many features so many are near their limits that they would crowd out the rest: the nearest of them are taken, as many as these say. */
const fewNear = 40;
const nearPerKept = 0.4;
/** A step with second derivatives of an earlier point is expected to be this much worse than the last one. */
const staleness = 3;
/** A problem with second derivatives of its own fold asks for others where a step left more than this share of its violation. */
const slow = 0.3;
/** A step is expected to lower the violation to no less than this share of it, whatever the last one did. */
const bestRatio = 1e-3;

/**
 * Plans a round: neighbors on a path share second derivatives as finely as the room allows; problems that the derivatives at hand are expected to
 * finish ask for their slope alone, on every coefficient.
 */
export function planRound(running: readonly Iterate[], limits: PlanLimits, before: RoundPlan | null): RoundPlan {
  const curved = running.filter((it) => !isSettled(it, limits) && needsCurvature(it, limits));
  const whole = running.length * (pointHeader + limits.coefficients);
  const isFine = before?.isFine === true;
  if (before !== null && (isFine || (before.curvatures.length > 0 && !before.isWhole)) && whole <= limits.elements) {
    const stuck = isFine ? curved.filter(({ wantsOthers, ratio }) => wantsOthers || ratio > slow) : curved;
    const room = limits.elements - whole;
    const curvatures = isFine ? groupWithinFolds(stuck, limits, room) : groupCurved(stuck, limits, room, true);
    return { sets: new Map(running.map((it) => [it, null])), curvatures, isWhole: true, isFine };
  }
  const sets = new Map<Iterate, Float64Array | null>();
  for (const it of running) {
    const isLast = isSettled(it, limits) || it.violation * forecastRatio(it) <= limits.tolerance || !coversSupport(it);
    sets.set(it, isLast ? null : it.anchor.set);
  }
  for (const it of curved) sets.delete(it);
  const asked = [...sets.values()].reduce((sum, set) => sum + pointHeader + (set?.length ?? limits.coefficients), 0);
  const curvatures = groupCurved(curved, limits, limits.elements - asked, false);
  for (const group of curvatures) for (const member of group.members) sets.set(member, group.set);
  widen(running, curvatures, sets, limits);
  return { sets, curvatures, isWhole: [...sets.values()].every((set) => set === null), isFine };
}

/** Optimal as far as known, at a point that has not moved since; what remains is to look at every coefficient. */
export function isSettled({ violation, isWhole, anchor, wantsOthers }: Iterate, { tolerance }: Pick<PlanLimits, 'tolerance'>): boolean {
  return violation <= tolerance && !isWhole && !wantsOthers && anchor !== undefined;
}

/** Whether an anchor's set has every coefficient that is not zero. */
function coversSupport({ anchor, point }: Iterate): boolean {
  let inSet = 0;
  for (const index of anchor.set) if (point[index] !== 0) inSet++;
  return inSet === point.reduce((count, b) => count + (b === 0 ? 0 : 1), 0);
}

function forecastRatio({ ratio }: Iterate): number {
  return Math.max(bestRatio, Math.min(1, ratio));
}

function needsCurvature(it: Iterate, { tolerance }: PlanLimits): boolean {
  return it.wantsOthers || !(it.violation * Math.min(1, staleness * forecastRatio(it)) <= tolerance);
}

/** @param isExtra the slopes are asked anyway, and curvature only as far as there is room */
function groupCurved(curved: readonly Iterate[], limits: PlanLimits, room: number, isExtra: boolean): CurvatureGroup[] {
  const found = finest(curved, limits, (groups) => elementsOf(groups, room, isExtra, limits) <= 0);
  return found ?? (isExtra ? [] : strongestOf(curved, limits, 1));
}

/** Groups that share nothing between folds, of as many problems as there is room for: the worst first. */
function groupWithinFolds(stuck: readonly Iterate[], limits: PlanLimits, room: number): CurvatureGroup[] {
  for (let rest = [...stuck].sort((a, b) => b.violation - a.violation); rest.length > 0; rest = rest.slice(0, rest.length >> 1)) {
    const groups = withinFolds(rest, limits, (found) => elementsOf(found, room, true, limits) <= 0);
    if (groups) return groups;
  }
  return [];
}

/**
 * Which second derivatives are asked at points whose every slope is known, where they travel in vectors of their own: the sets then hold the
 * coefficients that want to move, not those that were expected to.
 */
export function planCurvature(known: readonly Iterate[], limits: PlanLimits): readonly CurvatureGroup[] {
  return groupApart(
    known.filter((it) => needsCurvature(it, limits)),
    limits,
  );
}

/**
 * The same where models are so large that the slopes of a round take several vectors: then so may the second derivatives. One matrix for all that
 * fits one vector would suit no model, and steps with it would not come to an end.
 */
function groupApart(curved: readonly Iterate[], limits: PlanLimits): CurvatureGroup[] {
  const { curvedVectors: vectors } = limits;
  const fits = (groups: readonly CurvatureGroup[]) => {
    const sizes = groups.map(({ set }) => triangle(set.length));
    return Math.max(...sizes) <= limits.elements && sizes.reduce((sum, size) => sum + size, 0) <= vectors * limits.elements;
  };
  return finest(curved, limits, fits) ?? strongestOf(curved, limits, vectors);
}

/** The finest groups that fit; null where not even the coarsest do. */
function finest(curved: readonly Iterate[], limits: PlanLimits, fits: Fits): CurvatureGroup[] | null {
  if (curved.length === 0) return [];
  const within = withinFolds(curved, limits, fits);
  if (within) return within;
  return search([byPenalty([...curved])], wantedSets(curved, smallestShare, limits), groupBands[0][0], 1, limits, fits);
}

/** By problem: the coefficients that its set shall have. */
type Wanted = ReadonlyMap<Iterate, Float64Array>;

function wantedSets(iterates: readonly Iterate[], nearShare: number, limits: PlanLimits): Wanted {
  return new Map(iterates.map((it) => [it, wantedSet(it, nearShare, limits)]));
}

type Fits = (groups: readonly CurvatureGroup[]) => boolean;

/** The finest groups within folds that fit. */
function withinFolds(curved: readonly Iterate[], limits: PlanLimits, fits: Fits): CurvatureGroup[] | null {
  const byFold = new Map<number, Iterate[]>();
  for (const it of curved) {
    const { leftOut } = it.problem.fold;
    byFold.set(leftOut, [...(byFold.get(leftOut) ?? []), it]);
  }
  const paths = [...byFold.values()].map((members) => byPenalty(members));
  const known: Wanted[] = [];
  const wantedBy = (n: number) => (known[n] ??= wantedSets(curved, nearShares[n] as number, limits));
  // Where not even a few groups of the smallest sets fit, the larger ones need not be tried.
  const coarsest = search(paths, wantedBy(nearShares.length - 1), coarseGroups, 1, limits, fits);
  if (!coarsest) return null;
  for (const [most, least] of groupBands) {
    for (let n = 0; n < nearShares.length; n++) {
      const groups = search(paths, wantedBy(n), most, least, limits, fits);
      if (groups) return groups;
    }
  }
  return coarsest;
}

/** The most groups of each path that fit, of so many to so few. */
function search(
  paths: readonly Iterate[][],
  wanted: Wanted,
  most: number,
  least: number,
  limits: PlanLimits,
  fits: Fits,
): CurvatureGroup[] | null {
  for (let count = most; count >= least; count--) {
    const groups = paths.flatMap((path) => cut(path, wanted, count, limits));
    if (fits(groups)) return groups;
  }
  return null;
}

/** A few groups over all folds, each cut down to what one vector holds. */
function strongestOf(curved: readonly Iterate[], limits: PlanLimits, count: number): CurvatureGroup[] {
  const path = byPenalty([...curved]);
  return cut(path, wantedSets(path, smallestShare, limits), count, limits).map((group) => ({ ...group, set: strongest(group, limits) }));
}

function byPenalty(members: Iterate[]): Iterate[] {
  return members.sort((a, b) => b.problem.lambda - a.problem.lambda || a.problem.fold.leftOut - b.problem.fold.leftOut);
}

/**
 * Elements by which slopes and second derivatives exceed the room; where they make up most of it, the second derivatives may travel in a vector of
 * their own.
 */
function elementsOf(groups: readonly CurvatureGroup[], room: number, isExtra: boolean, { elements }: PlanLimits): number {
  let slopes = 0;
  let curvatures = 0;
  for (const { members, set } of groups) {
    if (!isExtra) slopes += members.length * (pointHeader + set.length);
    curvatures += triangle(set.length);
  }
  return !isExtra && elements - room + slopes > curvatures ? curvatures - elements : slopes + curvatures - room;
}

/** Cuts a path where sets have grown by about the same number of coefficients. */
function cut(path: readonly Iterate[], wanted: Wanted, count: number, limits: PlanLimits): CurvatureGroup[] {
  const size = (it: Iterate) => (wanted.get(it) as Float64Array).length;
  const largest = Math.max(...path.map(size));
  const groups: CurvatureGroup[] = [];
  let from = 0;
  for (let g = 1; g <= count && from < path.length; g++) {
    let to = from;
    while (to < path.length && (g === count || size(path[to] as Iterate) <= (largest * g) / count)) to++;
    if (to === from) continue;
    const members = path.slice(from, to);
    const set = union(
      members.map((it) => wanted.get(it) as Float64Array),
      limits.coefficients,
    );
    groups.push({ members, representative: members[members.length >> 1] as Iterate, set });
    from = to;
  }
  return groups;
}

/** Coefficients that are free or not zero, or whose slope is near its limit as far as it is known. */
function wantedSet({ problem, point, slope, violation }: Iterate, nearShare: number, limits: PlanLimits): Float64Array {
  const { groups } = limits;
  const { l1, l2 } = problem.fold;
  const width = groups?.width ?? point.length;
  const kept: number[] = [];
  const near: number[] = [];
  const sizes: number[] = [];
  for (let j = 0; j < width; j++) {
    const limit = weighted(l1[j] as number, problem.lambda);
    if (limit === Infinity) continue;
    const square = weighted(l2[j] as number, problem.lambda);
    let squares = 0;
    let isNonZero = limit === 0;
    for (let i = j; i < point.length; i += width) {
      const b = point[i] as number;
      const pull = (slope[i] as number) + square * b;
      squares += pull * pull;
      if (b !== 0) isNonZero = true;
    }
    const bound = limit - Math.min(nearShare * limit, reach * violation);
    // An unknown slope (NaN) fails the comparison.
    if (isNonZero) kept.push(j);
    else if (squares > bound * bound) {
      near.push(j);
      sizes.push(squares / (limit * limit));
    }
  }
  const most = limits.curvedVectors > 0 ? Math.max(fewNear, nearPerKept * kept.length) : Infinity;
  if (near.length > most) {
    const order = near.map((_, k) => k).sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || a - b);
    order.length = Math.floor(most);
    near.splice(0, Infinity, ...order.map((k) => near[k] as number));
  }
  const wanted = [...kept, ...near].sort((a, b) => a - b);
  if (!groups) return Float64Array.from(wanted);
  return Float64Array.from(Array.from({ length: groups.classes }, (_, c) => wanted.map((j) => c * width + j)).flat());
}

function union(sets: readonly Float64Array[], coefficients: number): Float64Array {
  const marked = new Uint8Array(coefficients);
  for (const set of sets) for (const index of set) marked[index] = 1;
  const all: number[] = [];
  marked.forEach((yes, index) => yes === 1 && all.push(index));
  return Float64Array.from(all);
}

/** The part of a set that fits one vector: free and non-zero coefficients first, then those with the steepest slopes. */
function strongest({ members, set }: CurvatureGroup, { elements, groups }: PlanLimits): Float64Array {
  const room = Math.floor(Math.sqrt(2 * elements)) - 1;
  if (set.length <= room) return set;
  const rank = (index: number) =>
    members.reduce((largest, { problem, point, slope }) => {
      const isKept = point[index] !== 0 || problem.fold.l1[index] === 0;
      return Math.max(largest, isKept ? Infinity : Math.abs(slope[index] as number) / (problem.fold.l1[index] as number) / problem.lambda);
    }, 0);
  const width = groups?.width ?? Infinity;
  const columns = [...set].filter((index) => index < width).sort((a, b) => rank(b) - rank(a) || a - b);
  const kept = columns.slice(0, Math.floor(room / (groups?.classes ?? 1)));
  const whole = groups ? Array.from({ length: groups.classes }, (_, c) => kept.map((j) => c * width + j)).flat() : kept;
  return Float64Array.from(whole).sort();
}

/**
 * Asks about every coefficient as long as there is room: first the points where curvature is taken, whose neighbors learn from it, then the others,
 * those nearest to their optimum first.
 */
function widen(
  running: readonly Iterate[],
  curvatures: readonly CurvatureGroup[],
  sets: Map<Iterate, Float64Array | null>,
  { elements, coefficients }: PlanLimits,
): void {
  let used = 0;
  for (const set of sets.values()) used += pointHeader + (set?.length ?? coefficients);
  for (const { set } of curvatures) used += triangle(set.length);
  const others = [...running].sort((a, b) => a.violation * forecastRatio(a) - b.violation * forecastRatio(b));
  for (const it of new Set([...curvatures.map(({ representative }) => representative), ...others])) {
    const set = sets.get(it);
    if (!set) continue;
    const more = coefficients - set.length;
    if (used + more > elements) continue;
    used += more;
    sets.set(it, null);
  }
}
