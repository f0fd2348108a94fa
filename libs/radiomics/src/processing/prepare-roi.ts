import { boxSize } from '@cohortium/imaging';
import type { Box, Geometry, RoiMask, Volume } from '@cohortium/imaging';
import { peakRadiusMm } from '../features/local-intensity/local-means.js';
import type { DiscretizedRoi, Roi } from '../roi/roi.js';
import type { IbsiSettings } from '../settings/resolve.js';
import { discretize } from './discretize.js';
import type { GridSource } from './grid-source.js';
import { alignMask, interpolateRegion } from './interpolate.js';
import type { RegionBlock } from './interpolate.js';
import { resegment } from './resegment.js';
import type { ProcessingStep } from './steps.js';

/** How far around a region local intensity features look; a hair more than the radius, so that division by the spacing loses no voxel. */
export const localIntensityReachMm = peakRadiusMm * (1 + 1e-9);

/** Settings that processing needs. */
export type ProcessingSettings = Pick<
  IbsiSettings,
  'maskResampling' | 'interpolation' | 'resegmentation' | 'discretization' | 'families' | 'filters'
>;

/** A region ready for feature computation, with what was done to get there. */
export interface PreparedRoi {
  readonly roi: Roi;
  readonly discretized: DiscretizedRoi;
  /** The whole grid that the region lies on and the part of it that is held. */
  readonly grid: Geometry;
  readonly box: Box;
  /** The whole image on that grid, for filters. */
  readonly source: GridSource;
  /** What was done, in order. */
  readonly steps: readonly ProcessingStep[];
}

/**
 * Processes an image and a mask in the fixed order of the standard: mask onto the image's grid, interpolation, rounding, re-segmentation,
 * discretization. Each step is recorded.
 * @throws `IMAGING.GEOMETRY_DIFFERS`, `IMAGING.EMPTY_MASK`, `RADIOMICS.NOTHING_LEFT`, `RADIOMICS.NOT_FINITE_NEAR_ROI`,
 * `RADIOMICS.BELOW_LOWER_BOUND`, `RADIOMICS.TOO_MANY_LEVELS`, `RADIOMICS.NOT_GRAY_LEVELS`
 */
export function prepareRoi(image: Volume, mask: RoiMask, settings: ProcessingSettings): PreparedRoi {
  const looksAround = [settings.families, ...settings.filters.map(({ families }) => families)].some((families) =>
    families.includes('localIntensity'),
  );
  const reachMm = looksAround ? localIntensityReachMm : 0;
  const { block, source, intensityMask, steps } = segmentRegion(image, mask, settings, reachMm);
  const roi: Roi = {
    dimensions: boxSize(block.box),
    spacingMm: block.grid.spacingMm,
    intensities: block.intensities,
    morphologicalMask: block.mask,
    intensityMask,
  };
  const { discretized, step } = discretize(roi, settings.discretization, settings.resegmentation.range);
  return { roi, discretized, grid: block.grid, box: block.box, source, steps: [...steps, step] };
}

/**
 * The steps before filters and discretization: mask onto the image's grid, interpolation, rounding, re-segmentation.
 * @param reachMm how far around the region intensities are wanted; `Infinity` for the whole grid
 */
export function segmentRegion(
  image: Volume,
  mask: RoiMask,
  settings: Pick<ProcessingSettings, 'maskResampling' | 'interpolation' | 'resegmentation'>,
  reachMm: number,
): { block: RegionBlock; source: GridSource; intensityMask: Uint8Array; steps: readonly ProcessingStep[] } {
  const aligned = alignMask(image, mask, settings.maskResampling);
  const { block, source, steps } = interpolateRegion(image, aligned.mask, settings.interpolation, reachMm);
  const resegmented = resegment(block.intensities, block.mask, settings.resegmentation);
  return { block, source, intensityMask: resegmented.intensityMask, steps: [aligned.step, ...steps, resegmented.step] };
}
