import { feature } from '../feature.js';
import type { FeatureTable } from '../feature.js';
import * as emphasis from '../texture/emphasis.js';
import type { LevelSizeSummary } from '../texture/level-size-matrix.js';

/**
 * The 16 size zone features in IBSI's order (manual 0.0.11, section 3.8; Thibault et al. 2014, doi 10.1109/TBME.2013.2284600). The size
 * j is the number of voxels of a zone, Ns the number of zones. The formulas stand in `texture/emphasis.ts`.
 */
export const sizeZoneFeatures: FeatureTable<LevelSizeSummary> = [
  feature('smallZoneEmphasis', '5QRC', emphasis.smallEmphasis),
  feature('largeZoneEmphasis', '48P8', emphasis.largeEmphasis),
  feature('lowGreyLevelEmphasis', 'XMSY', emphasis.lowLevelEmphasis),
  feature('highGreyLevelEmphasis', '5GN9', emphasis.highLevelEmphasis),
  feature('smallZoneLowGreyLevelEmphasis', '5RAI', emphasis.smallLowEmphasis),
  feature('smallZoneHighGreyLevelEmphasis', 'HW1V', emphasis.smallHighEmphasis),
  feature('largeZoneLowGreyLevelEmphasis', 'YH51', emphasis.largeLowEmphasis),
  feature('largeZoneHighGreyLevelEmphasis', 'J17V', emphasis.largeHighEmphasis),
  feature('greyLevelNonUniformity', 'JNSA', emphasis.levelNonUniformity),
  feature('normalisedGreyLevelNonUniformity', 'Y1RO', emphasis.normalizedLevelNonUniformity),
  feature('zoneSizeNonUniformity', '4JP3', emphasis.sizeNonUniformity),
  feature('normalisedZoneSizeNonUniformity', 'VB3A', emphasis.normalizedSizeNonUniformity),
  feature('zonePercentage', 'P30P', emphasis.countPercentage),
  feature('greyLevelVariance', 'BYLV', emphasis.levelVariance),
  feature('zoneSizeVariance', '3NSA', emphasis.sizeVariance),
  feature('zoneSizeEntropy', 'GU8N', emphasis.countEntropy),
];
