import type { FeatureTable } from '../feature.js';
import { feature } from '../feature.js';
import type { Distribution } from './distribution.js';

// Symbols: x_k the N values, mu their mean, sigma^2 their variance, P_q their percentiles. The codes are those of the statistics family,
// then those of the histogram family, which takes gray levels instead of intensities. Source: IBSI reference manual 0.0.11, sections
// 3.3 and 3.4.

/** Mean (Q4LE, X6K6): mu = (1 / N) sum x_k. */
export function mean(d: Distribution): number {
  return d.mean;
}

/** Variance (ECT3, CH89): sigma^2 = (1 / N) sum (x_k - mu)^2, without bias correction. */
export function variance(d: Distribution): number {
  return d.moment2;
}

/** Skewness (KE2A, 88K1): (1 / N) sum (x_k - mu)^3 / sigma^3; 0 if sigma = 0. */
export function skewness(d: Distribution): number {
  return d.moment2 === 0 ? 0 : d.moment3 / (d.moment2 * Math.sqrt(d.moment2));
}

/** Excess kurtosis (IPH6, C3I7): (1 / N) sum (x_k - mu)^4 / sigma^4 - 3; 0 if sigma = 0. */
export function excessKurtosis(d: Distribution): number {
  return d.moment2 === 0 ? 0 : d.moment4 / (d.moment2 * d.moment2) - 3;
}

/** Median (Y12H, WIFQ). */
export function median(d: Distribution): number {
  return d.median;
}

/** Minimum (1GSF, 1PR8). */
export function minimum(d: Distribution): number {
  return d.minimum;
}

/** 10th percentile (QG58, GPMT). */
export function percentile10(d: Distribution): number {
  return d.percentile10;
}

/** 90th percentile (8DWT, OZ0C). */
export function percentile90(d: Distribution): number {
  return d.percentile90;
}

/** Maximum (84IY, 3NCY). */
export function maximum(d: Distribution): number {
  return d.maximum;
}

/** Interquartile range (SALO, WR0O): P_75 - P_25. */
export function interquartileRange(d: Distribution): number {
  return d.percentile75 - d.percentile25;
}

/** Range (2OJQ, 5Z3W): maximum - minimum. */
export function range(d: Distribution): number {
  return d.maximum - d.minimum;
}

/** Mean absolute deviation (4FUA, D2ZX): (1 / N) sum |x_k - mu|. */
export function meanAbsoluteDeviation(d: Distribution): number {
  return d.meanDeviation;
}

/** Robust mean absolute deviation (1128, WRZB): the same over the values from P_10 to P_90, about their own mean. */
export function robustMeanAbsoluteDeviation(d: Distribution): number {
  return d.robustDeviation;
}

/** Median absolute deviation (N72L, 4RNL): (1 / N) sum |x_k - median|. */
export function medianAbsoluteDeviation(d: Distribution): number {
  return d.medianDeviation;
}

/** Coefficient of variation (7TET, CWYJ): sigma / mu; none if mu = 0. */
export function coefficientOfVariation(d: Distribution): number {
  return d.mean === 0 ? NaN : Math.sqrt(d.moment2) / d.mean;
}

/** Quartile coefficient of dispersion (9S40, SLWD): (P_75 - P_25) / (P_75 + P_25); none if the sum is 0. */
export function quartileCoefficientOfDispersion(d: Distribution): number {
  const sum = d.percentile75 + d.percentile25;
  return sum === 0 ? NaN : (d.percentile75 - d.percentile25) / sum;
}

/** Energy (N8CA): sum x_k^2. */
export function energy(d: Distribution): number {
  return d.energy;
}

/** Root mean square (5ZWQ): sqrt(sum x_k^2 / N). */
export function rootMeanSquare(d: Distribution): number {
  return Math.sqrt(d.energy / d.count);
}

/** The 18 statistics in IBSI's order. */
export const statisticsFeatures: FeatureTable<Distribution> = [
  feature('mean', 'Q4LE', mean, 'intensity'),
  feature('variance', 'ECT3', variance, 'intensity2'),
  feature('skewness', 'KE2A', skewness),
  feature('excessKurtosis', 'IPH6', excessKurtosis),
  feature('median', 'Y12H', median, 'intensity'),
  feature('minimum', '1GSF', minimum, 'intensity'),
  feature('10thPercentile', 'QG58', percentile10, 'intensity'),
  feature('90thPercentile', '8DWT', percentile90, 'intensity'),
  feature('maximum', '84IY', maximum, 'intensity'),
  feature('interquartileRange', 'SALO', interquartileRange, 'intensity'),
  feature('range', '2OJQ', range, 'intensity'),
  feature('meanAbsoluteDeviation', '4FUA', meanAbsoluteDeviation, 'intensity'),
  feature('robustMeanAbsoluteDeviation', '1128', robustMeanAbsoluteDeviation, 'intensity'),
  feature('medianAbsoluteDeviation', 'N72L', medianAbsoluteDeviation, 'intensity'),
  feature('coefficientOfVariation', '7TET', coefficientOfVariation, '1', 'zeroMean'),
  feature('quartileCoefficientOfDispersion', '9S40', quartileCoefficientOfDispersion, '1', 'zeroQuartileSum'),
  feature('energy', 'N8CA', energy, 'intensity2'),
  feature('rootMeanSquare', '5ZWQ', rootMeanSquare, 'intensity'),
];
