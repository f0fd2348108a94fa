import { feature } from '../feature.js';
import type { FeatureTable } from '../feature.js';
import * as emphasis from '../texture/emphasis.js';
import type { LevelSizeSummary } from '../texture/level-size-matrix.js';

/**
 * The 16 distance zone features in IBSI's order (manual 0.0.11, section 3.9; Thibault et al. 2014, doi 10.1109/TBME.2013.2284600). The
 * size j is the least distance of a zone to the region's edge, Ns the number of zones. The formulas stand in `texture/emphasis.ts`.
 */
export const distanceZoneFeatures: FeatureTable<LevelSizeSummary> = [
  feature('smallDistanceEmphasis', '0GBI', emphasis.smallEmphasis),
  feature('largeDistanceEmphasis', 'MB4I', emphasis.largeEmphasis),
  feature('lowGreyLevelEmphasis', 'S1RA', emphasis.lowLevelEmphasis),
  feature('highGreyLevelEmphasis', 'K26C', emphasis.highLevelEmphasis),
  feature('smallDistanceLowGreyLevelEmphasis', 'RUVG', emphasis.smallLowEmphasis),
  feature('smallDistanceHighGreyLevelEmphasis', 'DKNJ', emphasis.smallHighEmphasis),
  feature('largeDistanceLowGreyLevelEmphasis', 'A7WM', emphasis.largeLowEmphasis),
  feature('largeDistanceHighGreyLevelEmphasis', 'KLTH', emphasis.largeHighEmphasis),
  feature('greyLevelNonUniformity', 'VFT7', emphasis.levelNonUniformity),
  feature('normalisedGreyLevelNonUniformity', '7HP3', emphasis.normalizedLevelNonUniformity),
  feature('zoneDistanceNonUniformity', 'V294', emphasis.sizeNonUniformity),
  feature('normalisedZoneDistanceNonUniformity', 'IATH', emphasis.normalizedSizeNonUniformity),
  feature('zonePercentage', 'VIWW', emphasis.countPercentage),
  feature('greyLevelVariance', 'QK93', emphasis.levelVariance),
  feature('zoneDistanceVariance', '7WT1', emphasis.sizeVariance),
  feature('zoneDistanceEntropy', 'GBDU', emphasis.countEntropy),
];
