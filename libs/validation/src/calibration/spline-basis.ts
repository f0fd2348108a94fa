/** A curve over the linear predictor x = ln(p / (1 - p)): z = (x - center) / scale, knots are places of z. */
export interface CurveBasis {
  /**
   * `shift`: an intercept, the linear predictor as offset. `line`: intercept and slope. `spline`: restricted cubic spline on the knots, linear
   * beyond the outermost.
   */
  readonly kind: 'shift' | 'line' | 'spline';
  readonly center: number;
  readonly scale: number;
  readonly knots: Float64Array;
}

/** Columns of a basis. */
export function basisSize({ kind, knots }: CurveBasis): number {
  return kind === 'shift' ? 1 : kind === 'line' ? 2 : knots.length;
}

/**
 * Columns of a basis at one linear predictor, into `out`: 1, z, and for a spline with knots t_1 ... t_k the k - 2 terms
 * ((z - t_j)+^3 - (z - t_{k-1})+^3 (t_k - t_j) / (t_k - t_{k-1}) + (z - t_k)+^3 (t_{k-1} - t_j) / (t_k - t_{k-1})) / (t_k - t_1)^2.
 * Source: Harrell, Regression Modeling Strategies, 2nd ed. 2015, section 2.4.5 (`rcs` of rms).
 */
export function basisAt({ kind, center, scale, knots }: CurveBasis, linearPredictor: number, out: Float64Array): void {
  out[0] = 1;
  if (kind === 'shift') return;
  const z = (linearPredictor - center) / scale;
  out[1] = z;
  if (kind === 'line') return;
  const k = knots.length;
  const last = knots[k - 1] as number;
  const before = knots[k - 2] as number;
  const norm = (last - (knots[0] as number)) ** 2;
  const tail = cube(z - last);
  const beforeTail = cube(z - before);
  for (let j = 0; j < k - 2; j++) {
    const t = knots[j] as number;
    out[2 + j] = (cube(z - t) - (beforeTail * (last - t)) / (last - before) + (tail * (before - t)) / (last - before)) / norm;
  }
}

function cube(x: number): number {
  return x > 0 ? x * x * x : 0;
}

/** Value of a curve on the scale of the linear predictor. */
export function curveAt(basis: CurveBasis, coefficients: Float64Array, linearPredictor: number, work: Float64Array): number {
  basisAt(basis, linearPredictor, work);
  let eta = basis.kind === 'shift' ? linearPredictor : 0;
  for (let j = 0; j < coefficients.length; j++) eta += (coefficients[j] as number) * (work[j] as number);
  return eta;
}
