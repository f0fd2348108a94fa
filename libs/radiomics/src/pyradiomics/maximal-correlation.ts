import type { CooccurrenceMatrix } from '../features/glcm/cooccurrence-matrix.js';
import type { CooccurrenceSummary } from '../features/glcm/summary.js';

/** What PyRadiomics adds to denominators. */
const epsilon = Number.EPSILON;

/** Lanczos steps end when the vector is this good; the eigenvalue then is as good as the square of it. */
const tolerance = 1e-10;
const stepsBetweenLooks = 4;

/** Halvings of a range that leave less than the last bit of its larger end. */
const mostHalvings = 60;

const goldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * Maximal correlation coefficient: the square root of the second largest eigenvalue of Q, Q_ij = sum_k p_ik p_jk / (px_i py_k); 1 where
 * only one gray level occurs (Haralick et al. 1973, doi 10.1109/TSMC.1973.4309314; PyRadiomics 3).
 *
 * Q is similar to S = B B', B_ik = p_ik / sqrt(px_i py_k), whose largest eigenvalue is 1 with the vector sqrt(px). The next one is found by
 * Lanczos' method on what is orthogonal to it, at the cost of the cells that are not zero. PyRadiomics adds an epsilon to the denominator,
 * which matters where a few voxels of a large region have gray levels of their own; the change of the eigenvalue is computed from both
 * vectors.
 */
export function maximalCorrelation(summary: CooccurrenceSummary): number {
  if (summary.levels.length < 2) return 1;
  const first = roots(summary.rowShares);
  const second = secondEigenvector(summary, first);
  if (second === null) return 0;
  return Math.sqrt(Math.max(0, smallerEigenvalue(projected(summary, first, second))));
}

function roots(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  for (let n = 0; n < out.length; n++) out[n] = Math.sqrt(values[n] as number);
  return out;
}

/** The cells of B. */
function scaledCells({ matrix: { rows, columns, counts }, total, rowShares: px, columnShares: py }: CooccurrenceSummary): Float64Array {
  const cells = new Float64Array(counts.length);
  for (let c = 0; c < cells.length; c++) {
    const scale = Math.sqrt((px[(rows[c] as number) - 1] as number) * (py[(columns[c] as number) - 1] as number));
    cells[c] = (counts[c] as number) / total / scale;
  }
  return cells;
}

/** S x, with B given by its cells; `between` takes B' x. */
function multiply({ rows, columns }: CooccurrenceMatrix, cells: Float64Array, x: Float64Array, between: Float64Array): Float64Array {
  between.fill(0);
  for (let c = 0; c < cells.length; c++) {
    const column = (columns[c] as number) - 1;
    between[column] = (between[column] as number) + (cells[c] as number) * (x[(rows[c] as number) - 1] as number);
  }
  const out = new Float64Array(x.length);
  for (let c = 0; c < cells.length; c++) {
    const row = (rows[c] as number) - 1;
    out[row] = (out[row] as number) + (cells[c] as number) * (between[(columns[c] as number) - 1] as number);
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < a.length; n++) sum += (a[n] as number) * (b[n] as number);
  return sum;
}

function addTimes(to: Float64Array, factor: number, x: Float64Array): void {
  for (let n = 0; n < to.length; n++) to[n] = (to[n] as number) + factor * (x[n] as number);
}

/** Makes a vector orthogonal to others and returns its length. Done twice, since once leaves the rounding of what it takes away. */
function clean(x: Float64Array, first: Float64Array, basis: readonly Float64Array[]): number {
  for (let turn = 0; turn < 2; turn++) {
    addTimes(x, -dot(first, x), first);
    for (const b of basis) addTimes(x, -dot(b, x), b);
  }
  return Math.sqrt(dot(x, x));
}

/** Unit vector of the largest eigenvalue of S on what is orthogonal to `first`; null where the eigenvalue is 0. */
function secondEigenvector(summary: CooccurrenceSummary, first: Float64Array): Float64Array | null {
  const count = first.length;
  // Of two levels nothing else is orthogonal.
  if (count === 2) return Float64Array.of(-(first[1] as number), first[0] as number);
  const cells = scaledCells(summary);
  const between = new Float64Array(count);
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let next = startVector(count);
  let length = clean(next, first, basis);
  const scale = length;
  let top = { value: 0, vector: [] as readonly number[] };
  while (basis.length < count - 1 && length > 1e-13 * (basis.length === 0 ? scale : 1)) {
    for (let n = 0; n < count; n++) next[n] = (next[n] as number) / length;
    if (basis.length > 0) beside.push(length);
    const unit = next;
    basis.push(unit);
    next = multiply(summary.matrix, cells, unit, between);
    diagonal.push(dot(unit, next));
    length = clean(next, first, basis);
    // Looking is as dear as a few steps, so it is done after every few.
    if (basis.length % stepsBetweenLooks !== 0) continue;
    top = topOfTridiagonal(diagonal, beside);
    if (length * Math.abs(top.vector.at(-1) as number) < tolerance * Math.max(top.value, 1e-3)) break;
  }
  if (top.vector.length < basis.length) top = topOfTridiagonal(diagonal, beside);
  if (top.value <= 0) return null;
  const vector = new Float64Array(count);
  for (let b = 0; b < basis.length; b++) addTimes(vector, top.vector[b] as number, basis[b] as Float64Array);
  return vector;
}

/** A fixed vector without symmetry, so that it has a part of every eigenvector: multiples of the golden ratio, which never repeat. */
function startVector(count: number): Float64Array {
  const vector = new Float64Array(count);
  for (let n = 0; n < count; n++) vector[n] = n / count + (((n + 1) * goldenRatio) % 1);
  return vector;
}

/** Largest eigenvalue of a symmetric tridiagonal matrix by bisection on Sturm sequences, and its unit vector by inverse iteration. */
function topOfTridiagonal(diagonal: readonly number[], beside: readonly number[]): { value: number; vector: readonly number[] } {
  let [low, high] = [-Infinity, -Infinity];
  for (let n = 0; n < diagonal.length; n++) {
    const d = diagonal[n] as number;
    low = Math.max(low, d);
    high = Math.max(high, d + Math.abs(beside[n - 1] ?? 0) + Math.abs(beside[n] ?? 0));
  }
  for (let turn = 0; turn < mostHalvings; turn++) {
    const middle = (low + high) / 2;
    // Nothing lies between two neighbors among the floating-point numbers.
    if (!(middle > low && middle < high)) break;
    if (isAboveAll(diagonal, beside, middle)) high = middle;
    else low = middle;
  }
  return { value: high, vector: vectorOfTridiagonal(diagonal, beside, high) };
}

/** True where x is above every eigenvalue: no pivot of T - x is positive. */
function isAboveAll(diagonal: readonly number[], beside: readonly number[], x: number): boolean {
  let pivot = 1;
  for (let n = 0; n < diagonal.length; n++) {
    const b = n === 0 ? 0 : (beside[n - 1] as number);
    pivot = (diagonal[n] as number) - x - (b * b) / pivot;
    if (pivot > 0) return false;
    if (pivot === 0) pivot = -Number.MIN_VALUE;
  }
  return true;
}

/** Three turns of inverse iteration; T - x is negative definite up to rounding, so elimination needs no exchange of rows. */
function vectorOfTridiagonal(diagonal: readonly number[], beside: readonly number[], x: number): readonly number[] {
  const n = diagonal.length;
  const nudged = x + 1e-15 * Math.max(1, Math.abs(x));
  const vector = new Array<number>(n).fill(1 / Math.sqrt(n));
  const pivots = new Array<number>(n).fill(0);
  for (let turn = 0; turn < 3; turn++) {
    for (let r = 0; r < n; r++) {
      const b = r === 0 ? 0 : (beside[r - 1] as number);
      const factor = r === 0 ? 0 : b / (pivots[r - 1] as number);
      const pivot = (diagonal[r] as number) - nudged - factor * b;
      pivots[r] = pivot === 0 ? -Number.EPSILON : pivot;
      if (r > 0) vector[r] = (vector[r] as number) - factor * (vector[r - 1] as number);
    }
    let sum = 0;
    for (let r = n - 1; r >= 0; r--) {
      const after = r === n - 1 ? 0 : (beside[r] as number) * (vector[r + 1] as number);
      vector[r] = ((vector[r] as number) - after) / (pivots[r] as number);
      sum += (vector[r] as number) * (vector[r] as number);
    }
    const length = Math.sqrt(sum);
    for (let r = 0; r < n; r++) vector[r] = (vector[r] as number) / length;
  }
  return vector;
}

type Two = readonly [number, number, number, number];

/** Q with its epsilon, seen by two vectors of S: u_a' D^(1/2) Q D^(-1/2) u_b, D having the row shares on its diagonal. */
function projected(
  { matrix, total, rowShares: px, columnShares: py }: CooccurrenceSummary,
  first: Float64Array,
  second: Float64Array,
): Two {
  const { rows, columns, counts } = matrix;
  const fromFirst = new Float64Array(first.length);
  const fromSecond = new Float64Array(first.length);
  for (let c = 0; c < counts.length; c++) {
    const row = (rows[c] as number) - 1;
    const column = (columns[c] as number) - 1;
    const p = (counts[c] as number) / total;
    // Rows without share have no cells, so no root is 0; the first vector is the roots.
    fromFirst[column] = (fromFirst[column] as number) + p;
    fromSecond[column] = (fromSecond[column] as number) + (p * (second[row] as number)) / (first[row] as number);
  }
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let cell = 0; cell < counts.length; cell++) {
    const row = (rows[cell] as number) - 1;
    const column = (columns[cell] as number) - 1;
    const share = (counts[cell] as number) / total / ((px[row] as number) * (py[column] as number) + epsilon);
    const root = first[row] as number;
    const byFirst = root * root * share;
    const bySecond = (second[row] as number) * root * share;
    a += byFirst * (fromFirst[column] as number);
    b += byFirst * (fromSecond[column] as number);
    c += bySecond * (fromFirst[column] as number);
    d += bySecond * (fromSecond[column] as number);
  }
  return [a, b, c, d];
}

/** The smaller eigenvalue of a 2 x 2 matrix whose eigenvalues are real: determinant by larger one, which loses no digits. */
function smallerEigenvalue([a, b, c, d]: Two): number {
  const difference = (a - d) / 2;
  const larger = (a + d) / 2 + Math.sqrt(Math.max(0, difference * difference + b * c));
  return (a * d - b * c) / larger;
}
