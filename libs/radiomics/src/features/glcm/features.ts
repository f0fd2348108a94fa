import { exp } from '@cohortium/numerics';
import type { FeatureTable } from '../feature.js';
import { feature } from '../feature.js';
import type { CooccurrenceSummary } from './summary.js';
import { entropy } from './summary.js';

// Symbols as in CooccurrenceSummary. Source: IBSI reference manual 0.0.11, section 3.6 (Haralick et al. 1973,
// doi 10.1109/TSMC.1973.4309314). Formulas hold for matrices that are not symmetric as well.

/** Joint maximum (GYBY): max p_ij, the share of the most frequent pair. */
export function jointMaximum({ total, largestShare }: CooccurrenceSummary): number {
  return total > 0 ? largestShare : NaN;
}

/** Joint average (60VM): sum i p_ij. */
export function jointAverage({ total, rowMean }: CooccurrenceSummary): number {
  return total > 0 ? rowMean : NaN;
}

/** Joint variance (UR99): sum (i - mu)^2 p_ij with mu the joint average. */
export function jointVariance({ total, rowVariance }: CooccurrenceSummary): number {
  return total > 0 ? rowVariance : NaN;
}

/** Joint entropy (TU9B): -sum p_ij log2 p_ij. */
export function jointEntropy(summary: CooccurrenceSummary): number {
  return summary.total > 0 ? summary.jointEntropy : NaN;
}

/** sum f(k, c) p_k over an array indexed by k, NaN for an empty matrix. */
function sumOver({ total }: CooccurrenceSummary, shares: Float64Array, f: (k: number, c: number) => number, c = 0): number {
  if (total === 0) return NaN;
  let sum = 0;
  for (let k = 0; k < shares.length; k++) if (shares[k] !== 0) sum += f(k, c) * (shares[k] as number);
  return sum;
}

// Each is one function for good: an engine throws away what it compiled for a closure when the closure is gone.
const itself = (k: number) => k;
const square = (k: number, mu: number) => (k - mu) * (k - mu);
const cube = (k: number, mu: number) => (k - mu) * (k - mu) * (k - mu);
const fourth = (k: number, mu: number) => (k - mu) * (k - mu) * ((k - mu) * (k - mu));
const inverse = (k: number, scale: number) => 1 / (1 + k / scale);
const inverseOfSquare = (k: number, scale: number) => 1 / (1 + (k * k) / scale);
const inverseSquare = (k: number) => (k === 0 ? 0 : 1 / (k * k));

/** Difference average (TF7R): sum k p_{i-j},k. */
export function differenceAverage(summary: CooccurrenceSummary): number {
  return sumOver(summary, summary.differenceShares, itself);
}

/** Difference variance (D3YU): sum (k - mu)^2 p_{i-j},k with mu the difference average. */
export function differenceVariance(summary: CooccurrenceSummary): number {
  const mu = differenceAverage(summary);
  return sumOver(summary, summary.differenceShares, square, mu);
}

/** Difference entropy (NTRS): -sum p_{i-j},k log2 p_{i-j},k. */
export function differenceEntropy({ total, differenceShares }: CooccurrenceSummary): number {
  return total > 0 ? entropy(differenceShares) : NaN;
}

/** Sum average (ZGXS): sum k p_{i+j},k. */
export function sumAverage(summary: CooccurrenceSummary): number {
  return sumOver(summary, summary.sumShares, itself);
}

/** Sum variance (OEEB): sum (k - mu)^2 p_{i+j},k with mu the sum average. */
export function sumVariance(summary: CooccurrenceSummary): number {
  const mu = sumAverage(summary);
  return sumOver(summary, summary.sumShares, square, mu);
}

/** Sum entropy (P6QZ): -sum p_{i+j},k log2 p_{i+j},k. */
export function sumEntropy({ total, sumShares }: CooccurrenceSummary): number {
  return total > 0 ? entropy(sumShares) : NaN;
}

/** Angular second moment (8ZQL): sum p_ij^2. */
export function angularSecondMoment({ total, squaredShares }: CooccurrenceSummary): number {
  return total > 0 ? squaredShares : NaN;
}

/** Contrast (ACUI): sum (i - j)^2 p_ij. */
export function contrast(summary: CooccurrenceSummary): number {
  return sumOver(summary, summary.differenceShares, square);
}

/** Dissimilarity (8S9J): sum |i - j| p_ij, equal to the difference average. */
export function dissimilarity(summary: CooccurrenceSummary): number {
  return differenceAverage(summary);
}

/** Inverse difference (IB1Z): sum p_ij / (1 + |i - j|). */
export function inverseDifference(summary: CooccurrenceSummary): number {
  return sumOver(summary, summary.differenceShares, inverse, 1);
}

/** Normalised inverse difference (NDRX): sum p_ij / (1 + |i - j| / Ng). */
export function normalisedInverseDifference(summary: CooccurrenceSummary): number {
  return sumOver(summary, summary.differenceShares, inverse, summary.levelCount);
}

/** Inverse difference moment (WF0Z): sum p_ij / (1 + (i - j)^2). */
export function inverseDifferenceMoment(summary: CooccurrenceSummary): number {
  return sumOver(summary, summary.differenceShares, inverseOfSquare, 1);
}

/** Normalised inverse difference moment (1QCO): sum p_ij / (1 + (i - j)^2 / Ng^2). */
export function normalisedInverseDifferenceMoment(summary: CooccurrenceSummary): number {
  return sumOver(summary, summary.differenceShares, inverseOfSquare, summary.levelCount * summary.levelCount);
}

/** Inverse variance (E8JP): sum over k > 0 of p_{i-j},k / k^2. */
export function inverseVariance(summary: CooccurrenceSummary): number {
  return sumOver(summary, summary.differenceShares, inverseSquare);
}

/** Correlation (NI2N): (sum i j p_ij - mu_i. mu_.j) / (sigma_i. sigma_.j); none where only one gray level occurs. */
export function correlation(summary: CooccurrenceSummary): number {
  const { total, meanProduct, rowMean, columnMean, rowVariance, columnVariance } = summary;
  if (total === 0 || !(rowVariance > 0) || !(columnVariance > 0)) return NaN;
  return (meanProduct - rowMean * columnMean) / Math.sqrt(rowVariance * columnVariance);
}

/** Autocorrelation (QWB0): sum i j p_ij. */
export function autocorrelation({ total, meanProduct }: CooccurrenceSummary): number {
  return total > 0 ? meanProduct : NaN;
}

/** Cluster tendency (DG8W): sum (i + j - mu_i. - mu_.j)^2 p_ij. */
export function clusterTendency(summary: CooccurrenceSummary): number {
  const mu = summary.rowMean + summary.columnMean;
  return sumOver(summary, summary.sumShares, square, mu);
}

/** Cluster shade (7NFM): sum (i + j - mu_i. - mu_.j)^3 p_ij. */
export function clusterShade(summary: CooccurrenceSummary): number {
  const mu = summary.rowMean + summary.columnMean;
  return sumOver(summary, summary.sumShares, cube, mu);
}

/** Cluster prominence (AE86): sum (i + j - mu_i. - mu_.j)^4 p_ij. */
export function clusterProminence(summary: CooccurrenceSummary): number {
  const mu = summary.rowMean + summary.columnMean;
  return sumOver(summary, summary.sumShares, fourth, mu);
}

/**
 * Information correlation 1 (R8DG): (HXY - HXY1) / HX, where HXY is the joint entropy, HX that of the row sums, and
 * HXY1 = -sum p_ij log2(p_i. p_.j) = HX + HY. None where only one gray level occurs. (For matrices that are not symmetric the larger of
 * HX and HY divides, as in Haralick's paper.)
 */
export function informationCorrelation1({ total, jointEntropy: hxy, rowEntropy: hx, columnEntropy: hy }: CooccurrenceSummary): number {
  if (total === 0) return NaN;
  return (hxy - hx - hy) / Math.max(hx, hy);
}

/** Information correlation 2 (JN9H): sqrt(1 - exp(-2 (HXY2 - HXY))) with HXY2 = -sum p_i. p_.j log2(p_i. p_.j) = HX + HY. */
export function informationCorrelation2({ total, jointEntropy: hxy, rowEntropy: hx, columnEntropy: hy }: CooccurrenceSummary): number {
  if (total === 0) return NaN;
  const excess = hx + hy - hxy;
  // The excess is 0 for independent levels; rounding may leave a negative last bit.
  return excess > 0 ? Math.sqrt(1 - exp(-2 * excess)) : 0;
}

/** The 25 features in IBSI's order. */
export const cooccurrenceFeatures: FeatureTable<CooccurrenceSummary> = (
  [
    ['jointMaximum', 'GYBY', jointMaximum],
    ['jointAverage', '60VM', jointAverage],
    ['jointVariance', 'UR99', jointVariance],
    ['jointEntropy', 'TU9B', jointEntropy],
    ['differenceAverage', 'TF7R', differenceAverage],
    ['differenceVariance', 'D3YU', differenceVariance],
    ['differenceEntropy', 'NTRS', differenceEntropy],
    ['sumAverage', 'ZGXS', sumAverage],
    ['sumVariance', 'OEEB', sumVariance],
    ['sumEntropy', 'P6QZ', sumEntropy],
    ['angularSecondMoment', '8ZQL', angularSecondMoment],
    ['contrast', 'ACUI', contrast],
    ['dissimilarity', '8S9J', dissimilarity],
    ['inverseDifference', 'IB1Z', inverseDifference],
    ['normalisedInverseDifference', 'NDRX', normalisedInverseDifference],
    ['inverseDifferenceMoment', 'WF0Z', inverseDifferenceMoment],
    ['normalisedInverseDifferenceMoment', '1QCO', normalisedInverseDifferenceMoment],
    ['inverseVariance', 'E8JP', inverseVariance],
    ['correlation', 'NI2N', correlation],
    ['autocorrelation', 'QWB0', autocorrelation],
    ['clusterTendency', 'DG8W', clusterTendency],
    ['clusterShade', '7NFM', clusterShade],
    ['clusterProminence', 'AE86', clusterProminence],
    ['informationCorrelation1', 'R8DG', informationCorrelation1],
    ['informationCorrelation2', 'JN9H', informationCorrelation2],
  ] as const
).map(([name, code, compute]) =>
  feature(name, code, compute, '1', name === 'correlation' || name === 'informationCorrelation1' ? 'oneLevel' : 'noNeighbors'),
);
