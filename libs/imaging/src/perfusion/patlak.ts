import { largestOn } from './line-search.js';

/** Parameters of the Patlak model. */
export interface PatlakParameters {
  /** Transfer constant, 1/min. */
  readonly ktransPerMin: number;
  /** Volume fraction of plasma. */
  readonly vp: number;
  /** Root mean square of the residuals, mM. */
  readonly rmsMm: number;
}

/**
 * Least-squares fit of the Patlak model, Ct = vp cp + Ktrans integral of cp: no washout. Linear, so without search; the parameters may be
 * negative, as noise makes them.
 * @param integral of the plasma concentration at the times of the images, mM min; see {@link plasmaIntegral}
 * @returns NaN where a concentration is not finite, or input and integral are proportional
 * @see Patlak et al. 1983, doi:10.1038/jcbfm.1983.1
 */
export function fitPatlak(concentration: Float64Array, plasma: Float64Array, integral: Float64Array): PatlakParameters {
  let [pp, pi, ii, pc, ic, cc] = [0, 0, 0, 0, 0, 0];
  for (let t = 0; t < plasma.length; t++) {
    const [c, p, i] = [concentration[t] as number, plasma[t] as number, integral[t] as number];
    pp += p * p;
    pi += p * i;
    ii += i * i;
    pc += p * c;
    ic += i * c;
    cc += c * c;
  }
  const determinant = pp * ii - pi * pi;
  if (!Number.isFinite(cc) || !(determinant > 1e-14 * pp * ii)) return { ktransPerMin: NaN, vp: NaN, rmsMm: NaN };
  const ktransPerMin = (ic * pp - pc * pi) / determinant;
  const vp = (pc * ii - ic * pi) / determinant;
  return { ktransPerMin, vp, rmsMm: Math.sqrt(Math.max(0, cc - ktransPerMin * ic - vp * pc) / plasma.length) };
}

/** Integral of a piecewise linear plasma concentration up to each time, mM min. */
export function plasmaIntegral(minutes: ArrayLike<number>, plasma: ArrayLike<number>): Float64Array {
  const integral = new Float64Array(minutes.length);
  for (let t = 1; t < minutes.length; t++) {
    const step = (minutes[t] as number) - (minutes[t - 1] as number);
    integral[t] = (integral[t - 1] as number) + 0.5 * step * ((plasma[t] as number) + (plasma[t - 1] as number));
  }
  return integral;
}

/** What a delay of the input is tried on. */
export interface DelayRange {
  readonly fromMinutes: number;
  readonly toMinutes: number;
}

/**
 * The delay of the arterial input at which a fit leaves least: in steps, then by golden section around the best.
 * @param residual sum or mean of squares at a delay in minutes
 */
export function bestDelay({ fromMinutes, toMinutes }: DelayRange, residual: (delayMinutes: number) => number): number {
  return largestOn(fromMinutes, toMinutes, 24, (delay) => -residual(delay));
}
