import type { WordFormat } from '@cohortium/federation';
import type { Sha256, SiteId } from '@cohortium/kernel';
import { scopeHash, placeOf } from './scope.js';
import { fromHex, statementBytes, statementHash } from './encoding.js';
import { deriveKey } from './key-agreement.js';
import { batchHash } from './key-set.js';
import type { KeyBatch } from './key-set.js';
import type { SignedKey } from './keystream.js';

/** Which survivors may open a sum: the whole scope, or, for operations marked so, any set above the threshold. */
export type RosterRule = 'full' | 'partial';

/** What one masked sum is about. Everything in it goes into every mask, so sites that were asked different things leave noise. */
export interface SumBinding {
  /** Key set of the batch, from 1. */
  readonly set: number;
  readonly round: number;
  readonly attempt: number;
  /** Names the vector where a round has several. */
  readonly vectorId: string;
  /** Hash of operation, parameters and scope; the parameters hold whatever model goes into the round. */
  readonly requestHash: Sha256;
  readonly limbs: number;
  /** Words of the vector. */
  readonly length: number;
  readonly roster: RosterRule;
}

/** Identity of a masked sum within its batch and under the keys of all. */
export function sumHash(batch: KeyBatch, keys: Sha256, sum: SumBinding): Sha256 {
  const { set, round, attempt, vectorId, requestHash, limbs, length, roster } = sum;
  return statementHash('sum', { batch: batchHash(batch), keys, set, round, attempt, vectorId, requestHash, limbs, length, roster });
}

/** Where a mask belongs. */
export interface MaskPlace {
  readonly batch: KeyBatch;
  /** Hash of the keys of all sites. */
  readonly keys: Sha256;
  readonly sum: SumBinding;
}

/**
 * Key of the pairwiseMask of two sites in one vector: HKDF over their X25519 secret, salted by the scope and bound to study, run, round, attempt,
 * vector, request and the keys of all. The site of the lower code adds the keystream, the other takes it away: the sum does not see it.
 */
export function pairwiseKey(shared: Uint8Array, place: MaskPlace, own: SiteId, peer: SiteId): SignedKey {
  const { scope } = place.batch;
  const first = placeOf(scope, own) < placeOf(scope, peer);
  const between = first ? [own, peer] : [peer, own];
  return { key: deriveKey(shared, saltOf(place), infoOf('pairwiseMask', place, between)), sign: first ? 1 : -1 };
}

/** Key of a site's selfMask in one vector, from its seed (hexadecimal). Anyone who holds the revealed seed can compute it. */
export function selfMaskKey(seed: string, place: MaskPlace, site: SiteId): SignedKey {
  return { key: deriveKey(fromHex(seed, 32) as Uint8Array, saltOf(place), infoOf('selfMask', place, [site])), sign: 1 };
}

/** The shape of words that a binding names. */
export function formatOf({ limbs }: SumBinding): WordFormat {
  // Adding words does not read where the binary point stands.
  return { name: 'wide', limbs, fractionLimbs: 0 };
}

function saltOf({ batch }: MaskPlace): Uint8Array {
  return fromHex(scopeHash(batch.scope), 32) as Uint8Array;
}

function infoOf(purpose: string, { batch, keys, sum }: MaskPlace, between: readonly SiteId[]): Uint8Array {
  const { study, run } = batch;
  const { round, attempt, vectorId, requestHash } = sum;
  return statementBytes(purpose, { study, run, round, attempt, vectorId, requestHash, sum: sumHash(batch, keys, sum), between });
}
