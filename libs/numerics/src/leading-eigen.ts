import { symmetricEigen } from './symmetric-eigen.js';
import { SeededRandom } from './random.js';

/** The largest eigenvalues of a matrix, descending, with their orthonormal eigenvectors. */
export interface LeadingEigen {
  readonly values: Float64Array;
  /** Row-major n x count; column k belongs to the k-th value. */
  readonly vectors: Float64Array;
}

/** Vectors that are iterated beyond those asked for: the more, the faster. */
const spareVectors = 6;
const maxIterations = 400;
/** Largest |A v - lambda v| over the largest eigenvalue at which a vector has converged. */
const residualShare = 1e-13;
/** The start is drawn once and for all: equal matrices give equal bits. */
const startSeed = 20;
/** Components this near in size count as equal when a sign is chosen. */
const signBand = 1e-9;

/**
 * The `count` largest eigenvalues of a positive semidefinite matrix (row-major, n x n) by subspace iteration with Rayleigh-Ritz projections;
 * all of them by {@link symmetricEigen} where that does not converge, as it may where eigenvalues lie close together. Signs are those of
 * `symmetricEigen`. Two eigenvalues that are equal have no vectors of their own. Source: Golub & Van Loan, Matrix Computations, 4th ed.,
 * section 8.2.4. Example: `leadingEigen(Float64Array.of(2, 1, 1, 2), 2, 1)` has the value 3 and the vector (1, 1) / sqrt 2.
 */
export function leadingEigen(matrix: Float64Array, n: number, count: number): LeadingEigen {
  const width = Math.min(n, count + spareVectors);
  const random = new SeededRandom(startSeed);
  let basis: Float64Array = Float64Array.from({ length: n * width }, () => random.normal());
  orthonormalize(basis, n, width);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const moved = product(matrix, basis, n, width);
    const { values, vectors } = symmetricEigen(inner(basis, moved, n, width), width);
    const ritz = combine(basis, vectors, n, width);
    const next = combine(moved, vectors, n, width);
    if (hasConverged(ritz, next, values, n, width, count)) return oriented(ritz, values, n, width, count);
    basis = next;
    orthonormalize(basis, n, width);
  }
  const { values, vectors } = symmetricEigen(matrix, n);
  return oriented(vectors, values, n, n, count);
}

function product(matrix: Float64Array, basis: Float64Array, n: number, width: number): Float64Array {
  const out = new Float64Array(n * width);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const a = matrix[i * n + j] as number;
      if (a === 0) continue;
      for (let k = 0; k < width; k++) out[i * width + k] = (out[i * width + k] as number) + a * (basis[j * width + k] as number);
    }
  return out;
}

/** Symmetric part of `left' right`. */
function inner(left: Float64Array, right: Float64Array, n: number, width: number): Float64Array {
  const out = new Float64Array(width * width);
  for (let a = 0; a < width; a++)
    for (let b = 0; b < width; b++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (left[i * width + a] as number) * (right[i * width + b] as number);
      out[a * width + b] = (out[a * width + b] as number) + sum / 2;
      out[b * width + a] = (out[b * width + a] as number) + sum / 2;
    }
  return out;
}

function combine(basis: Float64Array, weights: Float64Array, n: number, width: number): Float64Array {
  const out = new Float64Array(n * width);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < width; a++) {
      const b = basis[i * width + a] as number;
      for (let k = 0; k < width; k++) out[i * width + k] = (out[i * width + k] as number) + b * (weights[a * width + k] as number);
    }
  return out;
}

function hasConverged(ritz: Float64Array, moved: Float64Array, values: Float64Array, n: number, width: number, count: number): boolean {
  for (let k = 0; k < Math.min(count, width); k++) {
    let square = 0;
    for (let i = 0; i < n; i++) square += ((moved[i * width + k] as number) - (values[k] as number) * (ritz[i * width + k] as number)) ** 2;
    if (!(Math.sqrt(square) <= residualShare * Math.abs(values[0] as number))) return false;
  }
  return true;
}

/** Gram-Schmidt, twice; a column that the others span becomes zero. */
function orthonormalize(basis: Float64Array, n: number, width: number): void {
  for (let k = 0; k < width; k++) {
    const before = norm(basis, n, width, k);
    for (let turn = 0; turn < 2; turn++)
      for (let a = 0; a < k; a++) {
        let dot = 0;
        for (let i = 0; i < n; i++) dot += (basis[i * width + a] as number) * (basis[i * width + k] as number);
        for (let i = 0; i < n; i++) basis[i * width + k] = (basis[i * width + k] as number) - dot * (basis[i * width + a] as number);
      }
    const after = norm(basis, n, width, k);
    const scale = after > 1e-14 * before ? 1 / after : 0;
    for (let i = 0; i < n; i++) basis[i * width + k] = (basis[i * width + k] as number) * scale;
  }
}

function norm(basis: Float64Array, n: number, width: number, k: number): number {
  let square = 0;
  for (let i = 0; i < n; i++) square += (basis[i * width + k] as number) ** 2;
  return Math.sqrt(square);
}

/** The first columns, each with its component of largest size (the first of several) positive. */
function oriented(vectors: Float64Array, values: Float64Array, n: number, width: number, count: number): LeadingEigen {
  const shown = Math.min(count, width);
  const out = new Float64Array(n * shown);
  for (let k = 0; k < shown; k++) {
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(vectors[i * width + k] as number));
    let sign = 1;
    for (let i = 0; i < n; i++) {
      const value = vectors[i * width + k] as number;
      if (Math.abs(value) < largest * (1 - signBand)) continue;
      sign = value < 0 ? -1 : 1;
      break;
    }
    for (let i = 0; i < n; i++) out[i * shown + k] = sign * (vectors[i * width + k] as number);
  }
  return { values: values.slice(0, shown), vectors: out };
}
