import { factorInPlace, substituteInPlace } from './dense.js';
import type { Quadratic } from './quadratic.js';

/** A penalized quadratic whose l1 is a weight of the Euclidean norm of groups of coefficients. */
export interface GroupedQuadratic extends Quadratic {
  /** Positions of the members of each group; the weights of the first member are those of the group. */
  readonly groups: readonly Int32Array[];
}

const maxTurns = 400;
const sweepsPerTurn = 5;
const singular = 1e-12;
/** A Newton step that takes a group this near to zero, as a share of its norm, is not to be trusted: the sweeps decide. */
const collapsed = 1e-3;

/**
 * The minimum of {@link GroupedQuadratic}: block coordinate descent with a bound on the block's curvature (soft-thresholding of the group's
 * norm), and Newton steps over the groups that are not zero, where the penalty is smooth. Source: Simon, Friedman & Hastie 2013, arXiv 1311.6529.
 */
export class GroupedStep {
  /** As `QuadraticStep.solve`. */
  solve(problem: GroupedQuadratic, slope: Float64Array, b: Float64Array, tolerance: number): boolean {
    const bounds = Float64Array.from(problem.groups, (group) => blockBound(problem, group));
    for (let turn = 0; turn < maxTurns; turn++) {
      let largest = 0;
      for (let sweep = 0; sweep < sweepsPerTurn; sweep++) {
        largest = 0;
        problem.groups.forEach((group, g) => (largest = Math.max(largest, moveGroup(problem, slope, b, group, bounds[g] as number))));
        if (largest <= 0.1 * tolerance) return true;
      }
      newtonStep(problem, slope, b);
    }
    return b.every(Number.isFinite);
  }
}

/** Largest eigenvalue of a block, at most: the largest sum of absolute values of a row. */
function blockBound({ size, curvature }: GroupedQuadratic, group: Int32Array): number {
  let bound = 0;
  for (const i of group)
    bound = Math.max(
      bound,
      group.reduce((sum, j) => sum + Math.abs(curvature[i * size + j] as number), 0),
    );
  return bound;
}

function moveGroup(
  { size, curvature, l1, l2 }: GroupedQuadratic,
  slope: Float64Array,
  b: Float64Array,
  group: Int32Array,
  h: number,
): number {
  const first = group[0] as number;
  const limit = l1[first] as number;
  if (limit === Infinity || !(h > 0)) return 0;
  const pull = Array.from(group, (i) => h * (b[i] as number) - (slope[i] as number));
  const norm = Math.sqrt(pull.reduce((sum, v) => sum + v * v, 0));
  const share = norm > limit ? (1 - limit / norm) / (h + (l2[first] as number)) : 0;
  let largest = 0;
  group.forEach((i, k) => {
    const change = share * (pull[k] as number) - (b[i] as number);
    if (change === 0) return;
    b[i] = share * (pull[k] as number);
    const row = i * size;
    for (let j = 0; j < size; j++) slope[j] = (slope[j] as number) + change * (curvature[row + j] as number);
    largest = Math.max(largest, Math.abs(change) * h);
  });
  return largest;
}

/** Newton's step over the groups that are not zero, taken where it lowers the objective. */
function newtonStep(problem: GroupedQuadratic, slope: Float64Array, b: Float64Array): void {
  const { size, curvature, l1, l2, groups } = problem;
  const moving = groups.filter((group) => l1[group[0] as number] !== Infinity && group.some((i) => b[i] !== 0 || l1[i] === 0));
  const active = Int32Array.from(moving.flatMap((group) => [...group]));
  const m = active.length;
  const system = new Float64Array(m * m);
  const direction = new Float64Array(m);
  for (let r = 0; r < m; r++) {
    const i = active[r] as number;
    for (let c = 0; c <= r; c++) system[r * m + c] = curvature[i * size + (active[c] as number)] as number;
    system[r * m + r] = (system[r * m + r] as number) + (l2[i] as number);
    direction[r] = -(slope[i] as number) - (l2[i] as number) * (b[i] as number);
  }
  let at = 0;
  for (const group of moving) {
    const limit = l1[group[0] as number] as number;
    const norm = normOf(b, group);
    for (let r = 0; limit > 0 && r < group.length; r++) {
      const x = (b[group[r] as number] as number) / norm;
      direction[at + r] = (direction[at + r] as number) - limit * x;
      for (let c = 0; c <= r; c++) {
        const entry = (at + r) * m + at + c;
        system[entry] = (system[entry] as number) + (limit / norm) * ((r === c ? 1 : 0) - (x * (b[group[c] as number] as number)) / norm);
      }
    }
    at += group.length;
  }
  if (!factorInPlace(system, m, singular)) return;
  substituteInPlace(system, m, direction);
  const moved = b.slice();
  active.forEach((i, r) => (moved[i] = (b[i] as number) + (direction[r] as number)));
  if (moving.some((group) => l1[group[0] as number] !== 0 && normOf(moved, group) < collapsed * normOf(b, group))) return;
  const curved = new Float64Array(size);
  active.forEach((i, r) => {
    for (let j = 0; j < size; j++) curved[j] = (curved[j] as number) + (direction[r] as number) * (curvature[i * size + j] as number);
  });
  let change = penalty(problem, moved) - penalty(problem, b);
  active.forEach((i, r) => (change += (direction[r] as number) * ((slope[i] as number) + 0.5 * (curved[i] as number))));
  if (!(change < 0)) return;
  b.set(moved);
  for (let j = 0; j < size; j++) slope[j] = (slope[j] as number) + (curved[j] as number);
}

function normOf(b: Float64Array, group: Int32Array): number {
  return Math.sqrt(group.reduce((sum, i) => sum + (b[i] as number) * (b[i] as number), 0));
}

function penalty({ groups, l1, l2 }: GroupedQuadratic, b: Float64Array): number {
  let sum = 0;
  for (const group of groups) {
    const first = group[0] as number;
    const norm = normOf(b, group);
    if (l1[first] !== Infinity) sum += (l1[first] as number) * norm + 0.5 * (l2[first] as number) * norm * norm;
  }
  return sum;
}
