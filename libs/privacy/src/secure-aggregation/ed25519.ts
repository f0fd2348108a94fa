import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SiteId } from '@cohortium/kernel';
import { fromHex, hex } from './encoding.js';
import type { RosterKeys, SecretRandom, SiteSigner } from './ports.js';

const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** A signer with the raw public key that belongs to it, hexadecimal. */
export interface KeyPairSigner extends SiteSigner {
  readonly publicKey: string;
}

/** A signer over a raw Ed25519 secret key of 32 bytes (RFC 8032). */
export function signerOf(secret: Uint8Array): KeyPairSigner {
  const key = createPrivateKey({ key: Buffer.concat([privatePrefix, secret]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { publicKey: hex(spki.subarray(publicPrefix.length)), sign: (bytes) => new Uint8Array(sign(null, bytes, key)) };
}

/** A signer with a key of its own. */
export function newSigner(random: SecretRandom): KeyPairSigner {
  return signerOf(random.bytes(32));
}

/** A roster over raw public keys (hexadecimal). Whoever pins it has checked who holds them. */
export function rosterOf(signingKeys: ReadonlyMap<SiteId, string>): RosterKeys {
  const keys = new Map<SiteId, KeyObject>();
  for (const [site, text] of signingKeys) {
    const raw = fromHex(text, 32);
    if (raw !== undefined) keys.set(site, createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' }));
  }
  return {
    signingKey: (site) => (keys.has(site) ? signingKeys.get(site) : undefined),
    verify: (site, bytes, signature) => {
      const key = keys.get(site);
      return key !== undefined && signature.length === 64 && verify(null, bytes, key, signature);
    },
  };
}
