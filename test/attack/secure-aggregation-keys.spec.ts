import { parseSiteId, sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import {
  addOffer,
  allOffers,
  cohortOf,
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
import { MaskedCohort, seededSecrets, testSum, testVectors } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { addMaskedByAll, readWithAllPeers } from './colluding-peers.js';
import { trustingRoster, uncheckedAgreement } from './naive-aggregation.js';

const random = seededSecrets('keys');
const first = (cohort: MaskedCohort): SiteId => cohort.ids[0] as SiteId;

/** The coordinator plays all sites but one, with keys of its own. */
function impersonation(roster: (real: RosterKeys) => RosterKeys) {
  const cohort = new MaskedCohort({ siteCount: 4 });
  const victim = first(cohort);
  const impostor = newSigner(random);
  const fakes = cohort.ids.filter((id) => id !== victim).map((site) => ({ site, ...offerKeys(cohort.batch, site, { random, signer: impostor }) }));
  const offers = [cohort.site(victim).state.offers[0] as KeyOffer, ...fakes.map(({ offer }) => offer)];
  const share = () => shareSecrets(cohort.site(victim).state, cohort.site(victim).sets, offers, { random, roster: roster(cohort.roster) });
  return { cohort, victim, fakes, offers, share };
}

describe('A14: keys of other sites replaced by the coordinator', () => {
  it('works against a site that believes what is relayed: its vector is read', () => {
    const { cohort, victim, fakes, offers, share } = impersonation(trustingRoster);
    const shared = share();
    const boxes = fakes.map(({ state, sets, site }) => {
      const made = shareSecrets(state, sets, offers, { random, roster: trustingRoster(cohort.roster) });
      return made.boxes.filter(({ from, to }) => from === site && to === victim);
    });
    Object.assign(cohort.site(victim), holdShares(shared.state, shared.sets, boxes.flat()));
    expect(readWithAllPeers(cohort, victim, { offers, fakes, boxes: shared.boxes })).toBe(true);
  });

  it('fails against the pinned roster, before a secret has been shared', () => {
    expect(impersonation((real) => real).share).toThrow('wrongSignature');
  });

  it.each(['channelKey', 'maskKey', 'seedCommitment'] as const)('fails when only one %s is another', (which) => {
    const cohort = new MaskedCohort({ siteCount: 4 });
    const offers = (allOffers(cohort.collected, cohort.roster) ?? []).map((offer, i) => (i === 2 ? changed(offer, which) : offer));
    const { state, sets } = cohort.site(first(cohort));
    expect(() => shareSecrets(state, sets, offers, { random, roster: cohort.roster })).toThrow('SECAGG.BAD_KEYS');
    expect(() => addOffer(cohort.collected, offers[2] as KeyOffer, cohort.roster)).toThrow('SECAGG.BAD_KEYS');
  });

  it('fails when an offer of another run, batch, protocol or cohort is shown', () => {
    const cohort = new MaskedCohort({ siteCount: 4 });
    const [own, other] = cohort.ids as [SiteId, SiteId];
    const { batch } = cohort;
    const fewer = { members: batch.cohort.members.slice(0, 3) };
    for (const over of [{ run: 'r2' }, { batch: 2 }, { study: 't' }, { protocolHash: sha256('other') }, { cohort: fewer }] as Partial<KeyBatch>[]) {
      const { offer } = offerKeys({ ...batch, ...over }, other, { random, signer: cohort.site(other).signer });
      const offers = (allOffers(cohort.collected, cohort.roster) ?? []).map((one) => (one.site === other ? offer : one));
      const { state, sets } = cohort.site(own);
      expect(() => shareSecrets(state, sets, offers, { random, roster: cohort.roster })).toThrow('wrongSignature');
    }
  });

  it('fails when sites are shown different genuine keys: their shares do not open', () => {
    const cohort = new MaskedCohort({ siteCount: 4 });
    const [a, b] = cohort.ids as [SiteId, SiteId];
    // A site that lost its database makes keys again; the coordinator shows each half of the cohort one of the two.
    const second = offerKeys(cohort.batch, b, { random, signer: cohort.site(b).signer });
    const offers = allOffers(cohort.collected, cohort.roster) ?? [];
    const made = cohort.ids.map((id) => {
      const seen = id === a ? offers.map((one) => (one.site === b ? second.offer : one)) : offers;
      return shareSecrets(cohort.site(id).state, cohort.site(id).sets, seen, { random, roster: cohort.roster });
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
    const cohort = new MaskedCohort({ siteCount: 3 });
    const [own, colluder] = cohort.ids as [SiteId, SiteId];
    const { signer } = cohort.site(colluder);
    const { state } = cohort.site(colluder);
    const honest = state.offers[0] as KeyOffer;
    const forged = resigned(cohort.batch, { ...honest, sets: honest.sets.map((set) => ({ ...set, maskKey: point })) }, signer);
    const offers = (allOffers(cohort.collected, cohort.roster) ?? []).map((one) => (one.site === colluder ? forged : one));
    const site = cohort.site(own);
    expect(() => shareSecrets(site.state, site.sets, offers, { random, roster: cohort.roster })).toThrow('unusablePublicKey');
  });
});

describe('A6: a cohort of one victim and inventions', () => {
  it('works where the coordinator states the roster: it holds all keys but one', () => {
    const ids = ['V', 'F1', 'F2', 'F3'].map(parseSiteId);
    const stated = rosterOf(new Map(ids.map((id) => [id, newSigner(random).publicKey])));
    expect(cohortOf(ids, stated).members).toHaveLength(4);
  });

  it('fails against the signed roster', () => {
    const real = new MaskedCohort({ siteCount: 5 });
    const victim = first(real);
    const fakes = ['F1', 'F2', 'F3'].map(parseSiteId);
    expect(() => cohortOf([victim, ...fakes], real.roster)).toThrow('siteNotInRoster');
    expect(() => cohortOf([victim, victim, victim], real.roster)).toThrow('siteNamedTwice');
    expect(() => cohortOf([victim], real.roster)).toThrow('fewerThanThreeSites');
    expect(() => cohortOf(real.ids.slice(0, 2), real.roster)).toThrow('fewerThanThreeSites');
    // One holder under several names.
    const key = newSigner(random).publicKey;
    const twice = rosterOf(new Map([[victim, newSigner(random).publicKey], ...fakes.map((id) => [id, key] as const)]));
    expect(() => cohortOf([victim, ...fakes], twice)).toThrow('keyOfTwoSites');
    // A site takes part in no cohort that it does not stand in.
    const others = { ...real.batch, cohort: { members: real.batch.cohort.members.slice(1) } };
    expect(() => offerKeys(others, victim, { random, signer: real.site(victim).signer })).toThrow('siteNotInCohort');
    // Pinned keys decide, also where the batch states others.
    const members = real.batch.cohort.members.map((member, i) => (i === 1 ? { ...member, signingKey: key } : member));
    const { state, sets } = offerKeys({ ...real.batch, cohort: { members } }, victim, { random, signer: real.site(victim).signer });
    expect(() => shareSecrets(state, sets, allOffers(real.collected, real.roster) ?? [], { random, roster: real.roster })).toThrow('SECAGG.BAD_KEYS');
  });
});

describe('a threshold that the coordinator chose', () => {
  it('would let two colluding sites open everything; no message carries one', () => {
    for (const siteCount of [5, 8, 12]) {
      const cohort = new MaskedCohort({ siteCount, setCount: 1 }).ready();
      const { state, request, sum } = addMaskedByAll(cohort, testSum(), testVectors(cohort.ids, testSum(), random));
      const replies = cohort.ids.map((id) => cohort.unmask(id, request));
      // One less than the site's own threshold opens nothing.
      const few = replies.slice(0, thresholdOf(siteCount) - 1);
      expect(() => openSecrets(cohort.collected, { ...state, replies: few })).toThrow('tooFewShares');
      expect(() => openSecrets(cohort.collected, { ...state, replies: replies.slice(0, thresholdOf(siteCount)) })).not.toThrow();
      const words = JSON.stringify([cohort.batch, cohort.collected, request, sum]);
      expect(words).not.toMatch(/threshold/i);
    }
  });
});

describe('A14: wrong shares', () => {
  const lied = (siteCount: number) => {
    const cohort = new MaskedCohort({ siteCount, setCount: 1 }).ready();
    const scene = addMaskedByAll(cohort, testSum(), testVectors(cohort.ids, testSum(), random));
    const request = unmaskRequest(cohort.collected, scene.state);
    const liar = cohort.ids[1] as SiteId;
    const replies = cohort.ids.map((id) => {
      const reply = cohort.unmask(id, request);
      return id === liar ? { ...reply, shares: reply.shares.map((share) => ({ ...share, share: sha256(share.share) })) } : reply;
    });
    return { cohort, liar, state: { ...scene.state, replies } };
  };

  it('are found and named where there are more than the threshold', () => {
    const { cohort, liar, state } = lied(7);
    const opened = openSecrets(cohort.collected, state);
    expect(opened.faulty).toEqual([liar]);
    for (const id of cohort.ids) expect(opened.seeds[id]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('never give a wrong total: without a surplus the sum stays closed', () => {
    const { cohort, state } = lied(3);
    expect(() => openSecrets(cohort.collected, state)).toThrow('wrongShares');
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
