/**
 * Least squares with few columns: minimizes |A x - b|. Columns are brought to length 1, directions whose singular value is below
 * 100 machine epsilons of the largest are left out (minimum norm), so that a neighborhood with too few distinct points still has an answer.
 * Method: Householder reduction to a small triangle, one-sided Jacobi rotations. Source: Golub & Van Loan, Matrix Computations, 4th ed.,
 * sections 5.2 and 8.6.
 * @param a column-major, `rows x columns`; overwritten
 * @param b overwritten
 */
export function smallLeastSquares(a: Float64Array, b: Float64Array, rows: number, columns: number): Float64Array {
  const norms = new Float64Array(columns);
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += (a[j * rows + i] as number) ** 2;
    norms[j] = Math.sqrt(sum);
    if (sum > 0) for (let i = 0; i < rows; i++) a[j * rows + i] = (a[j * rows + i] as number) / (norms[j] as number);
  }
  for (let j = 0; j < Math.min(columns, rows); j++) reflect(a, b, rows, columns, j);
  const x = solveTriangle(a, b, rows, columns);
  return x.map((value, j) => ((norms[j] as number) > 0 ? value / (norms[j] as number) : 0));
}

/** One Householder reflection: zeros below the diagonal of column j. */
function reflect(a: Float64Array, b: Float64Array, rows: number, columns: number, j: number): void {
  let norm = 0;
  for (let i = j; i < rows; i++) norm += (a[j * rows + i] as number) ** 2;
  norm = Math.sqrt(norm);
  if (norm === 0) return;
  const head = a[j * rows + j] as number;
  const alpha = head > 0 ? -norm : norm;
  const v = a.slice(j * rows, (j + 1) * rows);
  v[j] = head - alpha;
  let squared = 0;
  for (let i = j; i < rows; i++) squared += (v[i] as number) ** 2;
  if (squared === 0) return;
  const apply = (target: Float64Array, base: number) => {
    let dot = 0;
    for (let i = j; i < rows; i++) dot += (v[i] as number) * (target[base + i] as number);
    const factor = (2 * dot) / squared;
    for (let i = j; i < rows; i++) target[base + i] = (target[base + i] as number) - factor * (v[i] as number);
  };
  for (let k = j; k < columns; k++) apply(a, k * rows);
  apply(b, 0);
}

const smallestShare = 100 * 2 ** -52;
const maxSweeps = 30;

/** Minimum-norm solution of R x = c, R the upper triangle of the leading columns. */
function solveTriangle(a: Float64Array, b: Float64Array, rows: number, n: number): Float64Array {
  // u starts as R and ends as U S, v as the identity and ends as V: R = U S V'.
  const u = new Float64Array(n * n);
  const v = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    v[j * n + j] = 1;
    for (let i = 0; i <= j && i < rows; i++) u[j * n + i] = a[j * rows + i] as number;
  }
  for (let sweep = 0; sweep < maxSweeps; sweep++) if (!rotateAll(u, v, n)) break;
  const sigma = Float64Array.from({ length: n }, (_, j) => Math.sqrt(dot(u, u, j, j, n)));
  const tolerance = Math.max(...sigma) * smallestShare;
  const x = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    const s = sigma[j] as number;
    if (!(s > tolerance)) continue;
    let projected = 0;
    for (let i = 0; i < n && i < rows; i++) projected += (u[j * n + i] as number) * (b[i] as number);
    for (let i = 0; i < n; i++) x[i] = (x[i] as number) + ((v[j * n + i] as number) * projected) / (s * s);
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array, j: number, k: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (a[j * n + i] as number) * (b[k * n + i] as number);
  return sum;
}

/** One sweep of rotations that make columns of u orthogonal; false when they are. */
function rotateAll(u: Float64Array, v: Float64Array, n: number): boolean {
  let turned = false;
  for (let j = 0; j < n; j++) {
    for (let k = j + 1; k < n; k++) {
      const alpha = dot(u, u, j, j, n);
      const beta = dot(u, u, k, k, n);
      const gamma = dot(u, u, j, k, n);
      if (Math.abs(gamma) <= 2 ** -52 * Math.sqrt(alpha * beta)) continue;
      turned = true;
      const zeta = (beta - alpha) / (2 * gamma);
      const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
      const c = 1 / Math.sqrt(1 + t * t);
      rotate(u, j, k, n, c, c * t);
      rotate(v, j, k, n, c, c * t);
    }
  }
  return turned;
}

function rotate(m: Float64Array, j: number, k: number, n: number, c: number, s: number): void {
  for (let i = 0; i < n; i++) {
    const a = m[j * n + i] as number;
    const b = m[k * n + i] as number;
    m[j * n + i] = c * a - s * b;
    m[k * n + i] = s * a + c * b;
  }
}
