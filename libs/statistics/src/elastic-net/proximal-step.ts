import { choleskyFactor, choleskySolve } from '@cohortium/numerics';

/** A quadratic elastic-net subproblem around a point. */
export interface Subproblem {
  /** Curvature before scaling, n x n, symmetric; row 0 belongs to the unpenalized intercept. */
  readonly curvature: Float64Array;
  /** Multiplies the curvature: 1 / (4 participants) for the logistic bound. */
  readonly scale: number;
  /** Gradient of the smooth part at {@link point}. */
  readonly gradient: Float64Array;
  readonly point: Float64Array;
  readonly alpha: number;
  readonly lambda: number;
}

const maxActiveSets = 200;
const maxSweeps = 5000;

/**
 * Minimizes gradient'(b - point) + scale/2 (b - point)' curvature (b - point) + lambda (alpha |b|_1 + (1 - alpha)/2 |b|_2^2) over
 * b, the intercept unpenalized: by cyclic coordinate descent inside an active set that grows until no coordinate outside it wants
 * to move. Source: Friedman, Hastie & Tibshirani 2010, doi 10.18637/jss.v033.i01, sections 2.1-2.6.
 * @param start where the descent begins: near the solution, so that few sweeps are needed
 * @param tolerance largest change of a coefficient in the last sweep
 */
export function proximalStep(problem: Subproblem, start: Float64Array, tolerance: number): Float64Array {
  const n = start.length;
  const b = start.slice();
  const curved = new Float64Array(n);
  for (let k = 0; k < n; k++) addRow(curved, problem.curvature, k * n, (b[k] as number) - (problem.point[k] as number));
  const inActive = new Uint8Array(n);
  inActive[0] = 1;
  for (let k = 1; k < n; k++) inActive[k] = b[k] !== 0 ? 1 : 0;
  for (let set = 0; set < maxActiveSets; set++) {
    const active = activeIndices(inActive);
    descendActive(problem, b, curved, active, tolerance);
    let grown = false;
    for (let j = 1; j < n; j++) {
      if (inActive[j] === 1 || !wantsToMove(problem, b, curved, j)) continue;
      inActive[j] = 1;
      grown = true;
    }
    if (!grown) break;
  }
  return b;
}

function activeIndices(inActive: Uint8Array): Int32Array {
  const active: number[] = [];
  inActive.forEach((yes, j) => yes === 1 && active.push(j));
  return Int32Array.from(active);
}

function wantsToMove(problem: Subproblem, b: Float64Array, curved: Float64Array, j: number): boolean {
  const slope = (curved[j] as number) * problem.scale + (problem.gradient[j] as number);
  return b[j] === 0 && (slope > problem.lambda * problem.alpha || -slope > problem.lambda * problem.alpha);
}

/** Descends over the active coordinates on a compact copy of their curvature, then brings `curved` up to date for all. */
function descendActive(problem: Subproblem, b: Float64Array, curved: Float64Array, active: Int32Array, tolerance: number): void {
  const n = b.length;
  const m = active.length;
  const { curvature, scale, lambda, alpha } = problem;
  const compact = new Float64Array(m * m);
  const slope = new Float64Array(m);
  const before = new Float64Array(m);
  for (let r = 0; r < m; r++) {
    const row = (active[r] as number) * n;
    for (let c = 0; c < m; c++) compact[r * m + c] = scale * (curvature[row + (active[c] as number)] as number);
    const j = active[r] as number;
    slope[r] = (curved[j] as number) * scale + (problem.gradient[j] as number);
    before[r] = b[j] as number;
  }
  const coefficients = before.slice();
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    let largest = 0;
    for (let r = 0; r < m; r++) {
      const h = compact[r * m + r] as number;
      if (!(h > 0)) continue;
      const old = coefficients[r] as number;
      const pull = h * old - (slope[r] as number);
      const next = active[r] === 0 ? pull / h : softThreshold(pull, lambda * alpha) / (h + lambda * (1 - alpha));
      const change = next - old;
      if (change === 0) continue;
      coefficients[r] = next;
      const row = r * m;
      for (let c = 0; c < m; c++) slope[c] = (slope[c] as number) + change * (compact[row + c] as number);
      largest = Math.max(largest, Math.abs(change));
    }
    if (largest < tolerance) break;
  }
  for (let r = 0; r < m; r++) {
    const j = active[r] as number;
    b[j] = coefficients[r] as number;
    addRow(curved, curvature, j * n, (coefficients[r] as number) - (before[r] as number));
  }
}

function addRow(into: Float64Array, matrix: Float64Array, base: number, factor: number): void {
  if (factor === 0) return;
  for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + factor * (matrix[base + i] as number);
}

/** sign(x) max(|x| - t, 0). */
function softThreshold(x: number, t: number): number {
  return x > t ? x - t : x < -t ? x + t : 0;
}

/**
 * The same minimum for ridge (alpha 0), where it is a linear system: (scale curvature + lambda I) (b - point) = -gradient - lambda
 * point, the intercept free of lambda. Factors are kept, since scale and lambda stay the same over the rounds of a fit.
 */
export class RidgeStep {
  private readonly factors = new Map<string, Float64Array | null>();

  /** The minimizer, or null where the system is singular. `key` names the curvature. */
  solve(problem: Subproblem, key: string): Float64Array | null {
    const n = problem.point.length;
    const factor = this.factorOf(problem, `${key} ${problem.scale} ${problem.lambda}`);
    if (!factor) return null;
    const right = problem.gradient.map((g, j) => -g - (j === 0 ? 0 : problem.lambda * (problem.point[j] as number)));
    const step = choleskySolve(factor, n, right);
    return step.map((d, j) => d + (problem.point[j] as number));
  }

  private factorOf({ curvature, scale, lambda, point }: Subproblem, key: string): Float64Array | null {
    const known = this.factors.get(key);
    if (known !== undefined) return known;
    const n = point.length;
    const system = curvature.map((h) => h * scale);
    for (let j = 1; j < n; j++) system[j * n + j] = (system[j * n + j] as number) + lambda;
    const factor = choleskyFactor(system, n);
    this.factors.set(key, factor);
    return factor;
  }
}
