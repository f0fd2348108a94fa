import { FftPlan } from './fft.js';

/** Lines that are gathered and transformed together: about a core's second-level cache of complex doubles. */
const linesAtOnce = 32;

/** Frequencies along i from 0 to half the sampling rate; the others are conjugates of these. */
export interface HalfPlanes {
  /** Element (fi, fj) of plane k is at `fi + hi (fj + nj k)`, hi = floor(ni / 2) + 1. */
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly hi: number;
}

/** Indices from the first up to and without the second. */
type Range = readonly [number, number];

/**
 * Two-dimensional discrete Fourier transforms of planes of real values, without the half of each spectrum that the other half gives.
 * Two rows at a time are transformed as real and imaginary part of one.
 * @param values `i + ni (j + nj k)`
 */
export function realFftPlanes(values: Float64Array, [ni, nj, nk]: readonly [number, number, number]): HalfPlanes {
  const hi = Math.floor(ni / 2) + 1;
  const rows = nj * nk;
  const real = new Float64Array(hi * rows);
  const imaginary = new Float64Array(real.length);
  const block = new RowPairs(ni);
  for (let first = 0; first < rows; first += 2 * linesAtOnce) {
    const lines = Math.min(linesAtOnce, Math.ceil((rows - first) / 2));
    block.gather(values, first, lines, rows);
    block.plan.transform(block.real, block.imaginary, lines);
    block.split(real, imaginary, hi, first, lines, rows);
  }
  transformColumns(real, imaginary, hi, nj, [0, nk], false);
  return { real, imaginary, hi };
}

/**
 * The rows j of the planes k in the given ranges of what {@link realFftPlanes} made (times ni nj). The spectrum is lost.
 * @returns `i + ni (j - fromJ + (toJ - fromJ) (k - fromK))`
 */
export function inverseRealFftPlanes(
  { real, imaginary, hi }: HalfPlanes,
  [ni, nj]: readonly [number, number],
  [fromJ, toJ]: Range,
  [fromK, toK]: Range,
): Float64Array {
  transformColumns(real, imaginary, hi, nj, [fromK, toK], true);
  const height = toJ - fromJ;
  const rows = height * (toK - fromK);
  const values = new Float64Array(ni * rows);
  const block = new RowPairs(ni);
  const place = (row: number) => fromJ + (row % height) + nj * (fromK + Math.floor(row / height));
  for (let first = 0; first < rows; first += 2 * linesAtOnce) {
    const lines = Math.min(linesAtOnce, Math.ceil((rows - first) / 2));
    block.join(real, imaginary, hi, first, lines, rows, place);
    block.plan.transform(block.real, block.imaginary, lines, true);
    block.scatter(values, first, lines, rows);
  }
  return values;
}

/** Transforms the columns of each plane of `width` x `nj` values. */
function transformColumns(
  real: Float64Array,
  imaginary: Float64Array,
  width: number,
  nj: number,
  [from, to]: Range,
  inverse: boolean,
): void {
  if (nj === 1) return;
  const plan = new FftPlan(nj);
  const size = width * nj;
  for (let k = from; k < to; k++)
    plan.transform(real.subarray(k * size, (k + 1) * size), imaginary.subarray(k * size, (k + 1) * size), width, inverse);
}

/** Pairs of rows as complex lines; line b holds rows first + 2 b and first + 2 b + 1. */
class RowPairs {
  readonly plan: FftPlan;
  readonly real: Float64Array;
  readonly imaginary: Float64Array;

  constructor(private readonly ni: number) {
    this.plan = new FftPlan(ni);
    this.real = new Float64Array(ni * linesAtOnce);
    this.imaginary = new Float64Array(ni * linesAtOnce);
  }

  gather(values: Float64Array, first: number, lines: number, rows: number): void {
    for (let b = 0; b < lines; b++) {
      const row = first + 2 * b;
      for (let t = 0, at = row * this.ni; t < this.ni; t++, at++) {
        this.real[t * lines + b] = values[at] as number;
        this.imaginary[t * lines + b] = row + 1 < rows ? (values[at + this.ni] as number) : 0;
      }
    }
  }

  scatter(values: Float64Array, first: number, lines: number, rows: number): void {
    for (let b = 0; b < lines; b++) {
      const row = first + 2 * b;
      for (let t = 0, at = row * this.ni; t < this.ni; t++, at++) {
        values[at] = this.real[t * lines + b] as number;
        if (row + 1 < rows) values[at + this.ni] = this.imaginary[t * lines + b] as number;
      }
    }
  }

  /** Spectra of the two rows: A = (Z(f) + conj Z(-f)) / 2 and B = (Z(f) - conj Z(-f)) / (2 i). */
  split(toReal: Float64Array, toImaginary: Float64Array, hi: number, first: number, lines: number, rows: number): void {
    for (let b = 0; b < lines; b++) {
      const row = first + 2 * b;
      for (let f = 0, at = row * hi; f < hi; f++, at++) {
        const here = f * lines + b;
        const there = ((this.ni - f) % this.ni) * lines + b;
        const zr = this.real[here] as number;
        const zi = this.imaginary[here] as number;
        const yr = this.real[there] as number;
        const yi = this.imaginary[there] as number;
        toReal[at] = (zr + yr) / 2;
        toImaginary[at] = (zi - yi) / 2;
        if (row + 1 < rows) {
          toReal[at + hi] = (zi + yi) / 2;
          toImaginary[at + hi] = (yr - zr) / 2;
        }
      }
    }
  }

  /** Z(f) = A(f) + i B(f), and the same of the conjugates at -f. */
  join(
    fromReal: Float64Array,
    fromImaginary: Float64Array,
    hi: number,
    first: number,
    lines: number,
    rows: number,
    place: (row: number) => number,
  ): void {
    for (let b = 0; b < lines; b++) {
      const row = first + 2 * b;
      const hasSecond = row + 1 < rows;
      const startA = place(row) * hi;
      const startB = hasSecond ? place(row + 1) * hi : 0;
      for (let f = 0; f < hi; f++) {
        const ar = fromReal[startA + f] as number;
        const ai = fromImaginary[startA + f] as number;
        const br = hasSecond ? (fromReal[startB + f] as number) : 0;
        const bi = hasSecond ? (fromImaginary[startB + f] as number) : 0;
        // Where f = -f both are real but for rounding, and the second line below would only conjugate that.
        const there = ((this.ni - f) % this.ni) * lines + b;
        this.real[there] = ar + bi;
        this.imaginary[there] = br - ai;
        this.real[f * lines + b] = ar - bi;
        this.imaginary[f * lines + b] = br + ai;
      }
    }
  }
}
