import { log2 } from '@cohortium/numerics';
import type { FeatureTable } from '../feature.js';
import { feature } from '../feature.js';
import type { Distribution } from '../intensity-statistics/distribution.js';
import { distributionOfCounts } from '../intensity-statistics/distribution.js';
import * as statistics from '../intensity-statistics/features.js';
import type { LevelGrid } from '../texture/level-grid.js';

/** A histogram of gray levels. Symbols: n_i voxels of level i, N their sum, p_i = n_i / N, Ng the number of bins. */
export interface Histogram {
  readonly distribution: Distribution;
  /** n_i at index i - 1, for i = 1 to Ng, empty bins included. */
  readonly counts: Float64Array;
  /** H'_i at index i - 1: central differences, one-sided at the ends; empty if there is one bin. */
  readonly gradient: Float64Array;
}

/** Histogram of a discretized region. */
export function histogramOf(grid: LevelGrid): Histogram {
  const byRank = new Float64Array(grid.levels.length);
  for (let v = 0; v < grid.voxels.length; v++) {
    const row = (grid.ranks[grid.voxels[v] as number] as number) - 1;
    byRank[row] = (byRank[row] as number) + 1;
  }
  const counts = new Float64Array(grid.levelCount);
  grid.levels.forEach((level, r) => (counts[level - 1] = byRank[r] as number));
  return { distribution: distributionOfCounts(grid.levels, byRank), counts, gradient: gradientOf(counts) };
}

function gradientOf(counts: Float64Array): Float64Array {
  const bins = counts.length;
  if (bins === 1) return new Float64Array(0);
  return counts.map((_, b) => {
    const low = Math.max(0, b - 1);
    const high = Math.min(bins - 1, b + 1);
    return ((counts[high] as number) - (counts[low] as number)) / (high - low);
  });
}

/** Mode (AMMC): the most frequent level; of several the one closest to the mean, of two as close the lower. */
export function mode({ counts, distribution }: Histogram): number {
  let best = 0;
  for (let b = 1; b < counts.length; b++) {
    const more = (counts[b] as number) - (counts[best] as number);
    const closer = Math.abs(b + 1 - distribution.mean) < Math.abs(best + 1 - distribution.mean);
    if (more > 0 || (more === 0 && closer)) best = b;
  }
  return best + 1;
}

/** Entropy (TLU2): -sum p_i log2 p_i. */
export function entropy({ counts, distribution }: Histogram): number {
  let sum = 0;
  for (let b = 0; b < counts.length; b++) {
    const p = (counts[b] as number) / distribution.count;
    if (p > 0) sum -= p * log2(p);
  }
  return sum;
}

/** Uniformity (BJ5W): sum p_i^2. */
export function uniformity({ counts, distribution }: Histogram): number {
  return counts.reduce((sum, n) => sum + (n / distribution.count) * (n / distribution.count), 0);
}

/** Index of the first extreme of the gradient; -1 where there is none. */
function extreme(gradient: Float64Array, isBetter: (a: number, b: number) => boolean): number {
  let best = gradient.length === 0 ? -1 : 0;
  for (let b = 1; b < gradient.length; b++) if (isBetter(gradient[b] as number, gradient[best] as number)) best = b;
  return best;
}
const highest = ({ gradient }: Histogram) => extreme(gradient, (a, b) => a > b);
const lowest = ({ gradient }: Histogram) => extreme(gradient, (a, b) => a < b);

/** Maximum histogram gradient (12CE): max H'_i; none for a single bin. */
export function maximumHistogramGradient(histogram: Histogram): number {
  return histogram.gradient[highest(histogram)] ?? NaN;
}

/** Maximum histogram gradient intensity (8E6O): the level i with the largest H'_i. */
export function maximumHistogramGradientIntensity(histogram: Histogram): number {
  return histogram.gradient.length === 0 ? NaN : highest(histogram) + 1;
}

/** Minimum histogram gradient (VQB3): min H'_i; none for a single bin. */
export function minimumHistogramGradient(histogram: Histogram): number {
  return histogram.gradient[lowest(histogram)] ?? NaN;
}

/** Minimum histogram gradient intensity (RHQZ): the level i with the smallest H'_i. */
export function minimumHistogramGradientIntensity(histogram: Histogram): number {
  return histogram.gradient.length === 0 ? NaN : lowest(histogram) + 1;
}

const ofLevels = (name: string, code: string, compute: (d: Distribution) => number) =>
  feature<Histogram>(name, code, ({ distribution }) => compute(distribution));

/** The 23 histogram features in IBSI's order. Units are gray levels or none, so 1. */
export const histogramFeatures: FeatureTable<Histogram> = [
  ofLevels('mean', 'X6K6', statistics.mean),
  ofLevels('variance', 'CH89', statistics.variance),
  ofLevels('skewness', '88K1', statistics.skewness),
  ofLevels('excessKurtosis', 'C3I7', statistics.excessKurtosis),
  ofLevels('median', 'WIFQ', statistics.median),
  ofLevels('minimum', '1PR8', statistics.minimum),
  ofLevels('10thPercentile', 'GPMT', statistics.percentile10),
  ofLevels('90thPercentile', 'OZ0C', statistics.percentile90),
  ofLevels('maximum', '3NCY', statistics.maximum),
  feature('mode', 'AMMC', mode),
  ofLevels('interquartileRange', 'WR0O', statistics.interquartileRange),
  ofLevels('range', '5Z3W', statistics.range),
  ofLevels('meanAbsoluteDeviation', 'D2ZX', statistics.meanAbsoluteDeviation),
  ofLevels('robustMeanAbsoluteDeviation', 'WRZB', statistics.robustMeanAbsoluteDeviation),
  ofLevels('medianAbsoluteDeviation', '4RNL', statistics.medianAbsoluteDeviation),
  ofLevels('coefficientOfVariation', 'CWYJ', statistics.coefficientOfVariation),
  ofLevels('quartileCoefficientOfDispersion', 'SLWD', statistics.quartileCoefficientOfDispersion),
  feature('entropy', 'TLU2', entropy),
  feature('uniformity', 'BJ5W', uniformity),
  feature('maximumHistogramGradient', '12CE', maximumHistogramGradient, '1', 'oneBin'),
  feature('maximumHistogramGradientIntensity', '8E6O', maximumHistogramGradientIntensity, '1', 'oneBin'),
  feature('minimumHistogramGradient', 'VQB3', minimumHistogramGradient, '1', 'oneBin'),
  feature('minimumHistogramGradientIntensity', 'RHQZ', minimumHistogramGradientIntensity, '1', 'oneBin'),
];
