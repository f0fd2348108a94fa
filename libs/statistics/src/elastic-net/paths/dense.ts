// Factors of small dense systems in work space that is used again and again; `choleskyFactor` of libs/numerics makes new arrays.

/**
 * Overwrites the lower triangle of a symmetric `m x m` matrix (row-major) with its Cholesky factor, the inverse of the diagonal in the
 * diagonal's place.
 * @returns false where a pivot falls to `singular` times its diagonal: the matrix is then of no use
 */
export function factorInPlace(a: Float64Array, m: number, singular: number): boolean {
  for (let r = 0; r < m; r++) {
    const row = r * m;
    for (let c = 0; c < r; c++) a[row + c] = ((a[row + c] as number) - rowProduct(a, row, c * m, c)) * (a[c * m + c] as number);
    const diagonal = a[row + r] as number;
    const pivot = diagonal - rowProduct(a, row, row, r);
    if (!(pivot > singular * diagonal)) return false;
    a[row + r] = 1 / Math.sqrt(pivot);
  }
  return true;
}

function rowProduct(a: Float64Array, first: number, second: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += (a[first + k] as number) * (a[second + k] as number);
    s1 += (a[first + k + 1] as number) * (a[second + k + 1] as number);
    s2 += (a[first + k + 2] as number) * (a[second + k + 2] as number);
    s3 += (a[first + k + 3] as number) * (a[second + k + 3] as number);
  }
  for (; k < length; k++) s0 += (a[first + k] as number) * (a[second + k] as number);
  return s0 + s1 + (s2 + s3);
}

/** Solves the system of a factor of {@link factorInPlace}, overwriting the right-hand side. */
export function substituteInPlace(factor: Float64Array, m: number, x: Float64Array): void {
  for (let r = 0; r < m; r++) {
    const row = r * m;
    let v = x[r] as number;
    for (let k = 0; k < r; k++) v -= (factor[row + k] as number) * (x[k] as number);
    x[r] = v * (factor[row + r] as number);
  }
  for (let r = m - 1; r >= 0; r--) {
    const row = r * m;
    const v = (x[r] as number) * (factor[row + r] as number);
    x[r] = v;
    for (let k = 0; k < r; k++) x[k] = (x[k] as number) - v * (factor[row + k] as number);
  }
}
