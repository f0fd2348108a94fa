import { exp, ln } from '@cohortium/numerics';
import { imagingErrors } from '../errors.js';

/** Mono-exponential diffusion of one voxel. */
export interface AdcFit {
  /** Apparent diffusion coefficient, 10^-6 mm^2/s; NaN where it cannot be fitted. */
  readonly adc: number;
  /** Signal without diffusion weighting. */
  readonly s0: number;
}

/** Ways to fit the logarithm: weighted by the square of the fitted signal, or every point alike. */
export const adcMethods = ['wls', 'ols'] as const;
/** One of {@link adcMethods}. */
export type AdcMethod = (typeof adcMethods)[number];

/** Weights follow the fitted signal; they have settled after this many fits. */
const reweightings = 3;

/** @throws `IMAGING.BAD_DIFFUSION` where fewer than two different b-values are given, or one is negative or not a number */
export function assertBValues(bValues: ArrayLike<number>): void {
  const all = Array.from(bValues);
  if (all.some((b) => !(b >= 0 && Number.isFinite(b)))) throw imagingErrors.error('IMAGING.BAD_DIFFUSION', { problem: 'negative' });
  if (new Set(all).size < 2) throw imagingErrors.error('IMAGING.BAD_DIFFUSION', { problem: 'few' });
}

/**
 * S = S0 exp(-b ADC) by weighted least squares on the logarithm. The variance of a logarithm grows as the signal falls, so each point has the
 * square of its fitted signal as weight; `ols` leaves the weights out.
 * @param signal one value per b-value; values of 0 or less are left out
 * @param bValues s/mm^2; see {@link assertBValues}
 * @see Salvador et al. 2005, doi:10.1002/hbm.20076; Veraart et al. 2013, doi:10.1016/j.neuroimage.2013.05.028
 */
export function fitAdc(signal: ArrayLike<number>, bValues: ArrayLike<number>, method: AdcMethod = 'wls'): AdcFit {
  let slope = NaN;
  let intercept = NaN;
  for (let pass = 0; pass <= (method === 'ols' ? 0 : reweightings); pass++) {
    let [w0, wb, wbb, wy, wby] = [0, 0, 0, 0, 0];
    for (let at = 0; at < signal.length; at++) {
      const s = signal[at] as number;
      if (!(s > 0)) continue;
      const b = bValues[at] as number;
      const fitted = pass === 0 ? s : exp(intercept + slope * b);
      const w = method === 'ols' ? 1 : fitted * fitted;
      const y = ln(s);
      w0 += w;
      wb += w * b;
      wbb += w * b * b;
      wy += w * y;
      wby += w * b * y;
    }
    const determinant = w0 * wbb - wb * wb;
    // One b-value left, or none.
    if (!(determinant > 1e-12 * w0 * wbb)) return { adc: NaN, s0: NaN };
    slope = (w0 * wby - wb * wy) / determinant;
    intercept = (wy - slope * wb) / w0;
  }
  return { adc: -1e6 * slope, s0: exp(intercept) };
}

/** What maps of diffusion may leave out, and how they are fitted. */
export interface AdcMapOptions {
  readonly method?: AdcMethod;
  /** Voxels to fit (1); all without it. */
  readonly mask?: Uint8Array | undefined;
}

/**
 * ADC of every voxel, 10^-6 mm^2/s; NaN outside the mask and where it cannot be fitted.
 * @param images one array of voxels per b-value
 * @throws `IMAGING.BAD_DIFFUSION`
 */
export function adcMap(
  images: readonly ArrayLike<number>[],
  bValues: readonly number[],
  { method = 'wls', mask }: AdcMapOptions = {},
): Float64Array {
  assertBValues(bValues);
  if (images.length !== bValues.length) throw imagingErrors.error('IMAGING.BAD_DIFFUSION', { problem: 'lengths' });
  const signal = new Float64Array(images.length);
  const out = new Float64Array(images[0]?.length ?? 0).fill(NaN);
  for (let voxel = 0; voxel < out.length; voxel++) {
    if (mask !== undefined && mask[voxel] !== 1) continue;
    for (let at = 0; at < images.length; at++) signal[at] = (images[at] as ArrayLike<number>)[voxel] as number;
    out[voxel] = fitAdc(signal, bValues, method).adc;
  }
  return out;
}
