/**
 * Decodes one frame of RLE Lossless (PS3.5, annex G): byte planes, the most significant first, each packed by the PackBits scheme.
 * @param planes bytes of a sample times samples of a pixel
 * @returns the planes one after the other, `planes * pixels` bytes; undefined where the frame does not hold them
 */
export function decodeRle(bytes: Uint8Array, planes: number, pixels: number): Uint8Array | undefined {
  if (bytes.length < 64) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== planes || planes > 15) return undefined;
  const out = new Uint8Array(planes * pixels);
  for (let plane = 0; plane < planes; plane++) {
    const from = view.getUint32(4 + 4 * plane, true);
    const to = plane + 1 < planes ? view.getUint32(8 + 4 * plane, true) : bytes.length;
    if (from < 64 || to > bytes.length || to < from) return undefined;
    if (!unpack(bytes, from, to, out, plane * pixels, pixels)) return undefined;
  }
  return out;
}

function unpack(bytes: Uint8Array, from: number, to: number, out: Uint8Array, start: number, pixels: number): boolean {
  const stop = start + pixels;
  let at = start;
  let read = from;
  while (at < stop && read < to) {
    const count = bytes[read++] as number;
    if (count < 128) {
      const length = Math.min(count + 1, stop - at, to - read);
      for (let i = 0; i < length; i++) out[at++] = bytes[read + i] as number;
      read += count + 1;
    } else if (count > 128) {
      if (read >= to) return false;
      const value = bytes[read++] as number;
      const length = Math.min(257 - count, stop - at);
      out.fill(value, at, at + length);
      at += length;
    }
  }
  return at === stop;
}
