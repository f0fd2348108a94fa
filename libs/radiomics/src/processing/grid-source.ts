import { copyBlock, interpolationGeometry, placeGrid, resampleBox } from '@cohortium/imaging';
import type { Box, Geometry, Triple, Volume } from '@cohortium/imaging';
import type { InterpolationSettings } from '../settings/settings.schema.js';
import { roundIntensities } from './intensities.js';

/** An image on the grid that features are computed on, read block by block: what nobody reads is never interpolated. */
export interface GridSource {
  readonly geometry: Geometry;
  readonly dimensions: Triple;
  /** Interpolated and rounded values of a block inside the grid, i fastest. */
  readonly read: (box: Box) => Float64Array;
}

/** The image on its interpolation grid (IBSI 0.9, section 2.4); null keeps its own grid. */
export function gridSource(image: Volume, settings: InterpolationSettings | null): GridSource {
  const values = { dimensions: image.geometry.dimensions, values: image.values };
  if (settings === null) return { geometry: image.geometry, dimensions: image.geometry.dimensions, read: (box) => copyBlock(values, box) };
  const placement = placeGrid(image.geometry, settings.spacingMm);
  const geometry = interpolationGeometry(image.geometry, settings.spacingMm);
  const read = (box: Box) => {
    const block = resampleBox(values, placement, box, settings.method);
    roundIntensities(block, settings.intensityRounding);
    return block;
  };
  return { geometry, dimensions: geometry.dimensions, read };
}
