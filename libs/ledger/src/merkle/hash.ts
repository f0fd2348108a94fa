import { hash } from 'node:crypto';

/** Bytes of a SHA-256. */
export const hashBytes = 32;
/** A SHA-256 as 32 bytes. */
export type TreeHash = Uint8Array;

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** Root of the tree without leaves: SHA-256 of nothing (RFC 9162 section 2.1.1). */
export const emptyRoot: TreeHash = sha256Bytes(new Uint8Array(0));

/** SHA-256 as bytes. */
export function sha256Bytes(bytes: Uint8Array): TreeHash {
  return hash('sha256', bytes, 'buffer');
}

/** Hash of a leaf: SHA-256(0x00 || leaf), RFC 9162 section 2.1.1. */
export function leafHash(leaf: Uint8Array): TreeHash {
  return sha256Bytes(Buffer.concat([leafPrefix, leaf]));
}

/** Hash of an inner node: SHA-256(0x01 || left || right), RFC 9162 section 2.1.1. */
export function nodeHash(left: TreeHash, right: TreeHash): TreeHash {
  return sha256Bytes(Buffer.concat([nodePrefix, left, right]));
}

/** True when two hashes, or two keys, are the same bytes. */
export function equalHashes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** A hash as 64 hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
