import { voxelCount } from '../geometry/geometry.js';
import type { Volume, VoxelArray } from '../volume.js';

const headerBytes = 352;

/**
 * A volume as an uncompressed little-endian NIfTI-1 file with an sform; {@link readNifti} gives it back unchanged but for the header's
 * single precision of positions.
 * @returns the bytes of a .nii file
 */
export function writeNifti({ geometry, values }: Volume): Uint8Array {
  const out = new Uint8Array(headerBytes + values.byteLength);
  const view = new DataView(out.buffer);
  const [type, bits] = datatypeOf(values);
  view.setInt32(0, 348, true);
  [3, ...geometry.dimensions, 1, 1, 1, 1].forEach((size, at) => view.setInt16(40 + 2 * at, size, true));
  view.setInt16(70, type, true);
  view.setInt16(72, bits, true);
  [1, ...geometry.spacingMm].forEach((spacing, at) => view.setFloat32(76 + 4 * at, spacing, true));
  view.setFloat32(108, headerBytes, true);
  view.setFloat32(112, 1, true);
  // Millimeters.
  view.setUint8(123, 2);
  view.setInt16(254, 1, true);
  const { direction, spacingMm, originMm } = geometry;
  for (let row = 0; row < 3; row++) {
    // LPS to RAS: the first two patient axes change their sign.
    const sign = row < 2 ? -1 : 1;
    for (let column = 0; column < 3; column++)
      view.setFloat32(280 + 4 * (4 * row + column), sign * (direction[3 * row + column] as number) * (spacingMm[column] as number), true);
    view.setFloat32(280 + 4 * (4 * row + 3), sign * (originMm[row] as number), true);
  }
  out.set([0x6e, 0x2b, 0x31, 0], 344);
  for (let at = 0, count = voxelCount(geometry); at < count; at++) setVoxel(view, headerBytes, at, values);
  return out;
}

function datatypeOf(values: VoxelArray): [code: number, bits: number] {
  if (values instanceof Uint8Array) return [2, 8];
  if (values instanceof Int16Array) return [4, 16];
  if (values instanceof Int32Array) return [8, 32];
  if (values instanceof Float32Array) return [16, 32];
  if (values instanceof Float64Array) return [64, 64];
  if (values instanceof Int8Array) return [256, 8];
  return values instanceof Uint16Array ? [512, 16] : [768, 32];
}

function setVoxel(view: DataView, start: number, at: number, values: VoxelArray): void {
  const place = start + at * values.BYTES_PER_ELEMENT;
  const value = values[at] as number;
  if (values instanceof Float64Array) view.setFloat64(place, value, true);
  else if (values instanceof Float32Array) view.setFloat32(place, value, true);
  else if (values.BYTES_PER_ELEMENT === 4) view.setUint32(place, value, true);
  else if (values.BYTES_PER_ELEMENT === 2) view.setUint16(place, value, true);
  else view.setUint8(place, value);
}
