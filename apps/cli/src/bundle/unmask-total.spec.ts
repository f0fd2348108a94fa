import { catalogue } from '@cohortium/analysis';
import { wordBytes } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import type { RoundFrames } from '@cohortium/ledger';
import { openSecrets } from '@cohortium/privacy';
import type { SumBinding } from '@cohortium/privacy';
import { MaskedSites, plainTotal, testVectors } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { recomputeTotal } from './recompute-total.js';

const operation = 'statistics.first-moments@1';
const { limbs } = (catalogue.get(operation) as SumQuery<unknown, unknown>).words;

/** A masked round over four sites as a full bundle holds it, and the total that its sites had. */
function maskedRound() {
  const sites = new MaskedSites({ siteCount: 4, seed: 'bundle' }).ready();
  const requestHash = sha256('request');
  const sum: SumBinding = { set: 1, round: 7, attempt: 1, vectorId: 'sum', requestHash, limbs, length: 5, roster: 'full' };
  const vectors = testVectors(sites.ids, sum, sites.random);
  const { state, frames } = sites.sum(sum, vectors);
  const signed = (site: SiteId) => {
    const { signature } = state.statements.find((statement) => statement.site === site) as { signature: string };
    return Uint8Array.from(Buffer.concat([Buffer.from(signature, 'hex'), frames.get(site) as Uint8Array]));
  };
  const { seeds } = openSecrets(sites.collected, state);
  const round: RoundFrames = {
    run: 'run',
    round: 7,
    operation,
    kind: 'sum',
    requestHash,
    sites: sites.ids,
    frames: new Map(sites.ids.map((site) => [site, signed(site)])),
    seeds: new Map(Object.entries(seeds).map(([site, seed]) => [site, Uint8Array.from(Buffer.from(seed, 'hex'))])),
    masking: { keys: sites.batch, offers: sites.collected.offers, sum },
    signingKeys: new Map(sites.ids.map((site) => [site, Uint8Array.from(Buffer.from(sites.site(site).signer.publicKey, 'hex'))])),
  };
  return { round, total: wordBytes(plainTotal(sum, vectors)), first: sites.ids[0] as SiteId };
}

const flipped = (bytes: Uint8Array | undefined, at: number) => (bytes ?? new Uint8Array(0)).map((byte, i) => (i === at ? byte ^ 1 : byte));
const changedAt = (map: ReadonlyMap<string, Uint8Array>, site: string, value: Uint8Array) => new Map([...map]).set(site, value);

describe('a masked round of a full bundle', () => {
  const { round, total, first } = maskedRound();
  const masking = round.masking as NonNullable<RoundFrames['masking']>;

  it('opens to the total of its sites, to the bit', () => {
    expect(recomputeTotal(round)).toEqual(total);
  });

  it.each<[string, Partial<RoundFrames>]>([
    ['another word in a frame', { frames: changedAt(round.frames, first, flipped(round.frames.get(first), 70)) }],
    ['another signature under a frame', { frames: changedAt(round.frames, first, flipped(round.frames.get(first), 3)) }],
    ['a frame without signature', { frames: changedAt(round.frames, first, new Uint8Array(10)) }],
    ['a seed that the coordinator chose', { seeds: changedAt(round.seeds, first, flipped(round.seeds.get(first), 31)) }],
    ['a seed too few', { seeds: new Map([...round.seeds].slice(1)) }],
    ['a site left out', { sites: round.sites.slice(1) }],
    ['another request', { requestHash: sha256('another') }],
    ['another round', { round: 8 }],
    ['keys of another run', { masking: { ...masking, keys: { ...(masking.keys as object), run: 'other' } } }],
    ['another key set', { masking: { ...masking, sum: { ...(masking.sum as object), set: 2 } } }],
    ['an offer too few', { masking: { ...masking, offers: masking.offers.slice(1) } }],
    [
      'an offer with another commitment',
      {
        masking: {
          ...masking,
          offers: masking.offers.map((offer, i) => (i === 0 ? { ...(offer as object), channelKey: sha256('key') } : offer)),
        },
      },
    ],
    ['keys of people who are not on the roster', { signingKeys: changedAt(round.signingKeys, first, new Uint8Array(32).fill(7)) }],
    ['a key batch that is no key batch', { masking: { ...masking, keys: null } }],
  ])('does not open with %s', (_, change) => {
    expect(() => recomputeTotal({ ...round, ...change })).toThrow();
  });

  it('is no total of its frames alone', () => {
    expect(recomputeTotal({ ...round, masking: null })).not.toEqual(total);
  });
});
