import { exp, ln, normalQuantile, normalTail } from '@cohortium/numerics';

/** The Shapiro-Wilk test of normality. */
export interface ShapiroTest {
  readonly w: number;
  readonly p: number;
}

/** Sizes for which Royston's approximation was made. */
export const shapiroSizes = { min: 3, max: 5000 } as const;

/** a + b x + c x^2 + ... */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, c) => sum * x + c, 0);
}

/**
 * Weights of the order statistics of a sample of n, antisymmetric, of length n. Source: Royston 1992, doi 10.1007/BF01891203, and 1995
 * (algorithm AS R94), doi 10.2307/2986146; R's `shapiro.test` uses the same.
 */
export function shapiroWeights(n: number): Float64Array {
  const weights = new Float64Array(n);
  const half = Math.floor(n / 2);
  const set = (i: number, weight: number) => {
    weights[i] = -weight;
    weights[n - 1 - i] = weight;
  };
  if (n === 3) {
    set(0, Math.SQRT1_2);
    return weights;
  }
  const scores = Array.from({ length: half }, (_, i) => normalQuantile((i + 1 - 0.375) / (n + 0.25), 0, 1));
  const squares = 2 * scores.reduce((sum, m) => sum + m * m, 0);
  const root = Math.sqrt(squares);
  const u = 1 / Math.sqrt(n);
  const [m0, m1] = [scores[0] as number, scores[1] as number];
  const a0 = polynomial([0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056], u) - m0 / root;
  set(0, a0);
  let factor = Math.sqrt((squares - 2 * m0 * m0) / (1 - 2 * a0 * a0));
  let from = 1;
  if (n > 5) {
    const a1 = polynomial([0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633], u) - m1 / root;
    set(1, a1);
    factor = Math.sqrt((squares - 2 * m0 * m0 - 2 * m1 * m1) / (1 - 2 * a0 * a0 - 2 * a1 * a1));
    from = 2;
  }
  for (let i = from; i < half; i++) set(i, -(scores[i] as number) / factor);
  return weights;
}

/**
 * W and its p from the sums of a sample: W is the squared correlation of the ordered values with the weights.
 * @param product sum of weight times standardized value, ties sharing their weights' mean
 * @param squares sum of squares of the standardized values around their mean
 */
export function shapiroTest(n: number, weights: Float64Array, product: number, squares: number): ShapiroTest {
  const norm = weights.reduce((sum, a) => sum + a * a, 0);
  const root = Math.sqrt(norm * squares);
  // 1 - W as a product, since W is close to 1 where it matters.
  const rest = Math.max(0, ((root - product) * (root + product)) / (norm * squares));
  return { w: 1 - rest, p: shapiroP(n, rest) };
}

function shapiroP(n: number, rest: number): number {
  if (n === 3) {
    const p = (6 / Math.PI) * (arcSine(Math.sqrt(1 - rest)) - arcSine(Math.sqrt(0.75)));
    return Math.max(0, p);
  }
  let y = ln(rest);
  let center: number;
  let spread: number;
  if (n <= 11) {
    const gamma = polynomial([-2.273, 0.459], n);
    // R returns this in place of a value that is too small for the approximation.
    if (y >= gamma) return 1e-99;
    y = -ln(gamma - y);
    center = polynomial([0.544, -0.39978, 0.025054, -6.714e-4], n);
    spread = exp(polynomial([1.3822, -0.77857, 0.062767, -0.0020322], n));
  } else {
    const x = ln(n);
    center = polynomial([-1.5861, -0.31082, -0.083751, 0.0038915], x);
    spread = exp(polynomial([-0.4803, -0.082676, 0.0030302], x));
  }
  return normalTail((y - center) / spread);
}

/** Arc sine of x in [0, 1] by Taylor's series of the arc tangent after halving the angle thrice: only samples of three need it. */
function arcSine(x: number): number {
  const halve = (t: number) => t / (1 + Math.sqrt(1 + t * t));
  const t = halve(halve(x / (1 + Math.sqrt(Math.max(0, 1 - x * x)))));
  let power = t;
  let sum = t;
  for (let k = 3; Math.abs(power) > 1e-20; k += 2) {
    power *= -t * t;
    sum += power / k;
  }
  return 8 * sum;
}
