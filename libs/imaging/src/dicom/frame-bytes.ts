import { imagingErrors } from '../errors.js';
import type { DicomObject } from './dicom-object.js';
import type { PixelFormat } from './pixel-format.js';

/**
 * The compressed bytes of each frame. Frames are told apart by the extended offset table, the basic one, one fragment per frame, or the start
 * markers of the code streams (PS3.5, A.4; PS3.3, C.7.6.3.1.8), in this order.
 * @throws `IMAGING.BAD_DICOM` where fragments do not give as many frames as the object states
 */
export function encapsulatedFrames(object: DicomObject, format: PixelFormat): readonly Uint8Array[] {
  const element = object.element(format.tag);
  const fragments = element?.fragments ?? [];
  const wrong = (): never => {
    throw imagingErrors.error('IMAGING.BAD_DICOM', { ...object.place, problem: 'frames' });
  };
  if (fragments.length === 0 || fragments.length < format.frames) wrong();
  const content = object.content;
  const piece = (at: number): Uint8Array => {
    const { position, length } = fragments[at] as { position: number; length: number };
    return content.subarray(position, position + length);
  };
  const runs =
    fragments.length === format.frames
      ? fragments.map((_, at) => [at])
      : (byOffsets(object, format, fragments) ?? byMarkers(format.frames, fragments.length, piece) ?? wrong());
  const extended = extendedLengths(object, format.frames);
  return runs.map((run, frame) => {
    const bytes = run.length === 1 ? piece(run[0] as number) : joined(run.map(piece));
    const length = extended?.[frame];
    return length !== undefined && length <= bytes.length ? bytes.subarray(0, length) : bytes;
  });
}

/** Extended Offset Table Lengths: without the byte that pads a frame to an even length. */
function extendedLengths(object: DicomObject, frames: number): readonly number[] | undefined {
  const lengths = object.numbers('x7fe00002', 'UV') ?? longs(object, 'x7fe00002');
  return lengths?.length === frames ? lengths : undefined;
}

/** Both tables are of the representation OV: 64-bit words. */
function longs(object: DicomObject, tag: string): readonly number[] | undefined {
  const bytes = object.bytes(tag);
  if (bytes === undefined || bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, at) => Number(view.getBigUint64(8 * at, true)));
}

function byOffsets(
  object: DicomObject,
  { frames, tag }: PixelFormat,
  fragments: readonly { readonly position: number }[],
): number[][] | undefined {
  const basic = object.element(tag)?.basicOffsetTable ?? [];
  const offsets = longs(object, 'x7fe00001') ?? basic;
  if (offsets.length !== frames) return undefined;
  // Offsets count from the first fragment's item tag, eight bytes before its value.
  const first = (fragments[0] as { position: number }).position;
  const starts = offsets.map((offset) => fragments.findIndex(({ position }) => position - first === offset));
  if (starts[0] !== 0 || starts.some((start, at) => at > 0 && start <= (starts[at - 1] as number))) return undefined;
  return starts.map((start, at) => range(start, starts[at + 1] ?? fragments.length));
}

/** A frame begins with a fragment that begins with SOI (JPEG, JPEG-LS) or SOC (JPEG 2000). */
function byMarkers(frames: number, count: number, piece: (at: number) => Uint8Array): number[][] | undefined {
  if (frames === 1) return [range(0, count)];
  const starts = range(0, count).filter((at) => {
    const bytes = piece(at);
    return bytes[0] === 0xff && (bytes[1] === 0xd8 || bytes[1] === 0x4f);
  });
  if (starts.length !== frames || starts[0] !== 0) return undefined;
  return starts.map((start, at) => range(start, starts[at + 1] ?? count));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
