import { denseSpace } from '@cohortium/numerics';
import type { DenseSpace } from '@cohortium/numerics';
import { addRows } from './dense.js';
import { filled } from './kernels.js';

/** A penalized quadratic around a point, over a set of coefficients. */
export interface Quadratic {
  /** Number of coefficients. */
  readonly size: number;
  /** Second derivatives, full symmetric `size x size`. */
  readonly curvature: Float64Array;
  /** Weight of |b| by coefficient: 0 for a free one, Infinity for one that stays where it is. */
  readonly l1: Float64Array;
  /** Weight of b^2 / 2 by coefficient. */
  readonly l2: Float64Array;
}

const maxPasses = 30;
const sweepsPerTurn = 6;
const maxTurns = 40;
/** Larger systems cost more to factor than many sweeps; they are factored every few turns only. */
const directSize = 600;
const directTurns = 4;
/** Sweeps whose changes exceed the first violation by this factor have run away. */
const runaway = 100;
/** Fewer coefficients are not dropped: the matrix would have to be moved together. */
const worthDropping = 0.9;
/** Pivot, as a share of the diagonal, below which the active curvature counts as singular. */
const singular = 1e-12;
/** Share of the diagonal that is added to a singular system. */
const steeper = 1e-7;

/**
 * Minimizes slope'd + d'H d / 2 + sum l1 |b + d| + l2 (b + d)^2 / 2 over d. A few sweeps of cyclic coordinate descent find which coefficients
 * are not zero; the linear system of those is then solved at once, up to the first change of sign, so the objective falls at every step. Sources:
 * Friedman, Hastie & Tibshirani 2010, doi 10.18637/jss.v033.i01 (coordinate descent); Lee, Battle, Raina & Ng 2007 (feature-sign search).
 * Work space is kept between calls.
 */
export class QuadraticStep {
  private space: DenseSpace = denseSpace(0);
  private values: Float64Array = this.space.values;
  /** Positions in the quadratic of the coefficients that take part. */
  private active = new Int32Array(0);
  private count = 0;
  /** The count filled up to a multiple of four: the length of a row. */
  private width = 0;
  /** Where the parts lie in the space. */
  private at: Layout = layoutOf(0);

  /**
   * Moves `b` to the minimum and brings `slope`, the slope of the smooth part at `b`, along.
   * @param tolerance largest violation of the optimality conditions that may remain
   * @returns false where the sweeps ran away, which a curvature that is not positive semidefinite makes them do: `b` is then of no use
   */
  solve(problem: Quadratic, slope: Float64Array, b: Float64Array, tolerance: number): boolean {
    this.reserve(problem.size);
    let first = Infinity;
    for (let pass = 0; pass < maxPasses; pass++) {
      const violation = this.choose(problem, slope, b);
      if (pass === 0) first = violation;
      else if (violation <= tolerance) return true;
      else if (!(violation <= runaway * first)) return false;
      this.gather(problem, slope, b);
      if (!this.descend(tolerance, runaway * first)) return false;
      this.scatter(problem, slope, b);
    }
    return true;
  }

  private reserve(size: number): void {
    if (this.active.length < size) this.active = new Int32Array(size);
    this.at = layoutOf(size);
    this.space = denseSpace(this.at.end);
    this.values = this.space.values;
  }

  /** Finds the coefficients that are not zero or want to move. @returns the largest violation of optimality */
  private choose({ size, l1, l2 }: Quadratic, slope: Float64Array, b: Float64Array): number {
    let count = 0;
    let violation = 0;
    for (let i = 0; i < size; i++) {
      const limit = l1[i] as number;
      if (limit === Infinity) continue;
      const value = b[i] as number;
      const pull = (slope[i] as number) + (l2[i] as number) * value;
      const excess =
        value === 0 && limit > 0 ? Math.abs(pull) - limit : Math.abs(value > 0 ? pull + limit : value < 0 ? pull - limit : pull);
      if (excess > violation) violation = excess;
      if (value !== 0 || limit === 0 || excess > 0) this.active[count++] = i;
    }
    this.count = count;
    return violation;
  }

  private gather({ size, curvature, l1, l2 }: Quadratic, slope: Float64Array, b: Float64Array): void {
    const { count, active, values, at } = this;
    const width = (this.width = filled(count));
    for (let r = 0; r < count; r++) {
      const i = active[r] as number;
      const from = i * size;
      const row = at.matrix + r * width;
      for (let c = 0; c < count; c++) values[row + c] = curvature[from + (active[c] as number)] as number;
      values[at.slopes + r] = slope[i] as number;
      values[at.values + r] = values[at.before + r] = b[i] as number;
      values[at.l1 + r] = l1[i] as number;
      values[at.l2 + r] = l2[i] as number;
    }
    this.fillUp();
  }

  /** Rows and columns that fill up have nothing in them and stay where they are. */
  private fillUp(): void {
    const { count, width, values, at } = this;
    for (let r = 0; r < count; r++) values.fill(0, at.matrix + r * width + count, at.matrix + (r + 1) * width);
    values.fill(0, at.matrix + count * width, at.matrix + width * width);
    for (const list of [at.slopes, at.values, at.before, at.l1, at.l2]) values.fill(0, list + count, list + width);
  }

  private scatter({ size, curvature }: Quadratic, slope: Float64Array, b: Float64Array): void {
    const { count, active, values, at } = this;
    const changes = new Float64Array(size);
    for (let r = 0; r < count; r++) {
      const i = active[r] as number;
      b[i] = values[at.values + r] as number;
      changes[i] = (values[at.values + r] as number) - (values[at.before + r] as number);
    }
    addRows(curvature, size, changes, slope);
  }

  private descend(tolerance: number, most: number): boolean {
    const { space, at } = this;
    for (let turn = 0; turn < maxTurns; turn++) {
      // As many sweeps as one factor costs: often they are enough.
      const sweeps = turn === 0 ? Math.max(sweepsPerTurn, this.count >> 3) : sweepsPerTurn;
      for (let sweep = 0; sweep < sweeps; sweep++) {
        const change = space.sweep(this.width, at.matrix, at.slopes, at.values, at.l1, at.l2);
        if (change <= 0.1 * tolerance) return true;
        if (!(change <= most)) return false;
      }
      this.dropZeros();
      if ((this.count <= directSize || turn % directTurns === directTurns - 1) && this.solveSigns()) return true;
    }
    return true;
  }

  /** Coefficients that the sweeps have set to zero leave the system, unless that still has to be told to the others. */
  private dropZeros(): void {
    const { count, width, values, at, active } = this;
    const kept: number[] = [];
    for (let r = 0; r < count; r++) if (values[at.values + r] !== 0 || values[at.before + r] !== 0 || values[at.l1 + r] === 0) kept.push(r);
    if (kept.length > worthDropping * count) return;
    this.count = kept.length;
    this.width = filled(kept.length);
    // Rows become shorter and fewer, so none is written over before it is read.
    for (let a = 0; a < kept.length; a++) {
      const from = kept[a] as number;
      for (let c = 0; c < kept.length; c++)
        values[at.matrix + a * this.width + c] = values[at.matrix + from * width + (kept[c] as number)] as number;
      active[a] = active[from] as number;
      for (const list of [at.slopes, at.values, at.before, at.l1, at.l2]) values[list + a] = values[list + from] as number;
    }
    this.fillUp();
  }

  /** Goes to the minimum for the present signs, or to the first coefficient that reaches zero on the way. @returns whether it got there */
  private solveSigns(): boolean {
    const { count: m, width, values, at, space } = this;
    if (!this.factorize()) return false;
    for (let r = 0; r < m; r++) {
      const value = values[at.values + r] as number;
      const limit = values[at.l1 + r] as number;
      values[at.changes + r] = this.isHeld(r)
        ? 0
        : -((values[at.slopes + r] as number) + (values[at.l2 + r] as number) * value + (value > 0 ? limit : -limit));
    }
    values.fill(0, at.changes + m, at.changes + width);
    space.substitute(at.factor, width, at.changes);
    let share = 1;
    for (let r = 0; r < m; r++) {
      const value = values[at.values + r] as number;
      if (value === 0 || values[at.l1 + r] === 0) continue;
      const to = value + (values[at.changes + r] as number);
      if (to * value <= 0) share = Math.min(share, -value / (values[at.changes + r] as number));
    }
    for (let r = 0; r < m; r++) {
      const value = values[at.values + r] as number;
      const isPenalized = (values[at.l1 + r] as number) > 0;
      let next = value === 0 && isPenalized ? 0 : value + share * (values[at.changes + r] as number);
      if (share < 1 && isPenalized && Math.abs(next) <= 1e-14 * Math.abs(value)) next = 0;
      values[at.changes + r] = next - value;
      values[at.values + r] = next;
    }
    for (let r = 0; r < width; r++) space.wholes[2 * at.list + r] = 8 * (at.matrix + r * width);
    space.addColumns(at.list, at.changes, width, width, at.slopes);
    return share === 1;
  }

  /** A penalized coefficient at zero stays there while signs are kept. */
  private isHeld(r: number): boolean {
    return this.values[this.at.values + r] === 0 && (this.values[this.at.l1 + r] as number) > 0;
  }

  /** A factor to solve with: where the system is singular (two equal columns), that of a slightly steeper one, whose steps still go down. */
  private factorize(): boolean {
    return this.factorizeWith(0) || this.factorizeWith(steeper);
  }

  /** Cholesky factor of the active curvature with l2; a coefficient that is held at zero, or fills up, gets a row of the identity. */
  private factorizeWith(extra: number): boolean {
    const { count, width, values, at } = this;
    for (let r = 0; r < width; r++) {
      const row = at.factor + r * width;
      if (r >= count || this.isHeld(r)) {
        values.fill(0, row, row + r);
        values[row + r] = 1;
        continue;
      }
      const from = at.matrix + r * width;
      values.copyWithin(row, from, from + r);
      values[row + r] = (values[from + r] as number) * (1 + extra) + (values[at.l2 + r] as number);
    }
    for (let c = 0; c < count; c++) if (this.isHeld(c)) for (let r = c + 1; r < count; r++) values[at.factor + r * width + c] = 0;
    return this.space.factor(at.factor, width, singular);
  }
}

/** Places of the parts in the space. */
interface Layout {
  readonly matrix: number;
  readonly factor: number;
  readonly slopes: number;
  readonly values: number;
  readonly before: number;
  readonly l1: number;
  readonly l2: number;
  readonly changes: number;
  readonly list: number;
  readonly end: number;
}

function layoutOf(size: number): Layout {
  const width = filled(size);
  const matrix = 0;
  const factor = width * width;
  const vector = (n: number) => 2 * factor + n * width;
  const [slopes, values, before, l1, l2] = [vector(0), vector(1), vector(2), vector(3), vector(4)];
  return { matrix, factor, slopes, values, before, l1, l2, changes: vector(5), list: vector(6), end: vector(7) };
}
