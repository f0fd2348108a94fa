import { distributionOf } from '../../features/intensity-statistics/distribution.js';
import type { Distribution } from '../../features/intensity-statistics/distribution.js';
import * as ibsi from '../../features/intensity-statistics/features.js';
import { entropy } from '../../features/glcm/summary.js';
import { deprecated, entropyShift, own, sameAs } from '../feature.js';
import type { PyradiomicsTable } from '../feature.js';
import type { ImageRegion } from '../image-region.js';

/** What the first order features are made of. */
export interface FirstOrderSummary extends Distribution {
  /** sum (x + c)^2 with the shift c of the settings. */
  readonly shiftedEnergy: number;
  readonly voxelVolumeMm3: number;
  /** Share of the voxels at each gray level that occurs. */
  readonly levelShares: Float64Array;
}

/** The distribution of the intensities, and of the gray levels. */
export function firstOrderSummaries(region: ImageRegion): FirstOrderSummary[] {
  const { values, levelCounts, spacingMm, setting } = region;
  const shift = setting.voxelArrayShift;
  let shiftedEnergy = 0;
  for (let v = 0; v < values.length; v++) {
    const x = (values[v] as number) + shift;
    shiftedEnergy += x * x;
  }
  const voxelVolumeMm3 = spacingMm[2] * spacingMm[1] * spacingMm[0];
  const levelShares = levelCounts.map((count) => count / values.length);
  return [{ ...distributionOf(values), shiftedEnergy, voxelVolumeMm3, levelShares }];
}

/** Fourth moment over squared variance, 3 for a normal distribution; 0 where all intensities are equal. */
function kurtosis(d: Distribution): number {
  return d.moment2 === 0 ? 0 : d.moment4 / (d.moment2 * d.moment2);
}

/** None where no intensity lies between the 10th and the 90th percentile, which takes two voxels that differ. */
function robustMeanAbsoluteDeviation(d: Distribution): number {
  return d.count === 2 && d.minimum < d.maximum ? NaN : ibsi.robustMeanAbsoluteDeviation(d);
}

/** -sum p log2(p + epsilon). */
function levelEntropy({ levelShares }: FirstOrderSummary): number {
  return entropy(levelShares) - levelShares.length * entropyShift;
}

const same = sameAs(ibsi.statisticsFeatures);

/** The 19 features. Percentiles interpolate linearly between order statistics, as numpy's do. */
export const firstOrderFeatures: PyradiomicsTable<FirstOrderSummary> = [
  same('10Percentile', 'QG58'),
  same('90Percentile', '8DWT'),
  own('Energy', ({ shiftedEnergy }) => shiftedEnergy, 'intensity2'),
  own('Entropy', levelEntropy),
  same('InterquartileRange', 'SALO'),
  own('Kurtosis', kurtosis),
  same('Maximum', '84IY'),
  same('MeanAbsoluteDeviation', '4FUA'),
  same('Mean', 'Q4LE'),
  same('Median', 'Y12H'),
  same('Minimum', '1GSF'),
  same('Range', '2OJQ'),
  own('RobustMeanAbsoluteDeviation', robustMeanAbsoluteDeviation, 'intensity'),
  own('RootMeanSquared', ({ shiftedEnergy, count }) => Math.sqrt(shiftedEnergy / count), 'intensity'),
  same('Skewness', 'KE2A'),
  deprecated(own('StandardDeviation', ({ moment2 }) => Math.sqrt(moment2), 'intensity')),
  own('TotalEnergy', ({ shiftedEnergy, voxelVolumeMm3 }) => shiftedEnergy * voxelVolumeMm3, 'intensity2 mm3'),
  own('Uniformity', ({ levelShares }) => levelShares.reduce((sum, p) => sum + p * p, 0)),
  same('Variance', 'ECT3'),
];
