import { feature } from '../feature.js';
import type { FeatureTable } from '../feature.js';
import type { ToneDifferences } from '../texture/neighborhoods.js';

/** The levels with p_i > 0. Symbols: i the gray level, n_i voxels with neighbors, Nvc their sum, p_i = n_i / Nvc, s_i the differences. */
export interface ToneSummary {
  readonly levels: Float64Array;
  readonly shares: Float64Array;
  readonly differences: Float64Array;
  /** Nvc. */
  readonly voxelCount: number;
  /** sum p_i s_i */
  readonly weightedDifferences: number;
  /** sum s_i */
  readonly totalDifference: number;
}

/** Leaves out levels without neighbors and turns counts into shares. */
export function summarizeTone({ levels, counts, differences }: ToneDifferences): ToneSummary {
  const present = [...counts.keys()].filter((r) => (counts[r] as number) > 0);
  const pick = (values: Float64Array) => Float64Array.from(present, (r) => values[r] as number);
  const voxelCount = counts.reduce((sum, count) => sum + count, 0);
  const shares = pick(counts).map((count) => count / voxelCount);
  const kept = pick(differences);
  return {
    levels: pick(levels),
    shares,
    differences: kept,
    voxelCount,
    weightedDifferences: kept.reduce((sum, s, r) => sum + s * (shares[r] as number), 0),
    totalDifference: kept.reduce((sum, s) => sum + s, 0),
  };
}

/** Coarseness (QCDE): 1 / sum p_i s_i, at most 10^6 (IBSI's arbitrary maximum, since the sum can be 0). */
export function coarseness({ voxelCount, weightedDifferences }: ToneSummary): number {
  return voxelCount === 0 ? NaN : Math.min(1e6, 1 / weightedDifferences);
}

/**
 * Contrast (65HE): (sum_ij p_i p_j (i - j)^2 / (Ngp (Ngp - 1))) (sum s_i / Nvc), with Ngp the number of levels; 0 if Ngp = 1.
 * The double sum is twice the variance of the levels.
 */
export function contrast({ levels, shares, voxelCount, totalDifference }: ToneSummary): number {
  const n = levels.length;
  if (n === 0) return NaN;
  if (n === 1) return 0;
  const mean = levels.reduce((sum, level, r) => sum + level * (shares[r] as number), 0);
  const variance = levels.reduce((sum, level, r) => sum + (level - mean) * (level - mean) * (shares[r] as number), 0);
  return ((2 * variance) / (n * (n - 1))) * (totalDifference / voxelCount);
}

/**
 * Busyness (NQ30): sum p_i s_i / sum_ij |i p_i - j p_j|; 0 if only one level occurs. The double sum over sorted values x is
 * 2 sum_r (2 r - n + 1) x_r, r from 0.
 */
export function busyness({ levels, shares, weightedDifferences }: ToneSummary): number {
  const n = levels.length;
  if (n === 0) return NaN;
  if (n === 1) return 0;
  const products = levels.map((level, r) => level * (shares[r] as number)).sort();
  const spread = products.reduce((sum, x, r) => sum + 2 * (2 * r - n + 1) * x, 0);
  // Equal products cancel up to rounding; then the definition divides by zero.
  return spread > 1e-12 * (products[n - 1] as number) ? weightedDifferences / spread : NaN;
}

/** Complexity (HDEZ): (1 / Nvc) sum_ij |i - j| (p_i s_i + p_j s_j) / (p_i + p_j). */
export function complexity({ levels, shares, differences, voxelCount }: ToneSummary): number {
  if (voxelCount === 0) return NaN;
  let sum = 0;
  for (let r = 0; r < levels.length; r++) {
    const p = shares[r] as number;
    const ps = p * (differences[r] as number);
    for (let q = 0; q < r; q++) {
      const other = shares[q] as number;
      const gap = (levels[r] as number) - (levels[q] as number);
      sum += (gap * (ps + other * (differences[q] as number))) / (p + other);
    }
  }
  return (2 * sum) / voxelCount;
}

/**
 * Strength (1X9X): sum_ij (p_i + p_j) (i - j)^2 / sum s_i; 0 if sum s_i = 0. The double sum is
 * 2 sum_i p_i (n i^2 - 2 i A + B), with A and B the sums of the levels and of their squares.
 */
export function strength({ levels, shares, totalDifference }: ToneSummary): number {
  const n = levels.length;
  if (n === 0) return NaN;
  if (totalDifference === 0) return 0;
  const lowest = levels[0] as number;
  const shifted = levels.map((level) => level - lowest);
  const a = shifted.reduce((sum, x) => sum + x, 0);
  const b = shifted.reduce((sum, x) => sum + x * x, 0);
  return (2 * shifted.reduce((sum, x, r) => sum + (shares[r] as number) * (n * x * x - 2 * x * a + b), 0)) / totalDifference;
}

/** The 5 features in IBSI's order (manual 0.0.11, section 3.10). */
export const toneDifferenceFeatures: FeatureTable<ToneSummary> = [
  feature('coarseness', 'QCDE', coarseness, '1', 'noNeighbors'),
  feature('contrast', '65HE', contrast, '1', 'noNeighbors'),
  feature('busyness', 'NQ30', busyness, '1', 'zeroDivision'),
  feature('complexity', 'HDEZ', complexity, '1', 'noNeighbors'),
  feature('strength', '1X9X', strength, '1', 'noNeighbors'),
];
