import { generateKeyPairSync } from 'node:crypto';
import { canonicalJson } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import type { DetachedSignature, SignerRole } from './header.js';
import { checkRoster, parseSignedRoster, recordFingerprint, rosterFingerprint, rosterHash } from './roster.js';
import type { Roster, SignedRoster } from './roster.js';
import { signDocument } from './sign.js';
import type { PersonJwk } from './sign.js';

const keys = new Map<string, PersonJwk>();

function key(owner: string): PersonJwk {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as { x: string; d: string };
  const made: PersonJwk = { kty: 'OKP', crv: 'Ed25519', x, d };
  keys.set(owner, made);
  return made;
}

const sites = ['H1', 'H2', 'H3'].map((site, i) => ({
  site,
  index: i + 1,
  displayName: `Hospital ${site}`,
  nkey: `U${'ABC'[i]}${'A'.repeat(54)}`,
  signingKey: key(`${site} signing`).x,
  agreementKey: key(`${site} agreement`).x,
}));
const person = (role: SignerRole, site: string | null) => ({
  role,
  site,
  name: `${role} ${site ?? ''}`,
  publicKey: key(`${role} ${site ?? ''}`).x,
});
const roster: Roster = {
  schemaVersion: 1,
  type: 'roster',
  consortium: 'demo',
  version: '1.0.0',
  previous: null,
  coordinatorLogKey: key('log').x,
  sites,
  people: [person('coordinator', null), ...sites.flatMap(({ site }) => [person('sitePi', site), person('ethicsBoard', site)])],
};

function signRoster(document: Roster, role: SignerRole, site: string | null, by = `${role} ${site ?? ''}`): Promise<DetachedSignature> {
  const { consortium: study, version, previous } = document;
  const statement = { document: 'roster', study, version, previous, statement: 'approve', role, site, name: by } as const;
  return signDocument(document, { ...statement, signedAt: '2026-11-28T12:00:00Z' }, keys.get(by) as PersonJwk);
}

async function signAll(document: Roster): Promise<SignedRoster> {
  const who = [['coordinator', null], ...document.sites.map(({ site }) => ['sitePi', site])] as [SignerRole, string | null][];
  return { roster: document, signatures: await Promise.all(who.map(([role, site]) => signRoster(document, role, site))) };
}

const refused = expect.objectContaining({ code: 'PROTOCOL.BAD_ROSTER' }) as unknown;

describe('a roster', () => {
  it('is accepted once the coordinator and every PI have signed', async () => {
    const whole = await signAll(roster);
    await checkRoster(parseSignedRoster(JSON.parse(canonicalJson(whole))));
    for (const signature of whole.signatures)
      await expect(checkRoster({ roster, signatures: whole.signatures.filter((one) => one !== signature) })).rejects.toThrow(refused);
  });

  it.each([
    ['a site twice', (r: Roster) => ({ ...r, sites: [...r.sites, { ...r.sites[0], index: 9, nkey: `UZ${'A'.repeat(54)}` }] })],
    ['one index for two sites', (r: Roster) => ({ ...r, sites: r.sites.map((site) => ({ ...site, index: 1 })) })],
    ['index 0', (r: Roster) => ({ ...r, sites: r.sites.map((site, i) => ({ ...site, index: i })) })],
    ['one key for two sites', (r: Roster) => ({ ...r, sites: r.sites.map((site) => ({ ...site, signingKey: r.sites[0]?.signingKey })) })],
    ['one key for two purposes', (r: Roster) => ({ ...r, sites: r.sites.map((site) => ({ ...site, agreementKey: site.signingKey })) })],
    ['one broker key for two sites', (r: Roster) => ({ ...r, sites: r.sites.map((site) => ({ ...site, nkey: r.sites[0]?.nkey })) })],
    ['no coordinator', (r: Roster) => ({ ...r, people: r.people.slice(1) })],
    [
      'a site without a board',
      (r: Roster) => ({ ...r, people: r.people.filter(({ role, site }) => role !== 'ethicsBoard' || site !== 'H2') }),
    ],
    ['a person of a site that is not listed', (r: Roster) => ({ ...r, sites: r.sites.slice(1) })],
    ['an unknown field', (r: Roster) => ({ ...r, note: 'x' })],
  ])('with %s is refused', (_, change) => {
    expect(() => parseSignedRoster({ roster: change(roster), signatures: [] })).toThrow(refused);
  });

  it('lets nobody sign for another, and no key be replaced (A6, A14)', async () => {
    const whole = await signAll(roster);
    const forged = await signRoster(roster, 'sitePi', 'H2', 'sitePi H1');
    await expect(
      checkRoster({ roster, signatures: [...whole.signatures.slice(0, 2), forged, ...whole.signatures.slice(3)] }),
    ).rejects.toThrow(refused);
    // A coordinator puts its own keys in the place of a PI and signs everything: the signatures agree with the roster that they are in.
    const swapped = {
      ...roster,
      people: roster.people.map((p) => (p.role === 'sitePi' && p.site === 'H1' ? { ...p, publicKey: key('mallory').x } : p)),
    };
    const honest = keys.get('sitePi H1') as PersonJwk;
    keys.set('sitePi H1', keys.get('mallory') as PersonJwk);
    const evil = await signAll(swapped);
    keys.set('sitePi H1', honest);
    await checkRoster(evil);
    // The site knows its own PI.
    const pinned = { role: 'sitePi', site: 'H1', name: 'PI', publicKey: honest.x } as const;
    await expect(checkRoster(evil, [pinned])).rejects.toThrow(refused);
    await checkRoster(whole, [pinned]);
  });

  it('is not accepted with the signatures of another version', async () => {
    const next: Roster = { ...roster, version: '1.1.0', previous: rosterHash(roster), sites: roster.sites.slice(0, 3) };
    const { signatures } = await signAll(roster);
    await expect(checkRoster({ roster: next, signatures })).rejects.toThrow(refused);
    await checkRoster(await signAll(next));
  });

  it('and key records have fingerprints of thirty digits that any change changes', () => {
    const { index: _index, displayName: _name, ...record } = roster.sites[0] as Roster['sites'][number];
    expect(recordFingerprint(record)).toMatch(/^\d{5}( \d{5}){5}$/);
    expect(rosterFingerprint(roster)).not.toBe(rosterFingerprint({ ...roster, version: '1.0.1' }));
    for (const field of ['nkey', 'signingKey', 'agreementKey'] as const)
      expect(recordFingerprint({ ...record, [field]: roster.sites[1]?.[field] as string })).not.toBe(recordFingerprint(record));
  });
});
