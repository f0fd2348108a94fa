import { rootOfUnity } from './root-of-unity.js';

/** A transform of a smooth length, as FftPlan is. */
interface SmoothPlan {
  readonly length: number;
  transform(real: Float64Array, imaginary: Float64Array, lines: number, inverse?: boolean): void;
}

/**
 * Discrete Fourier transform of any length as a convolution with a chirp, which transforms of a smooth length carry out: since
 * f t = (f^2 + t^2 - (f - t)^2) / 2, X_f = w_f sum_t (x_t w_t) conj(w_(f-t)) with w_t = e^(-pi i t^2 / n).
 * Source: Bluestein 1970, A linear filtering approach to the computation of the discrete Fourier transform, doi 10.1109/TAU.1970.1162132.
 */
export class ChirpTransform {
  private readonly plan: SmoothPlan;
  /** w_t. */
  private readonly chirpReal: Float64Array;
  private readonly chirpImaginary: Float64Array;
  /** Spectrum of conj(w), wrapped around, divided by the smooth length. */
  private readonly gainReal: Float64Array;
  private readonly gainImaginary: Float64Array;
  private workReal = new Float64Array(0);
  private workImaginary = new Float64Array(0);

  /** @param makePlan makes a plan of a smooth length at or above the one given */
  constructor(
    readonly length: number,
    makePlan: (minimum: number) => SmoothPlan,
  ) {
    this.plan = makePlan(2 * length - 1);
    const size = this.plan.length;
    this.chirpReal = new Float64Array(length);
    this.chirpImaginary = new Float64Array(length);
    this.gainReal = new Float64Array(size);
    this.gainImaginary = new Float64Array(size);
    for (let t = 0; t < length; t++) {
      // t^2 is taken modulo 2 n in whole numbers, so the angle keeps all its digits.
      const [c, s] = rootOfUnity((t * t) % (2 * length), 2 * length);
      this.chirpReal[t] = c;
      this.chirpImaginary[t] = -s;
      for (const place of [t, (size - t) % size]) {
        this.gainReal[place] = c / size;
        this.gainImaginary[place] = s / size;
      }
    }
    this.plan.transform(this.gainReal, this.gainImaginary, 1);
  }

  /** As FftPlan.transform. */
  transform(real: Float64Array, imaginary: Float64Array, lines: number, inverse: boolean): void {
    const size = this.plan.length * lines;
    if (this.workReal.length < size) {
      this.workReal = new Float64Array(size);
      this.workImaginary = new Float64Array(size);
    }
    const { workReal, workImaginary } = this;
    // Swapping real and imaginary parts before and after turns the sign of the exponent.
    const [re, im] = inverse ? [imaginary, real] : [real, imaginary];
    workReal.fill(0, this.length * lines, size);
    workImaginary.fill(0, this.length * lines, size);
    multiplyRows(re, im, this.chirpReal, this.chirpImaginary, lines, workReal, workImaginary);
    this.plan.transform(workReal, workImaginary, lines);
    multiplyRows(workReal, workImaginary, this.gainReal, this.gainImaginary, lines, workReal, workImaginary);
    this.plan.transform(workReal, workImaginary, lines, true);
    multiplyRows(workReal, workImaginary, this.chirpReal, this.chirpImaginary, lines, re, im);
  }
}

/** Multiplies row t of `lines` complex numbers by the t-th factor. */
function multiplyRows(
  real: Float64Array,
  imaginary: Float64Array,
  factorReal: Float64Array,
  factorImaginary: Float64Array,
  lines: number,
  toReal: Float64Array,
  toImaginary: Float64Array,
): void {
  for (let t = 0, at = 0; t < factorReal.length; t++) {
    const c = factorReal[t] as number;
    const s = factorImaginary[t] as number;
    for (const end = at + lines; at < end; at++) {
      const re = real[at] as number;
      const im = imaginary[at] as number;
      toReal[at] = re * c - im * s;
      toImaginary[at] = re * s + im * c;
    }
  }
}
