import { hashJson } from '@cohortium/kernel';
import type { Sha256, SiteId } from '@cohortium/kernel';
import { scopeHash, sitesOf } from './scope.js';
import type { MaskScope } from './scope.js';
import { fromHex, remembered, statementBytes, statementHash } from './encoding.js';
import { secureAggregationErrors } from './errors.js';
import { isUsablePublicKey, keyBytes } from './key-agreement.js';
import type { RosterKeys } from './ports.js';

/** Most key sets of one batch. */
export const maxSetCount = 64;

/** Keys made ahead for the masked sums of one scope in one run: one message each way serves many rounds. */
export interface KeyBatch {
  readonly study: string;
  readonly run: string;
  /** From 1, in the order of the run. */
  readonly batch: number;
  readonly protocolHash: string;
  readonly scope: MaskScope;
  /** Key sets in it; each masks one vector. */
  readonly setCount: number;
}

/** Public half of one key set. */
export interface PublicKeySet {
  /** X25519 public mask key, hexadecimal. */
  readonly maskKey: string;
  /** Hash of the selfMask seed. */
  readonly seedCommitment: Sha256;
}

/** Keys that a site offers for a batch. */
export interface KeyOffer {
  readonly site: SiteId;
  /** X25519 public key under which shares for this site travel, hexadecimal. */
  readonly channelKey: string;
  readonly sets: readonly PublicKeySet[];
  /** Ed25519 by the pinned key over everything above and the batch, hexadecimal. */
  readonly signature: string;
}

/** Identity of a batch; everything that is signed or derived in it contains this. */
export const batchHash: (batch: KeyBatch) => Sha256 = remembered(({ study, run, batch, protocolHash, scope, setCount }: KeyBatch) =>
  statementHash('batch', { study, run, batch, protocolHash, scope: scopeHash(scope), setCount }),
);

/** The bytes that a site signs to offer keys. */
export function offerBytes(batch: KeyBatch, offer: Omit<KeyOffer, 'signature'>): Uint8Array {
  const { site, channelKey, sets } = offer;
  const pairs = sets.map(({ maskKey, seedCommitment }) => [maskKey, seedCommitment]);
  return statementBytes('keys', { batch: batchHash(batch), site, channelKey, sets: pairs });
}

/** Hash of a selfMask seed that a site commits to before it masks anything. */
export function seedCommitment(batch: KeyBatch, site: SiteId, set: number, seed: string): Sha256 {
  return statementHash('seed', { batch: batchHash(batch), site, set, seed });
}

/** Identity of all keys of a batch, in the order of the scope: sites that were shown other keys have other hashes, and their shares do not open. */
export function keysHash(batch: KeyBatch, offers: readonly KeyOffer[]): Sha256 {
  return statementHash('allKeys', { batch: batchHash(batch), all: hashOfOffers(offers) });
}

const hashOfOffers = remembered((offers: readonly KeyOffer[]) =>
  hashJson(offers.map(({ site, channelKey, sets }) => [site, channelKey, sets.map((set) => [set.maskKey, set.seedCommitment])])),
);

/** One offer on its own. @throws `SECAGG.BAD_KEYS`: a site outside of the scope, a form, a key of low order, a signature of another key */
export function checkOffer(batch: KeyBatch, offer: KeyOffer, roster: RosterKeys): void {
  const refuse = (reason: string): Error => secureAggregationErrors.error('SECAGG.BAD_KEYS', { site: offer.site, reason });
  const member = batch.scope.members.find(({ site }) => site === offer.site);
  if (member === undefined) throw refuse('siteOutsideScope');
  if (roster.signingKey(offer.site) !== member.signingKey) throw refuse('keyNotPinned');
  if (offer.sets.length !== batch.setCount) throw refuse('otherNumberOfKeySets');
  const keys = [offer.channelKey, ...offer.sets.map(({ maskKey }) => maskKey)].map((key) => fromHex(key, keyBytes));
  if (keys.some((key) => key === undefined || !isUsablePublicKey(key))) throw refuse('unusablePublicKey');
  if (offer.sets.some((set) => fromHex(set.seedCommitment, 32) === undefined)) throw refuse('malformedCommitment');
  const signature = fromHex(offer.signature, 64);
  if (signature === undefined || !roster.verify(offer.site, offerBytes(batch, offer), signature)) throw refuse('wrongSignature');
}

/**
 * The offers of all sites of the scope, each once, in its order.
 * @throws `SECAGG.BAD_KEYS` as {@link checkOffer}, for a missing site, and for any key or commitment that stands in two places
 */
export function checkOffers(batch: KeyBatch, offers: readonly KeyOffer[], roster: RosterKeys): readonly KeyOffer[] {
  const refuse = (site: string, reason: string): Error => secureAggregationErrors.error('SECAGG.BAD_KEYS', { site, reason });
  const ordered = sitesOf(batch.scope).map((site) => {
    const ofSite = offers.filter((offer) => offer.site === site);
    if (ofSite.length !== 1) throw refuse(site, ofSite.length === 0 ? 'missing' : 'offeredTwice');
    return ofSite[0] as KeyOffer;
  });
  if (offers.length !== ordered.length) throw refuse('?', 'siteOutsideScope');
  const seen = new Set<string>();
  for (const offer of ordered) {
    checkOffer(batch, offer, roster);
    for (const value of [offer.channelKey, ...offer.sets.flatMap((set) => [set.maskKey, set.seedCommitment])]) {
      if (seen.has(value)) throw refuse(offer.site, 'duplicateKey');
      seen.add(value);
    }
  }
  return ordered;
}
