import { imagingErrors } from '../errors.js';
import { voxelCount } from '../geometry/geometry.js';
import type { Volume } from '../volume.js';
import { assertAffordable, decodeVoxels, gunzipExpected } from './bytes.js';
import type { ReadOptions } from './bytes.js';
import { parseNrrdHeader } from './nrrd-header.js';

/** Gives the bytes of the data file that a detached header names, relative to the header; undefined if there is none. */
export type LoadDetached = (name: string) => Uint8Array | undefined;

/**
 * Reads an NRRD file with its voxels attached (.nrrd) or detached (.nhdr), raw or gzip, of either byte order.
 * @param loadDetached gives the data file of a detached header
 * @throws `IMAGING.BAD_NRRD`, `IMAGING.NOT_THREE_DIMENSIONAL`, `IMAGING.UNSUPPORTED`, `IMAGING.BAD_GEOMETRY`, `IMAGING.TOO_LARGE`,
 * `IMAGING.TRUNCATED`, `IMAGING.BAD_GZIP`
 */
export function readNrrd(bytes: Uint8Array, loadDetached?: LoadDetached, options: ReadOptions = {}): Volume {
  const header = parseNrrdHeader(bytes);
  const count = voxelCount(header.geometry);
  const needed = assertAffordable(count, header.type, options);
  let data = bytes.subarray(header.headerBytes);
  if (header.dataFile !== undefined) {
    const loaded = loadDetached?.(header.dataFile);
    if (loaded === undefined) throw imagingErrors.error('IMAGING.BAD_NRRD', { problem: 'detached' });
    data = loaded;
  }
  for (let line = 0; line < header.lineSkip; line++) data = data.subarray(data.indexOf(0x0a) + 1);
  if (header.encoding === 'gzip') data = gunzipExpected(data, header.byteSkip + needed);
  const offset = header.byteSkip < 0 ? data.length - needed : header.byteSkip;
  if (offset < 0) throw imagingErrors.error('IMAGING.TRUNCATED', { needed, found: data.length });
  return { geometry: header.geometry, values: decodeVoxels(data, offset, count, header.type, header.littleEndian) };
}
