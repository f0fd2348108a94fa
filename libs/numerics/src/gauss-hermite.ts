import { exp } from './special.js';

/** Nodes and weights of a quadrature rule. */
export interface QuadratureRule {
  /** Ascending. */
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** Largest rule of {@link gaussHermite}: the weights of the outermost nodes are then near 1e-60. */
const maxPoints = 100;

/**
 * Gauss-Hermite rule: the integral of f(x) exp(-x^2 / 2) / sqrt(2 pi) is about sum w f(node), exactly for polynomials up to degree
 * 2 points - 1. Nodes are the zeros of the orthonormal Hermite polynomial, separated by Sturm counts, bisected and polished by Newton;
 * weights are 1 / sum of the squares of the lower polynomials.
 * Source: Golub & Welsch 1969, doi 10.1090/S0025-5718-69-99647-1; Szego, Orthogonal Polynomials, formula 3.4.7.
 * @throws RangeError for less than 1 or more than 100 points
 * @example gaussHermite(2) // nodes -1, 1, weights 1/2
 */
export function gaussHermite(points: number): QuadratureRule {
  if (!Number.isInteger(points) || points < 1 || points > maxPoints) throw new RangeError(`gaussHermite: ${points} points`);
  const nodes = new Float64Array(points);
  const weights = new Float64Array(points);
  const reach = 2 * Math.sqrt(points) + 1;
  for (let k = 0; k < points; k++) {
    let low = -reach;
    let high = reach;
    while (high - low > 1e-3) {
      const middle = (low + high) / 2;
      if (zerosBelow(middle, points) > k) high = middle;
      else low = middle;
    }
    let x = (low + high) / 2;
    for (let step = 0; step < 6; step++) {
      const { value, slope } = orthonormal(x, points);
      x -= value / slope;
    }
    nodes[k] = x;
    weights[k] = 1 / orthonormal(x, points).squares;
  }
  symmetrize(nodes, weights);
  return { nodes, weights };
}

/** The rule is symmetric; rounding is not. */
function symmetrize(nodes: Float64Array, weights: Float64Array): void {
  const n = nodes.length;
  for (let k = 0; k < n >>> 1; k++) {
    const node = ((nodes[n - 1 - k] as number) - (nodes[k] as number)) / 2;
    const weight = ((weights[k] as number) + (weights[n - 1 - k] as number)) / 2;
    nodes[k] = -node;
    nodes[n - 1 - k] = node;
    weights[k] = weight;
    weights[n - 1 - k] = weight;
  }
  if (n % 2 === 1) nodes[n >>> 1] = 0;
}

/** Value and slope of the orthonormal polynomial of this degree, and the sum of the squares of all lower ones. */
function orthonormal(x: number, degree: number): { value: number; slope: number; squares: number } {
  let before = 0;
  let value = 1;
  let squares = 0;
  for (let k = 0; k < degree; k++) {
    squares += value * value;
    const next = (x * value - Math.sqrt(k) * before) / Math.sqrt(k + 1);
    before = value;
    value = next;
  }
  // The derivative of an orthonormal Hermite polynomial is sqrt(degree) times the one before it.
  return { value, slope: Math.sqrt(degree) * before, squares };
}

/** Zeros of the polynomial below x: sign changes of the Sturm sequence of the Jacobi matrix (diagonal 0, squared off-diagonal k). */
function zerosBelow(x: number, degree: number): number {
  let count = 0;
  let ratio = -x;
  if (ratio < 0) count++;
  for (let k = 1; k < degree; k++) {
    ratio = -x - k / (ratio === 0 ? 1e-300 : ratio);
    if (ratio < 0) count++;
  }
  return count;
}

/** Density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}
