import { imagingErrors } from '../errors.js';
import type { DicomObject } from './dicom-object.js';

/** How the pixels of an object are stored (PS3.3, C.7.6.3). */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samplesPerPixel: number;
  readonly photometric: string;
  /** Integers, or floating point numbers of Float or Double Float Pixel Data. */
  readonly sample: 'integer' | 'float32' | 'float64';
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly isSigned: boolean;
  /** The attribute that holds the pixels: x7fe00010, x7fe00008 or x7fe00009. */
  readonly tag: string;
}

/** True for objects with pixels; others are structure sets, reports, directories. */
export function hasPixels(object: DicomObject): boolean {
  return object.has('x7fe00010') || object.has('x7fe00008') || object.has('x7fe00009') || object.has('x00280010');
}

/** Pixels of one frame. */
export function framePixels({ rows, columns }: PixelFormat): number {
  return rows * columns;
}

/**
 * Reads how pixels are stored.
 * @throws `IMAGING.BAD_DICOM` where an attribute is absent or makes no sense
 */
export function pixelFormatOf(object: DicomObject): PixelFormat {
  const wrong = (attribute: string): never => {
    throw imagingErrors.error('IMAGING.BAD_DICOM', { ...object.place, problem: 'missing', attribute });
  };
  const positive = (tag: string, attribute: string): number => object.uint16(tag) || wrong(attribute);
  const tag = ['x7fe00010', 'x7fe00008', 'x7fe00009'].find((name) => object.has(name)) ?? wrong('PixelData');
  const rows = positive('x00280010', 'Rows');
  const columns = positive('x00280011', 'Columns');
  const frames = object.decimal('x00280008') ?? 1;
  if (!Number.isInteger(frames) || frames < 1 || frames > 2 ** 31) wrong('NumberOfFrames');
  const sample = tag === 'x7fe00008' ? 'float32' : tag === 'x7fe00009' ? 'float64' : 'integer';
  const bitsAllocated = sample === 'float32' ? 32 : sample === 'float64' ? 64 : positive('x00280100', 'BitsAllocated');
  if (![1, 8, 16, 32, 64].includes(bitsAllocated) || (sample === 'integer' && bitsAllocated === 64)) wrong('BitsAllocated');
  const bitsStored = sample === 'integer' ? object.uint16('x00280101') || bitsAllocated : bitsAllocated;
  const highBit = sample === 'integer' ? (object.uint16('x00280102') ?? bitsStored - 1) : bitsAllocated - 1;
  if (bitsStored > bitsAllocated) wrong('BitsStored');
  if (highBit >= bitsAllocated || highBit < bitsStored - 1) wrong('HighBit');
  return {
    rows,
    columns,
    frames,
    samplesPerPixel: object.uint16('x00280002') ?? 1,
    photometric: object.text('x00280004') ?? 'MONOCHROME2',
    sample,
    bitsAllocated,
    bitsStored,
    highBit,
    isSigned: object.uint16('x00280103') === 1,
    tag,
  };
}
