import { kernelErrors, pack, unpack } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';

/** Bytes of the length that precedes the content. */
const header = 4;
const smallest = 512;

/**
 * Bytes that content of `length` bytes takes: 512, 1024, 2048, ... Whoever sees sizes alone learns the class and nothing finer, such as how
 * many figures were withheld.
 */
export function sizeClass(length: number): number {
  let size = smallest;
  while (size < length + header) size *= 2;
  return size;
}

/** A site summary as it travels: its length, its canonical packing, zeros up to its {@link sizeClass}. */
export function packSummary(value: Packable): Uint8Array {
  const content = pack(value);
  const out = new Uint8Array(sizeClass(content.length));
  new DataView(out.buffer).setUint32(0, content.length, true);
  out.set(content, header);
  return out;
}

/** The inverse of {@link packSummary}. @throws `KERNEL.NOT_CANONICAL` for bytes that it would not have made */
export function unpackSummary(bytes: Uint8Array): Packable {
  if (bytes.length < smallest) throw notPadded();
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  // Padding carries nothing: neither by its length nor by its content.
  if (sizeClass(length) !== bytes.length || bytes.subarray(header + length).some((byte) => byte !== 0)) throw notPadded();
  return unpack(bytes.subarray(header, header + length));
}

function notPadded(): Error {
  return kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: 'a summary is not padded to its size class' });
}
