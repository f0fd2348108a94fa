import { boundingBox, boxSize, filledCount, isSameGeometry } from '@cohortium/imaging';
import type { Box, Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import { processingErrors } from '../processing/errors.js';
import type { InterpolationStep } from '../processing/steps.js';
import { cropTo, paddedBox } from './crop.js';
import { pyradiomicsErrors } from './errors.js';
import type { PyradiomicsSetting } from './parameters.schema.js';
import type { Interpolator } from './resampling/interpolators.js';
import { resampleOnto } from './resampling/resample.js';
import { indexOf, positionOf } from './resampling/scan-lines.js';

/** An image and a region on one grid. */
export interface ImageAndMask {
  readonly image: Volume;
  readonly mask: RoiMask;
}

/** How far a region may reach beyond the image, in voxels. */
const outsideTolerance = 1e-3;

/** Spacings of one axis that PyRadiomics takes for equal (numpy's allclose). */
const isClose = (a: number, b: number) => Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b);

/**
 * Brings image and region onto a grid of the wanted spacing that covers the region and `padDistance` new voxels around it. The corner of
 * its voxels is that of the mask's voxels; an axis along which the region is one voxel thick keeps its spacing. Where the image has the
 * wanted spacing already, both are only cropped.
 * @throws `RADIOMICS.REGION_OUTSIDE_IMAGE`, `RADIOMICS.NOTHING_LEFT`
 */
export function resampleRegion(
  { image, mask }: ImageAndMask,
  setting: PyradiomicsSetting & { readonly interpolator: Interpolator; readonly resampledPixelSpacing: readonly number[] },
): ImageAndMask & { step: InterpolationStep } {
  const { interpolator, resampledPixelSpacing, padDistance } = setting;
  const box = regionBox(mask);
  assertInside(image.geometry, mask.geometry, box);
  const size = boxSize(box);
  const spacing = mask.geometry.spacingMm.map((old, axis) => {
    const wanted = resampledPixelSpacing[axis] as number;
    return wanted === 0 || size[axis] === 1 ? old : wanted;
  }) as unknown as Triple;
  if (image.geometry.spacingMm.every((old, axis) => isClose(old, spacing[axis] as number))) {
    const onImage = maskOnto(mask, image.geometry);
    const padded = paddedBox(regionBox(onImage), padDistance, image.geometry.dimensions);
    const cropped = { image: cropTo(image, padded), mask: cropMask(onImage, padded) };
    return { ...cropped, step: stepOf('none', cropped.mask) };
  }
  const target = placeGrid(mask.geometry, box, spacing, padDistance);
  const resampled = { image: resampleOnto(image, target, interpolator), mask: maskOnto(mask, target) };
  return { ...resampled, step: stepOf(interpolator, resampled.mask) };
}

/** A region on another grid: each voxel takes the nearest one. */
export function maskOnto(mask: RoiMask, target: Geometry): RoiMask {
  if (mask.geometry === target) return mask;
  const { values } = resampleOnto({ geometry: mask.geometry, values: mask.voxels }, target, 'sitkNearestNeighbor');
  const voxels = values as Uint8Array;
  if (!voxels.includes(1)) {
    const before = filledCount(mask.voxels);
    throw processingErrors.error('RADIOMICS.NOTHING_LEFT', { step: 'interpolation', before });
  }
  return { geometry: target, voxels };
}

/** A box cut out of a region's grid. */
export function cropMask(mask: RoiMask, box: Box): RoiMask {
  const { geometry, values } = cropTo({ geometry: mask.geometry, values: mask.voxels }, box);
  return { geometry, voxels: values as Uint8Array };
}

/** @throws `RADIOMICS.NOTHING_LEFT` */
function regionBox({ voxels, geometry }: RoiMask): Box {
  const box = boundingBox(voxels, geometry.dimensions);
  if (box === undefined) throw processingErrors.error('RADIOMICS.NOTHING_LEFT', { step: 'interpolation', before: 0 });
  return box;
}

/** Refuses a region whose box reaches beyond the image. */
export function assertInside(image: Geometry, mask: Geometry, { from, to }: Box): void {
  if (isSameGeometry(image, mask)) return;
  const corner = (place: Triple) => indexOf(image, positionOf(mask, [place[0] - 0.5, place[1] - 0.5, place[2] - 0.5]));
  const [one, other] = [corner(from), corner(to)];
  const over = ([0, 1, 2] as const).map((axis) =>
    Math.max(-0.5 - Math.min(one[axis], other[axis]), Math.max(one[axis], other[axis]) - (image.dimensions[axis] - 0.5)),
  );
  const worst = Math.max(...over);
  if (worst <= outsideTolerance) return;
  throw pyradiomicsErrors.error('RADIOMICS.REGION_OUTSIDE_IMAGE', { voxels: worst.toFixed(2), axis: 'ijk'.charAt(over.indexOf(worst)) });
}

/** The grid that PyRadiomics resamples onto, in its order of operations. */
function placeGrid(mask: Geometry, { from, to }: Box, spacing: Triple, padDistance: number): Geometry {
  const axes = ([0, 1, 2] as const).map((axis) => {
    const old = mask.spacingMm[axis];
    const ratio = old / spacing[axis];
    const low = Math.max(0, Math.floor((from[axis] - 0.5) * ratio - padDistance));
    const high = Math.min(Math.ceil(mask.dimensions[axis] * ratio) - 1, Math.ceil((to[axis] - 0.5) * ratio + padDistance));
    return { count: high - low + 1, start: (0.5 * (spacing[axis] - old)) / old + low / ratio };
  });
  const triple = (pick: (axis: (typeof axes)[number]) => number) => axes.map(pick) as unknown as Triple;
  return {
    dimensions: triple(({ count }) => count),
    spacingMm: spacing,
    originMm: positionOf(
      mask,
      triple(({ start }) => start),
    ),
    direction: mask.direction,
  };
}

function stepOf(method: string, { geometry, voxels }: RoiMask): InterpolationStep {
  return {
    step: 'interpolation',
    method,
    roiMethod: 'nearest',
    roiPartialVolume: null,
    gridDimensions: geometry.dimensions,
    gridSpacingMm: geometry.spacingMm,
    voxelCount: filledCount(voxels),
  };
}
