import {
  assertSameGeometry,
  boundingBox,
  boxSize,
  copyMask,
  filledCount,
  isSameGeometry,
  placeGrid,
  resampleBox,
  resampleMaskOnto,
  widenBox,
} from '@cohortium/imaging';
import type { AxisPlacement, Box, Geometry, GridPlacement, RoiMask, Triple, Volume } from '@cohortium/imaging';
import type { InterpolationSettings } from '../settings/settings.schema.js';
import { processingErrors } from './errors.js';
import { gridSource } from './grid-source.js';
import type { GridSource } from './grid-source.js';
import { settleConstant } from './intensities.js';
import type { InterpolationStep, MaskResamplingStep, RoundingStep } from './steps.js';

/** A block of an image's grid around a region. */
export interface RegionBlock {
  /** The whole grid that features are computed on, and the block of it that is held. */
  readonly grid: Geometry;
  readonly box: Box;
  /** Values of the block, i fastest. */
  readonly intensities: Float64Array;
  /** 1 where a voxel of the block belongs to the region. */
  readonly mask: Uint8Array;
}

/**
 * Brings a mask onto the grid of its image.
 * @throws `IMAGING.GEOMETRY_DIFFERS` unless resampling was asked for, `IMAGING.EMPTY_MASK`
 */
export function alignMask(image: Volume, mask: RoiMask, resampling: 'refuse' | 'nearest'): { mask: RoiMask; step: MaskResamplingStep } {
  if (isSameGeometry(image.geometry, mask.geometry)) return { mask, step: { step: 'maskResampling', method: 'none' } };
  if (resampling === 'refuse') assertSameGeometry(image.geometry, mask.geometry);
  return { mask: resampleMaskOnto(mask, image.geometry), step: { step: 'maskResampling', method: 'nearest' } };
}

/**
 * Cuts a region out of its image and brings both onto the wanted grid, intensities rounded; only the part of the image around the region
 * is touched.
 * @param settings null keeps the image's grid
 * @param reachMm how far around the region intensities are wanted; `Infinity` for the whole grid
 * @throws `RADIOMICS.NOTHING_LEFT` when the mask is empty or no voxel reaches the partial volume, `RADIOMICS.NOT_FINITE_NEAR_ROI`
 */
export function interpolateRegion(
  image: Volume,
  mask: RoiMask,
  settings: InterpolationSettings | null,
  reachMm: number,
): { block: RegionBlock; source: GridSource; steps: readonly [InterpolationStep, RoundingStep] } {
  const drawn = boundingBox(mask.voxels, mask.geometry.dimensions);
  if (drawn === undefined) throw processingErrors.error('RADIOMICS.NOTHING_LEFT', { step: 'interpolation', before: 0 });
  const source = gridSource(image, settings);
  const grid = source.geometry;
  const reach = grid.spacingMm.map((spacing) => (reachMm === Infinity ? Infinity : Math.floor(reachMm / spacing))) as unknown as Triple;
  const roi = interpolateMask(mask, drawn, placeGrid(image.geometry, settings?.spacingMm ?? [null, null, null]), settings);
  const box = widenBox(roi.box, reach, grid.dimensions);
  const block: RegionBlock = { grid, box, intensities: source.read(box), mask: placeInside(roi.voxels, roi.box, box) };
  assertFinite(block, settings === null ? 'none' : 'interpolation');
  if (settings !== null) settleConstant(block.intensities, block.mask, 0);
  return { block, source, steps: [stepOf(settings, block), { step: 'rounding', method: settings?.intensityRounding ?? 'none' }] };
}

/** The mask on the new grid, cut to the region. */
function interpolateMask(
  mask: RoiMask,
  source: Box,
  placement: GridPlacement,
  settings: InterpolationSettings | null,
): { box: Box; voxels: Uint8Array } {
  const dimensions = mask.geometry.dimensions;
  const values = { dimensions, values: mask.voxels };
  if (settings === null) return { box: source, voxels: copyMask(mask.voxels, dimensions, source) };
  const range = (axis: 0 | 1 | 2) => touchedRange(placement[axis], source.from[axis], source.to[axis], dimensions[axis]);
  const ranges = [range(0), range(1), range(2)] as const;
  const touched: Box = { from: [ranges[0][0], ranges[1][0], ranges[2][0]], to: [ranges[0][1], ranges[1][1], ranges[2][1]] };
  const fractions = resampleBox(values, placement, touched, settings.roiMethod);
  // Sums of weights can miss a threshold that they reach by 1e-16 ("0.4999 instead of 0.5", IBSI 0.9, section 5.2).
  const least = settings.roiPartialVolume - 1e-9;
  const voxels = Uint8Array.from(fractions, (fraction) => (fraction >= least ? 1 : 0));
  const tight = boundingBox(voxels, boxSize(touched));
  if (tight === undefined) {
    const before = filledCount(mask.voxels);
    throw processingErrors.error('RADIOMICS.NOTHING_LEFT', { step: 'interpolation', before });
  }
  const shift = (corner: Triple): Triple => [corner[0] + touched.from[0], corner[1] + touched.from[1], corner[2] + touched.from[2]];
  const box = { from: shift(tight.from), to: shift(tight.to) };
  return { box, voxels: copyMask(voxels, boxSize(touched), tight) };
}

/** New indices whose value depends on old indices from `low` up to `high`; beyond the border the border's value goes on. */
function touchedRange({ start, step, count }: AxisPlacement, low: number, high: number, sourceCount: number): [number, number] {
  const first = low === 0 ? 0 : Math.max(0, Math.floor((low - 1 - start) / step));
  const last = high === sourceCount ? count : Math.min(count, Math.ceil((high - start) / step) + 1);
  return [first, last];
}

/** Voxels of a smaller box laid into a larger one. */
function placeInside(voxels: Uint8Array, inner: Box, outer: Box): Uint8Array {
  const [ni, nj, nk] = boxSize(inner);
  const [oi, oj, ok] = boxSize(outer);
  const out = new Uint8Array(oi * oj * ok);
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      const row = ni * (j + nj * k);
      const to = inner.from[0] - outer.from[0] + oi * (j + inner.from[1] - outer.from[1] + oj * (k + inner.from[2] - outer.from[2]));
      out.set(voxels.subarray(row, row + ni), to);
    }
  return out;
}

/** @throws `RADIOMICS.NOT_FINITE_NEAR_ROI` */
function assertFinite({ intensities, mask }: RegionBlock, step: string): void {
  let count = 0;
  for (let at = 0; at < mask.length; at++) if (mask[at] === 1 && !Number.isFinite(intensities[at])) count++;
  if (count > 0) throw processingErrors.error('RADIOMICS.NOT_FINITE_NEAR_ROI', { count, step });
}

function stepOf(settings: InterpolationSettings | null, { grid, mask }: RegionBlock): InterpolationStep {
  return {
    step: 'interpolation',
    method: settings?.method ?? 'none',
    roiMethod: settings?.roiMethod ?? 'none',
    roiPartialVolume: settings?.roiPartialVolume ?? null,
    gridDimensions: grid.dimensions,
    gridSpacingMm: grid.spacingMm,
    voxelCount: filledCount(mask),
  };
}
