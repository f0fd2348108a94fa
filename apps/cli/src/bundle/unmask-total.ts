import { subtractFixedPoint } from '@cohortium/federation';
import type { WordFormat } from '@cohortium/federation';
import { sha256 } from '@cohortium/kernel';
import type { Sha256, SiteId } from '@cohortium/kernel';
import type { RoundFrames } from '@cohortium/ledger';
import {
  addMasked,
  addOffer,
  allOffers,
  collectBatch,
  collectSum,
  readSignedFrame,
  remainingMasks,
  rosterOf,
  seedCommitment,
} from '@cohortium/privacy';
import type { CollectedBatch, KeyBatch, KeyOffer, SumBinding } from '@cohortium/privacy';
import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const code = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
const place = z.int().min(1);
const members = z
  .array(z.strictObject({ site: code, signingKey: hash }))
  .min(1)
  .max(255);
const batchForm = z.strictObject({
  study: code,
  run: code,
  batch: place,
  protocolHash: hash,
  scope: z.strictObject({ members }),
  setCount: place.max(64),
});
const offerForm = z.strictObject({
  site: code,
  channelKey: hash,
  sets: z
    .array(z.strictObject({ maskKey: hash, seedCommitment: hash }))
    .min(1)
    .max(64),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});
const sumForm = z.strictObject({
  set: place,
  round: place,
  attempt: place,
  vectorId: z.literal('sum'),
  requestHash: hash,
  limbs: z.int().min(1).max(8),
  length: z.int().min(0),
  roster: z.literal('full'),
});

/** Frames of a masked round without their signatures, which were right. */
export interface OpenedRound {
  readonly frames: ReadonlyMap<string, Uint8Array>;
  /** Takes off a sum of the frames what masks are left in it. */
  readonly unmask: (total: Uint32Array, format: WordFormat) => void;
}

/**
 * Reads how a round was masked, and holds all of it to the sites' own signatures: the keys that they offered, their frames, and each revealed
 * seed to the commitment in its site's offer. Nothing is taken from the coordinator's word, so that no other seeds give another total.
 * @throws whatever says that these frames, keys and seeds do not belong together
 */
export function openRound(given: RoundFrames): OpenedRound {
  const { masking, run, round, requestHash, sites, seeds } = given;
  if (masking === null) throw new RangeError('a round without masks');
  const keys = batchForm.parse(masking.keys) as unknown as KeyBatch;
  const sum = sumForm.parse(masking.sum) as unknown as SumBinding;
  const scope = keys.scope.members.map(({ site }) => site).join(' ');
  if (keys.run !== run || sum.round !== round || sum.requestHash !== requestHash || scope !== [...sites].sort().join(' '))
    throw new RangeError('keys of another round');
  const roster = rosterOf(new Map([...given.signingKeys].map(([site, key]) => [site as SiteId, Buffer.from(key).toString('hex')])));
  if (keys.scope.members.some(({ site, signingKey }) => roster.signingKey(site) !== signingKey)) throw new RangeError('keys of others');
  const offers = masking.offers.map((offer) => offerForm.parse(offer) as unknown as KeyOffer);
  const batch = offers.reduce((state, offer) => addOffer(state, offer, roster), collectBatch(keys));
  if (allOffers(batch, roster) === undefined || batch.offers.length !== offers.length) throw new RangeError('an offer is missing');
  const frames = new Map<string, Uint8Array>();
  let state = collectSum(sum);
  for (const site of sites as SiteId[]) {
    const read = readSignedFrame(given.frames.get(site) ?? new Uint8Array(0));
    if (read === undefined) throw new RangeError('a frame without signature');
    frames.set(site, read.frame);
    const statement = { site, frameSha256: sha256(read.frame), signature: read.signature };
    state = addMasked(batch, state, statement, read.frame, roster);
  }
  const opened = checkedSeeds(batch, sum, sites as SiteId[], seeds);
  const masks = remainingMasks(batch, state, { seeds: opened, maskSecrets: {} });
  return { frames, unmask: (total, format) => subtractFixedPoint(total, masks, format) };
}

function checkedSeeds(
  { batch, offers }: CollectedBatch,
  sum: SumBinding,
  sites: readonly SiteId[],
  seeds: ReadonlyMap<string, Uint8Array>,
): Record<SiteId, string> {
  if (seeds.size !== sites.length) throw new RangeError('seeds of other sites');
  const checked: [SiteId, Sha256 | string][] = sites.map((site) => {
    const seed = Buffer.from(seeds.get(site) ?? []).toString('hex');
    const offered = offers.find((offer) => offer.site === site)?.sets[sum.set - 1]?.seedCommitment;
    if (offered === undefined || seedCommitment(batch, site, sum.set, seed) !== offered)
      throw new RangeError('a seed that was not committed to');
    return [site, seed];
  });
  return Object.fromEntries(checked) as Record<SiteId, string>;
}
