import { factorInPlace, substituteInPlace } from './dense.js';

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
const directSize = 300;
const directTurns = 4;
/** Sweeps whose changes exceed the first violation by this factor have run away. */
const runaway = 100;
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
  private matrix = new Float64Array(0);
  private factor = new Float64Array(0);
  private active = new Int32Array(0);
  private slopes = new Float64Array(0);
  private values = new Float64Array(0);
  private before = new Float64Array(0);
  private direction = new Float64Array(0);
  private l1 = new Float64Array(0);
  private l2 = new Float64Array(0);
  private count = 0;

  /**
   * Moves `b` to the minimum and brings `slope`, the slope of the smooth part at `b`, along.
   * @param tolerance largest violation of the optimality conditions that may remain
   * @returns false where the sweeps ran away, which a curvature that is not positive semidefinite makes them do: `b` is then of no use
   */
  solve(problem: Quadratic, slope: Float64Array, b: Float64Array, tolerance: number): boolean {
    let first = Infinity;
    for (let pass = 0; pass < maxPasses; pass++) {
      const violation = this.gather(problem, slope, b);
      if (pass === 0) first = violation;
      else if (violation <= tolerance) return true;
      else if (!(violation <= runaway * first)) return false;
      if (!this.descend(tolerance, runaway * first)) return false;
      this.scatter(problem, slope, b);
    }
    return true;
  }

  /** Collects the coefficients that are not zero or want to move. @returns the largest violation of optimality */
  private gather({ size, curvature, l1, l2 }: Quadratic, slope: Float64Array, b: Float64Array): number {
    this.reserve(size);
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
    for (let r = 0; r < count; r++) {
      const i = this.active[r] as number;
      const row = i * size;
      for (let c = 0; c <= r; c++) {
        const h = curvature[row + (this.active[c] as number)] as number;
        this.matrix[r * count + c] = h;
        this.matrix[c * count + r] = h;
      }
      this.slopes[r] = slope[i] as number;
      this.values[r] = this.before[r] = b[i] as number;
      this.l1[r] = l1[i] as number;
      this.l2[r] = l2[i] as number;
    }
    return violation;
  }

  private reserve(size: number): void {
    if (this.active.length >= size) return;
    this.active = new Int32Array(size);
    this.matrix = new Float64Array(size * size);
    this.factor = new Float64Array(size * size);
    for (const name of ['slopes', 'values', 'before', 'direction', 'l1', 'l2'] as const) this[name] = new Float64Array(size);
  }

  private scatter({ size, curvature }: Quadratic, slope: Float64Array, b: Float64Array): void {
    for (let r = 0; r < this.count; r++) {
      const change = (this.values[r] as number) - (this.before[r] as number);
      if (change === 0) continue;
      const i = this.active[r] as number;
      b[i] = this.values[r] as number;
      const row = i * size;
      for (let j = 0; j < size; j++) slope[j] = (slope[j] as number) + change * (curvature[row + j] as number);
    }
  }

  private descend(tolerance: number, most: number): boolean {
    for (let turn = 0; turn < maxTurns; turn++) {
      // As many sweeps as one factor costs: often they are enough.
      const sweeps = turn === 0 ? Math.max(sweepsPerTurn, this.count >> 3) : sweepsPerTurn;
      for (let sweep = 0; sweep < sweeps; sweep++) {
        const change = this.sweep();
        if (change <= 0.1 * tolerance) return true;
        if (!(change <= most)) return false;
      }
      this.dropZeros();
      if ((this.count <= directSize || turn % directTurns === directTurns - 1) && this.solveSigns()) return true;
    }
    return true;
  }

  /** One cycle over the active coefficients. @returns the largest change, in units of the slope */
  private sweep(): number {
    const { count: m, matrix, slopes, values, l1, l2 } = this;
    let largest = 0;
    for (let r = 0; r < m; r++) {
      const row = r * m;
      const h = matrix[row + r] as number;
      if (!(h > 0)) continue;
      const old = values[r] as number;
      const pull = h * old - (slopes[r] as number);
      const limit = l1[r] as number;
      const shrunk = pull > limit ? pull - limit : pull < -limit ? pull + limit : 0;
      const next = shrunk / (h + (l2[r] as number));
      const change = next - old;
      if (change === 0) continue;
      values[r] = next;
      for (let c = 0; c < m; c++) slopes[c] = (slopes[c] as number) + change * (matrix[row + c] as number);
      const size = Math.abs(change) * h;
      if (size > largest) largest = size;
    }
    return largest;
  }

  /** Coefficients that the sweeps have set to zero leave the system, unless that still has to be told to the others. */
  private dropZeros(): void {
    const m = this.count;
    const kept: number[] = [];
    for (let r = 0; r < m; r++) if (this.values[r] !== 0 || this.before[r] !== 0 || this.l1[r] === 0) kept.push(r);
    if (kept.length === m) return;
    const k = kept.length;
    for (let a = 0; a < k; a++) {
      const from = kept[a] as number;
      for (let c = 0; c < k; c++) this.matrix[a * k + c] = this.matrix[from * m + (kept[c] as number)] as number;
      this.active[a] = this.active[from] as number;
      for (const list of [this.slopes, this.values, this.before, this.l1, this.l2]) list[a] = list[from] as number;
    }
    this.count = k;
  }

  /** Goes to the minimum for the present signs, or to the first coefficient that reaches zero on the way. @returns whether it got there */
  private solveSigns(): boolean {
    const { count: m, values, slopes, l1, l2, direction, matrix } = this;
    if (!this.factorize()) return false;
    for (let r = 0; r < m; r++) {
      const value = values[r] as number;
      const limit = l1[r] as number;
      const isHeld = value === 0 && limit > 0;
      direction[r] = isHeld ? 0 : -((slopes[r] as number) + (l2[r] as number) * value + (value > 0 ? limit : -limit));
    }
    substituteInPlace(this.factor, m, direction);
    let share = 1;
    for (let r = 0; r < m; r++) {
      const value = values[r] as number;
      if (value === 0 || l1[r] === 0) continue;
      const to = value + (direction[r] as number);
      if (to * value <= 0) share = Math.min(share, -value / (direction[r] as number));
    }
    for (let r = 0; r < m; r++) {
      const value = values[r] as number;
      if (value === 0 && (l1[r] as number) > 0) continue;
      let next = value + share * (direction[r] as number);
      if (share < 1 && (l1[r] as number) > 0 && Math.abs(next) <= 1e-14 * Math.abs(value)) next = 0;
      const change = next - value;
      values[r] = next;
      const row = r * m;
      for (let c = 0; c < m; c++) slopes[c] = (slopes[c] as number) + change * (matrix[row + c] as number);
    }
    return share === 1;
  }

  /** A factor to solve with: where the system is singular (two equal columns), that of a slightly steeper one, whose steps still go down. */
  private factorize(): boolean {
    return this.factorizeWith(0) || this.factorizeWith(steeper);
  }

  /** Cholesky factor of the active curvature with l2; a coefficient that is held at zero gets a row of the identity. */
  private factorizeWith(extra: number): boolean {
    const { count: m, matrix, factor, values, l1, l2 } = this;
    for (let r = 0; r < m; r++) {
      const row = r * m;
      const isHeld = values[r] === 0 && (l1[r] as number) > 0;
      for (let c = 0; c < r; c++) {
        factor[row + c] = isHeld || (values[c] === 0 && (l1[c] as number) > 0) ? 0 : (matrix[row + c] as number);
      }
      factor[row + r] = isHeld ? 1 : (matrix[row + r] as number) * (1 + extra) + (l2[r] as number);
    }
    return factorInPlace(factor, m, singular);
  }
}
