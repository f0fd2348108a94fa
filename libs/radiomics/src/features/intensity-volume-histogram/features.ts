import type { FeatureTable } from '../feature.js';
import { feature } from '../feature.js';
import type { VolumeHistogram } from './volume-histogram.js';

// Symbols: i a level of the range G, nu_i the share of the volume at or above it, gamma_i = (i - min G) / (max G - min G).
// Source: IBSI reference manual 0.0.11, section 3.5 (El Naqa et al. 2009, doi 10.1016/j.patcog.2008.08.011).

/** Volume at an intensity fraction (BC2M): the largest nu_i with gamma_i of at least `fraction`; none for a single level. */
export function volumeAtIntensityFraction({ volumeShares }: VolumeHistogram, fraction: number): number {
  const last = volumeShares.length - 1;
  if (last === 0) return NaN;
  // nu falls with i, so the first level that reaches the fraction has the largest; the factor forgives the rounding of the product.
  return volumeShares[Math.ceil(fraction * last * (1 - 1e-12))] as number;
}

/** Intensity at a volume fraction (GBPN): the smallest level i with nu_i of at most `fraction`; none if even the highest level has more. */
export function intensityAtVolumeFraction({ first, step, volumeShares }: VolumeHistogram, fraction: number): number {
  for (let at = 0; at < volumeShares.length; at++) if ((volumeShares[at] as number) <= fraction) return first + at * step;
  return NaN;
}

/** Area under the curve of nu over gamma by the trapezoidal rule (9CMM); 0 if only one level occurs. */
export function areaUnderCurve({ volumeShares }: VolumeHistogram): number {
  const last = volumeShares.length - 1;
  if (volumeShares.every((share) => share === 0 || share === 1)) return 0;
  let sum = 0;
  for (let at = 0; at <= last; at++) sum += volumeShares[at] as number;
  return (sum - ((volumeShares[0] as number) + (volumeShares[last] as number)) / 2) / last;
}

/** The 7 features in IBSI's order. */
export const volumeHistogramFeatures: FeatureTable<VolumeHistogram> = [
  feature('volumeFractionAt10PercentIntensity', 'BC2M', (h) => volumeAtIntensityFraction(h, 0.1), '1', 'oneLevel'),
  feature('volumeFractionAt90PercentIntensity', 'BC2M', (h) => volumeAtIntensityFraction(h, 0.9), '1', 'oneLevel'),
  feature('intensityAt10PercentVolume', 'GBPN', (h) => intensityAtVolumeFraction(h, 0.1), 'intensity', 'noSuchIntensity'),
  feature('intensityAt90PercentVolume', 'GBPN', (h) => intensityAtVolumeFraction(h, 0.9), 'intensity', 'noSuchIntensity'),
  feature(
    'volumeFractionDifferenceBetween10PercentAnd90PercentIntensity',
    'DDTU',
    (h) => volumeAtIntensityFraction(h, 0.1) - volumeAtIntensityFraction(h, 0.9),
    '1',
    'oneLevel',
  ),
  feature(
    'intensityDifferenceBetween10PercentAnd90PercentVolume',
    'CNV2',
    (h) => intensityAtVolumeFraction(h, 0.1) - intensityAtVolumeFraction(h, 0.9),
    'intensity',
    'noSuchIntensity',
  ),
  feature('areaUnderTheIVHCurve', '9CMM', areaUnderCurve),
];
