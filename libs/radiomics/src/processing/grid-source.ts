import { boxSize, copyBlock, interpolationGeometry, placeGrid, resampleBox } from '@cohortium/imaging';
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

/** The same source, with the largest block that was read kept: several filters of one region read nearly the same voxels. */
export function rememberingSource(source: GridSource): GridSource {
  let kept: { readonly box: Box; readonly values: Float64Array } | undefined;
  const read = (box: Box) => {
    if (kept === undefined || !isInside(box, kept.box)) {
      const wider = kept === undefined ? box : unionBox(kept.box, box);
      kept = { box: wider, values: source.read(wider) };
    }
    const { from } = kept.box;
    const shift = (corner: Triple): Triple => [corner[0] - from[0], corner[1] - from[1], corner[2] - from[2]];
    return copyBlock({ dimensions: boxSize(kept.box), values: kept.values }, { from: shift(box.from), to: shift(box.to) });
  };
  return { ...source, read };
}

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.from.every((low, axis) => low >= (outer.from[axis] as number)) &&
    inner.to.every((high, axis) => high <= (outer.to[axis] as number))
  );
}

function unionBox(a: Box, b: Box): Box {
  const least = (axis: 0 | 1 | 2) => Math.min(a.from[axis], b.from[axis]);
  const most = (axis: 0 | 1 | 2) => Math.max(a.to[axis], b.to[axis]);
  return { from: [least(0), least(1), least(2)], to: [most(0), most(1), most(2)] };
}
