import { ChirpTransform } from './chirp-transform.js';
import { rootOfUnity } from './root-of-unity.js';

/** Factors of n for the transform: fours first, then twos, threes, fives and whatever primes are left. */
function radices(n: number): number[] {
  const factors: number[] = [];
  let rest = n;
  for (const radix of [4, 2, 3, 5]) {
    while (rest % radix === 0) {
      factors.push(radix);
      rest /= radix;
    }
  }
  for (let prime = 7; prime * prime <= rest; prime += 2) {
    while (rest % prime === 0) {
      factors.push(prime);
      rest /= prime;
    }
  }
  if (rest > 1) factors.push(rest);
  return factors;
}

/**
 * The smallest length at or above `minimum` whose only prime factors are 2, 3 and 5: the lengths that {@link FftPlan} is fast at.
 * @example fftLength(127) // 128
 */
export function fftLength(minimum: number): number {
  for (let n = Math.max(1, Math.ceil(minimum)); ; n++) {
    let rest = n;
    for (const prime of [2, 3, 5]) while (rest % prime === 0) rest /= prime;
    if (rest === 1) return n;
  }
}

/** Prime factors above this are not summed plainly: from there on the detour over a longer, smooth length is cheaper. */
const largestPlainPrime = 47;

/**
 * Discrete Fourier transform of one length, applied to many lines at once. Self-sorting (Stockham) mixed radix 4, 2, 3, 5 with a plain
 * sum for other primes and Bluestein's detour for large ones, so any length works and lengths of {@link fftLength} are fast.
 * Source: Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, doi 10.1137/1.9781611970999, section 1.7.
 *
 * Lines lie side by side: element t of line b is at `t * lines + b`. The inner loops run over lines, so the more (up to what the
 * cache holds), the faster.
 */
export class FftPlan {
  private readonly factors: readonly number[];
  private readonly cosine: Float64Array;
  private readonly sine: Float64Array;
  private readonly detour: ChirpTransform | undefined;
  private workReal = new Float64Array(0);
  private workImaginary = new Float64Array(0);

  constructor(readonly length: number) {
    this.factors = radices(length);
    if (this.factors.some((factor) => factor > largestPlainPrime))
      this.detour = new ChirpTransform(length, (minimum) => new FftPlan(fftLength(minimum)));
    this.cosine = new Float64Array(length);
    this.sine = new Float64Array(length);
    for (let k = 0; k < length; k++) [this.cosine[k], this.sine[k]] = rootOfUnity(k, length);
  }

  /**
   * X_f = sum_t x_t e^(-2 pi i f t / n) in place, for `lines` lines; with `inverse` the exponent's sign turns (no division by n).
   * @param real,imaginary at least `length * lines` long
   */
  transform(real: Float64Array, imaginary: Float64Array, lines: number, inverse = false): void {
    if (this.detour) return this.detour.transform(real, imaginary, lines, inverse);
    const size = this.length * lines;
    if (this.workReal.length < size) {
      this.workReal = new Float64Array(size);
      this.workImaginary = new Float64Array(size);
    }
    // Swapping real and imaginary parts before and after turns the sign of the exponent.
    let fromReal = inverse ? imaginary : real;
    let fromImaginary = inverse ? real : imaginary;
    let toReal: Float64Array = this.workReal;
    let toImaginary: Float64Array = this.workImaginary;
    let rest = this.length;
    let stride = lines;
    for (const radix of this.factors) {
      const span = rest / radix;
      const pass = { fromReal, fromImaginary, toReal, toImaginary, span, stride, step: this.length / rest };
      if (radix === 4) this.passOfFour(pass);
      else if (radix === 2) this.passOfTwo(pass);
      else if (radix === 3) this.passOfThree(pass);
      else if (radix === 5) this.passOfFive(pass);
      else this.passOfPrime(pass, radix);
      [fromReal, toReal] = [toReal, fromReal];
      [fromImaginary, toImaginary] = [toImaginary, fromImaginary];
      rest = span;
      stride *= radix;
    }
    if (fromReal === this.workReal) {
      toReal.set(fromReal.subarray(0, size));
      toImaginary.set(fromImaginary.subarray(0, size));
    }
  }

  private passOfTwo(pass: Pass): void {
    const { fromReal, fromImaginary, toReal, toImaginary, span, stride, step } = pass;
    for (let p = 0; p < span; p++) {
      const c = this.cosine[p * step] as number;
      const s = -(this.sine[p * step] as number);
      let a = p * stride;
      let b = a + span * stride;
      let out = 2 * a;
      for (const end = a + stride; a < end; a++, b++, out++) {
        const ar = fromReal[a] as number;
        const ai = fromImaginary[a] as number;
        const br = fromReal[b] as number;
        const bi = fromImaginary[b] as number;
        const dr = ar - br;
        const di = ai - bi;
        toReal[out] = ar + br;
        toImaginary[out] = ai + bi;
        toReal[out + stride] = dr * c - di * s;
        toImaginary[out + stride] = dr * s + di * c;
      }
    }
  }

  private passOfThree(pass: Pass): void {
    const { fromReal, fromImaginary, toReal, toImaginary, span, stride, step } = pass;
    const half = Math.sqrt(3) / 2;
    const gap = span * stride;
    for (let p = 0; p < span; p++) {
      const c1 = this.cosine[p * step] as number;
      const s1 = -(this.sine[p * step] as number);
      const c2 = this.cosine[2 * p * step] as number;
      const s2 = -(this.sine[2 * p * step] as number);
      let a = p * stride;
      let out = 3 * a;
      for (const end = a + stride; a < end; a++, out++) {
        const ar = fromReal[a] as number;
        const ai = fromImaginary[a] as number;
        const br = fromReal[a + gap] as number;
        const bi = fromImaginary[a + gap] as number;
        const cr = fromReal[a + 2 * gap] as number;
        const ci = fromImaginary[a + 2 * gap] as number;
        const sr = br + cr;
        const si = bi + ci;
        const mr = ar - 0.5 * sr;
        const mi = ai - 0.5 * si;
        const tr = half * (bi - ci);
        const ti = half * (cr - br);
        toReal[out] = ar + sr;
        toImaginary[out] = ai + si;
        toReal[out + stride] = (mr + tr) * c1 - (mi + ti) * s1;
        toImaginary[out + stride] = (mr + tr) * s1 + (mi + ti) * c1;
        toReal[out + 2 * stride] = (mr - tr) * c2 - (mi - ti) * s2;
        toImaginary[out + 2 * stride] = (mr - tr) * s2 + (mi - ti) * c2;
      }
    }
  }

  private passOfFour(pass: Pass): void {
    const { fromReal, fromImaginary, toReal, toImaginary, span, stride, step } = pass;
    const gap = span * stride;
    for (let p = 0; p < span; p++) {
      const c1 = this.cosine[p * step] as number;
      const s1 = -(this.sine[p * step] as number);
      const c2 = this.cosine[2 * p * step] as number;
      const s2 = -(this.sine[2 * p * step] as number);
      const c3 = this.cosine[3 * p * step] as number;
      const s3 = -(this.sine[3 * p * step] as number);
      let a = p * stride;
      let out = 4 * a;
      for (const end = a + stride; a < end; a++, out++) {
        const sumR = (fromReal[a] as number) + (fromReal[a + 2 * gap] as number);
        const sumI = (fromImaginary[a] as number) + (fromImaginary[a + 2 * gap] as number);
        const difR = (fromReal[a] as number) - (fromReal[a + 2 * gap] as number);
        const difI = (fromImaginary[a] as number) - (fromImaginary[a + 2 * gap] as number);
        const oddSumR = (fromReal[a + gap] as number) + (fromReal[a + 3 * gap] as number);
        const oddSumI = (fromImaginary[a + gap] as number) + (fromImaginary[a + 3 * gap] as number);
        const oddDifR = (fromReal[a + gap] as number) - (fromReal[a + 3 * gap] as number);
        const oddDifI = (fromImaginary[a + gap] as number) - (fromImaginary[a + 3 * gap] as number);
        toReal[out] = sumR + oddSumR;
        toImaginary[out] = sumI + oddSumI;
        const x1 = difR + oddDifI;
        const y1 = difI - oddDifR;
        toReal[out + stride] = x1 * c1 - y1 * s1;
        toImaginary[out + stride] = x1 * s1 + y1 * c1;
        const x2 = sumR - oddSumR;
        const y2 = sumI - oddSumI;
        toReal[out + 2 * stride] = x2 * c2 - y2 * s2;
        toImaginary[out + 2 * stride] = x2 * s2 + y2 * c2;
        const x3 = difR - oddDifI;
        const y3 = difI + oddDifR;
        toReal[out + 3 * stride] = x3 * c3 - y3 * s3;
        toImaginary[out + 3 * stride] = x3 * s3 + y3 * c3;
      }
    }
  }

  private passOfFive(pass: Pass): void {
    const { fromReal, fromImaginary, toReal, toImaginary, span, stride, step } = pass;
    const [c1, s1] = rootOfUnity(1, 5);
    const [c2, s2] = rootOfUnity(2, 5);
    const gap = span * stride;
    for (let p = 0; p < span; p++) {
      const at = p * step;
      const [u1, v1] = [this.cosine[at] as number, -(this.sine[at] as number)];
      const [u2, v2] = [this.cosine[2 * at] as number, -(this.sine[2 * at] as number)];
      const [u3, v3] = [this.cosine[3 * at] as number, -(this.sine[3 * at] as number)];
      const [u4, v4] = [this.cosine[4 * at] as number, -(this.sine[4 * at] as number)];
      let a = p * stride;
      let out = 5 * a;
      for (const end = a + stride; a < end; a++, out++) {
        const ar = fromReal[a] as number;
        const ai = fromImaginary[a] as number;
        // Sums and differences of the values that mirror each other.
        const nearR = (fromReal[a + gap] as number) + (fromReal[a + 4 * gap] as number);
        const nearI = (fromImaginary[a + gap] as number) + (fromImaginary[a + 4 * gap] as number);
        const farR = (fromReal[a + 2 * gap] as number) + (fromReal[a + 3 * gap] as number);
        const farI = (fromImaginary[a + 2 * gap] as number) + (fromImaginary[a + 3 * gap] as number);
        const nearDifR = (fromReal[a + gap] as number) - (fromReal[a + 4 * gap] as number);
        const nearDifI = (fromImaginary[a + gap] as number) - (fromImaginary[a + 4 * gap] as number);
        const farDifR = (fromReal[a + 2 * gap] as number) - (fromReal[a + 3 * gap] as number);
        const farDifI = (fromImaginary[a + 2 * gap] as number) - (fromImaginary[a + 3 * gap] as number);
        const mr1 = ar + c1 * nearR + c2 * farR;
        const mi1 = ai + c1 * nearI + c2 * farI;
        const mr2 = ar + c2 * nearR + c1 * farR;
        const mi2 = ai + c2 * nearI + c1 * farI;
        const tr1 = s1 * nearDifI + s2 * farDifI;
        const ti1 = -s1 * nearDifR - s2 * farDifR;
        const tr2 = s2 * nearDifI - s1 * farDifI;
        const ti2 = -s2 * nearDifR + s1 * farDifR;
        toReal[out] = ar + nearR + farR;
        toImaginary[out] = ai + nearI + farI;
        toReal[out + stride] = (mr1 + tr1) * u1 - (mi1 + ti1) * v1;
        toImaginary[out + stride] = (mr1 + tr1) * v1 + (mi1 + ti1) * u1;
        toReal[out + 2 * stride] = (mr2 + tr2) * u2 - (mi2 + ti2) * v2;
        toImaginary[out + 2 * stride] = (mr2 + tr2) * v2 + (mi2 + ti2) * u2;
        toReal[out + 3 * stride] = (mr2 - tr2) * u3 - (mi2 - ti2) * v3;
        toImaginary[out + 3 * stride] = (mr2 - tr2) * v3 + (mi2 - ti2) * u3;
        toReal[out + 4 * stride] = (mr1 - tr1) * u4 - (mi1 - ti1) * v4;
        toImaginary[out + 4 * stride] = (mr1 - tr1) * v4 + (mi1 - ti1) * u4;
      }
    }
  }

  private passOfPrime(pass: Pass, radix: number): void {
    const { fromReal, fromImaginary, toReal, toImaginary, span, stride, step } = pass;
    const n = this.length;
    for (let p = 0; p < span; p++) {
      for (let out = 0; out < radix; out++) {
        const target = (radix * p + out) * stride;
        toReal.fill(0, target, target + stride);
        toImaginary.fill(0, target, target + stride);
        for (let t = 0; t < radix; t++) {
          // The root of the short transform and the twiddle of this output in one.
          const k = (((t * out) % radix) * (n / radix) + p * out * step) % n;
          const c = this.cosine[k] as number;
          const s = -(this.sine[k] as number);
          const source = (p + t * span) * stride;
          for (let q = 0; q < stride; q++) {
            const xr = fromReal[source + q] as number;
            const xi = fromImaginary[source + q] as number;
            toReal[target + q] = (toReal[target + q] as number) + xr * c - xi * s;
            toImaginary[target + q] = (toImaginary[target + q] as number) + xr * s + xi * c;
          }
        }
      }
    }
  }
}

/** What one stage of the transform reads and writes. */
interface Pass {
  readonly fromReal: Float64Array;
  readonly fromImaginary: Float64Array;
  readonly toReal: Float64Array;
  readonly toImaginary: Float64Array;
  /** Length of the transforms that remain after this stage. */
  readonly span: number;
  /** Values that share a twiddle factor and lie side by side. */
  readonly stride: number;
  /** Step in the table of roots. */
  readonly step: number;
}

/** Lines that are gathered and transformed together: 32 lines of 512 complex doubles fill 256 KiB, about a core's second-level cache. */
const linesAtOnce = 32;

/**
 * Three-dimensional discrete Fourier transform in place; i runs fastest (`i + ni (j + nj k)`). The inverse does not divide by ni nj nk.
 * @example fft3d(re, im, [64, 64, 64]); fft3d(re, im, [64, 64, 64], true) // 64^3 times the input
 */
export function fft3d(real: Float64Array, imaginary: Float64Array, dimensions: readonly [number, number, number], inverse = false): void {
  const [ni, nj, nk] = dimensions;
  const slice = ni * nj;
  alongRows(real, imaginary, ni, nj * nk, inverse);
  const planJ = new FftPlan(nj);
  for (let k = 0; k < nk; k++) {
    const end = (k + 1) * slice;
    planJ.transform(real.subarray(k * slice, end), imaginary.subarray(k * slice, end), ni, inverse);
  }
  alongSlices(real, imaginary, slice, nk, inverse);
}

/** Transforms rows of length n that lie one after the other. */
function alongRows(real: Float64Array, imaginary: Float64Array, n: number, rows: number, inverse: boolean): void {
  if (n === 1) return;
  const plan = new FftPlan(n);
  const blockReal = new Float64Array(n * linesAtOnce);
  const blockImaginary = new Float64Array(n * linesAtOnce);
  for (let first = 0; first < rows; first += linesAtOnce) {
    const lines = Math.min(linesAtOnce, rows - first);
    for (let b = 0; b < lines; b++) {
      for (let t = 0, at = (first + b) * n; t < n; t++, at++) {
        blockReal[t * lines + b] = real[at] as number;
        blockImaginary[t * lines + b] = imaginary[at] as number;
      }
    }
    plan.transform(blockReal, blockImaginary, lines, inverse);
    for (let b = 0; b < lines; b++) {
      for (let t = 0, at = (first + b) * n; t < n; t++, at++) {
        real[at] = blockReal[t * lines + b] as number;
        imaginary[at] = blockImaginary[t * lines + b] as number;
      }
    }
  }
}

/** Transforms the n values at the same place of n slices, for all places. */
function alongSlices(real: Float64Array, imaginary: Float64Array, slice: number, n: number, inverse: boolean): void {
  if (n === 1) return;
  const plan = new FftPlan(n);
  const blockReal = new Float64Array(n * linesAtOnce);
  const blockImaginary = new Float64Array(n * linesAtOnce);
  for (let first = 0; first < slice; first += linesAtOnce) {
    const lines = Math.min(linesAtOnce, slice - first);
    for (let t = 0; t < n; t++) {
      const at = first + t * slice;
      for (let b = 0; b < lines; b++) {
        blockReal[t * lines + b] = real[at + b] as number;
        blockImaginary[t * lines + b] = imaginary[at + b] as number;
      }
    }
    plan.transform(blockReal, blockImaginary, lines, inverse);
    for (let t = 0; t < n; t++) {
      const at = first + t * slice;
      for (let b = 0; b < lines; b++) {
        real[at + b] = blockReal[t * lines + b] as number;
        imaginary[at + b] = blockImaginary[t * lines + b] as number;
      }
    }
  }
}
