import { inflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import type { ByteArray, DataSet, Element } from 'dicom-parser';
import type { DicomObject } from '../dicom/dicom-object.js';
import { imagingErrors } from '../errors.js';
import { regionErrors } from '../region/errors.js';

const nativeSyntaxes = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.2']);
const bigEndian = '1.2.840.10008.1.2.2';
const rle = '1.2.840.10008.1.2.5';
/** Deflated Image Frame Compression, made for segmentations (PS3.5, A.4.14). */
const deflatedFrames = '1.2.840.10008.1.2.8.1';

/** Stored values of one frame, before any scaling. */
export type FramePixels = (frame: number) => Uint8Array | Uint16Array;

/**
 * Decodes the frames of a segmentation: one bit, eight or sixteen bits a pixel, uncompressed, run-length encoded or deflated by frame. Bits are
 * packed from the lowest on, over the borders of uncompressed frames (PS3.5, 8.1.1 and annex D); compressed frames begin on a byte.
 * @param pixels rows times columns
 * @throws `REGION.BAD_SEGMENTATION`, `IMAGING.UNSUPPORTED`
 */
export function framePixels(object: DicomObject, frames: number, pixels: number): FramePixels {
  const bits = object.uint16('x00280100') ?? 1;
  const element = object.element('x7fe00010');
  if (element === undefined || (bits !== 1 && bits !== 8 && bits !== 16))
    throw regionErrors.error('REGION.BAD_SEGMENTATION', {
      problem: 'missing',
      attribute: element === undefined ? 'PixelData' : 'BitsAllocated',
      frame: 0,
    });
  if (nativeSyntaxes.has(object.transferSyntax)) return nativePixels(object, frames, pixels, bits);
  if (object.transferSyntax !== rle && object.transferSyntax !== deflatedFrames)
    throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'transferSyntax', found: object.transferSyntax });
  return compressedPixels(object, element, frames, pixels, bits);
}

function nativePixels(object: DicomObject, frames: number, pixels: number, bits: number): FramePixels {
  const data = object.bytes('x7fe00010');
  if (data === undefined || data.length < Math.ceil((frames * pixels * bits) / 8)) throw tooShort();
  const isBig = object.transferSyntax === bigEndian;
  if (bits === 8) return (frame) => data.subarray(frame * pixels, (frame + 1) * pixels);
  if (bits === 16) return (frame) => words(data, 2 * frame * pixels, pixels, isBig);
  // In big endian, bits are packed in 16-bit words (OW), whose bytes stand the other way round.
  const packed = isBig ? swapped(data) : data;
  return (frame) => unpackBits(packed, frame * pixels, pixels);
}

function compressedPixels(object: DicomObject, element: Element, frames: number, pixels: number, bits: number): FramePixels {
  const bytes = bits === 1 ? Math.ceil(pixels / 8) : (pixels * bits) / 8;
  const isRle = object.transferSyntax === rle;
  return (frame) => {
    const encoded = encodedFrame(object, element, frames, frame);
    if (isRle) {
      const planes = decodeRle(encoded, bits === 16 ? 2 : 1, bits === 1 ? bytes : pixels);
      if (bits !== 16) return bits === 1 ? unpackBits(planes, 0, pixels) : planes;
      // The most significant bytes come first (PS3.5, G.2).
      return Uint16Array.from({ length: pixels }, (_, at) => ((planes[at] as number) << 8) | (planes[pixels + at] as number));
    }
    const data = inflated(encoded, bytes);
    if (data.length < bytes) throw tooShort();
    return bits === 1 ? unpackBits(data, 0, pixels) : bits === 8 ? data.subarray(0, bytes) : words(data, 0, pixels, false);
  };
}

function inflated(encoded: Uint8Array, bytes: number): Uint8Array {
  try {
    return inflateRawSync(encoded, { maxOutputLength: bytes + 64 });
  } catch {
    throw tooShort();
  }
}

/** Bytes of one compressed frame: a fragment where each frame has one, else by the offset table. */
function encodedFrame(object: DicomObject, element: Element, frames: number, frame: number): Uint8Array {
  const fragments = element.fragments ?? [];
  const content = object.content;
  if (fragments.length === frames) {
    const { position, length } = fragments[frame] as { position: number; length: number };
    if (position + length > content.length) throw tooShort();
    return content.subarray(position, position + length);
  }
  const fault = (cause?: unknown) => regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'fragments' }, { cause });
  if ((element.basicOffsetTable?.length ?? 0) !== frames) throw fault();
  try {
    const data = { byteArray: content as ByteArray, byteArrayParser: dicomParser.littleEndianByteArrayParser } as unknown as DataSet;
    return dicomParser.readEncapsulatedImageFrame(data, element, frame) as Uint8Array;
  } catch (cause) {
    throw fault(cause);
  }
}

/**
 * Decodes run lengths (PS3.5, annex G) of `planes` byte planes.
 * @returns the planes one after another, `length` bytes each
 */
export function decodeRle(encoded: Uint8Array, planes: number, length: number): Uint8Array {
  if (encoded.length < 64) throw tooShort();
  const header = new DataView(encoded.buffer, encoded.byteOffset, 64);
  if (header.getUint32(0, true) !== planes) throw tooShort();
  const out = new Uint8Array(planes * length);
  for (let plane = 0; plane < planes; plane++) {
    const from = header.getUint32(4 * (plane + 1), true);
    const to = plane + 1 < planes ? header.getUint32(4 * (plane + 2), true) : encoded.length;
    if (from < 64 || from > to || to > encoded.length) throw tooShort();
    if (decodePlane(encoded.subarray(from, to), out.subarray(plane * length, (plane + 1) * length)) < length) throw tooShort();
  }
  return out;
}

/** Fills `out`; returns the number of bytes that were there. */
function decodePlane(encoded: Uint8Array, out: Uint8Array): number {
  let to = 0;
  for (let at = 0; at < encoded.length && to < out.length;) {
    const code = encoded[at++] as number;
    if (code === 128) continue;
    if (code < 128) {
      const count = Math.min(code + 1, out.length - to, encoded.length - at);
      for (let n = 0; n < count; n++) out[to + n] = encoded[at + n] as number;
      at += code + 1;
      to += count;
    } else {
      if (at >= encoded.length) break;
      const count = Math.min(257 - code, out.length - to);
      out.fill(encoded[at++] as number, to, to + count);
      to += count;
    }
  }
  return to;
}

/** One byte, 0 or 1, for each of `count` bits from bit `from` on; the lowest bit of a byte comes first. */
export function unpackBits(packed: Uint8Array, from: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let at = 0, bit = from; at < count; at++, bit++) out[at] = ((packed[bit >>> 3] as number) >>> (bit & 7)) & 1;
  return out;
}

function words(data: Uint8Array, from: number, count: number, isBig: boolean): Uint16Array {
  const view = new DataView(data.buffer, data.byteOffset + from, 2 * count);
  const out = new Uint16Array(count);
  for (let at = 0; at < count; at++) out[at] = view.getUint16(2 * at, !isBig);
  return out;
}

function swapped(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + (data.length % 2));
  for (let at = 0; at < data.length; at++) out[at ^ 1] = data[at] as number;
  return out;
}

function tooShort(): Error {
  return regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'pixels' });
}
