import { log2 } from '@cohortium/numerics';
import type { LevelSizeSummary } from './level-size-matrix.js';

// The formulas that run length, size zone, distance zone and dependence matrices have in common.
// Symbols: s_ij counts of gray level i and size j (run length, zone size, zone distance, dependence), Ns their sum, s_i. and s_.j the
// sums over sizes and over levels, p = s / Ns, Nv the voxels. Source: IBSI reference manual 0.0.11, sections 3.7 to 3.9 and 3.11.

/** (1 / Ns) sum_j s_.j / j^2: high where sizes are small. */
export function smallEmphasis({ bySize, sizes, total }: LevelSizeSummary): number {
  let sum = 0;
  for (let c = 0; c < sizes.length; c++) sum += (bySize[c] as number) / ((sizes[c] as number) * (sizes[c] as number));
  return sum / total;
}

/** (1 / Ns) sum_j j^2 s_.j: high where sizes are large. */
export function largeEmphasis({ bySize, sizes, total }: LevelSizeSummary): number {
  let sum = 0;
  for (let c = 0; c < sizes.length; c++) sum += (bySize[c] as number) * (sizes[c] as number) * (sizes[c] as number);
  return sum / total;
}

/** (1 / Ns) sum_i s_i. / i^2: high where gray levels are low. */
export function lowLevelEmphasis({ byLevel, levels, total }: LevelSizeSummary): number {
  let sum = 0;
  for (let r = 0; r < levels.length; r++) sum += (byLevel[r] as number) / ((levels[r] as number) * (levels[r] as number));
  return sum / total;
}

/** (1 / Ns) sum_i i^2 s_i.: high where gray levels are high. */
export function highLevelEmphasis({ byLevel, levels, total }: LevelSizeSummary): number {
  let sum = 0;
  for (let r = 0; r < levels.length; r++) sum += (byLevel[r] as number) * (levels[r] as number) * (levels[r] as number);
  return sum / total;
}

/** (1 / Ns) sum_ij s_ij / (i^2 j^2): small sizes at low gray levels. */
export function smallLowEmphasis({ smallLow, total }: LevelSizeSummary): number {
  return smallLow / total;
}

/** (1 / Ns) sum_ij i^2 s_ij / j^2: small sizes at high gray levels. */
export function smallHighEmphasis({ smallHigh, total }: LevelSizeSummary): number {
  return smallHigh / total;
}

/** (1 / Ns) sum_ij j^2 s_ij / i^2: large sizes at low gray levels. */
export function largeLowEmphasis({ largeLow, total }: LevelSizeSummary): number {
  return largeLow / total;
}

/** (1 / Ns) sum_ij i^2 j^2 s_ij: large sizes at high gray levels. */
export function largeHighEmphasis({ largeHigh, total }: LevelSizeSummary): number {
  return largeHigh / total;
}

const sumOfSquares = (counts: Float64Array) => {
  let sum = 0;
  for (let c = 0; c < counts.length; c++) sum += (counts[c] as number) * (counts[c] as number);
  return sum;
};

/** (1 / Ns) sum_i s_i.^2: low where counts spread evenly over gray levels. */
export function levelNonUniformity({ byLevel, total }: LevelSizeSummary): number {
  return sumOfSquares(byLevel) / total;
}

/** (1 / Ns^2) sum_i s_i.^2. */
export function normalizedLevelNonUniformity({ byLevel, total }: LevelSizeSummary): number {
  return sumOfSquares(byLevel) / (total * total);
}

/** (1 / Ns) sum_j s_.j^2: low where counts spread evenly over sizes. */
export function sizeNonUniformity({ bySize, total }: LevelSizeSummary): number {
  return sumOfSquares(bySize) / total;
}

/** (1 / Ns^2) sum_j s_.j^2. */
export function normalizedSizeNonUniformity({ bySize, total }: LevelSizeSummary): number {
  return sumOfSquares(bySize) / (total * total);
}

/** Ns / Nv: counted runs, zones or neighborhoods per voxel. */
export function countPercentage({ total, voxelCount }: LevelSizeSummary): number {
  return total / voxelCount;
}

/** sum (x - mean)^2 p, with mean = sum x p. */
function variance(values: Float64Array, counts: Float64Array, total: number): number {
  let mean = 0;
  for (let c = 0; c < values.length; c++) mean += (values[c] as number) * (counts[c] as number);
  mean /= total;
  let sum = 0;
  for (let c = 0; c < values.length; c++) {
    const d = (values[c] as number) - mean;
    sum += d * d * (counts[c] as number);
  }
  return sum / total;
}

/** sum_ij (i - mu)^2 p_ij with mu = sum_ij i p_ij: variance of the counts over gray levels. */
export function levelVariance({ levels, byLevel, total }: LevelSizeSummary): number {
  return variance(levels, byLevel, total);
}

/** sum_ij (j - mu)^2 p_ij with mu = sum_ij j p_ij: variance of the counts over sizes. */
export function sizeVariance({ sizes, bySize, total }: LevelSizeSummary): number {
  return variance(sizes, bySize, total);
}

/** -sum_ij p_ij log2 p_ij, which is log2 Ns - (1 / Ns) sum_ij s_ij log2 s_ij. */
export function countEntropy({ total, countLogCount }: LevelSizeSummary): number {
  // A single cell gives log2 n - (n log2 n) / n, which rounding must not turn negative.
  return Math.max(0, log2(total) - countLogCount / total);
}

/** sum_ij p_ij^2. */
export function countEnergy({ total, squaredCounts }: LevelSizeSummary): number {
  return squaredCounts / (total * total);
}
