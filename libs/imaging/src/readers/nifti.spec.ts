import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '@cohortium/kernel';
import * as peer from 'nifti-reader-js';
import { describeGeometry, indexToPatient, isSameGeometry } from '../geometry/geometry.js';
import type { Geometry, Volume } from '../volume.js';
import { readNifti, readNiftiSeries } from './nifti.js';
import { writeNifti } from './write-nifti.js';

const grid: Geometry = { dimensions: [3, 2, 2], spacingMm: [0.5, 2, 3], originMm: [10, -20, 30], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
const counting = (geometry: Geometry): Volume => ({
  geometry,
  values: Int16Array.from({ length: geometry.dimensions.reduce((a, b) => a * b) }, (_, at) => at * 7 - 20),
});
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
  return 'no error';
};
const edited = (bytes: Uint8Array, edit: (view: DataView) => void) => {
  const copy = bytes.slice();
  edit(new DataView(copy.buffer));
  return copy;
};

describe('readNifti', () => {
  const file = writeNifti(counting(grid));

  it('gives back what was written, packed or not', () => {
    for (const bytes of [file, new Uint8Array(gzipSync(file))]) {
      const { geometry, values } = readNifti(bytes);
      expect(geometry).toEqual(grid);
      expect(values).toEqual(counting(grid).values);
    }
  });

  it('keeps every storage type of either byte order', () => {
    const arrays = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array] as const;
    for (const Type of arrays) {
      const values = new Type(Array.from({ length: 12 }, (_, at) => at * 5 + 1));
      const read = readNifti(writeNifti({ geometry: grid, values })).values;
      expect(read.constructor).toBe(Type);
      expect([...read]).toEqual([...values]);
    }
    const swapped = bigEndian(file);
    expect(readNifti(swapped)).toEqual(readNifti(file));
  });

  it('agrees with nifti-reader-js on the header fields and the voxels', () => {
    const buffer = file.buffer as ArrayBuffer;
    const header = peer.readHeader(buffer);
    expect(header.dims.slice(1, 4)).toEqual(grid.dimensions);
    expect(new Int16Array(peer.readImage(header, buffer))).toEqual(readNifti(file).values);
    const [x, y, z] = indexToPatient(readNifti(file).geometry, [2, 1, 1]);
    const ras = header.affine
      .slice(0, 3)
      .map((row) => 2 * (row[0] as number) + (row[1] as number) + (row[2] as number) + (row[3] as number));
    expect([-x, -y, z]).toEqual(ras);
  });

  it('scales by slope and intercept, and leaves alone what has none', () => {
    const read = (slope: number, intercept: number) =>
      readNifti(
        edited(file, (view) => {
          view.setFloat32(112, slope, true);
          view.setFloat32(116, intercept, true);
        }),
      ).values;
    expect([...read(0.5, -1)].slice(0, 3)).toEqual([-11, -7.5, -4]);
    expect(read(0, 5)).toEqual(counting(grid).values);
    expect(read(NaN, NaN)).toEqual(counting(grid).values);
  });

  it('a qform says the same as the sform it was made from', () => {
    fc.assert(
      fc.property(unitQuaternion, fc.boolean(), (quaternion, mirrored) => {
        const bytes = edited(file, (view) => {
          view.setInt16(254, 0, true);
          view.setInt16(252, 1, true);
          view.setFloat32(76, mirrored ? -1 : 1, true);
          [...quaternion.slice(1), 10, 20, 30].forEach((part, at) => view.setFloat32(256 + 4 * at, part, true));
        });
        const header = peer.readHeader(bytes.buffer as ArrayBuffer);
        const { geometry } = readNifti(bytes);
        const corner = indexToPatient(geometry, [2, 1, 1]);
        const expected = header.affine
          .slice(0, 3)
          .map((row) => 2 * (row[0] as number) + (row[1] as number) + (row[2] as number) + (row[3] as number));
        // Single precision of the quaternion over an extent of 7 mm.
        expect(Math.abs(-corner[0] - (expected[0] as number))).toBeLessThan(1e-4);
        expect(Math.abs(-corner[1] - (expected[1] as number))).toBeLessThan(1e-4);
        expect(Math.abs(corner[2] - (expected[2] as number))).toBeLessThan(1e-4);
      }),
    );
  });

  it('a qform may be a half turn, although rounding leaves no room for its first part', () => {
    const half = edited(file, (view) => {
      view.setInt16(254, 0, true);
      view.setInt16(252, 1, true);
      [0, 0, 1.0000001, 10, 20, 30].forEach((part, at) => view.setFloat32(256 + 4 * at, part, true));
    });
    expect(describeGeometry(readNifti(half).geometry)).toBe('3x2x2, 0.5x2x3 mm, @(-10, -20, 30), [1 0 0; 0 1 0; 0 0 1]');
  });

  it('the spacing of an oblique grid is the number that the header tells, unless the matrix says otherwise', () => {
    const oblique: Geometry = { ...grid, spacingMm: [0.9, 0.7, 2.3], direction: [0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1] };
    const bytes = writeNifti(counting(oblique));
    expect(readNifti(bytes).geometry.spacingMm).toEqual([0.9, 0.7, 2.3].map(Math.fround));
    const other = readNifti(edited(bytes, (view) => view.setFloat32(80, 0.95, true))).geometry.spacingMm;
    expect(other[0]).toBeCloseTo(0.9, 6);
  });

  it('without either form the spacings alone place the grid', () => {
    const { geometry } = readNifti(edited(file, (view) => view.setInt16(254, 0, true)));
    expect(describeGeometry(geometry)).toBe('3x2x2, 0.5x2x3 mm, @(0, 0, 0), [-1 0 0; 0 -1 0; 0 0 1]');
  });

  it('reads NIfTI-2 alike', () => {
    expect(isSameGeometry(readNifti(asNifti2(file)).geometry, grid)).toBe(true);
    expect(readNifti(asNifti2(file)).values).toEqual(counting(grid).values);
  });

  it('refuses what it cannot use, with a code for each', () => {
    const set16 = (at: number, value: number) => () => readNifti(edited(file, (view) => view.setInt16(at, value, true)));
    expect(codeOf(() => readNifti(new Uint8Array(1000)))).toBe('IMAGING.BAD_NIFTI');
    expect(codeOf(() => readNifti(edited(file, (view) => view.setUint8(345, 0x69))))).toBe('IMAGING.BAD_NIFTI');
    expect(codeOf(set16(42, 0))).toBe('IMAGING.BAD_NIFTI');
    expect(codeOf(set16(42, -3))).toBe('IMAGING.BAD_NIFTI');
    expect(codeOf(set16(70, 128))).toBe('IMAGING.UNSUPPORTED');
    expect(codeOf(() => readNifti(edited(file, (view) => view.setFloat32(108, 12, true))))).toBe('IMAGING.BAD_NIFTI');
    expect(codeOf(() => readNifti(edited(file, (view) => view.setFloat32(108, 1e6, true))))).toBe('IMAGING.BAD_NIFTI');
    expect(codeOf(() => readNifti(file.subarray(0, file.length - 1)))).toBe('IMAGING.TRUNCATED');
    expect(codeOf(() => readNifti(gzipSync(file).subarray(0, gzipSync(file).length - 12)))).toBe('IMAGING.BAD_GZIP');
    expect(codeOf(() => readNifti(gzipSync(file.subarray(0, file.length - 1))))).toBe('IMAGING.TRUNCATED');
    expect(codeOf(() => readNifti(edited(file, (view) => view.setFloat32(280, 0, true))))).toBe('IMAGING.BAD_GEOMETRY');
    expect(codeOf(() => readNifti(edited(file, (view) => view.setFloat32(284, 1, true))))).toBe('IMAGING.BAD_GEOMETRY');
    expect(codeOf(() => readNifti(edited(file, (view) => view.setFloat32(292, NaN, true))))).toBe('IMAGING.BAD_GEOMETRY');
  });

  it('a fourth dimension is refused, unless it holds one volume', () => {
    const withFourth = (size: number) =>
      edited(file, (view) => {
        view.setInt16(40, 4, true);
        view.setInt16(48, size, true);
      });
    expect(readNifti(withFourth(1)).values).toHaveLength(12);
    expect(codeOf(() => readNifti(withFourth(5)))).toBe('IMAGING.NOT_THREE_DIMENSIONAL');
    expect(() => readNifti(withFourth(5))).toThrow('3 x 2 x 2 x 5');
  });

  it('a series of volumes along the fourth axis is read as such, a fifth axis is not', () => {
    const three = [0, 1, 2].map((volume) => Int16Array.from({ length: 12 }, (_, at) => 100 * volume + at));
    const header = (axes: number, sizes: readonly number[]) =>
      edited(file.slice(0, 352), (view) => {
        view.setInt16(40, axes, true);
        sizes.forEach((size, at) => view.setInt16(48 + 2 * at, size, true));
      });
    const voxels = three.map((volume) => new Uint8Array(volume.buffer));
    const { geometry, volumes } = readNiftiSeries(Buffer.concat([header(4, [3]), ...voxels]));
    expect(geometry).toEqual(grid);
    expect(volumes).toEqual(three);
    expect(readNiftiSeries(file).volumes).toEqual([counting(grid).values]);
    expect(codeOf(() => readNiftiSeries(Buffer.concat([header(5, [1, 3]), ...voxels])))).toBe('IMAGING.NOT_THREE_DIMENSIONAL');
    expect(codeOf(() => readNiftiSeries(Buffer.concat([header(4, [3]), ...voxels.slice(1)])))).toBe('IMAGING.TRUNCATED');
  });

  it('a header that asks for too much is refused before anything is unpacked', () => {
    const huge = gzipSync(
      edited(file, (view) => {
        for (const at of [42, 44, 46]) view.setInt16(at, 32_767, true);
      }),
    );
    expect(codeOf(() => readNifti(huge))).toBe('IMAGING.TOO_LARGE');
    expect(codeOf(() => readNifti(file, { limitBytes: 23 }))).toBe('IMAGING.TOO_LARGE');
    expect(codeOf(() => readNifti(file, { limitBytes: 24 }))).toBe('no error');
    const bomb = gzipSync(Buffer.concat([file, Buffer.alloc(8 * 2 ** 20)]));
    expect(codeOf(() => readNifti(bomb))).toBe('IMAGING.BAD_GZIP');
  });
});

/** Four numbers with a sum of squares of 1, the first positive: the peer makes NaN of half turns, which have their own test. */
const unitQuaternion = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
  .filter((parts) => Math.abs(parts[0] as number) > 0.01)
  .map((parts) => {
    const norm = Math.sqrt(parts.reduce((sum, part) => sum + part * part, 0)) * ((parts[0] as number) < 0 ? -1 : 1);
    return parts.map((part) => part / norm);
  });

function bigEndian(bytes: Uint8Array): Uint8Array {
  const from = new DataView(bytes.buffer);
  const out = bytes.slice();
  const to = new DataView(out.buffer);
  to.setInt32(0, 348);
  for (let at = 40; at < 56; at += 2) to.setInt16(at, from.getInt16(at, true));
  for (const at of [70, 72, 252, 254]) to.setInt16(at, from.getInt16(at, true));
  for (let at = 76; at < 120; at += 4) to.setFloat32(at, from.getFloat32(at, true));
  for (let at = 256; at < 328; at += 4) to.setFloat32(at, from.getFloat32(at, true));
  for (let at = 352; at < bytes.length; at += 2) to.setInt16(at, from.getInt16(at, true));
  return out;
}

function asNifti2(bytes: Uint8Array): Uint8Array {
  const from = new DataView(bytes.buffer);
  const out = new Uint8Array(544 + bytes.length - 352);
  const to = new DataView(out.buffer);
  to.setInt32(0, 540, true);
  out.set([0x6e, 0x2b, 0x32], 4);
  to.setInt16(12, from.getInt16(70, true), true);
  for (let axis = 0; axis < 8; axis++) {
    to.setBigInt64(16 + 8 * axis, BigInt(from.getInt16(40 + 2 * axis, true)), true);
    to.setFloat64(104 + 8 * axis, from.getFloat32(76 + 4 * axis, true), true);
  }
  to.setBigInt64(168, 544n, true);
  to.setFloat64(176, 1, true);
  to.setInt32(348, 1, true);
  for (let at = 0; at < 12; at++) to.setFloat64(400 + 8 * at, from.getFloat32(280 + 4 * at, true), true);
  to.setInt32(500, 2, true);
  out.set(bytes.subarray(352), 544);
  return out;
}
