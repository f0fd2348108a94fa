import type { SiteId } from '@cohortium/kernel';

/** Bytes that nobody can predict, as they are given to pure code; `crypto.randomBytes` in production. Never the same twice. */
export interface SecretRandom {
  /** Fresh bytes, uniform. */
  bytes(count: number): Uint8Array;
}

/** The long-term Ed25519 key of this site (RFC 8032). The key stays behind the port. */
export interface SiteSigner {
  /** 64 bytes over exactly these bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Long-term Ed25519 keys of all sites as the signed roster pins them; never keys that the coordinator states in a round. */
export interface RosterKeys {
  /** Raw public key of a site (32 bytes, hexadecimal); undefined for a site that the roster does not admit. */
  signingKey(site: SiteId): string | undefined;
  /** True for a signature of exactly these bytes by the pinned key of the site; false for anything else, also for malformed input. */
  verify(site: SiteId, bytes: Uint8Array, signature: Uint8Array): boolean;
}
