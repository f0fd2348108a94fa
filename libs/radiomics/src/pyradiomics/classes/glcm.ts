import { exp } from '@cohortium/numerics';
import { cooccurrenceMatrix, mergeCooccurrence } from '../../features/glcm/cooccurrence-matrix.js';
import * as ibsi from '../../features/glcm/features.js';
import { entropy, summarizeCooccurrence } from '../../features/glcm/summary.js';
import type { CooccurrenceSummary } from '../../features/glcm/summary.js';
import { offsetsOf } from '../../features/texture/level-grid.js';
import { deprecated, entropyShift, own, sameAs } from '../feature.js';
import type { PyradiomicsTable } from '../feature.js';
import type { ImageRegion } from '../image-region.js';
import { maximalCorrelation } from '../maximal-correlation.js';

/**
 * The co-occurrence matrices whose features are averaged: one for each direction in which the region has neighbors, or their weighted sum
 * where the settings name a norm; none where no two voxels are neighbors.
 */
export function* glcmSummaries(region: ImageRegion): Generator<CooccurrenceSummary> {
  const { grid, setting } = region;
  const steps = region.steps.directions;
  const matrixOf = (offsets: Int32Array) => cooccurrenceMatrix(grid, { from: 0, to: grid.voxels.length, offsets }, setting.symmetricalGLCM);
  if (setting.weightingNorm === null) {
    for (const step of steps) {
      const matrix = matrixOf(offsetsOf(grid, [step]));
      if (matrix.counts.length > 0) yield summarizeCooccurrence(matrix);
    }
    return;
  }
  // Far neighbors can have a weight of 0, and then count nothing.
  const weighted = steps
    .map((step) => ({ step, weight: region.weigh(step, (lengthMm) => exp(-lengthMm * lengthMm)) }))
    .filter(({ weight }) => weight > 0);
  if (weighted.length === 0) return;
  const matrices = weighted.map(({ step }) => matrixOf(offsetsOf(grid, [step])));
  const merged = mergeCooccurrence(
    matrices,
    weighted.map(({ weight }) => weight),
  );
  if (merged.counts.length > 0) yield summarizeCooccurrence(merged);
}

function occurring(shares: Float64Array): number {
  let count = 0;
  for (let k = 0; k < shares.length; k++) if ((shares[k] as number) > 0) count++;
  return count;
}

/** -sum p log2(p + epsilon) from the entropy without epsilon. */
const shifted = (pure: number, count: number) => pure - count * entropyShift;

/** 1 where only one gray level has neighbors. */
function correlation(summary: CooccurrenceSummary): number {
  return summary.rowVariance > 0 && summary.columnVariance > 0 ? ibsi.correlation(summary) : 1;
}

/** (HXY - HXY1) / max(HX, HY); 0 where only one gray level has neighbors. */
function imc1(summary: CooccurrenceSummary): number {
  return Math.max(summary.rowEntropy, summary.columnEntropy) > 0 ? ibsi.informationCorrelation1(summary) : 0;
}

/** sum p log2 p over the sums i + j and over the differences |i - j|, with epsilon. */
const sumEntropy = ({ sumShares }: CooccurrenceSummary) => shifted(entropy(sumShares), occurring(sumShares));
const differenceEntropy = ({ differenceShares }: CooccurrenceSummary) => shifted(entropy(differenceShares), occurring(differenceShares));

const same = sameAs(ibsi.cooccurrenceFeatures);

/** The 28 features; formulas of Haralick et al. 1973, doi 10.1109/TSMC.1973.4309314. */
export const glcmFeatures: PyradiomicsTable<CooccurrenceSummary> = [
  same('Autocorrelation', 'QWB0'),
  same('ClusterProminence', 'AE86'),
  same('ClusterShade', '7NFM'),
  same('ClusterTendency', 'DG8W'),
  same('Contrast', 'ACUI'),
  own('Correlation', correlation, '1', 'noNeighbors'),
  same('DifferenceAverage', 'TF7R'),
  own('DifferenceEntropy', differenceEntropy, '1', 'noNeighbors'),
  same('DifferenceVariance', 'D3YU'),
  deprecated(same('Dissimilarity', '8S9J')),
  deprecated(same('Homogeneity1', 'IB1Z')),
  deprecated(same('Homogeneity2', 'WF0Z')),
  same('Id', 'IB1Z'),
  same('Idm', 'WF0Z'),
  same('Idmn', '1QCO'),
  same('Idn', 'NDRX'),
  own('Imc1', imc1, '1', 'noNeighbors'),
  same('Imc2', 'JN9H'),
  same('InverseVariance', 'E8JP'),
  same('JointAverage', '60VM'),
  same('JointEnergy', '8ZQL'),
  own('JointEntropy', ({ jointEntropy, matrix }) => shifted(jointEntropy, matrix.counts.length), '1', 'noNeighbors'),
  own('MCC', maximalCorrelation, '1', 'noNeighbors'),
  same('MaximumProbability', 'GYBY'),
  same('SumAverage', 'ZGXS'),
  own('SumEntropy', sumEntropy, '1', 'noNeighbors'),
  same('SumSquares', 'UR99'),
  deprecated(same('SumVariance', 'OEEB')),
];
