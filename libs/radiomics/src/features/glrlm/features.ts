import { feature } from '../feature.js';
import type { FeatureTable } from '../feature.js';
import * as emphasis from '../texture/emphasis.js';
import type { LevelSizeSummary } from '../texture/level-size-matrix.js';

/**
 * The 16 run length features in IBSI's order (manual 0.0.11, section 3.7). The size j is the run length, Ns the number of runs, Nv the
 * voxels times the directions. The formulas stand in `texture/emphasis.ts`.
 */
export const runLengthFeatures: FeatureTable<LevelSizeSummary> = [
  feature('shortRunsEmphasis', '22OV', emphasis.smallEmphasis),
  feature('longRunsEmphasis', 'W4KF', emphasis.largeEmphasis),
  feature('lowGreyLevelRunEmphasis', 'V3SW', emphasis.lowLevelEmphasis),
  feature('highGreyLevelRunEmphasis', 'G3QZ', emphasis.highLevelEmphasis),
  feature('shortRunLowGreyLevelEmphasis', 'HTZT', emphasis.smallLowEmphasis),
  feature('shortRunHighGreyLevelEmphasis', 'GD3A', emphasis.smallHighEmphasis),
  feature('longRunLowGreyLevelEmphasis', 'IVPO', emphasis.largeLowEmphasis),
  feature('longRunHighGreyLevelEmphasis', '3KUM', emphasis.largeHighEmphasis),
  feature('greyLevelNonUniformity', 'R5YN', emphasis.levelNonUniformity),
  feature('normalisedGreyLevelNonUniformity', 'OVBL', emphasis.normalizedLevelNonUniformity),
  feature('runLengthNonUniformity', 'W92Y', emphasis.sizeNonUniformity),
  feature('normalisedRunLengthNonUniformity', 'IC23', emphasis.normalizedSizeNonUniformity),
  feature('runPercentage', '9ZK5', emphasis.countPercentage),
  feature('greyLevelVariance', '8CE5', emphasis.levelVariance),
  feature('runLengthVariance', 'SXLW', emphasis.sizeVariance),
  feature('runEntropy', 'HJ9O', emphasis.countEntropy),
];
