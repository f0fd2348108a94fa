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

/** Result of {@link proximalStep}. */
export interface ProximalResult {
  readonly coefficients: Float64Array;
  /** curvature (coefficients - point), before scaling: tells whether momentum points uphill. */
  readonly curved: Float64Array;
}

const maxSweeps = 5000;

/**
 * Minimizes gradient'(b - point) + scale/2 (b - point)' curvature (b - point) + lambda (alpha |b|_1 + (1 - alpha)/2 |b|_2^2) over
 * b, the intercept unpenalized, by cyclic coordinate descent with an active set.
 * Source: Friedman, Hastie & Tibshirani 2010, doi 10.18637/jss.v033.i01, section 2.
 */
export function proximalStep(problem: Subproblem, start: Float64Array, tolerance: number): ProximalResult {
  const { curvature, point } = problem;
  const n = start.length;
  const b = start.slice();
  const curved = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const d = (b[k] as number) - (point[k] as number);
    if (d !== 0) addRow(curved, curvature, k * n, d);
  }
  const active: number[] = [];
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    active.length = 0;
    let largest = 0;
    for (let j = 0; j < n; j++) {
      largest = Math.max(largest, descend(problem, b, curved, j));
      if (b[j] !== 0) active.push(j);
    }
    if (largest < tolerance) break;
    for (; sweep < maxSweeps; sweep++) {
      let largestActive = 0;
      for (const j of active) largestActive = Math.max(largestActive, descend(problem, b, curved, j));
      if (largestActive < tolerance) break;
    }
  }
  return { coefficients: b, curved };
}

function descend(problem: Subproblem, b: Float64Array, curved: Float64Array, j: number): number {
  const n = b.length;
  const { scale, lambda, alpha } = problem;
  const hjj = (problem.curvature[j * n + j] as number) * scale;
  if (hjj <= 0) return 0;
  const old = b[j] as number;
  const pull = hjj * old - ((curved[j] as number) * scale + (problem.gradient[j] as number));
  const next = j === 0 ? pull / hjj : softThreshold(pull, lambda * alpha) / (hjj + lambda * (1 - alpha));
  const change = next - old;
  if (change === 0) return 0;
  b[j] = next;
  addRow(curved, problem.curvature, j * n, change);
  return change < 0 ? -change : change;
}

function addRow(into: Float64Array, matrix: Float64Array, base: number, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + factor * (matrix[base + i] as number);
}

/** sign(x) max(|x| - t, 0). */
export function softThreshold(x: number, t: number): number {
  return x > t ? x - t : x < -t ? x + t : 0;
}
