import { createCipheriv } from 'node:crypto';
import { addFixedPoint, subtractFixedPoint, wordBytes } from '@cohortium/federation';
import type { WordFormat } from '@cohortium/federation';

/** A key whose keystream is added to (1) or taken from (-1) a vector. */
export interface SignedKey {
  readonly key: Uint8Array;
  readonly sign: 1 | -1;
}

/** Bytes of keystream made at a time: they stay in the cache of a core, and memory does not grow with the vector. */
const pieceBytes = 1 << 16;
const zeroIv = Buffer.alloc(16);

/**
 * Adds the AES-256-CTR keystreams of keys into words, modulo 2^(32 x limbs): uniform over the whole range of a word, so a word plus a keystream
 * nobody knows is uniform whatever the word was. The IV is zero: a key belongs to one vector.
 * @param words changed in place; a whole number of words of the format
 */
export function addKeystreams(words: Uint32Array, format: WordFormat, keys: readonly SignedKey[]): void {
  const limbsAtOnce = Math.floor(pieceBytes / (4 * format.limbs)) * format.limbs;
  const ciphers = keys.map(({ key, sign }) => ({ cipher: createCipheriv('aes-256-ctr', key, zeroIv), sign }));
  const zeros = Buffer.alloc(4 * Math.min(limbsAtOnce, words.length));
  const minus = new Uint32Array(zeros.length / 4);
  for (let from = 0; from < words.length; from += limbsAtOnce) {
    const piece = words.subarray(from, Math.min(from + limbsAtOnce, words.length));
    const taken = minus.subarray(0, piece.length);
    taken.fill(0);
    for (const { cipher, sign } of ciphers) {
      const stream = limbsOf(cipher.update(zeros.subarray(0, piece.byteLength)));
      addFixedPoint(sign === 1 ? piece : taken, stream, format);
    }
    subtractFixedPoint(piece, taken, format);
  }
}

/** Limbs of received bytes: a copy where they are not aligned. */
export function limbsOf(bytes: Uint8Array): Uint32Array {
  if (bytes.byteOffset % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const copy = new Uint32Array(bytes.byteLength / 4);
  wordBytes(copy).set(bytes);
  return copy;
}
