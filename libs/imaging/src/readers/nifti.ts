import { imagingErrors } from '../errors.js';
import { voxelCount } from '../geometry/geometry.js';
import type { Geometry, Volume, VoxelArray } from '../volume.js';
import { assertAffordable, decodeVoxels, gunzipExpected, gunzipStart, isGzip } from './bytes.js';
import type { ReadOptions } from './bytes.js';
import { parseNiftiHeader } from './nifti-header.js';

/** Volumes on one grid, in the order of the fourth axis of their file. */
export interface VolumeSeries {
  readonly geometry: Geometry;
  readonly volumes: readonly VoxelArray[];
}

/**
 * Reads a NIfTI-1 or NIfTI-2 file (.nii, .nii.gz) of either byte order. Voxels keep their storage unless the header scales them
 * (`scl_slope`, `scl_inter`), then they are doubles. The size is checked from the header before anything is decompressed.
 * @throws `IMAGING.BAD_NIFTI`, `IMAGING.NOT_THREE_DIMENSIONAL`, `IMAGING.UNSUPPORTED`, `IMAGING.BAD_GEOMETRY`, `IMAGING.TOO_LARGE`,
 * `IMAGING.TRUNCATED`, `IMAGING.BAD_GZIP`
 */
export function readNifti(bytes: Uint8Array, options: ReadOptions = {}): Volume {
  const { geometry, values } = readAxes(bytes, 3, options);
  return { geometry, values };
}

/**
 * Reads a NIfTI file of three or four dimensions as volumes: phases of a dynamic series, b-values, flip angles. Times are not taken from the
 * header: converters write the repetition time of the sequence there, which is not the time between phases.
 * @throws what {@link readNifti} throws; `IMAGING.NOT_THREE_DIMENSIONAL` for five axes and more
 */
export function readNiftiSeries(bytes: Uint8Array, options: ReadOptions = {}): VolumeSeries {
  const { geometry, values, volumeCount } = readAxes(bytes, 4, options);
  const size = voxelCount(geometry);
  return { geometry, volumes: Array.from({ length: volumeCount }, (_, at) => values.subarray(at * size, (at + 1) * size)) };
}

function readAxes(bytes: Uint8Array, mostAxes: 3 | 4, options: ReadOptions): Volume & { readonly volumeCount: number } {
  const zipped = isGzip(bytes);
  const header = parseNiftiHeader(zipped ? gunzipStart(bytes) : bytes, mostAxes);
  const count = voxelCount(header.geometry) * header.volumeCount;
  const needed = assertAffordable(count, header.type, options);
  const content = zipped ? gunzipExpected(bytes, header.dataOffset + needed) : bytes;
  if (header.dataOffset > content.length) throw imagingErrors.error('IMAGING.BAD_NIFTI', { problem: 'offset' });
  const stored = decodeVoxels(content, header.dataOffset, count, header.type, header.littleEndian);
  return { geometry: header.geometry, values: scaled(stored, header.slope, header.intercept), volumeCount: header.volumeCount };
}

function scaled(stored: VoxelArray, slope: number, intercept: number): VoxelArray {
  if (slope === 1 && intercept === 0) return stored;
  const out = new Float64Array(stored.length);
  for (let at = 0; at < out.length; at++) out[at] = (stored[at] as number) * slope + intercept;
  return out;
}
