import { sha256 } from '@cohortium/kernel';
import type { Sha256, SiteId } from '@cohortium/kernel';
import { placeOf, sitesOf } from './scope.js';
import { fromHex } from './encoding.js';
import { secureAggregationErrors } from './errors.js';
import { checkOffer, checkOffers, keysHash } from './key-set.js';
import type { KeyBatch, KeyOffer } from './key-set.js';
import type { MaskPlace, SumBinding } from './pairwise-mask.js';
import type { RosterKeys } from './ports.js';
import { boxBytes } from './share-box.js';
import type { ShareBox } from './site-machine.js';
import { isSigned, replyBytes, survivorBytes, survivorsHash, unmaskHash } from './statements.js';
import type { MaskedStatement, SurvivorSignature, UnmaskReply, UnmaskRequest } from './statements.js';

/** A key batch as the collector (the coordinator) has it: nothing secret. Plain JSON. */
export interface CollectedBatch {
  readonly batch: KeyBatch;
  /** In the order of the scope. */
  readonly offers: readonly KeyOffer[];
  /** As they came, by sender. */
  readonly boxes: Readonly<Record<SiteId, readonly ShareBox[]>>;
}

/** A masked sum as the collector has it; the frames themselves are kept elsewhere. Plain JSON. */
export interface CollectedSum {
  readonly sum: SumBinding;
  readonly statements: readonly MaskedStatement[];
  readonly agreements: readonly SurvivorSignature[];
  readonly replies: readonly UnmaskReply[];
}

/** A batch of which nothing has arrived. */
export function collectBatch(batch: KeyBatch): CollectedBatch {
  return { batch, offers: [], boxes: {} };
}

/** Takes the keys of one site; the first offer counts. @throws `SECAGG.BAD_KEYS` */
export function addOffer(state: CollectedBatch, offer: KeyOffer, roster: RosterKeys): CollectedBatch {
  checkOffer(state.batch, offer, roster);
  if (state.offers.some(({ site }) => site === offer.site)) return state;
  const place = (one: KeyOffer): number => placeOf(state.batch.scope, one.site);
  return { ...state, offers: [...state.offers, offer].sort((a, b) => place(a) - place(b)) };
}

/** The keys of all sites in the order of the scope; undefined until all are there. @throws `SECAGG.BAD_KEYS` */
export function allOffers(state: CollectedBatch, roster: RosterKeys): readonly KeyOffer[] | undefined {
  if (state.offers.length < state.batch.scope.members.length) return undefined;
  return checkOffers(state.batch, state.offers, roster);
}

/** Takes the boxes of one site, one for each other; the first ones count. @throws `SECAGG.BAD_SHARE` for another number or size */
export function addBoxes(state: CollectedBatch, from: SiteId, boxes: readonly ShareBox[]): CollectedBatch {
  const refuse = (reason: string): Error => secureAggregationErrors.error('SECAGG.BAD_SHARE', { site: from, reason });
  const { scope, setCount } = state.batch;
  if (placeOf(scope, from) === 0) throw refuse('siteOutsideScope');
  const others = sitesOf(scope).filter((site) => site !== from);
  const fits = boxes.every((box) => box.from === from && fromHex(box.box, boxBytes(setCount)) !== undefined);
  const receivers = boxes.map(({ to }) => to).sort();
  if (!fits || receivers.join(' ') !== others.join(' ')) throw refuse('notOneBoxForEachOther');
  return state.boxes[from] ? state : { ...state, boxes: { ...state.boxes, [from]: boxes } };
}

/** The boxes for one site; undefined until those of all others are there. */
export function boxesFor(state: CollectedBatch, to: SiteId): readonly ShareBox[] | undefined {
  const others = sitesOf(state.batch.scope).filter((site) => site !== to);
  const boxes = others.map((from) => state.boxes[from]?.find((box) => box.to === to));
  return boxes.every((box) => box !== undefined) ? boxes : undefined;
}

/** A sum of which nothing has arrived. */
export function collectSum(sum: SumBinding): CollectedSum {
  return { sum, statements: [], agreements: [], replies: [] };
}

/** Where the masks of a collected sum belong; all offers must be there. */
export function placeOfSum({ batch, offers }: CollectedBatch, sum: SumBinding): MaskPlace {
  return { batch, keys: keysHash(batch, offers), sum };
}

/** Takes a masked frame; the first one of a site counts. @throws `SECAGG.NOT_OPENED` for another frame than was signed, and for a wrong signature */
export function addMasked(
  batch: CollectedBatch,
  state: CollectedSum,
  statement: MaskedStatement,
  frame: Uint8Array,
  roster: RosterKeys,
): CollectedSum {
  const refuse = (reason: string): Error => notOpened(state.sum, reason, statement.site);
  if (placeOf(batch.batch.scope, statement.site) === 0) throw refuse('siteOutsideScope');
  if (frame.length !== 4 * state.sum.limbs * state.sum.length) throw refuse('otherLength');
  if (sha256(frame) !== statement.frameSha256) throw refuse('otherFrame');
  if (!isSigned(placeOfSum(batch, state.sum), statement, roster)) throw refuse('wrongSignature');
  if (state.statements.some(({ site }) => site === statement.site)) return state;
  return { ...state, statements: [...state.statements, statement] };
}

/** What is asked of the survivors: everyone whose frame is there; the others count as dropped. */
export function unmaskRequest({ batch }: CollectedBatch, { sum, statements, agreements }: CollectedSum): UnmaskRequest {
  const inOrder = sitesOf(batch.scope).flatMap((site) => statements.filter((statement) => statement.site === site));
  const survivors = new Set(inOrder.map(({ site }) => site));
  return { sum, statements: inOrder, dropped: sitesOf(batch.scope).filter((site) => !survivors.has(site)), agreements };
}

/** Takes a survivor's signature on the survivor set. @throws `SECAGG.NOT_OPENED` */
export function addAgreement(batch: CollectedBatch, state: CollectedSum, signature: SurvivorSignature, roster: RosterKeys): CollectedSum {
  const survivors: Sha256 = survivorsHash(placeOfSum(batch, state.sum), unmaskRequest(batch, state).statements);
  const bytes = fromHex(signature.signature, 64);
  if (bytes === undefined || !roster.verify(signature.site, survivorBytes(survivors), bytes))
    throw notOpened(state.sum, 'wrongSignature', signature.site);
  if (state.agreements.some(({ site }) => site === signature.site)) return state;
  return { ...state, agreements: [...state.agreements, signature] };
}

/** Takes the shares that a survivor reveals; the first reply counts. @throws `SECAGG.NOT_OPENED` */
export function addReply(batch: CollectedBatch, state: CollectedSum, reply: UnmaskReply, roster: RosterKeys): CollectedSum {
  const refuse = (reason: string): Error => notOpened(state.sum, reason, reply.site);
  const request = unmaskRequest(batch, state);
  if (!request.statements.some(({ site }) => site === reply.site)) throw refuse('notASurvivor');
  const expected = sitesOf(batch.batch.scope).map((of) => `${of} ${request.dropped.includes(of) ? 'maskKey' : 'seed'}`);
  const given = reply.shares.map(({ of, secret }) => `${of} ${secret}`);
  if (given.join() !== expected.join() || reply.shares.some(({ share }) => fromHex(share, 32) === undefined)) throw refuse('otherShares');
  const bytes = fromHex(reply.signature, 64);
  const said = replyBytes(unmaskHash(placeOfSum(batch, state.sum), request), reply.site, reply.shares);
  if (bytes === undefined || !roster.verify(reply.site, said, bytes)) throw refuse('wrongSignature');
  if (state.replies.some(({ site }) => site === reply.site)) return state;
  return { ...state, replies: [...state.replies, reply] };
}

/** The error of a sum that cannot be opened. */
export function notOpened({ round }: SumBinding, reason: string, site: string): Error {
  return secureAggregationErrors.error('SECAGG.NOT_OPENED', { round, reason, site });
}
