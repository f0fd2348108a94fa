import { feature } from '../feature.js';
import type { FeatureTable } from '../feature.js';
import * as emphasis from '../texture/emphasis.js';
import type { LevelSizeSummary } from '../texture/level-size-matrix.js';

/**
 * The 17 dependence features in IBSI's order (manual 0.0.11, section 3.11). The size j is the dependence: 1 + the neighbors whose level
 * differs by at most alpha. Every voxel has a neighborhood, so Ns = Nv. The formulas stand in `texture/emphasis.ts`.
 */
export const dependenceFeatures: FeatureTable<LevelSizeSummary> = [
  feature('lowDependenceEmphasis', 'SODN', emphasis.smallEmphasis),
  feature('highDependenceEmphasis', 'IMOQ', emphasis.largeEmphasis),
  feature('lowGreyLevelCountEmphasis', 'TL9H', emphasis.lowLevelEmphasis),
  feature('highGreyLevelCountEmphasis', 'OAE7', emphasis.highLevelEmphasis),
  feature('lowDependenceLowGreyLevelEmphasis', 'EQ3F', emphasis.smallLowEmphasis),
  feature('lowDependenceHighGreyLevelEmphasis', 'JA6D', emphasis.smallHighEmphasis),
  feature('highDependenceLowGreyLevelEmphasis', 'NBZI', emphasis.largeLowEmphasis),
  feature('highDependenceHighGreyLevelEmphasis', '9QMG', emphasis.largeHighEmphasis),
  feature('greyLevelNonUniformity', 'FP8K', emphasis.levelNonUniformity),
  feature('normalisedGreyLevelNonUniformity', '5SPA', emphasis.normalizedLevelNonUniformity),
  feature('dependenceCountNonUniformity', 'Z87G', emphasis.sizeNonUniformity),
  feature('normalisedDependenceCountNonUniformity', 'OKJI', emphasis.normalizedSizeNonUniformity),
  feature('dependenceCountPercentage', '6XV8', emphasis.countPercentage),
  feature('greyLevelVariance', '1PFV', emphasis.levelVariance),
  feature('dependenceCountVariance', 'DNX2', emphasis.sizeVariance),
  feature('dependenceCountEntropy', 'FCBV', emphasis.countEntropy),
  feature('dependenceCountEnergy', 'CAS9', emphasis.countEnergy),
];
