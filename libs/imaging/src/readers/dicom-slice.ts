import { inflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import type { DataSet } from 'dicom-parser';
import { imagingErrors } from '../errors.js';
import type { Triple } from '../geometry/geometry.js';
import { defaultLimitBytes } from './bytes.js';

/** One single-frame image of a series. */
export interface DicomSlice {
  /** Place in the list of files, from 1; names may identify a participant and are never shown. */
  readonly file: number;
  readonly seriesUid: string;
  readonly rows: number;
  readonly columns: number;
  /** Center of the first voxel, LPS millimeters. */
  readonly position: Triple;
  /** Unit vector along a row (i) and along a column (j). */
  readonly rowAxis: Triple;
  readonly columnAxis: Triple;
  /** Distance between columns (i) and between rows (j), millimeters. */
  readonly pixelSpacingMm: readonly [number, number];
  /** Distance to the next slice as the header states it; undefined if it does not. */
  readonly statedSpacingMm: number | undefined;
  readonly slope: number;
  readonly intercept: number;
  /** Writes stored values, before the rescale, into `out` from `at` on. */
  readonly decode: (out: Float64Array | Int32Array, at: number) => void;
}

const uncompressed = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.2']);
const bigEndian = '1.2.840.10008.1.2.2';

/**
 * Parses one DICOM file; undefined for objects that are no images (structure sets, directories).
 * @param file place in the list of files, from 1
 * @throws `IMAGING.BAD_DICOM`, `IMAGING.UNSUPPORTED`
 */
export function parseDicomSlice(bytes: Uint8Array, file: number, count: number): DicomSlice | undefined {
  const data = parse(bytes, file, count);
  if (data.elements['x00280010'] === undefined && data.elements['x7fe00010'] === undefined) return undefined;
  const missing = (attribute: string): never => {
    throw imagingErrors.error('IMAGING.BAD_DICOM', { file, count, problem: 'missing', attribute });
  };
  const numbers = (tag: string, attribute: string, size: number) => {
    const parts = (data.string(tag) ?? '').split('\\').map((part) => (part.trim() === '' ? NaN : Number(part)));
    return parts.length === size && parts.every(Number.isFinite) ? parts : missing(attribute);
  };
  const optional = (tag: string) => {
    const text = data.string(tag);
    const value = text === undefined || text.trim() === '' ? NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  };
  assertPlain(data);
  const rows = data.uint16('x00280010') ?? missing('Rows');
  const columns = data.uint16('x00280011') ?? missing('Columns');
  const orientation = numbers('x00200037', 'ImageOrientationPatient', 6);
  const spacing = numbers('x00280030', 'PixelSpacing', 2);
  return {
    file,
    seriesUid: data.string('x0020000e') ?? missing('SeriesInstanceUID'),
    rows,
    columns,
    position: numbers('x00200032', 'ImagePositionPatient', 3) as unknown as Triple,
    rowAxis: orientation.slice(0, 3) as unknown as Triple,
    columnAxis: orientation.slice(3) as unknown as Triple,
    // The attribute gives the distance between rows first (PS3.3, 10.7.1.1).
    pixelSpacingMm: [spacing[1] as number, spacing[0] as number],
    statedSpacingMm: optional('x00180088') ?? optional('x00180050'),
    slope: optional('x00281053') ?? 1,
    intercept: optional('x00281052') ?? 0,
    decode: pixelDecoder(data, rows * columns, file, count),
  };
}

function parse(bytes: Uint8Array, file: number, count: number): DataSet {
  try {
    return dicomParser.parseDicom(bytes, {
      // The callback has to return the header followed by what was deflated; the declared type says otherwise.
      inflater: ((whole: Uint8Array, position: number) => {
        const rest = inflateRawSync(whole.subarray(position), { maxOutputLength: defaultLimitBytes });
        const joined = new Uint8Array(position + rest.length);
        joined.set(whole.subarray(0, position));
        joined.set(rest, position);
        return joined;
      }) as unknown as (arr: Uint8Array, position: number) => void,
    });
  } catch (cause) {
    throw imagingErrors.error('IMAGING.BAD_DICOM', { file, count, problem: 'parse' }, { cause });
  }
}

/** @throws `IMAGING.UNSUPPORTED` for compressed, multi-frame and color images and for look-up tables */
function assertPlain(data: DataSet): void {
  const unsupported = (kind: string, found: string | number): never => {
    throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind, found });
  };
  const syntax = data.string('x00020010') ?? '1.2.840.10008.1.2';
  if (!uncompressed.has(syntax)) unsupported('transferSyntax', syntax);
  const frames = data.intString('x00280008') ?? 1;
  if (frames !== 1) unsupported('multiframe', frames);
  const photometric = data.string('x00280004') ?? 'MONOCHROME2';
  if (!photometric.startsWith('MONOCHROME') || (data.uint16('x00280002') ?? 1) !== 1) unsupported('color', photometric);
  if (data.elements['x00283000'] !== undefined) unsupported('lookup', '');
}

function pixelDecoder(data: DataSet, pixels: number, file: number, count: number): DicomSlice['decode'] {
  const element = data.elements['x7fe00010'];
  const allocated = data.uint16('x00280100');
  if (element === undefined || (allocated !== 8 && allocated !== 16 && allocated !== 32))
    throw imagingErrors.error('IMAGING.BAD_DICOM', {
      file,
      count,
      problem: 'missing',
      attribute: element === undefined ? 'PixelData' : 'BitsAllocated',
    });
  const size = allocated / 8;
  const start = element.dataOffset;
  if (element.length < pixels * size || start + pixels * size > data.byteArray.length)
    throw imagingErrors.error('IMAGING.BAD_DICOM', { file, count, problem: 'pixels' });
  const stored = data.uint16('x00280101') ?? allocated;
  const high = data.uint16('x00280102') ?? stored - 1;
  const isSigned = data.uint16('x00280103') === 1;
  const view = new DataView(data.byteArray.buffer, data.byteArray.byteOffset + start, pixels * size);
  const littleEndian = data.string('x00020010') !== bigEndian;
  // Bits above the stored ones may hold overlays: they are shifted out, the sign is brought down again.
  const up = 31 - high;
  const down = 32 - stored;
  return (out, at) => {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const raw =
        size === 2 ? view.getUint16(2 * pixel, littleEndian) : size === 1 ? view.getUint8(pixel) : view.getUint32(4 * pixel, littleEndian);
      out[at + pixel] = isSigned ? (raw << up) >> down : (raw << up) >>> down;
    }
  };
}
