import { inflateRawSync } from 'node:zlib';
import { imagingErrors } from '../errors.js';
import { assertAffordable } from '../readers/bytes.js';
import type { ReadOptions, StoredType } from '../readers/bytes.js';
import type { VoxelArray } from '../volume.js';
import { runCodec } from './codecs/codecs.js';
import type { CodecName } from './codecs/codecs.js';
import { readCodestreamHeader } from './codecs/codestream.js';
import type { CodestreamHeader } from './codecs/codestream.js';
import { JpegError } from './codecs/jpeg-bits.js';
import { decodeJpegLossless } from './codecs/jpeg-lossless.js';
import { decodeJpegSequential } from './codecs/jpeg-sequential.js';
import { decodeRle } from './codecs/rle.js';
import type { DicomObject } from './dicom-object.js';
import { encapsulatedFrames } from './frame-bytes.js';
import { framePixels, pixelFormatOf } from './pixel-format.js';
import type { PixelFormat } from './pixel-format.js';

/** Stored values of all frames of an object. */
export interface DecodedFrames {
  readonly format: PixelFormat;
  /** Frame after frame, row by row; before any rescale. Bits outside Bits Stored are left out, signs extended. */
  readonly values: VoxelArray;
}

/** Decodes one frame into `out` from `at` on. */
export type FrameDecoder = (frame: number, out: VoxelArray, at: number) => void;

/** How a transfer syntax holds frames (PS3.5, annex A). */
type Encoding = 'native' | 'rle' | 'jpeg' | 'deflatedFrames';

const encodings: Readonly<Record<string, Encoding>> = {
  '1.2.840.10008.1.2': 'native',
  '1.2.840.10008.1.2.1': 'native',
  '1.2.840.10008.1.2.1.99': 'native',
  '1.2.840.10008.1.2.2': 'native',
  '1.2.840.10008.1.2.5': 'rle',
  '1.2.840.10008.1.2.8.1': 'deflatedFrames',
  '1.2.840.10008.1.2.4.50': 'jpeg',
  '1.2.840.10008.1.2.4.51': 'jpeg',
  '1.2.840.10008.1.2.4.57': 'jpeg',
  '1.2.840.10008.1.2.4.70': 'jpeg',
  '1.2.840.10008.1.2.4.80': 'jpeg',
  '1.2.840.10008.1.2.4.81': 'jpeg',
  '1.2.840.10008.1.2.4.90': 'jpeg',
  '1.2.840.10008.1.2.4.91': 'jpeg',
  // High-throughput JPEG 2000, which OpenJPEG decodes as well.
  '1.2.840.10008.1.2.4.201': 'jpeg',
  '1.2.840.10008.1.2.4.202': 'jpeg',
  '1.2.840.10008.1.2.4.203': 'jpeg',
};

/** Largest compressed frame: blank images compress without bound, so the data do not bound what a decoder allocates. */
const compressedPixelLimit = 2 ** 25;

/**
 * Decodes all frames of an object.
 * @throws `IMAGING.BAD_DICOM`, `IMAGING.UNSUPPORTED` (transfer syntax, color, bits), `IMAGING.TOO_LARGE`; Error where `loadCodecs` was not awaited
 * before JPEG, JPEG-LS or JPEG 2000
 */
export function decodeFrames(object: DicomObject, options: ReadOptions = {}): DecodedFrames {
  const format = pixelFormatOf(object);
  const decode = frameDecoder(object, format);
  const pixels = framePixels(format);
  assertAffordable(pixels * format.frames, storedTypeOf(format), options);
  const values = makeVoxels(format, pixels * format.frames);
  for (let frame = 0; frame < format.frames; frame++) decode(frame, values, frame * pixels);
  return { format, values };
}

/**
 * A decoder of single frames. Everything that can be known without decoding is checked here: sizes, the number of frames, codec headers.
 * @throws as {@link decodeFrames}
 */
export function frameDecoder(object: DicomObject, format: PixelFormat): FrameDecoder {
  const { samplesPerPixel, photometric } = format;
  if (samplesPerPixel !== 1 || photometric === 'RGB' || photometric.startsWith('YBR') || photometric.startsWith('PALETTE'))
    throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'color', found: photometric });
  const syntax = object.transferSyntax;
  const encoding = encodings[syntax];
  if (encoding === undefined) throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'transferSyntax', found: syntax });
  if (encoding === 'native') return nativeDecoder(object, format);
  const frames = encapsulatedFrames(object, format);
  if (framePixels(format) > compressedPixelLimit)
    throw imagingErrors.error('IMAGING.TOO_LARGE', { needed: framePixels(format) * 4, limit: compressedPixelLimit * 4 });
  if (encoding === 'deflatedFrames') return deflatedDecoder(object, format, frames);
  return encoding === 'rle' ? rleDecoder(object, format, frames) : jpegDecoder(object, format, frames);
}

/** The storage that holds every stored value of a format. */
export function storedTypeOf({ sample, bitsAllocated, isSigned }: PixelFormat): StoredType {
  if (sample !== 'integer') return sample;
  const bits = bitsAllocated === 16 ? 16 : bitsAllocated === 32 ? 32 : 8;
  return isSigned ? `int${bits}` : `uint${bits}`;
}

/** Zeros of the storage that {@link storedTypeOf} names. */
export function makeVoxels(format: PixelFormat, count: number): VoxelArray {
  const makers = {
    int8: Int8Array,
    uint8: Uint8Array,
    int16: Int16Array,
    uint16: Uint16Array,
    int32: Int32Array,
    uint32: Uint32Array,
    float32: Float32Array,
    float64: Float64Array,
  };
  return new makers[storedTypeOf(format) as keyof typeof makers](count);
}

function badPixels(object: DicomObject, problem: 'pixels' | 'compressed' | 'size'): Error {
  return imagingErrors.error('IMAGING.BAD_DICOM', { ...object.place, problem });
}

function nativeDecoder(object: DicomObject, format: PixelFormat): FrameDecoder {
  const element = object.element(format.tag);
  const needed = Math.ceil((framePixels(format) * format.frames * format.bitsAllocated) / 8);
  const bytes = object.bytes(format.tag);
  if (element === undefined || bytes === undefined || bytes.length < needed) throw badPixels(object, 'pixels');
  // Words of big endian files are swapped even where they hold two pixels of 8 bits (PS3.5, 8.1.1 and annex D).
  const swapsPairs = !object.littleEndian && element.vr === 'OW' && format.bitsAllocated <= 8;
  return (frame, out, at) => copyNative(bytes, frame, format, object.littleEndian, swapsPairs ? 1 : 0, out, at);
}

function copyNative(
  bytes: Uint8Array,
  frame: number,
  format: PixelFormat,
  little: boolean,
  flip: 0 | 1,
  out: VoxelArray,
  at: number,
): void {
  const pixels = framePixels(format);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = frame * pixels;
  const { sample, bitsAllocated, bitsStored, highBit, isSigned } = format;
  if (sample === 'float32') for (let i = 0; i < pixels; i++) out[at + i] = view.getFloat32(4 * (from + i), little);
  else if (sample === 'float64') for (let i = 0; i < pixels; i++) out[at + i] = view.getFloat64(8 * (from + i), little);
  else if (bitsAllocated === 1)
    // Pixels are packed from the least significant bit on, across frames (PS3.5, 8.1.1).
    for (let i = 0; i < pixels; i++) out[at + i] = ((bytes[((from + i) >>> 3) ^ flip] as number) >>> ((from + i) & 7)) & 1;
  else {
    // Bits outside the stored ones may hold overlays: they are shifted out, the sign is brought down again.
    const [up, down] = [31 - highBit, 32 - bitsStored];
    for (let i = 0; i < pixels; i++) {
      const raw =
        bitsAllocated === 16
          ? view.getUint16(2 * (from + i), little)
          : bitsAllocated === 8
            ? (bytes[(from + i) ^ flip] as number)
            : view.getUint32(4 * (from + i), little);
      out[at + i] = isSigned ? (raw << up) >> down : (raw << up) >>> down;
    }
  }
}

function deflatedDecoder(object: DicomObject, format: PixelFormat, frames: readonly Uint8Array[]): FrameDecoder {
  const needed = Math.ceil((framePixels(format) * format.bitsAllocated) / 8);
  return (frame, out, at) => {
    let bytes: Uint8Array;
    try {
      bytes = inflateRawSync(frames[frame] as Uint8Array, { maxOutputLength: needed + 8 });
    } catch {
      throw badPixels(object, 'compressed');
    }
    if (bytes.length < needed) throw badPixels(object, 'compressed');
    copyNative(bytes, 0, format, true, 0, out, at);
  };
}

function rleDecoder(object: DicomObject, format: PixelFormat, frames: readonly Uint8Array[]): FrameDecoder {
  const pixels = framePixels(format);
  const planes = format.bitsAllocated / 8;
  // Two bytes give at most 128 pixels of one plane.
  if (planes < 1 || frames.some((frame) => frame.length * 64 < pixels * planes)) throw badPixels(object, 'pixels');
  const [up, down] = [31 - format.highBit, 32 - format.bitsStored];
  return (frame, out, at) => {
    const bytes = decodeRle(frames[frame] as Uint8Array, planes, pixels);
    if (bytes === undefined) throw badPixels(object, 'compressed');
    for (let i = 0; i < pixels; i++) {
      let raw = 0;
      for (let plane = 0; plane < planes; plane++) raw = (raw << 8) | (bytes[plane * pixels + i] as number);
      out[at + i] = format.isSigned ? (raw << up) >> down : (raw << up) >>> down;
    }
  };
}

/** JPEG, JPEG-LS and JPEG 2000: the code stream tells its process itself, whatever of the three the transfer syntax names. */
function jpegDecoder(object: DicomObject, format: PixelFormat, frames: readonly Uint8Array[]): FrameDecoder {
  for (const frame of frames) {
    const header = readCodestreamHeader(frame);
    if (header === undefined) throw badPixels(object, 'compressed');
    if (header.rows !== format.rows || header.columns !== format.columns || header.components !== 1) throw badPixels(object, 'size');
    if (header.precision > format.bitsAllocated) throw badPixels(object, 'size');
    const unsupported = unsupportedProcess(header);
    if (unsupported !== undefined) throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'codec', found: unsupported });
    // Codecs fill up what is missing without a word: a whole stream has its end marker (EOI, EOC).
    if (header.process !== 0xc3 && !hasEndMarker(frame)) throw badPixels(object, 'pixels');
    // Every pixel of a Huffman-coded lossless image takes a bit at least.
    if (header.process === 0xc3 && frame.length * 8 < framePixels(format)) throw badPixels(object, 'pixels');
  }
  return (frame, out, at) => {
    const bytes = frames[frame] as Uint8Array;
    const header = readCodestreamHeader(bytes) as CodestreamHeader;
    const decoder = ourDecoder(header);
    const samples = decoder ? { values: ours(object, bytes, header, decoder), isSigned: false } : foreign(object, bytes, header);
    const bits = samples.isSigned ? format.bitsStored : Math.min(format.bitsStored, header.precision);
    const shift = 32 - bits;
    for (let i = 0; i < samples.values.length; i++) {
      const raw = samples.values[i] as number;
      out[at + i] = format.isSigned ? (raw << shift) >> shift : (raw << shift) >>> shift;
    }
  };
}

/** True where the end marker stands among the last bytes; what pads a frame to an even length is not always zero. */
function hasEndMarker(frame: Uint8Array): boolean {
  let at = frame.length - 1;
  while (at > 1 && frame[at] === 0) at--;
  for (const stop = Math.max(1, at - 8); at >= stop; at--) if (frame[at] === 0xd9 && frame[at - 1] === 0xff) return true;
  return false;
}

/** The name of a process that no codec here decodes. */
function unsupportedProcess({ process, precision }: CodestreamHeader): string | undefined {
  if (process === 0xc3 || process === 0xf7) return precision <= 16 ? undefined : `JPEG, ${precision} bits`;
  if (process === 0x51) return precision <= 16 ? undefined : `JPEG 2000, ${precision} bits`;
  if (process <= 0xc2 && precision === 8) return undefined;
  if (process <= 0xc1 && precision === 12) return undefined;
  return `JPEG SOF${process - 0xc0}, ${precision} bits`;
}

interface Samples {
  readonly values: Uint8Array | Uint16Array;
  readonly isSigned: boolean;
}

type JpegDecoder = (bytes: Uint8Array, rows: number, columns: number) => Uint16Array;

/** The decoder of this library for processes that no codec takes. */
function ourDecoder({ process, precision }: CodestreamHeader): JpegDecoder | undefined {
  if (process === 0xc3) return decodeJpegLossless;
  return (process === 0xc0 || process === 0xc1) && precision === 12 ? decodeJpegSequential : undefined;
}

function ours(object: DicomObject, bytes: Uint8Array, { rows, columns }: CodestreamHeader, decode: JpegDecoder): Uint16Array {
  try {
    return decode(bytes, rows, columns);
  } catch (cause) {
    if (cause instanceof JpegError || cause instanceof RangeError) throw badPixels(object, 'compressed');
    throw cause;
  }
}

function foreign(object: DicomObject, bytes: Uint8Array, header: CodestreamHeader): Samples {
  const name: CodecName = header.process === 0xf7 ? 'jpegLs' : header.process === 0x51 ? 'jpeg2000' : 'jpeg';
  const output = runCodec(name, bytes);
  const size = header.precision > 8 ? 2 : 1;
  if (
    output === undefined ||
    output.rows !== header.rows ||
    output.columns !== header.columns ||
    output.components !== 1 ||
    output.bytes.length !== header.rows * header.columns * size
  )
    throw badPixels(object, 'compressed');
  // A copy of its own begins at an even offset.
  const values = size === 1 ? output.bytes : new Uint16Array(output.bytes.buffer, output.bytes.byteOffset, output.bytes.length / 2);
  return { values, isSigned: output.isSigned };
}
