import { imagingErrors } from '../errors.js';
import { geometryFromAxes, geometryFromSteps, vectorLength } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import type { Geometry } from '../volume.js';
import type { StoredType } from './bytes.js';

/** What a volume needs of a NIfTI header. */
export interface NiftiHeader {
  readonly littleEndian: boolean;
  /** Voxels along i, j, k. */
  readonly sizes: readonly number[];
  /** Volumes along the fourth axis; 1 without one. */
  readonly volumeCount: number;
  readonly type: StoredType;
  /** First byte of the voxels. */
  readonly dataOffset: number;
  /** `value = slope * stored + intercept`; 1 and 0 where the header says that there is no scale. */
  readonly slope: number;
  readonly intercept: number;
  readonly geometry: Geometry;
}

/** Bytes that hold either header. */
export const niftiHeaderBytes = 540;

const types: ReadonlyMap<number, StoredType> = new Map([
  [2, 'uint8'],
  [4, 'int16'],
  [8, 'int32'],
  [16, 'float32'],
  [64, 'float64'],
  [256, 'int8'],
  [512, 'uint16'],
  [768, 'uint32'],
  [1024, 'int64'],
  [1280, 'uint64'],
]);

/** Where the fields of the two versions lie (nifti1.h, nifti2.h), and how numbers are stored there. */
interface Layout {
  readonly headerBytes: number;
  readonly magic: number;
  readonly datatype: number;
  readonly dim: number;
  readonly pixdim: number;
  readonly voxOffset: number;
  readonly slope: number;
  readonly units: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternion: number;
  readonly srow: number;
  readonly real: (view: DataView, at: number, littleEndian: boolean) => number;
  readonly realBytes: number;
  readonly size: (view: DataView, at: number, littleEndian: boolean) => number;
  readonly sizeBytes: number;
  readonly code: (view: DataView, at: number, littleEndian: boolean) => number;
}

const version1: Layout = {
  headerBytes: 348,
  magic: 344,
  datatype: 70,
  dim: 40,
  pixdim: 76,
  voxOffset: 108,
  slope: 112,
  units: 123,
  qformCode: 252,
  sformCode: 254,
  quaternion: 256,
  srow: 280,
  real: (view, at, littleEndian) => view.getFloat32(at, littleEndian),
  realBytes: 4,
  size: (view, at, littleEndian) => view.getInt16(at, littleEndian),
  sizeBytes: 2,
  code: (view, at, littleEndian) => view.getInt16(at, littleEndian),
};

const version2: Layout = {
  headerBytes: 540,
  magic: 4,
  datatype: 12,
  dim: 16,
  pixdim: 104,
  voxOffset: 168,
  slope: 176,
  units: 500,
  qformCode: 344,
  sformCode: 348,
  quaternion: 352,
  srow: 400,
  real: (view, at, littleEndian) => view.getFloat64(at, littleEndian),
  realBytes: 8,
  size: (view, at, littleEndian) => Number(view.getBigInt64(at, littleEndian)),
  sizeBytes: 8,
  code: (view, at, littleEndian) => view.getInt32(at, littleEndian),
};

/** True for bytes that begin with a NIfTI header of either version and byte order. */
export function isNifti(bytes: Uint8Array): boolean {
  return layoutOf(bytes) !== undefined;
}

function layoutOf(bytes: Uint8Array): { layout: Layout; littleEndian: boolean } | undefined {
  if (bytes.length < 348) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const layout of [version1, version2])
    for (const littleEndian of [true, false])
      if (bytes.length >= layout.headerBytes && view.getInt32(0, littleEndian) === layout.headerBytes) {
        const magic = String.fromCharCode(...bytes.subarray(layout.magic, layout.magic + 3));
        if (magic === 'n+1' || magic === 'ni1' || magic === 'n+2' || magic === 'ni2') return { layout, littleEndian };
      }
  return undefined;
}

/**
 * Parses a NIfTI-1 or NIfTI-2 header. Patient axes are turned from RAS to LPS. The sform is used where it has a code, else the qform, else
 * the spacings alone (https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h, methods 3, 2 and 1).
 * @param mostAxes 4 where several volumes are wanted
 * @throws `IMAGING.BAD_NIFTI`, `IMAGING.UNSUPPORTED`, `IMAGING.NOT_THREE_DIMENSIONAL`, `IMAGING.BAD_GEOMETRY`
 */
export function parseNiftiHeader(bytes: Uint8Array, mostAxes: 3 | 4 = 3): NiftiHeader {
  const found = layoutOf(bytes);
  if (found === undefined) throw imagingErrors.error('IMAGING.BAD_NIFTI', { problem: 'magic' });
  const { layout, littleEndian } = found;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes[layout.magic + 1] !== 0x2b) throw imagingErrors.error('IMAGING.BAD_NIFTI', { problem: 'pair' });
  const [sizes, volumeCount] = parseSizes(layout, view, littleEndian, mostAxes);
  const code = view.getInt16(layout.datatype, littleEndian);
  const type = types.get(code);
  if (type === undefined) throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'datatype', found: `NIfTI ${code}` });
  const dataOffset =
    layout === version1 ? view.getFloat32(layout.voxOffset, littleEndian) : Number(view.getBigInt64(layout.voxOffset, littleEndian));
  // Some writers leave the offset at 0 and begin right after the four extension bytes.
  const offset = dataOffset === 0 ? layout.headerBytes + 4 : dataOffset;
  if (!Number.isInteger(offset) || offset < layout.headerBytes) throw imagingErrors.error('IMAGING.BAD_NIFTI', { problem: 'offset' });
  const [slope, intercept] = parseScale(layout, view, littleEndian);
  const geometry = parseGeometry(layout, view, littleEndian, sizes);
  return { littleEndian, sizes, volumeCount, type, dataOffset: offset, slope, intercept, geometry };
}

function parseSizes(
  layout: Layout,
  view: DataView,
  littleEndian: boolean,
  mostAxes: 3 | 4,
): readonly [sizes: readonly number[], volumeCount: number] {
  const rank = layout.size(view, layout.dim, littleEndian);
  const sizes = Array.from({ length: Math.min(Math.max(rank, 0), 7) }, (_, axis) =>
    layout.size(view, layout.dim + (axis + 1) * layout.sizeBytes, littleEndian),
  );
  if (rank < 1 || rank > 7 || !sizes.every((size) => Number.isSafeInteger(size) && size > 0))
    throw imagingErrors.error('IMAGING.BAD_NIFTI', { problem: 'dimensions' });
  while (sizes.length > 3 && sizes.at(-1) === 1) sizes.pop();
  if (sizes.length > mostAxes)
    throw imagingErrors.error('IMAGING.NOT_THREE_DIMENSIONAL', { count: sizes.length, sizes: sizes.join(' x ') });
  while (sizes.length < 3) sizes.push(1);
  return [sizes.slice(0, 3), sizes[3] ?? 1];
}

function parseScale(layout: Layout, view: DataView, littleEndian: boolean): [number, number] {
  const slope = layout.real(view, layout.slope, littleEndian);
  const intercept = layout.real(view, layout.slope + layout.realBytes, littleEndian);
  // A slope of 0 means "no scale" (nifti1.h); one that is no number says nothing either.
  if (slope === 0 || !Number.isFinite(slope)) return [1, 0];
  return [slope, Number.isFinite(intercept) ? intercept : 0];
}

/** Relative differences that rounding to single precision leaves in the length of a vector. */
const singlePrecision = 1e-6;

function parseGeometry(layout: Layout, view: DataView, littleEndian: boolean, sizes: readonly number[]): Geometry {
  const real = (at: number, index: number) => layout.real(view, at + index * layout.realBytes, littleEndian);
  const perUnit = millimetersPerUnit(layout === version1 ? view.getUint8(layout.units) : view.getInt32(layout.units, littleEndian));
  const dimensions = sizes as unknown as Triple;
  // RAS to LPS: the first two patient axes change their sign.
  const lps = (x: number, y: number, z: number): Triple => [-x * perUnit, -y * perUnit, z * perUnit];
  const told: Triple = [real(layout.pixdim, 1) * perUnit, real(layout.pixdim, 2) * perUnit, real(layout.pixdim, 3) * perUnit];
  const place = (steps: readonly [Triple, Triple, Triple], origin: Triple) => geometryWithSpacing(dimensions, steps, told, origin);
  if (layout.code(view, layout.sformCode, littleEndian) > 0) {
    const row = (r: number, c: number) => real(layout.srow, 4 * r + c);
    const column = (c: number) => lps(row(0, c), row(1, c), row(2, c));
    return place([column(0), column(1), column(2)], column(3));
  }
  const spacing: Triple = [
    real(layout.pixdim, 1),
    real(layout.pixdim, 2),
    sizes[2] === 1 ? real(layout.pixdim, 3) || 1 : real(layout.pixdim, 3),
  ];
  if (layout.code(view, layout.qformCode, littleEndian) <= 0)
    return geometryFromSteps(dimensions, [lps(spacing[0], 0, 0), lps(0, spacing[1], 0), lps(0, 0, spacing[2])], [0, 0, 0]);
  const rotation = rotationOf(real(layout.quaternion, 0), real(layout.quaternion, 1), real(layout.quaternion, 2));
  const handedness = real(layout.pixdim, 0) < 0 ? -1 : 1;
  // The library of the format keeps the matrix in the precision of the header, which decides the last bits.
  const kept = layout === version1 ? Math.fround : (value: number) => value;
  const column = (c: 0 | 1 | 2) => {
    const scale = spacing[c] * (c === 2 ? handedness : 1);
    const part = (row: 0 | 1 | 2) => kept((rotation[3 * row + c] as number) * scale);
    return lps(part(0), part(1), part(2));
  };
  const origin = lps(real(layout.quaternion, 3), real(layout.quaternion, 4), real(layout.quaternion, 5));
  return place([column(0), column(1), column(2)], origin);
}

/**
 * A grid from its steps and the spacing that the header tells beside them. Where both agree to single precision, the number by itself is the
 * more exact one; else the steps count.
 */
function geometryWithSpacing(dimensions: Triple, steps: readonly [Triple, Triple, Triple], told: Triple, originMm: Triple): Geometry {
  const lengths = steps.map(vectorLength);
  const spacing = lengths.map((length, axis) => {
    const number = told[axis] as number;
    return Math.abs(number - length) <= singlePrecision * length ? number : length;
  });
  const axes = steps.map((step, axis) => step.map((part) => part / (lengths[axis] as number)));
  return geometryFromAxes(dimensions, axes as unknown as [Triple, Triple, Triple], spacing as unknown as Triple, originMm);
}

/** Rotation matrix, row-major, of the unit quaternion whose last three parts are given. */
function rotationOf(b: number, c: number, d: number): readonly number[] {
  const rest = 1 - (b * b + c * c + d * d);
  // A half turn leaves nothing for the first part; rounding may even make it negative.
  const scale = rest < 1e-7 ? 1 / Math.sqrt(b * b + c * c + d * d) : 1;
  const a = rest < 1e-7 ? 0 : Math.sqrt(rest);
  const [x, y, z] = [b * scale, c * scale, d * scale];
  return [
    a * a + x * x - y * y - z * z,
    2 * (x * y - a * z),
    2 * (x * z + a * y),
    2 * (x * y + a * z),
    a * a + y * y - x * x - z * z,
    2 * (y * z - a * x),
    2 * (x * z - a * y),
    2 * (y * z + a * x),
    a * a + z * z - x * x - y * y,
  ];
}

function millimetersPerUnit(units: number): number {
  const space = units & 7;
  if (space === 1) return 1000;
  return space === 3 ? 1e-3 : 1;
}
