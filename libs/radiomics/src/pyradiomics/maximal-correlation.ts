import type { CooccurrenceMatrix } from '../features/glcm/cooccurrence-matrix.js';

/** What PyRadiomics adds to denominators. */
const epsilon = Number.EPSILON;

/** Lanczos steps end when the vector is this good; the eigenvalue then is as good as the square of it. */
const tolerance = 1e-10;
const stepsBetweenLooks = 4;

const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** The matrix with its row and column shares. */
interface Shares {
  readonly count: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly shares: Float64Array;
  readonly px: Float64Array;
  readonly py: Float64Array;
}

/**
 * Maximal correlation coefficient: the square root of the second largest eigenvalue of Q, Q_ij = sum_k p_ik p_jk / (px_i py_k); 1 where
 * only one gray level occurs (Haralick et al. 1973, doi 10.1109/TSMC.1973.4309314; PyRadiomics 3).
 *
 * Q is similar to S = B B', B_ik = p_ik / sqrt(px_i py_k), whose largest eigenvalue is 1 with the vector sqrt(px). The next one is found by
 * Lanczos' method on what is orthogonal to it, at the cost of the cells that are not zero. PyRadiomics adds an epsilon to the denominator,
 * which matters where a few voxels of a large region have gray levels of their own; the change of the eigenvalue is computed from both
 * vectors.
 */
export function maximalCorrelation(matrix: CooccurrenceMatrix): number {
  if (matrix.levels.length < 2) return 1;
  const shares = sharesOf(matrix);
  const first = shares.px.map(Math.sqrt);
  const { value, vector } = secondEigen(shares, first);
  if (value <= 0) return 0;
  return Math.sqrt(Math.max(0, smallerEigenvalue(projected(shares, first, vector))));
}

function sharesOf({ levels, rows, columns, counts }: CooccurrenceMatrix): Shares {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((count) => count / total);
  const px = new Float64Array(levels.length);
  const py = new Float64Array(levels.length);
  for (let c = 0; c < shares.length; c++) {
    const row = (rows[c] as number) - 1;
    const column = (columns[c] as number) - 1;
    px[row] = (px[row] as number) + (shares[c] as number);
    py[column] = (py[column] as number) + (shares[c] as number);
  }
  return { count: levels.length, rows, columns, shares, px, py };
}

/** S x, with B given by its cells. */
function multiply({ count, rows, columns }: Shares, cells: Float64Array, x: Float64Array): Float64Array {
  const between = new Float64Array(count);
  for (let c = 0; c < cells.length; c++) {
    const column = (columns[c] as number) - 1;
    between[column] = (between[column] as number) + (cells[c] as number) * (x[(rows[c] as number) - 1] as number);
  }
  const out = new Float64Array(count);
  for (let c = 0; c < cells.length; c++) {
    const row = (rows[c] as number) - 1;
    out[row] = (out[row] as number) + (cells[c] as number) * (between[(columns[c] as number) - 1] as number);
  }
  return out;
}

const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0;
  for (let n = 0; n < a.length; n++) sum += (a[n] as number) * (b[n] as number);
  return sum;
};

const addTimes = (to: Float64Array, factor: number, x: Float64Array) => {
  for (let n = 0; n < to.length; n++) to[n] = (to[n] as number) + factor * (x[n] as number);
};

/** The largest eigenvalue of S on what is orthogonal to `first`, and its unit vector. */
function secondEigen(shares: Shares, first: Float64Array): { value: number; vector: Float64Array } {
  const cells = shares.shares.map((p, c) => {
    const px = shares.px[(shares.rows[c] as number) - 1] as number;
    const py = shares.py[(shares.columns[c] as number) - 1] as number;
    return p / Math.sqrt(px * py);
  });
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  const clean = (x: Float64Array) => {
    // Twice, since once leaves the rounding of what it takes away.
    for (const _ of [1, 2]) for (const b of [first, ...basis]) addTimes(x, -dot(b, x), b);
    return Math.sqrt(dot(x, x));
  };
  let next = startVector(shares.count);
  let length = clean(next);
  const scale = length;
  let top = { value: 0, vector: [] as readonly number[] };
  while (basis.length < shares.count - 1 && length > 1e-13 * (basis.length === 0 ? scale : 1)) {
    const unit = next.map((x) => x / length);
    if (basis.length > 0) beside.push(length);
    basis.push(unit);
    next = multiply(shares, cells, unit);
    diagonal.push(dot(unit, next));
    length = clean(next);
    // Looking is as dear as a few steps, so it is done after every few.
    if (basis.length % stepsBetweenLooks !== 0) continue;
    top = topOfTridiagonal(diagonal, beside);
    if (length * Math.abs(top.vector.at(-1) as number) < tolerance * Math.max(top.value, 1e-3)) break;
  }
  if (top.vector.length < basis.length) top = topOfTridiagonal(diagonal, beside);
  const vector = new Float64Array(shares.count);
  basis.forEach((b, n) => addTimes(vector, top.vector[n] as number, b));
  return { value: top.value, vector };
}

/** A fixed vector without symmetry, so that it has a part of every eigenvector: multiples of the golden ratio, which never repeat. */
function startVector(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, n) => n / count + (((n + 1) * goldenRatio) % 1));
}

/** Largest eigenvalue of a symmetric tridiagonal matrix by bisection on Sturm sequences, and its unit vector by inverse iteration. */
function topOfTridiagonal(diagonal: readonly number[], beside: readonly number[]): { value: number; vector: readonly number[] } {
  const bound = Math.max(...diagonal.map((d, n) => d + Math.abs(beside[n - 1] ?? 0) + Math.abs(beside[n] ?? 0)));
  let low = Math.max(...diagonal);
  let high = bound;
  const isAbove = (x: number) => {
    // No pivot of T - x is positive when x is above every eigenvalue.
    let pivot = 1;
    for (let n = 0; n < diagonal.length; n++) {
      const b = n === 0 ? 0 : (beside[n - 1] as number);
      pivot = (diagonal[n] as number) - x - (b * b) / pivot;
      if (pivot > 0) return false;
      if (pivot === 0) pivot = -Number.MIN_VALUE;
    }
    return true;
  };
  for (let turn = 0; turn < 60 && high - low > 1e-16 * bound; turn++) {
    const middle = (low + high) / 2;
    if (isAbove(middle)) high = middle;
    else low = middle;
  }
  return { value: high, vector: vectorOfTridiagonal(diagonal, beside, high) };
}

/** Two turns of inverse iteration; T - x is negative definite up to rounding, so elimination needs no exchange of rows. */
function vectorOfTridiagonal(diagonal: readonly number[], beside: readonly number[], x: number): readonly number[] {
  const n = diagonal.length;
  const nudged = x + 1e-15 * Math.max(1, Math.abs(x));
  let vector = Array.from({ length: n }, () => 1 / Math.sqrt(n));
  for (let turn = 0; turn < 3; turn++) {
    const pivots: number[] = [];
    const right = [...vector];
    for (let r = 0; r < n; r++) {
      const b = r === 0 ? 0 : (beside[r - 1] as number);
      const factor = r === 0 ? 0 : b / (pivots[r - 1] as number);
      const pivot = (diagonal[r] as number) - nudged - factor * b;
      pivots.push(pivot === 0 ? -Number.EPSILON : pivot);
      if (r > 0) right[r] = (right[r] as number) - factor * (right[r - 1] as number);
    }
    for (let r = n - 1; r >= 0; r--) {
      const after = r === n - 1 ? 0 : (beside[r] as number) * (right[r + 1] as number);
      right[r] = ((right[r] as number) - after) / (pivots[r] as number);
    }
    const length = Math.sqrt(right.reduce((sum, value) => sum + value * value, 0));
    vector = right.map((value) => value / length);
  }
  return vector;
}

type Two = readonly [number, number, number, number];

/** Q with its epsilon, seen by two vectors of S: u_a' D^(1/2) Q D^(-1/2) u_b, D having the row shares on its diagonal. */
function projected(shares: Shares, first: Float64Array, second: Float64Array): Two {
  const roots = first;
  const scaled = [first, second].map((u) => u.map((value, i) => ((roots[i] as number) > 0 ? value / (roots[i] as number) : 0)));
  const weighted = [first, second].map((u) => u.map((value, i) => value * (roots[i] as number)));
  const { rows, columns, px, py } = shares;
  const p = shares.shares;
  const at = (a: 0 | 1, b: 0 | 1) => {
    const between = new Float64Array(shares.count);
    const x = scaled[b] as Float64Array;
    for (let c = 0; c < p.length; c++) {
      const column = (columns[c] as number) - 1;
      between[column] = (between[column] as number) + (p[c] as number) * (x[(rows[c] as number) - 1] as number);
    }
    let sum = 0;
    for (let c = 0; c < p.length; c++) {
      const row = (rows[c] as number) - 1;
      const column = (columns[c] as number) - 1;
      const denominator = (px[row] as number) * (py[column] as number) + epsilon;
      sum += (((weighted[a] as Float64Array)[row] as number) * (p[c] as number) * (between[column] as number)) / denominator;
    }
    return sum;
  };
  return [at(0, 0), at(0, 1), at(1, 0), at(1, 1)];
}

/** The smaller eigenvalue of a 2 x 2 matrix whose eigenvalues are real: determinant by larger one, which loses no digits. */
function smallerEigenvalue([a, b, c, d]: Two): number {
  const difference = (a - d) / 2;
  const larger = (a + d) / 2 + Math.sqrt(Math.max(0, difference * difference + b * c));
  return (a * d - b * c) / larger;
}
