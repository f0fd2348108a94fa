import { exp, ln } from '@cohortium/numerics';
import { imagingErrors } from '../errors.js';
import { assertBValues, fitAdc } from './adc.js';

/** Intravoxel incoherent motion of one voxel. */
export interface IvimFit {
  /** Diffusion, 10^-6 mm^2/s. */
  readonly diffusion: number;
  /** Share of the signal that perfuses, 0 to 1. */
  readonly perfusionFraction: number;
  /** Pseudo-diffusion of what perfuses, 10^-6 mm^2/s; NaN where nothing does. */
  readonly pseudoDiffusion: number;
  readonly s0: number;
}

/** Coefficients that a fit may find, mm^2/s; pseudo-diffusion is at least `ratio` times diffusion, or it is not told from it. */
const range = { from: 1e-5, to: 0.5, ratio: 3 } as const;
const nodes = 60;
const refinements = 60;

/**
 * S / S0 = f exp(-b D*) + (1 - f) exp(-b D) by least squares, f between 0 and 1. For given D and D* the two amplitudes are linear; the pair is
 * searched on a grid of logarithms and then by a pattern search around the best. Two exponentials always fit better than one, also to noise: where
 * the gain is not worth two parameters by the Bayesian information criterion, the voxel is one exponential, f = 0, fitted as an ADC.
 * @param signal one value per b-value
 * @param bValues s/mm^2, at least four different ones
 * @throws `IMAGING.BAD_DIFFUSION`
 * @see Le Bihan et al. 1988, doi:10.1148/radiology.168.2.3393671
 */
export function fitIvim(signal: ArrayLike<number>, bValues: ArrayLike<number>): IvimFit {
  return new IvimSearch(bValues).fit(signal);
}

/** {@link fitIvim} for many voxels with the same b-values: the exponentials of the grid are computed once. */
export class IvimSearch {
  private readonly b: Float64Array;
  /** exp(-b D) of every node, and the products of two nodes. */
  private readonly decays: Float64Array;
  private readonly products: Float64Array;
  private readonly dots = new Float64Array(nodes + 1);
  private readonly width = (ln(range.to) - ln(range.from)) / nodes;
  private signal: ArrayLike<number> = [];
  // The best so far.
  private logD = 0;
  private logFast = 0;
  private sum = 0;
  private slow = 0;
  private fast = 0;
  // Amplitudes of the last pair that was tried.
  private triedSlow = 0;
  private triedFast = 0;

  /** @throws `IMAGING.BAD_DIFFUSION` */
  constructor(bValues: ArrayLike<number>) {
    this.b = Float64Array.from(bValues);
    assertBValues(this.b);
    if (new Set(this.b).size < 4) throw imagingErrors.error('IMAGING.BAD_DIFFUSION', { problem: 'ivim' });
    const { b, width } = this;
    this.decays = new Float64Array((nodes + 1) * b.length);
    for (let n = 0; n <= nodes; n++) {
      const d = exp(ln(range.from) + n * width);
      for (let at = 0; at < b.length; at++) this.decays[n * b.length + at] = exp(-(b[at] as number) * d);
    }
    this.products = new Float64Array((nodes + 1) ** 2);
    for (let n = 0; n <= nodes; n++)
      for (let m = 0; m <= nodes; m++) {
        let sum = 0;
        for (let at = 0; at < b.length; at++)
          sum += (this.decays[n * b.length + at] as number) * (this.decays[m * b.length + at] as number);
        this.products[n * (nodes + 1) + m] = sum;
      }
  }

  /** Fits one voxel: one value per b-value. */
  fit(signal: ArrayLike<number>): IvimFit {
    this.signal = signal;
    this.searchGrid();
    let step = this.width;
    for (let n = 0; n < refinements && step > 1e-10; n++) if (!this.searchAround(step)) step /= 2;
    if (!Number.isFinite(this.sum)) return { diffusion: NaN, perfusionFraction: NaN, pseudoDiffusion: NaN, s0: NaN };
    const { slow, fast, b } = this;
    const single = fitAdc(signal, b);
    const [d, dFast] = [exp(this.logD), exp(this.logFast)];
    let left = Number.MIN_VALUE;
    let leftBySingle = Number.MIN_VALUE;
    for (let at = 0; at < b.length; at++) {
      const [value, y] = [b[at] as number, signal[at] as number];
      left += (y - slow * exp(-value * d) - fast * exp(-value * dFast)) ** 2;
      leftBySingle += (y - single.s0 * exp(-1e-6 * single.adc * value)) ** 2;
    }
    const isWorth = fast > 0 && b.length * ln(leftBySingle / left) > 2 * ln(b.length);
    if (!isWorth && Number.isFinite(single.adc))
      return { diffusion: single.adc, perfusionFraction: 0, pseudoDiffusion: NaN, s0: single.s0 };
    return { diffusion: 1e6 * d, perfusionFraction: fast / (slow + fast), pseudoDiffusion: 1e6 * dFast, s0: slow + fast };
  }

  private searchGrid(): void {
    const { dots, decays, products, signal, width } = this;
    const count = this.b.length;
    for (let n = 0; n <= nodes; n++) {
      let sum = 0;
      for (let at = 0; at < count; at++) sum += (decays[n * count + at] as number) * (signal[at] as number);
      dots[n] = sum;
    }
    const row = nodes + 1;
    this.sum = -Infinity;
    for (let n = 0; n < nodes; n++)
      for (let m = n + 1; m <= nodes; m++) {
        if ((m - n) * width < ln(range.ratio)) continue;
        const sum = this.solve(
          products[n * row + n] as number,
          products[n * row + m] as number,
          products[m * row + m] as number,
          dots[n] as number,
          dots[m] as number,
        );
        if (sum > this.sum) this.take(ln(range.from) + n * width, ln(range.from) + m * width, sum);
      }
  }

  /** Tries the eight neighbors of the best; true where one is better. */
  private searchAround(step: number): boolean {
    const { logD, logFast } = this;
    let isBetter = false;
    for (let a = -1; a <= 1; a++)
      for (let c = -1; c <= 1; c++) {
        const [tryD, tryFast] = [logD + a * step, logFast + c * step];
        if ((a === 0 && c === 0) || tryFast - tryD < ln(range.ratio) || tryFast > ln(range.to) || tryD < ln(range.from)) continue;
        const sum = this.explained(tryD, tryFast);
        if (sum > this.sum) {
          this.take(tryD, tryFast, sum);
          isBetter = true;
        }
      }
    return isBetter;
  }

  private explained(logD: number, logFast: number): number {
    const { b, signal } = this;
    const [d, dFast] = [exp(logD), exp(logFast)];
    let [aa, ab, bb, ay, by] = [0, 0, 0, 0, 0];
    for (let at = 0; at < b.length; at++) {
      const y = signal[at] as number;
      const p = exp(-(b[at] as number) * d);
      const q = exp(-(b[at] as number) * dFast);
      aa += p * p;
      ab += p * q;
      bb += q * q;
      ay += p * y;
      by += q * y;
    }
    return this.solve(aa, ab, bb, ay, by);
  }

  /** Best amplitudes, neither negative, for two coefficients; returns the sum of squares that they explain. */
  private solve(aa: number, ab: number, bb: number, ay: number, by: number): number {
    const determinant = aa * bb - ab * ab;
    let slow = (ay * bb - by * ab) / determinant;
    let fast = (by * aa - ay * ab) / determinant;
    if (!(determinant > 1e-14 * aa * bb) || slow < 0 || fast < 0) [slow, fast] = [Math.max(0, ay / aa), 0];
    this.triedSlow = slow;
    this.triedFast = fast;
    return slow * ay + fast * by;
  }

  private take(logD: number, logFast: number, sum: number): void {
    this.logD = logD;
    this.logFast = logFast;
    this.sum = sum;
    this.slow = this.triedSlow;
    this.fast = this.triedFast;
  }
}
