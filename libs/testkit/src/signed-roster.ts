import { generateKeyPairSync } from 'node:crypto';
import { signDocument } from '@cohortium/protocol';
import type { PersonJwk, Roster, SignedRoster } from '@cohortium/protocol';

/** A roster of one hospital, H1, with fresh keys, signed by its coordinator and its PI; `logKey` signs the coordinator's logs. */
export async function signedTestRoster(logKey: Uint8Array): Promise<SignedRoster> {
  const people = (
    [
      ['coordinator', null],
      ['sitePi', 'H1'],
      ['ethicsBoard', 'H1'],
    ] as const
  ).map(([role, site]) => ({ role, site, key: freshKey() }));
  const keys = { nkey: `U${'A'.repeat(55)}`, signingKey: freshKey().x, agreementKey: freshKey().x };
  const head = { version: '1.0.0', previous: null } as const;
  const roster: Roster = {
    schemaVersion: 1,
    type: 'roster',
    consortium: 'test',
    ...head,
    coordinatorLogKey: Buffer.from(logKey).toString('base64url'),
    sites: [{ site: 'H1', index: 1, displayName: 'H1', ...keys }],
    people: people.map(({ role, site, key }) => ({ role, site, name: role, publicKey: key.x })),
  };
  const statement = { document: 'roster', study: 'test', ...head, statement: 'approve', signedAt: '2026-11-28T12:00:00Z' } as const;
  const signing = people.filter(({ role }) => role !== 'ethicsBoard');
  const signatures = signing.map(({ role, site, key }) => signDocument(roster, { ...statement, role, site, name: role }, key));
  return { roster, signatures: await Promise.all(signatures) };
}

function freshKey(): PersonJwk {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as { x: string; d: string };
  return { kty: 'OKP', crv: 'Ed25519', x, d };
}
