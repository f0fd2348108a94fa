import type { SiteId } from '@cohortium/kernel';
import { addMasked, collectSum, maskInput, remainingMasks, unmaskRequest } from '@cohortium/privacy';
import type { CollectedBatch, CollectedSum, KeyOffer, ShareBox, SiteKeySet, SumBinding } from '@cohortium/privacy';
import { plainTotal, testSum, testVectors, totalOf } from '@cohortium/testkit';
import type { MaskedSites } from '@cohortium/testkit';

/** All sites mask; the collector has the frames. */
export function addMaskedByAll(harness: MaskedSites, sum: SumBinding, vectors: ReadonlyMap<SiteId, Uint8Array>) {
  let state: CollectedSum = collectSum(sum);
  const frames = new Map<SiteId, Uint8Array>();
  for (const [id, vector] of vectors) {
    const { frame, statement } = harness.mask(id, sum, vector);
    frames.set(id, frame);
    state = addMasked(harness.collected, state, statement, frame, harness.roster);
  }
  return { sum, vectors, frames, state, request: unmaskRequest(harness.collected, state) };
}

/**
 * Whoever holds the mask keys of all peers of a site reads its vector: the pairwiseMasks by those keys, the selfMask by the shares that were sent to
 * the peers. The seed is taken from the site's state here, since the shares of all peers are at hand (their boxes are given).
 */
export function readWithAllPeers(
  harness: MaskedSites,
  victim: SiteId,
  peers: {
    readonly offers: readonly KeyOffer[];
    readonly fakes: readonly { readonly site: SiteId; readonly sets: readonly SiteKeySet[] }[];
    readonly boxes: readonly ShareBox[];
  },
): boolean {
  const sum = testSum();
  const vectors = testVectors([victim], sum, harness.random);
  const { state, sets } = harness.site(victim);
  const own = sets[0] as SiteKeySet;
  const vector = vectors.get(victim) as Uint8Array;
  const { frame } = maskInput(state, own, { sum, vector, unmaskedBefore: false }, harness.site(victim).signer);
  if (own.phase === 'spent' || peers.boxes.length !== peers.fakes.length) return false;
  const batch: CollectedBatch = { ...harness.collected, offers: [...peers.offers] };
  const maskSecrets = Object.fromEntries(peers.fakes.map(({ site, sets: [set] }) => [site, set?.phase === 'fresh' ? set.maskSecret : '']));
  const masks = remainingMasks(batch, collectSum(sum), { seeds: { [victim]: own.seed }, maskSecrets });
  const read = totalOf(sum, new Map([[victim, frame]]), masks);
  return Buffer.compare(Buffer.from(read.buffer), Buffer.from(plainTotal(sum, vectors).buffer)) === 0;
}
