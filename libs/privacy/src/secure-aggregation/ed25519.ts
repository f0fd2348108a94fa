import { ed25519Signer, ed25519Verifier } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import { fromHex, hex } from './encoding.js';
import type { RosterKeys, SecretRandom, SiteSigner } from './ports.js';

/** A signer with the raw public key that belongs to it, hexadecimal. */
export interface KeyPairSigner extends SiteSigner {
  readonly publicKey: string;
}

/** A signer over a raw Ed25519 secret key of 32 bytes (RFC 8032). */
export function signerOf(secret: Uint8Array): KeyPairSigner {
  const signer = ed25519Signer(secret);
  return { publicKey: hex(signer.publicKey), sign: (bytes) => signer.sign(bytes) };
}

/** A signer with a key of its own. */
export function newSigner(random: SecretRandom): KeyPairSigner {
  return signerOf(random.bytes(32));
}

/** A roster over raw public keys (hexadecimal). Whoever pins it has checked who holds them. */
export function rosterOf(signingKeys: ReadonlyMap<SiteId, string>): RosterKeys {
  return {
    signingKey: (site) => (fromHex(signingKeys.get(site), 32) === undefined ? undefined : signingKeys.get(site)),
    verify: (site, bytes, signature) => {
      const key = fromHex(signingKeys.get(site), 32);
      return key !== undefined && ed25519Verifier.verify(key, bytes, signature);
    },
  };
}
