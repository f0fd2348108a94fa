/** What the header of a compressed frame says about its samples. */
export interface CodestreamHeader {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  /** Bits of a sample. */
  readonly precision: number;
  /** JPEG: the number of its frame marker (ITU T.81, table B.1), 0xf7 for JPEG-LS; JPEG 2000: 0x51. */
  readonly process: number;
  /** Tiles of a JPEG 2000 image; 1 for the others. */
  readonly tiles: number;
}

/** Largest number of tiles that a medical JPEG 2000 image is cut into; each costs a decoder some kilobytes before it has read a bit. */
const tileLimit = 4096;

/**
 * Reads the header of a JPEG, JPEG-LS or JPEG 2000 frame, so that its size is known before a decoder allocates anything.
 * @returns undefined where the bytes are no such frame
 */
export function readCodestreamHeader(bytes: Uint8Array): CodestreamHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) return undefined;
  const start = view.getUint16(0);
  if (start === 0xffd8) return jpegHeader(view);
  if (start === 0xff4f) return jpeg2000Header(view, 0);
  // Some writers wrap the code stream into the boxes of a .jp2 file, against PS3.5, A.4.4.
  if (view.getUint32(0) === 12 && view.getUint32(4) === 0x6a502020) {
    for (let at = 12; at + 8 <= bytes.length;) {
      const length = view.getUint32(at);
      if (view.getUint32(at + 4) === 0x6a703263) return jpeg2000Header(view, at + 8);
      if (length < 8) return undefined;
      at += length;
    }
  }
  return undefined;
}

/** First frame header (SOF) of a JPEG interchange stream, ITU T.81, B.2.2; ITU T.87, C.2.2. */
function jpegHeader(view: DataView): CodestreamHeader | undefined {
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    const isFrame = (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) || marker === 0xf7;
    if (isFrame) {
      if (length < 8 || at + 10 > view.byteLength) return undefined;
      return {
        precision: view.getUint8(at + 4),
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        components: view.getUint8(at + 9),
        process: marker,
        tiles: 1,
      };
    }
    if (length < 2 || marker === 0xd9 || marker === 0xda) return undefined;
    at += 2 + length;
  }
  return undefined;
}

/** Image and tile size marker (SIZ), ITU T.800, A.5.1. */
function jpeg2000Header(view: DataView, start: number): CodestreamHeader | undefined {
  if (start + 45 > view.byteLength || view.getUint16(start) !== 0xff4f || view.getUint16(start + 2) !== 0xff51) return undefined;
  const field = (at: number) => view.getUint32(start + at);
  const [right, bottom, left, top] = [field(8), field(12), field(16), field(20)];
  const [tileWidth, tileHeight, tileLeft, tileTop] = [field(24), field(28), field(32), field(36)];
  if (right <= left || bottom <= top || tileWidth === 0 || tileHeight === 0 || tileLeft > left || tileTop > top) return undefined;
  const tiles = Math.ceil((right - tileLeft) / tileWidth) * Math.ceil((bottom - tileTop) / tileHeight);
  if (tiles > tileLimit) return undefined;
  const precision = (view.getUint8(start + 42) & 0x7f) + 1;
  return { rows: bottom - top, columns: right - left, components: view.getUint16(start + 40), precision, process: 0x51, tiles };
}
