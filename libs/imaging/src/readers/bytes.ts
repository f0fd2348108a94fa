import { constants, gunzipSync } from 'node:zlib';
import { imagingErrors } from '../errors.js';
import type { VoxelArray } from '../volume.js';

/** Largest size of decoded voxels that a reader allocates unless told otherwise: 2 GiB. */
export const defaultLimitBytes = 2 ** 31;

/** What a reader may be told. */
export interface ReadOptions {
  /** Refuse an image whose voxels need more bytes than this, before anything is allocated; default {@link defaultLimitBytes}. */
  readonly limitBytes?: number;
}

/** Numeric storage of voxels in a file. */
export type StoredType = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float32' | 'float64';

/** Bytes of one voxel. */
export const storedBytes: Readonly<Record<StoredType, 1 | 2 | 4 | 8>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
};

/** True for a gzip stream (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The first decompressed bytes, enough for any header; nothing near the size of the image is allocated. @throws `IMAGING.BAD_GZIP` */
export function gunzipStart(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes.subarray(0, 16_384), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw badGzip(cause);
  }
}

/**
 * Decompresses data whose length is known from a header.
 * @param expected bytes that are needed; a longer stream is cut, a shorter one is returned as it is
 * @throws `IMAGING.BAD_GZIP` for damaged data, and for a stream over a mebibyte longer than expected
 */
export function gunzipExpected(bytes: Uint8Array, expected: number): Uint8Array {
  const slack = 2 ** 20;
  // One chunk of the full size: zlib then fills a single buffer instead of joining pieces, which would double the peak of memory.
  const chunkSize = Math.min(expected + 64, 2 ** 31);
  try {
    return gunzipSync(bytes, { chunkSize, maxOutputLength: Math.min(expected + slack, 2 ** 32 - 1) }).subarray(0, expected);
  } catch (cause) {
    throw badGzip(cause);
  }
}

function badGzip(cause: unknown): Error {
  const reason = (cause as NodeJS.ErrnoException | null)?.code ?? 'gzip';
  return imagingErrors.error('IMAGING.BAD_GZIP', { reason }, { cause });
}

/** @throws `IMAGING.TOO_LARGE` when `count` voxels of a type exceed the limit */
export function assertAffordable(count: number, type: StoredType, { limitBytes = defaultLimitBytes }: ReadOptions): number {
  const needed = count * storedBytes[type];
  if (!(needed <= limitBytes)) throw imagingErrors.error('IMAGING.TOO_LARGE', { needed, limit: limitBytes });
  return needed;
}

/**
 * Voxels from bytes: a view where storage and alignment allow, else a copy. 64-bit integers become doubles.
 * @throws `IMAGING.TRUNCATED`
 */
export function decodeVoxels(bytes: Uint8Array, offset: number, count: number, type: StoredType, littleEndian: boolean): VoxelArray {
  const size = storedBytes[type];
  const found = Math.max(0, bytes.length - offset);
  if (found < count * size) throw imagingErrors.error('IMAGING.TRUNCATED', { needed: count * size, found });
  let start = bytes.byteOffset + offset;
  let buffer = bytes.buffer;
  if (start % size !== 0 || (size > 1 && !littleEndian)) {
    // A Buffer's own `slice` would share the memory.
    buffer = Uint8Array.prototype.slice.call(bytes, offset, offset + count * size).buffer;
    start = 0;
    if (!littleEndian) swapBytes(new Uint8Array(buffer), size);
  }
  return arrayOf(type, buffer, start, count);
}

function arrayOf(type: StoredType, buffer: ArrayBufferLike, start: number, count: number): VoxelArray {
  switch (type) {
    case 'int8':
      return new Int8Array(buffer as ArrayBuffer, start, count);
    case 'uint8':
      return new Uint8Array(buffer as ArrayBuffer, start, count);
    case 'int16':
      return new Int16Array(buffer as ArrayBuffer, start, count);
    case 'uint16':
      return new Uint16Array(buffer as ArrayBuffer, start, count);
    case 'int32':
      return new Int32Array(buffer as ArrayBuffer, start, count);
    case 'uint32':
      return new Uint32Array(buffer as ArrayBuffer, start, count);
    case 'float32':
      return new Float32Array(buffer as ArrayBuffer, start, count);
    case 'float64':
      return new Float64Array(buffer as ArrayBuffer, start, count);
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer as ArrayBuffer, start, count), Number);
    case 'uint64':
      return Float64Array.from(new BigUint64Array(buffer as ArrayBuffer, start, count), Number);
  }
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
