import { assertSameGeometry, boundingBox, filledCount, isSameGeometry } from '@cohortium/imaging';
import type { Box, Geometry, RoiMask, Volume } from '@cohortium/imaging';
import { processingErrors } from '../processing/errors.js';
import { summarizeIntensities } from '../processing/intensities.js';
import { cropTo, paddedBox } from './crop.js';
import { imageDiagnostics, maskDiagnostics } from './diagnostics.js';
import type { PyradiomicsDiagnostic } from './diagnostics.js';
import { pyradiomicsErrors } from './errors.js';
import { normalizeImage } from './normalize.js';
import type { PyradiomicsSetting } from './parameters.schema.js';
import { assertInside, cropMask, maskOnto, resampleRegion } from './resample-region.js';
import type { ImageAndMask } from './resample-region.js';
import type { PyradiomicsStep, ThresholdStep } from './steps.js';

/** Image and region after processing, on the grid that features are computed on. */
export interface PreparedRegion {
  readonly image: Volume;
  /** The region before re-segmentation, whose shape is described. */
  readonly shapeMask: Uint8Array;
  /** The region whose intensities are described, and its box. */
  readonly mask: Uint8Array;
  readonly box: Box;
  readonly steps: readonly PyradiomicsStep[];
  readonly diagnostics: readonly PyradiomicsDiagnostic[];
}

/**
 * Processes an image and a region in the order of PyRadiomics: normalization, resampling or cropping, the region onto the grid of the image,
 * checks, re-segmentation.
 * @throws `IMAGING.GEOMETRY_DIFFERS`, `RADIOMICS.REGION_OUTSIDE_IMAGE`, `RADIOMICS.REGION_TOO_SMALL`, `RADIOMICS.NOTHING_LEFT`,
 * `RADIOMICS.NOT_FINITE_NEAR_ROI`, `RADIOMICS.NOTHING_TO_NORMALIZE`
 */
export function prepareRegion(image: Volume, mask: RoiMask, setting: PyradiomicsSetting): PreparedRegion {
  const diagnostics: PyradiomicsDiagnostic[] = [];
  const tell: Tell = (rows) => {
    if (setting.additionalInfo) diagnostics.push(...rows());
  };
  tell(() => [...imageDiagnostics(image, 'original'), ...maskDiagnostics(mask, 'original')]);
  const steps: PyradiomicsStep[] = [];
  const isSame = isSameGeometry(image.geometry, mask.geometry);
  if (!isSame && !setting.correctMask) assertSameGeometry(image.geometry, mask.geometry);
  steps.push({ step: 'maskResampling', method: isSame ? 'none' : 'nearest' });
  const placed = placeOnOneGrid(image, mask, setting, steps, tell);
  const { voxels, geometry } = placed.mask;
  const box = checkedBox(voxels, geometry, setting, 'drawn');
  assertFinite(placed.image, voxels, box, setting.resampledPixelSpacing === null ? 'none' : 'interpolation');
  if (setting.resegmentRange === null) return { image: placed.image, shapeMask: voxels, mask: voxels, box, steps, diagnostics };
  const { kept, step } = resegment(placed.image, voxels, setting, setting.resegmentRange);
  steps.push(step);
  const keptBox = checkedBox(kept, geometry, setting, 'resegmentation');
  tell(() => maskDiagnostics({ geometry, voxels: kept }, 'resegmented', placed.image));
  return { image: placed.image, shapeMask: setting.resegmentShape ? kept : voxels, mask: kept, box: keptBox, steps, diagnostics };
}

/** Takes rows where diagnostics are wanted; others are not computed. */
type Tell = (rows: () => readonly PyradiomicsDiagnostic[]) => void;

/** Normalizes the image and brings image and region onto the grid of the features. */
function placeOnOneGrid(image: Volume, mask: RoiMask, setting: PyradiomicsSetting, steps: PyradiomicsStep[], tell: Tell): ImageAndMask {
  let current = image;
  if (setting.normalize) {
    const normalized = normalizeImage(image, setting);
    steps.push(normalized.step);
    current = normalized.image;
  }
  const { interpolator, resampledPixelSpacing } = setting;
  if (interpolator !== null && resampledPixelSpacing !== null) {
    const { step, ...resampled } = resampleRegion({ image: current, mask }, { ...setting, interpolator, resampledPixelSpacing });
    steps.push(step);
    tell(() => [...imageDiagnostics(resampled.image, 'interpolated'), ...maskDiagnostics(resampled.mask, 'interpolated', resampled.image)]);
    return resampled;
  }
  const onImage = onGridOf(current, mask);
  if (!isSameGeometry(image.geometry, mask.geometry)) tell(() => maskDiagnostics(onImage, 'corrected', current));
  if (!setting.preCrop) return { image: current, mask: onImage };
  const box = checkedBox(onImage.voxels, onImage.geometry, setting, 'drawn');
  const padded = paddedBox(box, setting.padDistance, current.geometry.dimensions);
  const cropped = { image: cropTo(current, padded), mask: cropMask(onImage, padded) };
  steps.push({ step: 'cropping', padDistance: setting.padDistance, gridDimensions: cropped.image.geometry.dimensions });
  return cropped;
}

/** The region on the grid of the image; grids that agree within the tolerance are one. */
function onGridOf({ geometry }: Volume, mask: RoiMask): RoiMask {
  if (isSameGeometry(geometry, mask.geometry)) return { geometry, voxels: mask.voxels };
  assertInside(geometry, mask.geometry, boundingBox(mask.voxels, mask.geometry.dimensions) as Box);
  return maskOnto(mask, geometry);
}

/** The box of a region that is large enough. */
function checkedBox(voxels: Uint8Array, { dimensions }: Geometry, setting: PyradiomicsSetting, stage: 'drawn' | 'resegmentation'): Box {
  const box = boundingBox(voxels, dimensions);
  if (box === undefined) throw processingErrors.error('RADIOMICS.NOTHING_LEFT', { step: stage, before: 0 });
  const slice = dimensions[0] * dimensions[1];
  const count = filledCount(voxels.subarray(slice * box.from[2], slice * box.to[2]));
  const tooSmall = (rule: string, found: number, needed: number) =>
    pyradiomicsErrors.error('RADIOMICS.REGION_TOO_SMALL', { stage, rule, found, needed });
  const axes = box.to.filter((end, axis) => end - (box.from[axis] as number) > 1).length;
  if (axes === 0) throw tooSmall('oneVoxel', 1, 2);
  if (axes < setting.minimumROIDimensions) throw tooSmall('axes', axes, setting.minimumROIDimensions);
  if (setting.minimumROISize !== null && count <= setting.minimumROISize) throw tooSmall('voxels', count, setting.minimumROISize);
  return box;
}

/** @throws `RADIOMICS.NOT_FINITE_NEAR_ROI` */
function assertFinite({ values, geometry }: Volume, voxels: Uint8Array, { from, to }: Box, step: string): void {
  const [ni, nj] = geometry.dimensions;
  let count = 0;
  for (let k = from[2]; k < to[2]; k++)
    for (let j = from[1]; j < to[1]; j++) {
      const row = ni * (j + nj * k);
      for (let at = row + from[0]; at < row + to[0]; at++) if (voxels[at] === 1 && !Number.isFinite(values[at])) count++;
    }
  if (count > 0) throw processingErrors.error('RADIOMICS.NOT_FINITE_NEAR_ROI', { count, step });
}

/** The voxels of a region within bounds, the bounds included. */
function resegment(
  { values }: Volume,
  voxels: Uint8Array,
  { resegmentMode: mode }: PyradiomicsSetting,
  range: readonly number[],
): { kept: Uint8Array; step: ThresholdStep } {
  const sorted = [...range].sort((a, b) => a - b);
  const { max, mean, sd } = mode === 'absolute' ? { max: 0, mean: 0, sd: 0 } : summarizeIntensities(values, voxels);
  const applied = mode === 'absolute' ? sorted : sorted.map((bound) => (mode === 'relative' ? max * bound : mean + sd * bound));
  const [least, most = Infinity] = applied as [number, number?];
  const kept = new Uint8Array(voxels.length);
  let [before, after] = [0, 0];
  for (let at = 0; at < voxels.length; at++) {
    if (voxels[at] === 0) continue;
    before++;
    const value = values[at] as number;
    if (value < least || value > most) continue;
    kept[at] = 1;
    after++;
  }
  if (after === 0) throw processingErrors.error('RADIOMICS.NOTHING_LEFT', { step: 'resegmentation', before });
  return { kept, step: { step: 'resegmentation', mode, range, applied, voxelCount: after, removedCount: before - after } };
}
