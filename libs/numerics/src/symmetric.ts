import { choleskyFactor, choleskySolve } from './cholesky.js';

/** Elements of the lower triangle of an n x n matrix, diagonal included. */
export function triangleLength(n: number): number {
  return (n * (n + 1)) / 2;
}

/**
 * Full symmetric matrix (row-major, n x n) from its lower triangle, stored row by row from `from` on.
 * @example unpackTriangle(Float64Array.of(1, 2, 3), 2) // 1 2 / 2 3
 */
export function unpackTriangle(packed: Float64Array, n: number, from = 0): Float64Array {
  const full = new Float64Array(n * n);
  let at = from;
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++, at++) {
      full[a * n + b] = packed[at] as number;
      full[b * n + a] = packed[at] as number;
    }
  }
  return full;
}

/** Lower triangle, row by row, of a symmetric matrix (row-major, n x n). */
export function packTriangle(matrix: Float64Array, n: number): Float64Array {
  const packed = new Float64Array(triangleLength(n));
  let at = 0;
  for (let a = 0; a < n; a++) for (let b = 0; b <= a; b++, at++) packed[at] = matrix[a * n + b] as number;
  return packed;
}

/** Rows and columns `at` of a matrix (row-major, n x n). */
export function submatrix(matrix: Float64Array, n: number, at: readonly number[]): Float64Array {
  const m = at.length;
  const part = new Float64Array(m * m);
  for (let a = 0; a < m; a++) for (let b = 0; b < m; b++) part[a * m + b] = matrix[(at[a] as number) * n + (at[b] as number)] as number;
  return part;
}

/** Inverse of a symmetric positive definite matrix, or null where it is singular to working precision (see `choleskyFactor`). */
export function invertPositive(matrix: Float64Array, n: number, tolerance = 1e-14): Float64Array | null {
  const factor = choleskyFactor(matrix, n, tolerance);
  if (!factor) return null;
  const inverse = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column.fill(0);
    column[j] = 1;
    choleskySolve(factor, n, column);
    // Only one half is kept, so that the inverse is symmetric to the last bit.
    for (let i = j; i < n; i++) {
      inverse[i * n + j] = column[i] as number;
      inverse[j * n + i] = column[i] as number;
    }
  }
  return inverse;
}

/**
 * Columns of a cross product that are no linear combination of those before them: 1 keeps, 0 is redundant. A column is redundant if
 * what the kept ones leave of it is at most `tolerance` times its own square. Later columns give way to earlier ones, as in R.
 * @param candidates 1 for columns that may be kept; all where it is absent
 */
export function independentColumns(matrix: Float64Array, n: number, tolerance: number, candidates?: Uint8Array): Uint8Array {
  const kept = new Uint8Array(n);
  const factor = new Float64Array(n * n);
  const order: number[] = [];
  for (let i = 0; i < n; i++) {
    if (candidates && candidates[i] === 0) continue;
    const diagonal = matrix[i * n + i] as number;
    let left = diagonal;
    for (const [k, j] of order.entries()) {
      let sum = matrix[i * n + j] as number;
      for (let l = 0; l < k; l++) sum -= (factor[i * n + l] as number) * (factor[j * n + l] as number);
      const entry = sum / (factor[j * n + k] as number);
      factor[i * n + k] = entry;
      left -= entry * entry;
    }
    if (!(left > tolerance * diagonal)) continue;
    factor[i * n + order.length] = Math.sqrt(left);
    order.push(i);
    kept[i] = 1;
  }
  return kept;
}

/** Quadratic form x' A y of a row-major n x n matrix. */
export function bilinear(matrix: Float64Array, n: number, x: ArrayLike<number>, y: ArrayLike<number>): number {
  let total = 0;
  for (let a = 0; a < n; a++) {
    let row = 0;
    for (let b = 0; b < n; b++) row += (matrix[a * n + b] as number) * (y[b] as number);
    total += (x[a] as number) * row;
  }
  return total;
}
