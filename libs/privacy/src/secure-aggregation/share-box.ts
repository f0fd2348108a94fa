import { createCipheriv, createDecipheriv } from 'node:crypto';
import { elementBytes, readElement, writeElement } from './field.js';
import type { SecretRandom } from './ports.js';

const nonceBytes = 12;
const tagBytes = 16;

/** Shares of one key set that one site holds of another. */
export interface SharePair {
  /** Of the secret mask key. */
  readonly maskKey: bigint;
  /** Of the selfMask seed. */
  readonly seed: bigint;
}

/**
 * Closes shares for one receiver: ChaCha20-Poly1305 (RFC 8439), `nonce | ciphertext | tag`. The key belongs to sender, receiver and batch; the
 * nonce is random, so that a box made again after a crash has another one.
 * @param aad what both ends know: scope, batch, keys of all, from, to
 */
export function sealShares(key: Uint8Array, aad: Uint8Array, shares: readonly SharePair[], random: SecretRandom): Uint8Array {
  const nonce = random.bytes(nonceBytes);
  const plain = Buffer.concat(shares.flatMap(({ maskKey, seed }) => [writeElement(maskKey), writeElement(seed)]));
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(aad, { plaintextLength: plain.length });
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return new Uint8Array(Buffer.concat([nonce, body, cipher.getAuthTag()]));
}

/** Opens a box with shares of `count` key sets; undefined when it is not whole, or was made for other ends. */
export function openShares(key: Uint8Array, aad: Uint8Array, box: Uint8Array, count: number): SharePair[] | undefined {
  if (box.length !== boxBytes(count)) return undefined;
  const end = box.length - tagBytes;
  const decipher = createDecipheriv('chacha20-poly1305', key, box.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(aad, { plaintextLength: end - nonceBytes });
  decipher.setAuthTag(box.subarray(end));
  let plain: Buffer;
  try {
    plain = Buffer.concat([decipher.update(box.subarray(nonceBytes, end)), decipher.final()]);
  } catch {
    return undefined;
  }
  const pairs: SharePair[] = [];
  for (let i = 0; i < count; i++) {
    const at = 2 * i * elementBytes;
    const maskKey = readElement(plain.subarray(at, at + elementBytes));
    const seed = readElement(plain.subarray(at + elementBytes, at + 2 * elementBytes));
    if (maskKey === undefined || seed === undefined) return undefined;
    pairs.push({ maskKey, seed });
  }
  return pairs;
}

/** Bytes of a box with shares of `count` key sets. */
export function boxBytes(count: number): number {
  return nonceBytes + 2 * count * elementBytes + tagBytes;
}
