import { createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SecretRandom } from './ports.js';

/** Bytes of X25519 keys, of shared secrets and of derived keys. */
export const keyBytes = 32;

const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex');
/** 2^255 - 19, the order of the field of the curve. */
const curvePrime = 2n ** 255n - 19n;
/**
 * u-coordinates of the points of low order (RFC 7748 section 6.1; https://cr.yp.to/ecdh.html#validate), below the prime. A shared secret with
 * one of them does not depend on the secret key.
 */
const lowOrder: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  curvePrime - 1n,
]);

/** A fresh X25519 secret key, clamped (RFC 7748 section 5), so that one key has one form and every key is below the prime of the shares. */
export function newSecretKey(random: SecretRandom): Uint8Array {
  const secret = random.bytes(keyBytes).slice();
  secret[0] = (secret[0] as number) & 248;
  secret[31] = ((secret[31] as number) & 127) | 64;
  return secret;
}

/** The public key of a secret key. */
export function publicKeyOf(secret: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKey(secret)).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(publicPrefix.length));
}

/**
 * True for a public key that may take part: 32 bytes, in the one form below the prime of the curve, and not of low order. (Every such u
 * gives a shared secret that depends on both secret keys, on the curve or on its twist.)
 */
export function isUsablePublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== keyBytes) return false;
  const u = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  return u < curvePrime && !lowOrder.has(u);
}

/** What a secret key agrees on with public keys: X25519 (RFC 7748). Undefined where that would say nothing about the secret keys. */
export type Agreement = (publicKey: Uint8Array) => Uint8Array | undefined;

/** The agreements of one secret key, which is read once: reading takes longer than agreeing. */
export function agreementOf(secret: Uint8Array): Agreement {
  const own = privateKey(secret);
  return (publicKey) => {
    if (!isUsablePublicKey(publicKey)) return undefined;
    try {
      const x = Buffer.from(publicKey).toString('base64url');
      const shared = diffieHellman({
        privateKey: own,
        publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' }),
      });
      return shared.some((byte) => byte !== 0) ? shared : undefined;
    } catch {
      // OpenSSL refuses an all-zero result by itself.
      return undefined;
    }
  };
}

/** HKDF-SHA256 (RFC 5869) to 32 bytes. */
export function deriveKey(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ikm, salt, info, keyBytes));
}

function privateKey(secret: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([privatePrefix, secret]), format: 'der', type: 'pkcs8' });
}
