import { choleskyFactor, choleskySolve } from './cholesky.js';
import { independentColumns, submatrix } from './symmetric.js';

/** A function at a point, as {@link NewtonSearch} needs it. */
export interface NewtonReply {
  /** What is maximized. */
  readonly value: number;
  readonly gradient: Float64Array;
  /** Minus the second derivatives, or their expectation: row-major, n x n. */
  readonly information: Float64Array;
}

/** How a {@link NewtonSearch} goes. */
export interface NewtonOptions {
  readonly start: Float64Array;
  /** 1 for coordinates that may move, 0 for those that stay at their start; all move where it is absent. */
  readonly free?: Uint8Array;
  /** A Newton step whose largest component is at most this ends the search; it is still taken. */
  readonly epsilon: number;
  /** Points asked for at most. */
  readonly maxRounds: number;
  /** Coordinates that are redundant at the start (see `independentColumns`) stay there; 0 keeps all. */
  readonly independence?: number;
  /** `stall`: a singular information ends the search. `damp`: it is made positive definite by adding to its diagonal. */
  readonly indefinite?: 'stall' | 'damp';
}

/**
 * `searching`: tell the value at `point`. `converged`: the estimate is final. `exhausted`: no rounds left. `stalled`: no point along the
 * step is better, or the information is singular.
 */
export type NewtonStatus = 'searching' | 'converged' | 'exhausted' | 'stalled';

const maxHalvings = 25;
/** Points without a value before a search gives up: each step towards such a border is half of the last. */
const maxAbsent = 8;
/** A value this much lower, relative to its size, is rounding and not a worse point. */
const valueNoise = 1e-11;

/**
 * Newton's method with step halving, turned inside out: it names the next point and is told the function there. So many searches can
 * share one round of sums, and the same search runs at a site, on a stacked table and over sites.
 * Source: Nocedal & Wright, Numerical Optimization, 2nd ed. 2006, section 3.1 and algorithm 3.2, doi 10.1007/978-0-387-40065-5.
 */
export class NewtonSearch {
  /** Where the function is wanted next. */
  point: Float64Array;
  status: NewtonStatus = 'searching';
  /** Points told so far. */
  rounds = 0;
  /** The best point told, with the function there. */
  best: (NewtonReply & { readonly point: Float64Array }) | null = null;
  /** The last full step from {@link best}. */
  step: Float64Array;
  /** 1 for coordinates that move: free and not redundant. Known once the start was told. */
  moving: Uint8Array;
  private halvings = 0;
  private absent = 0;
  private factor = 1;

  constructor(private readonly options: NewtonOptions) {
    this.point = options.start.slice();
    this.step = new Float64Array(options.start.length);
    this.moving = options.free?.slice() ?? new Uint8Array(options.start.length).fill(1);
  }

  /** The maximum: the best point plus the last step if the search converged. */
  get estimate(): Float64Array {
    const { point } = this.best ?? this;
    return this.status === 'converged' ? point.map((x, j) => x + (this.step[j] as number)) : point;
  }

  /** Tells the function at {@link point}; null where it does not exist there. */
  tell(reply: NewtonReply | null): void {
    this.rounds++;
    if (reply === null && ++this.absent > maxAbsent) this.status = 'stalled';
    if (reply === null || this.isWorse(reply.value)) return this.shorten();
    const isFirst = this.best === null;
    this.best = { ...reply, point: this.point };
    this.halvings = 0;
    this.factor = 1;
    if (isFirst && this.options.independence)
      this.moving = independentColumns(reply.information, this.point.length, this.options.independence, this.moving);
    const step = this.newtonStep(reply);
    if (step === null) this.status = 'stalled';
    else this.advance(step);
  }

  private isWorse(value: number): boolean {
    if (this.best === null) return Number.isNaN(value);
    // Near the maximum values differ by rounding only; there the gradient decides.
    const tiny = this.step.every((s, j) => Math.abs(s) * this.factor <= 1e-7 * Math.max(1, Math.abs(this.point[j] as number)));
    return !(value >= this.best.value - valueNoise * (1 + Math.abs(this.best.value))) && !(tiny && Number.isFinite(value));
  }

  private shorten(): void {
    if (this.status !== 'searching') return;
    if (this.best === null || ++this.halvings > maxHalvings) this.status = 'stalled';
    else if (this.rounds >= this.options.maxRounds) this.status = 'exhausted';
    else {
      this.factor /= 2;
      const { point } = this.best;
      this.point = point.map((x, j) => x + this.factor * (this.step[j] as number));
    }
  }

  private advance(step: Float64Array): void {
    this.step = step;
    const size = step.reduce((largest, s) => Math.max(largest, Math.abs(s)), 0);
    if (size <= this.options.epsilon) this.status = 'converged';
    else if (this.rounds >= this.options.maxRounds) this.status = 'exhausted';
    else this.point = this.point.map((x, j) => x + (step[j] as number));
  }

  private newtonStep({ gradient, information }: NewtonReply): Float64Array | null {
    const n = gradient.length;
    const at = [...this.moving.keys()].filter((j) => this.moving[j] === 1);
    const m = at.length;
    const step = new Float64Array(n);
    const part = submatrix(information, n, at);
    let factor = choleskyFactor(part, m, 1e-13);
    if (!factor && this.options.indefinite === 'damp') factor = dampedFactor(part, m);
    if (!factor) return null;
    const solution = choleskySolve(
      factor,
      m,
      Float64Array.from(at, (j) => gradient[j] as number),
    );
    at.forEach((j, k) => (step[j] = solution[k] as number));
    return step;
  }
}

/** Cholesky factor of a symmetric matrix whose diagonal is raised until there is one. */
function dampedFactor(matrix: Float64Array, n: number): Float64Array | null {
  let scale = 0;
  for (let j = 0; j < n; j++) scale = Math.max(scale, Math.abs(matrix[j * n + j] as number));
  for (let damping = 1e-3; damping < 1e9; damping *= 4) {
    const raised = matrix.slice();
    for (let j = 0; j < n; j++) raised[j * n + j] = (raised[j * n + j] as number) + damping * Math.max(scale, 1e-8);
    const factor = choleskyFactor(raised, n, 1e-10);
    if (factor) return factor;
  }
  return null;
}
