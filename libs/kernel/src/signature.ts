import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { kernelErrors } from './errors.js';

/**
 * Signs bytes with one Ed25519 key (RFC 8032): deterministic, so the same bytes always get the same signature. Whoever holds a signer can
 * sign; the secret itself cannot be read from it.
 */
export interface Signer {
  /** The public half, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The signature, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Checks Ed25519 signatures. */
export interface Verifier {
  /**
   * True when `signature` (64 bytes) is the signature of `bytes` under the raw public key (32 bytes). False for anything else, also for a key
   * of small order, under which one signature fits many messages; never throws.
   */
  verify(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** DER of an Ed25519 PKCS#8 private key before its 32 bytes (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
/** DER of an Ed25519 public key before its 32 bytes (RFC 8410, section 4). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * A signer from the 32 secret bytes of an Ed25519 key (RFC 8032, section 5.1.5). The bytes come from the system's randomness and are made where
 * they are used.
 * @throws `KERNEL.BAD_SIGNING_KEY` when there are not 32
 */
export function ed25519Signer(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw kernelErrors.error('KERNEL.BAD_SIGNING_KEY', { bytes: seed.length });
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = Uint8Array.from(spki.subarray(spkiPrefix.length));
  return { publicKey, sign: (bytes) => Uint8Array.from(sign(null, bytes, key)) };
}

/** Checks signatures by the system's Ed25519. */
export const ed25519Verifier: Verifier = {
  verify(publicKey, bytes, signature) {
    if (publicKey.length !== 32 || signature.length !== 64 || hasSmallOrder(publicKey)) return false;
    try {
      return verify(null, bytes, keyObjectOf(publicKey), signature);
    } catch {
      return false;
    }
  },
};

/** Keys that were read before: reading one takes as long as a verification. Public keys only, and few. */
const known = new Map<string, KeyObject>();

function keyObjectOf(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey).toString('hex');
  const before = known.get(name);
  if (before !== undefined) return before;
  if (known.size >= 1024) known.clear();
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' });
  known.set(name, key);
  return key;
}

/**
 * The y coordinates of the points of small order on edwards25519, without sign bit: the order-8 pair, 0, 1, -1, and the two that only a
 * non-canonical encoding reaches (p, p + 1). Under such a key a signature says nothing about the message.
 * Source: C. Cremers and D. Jackson, "Prime, Order Please!", 2019, section 3, and https://cr.yp.to/ecdh.html (list of libsodium).
 */
const smallOrder = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

function hasSmallOrder(publicKey: Uint8Array): boolean {
  const y = Buffer.from(publicKey);
  y[31] = (y[31] as number) & 0x7f;
  return smallOrder.has(y.toString('hex'));
}
