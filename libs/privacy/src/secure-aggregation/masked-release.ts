import type { SiteId } from '@cohortium/kernel';
import type { Roster } from '@cohortium/protocol';
import { release } from '../released.js';
import type { Released } from '../released.js';
import { rosterOf } from './ed25519.js';
import { fromHex, hex } from './encoding.js';
import type { SumBinding } from './pairwise-mask.js';
import type { RosterKeys, SiteSigner } from './ports.js';
import { maskInput } from './site-machine.js';
import type { SiteBatch, SiteKeySet } from './site-machine.js';

const signatureBytes = 64;

/** A masked frame as it travels: the signature of its site, then the words. */
export interface SignedFrame {
  /** Hexadecimal. */
  readonly signature: string;
  readonly frame: Uint8Array;
}

/**
 * What leaves a site in place of a released vector: the same release under masks, signed. Only released content can be masked for leaving.
 * @throws `SECAGG.KEY_SET_USED`
 */
export function maskRelease(
  released: Released,
  { state, set }: { readonly state: SiteBatch; readonly set: SiteKeySet },
  { sum, unmaskedBefore }: { readonly sum: SumBinding; readonly unmaskedBefore: boolean },
  signer: SiteSigner,
): { readonly set: SiteKeySet; readonly masked: Released } {
  const { set: next, frame, statement } = maskInput(state, set, { sum, vector: released.bytes, unmaskedBefore }, signer);
  const bytes = new Uint8Array(signatureBytes + frame.length);
  bytes.set(fromHex(statement.signature, signatureBytes) as Uint8Array);
  bytes.set(frame, signatureBytes);
  return { set: next, masked: release({ clauseId: released.clauseId, operation: released.operation, bytes }) };
}

/** Reads a masked frame as it travelled; undefined where it is too short to hold a signature. */
export function readSignedFrame(bytes: Uint8Array): SignedFrame | undefined {
  if (bytes.length < signatureBytes) return undefined;
  // A copy, since words need their alignment.
  return { signature: hex(bytes.subarray(0, signatureBytes)), frame: bytes.slice(signatureBytes) };
}

/** Pinned keys of a signed roster that has been checked. */
export function rosterKeysOf({ sites }: Roster): RosterKeys {
  return rosterOf(new Map(sites.map(({ site, signingKey }) => [site as SiteId, hex(Buffer.from(signingKey, 'base64url'))])));
}
