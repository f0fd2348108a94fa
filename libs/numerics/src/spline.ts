/**
 * Values of the cubic spline through points with ends fitted to cubics of four points (Forsythe, Malcolm & Moler; R calls it `fmm`).
 * @param x ascending, at least two
 * @param at where the spline is wanted; outside of the points the end cubics go on
 * Source: Forsythe, Malcolm & Moler, Computer Methods for Mathematical Computations, 1977, section 4.4.
 */
export function cubicSpline(x: Float64Array, y: Float64Array, at: Float64Array): Float64Array {
  const { slope, second, third } = splineCoefficients(x, y);
  const last = x.length - 1;
  return at.map((u) => {
    let i = 0;
    let high = last + 1;
    while (high - i > 1) {
      const middle = (i + high) >>> 1;
      if (u < (x[middle] as number)) high = middle;
      else i = middle;
    }
    const d = u - (x[i] as number);
    // Before the first point the curve is continued without its cubic term, as R does.
    const cubic = u < (x[0] as number) ? 0 : (third[i] as number);
    return (y[i] as number) + d * ((slope[i] as number) + d * ((second[i] as number) + d * cubic));
  });
}

interface SplineCoefficients {
  readonly slope: Float64Array;
  readonly second: Float64Array;
  readonly third: Float64Array;
}

/** Coefficients of s(u) = y + d (slope + d (second + d third)) with d = u - x, by point. */
function splineCoefficients(x: Float64Array, y: Float64Array): SplineCoefficients {
  const n = x.length;
  const slope = new Float64Array(n);
  const second = new Float64Array(n);
  const third = new Float64Array(n);
  if (n < 3) {
    const line = ((y[1] as number) - (y[0] as number)) / ((x[1] as number) - (x[0] as number));
    return { slope: slope.fill(line), second, third };
  }
  const gap = Float64Array.from({ length: n - 1 }, (_, i) => (x[i + 1] as number) - (x[i] as number));
  const rise = gap.map((h, i) => ((y[i + 1] as number) - (y[i] as number)) / h);
  // Unknowns z with second = 3 z: a symmetric tridiagonal system, its end rows from the third differences of four points.
  const diagonal = new Float64Array(n);
  const z = new Float64Array(n);
  const [h0, hn] = [gap[0] as number, gap[n - 2] as number];
  diagonal[0] = -h0;
  diagonal[n - 1] = -hn;
  for (let i = 1; i < n - 1; i++) {
    diagonal[i] = 2 * ((gap[i - 1] as number) + (gap[i] as number));
    z[i] = (rise[i] as number) - (rise[i - 1] as number);
  }
  if (n > 3) {
    const bend = (i: number) => (z[i] as number) / ((x[i + 1] as number) - (x[i - 1] as number));
    z[0] = ((bend(2) - bend(1)) * h0 * h0) / ((x[3] as number) - (x[0] as number));
    z[n - 1] = (-(bend(n - 2) - bend(n - 3)) * hn * hn) / ((x[n - 1] as number) - (x[n - 4] as number));
  }
  for (let i = 1; i < n; i++) {
    const t = (gap[i - 1] as number) / (diagonal[i - 1] as number);
    diagonal[i] = (diagonal[i] as number) - t * (gap[i - 1] as number);
    z[i] = (z[i] as number) - t * (z[i - 1] as number);
  }
  z[n - 1] = (z[n - 1] as number) / (diagonal[n - 1] as number);
  for (let i = n - 2; i >= 0; i--) z[i] = ((z[i] as number) - (gap[i] as number) * (z[i + 1] as number)) / (diagonal[i] as number);
  for (let i = 0; i < n - 1; i++) {
    const [h, a, b] = [gap[i] as number, z[i] as number, z[i + 1] as number];
    slope[i] = (rise[i] as number) - h * (b + 2 * a);
    second[i] = 3 * a;
    third[i] = (b - a) / h;
  }
  const before = z[n - 2] as number;
  const end = z[n - 1] as number;
  slope[n - 1] = (rise[n - 2] as number) + hn * (before + 2 * end);
  second[n - 1] = 3 * end;
  third[n - 1] = third[n - 2] as number;
  return { slope, second, third };
}

/**
 * Piecewise linear interpolation of y over x at one place; null outside of the points. Points may come in any order; of several with
 * equal x the mean of y counts (as R's `approx`).
 */
export function linearInterpolation(x: Float64Array, y: Float64Array, at: number): number | null {
  const order = [...x.keys()].sort((a, b) => (x[a] as number) - (x[b] as number));
  const xs: number[] = [];
  const ys: number[] = [];
  for (let k = 0; k < order.length;) {
    const value = x[order[k] as number] as number;
    let sum = 0;
    let count = 0;
    for (; k < order.length && x[order[k] as number] === value; k++, count++) sum += y[order[k] as number] as number;
    xs.push(value);
    ys.push(sum / count);
  }
  if (xs.length === 0 || !(at >= (xs[0] as number) && at <= (xs[xs.length - 1] as number))) return null;
  let i = 0;
  while (i + 1 < xs.length - 1 && (xs[i + 1] as number) < at) i++;
  if (xs.length === 1) return ys[0] as number;
  const [x0, x1, y0, y1] = [xs[i] as number, xs[i + 1] as number, ys[i] as number, ys[i + 1] as number];
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}
