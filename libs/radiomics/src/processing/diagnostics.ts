import { boundingBox, boxSize, filledCount } from '@cohortium/imaging';
import type { Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import type { GridSource } from './grid-source.js';
import { summarizeIntensities } from './intensities.js';
import type { IntensitySummary } from './intensities.js';
import { alignMask } from './interpolate.js';
import { segmentRegion } from './prepare-roi.js';
import type { ProcessingSettings } from './prepare-roi.js';

/** One diagnostic feature of the processing chain. */
export interface DiagnosticValue {
  /** `Diagnostics-initial image`, `Diagnostics-resegmented ROI`, ... as the compliance table of the standard prints it. */
  readonly family: string;
  readonly name: string;
  /** The tag of the compliance table, such as `img_dim_x_interp_img`. */
  readonly tag: string;
  readonly value: number;
}

/** Slices that are interpolated at once when a whole image is summarized. */
const slabSlices = 8;

/**
 * The diagnostic features of the standard: image and region before and after interpolation, region after re-segmentation
 * (IBSI 0.9, section 5.2).
 * @throws what `prepareRoi` throws
 */
export function diagnostics(
  image: Volume,
  mask: RoiMask,
  settings: Pick<ProcessingSettings, 'maskResampling' | 'interpolation' | 'resegmentation'>,
): readonly DiagnosticValue[] {
  const aligned = alignMask(image, mask, settings.maskResampling).mask;
  const { block, source, intensityMask } = segmentRegion(image, aligned, settings, 0);
  const initial = { grid: image.geometry, dimensions: image.geometry.dimensions, intensities: image.values };
  const processed = { grid: block.grid, dimensions: boxSize(block.box), intensities: block.intensities };
  return [
    ...imageRows('initial image', 'init_img', image.geometry, summarizeIntensities(image.values)),
    ...imageRows('interpolated image', 'interp_img', block.grid, summarizeGrid(source)),
    ...roiRows('initial ROI', 'init_roi', { ...initial, intensityMask: aligned.voxels, morphologicalMask: aligned.voxels }),
    ...roiRows('interpolated ROI', 'interp_roi', { ...processed, intensityMask: block.mask, morphologicalMask: block.mask }),
    ...roiRows('resegmented ROI', 'reseg_roi', { ...processed, intensityMask, morphologicalMask: block.mask }),
  ];
}

const axes = ['x', 'y', 'z'] as const;

function imageRows(stage: string, suffix: string, { dimensions, spacingMm }: Geometry, summary: IntensitySummary): DiagnosticValue[] {
  const row = rowOf(stage, suffix);
  return [
    ...axes.map((axis, a) => row(`Image dimension ${axis}`, `img_dim_${axis}`, dimensions[a] as number)),
    ...axes.map((axis, a) => row(`Voxel dimension ${axis}`, `vox_dim_${axis}`, spacingMm[a] as number)),
    row('Mean intensity', 'mean_int', summary.mean),
    row('Minimum intensity', 'min_int', summary.min),
    row('Maximum intensity', 'max_int', summary.max),
  ];
}

interface Stage {
  readonly grid: Geometry;
  readonly dimensions: Triple;
  readonly intensities: ArrayLike<number>;
  readonly intensityMask: Uint8Array;
  readonly morphologicalMask: Uint8Array;
}

function roiRows(
  stage: string,
  suffix: string,
  { grid, dimensions, intensities, intensityMask, morphologicalMask }: Stage,
): DiagnosticValue[] {
  const row = rowOf(stage, suffix);
  const extent = (voxels: Uint8Array) => {
    const box = boundingBox(voxels, dimensions);
    return box === undefined ? ([0, 0, 0] as const) : boxSize(box);
  };
  const [intensityBox, morphologicalBox] = [extent(intensityMask), extent(morphologicalMask)];
  const summary = summarizeIntensities(intensities, intensityMask);
  return [
    ...axes.map((axis, a) => row(`Int. mask dimension ${axis}`, `int_mask_dim_${axis}`, grid.dimensions[a] as number)),
    ...axes.map((axis, a) => row(`Int. mask bounding box dimension ${axis}`, `int_mask_bb_dim_${axis}`, intensityBox[a] as number)),
    ...axes.map((axis, a) => row(`Morph. mask bounding box dimension ${axis}`, `morph_mask_bb_dim_${axis}`, morphologicalBox[a] as number)),
    row('Int. mask voxel count', 'int_mask_vox_count', summary.count),
    row('Morph. mask voxel count', 'morph_mask_vox_count', filledCount(morphologicalMask)),
    row('Int. mask mean intensity', 'int_mask_mean_int', summary.mean),
    row('Int. mask minimum intensity', 'int_mask_min_int', summary.min),
    row('Int. mask maximum intensity', 'int_mask_max_int', summary.max),
  ];
}

function rowOf(stage: string, suffix: string) {
  return (name: string, tag: string, value: number): DiagnosticValue => ({
    family: `Diagnostics-${stage}`,
    name,
    tag: `${tag}_${suffix}`,
    value,
  });
}

/** Mean and extremes of a whole grid, some slices at a time. */
function summarizeGrid({ dimensions: [ni, nj, nk], read }: GridSource): IntensitySummary {
  let total: IntensitySummary = { count: 0, min: Infinity, max: -Infinity, mean: 0, sd: NaN };
  for (let k = 0; k < nk; k += slabSlices) {
    const part = summarizeIntensities(read({ from: [0, 0, k], to: [ni, nj, Math.min(nk, k + slabSlices)] }));
    const count = total.count + part.count;
    total = {
      count,
      min: Math.min(total.min, part.min),
      max: Math.max(total.max, part.max),
      mean: (total.mean * total.count + part.mean * part.count) / count,
      sd: NaN,
    };
  }
  return total;
}
