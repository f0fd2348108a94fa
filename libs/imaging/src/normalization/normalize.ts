import { imagingErrors } from '../errors.js';

/** Ways to bring MR intensities, which have no unit, onto a common scale. */
export const normalizationMethods = ['zScore', 'referenceTissue', 'quantile', 'landmarks'] as const;
/** One of {@link normalizationMethods}. */
export type NormalizationMethod = (typeof normalizationMethods)[number];

/** What was done to every voxel: y = (x - offset) / scale, or pieces of straight lines between landmarks. */
export interface NormalizationRecord {
  readonly method: NormalizationMethod;
  /** Voxels of the region that the figures were taken from. */
  readonly regionVoxels: number;
  readonly offset?: number;
  readonly scale?: number;
  /** Shares of the voxels, in percent, that `from` are the values of. */
  readonly percentiles?: readonly number[];
  readonly from?: readonly number[];
  readonly to?: readonly number[];
}

/** A normalized image. */
export interface Normalized {
  readonly values: Float32Array;
  readonly record: NormalizationRecord;
}

/**
 * Z-score: mean 0 and standard deviation 1 (of N, not N - 1) over a region. Does not see scale and offset of the image.
 * @param region voxels that count (1); all without it
 * @throws `IMAGING.EMPTY_MASK`, `IMAGING.FLAT_REGION`
 */
export function zScore(values: ArrayLike<number>, region?: Uint8Array): Normalized {
  const inside = valuesOf(values, region);
  let [mean, squares] = [0, 0];
  inside.forEach((value, at) => {
    const delta = value - mean;
    mean += delta / (at + 1);
    squares += delta * (value - mean);
  });
  const scale = Math.sqrt(squares / inside.length);
  return linear(values, 'zScore', inside.length, mean, scale);
}

/**
 * Reference tissue: divided by the median of a tissue that is taken to look alike in everyone (muscle, fat). Does not see the scale of the image.
 * @throws `IMAGING.EMPTY_MASK`, `IMAGING.FLAT_REGION` where the median is not positive
 */
export function byReferenceTissue(values: ArrayLike<number>, tissue: Uint8Array): Normalized {
  const inside = valuesOf(values, tissue).sort();
  const median = percentileOf(inside, 50);
  return linear(values, 'referenceTissue', inside.length, 0, median > 0 ? median : 0);
}

/**
 * Quantile window: one percentile of a region becomes 0 and another 1; nothing is cut off. Does not see scale and offset of the image.
 * @param percentiles lower and upper, 0 to 100
 * @throws `IMAGING.EMPTY_MASK`, `IMAGING.FLAT_REGION`
 */
export function byQuantiles(values: ArrayLike<number>, percentiles: readonly [number, number], region?: Uint8Array): Normalized {
  const inside = valuesOf(values, region).sort();
  const [low, high] = [percentileOf(inside, percentiles[0]), percentileOf(inside, percentiles[1])];
  const { values: out, record } = linear(values, 'quantile', inside.length, low, high - low);
  return { values: out, record: { ...record, percentiles } };
}

/** A common scale: where the percentiles of an image are to lie. */
export interface StandardScale {
  readonly percentiles: readonly number[];
  readonly landmarks: readonly number[];
}

/** Percentiles whose values are landmarks unless told otherwise: the ends of what is used, and the deciles. */
export const landmarkPercentiles: readonly number[] = [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99];

/**
 * Learns a common scale: each image's landmarks are brought onto 0 to 100 by its outermost ones, then averaged.
 * @param images voxels of the regions of some images
 * @throws `IMAGING.EMPTY_MASK`, `IMAGING.FLAT_REGION`
 * @see Nyul, Udupa and Zhang 2000, doi:10.1109/42.836373
 */
export function learnScale(
  images: readonly { readonly values: ArrayLike<number>; readonly region?: Uint8Array | undefined }[],
  percentiles: readonly number[] = landmarkPercentiles,
): StandardScale {
  const sums = percentiles.map(() => 0);
  for (const { values, region } of images) {
    const landmarks = landmarksOf(values, percentiles, region).landmarks;
    const [low, high] = [landmarks[0] as number, landmarks.at(-1) as number];
    landmarks.forEach((value, at) => (sums[at] = (sums[at] as number) + (100 * (value - low)) / (high - low)));
  }
  return { percentiles, landmarks: sums.map((sum) => sum / images.length) };
}

/**
 * Landmarks: the percentiles of a region are moved to those of a common scale, straight lines between them and beyond the last. Does not see scale and
 * offset of the image.
 * @throws `IMAGING.EMPTY_MASK`, `IMAGING.FLAT_REGION`
 */
export function byLandmarks(values: ArrayLike<number>, scale: StandardScale, region?: Uint8Array): Normalized {
  const { landmarks: from, count } = landmarksOf(values, scale.percentiles, region);
  const to = scale.landmarks;
  const out = new Float32Array(values.length);
  for (let at = 0; at < out.length; at++) {
    const x = values[at] as number;
    let piece = 0;
    while (piece < from.length - 2 && x >= (from[piece + 1] as number)) piece++;
    const width = (from[piece + 1] as number) - (from[piece] as number);
    const share = width > 0 ? (x - (from[piece] as number)) / width : 0;
    out[at] = (to[piece] as number) + share * ((to[piece + 1] as number) - (to[piece] as number));
  }
  const { percentiles } = scale;
  return { values: out, record: { method: 'landmarks', regionVoxels: count, percentiles, from, to } };
}

function landmarksOf(values: ArrayLike<number>, percentiles: readonly number[], region: Uint8Array | undefined) {
  const inside = valuesOf(values, region).sort();
  const landmarks = percentiles.map((percentile) => percentileOf(inside, percentile));
  if (!((landmarks.at(-1) as number) > (landmarks[0] as number))) throw imagingErrors.error('IMAGING.FLAT_REGION');
  return { landmarks, count: inside.length };
}

/** Finite values of a region. */
function valuesOf(values: ArrayLike<number>, region: Uint8Array | undefined): Float64Array {
  const out = new Float64Array(values.length);
  let count = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if ((region === undefined || region[at] === 1) && Number.isFinite(value)) out[count++] = value;
  }
  if (count === 0) throw imagingErrors.error('IMAGING.EMPTY_MASK', { stage: 'drawn' });
  return out.subarray(0, count);
}

/** Percentile of sorted values, linear between them. */
function percentileOf(sorted: Float64Array, percentile: number): number {
  const place = (percentile / 100) * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return (sorted[low] as number) + (place - low) * ((sorted[high] as number) - (sorted[low] as number));
}

function linear(values: ArrayLike<number>, method: NormalizationMethod, regionVoxels: number, offset: number, scale: number): Normalized {
  if (!(scale > 0)) throw imagingErrors.error('IMAGING.FLAT_REGION');
  const out = new Float32Array(values.length);
  for (let at = 0; at < out.length; at++) out[at] = ((values[at] as number) - offset) / scale;
  return { values: out, record: { method, regionVoxels, offset, scale } };
}
