import { bytesToWords, wordBytes } from '@cohortium/federation';
import { sha256 } from '@cohortium/kernel';
import type { Sha256, SiteId } from '@cohortium/kernel';
import { placeOf, sitesOf, thresholdOf } from './scope.js';
import { fromHex, hex, statementBytes } from './encoding.js';
import { secureAggregationErrors } from './errors.js';
import { randomElement, readElement, writeElement } from './field.js';
import { agreementOf, deriveKey, newSecretKey, publicKeyOf } from './key-agreement.js';
import type { Agreement } from './key-agreement.js';
import { batchHash, checkOffers, keysHash, maxSetCount, offerBytes, seedCommitment } from './key-set.js';
import type { KeyBatch, KeyOffer } from './key-set.js';
import { addKeystreams } from './keystream.js';
import { formatOf, pairwiseKey, selfMaskKey } from './pairwise-mask.js';
import type { MaskPlace, SumBinding } from './pairwise-mask.js';
import type { RosterKeys, SecretRandom, SiteSigner } from './ports.js';
import { splitSecret } from './shamir.js';
import { openShares, sealShares } from './share-box.js';
import type { SharePair } from './share-box.js';
import { maskedBytes } from './statements.js';
import type { MaskedStatement } from './statements.js';

/** Shares that this site holds of one key set, by the site whose secrets they are (its own too), hexadecimal. */
export type HeldShares = Readonly<Record<SiteId, { readonly maskKey: string; readonly seed: string }>>;

/** A key set of this site while it has secrets. */
interface LiveSet {
  readonly set: number;
  /** X25519 secret mask key, hexadecimal. */
  readonly maskSecret: string;
  /** selfMask seed, hexadecimal. */
  readonly seed: string;
  readonly held: HeldShares;
}

/**
 * One key set of this site: `fresh` until it masks, then bound to one sum for ever; `spent` once unmasked or passed over, with nothing secret left
 * in it. Plain JSON, so that it can be stored; a secret.
 */
export type SiteKeySet =
  | ({ readonly phase: 'fresh' } & LiveSet)
  | ({
      readonly phase: 'masked';
      readonly sum: SumBinding;
      readonly frameSha256: Sha256;
      /** Survivor set that this site has signed. */
      readonly agreed: Sha256 | null;
    } & LiveSet)
  | { readonly phase: 'spent'; readonly set: number; readonly sum: SumBinding | null };

/** A key batch as this site has it. Plain JSON; a secret. */
export interface SiteBatch {
  readonly batch: KeyBatch;
  readonly site: SiteId;
  /** `offered`: own keys made. `shared`: own shares on their way. `ready`: all shares held. Never back. */
  readonly phase: 'offered' | 'shared' | 'ready';
  /** X25519 secret under which shares for this site travel, hexadecimal; empty once they are held. */
  readonly channelSecret: string;
  /** Keys of all sites in the order of the scope; own ones only before `shared`. */
  readonly offers: readonly KeyOffer[];
}

/** Shares of one site for another, closed. */
export interface ShareBox {
  readonly from: SiteId;
  readonly to: SiteId;
  /** Hexadecimal. */
  readonly box: string;
}

/** Makes the keys of a batch. The state must be durable before the offer leaves. @throws `SECAGG.SCOPE` when the site is not in it */
export function offerKeys(
  batch: KeyBatch,
  site: SiteId,
  ports: { readonly random: SecretRandom; readonly signer: SiteSigner },
): { readonly state: SiteBatch; readonly sets: readonly SiteKeySet[]; readonly offer: KeyOffer } {
  const refuse = (reason: string): Error => secureAggregationErrors.error('SECAGG.SCOPE', { count: batch.scope.members.length, reason });
  if (placeOf(batch.scope, site) === 0) throw refuse('siteNotInScope');
  if (!Number.isInteger(batch.setCount) || batch.setCount < 1 || batch.setCount > maxSetCount) throw refuse('tooManyKeySets');
  const channelSecret = newSecretKey(ports.random);
  const sets = Array.from({ length: batch.setCount }, (_, i) => ({
    phase: 'fresh' as const,
    set: i + 1,
    maskSecret: hex(newSecretKey(ports.random)),
    seed: hex(writeElement(randomElement(ports.random))),
    held: {},
  }));
  const unsigned = {
    site,
    channelKey: hex(publicKeyOf(channelSecret)),
    sets: sets.map(({ set, maskSecret, seed }) => ({
      maskKey: hex(publicKeyOf(bytesOf(maskSecret))),
      seedCommitment: seedCommitment(batch, site, set, seed),
    })),
  };
  const offer: KeyOffer = { ...unsigned, signature: hex(ports.signer.sign(offerBytes(batch, unsigned))) };
  return { state: { batch, site, phase: 'offered', channelSecret: hex(channelSecret), offers: [offer] }, sets, offer };
}

/**
 * Takes the keys of all sites and splits this site's secrets among them. Once only: a second splitting under the same keys would put shares of two
 * polynomials in the world, so the stored boxes are sent again instead.
 * @throws `SECAGG.BAD_KEYS`
 */
export function shareSecrets(
  state: SiteBatch,
  sets: readonly SiteKeySet[],
  offers: readonly KeyOffer[],
  ports: { readonly random: SecretRandom; readonly roster: RosterKeys },
): { readonly state: SiteBatch; readonly sets: readonly SiteKeySet[]; readonly boxes: readonly ShareBox[] } {
  const { batch, site } = state;
  const refuse = (reason: string): Error => secureAggregationErrors.error('SECAGG.BAD_KEYS', { site, reason });
  if (state.phase !== 'offered') throw refuse('alreadyShared');
  const ordered = checkOffers(batch, offers, ports.roster);
  const own = ordered[placeOf(batch.scope, site) - 1] as KeyOffer;
  if (keysHash(batch, [own]) !== keysHash(batch, state.offers)) throw refuse('notOurKeys');
  const count = ordered.length;
  const threshold = thresholdOf(count);
  const split = sets.map((set) => splitSet(set, threshold, count, ports.random));
  const next: SiteBatch = { ...state, phase: 'shared', offers: ordered };
  const agree = agreementOf(bytesOf(state.channelSecret));
  const boxes = sitesOf(batch.scope).flatMap((to, place) => {
    if (to === site) return [];
    const { key, aad } = channel(next, agree, site, to);
    return [
      {
        from: site,
        to,
        box: hex(
          sealShares(
            key,
            aad,
            split.map((pairs) => pairs[place] as SharePair),
            ports.random,
          ),
        ),
      },
    ];
  });
  const place = placeOf(batch.scope, site) - 1;
  const kept = sets.map((set, i) => holding(set, site, (split[i] as SharePair[])[place] as SharePair));
  return { state: next, sets: kept, boxes };
}

/**
 * Takes the shares that all other sites made for this one; from then on the batch masks. The channel key is erased.
 * @throws `SECAGG.BAD_SHARE` for a box that is missing, doubled, damaged, or made under other keys than this site was shown
 */
export function holdShares(
  state: SiteBatch,
  sets: readonly SiteKeySet[],
  boxes: readonly ShareBox[],
): { readonly state: SiteBatch; readonly sets: readonly SiteKeySet[] } {
  const { batch, site } = state;
  const refuse = (from: string, reason: string): Error => secureAggregationErrors.error('SECAGG.BAD_SHARE', { site: from, reason });
  if (state.phase !== 'shared') throw refuse(site, state.phase === 'ready' ? 'alreadyHeld' : 'keysNotShared');
  const agree = agreementOf(bytesOf(state.channelSecret));
  let held = sets;
  for (const from of sitesOf(batch.scope)) {
    if (from === site) continue;
    const ofSite = boxes.filter((box) => box.from === from && box.to === site);
    if (ofSite.length !== 1) throw refuse(from, ofSite.length === 0 ? 'missing' : 'doubled');
    const text = (ofSite[0] as ShareBox).box;
    const bytes = fromHex(text, text.length / 2);
    const { key, aad } = channel(state, agree, from, site);
    const pairs = bytes && openShares(key, aad, bytes, batch.setCount);
    if (pairs === undefined) throw refuse(from, 'doesNotOpen');
    held = held.map((set, i) => holding(set, from, pairs[i] as SharePair));
  }
  return { state: { ...state, phase: 'ready', channelSecret: '' }, sets: held };
}

/** What a site masks. */
export interface MaskInput {
  readonly sum: SumBinding;
  /** The frozen vector, as the gate released it. */
  readonly vector: Uint8Array;
  /** True when this round's vector has been unmasked before, in whatever attempt: it is closed then. */
  readonly unmaskedBefore: boolean;
}

/**
 * Masks a vector with an unused key set and signs the frame. The new state must be durable, with the frame, before the frame leaves. Asked again for
 * the same sum and vector it makes the same frame; anything else under the set is refused.
 * @throws `SECAGG.KEY_SET_USED`
 */
export function maskInput(
  state: SiteBatch,
  set: SiteKeySet,
  input: MaskInput,
  signer: SiteSigner,
): { readonly set: SiteKeySet; readonly frame: Uint8Array; readonly statement: MaskedStatement } {
  const { batch, site } = state;
  const refuse = (reason: string): Error => secureAggregationErrors.error('SECAGG.KEY_SET_USED', { set: input.sum.set, reason });
  if (state.phase !== 'ready') throw refuse('sharesNotHeld');
  if (input.unmaskedBefore) throw refuse('roundIsClosed');
  if (set.set !== input.sum.set) throw refuse('otherKeySet');
  if (set.phase === 'spent') throw refuse('spent');
  const place: MaskPlace = { batch, keys: keysOf(state), sum: input.sum };
  if (set.phase === 'masked' && !sameSum(set.sum, input.sum)) throw refuse('boundToAnotherSum');
  const format = formatOf(input.sum);
  const words = bytesToWords(input.vector, format, input.sum.length, 'masked sum', site);
  const agree = agreementOf(bytesOf(set.maskSecret));
  const keys = state.offers.flatMap((offer) => {
    if (offer.site === site) return [];
    const shared = agree(bytesOf((offer.sets[set.set - 1] as { maskKey: string }).maskKey));
    if (shared === undefined) throw refuse('unusablePublicKey');
    return [pairwiseKey(shared, place, site, offer.site)];
  });
  addKeystreams(words, format, [...keys, selfMaskKey(set.seed, place, site)]);
  const frame = wordBytes(words);
  const frameSha256 = sha256(frame);
  if (set.phase === 'masked' && set.frameSha256 !== frameSha256) throw refuse('boundToAnotherVector');
  const signature = hex(signer.sign(maskedBytes(place, site, frameSha256)));
  const masked: SiteKeySet = set.phase === 'masked' ? set : { ...set, phase: 'masked', sum: input.sum, frameSha256, agreed: null };
  return { set: masked, frame, statement: { site, frameSha256, signature } };
}

/** A set that will mask nothing: its secrets are gone. For sets that an attempt passed over and for runs that are closed. */
export function spend(set: SiteKeySet): SiteKeySet {
  return { phase: 'spent', set: set.set, sum: set.phase === 'fresh' ? null : set.sum };
}

/** Hash of the keys of all sites of a batch that is shared. */
export function keysOf({ batch, offers }: SiteBatch): Sha256 {
  return keysHash(batch, offers);
}

function splitSet(set: SiteKeySet, threshold: number, count: number, random: SecretRandom): SharePair[] {
  if (set.phase !== 'fresh') throw secureAggregationErrors.error('SECAGG.KEY_SET_USED', { set: set.set, reason: 'notFresh' });
  const maskKeys = splitSecret(readElement(bytesOf(set.maskSecret)) as bigint, threshold, count, random);
  const seeds = splitSecret(readElement(bytesOf(set.seed)) as bigint, threshold, count, random);
  return maskKeys.map((maskKey, i) => ({ maskKey, seed: seeds[i] as bigint }));
}

function holding(set: SiteKeySet, from: SiteId, { maskKey, seed }: SharePair): SiteKeySet {
  if (set.phase === 'spent') return set;
  return { ...set, held: { ...set.held, [from]: { maskKey: hex(writeElement(maskKey)), seed: hex(writeElement(seed)) } } };
}

/** Key and associated data of the shares that travel from one site to another, one of which is this site. */
function channel(state: SiteBatch, agree: Agreement, from: SiteId, to: SiteId): { readonly key: Uint8Array; readonly aad: Uint8Array } {
  const { batch, site, offers } = state;
  const peer = from === site ? to : from;
  const offer = offers[placeOf(batch.scope, peer) - 1] as KeyOffer;
  const shared = agree(bytesOf(offer.channelKey));
  if (shared === undefined) throw secureAggregationErrors.error('SECAGG.BAD_KEYS', { site: peer, reason: 'unusablePublicKey' });
  const ends = { batch: batchHash(batch), keys: keysOf(state), from, to };
  return { key: deriveKey(shared, bytesOf(batchHash(batch)), statementBytes('shareKey', ends)), aad: statementBytes('shares', ends) };
}

function sameSum(a: SumBinding, b: SumBinding): boolean {
  return hex(statementBytes('same', a)) === hex(statementBytes('same', b));
}

function bytesOf(text: string): Uint8Array {
  return fromHex(text, 32) as Uint8Array;
}
