import { parseSiteId, sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import {
  addOffer,
  allOffers,
  maskScopeOf,
  holdShares,
  newSigner,
  offerBytes,
  offerKeys,
  openSecrets,
  rosterOf,
  shareSecrets,
  thresholdOf,
  unmaskRequest,
} from '@cohortium/privacy';
import type { KeyBatch, KeyOffer, RosterKeys } from '@cohortium/privacy';
import { MaskedSites, seededSecrets, testSum, testVectors } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { addMaskedByAll, readWithAllPeers } from './colluding-peers.js';
import { trustingRoster, uncheckedAgreement } from './naive-aggregation.js';

const random = seededSecrets('keys');
const first = (harness: MaskedSites): SiteId => harness.ids[0] as SiteId;

/** The coordinator plays all sites but one, with keys of its own. */
function impersonation(roster: (real: RosterKeys) => RosterKeys) {
  const harness = new MaskedSites({ siteCount: 4 });
  const victim = first(harness);
  const impostor = newSigner(random);
  const fakes = harness.ids
    .filter((id) => id !== victim)
    .map((site) => ({ site, ...offerKeys(harness.batch, site, { random, signer: impostor }) }));
  const offers = [harness.site(victim).state.offers[0] as KeyOffer, ...fakes.map(({ offer }) => offer)];
  const share = () =>
    shareSecrets(harness.site(victim).state, harness.site(victim).sets, offers, { random, roster: roster(harness.roster) });
  return { harness, victim, fakes, offers, share };
}

describe('A14: keys of other sites replaced by the coordinator', () => {
  it('works against a site that believes what is relayed: its vector is read', () => {
    const { harness, victim, fakes, offers, share } = impersonation(trustingRoster);
    const shared = share();
    const boxes = fakes.map(({ state, sets, site }) => {
      const made = shareSecrets(state, sets, offers, { random, roster: trustingRoster(harness.roster) });
      return made.boxes.filter(({ from, to }) => from === site && to === victim);
    });
    Object.assign(harness.site(victim), holdShares(shared.state, shared.sets, boxes.flat()));
    expect(readWithAllPeers(harness, victim, { offers, fakes, boxes: shared.boxes })).toBe(true);
  });

  it('fails against the pinned roster, before a secret has been shared', () => {
    expect(impersonation((real) => real).share).toThrow('wrongSignature');
  });

  it.each(['channelKey', 'maskKey', 'seedCommitment'] as const)('fails when only one %s is another', (which) => {
    const harness = new MaskedSites({ siteCount: 4 });
    const offers = (allOffers(harness.collected, harness.roster) ?? []).map((offer, i) => (i === 2 ? changed(offer, which) : offer));
    const { state, sets } = harness.site(first(harness));
    expect(() => shareSecrets(state, sets, offers, { random, roster: harness.roster })).toThrow('SECAGG.BAD_KEYS');
    expect(() => addOffer(harness.collected, offers[2] as KeyOffer, harness.roster)).toThrow('SECAGG.BAD_KEYS');
  });

  it('fails when an offer of another run, batch, protocol or scope is shown', () => {
    const harness = new MaskedSites({ siteCount: 4 });
    const [own, other] = harness.ids as [SiteId, SiteId];
    const { batch } = harness;
    const fewer = { members: batch.scope.members.slice(0, 3) };
    for (const over of [
      { run: 'r2' },
      { batch: 2 },
      { study: 't' },
      { protocolHash: sha256('other') },
      { scope: fewer },
    ] as Partial<KeyBatch>[]) {
      const { offer } = offerKeys({ ...batch, ...over }, other, { random, signer: harness.site(other).signer });
      const offers = (allOffers(harness.collected, harness.roster) ?? []).map((one) => (one.site === other ? offer : one));
      const { state, sets } = harness.site(own);
      expect(() => shareSecrets(state, sets, offers, { random, roster: harness.roster })).toThrow('wrongSignature');
    }
  });

  it('fails when sites are shown different genuine keys: their shares do not open', () => {
    const harness = new MaskedSites({ siteCount: 4 });
    const [a, b] = harness.ids as [SiteId, SiteId];
    // A site that lost its database makes keys again; the coordinator shows each half of the scope one of the two.
    const second = offerKeys(harness.batch, b, { random, signer: harness.site(b).signer });
    const offers = allOffers(harness.collected, harness.roster) ?? [];
    const made = harness.ids.map((id) => {
      const seen = id === a ? offers.map((one) => (one.site === b ? second.offer : one)) : offers;
      return shareSecrets(harness.site(id).state, harness.site(id).sets, seen, { random, roster: harness.roster });
    });
    const ofFirst = made[0] as (typeof made)[number];
    const toFirst = made.flatMap(({ boxes }) => boxes.filter(({ to }) => to === a));
    expect(() => holdShares(ofFirst.state, ofFirst.sets, toFirst)).toThrow('doesNotOpen');
  });
});

describe('A14: points of low order', () => {
  const lowOrder = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ];

  it.each(lowOrder)('%s gives everyone the same "secret" where nobody checks, and is refused here', (point) => {
    const secret = random.bytes(32).slice();
    secret[0] = (secret[0] as number) & 248;
    secret[31] = ((secret[31] as number) & 127) | 64;
    // The mask that a site would add is known to whoever put the point in its way.
    expect(uncheckedAgreement(secret, new Uint8Array(Buffer.from(point, 'hex')))).toEqual(new Uint8Array(32));
    // Even signed by a site that colludes.
    const harness = new MaskedSites({ siteCount: 3 });
    const [own, colluder] = harness.ids as [SiteId, SiteId];
    const { signer } = harness.site(colluder);
    const { state } = harness.site(colluder);
    const honest = state.offers[0] as KeyOffer;
    const forged = resigned(harness.batch, { ...honest, sets: honest.sets.map((set) => ({ ...set, maskKey: point })) }, signer);
    const offers = (allOffers(harness.collected, harness.roster) ?? []).map((one) => (one.site === colluder ? forged : one));
    const site = harness.site(own);
    expect(() => shareSecrets(site.state, site.sets, offers, { random, roster: harness.roster })).toThrow('unusablePublicKey');
  });
});

describe('A6: a harness of one victim and inventions', () => {
  it('works where the coordinator states the roster: it holds all keys but one', () => {
    const ids = ['V', 'F1', 'F2', 'F3'].map(parseSiteId);
    const stated = rosterOf(new Map(ids.map((id) => [id, newSigner(random).publicKey])));
    expect(maskScopeOf(ids, stated).members).toHaveLength(4);
  });

  it('fails against the signed roster', () => {
    const real = new MaskedSites({ siteCount: 5 });
    const victim = first(real);
    const fakes = ['F1', 'F2', 'F3'].map(parseSiteId);
    expect(() => maskScopeOf([victim, ...fakes], real.roster)).toThrow('siteNotInRoster');
    expect(() => maskScopeOf([victim, victim, victim], real.roster)).toThrow('siteNamedTwice');
    expect(() => maskScopeOf([victim], real.roster)).toThrow('fewerThanThreeSites');
    expect(() => maskScopeOf(real.ids.slice(0, 2), real.roster)).toThrow('fewerThanThreeSites');
    // One holder under several names.
    const key = newSigner(random).publicKey;
    const twice = rosterOf(new Map([[victim, newSigner(random).publicKey], ...fakes.map((id) => [id, key] as const)]));
    expect(() => maskScopeOf([victim, ...fakes], twice)).toThrow('keyOfTwoSites');
    // A site takes part in no scope that it does not stand in.
    const others = { ...real.batch, scope: { members: real.batch.scope.members.slice(1) } };
    expect(() => offerKeys(others, victim, { random, signer: real.site(victim).signer })).toThrow('siteNotInScope');
    // Pinned keys decide, also where the batch states others.
    const members = real.batch.scope.members.map((member, i) => (i === 1 ? { ...member, signingKey: key } : member));
    const { state, sets } = offerKeys({ ...real.batch, scope: { members } }, victim, { random, signer: real.site(victim).signer });
    expect(() => shareSecrets(state, sets, allOffers(real.collected, real.roster) ?? [], { random, roster: real.roster })).toThrow(
      'SECAGG.BAD_KEYS',
    );
  });
});

describe('a threshold that the coordinator chose', () => {
  it('would let two colluding sites open everything; no message carries one', () => {
    for (const siteCount of [5, 8, 12]) {
      const harness = new MaskedSites({ siteCount, setCount: 1 }).ready();
      const { state, request, sum } = addMaskedByAll(harness, testSum(), testVectors(harness.ids, testSum(), random));
      const replies = harness.ids.map((id) => harness.unmask(id, request));
      // One less than the site's own threshold opens nothing.
      const few = replies.slice(0, thresholdOf(siteCount) - 1);
      expect(() => openSecrets(harness.collected, { ...state, replies: few })).toThrow('tooFewShares');
      expect(() => openSecrets(harness.collected, { ...state, replies: replies.slice(0, thresholdOf(siteCount)) })).not.toThrow();
      const words = JSON.stringify([harness.batch, harness.collected, request, sum]);
      expect(words).not.toMatch(/threshold/i);
    }
  });
});

describe('A14: wrong shares', () => {
  const lied = (siteCount: number) => {
    const harness = new MaskedSites({ siteCount, setCount: 1 }).ready();
    const scene = addMaskedByAll(harness, testSum(), testVectors(harness.ids, testSum(), random));
    const request = unmaskRequest(harness.collected, scene.state);
    const liar = harness.ids[1] as SiteId;
    const replies = harness.ids.map((id) => {
      const reply = harness.unmask(id, request);
      return id === liar ? { ...reply, shares: reply.shares.map((share) => ({ ...share, share: sha256(share.share) })) } : reply;
    });
    return { harness, liar, state: { ...scene.state, replies } };
  };

  it('are found and named where there are more than the threshold', () => {
    const { harness, liar, state } = lied(7);
    const opened = openSecrets(harness.collected, state);
    expect(opened.faulty).toEqual([liar]);
    for (const id of harness.ids) expect(opened.seeds[id]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('never give a wrong total: without a surplus the sum stays closed', () => {
    const { harness, state } = lied(3);
    expect(() => openSecrets(harness.collected, state)).toThrow('wrongShares');
  });
});

function changed(offer: KeyOffer, which: 'channelKey' | 'maskKey' | 'seedCommitment'): KeyOffer {
  const other = Buffer.from(random.bytes(32)).toString('hex').replace(/..$/, '11');
  if (which === 'channelKey') return { ...offer, channelKey: other };
  return { ...offer, sets: offer.sets.map((set, i) => (i === 0 ? { ...set, [which]: other } : set)) };
}

/** The offer signed again by its own site: what a colluding site can do. */
function resigned(batch: KeyBatch, offer: KeyOffer, signer: { sign(bytes: Uint8Array): Uint8Array }): KeyOffer {
  return { ...offer, signature: Buffer.from(signer.sign(offerBytes(batch, offer))).toString('hex') };
}
