import { imagingErrors } from '../errors.js';
import { geometryFromAxes, vectorLength } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import type { Geometry } from '../volume.js';
import type { StoredType } from './bytes.js';

/** What a volume needs of an NRRD header (https://teem.sourceforge.net/nrrd/format.html). */
export interface NrrdHeader {
  readonly type: StoredType;
  readonly littleEndian: boolean;
  readonly encoding: 'raw' | 'gzip';
  readonly geometry: Geometry;
  /** Name of the file that holds the voxels, relative to the header; undefined where they follow the header. */
  readonly dataFile: string | undefined;
  /** First byte after the header. */
  readonly headerBytes: number;
  readonly lineSkip: number;
  /** Bytes between the start of the (decompressed) data and the voxels; -1: the voxels are the last bytes. */
  readonly byteSkip: number;
}

const typeNames: Readonly<Record<StoredType, readonly string[]>> = {
  int8: ['signed char', 'int8', 'int8_t'],
  uint8: ['uchar', 'unsigned char', 'uint8', 'uint8_t'],
  int16: ['short', 'short int', 'signed short', 'signed short int', 'int16', 'int16_t'],
  uint16: ['ushort', 'unsigned short', 'unsigned short int', 'uint16', 'uint16_t'],
  int32: ['int', 'signed int', 'int32', 'int32_t'],
  uint32: ['uint', 'unsigned int', 'uint32', 'uint32_t'],
  int64: ['longlong', 'long long', 'long long int', 'signed long long', 'signed long long int', 'int64', 'int64_t'],
  uint64: ['ulonglong', 'unsigned long long', 'unsigned long long int', 'uint64', 'uint64_t'],
  float32: ['float'],
  float64: ['double'],
};

/** Signs that turn a patient space into LPS. */
const spaces: ReadonlyMap<string, Triple> = new Map([
  ['left-posterior-superior', [1, 1, 1]],
  ['lps', [1, 1, 1]],
  ['right-anterior-superior', [-1, -1, 1]],
  ['ras', [-1, -1, 1]],
  ['left-anterior-superior', [1, -1, 1]],
  ['las', [1, -1, 1]],
]);

/** True for bytes that begin like NRRD. */
export function isNrrd(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 4)) === 'NRRD';
}

/** Parses an NRRD header. @throws `IMAGING.BAD_NRRD`, `IMAGING.UNSUPPORTED`, `IMAGING.NOT_THREE_DIMENSIONAL`, `IMAGING.BAD_GEOMETRY` */
export function parseNrrdHeader(bytes: Uint8Array): NrrdHeader {
  if (!isNrrd(bytes)) throw imagingErrors.error('IMAGING.BAD_NRRD', { problem: 'magic' });
  const { fields, headerBytes } = parseFields(bytes);
  const need = (field: string) => fields.get(field) ?? fail('missing', field);
  const typeName = need('type').toLowerCase();
  const type = (Object.keys(typeNames) as StoredType[]).find((name) => typeNames[name].includes(typeName));
  if (type === undefined) throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'datatype', found: typeName.slice(0, 40) });
  const encodingName = need('encoding').toLowerCase();
  const encoding = encodingName === 'raw' ? 'raw' : encodingName === 'gzip' || encodingName === 'gz' ? 'gzip' : undefined;
  if (encoding === undefined) throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'encoding', found: encodingName.slice(0, 40) });
  const endian = type.endsWith('8') ? 'little' : need('endian').toLowerCase();
  if (endian !== 'little' && endian !== 'big') fail('value', 'endian');
  const dataFile = fields.get('data file') ?? fields.get('datafile');
  if (dataFile !== undefined && (/^LIST\b/.test(dataFile) || dataFile.includes('%')))
    throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'list', found: '' });
  const skip = (field: string, least: number) => {
    const value = Number(fields.get(field) ?? fields.get(field.replace(' ', '')) ?? 0);
    return Number.isSafeInteger(value) && value >= least ? value : fail('value', field);
  };
  return {
    type,
    littleEndian: endian === 'little',
    encoding,
    geometry: parseGrid(fields),
    dataFile,
    headerBytes,
    lineSkip: skip('line skip', 0),
    byteSkip: skip('byte skip', encoding === 'raw' ? -1 : 0),
  };
}

function parseFields(bytes: Uint8Array): { fields: ReadonlyMap<string, string>; headerBytes: number } {
  const fields = new Map<string, string>();
  let at = 0;
  for (let line = 0; at < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, at);
    const text = decode(bytes.subarray(at, end < 0 ? bytes.length : end)).replace(/\r$/, '');
    at = end < 0 ? bytes.length : end + 1;
    if (line === 0) continue;
    if (text === '') break;
    if (text.startsWith('#') || text.includes(':=')) continue;
    const colon = text.indexOf(': ') >= 0 ? text.indexOf(': ') : text.endsWith(':') ? text.length - 1 : -1;
    if (colon < 0) throw imagingErrors.error('IMAGING.BAD_NRRD', { problem: 'field' });
    fields.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }
  return { fields, headerBytes: at };
}

function parseGrid(fields: ReadonlyMap<string, string>): Geometry {
  const rank = Number(fields.get('dimension') ?? fail('missing', 'dimension'));
  const sizes = (fields.get('sizes') ?? fail('missing', 'sizes')).split(/\s+/).map(Number);
  if (sizes.length !== rank || !sizes.every((size) => Number.isSafeInteger(size) && size > 0)) fail('value', 'sizes');
  const units = fields.get('space units');
  if (units !== undefined && /[^\s"m]/.test(units))
    throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'space', found: units.slice(0, 40) });
  const directions = fields.get('space directions');
  const steps = directions === undefined ? spacingSteps(fields, rank) : vectors(directions, 'space directions');
  if (steps.length !== rank) fail('value', directions === undefined ? 'spacings' : 'space directions');
  // Axes that are no axes of space may stay only if they hold a single value.
  const axes = sizes
    .map((size, axis) => ({ size, step: steps[axis] ?? null }))
    .filter(({ size, step }) => step !== null || size > 1 || rank <= 3);
  if (axes.length > 3 || axes.some(({ step }) => step === null))
    throw imagingErrors.error('IMAGING.NOT_THREE_DIMENSIONAL', { count: rank, sizes: sizes.join(' x ') });
  const flip = signsOf(fields);
  const turned = axes.map(
    ({ step }) => [0, 1, 2].map((r) => ((step as readonly number[])[r] ?? 0) * flip[r as 0 | 1 | 2]) as unknown as Triple,
  );
  if (turned.length < 2) throw imagingErrors.error('IMAGING.NOT_THREE_DIMENSIONAL', { count: turned.length, sizes: sizes.join(' x ') });
  if (turned.length === 2) turned.push(unitNormal(turned[0] as Triple, turned[1] as Triple));
  const origin = vectors(fields.get('space origin') ?? '(0,0,0)', 'space origin')[0] ?? fail('value', 'space origin');
  const dimensions = [...axes.map(({ size }) => size), 1].slice(0, 3) as unknown as Triple;
  const spacing = turned.map(vectorLength) as unknown as Triple;
  // Times the inverse and not by the length, as the library of the format does it: the last bit can decide where a voxel is resampled from.
  const unitSteps = turned.map((step, axis) => step.map((part) => part * (1 / (spacing[axis] as number))));
  return geometryFromAxes(
    dimensions,
    unitSteps as unknown as [Triple, Triple, Triple],
    spacing,
    [0, 1, 2].map((r) => (origin[r] ?? 0) * flip[r as 0 | 1 | 2]) as unknown as Triple,
  );
}

function signsOf(fields: ReadonlyMap<string, string>): Triple {
  const space = fields.get('space');
  // Without a named space the axes are taken as they are, as ITK does.
  if (space === undefined) return [1, 1, 1];
  const signs = spaces.get(space.toLowerCase());
  if (signs === undefined) throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'space', found: space.slice(0, 40) });
  return signs;
}

function spacingSteps(fields: ReadonlyMap<string, string>, rank: number): (readonly number[] | null)[] {
  const spacings = (fields.get('spacings') ?? Array(rank).fill('1').join(' ')).split(/\s+/).map(Number);
  return spacings.map((spacing, axis) => (axis < 3 ? [0, 1, 2].map((r) => (r === axis ? spacing : 0)) : null));
}

/** `(1,0,0) none (0, 1, 0)` as vectors of three, null for `none`. */
function vectors(text: string, field: string): (readonly number[] | null)[] {
  return [...text.matchAll(/\(([^)]*)\)|none/g)].map(([whole, inner]) => {
    if (whole === 'none') return null;
    const parts = (inner as string).split(',').map(Number);
    return (parts.length === 2 || parts.length === 3) && parts.every((part) => !Number.isNaN(part)) ? parts : fail('value', field);
  });
}

/** The normal of a single slice; its length is 1 mm, since a two-dimensional image has no thickness. */
function unitNormal(u: Triple, v: Triple): Triple {
  const n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]] as const;
  const length = Math.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2);
  return [n[0] / length, n[1] / length, n[2] / length];
}

function fail(problem: 'missing' | 'value', field: string): never {
  throw imagingErrors.error('IMAGING.BAD_NRRD', { problem, field });
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
