import { logistic } from '@cohortium/numerics';
import type { Triple } from '../geometry/geometry.js';
import { interpolationGeometry, placeGrid } from '../interpolation/grid.js';
import { copyBlock, resampleBox } from '../interpolation/resample.js';
import { largestComponent } from '../region/components.js';
import { regionErrors } from '../region/errors.js';
import { interpolateSharesOnto } from '../region/perturbation/affine-resample.js';
import type { Geometry, RoiMask, Volume } from '../volume.js';

/** What a segmentation model sees and what its output means. */
export interface SegmentationModelSpec {
  /** Voxel size that it was trained on; null for the image's own. */
  readonly spacingMm: Triple | null;
  /** `zScore`: mean 0 and standard deviation 1 over the image; `percentiles`: 1st to 99th percentile as 0 to 1, cut at both. */
  readonly normalization: 'none' | 'zScore' | 'percentiles';
  /** Voxels i, j, k that it sees at once; null for whole images. */
  readonly patch: Triple | null;
  /** Share of a patch that it has in common with the next. */
  readonly overlap: number;
  /** Whole images are padded to multiples of this. */
  readonly multipleOf: number;
  /** Channels of the output, and the one of the region. */
  readonly channels: number;
  readonly channel: number;
  /** How outputs become probabilities. */
  readonly activation: 'none' | 'sigmoid' | 'softmax';
  readonly threshold: number;
  /** Only the largest connected part counts. */
  readonly largestOnly: boolean;
}

/** A model that marks a region in a block of an image. Whoever runs it keeps the order: i fastest, then j, then k; channels slowest. */
export interface SegmentationModel {
  readonly spec: SegmentationModelSpec;
  /**
   * Outputs for one block. Called one after another; equal blocks give equal outputs.
   * @param block normalized values of `size` voxels
   * @returns channels x voxels
   */
  run(block: Float32Array, size: Triple): Promise<Float32Array>;
}

/** A region that a model marked. */
export interface ModelSegmentation {
  readonly mask: RoiMask;
  /** Probabilities on the image's grid. */
  readonly probabilities: Float64Array;
  /** The grid that the model saw. */
  readonly grid: Geometry;
  readonly blocks: number;
}

/**
 * Segments an image with a model: the image is brought to the model's spacing and scale, seen block by block (probabilities of blocks that overlap
 * are averaged), brought back by linear interpolation and cut at the threshold.
 * @throws `REGION.BAD_MODEL`, `REGION.EMPTY`
 */
export async function segmentWithModel({ geometry, values }: Volume, model: SegmentationModel): Promise<ModelSegmentation> {
  const { spec } = model;
  const wanted = spec.spacingMm ?? ([null, null, null] as const);
  const grid = interpolationGeometry(geometry, wanted);
  const source = { dimensions: geometry.dimensions, values };
  const resampled = resampleBox(source, placeGrid(geometry, wanted), { from: [0, 0, 0], to: grid.dimensions }, 'trilinear');
  const image = { dimensions: grid.dimensions, values: normalized(resampled, spec.normalization) };
  const sums = new Float64Array(resampled.length);
  const weights = new Uint16Array(resampled.length);
  const size = spec.patch ?? (grid.dimensions.map((count) => Math.ceil(count / spec.multipleOf) * spec.multipleOf) as unknown as Triple);
  const starts = blockStarts(grid.dimensions, size, spec.overlap);
  for (const from of starts) {
    const block = copyBlock(image, { from, to: [from[0] + size[0], from[1] + size[1], from[2] + size[2]] });
    const output = await model.run(Float32Array.from(block), size);
    addBlock(probabilitiesOf(output, block.length, spec), from, size, grid.dimensions, sums, weights);
  }
  for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] as number) / (weights[at] as number);
  const probabilities = spec.spacingMm === null ? sums : interpolateSharesOnto(sums, grid, geometry);
  const marked = Uint8Array.from(probabilities, (share) => (share >= spec.threshold ? 1 : 0));
  const voxels = spec.largestOnly ? largestComponent(marked, geometry.dimensions, 26) : marked;
  if (!voxels.includes(1)) throw regionErrors.error('REGION.EMPTY', { stage: 'model' });
  return { mask: { geometry, voxels }, probabilities, grid, blocks: starts.length };
}

/** First voxels of blocks that cover an image; the last of each axis ends where the image does, if that is larger than a block. */
function blockStarts(dimensions: Triple, size: Triple, overlap: number): readonly Triple[] {
  const along = (axis: 0 | 1 | 2): number[] => {
    const last = Math.max(0, dimensions[axis] - size[axis]);
    const step = Math.max(1, Math.floor(size[axis] * (1 - overlap)));
    const starts: number[] = [];
    for (let start = 0; start < last; start += step) starts.push(start);
    return [...starts, last];
  };
  return along(2).flatMap((k) => along(1).flatMap((j) => along(0).map((i): Triple => [i, j, k])));
}

function normalized(values: Float64Array, how: SegmentationModelSpec['normalization']): Float64Array {
  if (how === 'none' || values.length === 0) return values;
  if (how === 'percentiles') {
    const sorted = Float64Array.from(values).sort();
    const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
    const [low, high] = [at(0.01), at(0.99)];
    return values.map((value) => (high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0));
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (sd > 0 ? (value - mean) / sd : 0));
}

/** Probabilities of the wanted channel. @throws `REGION.BAD_MODEL` */
function probabilitiesOf(output: Float32Array, count: number, { channels, channel, activation }: SegmentationModelSpec): Float64Array {
  const fault = (problem: string, field: string | number = '') => regionErrors.error('REGION.BAD_MODEL', { problem, field });
  if (output.length !== channels * count) throw fault('output');
  if (channel < 0 || channel >= channels) throw fault('channel', channel);
  const out = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const value = output[channel * count + at] as number;
    if (!Number.isFinite(value)) throw fault('finite');
    if (activation === 'none') out[at] = value;
    else if (activation === 'sigmoid') out[at] = logistic(value);
    else out[at] = softmaxShare(output, at, count, channels, value);
  }
  return out;
}

/** exp(v) / sum of exp over the channels, as 1 / sum of exp(other - v) by logistic terms, which never overflow. */
function softmaxShare(output: Float32Array, at: number, count: number, channels: number, value: number): number {
  let odds = 0;
  for (let other = 0; other < channels; other++) {
    const share = logistic((output[other * count + at] as number) - value);
    // logistic / (1 - logistic) is the exponential.
    odds += share < 1 ? share / (1 - share) : Infinity;
  }
  return 1 / odds;
}

function addBlock(block: Float64Array, from: Triple, size: Triple, [ni, nj, nk]: Triple, sums: Float64Array, weights: Uint16Array): void {
  for (let k = 0; k < size[2] && from[2] + k < nk; k++)
    for (let j = 0; j < size[1] && from[1] + j < nj; j++)
      for (let i = 0; i < size[0] && from[0] + i < ni; i++) {
        const to = from[0] + i + ni * (from[1] + j + nj * (from[2] + k));
        sums[to] = (sums[to] as number) + (block[i + size[0] * (j + size[1] * k)] as number);
        weights[to] = (weights[to] as number) + 1;
      }
}
