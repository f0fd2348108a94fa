// The inverse of a grid's matrix to the last bit of ITK's, which decides where a position falls half-way between two voxels. ITK takes the
// pseudoinverse of LINPACK's singular value decomposition, DSVDC with the corrected sign of the shift (Dongarra et al. 1979, LINPACK Users'
// Guide, chapter 11, doi 10.1137/1.9781611971811), so its operations stand here in its order, for three rows and three columns.

/** A matrix of three rows and three columns, row-major. */
export type Matrix = readonly [number, number, number, number, number, number, number, number, number];

const size = 3;

/** Each singular value takes two or three steps; LINPACK gives up after so many. */
const mostSteps = 30;

/** Smaller cells are cosines that rounding left, whose inverses would be infinite. */
const smallestCell = 1e-150;

type Square = Float64Array;
const at = (m: Square, row: number, column: number) => m[size * row + column] as number;

/** The number with the sign of another, as Fortran's DSIGN; a negative zero counts as positive. */
const signed = (value: number, sign: number) => (sign >= 0 ? Math.abs(value) : -Math.abs(value));

/** Euclidean length, scaled against overflow (DNRM2). */
function norm(parts: readonly number[]): number {
  if (parts.length === 1) return Math.abs(parts[0] as number);
  let [scale, sum] = [0, 1];
  for (const part of parts) {
    const absolute = Math.abs(part);
    if (absolute === 0) continue;
    const ratio = scale < absolute ? scale / absolute : absolute / scale;
    sum = scale < absolute ? 1 + sum * (ratio * ratio) : sum + ratio * ratio;
    scale = Math.max(scale, absolute);
  }
  return scale * Math.sqrt(sum);
}

/** A rotation that turns (a, b) into (r, 0) (DROTG). */
function rotationOf(a: number, b: number): { r: number; cosine: number; sine: number } {
  const scale = Math.abs(a) + Math.abs(b);
  if (scale === 0) return { r: 0, cosine: 1, sine: 0 };
  const [p, q] = [a / scale, b / scale];
  const r = signed(1, Math.abs(a) > Math.abs(b) ? a : b) * (scale * Math.sqrt(p * p + q * q));
  return { r, cosine: a / r, sine: b / r };
}

/** Turns two columns against each other (DROT). */
function rotate(m: Square, column: number, cosine: number, sine: number): void {
  for (let row = 0; row < size; row++) {
    const [a, b] = [at(m, row, column), at(m, row, column + 1)];
    m[size * row + column] = cosine * a + sine * b;
    m[size * row + column + 1] = cosine * b - sine * a;
  }
}

function exchange(m: Square, column: number): void {
  for (let row = 0; row < size; row++) {
    const a = at(m, row, column);
    m[size * row + column] = at(m, row, column + 1);
    m[size * row + column + 1] = a;
  }
}

/** Reflects a column by the reflection that another column holds from a row on. */
function reflect(m: Square, column: number, other: number, from: number): void {
  let dot = 0;
  for (let row = from; row < size; row++) dot += at(m, row, column) * at(m, row, other);
  const factor = -dot / at(m, from, column);
  for (let row = from; row < size; row++) m[size * row + other] = at(m, row, other) + factor * at(m, row, column);
}

/** The decomposition A = U diag(s) V'. */
class Decomposition {
  readonly u = new Float64Array(size * size);
  readonly v = new Float64Array(size * size);
  readonly s = new Float64Array(size);
  /** Elements beside the diagonal, which the iteration makes 0. */
  private readonly e = new Float64Array(size);

  constructor(matrix: Matrix) {
    this.bidiagonalize(Float64Array.from(matrix, (cell) => (Math.abs(cell) < smallestCell ? 0 : cell)));
    this.formLeft();
    this.formRight();
    this.diagonalize();
  }

  /** Reflections from both sides leave a diagonal and what stands beside it; the reflections are kept in U and V. */
  private bidiagonalize(x: Square): void {
    const { s, e, u } = this;
    for (let l = 0; l < size - 1; l++) {
      const below = Array.from({ length: size - l }, (_, n) => at(x, l + n, l));
      const length = at(x, l, l) === 0 ? norm(below) : signed(norm(below), at(x, l, l));
      const factor = 1 / length;
      for (let row = l; row < size; row++) x[size * row + l] = factor * at(x, row, l);
      x[size * l + l] = 1 + at(x, l, l);
      s[l] = -length;
      for (let column = l + 1; column < size; column++) {
        reflect(x, l, column, l);
        e[column] = at(x, l, column);
      }
      for (let row = l; row < size; row++) u[size * row + l] = at(x, row, l);
      if (l === 0) this.reflectRow(x);
    }
    s[2] = at(x, 2, 2);
    e[1] = at(x, 1, 2);
    e[2] = 0;
  }

  /** The one reflection from the right, of the first row behind its diagonal. */
  private reflectRow(x: Square): void {
    const { e, v } = this;
    const [e1, e2] = [e[1] as number, e[2] as number];
    const length = e1 === 0 ? norm([e1, e2]) : signed(norm([e1, e2]), e1);
    e[0] = -length;
    if (length !== 0) {
      const factor = 1 / length;
      e[1] = 1 + e1 * factor;
      e[2] = e2 * factor;
      const work = [0, 0, 0];
      for (const column of [1, 2]) for (const row of [1, 2]) work[row] = (work[row] as number) + (e[column] as number) * at(x, row, column);
      for (const column of [1, 2]) {
        const along = -(e[column] as number) / e[1];
        for (const row of [1, 2]) x[size * row + column] = at(x, row, column) + along * (work[row] as number);
      }
    }
    v[size] = e[1] as number;
    v[2 * size] = e[2] as number;
  }

  /** U from its reflections, the last one first. */
  private formLeft(): void {
    const { u } = this;
    u[size * size - 1] = 1;
    for (const l of [1, 0]) {
      for (let column = l + 1; column < size; column++) reflect(u, l, column, l);
      for (let row = l; row < size; row++) u[size * row + l] = -at(u, row, l);
      u[size * l + l] = 1 + at(u, l, l);
      for (let row = 0; row < l; row++) u[size * row + l] = 0;
    }
  }

  /** V from its one reflection. */
  private formRight(): void {
    const { v, e } = this;
    for (const l of [2, 1, 0]) {
      if (l === 0 && e[0] !== 0) for (const column of [1, 2]) reflect(v, 0, column, 1);
      for (let row = 0; row < size; row++) v[size * row + l] = row === l ? 1 : 0;
    }
  }

  /** QR steps until nothing is left beside the diagonal. No singular value is 0, since spacings are above 0 and directions orthonormal. */
  private diagonalize(): void {
    const { s, e } = this;
    for (let m = size, steps = 0; m > 0; steps++) {
      let l = m - 1;
      for (; l > 0; l--) {
        const beside = Math.abs(s[l - 1] as number) + Math.abs(s[l] as number);
        if (beside + Math.abs(e[l - 1] as number) === beside) {
          e[l - 1] = 0;
          break;
        }
      }
      if (l === m - 1 || steps > mostSteps) this.settle(--m);
      else this.step(l, m);
    }
  }

  /** A QR step on the rows from l up to before m. */
  private step(l: number, m: number): void {
    const { s, e, u, v } = this;
    const [last, before, beside, first, next] = [s[m - 1], s[m - 2], e[m - 2], s[l], e[l]] as [number, number, number, number, number];
    const scale = Math.max(...[last, before, beside, first, next].map(Math.abs));
    const [sm, sm1, em1, sl, el] = [last / scale, before / scale, beside / scale, first / scale, next / scale];
    const b = ((sm1 + sm) * (sm1 - sm) + em1 * em1) / 2;
    const c = sm * em1 * (sm * em1);
    const root = Math.sqrt(b * b + c);
    const shift = b === 0 && c === 0 ? 0 : c / (b + (b < 0 ? -root : root));
    let [f, g] = [(sl + sm) * (sl - sm) + shift, sl * el];
    for (let k = l; k < m - 1; k++) {
      const right = rotationOf(f, g);
      if (k !== l) e[k - 1] = right.r;
      const [sk, ek, sNext] = [s[k] as number, e[k] as number, s[k + 1] as number];
      f = right.cosine * sk + right.sine * ek;
      e[k] = right.cosine * ek - right.sine * sk;
      g = right.sine * sNext;
      s[k + 1] = right.cosine * sNext;
      rotate(v, k, right.cosine, right.sine);
      const left = rotationOf(f, g);
      s[k] = left.r;
      f = left.cosine * (e[k] as number) + left.sine * (s[k + 1] as number);
      s[k + 1] = -left.sine * (e[k] as number) + left.cosine * (s[k + 1] as number);
      g = left.sine * (e[k + 1] as number);
      e[k + 1] = left.cosine * (e[k + 1] as number);
      rotate(u, k, left.cosine, left.sine);
    }
    e[m - 2] = f;
  }

  /** A singular value that is found becomes positive and moves to its place: the largest is first. */
  private settle(found: number): void {
    const { s, u, v } = this;
    if ((s[found] as number) < 0) {
      s[found] = -(s[found] as number);
      for (let row = 0; row < size; row++) v[size * row + found] = -at(v, row, found);
    }
    for (let l = found; l + 1 < size && (s[l] as number) < (s[l + 1] as number); l++) {
      s.subarray(l, l + 2).reverse();
      exchange(v, l);
      exchange(u, l);
    }
  }
}

/**
 * The inverse of a matrix of full rank, V diag(1 / s) U'.
 * @example inverseMatrix([2, 0, 0, 0, 4, 0, 0, 0, 8]) // [0.5, 0, 0, 0, 0.25, 0, 0, 0, 0.125]
 */
export function inverseMatrix(matrix: Matrix): Matrix {
  const { u, v, s } = new Decomposition(matrix);
  return Array.from({ length: size * size }, (_, cell) => {
    const [row, column] = [Math.floor(cell / size), cell % size];
    let sum = 0;
    for (let k = 0; k < size; k++) sum += at(v, row, k) * (1 / (s[k] as number)) * at(u, column, k);
    return sum;
  }) as unknown as Matrix;
}
