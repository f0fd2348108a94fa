/** Eigenvalues, descending, with their orthonormal eigenvectors. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  /** Row-major n x n; column k belongs to the k-th value. */
  readonly vectors: Float64Array;
}

/** Iterations of one eigenvalue; the method needs two or three. */
const maxIterations = 60;

/**
 * Eigen decomposition of a symmetric matrix (row-major, n x n): reduction to tridiagonal form by Householder reflections, then
 * implicit QL steps. Eigenvectors have the sign in which their component of largest size is positive; where several are largest to
 * within 1e-9, the first of them. Sources: Golub & Van Loan, Matrix Computations, 4th ed., section 8.3; Dubrulle, Martin & Wilkinson
 * 1968, doi 10.1007/BF02165404.
 * @throws RangeError where an eigenvalue does not converge: never seen for finite matrices
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const vectors = matrix.slice();
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  tridiagonalize(vectors, n, diagonal, beside);
  implicitQl(vectors, n, diagonal, beside);
  return sorted(vectors, n, diagonal);
}

/** Overwrites `a` by the orthogonal matrix Q with Q' A Q tridiagonal; `beside[i]` stands left of `diagonal[i]`. */
function tridiagonalize(a: Float64Array, n: number, diagonal: Float64Array, beside: Float64Array): void {
  for (let i = n - 1; i > 0; i--) {
    const row = i * n;
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(a[row + k] as number);
    if (i === 1 || scale === 0) {
      beside[i] = a[row + i - 1] as number;
      diagonal[i] = 0;
      continue;
    }
    let square = 0;
    for (let k = 0; k < i; k++) {
      const scaled = (a[row + k] as number) / scale;
      a[row + k] = scaled;
      square += scaled * scaled;
    }
    const pivot = a[row + i - 1] as number;
    const length = pivot >= 0 ? -Math.sqrt(square) : Math.sqrt(square);
    beside[i] = scale * length;
    const h = square - pivot * length;
    a[row + i - 1] = pivot - length;
    reflect(a, n, i, h, beside);
    diagonal[i] = h;
  }
  accumulate(a, n, diagonal);
  beside[0] = 0;
}

/** A' = A - v w' - w v' for the leading i x i block, v the reflection vector in row i; keeps v / h in column i. */
function reflect(a: Float64Array, n: number, i: number, h: number, work: Float64Array): void {
  const row = i * n;
  let along = 0;
  for (let j = 0; j < i; j++) {
    a[j * n + i] = (a[row + j] as number) / h;
    let sum = 0;
    for (let k = 0; k <= j; k++) sum += (a[j * n + k] as number) * (a[row + k] as number);
    for (let k = j + 1; k < i; k++) sum += (a[k * n + j] as number) * (a[row + k] as number);
    work[j] = sum / h;
    along += (work[j] as number) * (a[row + j] as number);
  }
  const half = along / (2 * h);
  for (let j = 0; j < i; j++) {
    const v = a[row + j] as number;
    const w = (work[j] as number) - half * v;
    work[j] = w;
    for (let k = 0; k <= j; k++) a[j * n + k] = (a[j * n + k] as number) - v * (work[k] as number) - w * (a[row + k] as number);
  }
}

/** Multiplies the reflections out; `diagonal` holds their h on entry and the diagonal afterwards. */
function accumulate(a: Float64Array, n: number, diagonal: Float64Array): void {
  diagonal[0] = 0;
  for (let i = 0; i < n; i++) {
    if (diagonal[i] !== 0) {
      for (let j = 0; j < i; j++) {
        let sum = 0;
        for (let k = 0; k < i; k++) sum += (a[i * n + k] as number) * (a[k * n + j] as number);
        for (let k = 0; k < i; k++) a[k * n + j] = (a[k * n + j] as number) - sum * (a[k * n + i] as number);
      }
    }
    diagonal[i] = a[i * n + i] as number;
    a[i * n + i] = 1;
    for (let j = 0; j < i; j++) {
      a[j * n + i] = 0;
      a[i * n + j] = 0;
    }
  }
}

function implicitQl(vectors: Float64Array, n: number, diagonal: Float64Array, beside: Float64Array): void {
  for (let i = 1; i < n; i++) beside[i - 1] = beside[i] as number;
  beside[n - 1] = 0;
  for (let low = 0; low < n; low++) {
    for (let iteration = 0; ; iteration++) {
      let m = low;
      while (m < n - 1) {
        const size = Math.abs(diagonal[m] as number) + Math.abs(diagonal[m + 1] as number);
        if (Math.abs(beside[m] as number) <= Number.EPSILON * size) break;
        m++;
      }
      if (m === low) break;
      if (iteration === maxIterations) throw new RangeError('eigenvalues did not converge');
      qlStep(vectors, n, diagonal, beside, low, m);
    }
  }
}

/** One QL step with implicit shift on the block low .. m. */
function qlStep(vectors: Float64Array, n: number, d: Float64Array, e: Float64Array, low: number, m: number): void {
  const half = ((d[low + 1] as number) - (d[low] as number)) / (2 * (e[low] as number));
  const root = Math.sqrt(half * half + 1);
  let g = (d[m] as number) - (d[low] as number) + (e[low] as number) / (half + (half >= 0 ? root : -root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = m - 1; i >= low; i--) {
    const f = sine * (e[i] as number);
    const b = cosine * (e[i] as number);
    const length = Math.sqrt(f * f + g * g);
    e[i + 1] = length;
    if (length === 0) {
      d[i + 1] = (d[i + 1] as number) - shift;
      e[m] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    g = (d[i + 1] as number) - shift;
    const turn = ((d[i] as number) - g) * sine + 2 * cosine * b;
    shift = sine * turn;
    d[i + 1] = g + shift;
    g = cosine * turn - b;
    for (let k = 0; k < n; k++) {
      const at = k * n + i;
      const right = vectors[at + 1] as number;
      const left = vectors[at] as number;
      vectors[at + 1] = sine * left + cosine * right;
      vectors[at] = cosine * left - sine * right;
    }
  }
  d[low] = (d[low] as number) - shift;
  e[low] = g;
  e[m] = 0;
}

/** Components this close to the largest (relative) count as equal to it. */
const tieBand = 1e-9;

function sorted(vectors: Float64Array, n: number, diagonal: Float64Array): SymmetricEigen {
  const order = Array.from({ length: n }, (_, k) => k).sort((a, b) => (diagonal[b] as number) - (diagonal[a] as number) || a - b);
  const values = Float64Array.from(order, (k) => diagonal[k] as number);
  const out = new Float64Array(n * n);
  order.forEach((from, to) => {
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(vectors[i * n + from] as number));
    let sign = 0;
    for (let i = 0; i < n && sign === 0; i++) {
      const component = vectors[i * n + from] as number;
      if (Math.abs(component) >= largest * (1 - tieBand)) sign = component < 0 ? -1 : 1;
    }
    for (let i = 0; i < n; i++) out[i * n + to] = sign * (vectors[i * n + from] as number);
  });
  return { values, vectors: out };
}
