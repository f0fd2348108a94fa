/**
 * Lower Cholesky factor of a symmetric positive definite matrix (row-major, n x n), or null where a pivot is not above
 * `tolerance` times its diagonal element: the matrix is singular to working precision.
 * Source: Golub & Van Loan, Matrix Computations, 4th ed., algorithm 4.2.1.
 */
export function choleskyFactor(matrix: Float64Array, n: number, tolerance = 1e-12): Float64Array | null {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const rowI = i * n;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * n;
      let sum = matrix[rowI + j] as number;
      for (let k = 0; k < j; k++) sum -= (factor[rowI + k] as number) * (factor[rowJ + k] as number);
      if (i === j) {
        if (!(sum > tolerance * (matrix[rowI + i] as number))) return null;
        factor[rowI + i] = Math.sqrt(sum);
      } else {
        factor[rowI + j] = sum / (factor[rowJ + j] as number);
      }
    }
  }
  return factor;
}

/** Solves A x = b in place, given the factor of A. `b` holds the solution afterwards. */
export function choleskySolve(factor: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (factor[i * n + k] as number) * (b[k] as number);
    b[i] = sum / (factor[i * n + i] as number);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let k = i + 1; k < n; k++) sum -= (factor[k * n + i] as number) * (b[k] as number);
    b[i] = sum / (factor[i * n + i] as number);
  }
  return b;
}
