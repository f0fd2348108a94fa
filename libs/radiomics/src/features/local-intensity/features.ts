import type { FeatureTable } from '../feature.js';
import { feature } from '../feature.js';
import type { IntensityPeaks } from './local-means.js';

/**
 * The 2 local intensity features (IBSI reference manual 0.0.11, section 3.2; Wahl et al. 2009, doi 10.2967/jnumed.108.057307). Both are
 * means over the voxels with centers in a sphere of 1 cm^3, in the region or not.
 */
export const localIntensityFeatures: FeatureTable<IntensityPeaks> = [
  /** Local intensity peak (VJGA): the mean around the voxel of the highest intensity in the region; the highest such mean of several. */
  feature('localIntensityPeak', 'VJGA', ({ local }) => local, 'intensity'),
  /** Global intensity peak (0F91): the highest mean around any voxel of the region. */
  feature('globalIntensityPeak', '0F91', ({ global }) => global, 'intensity'),
];
