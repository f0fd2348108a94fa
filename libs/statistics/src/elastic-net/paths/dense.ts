// Factors of small dense systems in work space that is used again and again; `choleskyFactor` of libs/numerics makes new arrays.

/**
 * Overwrites the lower triangle of a symmetric `m x m` matrix (row-major) with its Cholesky factor, the inverse of the diagonal in the
 * diagonal's place.
 * @returns false where a pivot falls to `singular` times its diagonal: the matrix is then of no use
 */
export function factorInPlace(a: Float64Array, m: number, singular: number): boolean {
  let r = 0;
  for (; r + 3 < m; r += 4) {
    for (let c = 0; c < r; c++) eliminateFour(a, m, r, c);
    for (let k = r; k < r + 4; k++) if (!finishRow(a, m, k, r, singular)) return false;
  }
  for (; r < m; r++) if (!finishRow(a, m, r, 0, singular)) return false;
  return true;
}

/** Column c of four rows at once: the row that they are multiplied with is read once. */
function eliminateFour(a: Float64Array, m: number, r: number, c: number): void {
  const r0 = r * m;
  const r1 = r0 + m;
  const r2 = r1 + m;
  const r3 = r2 + m;
  const row = c * m;
  let s0 = a[r0 + c] as number;
  let s1 = a[r1 + c] as number;
  let s2 = a[r2 + c] as number;
  let s3 = a[r3 + c] as number;
  for (let k = 0; k < c; k++) {
    const v = a[row + k] as number;
    s0 -= v * (a[r0 + k] as number);
    s1 -= v * (a[r1 + k] as number);
    s2 -= v * (a[r2 + k] as number);
    s3 -= v * (a[r3 + k] as number);
  }
  const inverse = a[row + c] as number;
  a[r0 + c] = s0 * inverse;
  a[r1 + c] = s1 * inverse;
  a[r2 + c] = s2 * inverse;
  a[r3 + c] = s3 * inverse;
}

/** The columns of a row from `from` on, and its diagonal. */
function finishRow(a: Float64Array, m: number, r: number, from: number, singular: number): boolean {
  const row = r * m;
  for (let c = from; c < r; c++) a[row + c] = ((a[row + c] as number) - rowProduct(a, row, c * m, c)) * (a[c * m + c] as number);
  const diagonal = a[row + r] as number;
  const pivot = diagonal - rowProduct(a, row, row, r);
  if (!(pivot > singular * diagonal)) return false;
  a[row + r] = 1 / Math.sqrt(pivot);
  return true;
}

function rowProduct(a: Float64Array, first: number, second: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let k = 0;
  for (; k + 1 < length; k += 2) {
    s0 += (a[first + k] as number) * (a[second + k] as number);
    s1 += (a[first + k + 1] as number) * (a[second + k + 1] as number);
  }
  if (k < length) s0 += (a[first + k] as number) * (a[second + k] as number);
  return s0 + s1;
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

/** Adds rows of a square matrix times weights to a vector: four rows at once, those of no weight left out. */
export function addRows(matrix: Float64Array, size: number, weights: Float64Array, into: Float64Array): void {
  const rows = new Int32Array(size + 3);
  let count = 0;
  for (let r = 0; r < size; r++) if (weights[r] !== 0) rows[count++] = r;
  // What fills up the last four is the first row, times nothing.
  const weight = (n: number) => (n < count ? (weights[rows[n] as number] as number) : 0);
  for (let n = 0; n < count; n += 4) {
    const a = (rows[n] as number) * size;
    const b = (rows[n + 1] as number) * size;
    const c = (rows[n + 2] as number) * size;
    const d = (rows[n + 3] as number) * size;
    const wa = weight(n);
    const wb = weight(n + 1);
    const wc = weight(n + 2);
    const wd = weight(n + 3);
    for (let j = 0; j < size; j++)
      into[j] =
        (into[j] as number) +
        (wa * (matrix[a + j] as number) +
          wb * (matrix[b + j] as number) +
          (wc * (matrix[c + j] as number) + wd * (matrix[d + j] as number)));
  }
}
