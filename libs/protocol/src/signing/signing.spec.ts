import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, ed25519Verifier, isAppError } from '@cohortium/kernel';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkProtocol, parseProtocol, protocolHash } from '../parse.js';
import type { Protocol } from '../schema.js';
import { encodeHeader, keyFingerprint, keyId, readHeader } from './header.js';
import type { DetachedSignature, SignerRole } from './header.js';
import { checkSignature, signDocument } from './sign.js';
import type { PersonJwk } from './sign.js';
import { addSignature, amend, checkSignatures, mergeSigned, parseSignedProtocol, standingOf, unsignedProtocol } from './signed-protocol.js';
import type { KnownSigner, SignedProtocol, SignedVersion } from './signed-protocol.js';

const yaml = readFileSync(join(import.meta.dirname, '../../../../protocols/her2-radiomics/protocol.yaml'), 'utf8');
const first = parseProtocol(yaml, 'protocol.yaml');
const second = checkProtocol({ ...first, version: '1.1.0', summary: { en: 'More', zh: '更多' } });
const third = checkProtocol({ ...first, version: '1.2.0' });

interface TestPerson extends KnownSigner {
  readonly key: PersonJwk;
}

function person(role: SignerRole, site: string | null): TestPerson {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as { x: string; d: string };
  return { role, site, name: `${role} of ${site ?? 'all'}`, publicKey: x, key: { kty: 'OKP', crv: 'Ed25519', x, d } };
}

const coordinator = person('coordinator', null);
const [pi1, board1, pi2, board2] = [
  person('sitePi', 'H1'),
  person('ethicsBoard', 'H1'),
  person('sitePi', 'H2'),
  person('ethicsBoard', 'H2'),
];
const everybody = [coordinator, pi1, board1, pi2, board2];

type Change = Partial<Parameters<typeof signDocument>[1]>;

/** One signature by a person over the newest version. */
async function signed(document: SignedProtocol, by: TestPerson, change: Change = {}): Promise<SignedProtocol> {
  return addSignature(document, await signatureOf(document, by, change));
}

function signatureOf({ versions }: SignedProtocol, by: TestPerson, change: Change = {}): Promise<DetachedSignature> {
  const { protocol } = versions.at(-1) as SignedVersion;
  const before = versions.at(-2);
  const { study, version } = protocol;
  const previous = before === undefined ? null : protocolHash(before.protocol);
  const { role, site, name } = by;
  const statement = { document: 'protocol', study, version, previous, statement: 'approve', role, site, name } as const;
  return signDocument(protocol, { ...statement, signedAt: '2026-11-28T12:00:00Z', ...change }, by.key);
}

async function signedBy(document: SignedProtocol, people: readonly TestPerson[]): Promise<SignedProtocol> {
  let grown = document;
  for (const by of people) grown = await signed(grown, by);
  return grown;
}

const codeOf = async (action: () => unknown): Promise<string> => {
  try {
    await action();
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('a signature', () => {
  it('is a detached JWS that any implementation can check: Ed25519 over header and canonical protocol', async () => {
    const { protected: header, signature } = await signatureOf(unsignedProtocol(first), pi1);
    const payload = Buffer.from(canonicalJson(first), 'utf8').toString('base64url');
    const raw = (text: string) => Buffer.from(text, 'base64url');
    expect(ed25519Verifier.verify(raw(pi1.publicKey), Buffer.from(`${header}.${payload}`), raw(signature))).toBe(true);
    expect(JSON.parse(raw(header).toString())).toEqual({
      alg: 'EdDSA',
      typ: 'cohortium+jws',
      kid: keyId(pi1.publicKey),
      document: 'protocol',
      study: first.study,
      version: first.version,
      sha256: protocolHash(first),
      previous: null,
      statement: 'approve',
      role: 'sitePi',
      site: 'H1',
      name: 'sitePi of H1',
      signedAt: '2026-11-28T12:00:00Z',
    });
  });

  it('holds for its document and key alone', async () => {
    const signature = await signatureOf(unsignedProtocol(first), pi1);
    expect(await checkSignature(first, signature, pi1.publicKey)).toMatchObject({ state: 'valid' });
    expect(await checkSignature(second, signature, pi1.publicKey)).toEqual({ state: 'invalid', reason: 'otherDocument' });
    expect(await checkSignature(first, signature, pi2.publicKey)).toEqual({ state: 'invalid', reason: 'otherKey' });
    const other = await signatureOf(unsignedProtocol(first), pi2);
    expect(await checkSignature(first, { ...signature, signature: other.signature }, pi1.publicKey)).toEqual({
      state: 'invalid',
      reason: 'signature',
    });
  });

  it('holds no more after a change of any field of its header', async () => {
    const signature = await signatureOf(unsignedProtocol(first), pi1);
    const header = readHeader(signature);
    const changes = [
      { role: 'ethicsBoard' },
      { site: 'H2' },
      { name: 'Somebody else' },
      { statement: 'revoke' },
      { signedAt: '2020-01-01T00:00:00Z' },
      { previous: 'a'.repeat(64) },
      { version: '9.9.9' },
      { study: 'other' },
      { document: 'roster' },
    ] as const;
    for (const change of changes) {
      const forged = { ...signature, protected: encodeHeader({ ...header, ...change }) };
      expect(await checkSignature(first, forged, pi1.publicKey)).toEqual({ state: 'invalid', reason: 'signature' });
    }
  });

  it.each([
    ['no algorithm', { alg: 'none' }],
    ['a symmetric algorithm', { alg: 'HS256' }],
    ['an unknown field', { crit: ['exp'] }],
    ['a coordinator with a site', { role: 'coordinator' }],
    ['a PI without one', { site: null }],
  ])('with %s in its header is refused before any cryptography', async (_, change) => {
    const signature = await signatureOf(unsignedProtocol(first), pi1);
    const header = { ...readHeader(signature), ...change };
    const forged = { ...signature, protected: Buffer.from(canonicalJson(header)).toString('base64url') };
    expect(() => readHeader(forged)).toThrow(expect.objectContaining({ code: 'PROTOCOL.BAD_SIGNATURE' }));
    expect(await checkSignature(first, forged, pi1.publicKey)).toEqual({ state: 'invalid', reason: 'form' });
  });

  it('has one text: spaces or another order of its header are refused', async () => {
    const signature = await signatureOf(unsignedProtocol(first), pi1);
    const header = readHeader(signature);
    const entries = Object.entries(header);
    for (const text of [JSON.stringify(header, null, 1), JSON.stringify(Object.fromEntries(entries.reverse()))]) {
      const forged = { ...signature, protected: Buffer.from(text).toString('base64url') };
      expect(() => readHeader(forged)).toThrow(expect.objectContaining({ code: 'PROTOCOL.BAD_SIGNATURE' }));
    }
  });

  it('survives no flip of any bit of header or signature (property)', async () => {
    const signature = await signatureOf(unsignedProtocol(first), pi1);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('protected' as const, 'signature' as const), fc.nat(), async (part, at) => {
        const bytes = Buffer.from(signature[part], 'base64url');
        const bit = at % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        const forged = { ...signature, [part]: bytes.toString('base64url') };
        expect((await checkSignature(first, forged, pi1.publicKey)).state).toBe('invalid');
      }),
      { numRuns: 300 },
    );
  });
});

describe('fingerprints', () => {
  it('are thirty digits, and RFC 7638 thumbprints are those of RFC 8037', () => {
    // RFC 8037, appendix A.3.
    expect(keyId('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
    expect(keyFingerprint(pi1.publicKey)).toMatch(/^\d{5}( \d{5}){5}$/);
    expect(keyFingerprint(pi1.publicKey)).not.toBe(keyFingerprint(pi2.publicKey));
  });
});

describe('a signed protocol', () => {
  let whole: SignedProtocol;
  beforeAll(async () => {
    whole = await signedBy(unsignedProtocol(first), everybody);
  });

  it('is read back from its file as it was', () => {
    expect(parseSignedProtocol(JSON.parse(canonicalJson(whole)))).toEqual(whole);
  });

  it('lets a site act once coordinator, own PI and own board have signed, and not before', async () => {
    for (const missing of [coordinator, pi1, board1]) {
      const some = await signedBy(
        unsignedProtocol(first),
        everybody.filter((by) => by !== missing),
      );
      expect(await standingOf(some, 'H1', everybody)).toEqual({ state: 'incomplete', missing: [missing.role] });
      expect((await standingOf(some, 'H2', everybody)).state).toBe(missing === coordinator ? 'incomplete' : 'approved');
    }
    expect(await standingOf(whole, 'H1', everybody)).toMatchObject({ state: 'approved', protocolHash: protocolHash(first) });
    expect(await standingOf(whole, 'H3', everybody)).toMatchObject({ state: 'incomplete', missing: ['sitePi', 'ethicsBoard'] });
  });

  it('counts no signature by another key, role or site (A14, A19)', async () => {
    const impostor = person('ethicsBoard', 'H1');
    const without = await signedBy(unsignedProtocol(first), [coordinator, pi1, board2]);
    // Another key under the board's name; the PI's own key in the role of the board; the board of another hospital.
    for (const forged of [impostor, { ...board1, key: pi1.key }, { ...board1, key: board2.key }]) {
      const document = await signed(without, forged);
      expect(await standingOf(document, 'H1', everybody)).toEqual({ state: 'incomplete', missing: ['ethicsBoard'] });
      const states = (await checkSignatures(document.versions[0] as SignedVersion, everybody)).map(({ state }) => state);
      expect(states).toEqual(['valid', 'valid', 'valid', 'invalid']);
    }
    // Whoever believed the key that the document itself brings would have been taken in.
    const document = await signed(without, impostor);
    expect((await standingOf(document, 'H1', [coordinator, pi1, impostor])).state).toBe('approved');
  });

  it('keeps a site at the version that its own people signed', async () => {
    const grown = await signedBy(amend(whole, second), [coordinator, pi2, board2]);
    expect(await standingOf(grown, 'H1', everybody)).toMatchObject({ state: 'approved', protocolHash: protocolHash(first) });
    expect(await standingOf(grown, 'H2', everybody)).toMatchObject({ state: 'approved', protocolHash: protocolHash(second) });
  });

  it.each([
    ['coordinator', () => coordinator],
    ['sitePi', () => pi1],
    ['ethicsBoard', () => board1],
  ])('is ended by a revocation of the %s, and only a newer signed version brings it back', async (role, who) => {
    const revoked = await signed(whole, who(), { statement: 'revoke' });
    expect(await standingOf(revoked, 'H1', everybody)).toMatchObject({ state: 'revoked', by: role });
    // A later approval of the same version changes nothing.
    const again = await signed(revoked, who(), { signedAt: '2026-12-01T00:00:00Z' });
    expect(await standingOf(again, 'H1', everybody)).toMatchObject({ state: 'revoked' });
    expect((await standingOf(revoked, 'H2', everybody)).state).toBe(who() === coordinator ? 'revoked' : 'approved');
    const amended = await signedBy(amend(revoked, second), [coordinator, pi1, board1]);
    expect(await standingOf(amended, 'H1', everybody)).toMatchObject({ state: 'approved', protocolHash: protocolHash(second) });
  });

  it('can be amended at its end only', async () => {
    const two = await signedBy(amend(whole, second), everybody);
    const three = await signedBy(amend(two, third), everybody);
    const [a, b, c] = three.versions as [SignedVersion, SignedVersion, SignedVersion];
    // Taken out, put in another order, or with a signature moved to another version: the chain of hashes breaks.
    for (const versions of [[a, c], [b, c], [c], [b], [a, { ...b, signatures: c.signatures }, c], [b, a, c]])
      expect(await codeOf(() => parseSignedProtocol({ ...three, versions }))).toMatch(/^PROTOCOL\.BAD_/);
    expect(parseSignedProtocol({ ...three, versions: [a, b] })).toBeDefined();
  });

  it.each([
    ['the same version', first],
    ['an older one', checkProtocol({ ...first, version: '0.9.0' })],
    ['another study', checkProtocol({ ...second, study: 'other' })],
  ])('is not amended by %s', async (_, protocol: Protocol) => {
    expect(await codeOf(() => amend(whole, protocol))).toBe('PROTOCOL.BAD_AMENDMENT');
  });

  it('does not read where a default was left out, or a byte of the protocol was changed', async () => {
    const value = JSON.parse(canonicalJson(whole)) as { versions: { protocol: Record<string, unknown> }[] };
    const [version] = value.versions as [{ protocol: Record<string, unknown> }];
    const { synthetic: _left, ...short } = version.protocol;
    expect(await codeOf(() => parseSignedProtocol({ ...value, versions: [{ ...version, protocol: short }] }))).toBe('PROTOCOL.BAD_SCHEMA');
    const changed = { ...version, protocol: { ...version.protocol, synthetic: !first.synthetic } };
    expect(await codeOf(() => parseSignedProtocol({ ...value, versions: [changed] }))).toBe('PROTOCOL.BAD_SIGNATURE');
  });

  it('brings copies from several hands together', async () => {
    const start = await signed(unsignedProtocol(first), coordinator);
    const [one, two] = [await signedBy(start, [pi1, board1]), await signedBy(start, [pi2, board2])];
    const merged = mergeSigned(one, two);
    expect(merged.versions[0]?.signatures).toHaveLength(5);
    expect(mergeSigned(merged, one)).toEqual(merged);
    expect(parseSignedProtocol(merged)).toEqual(merged);
    expect(await codeOf(() => mergeSigned(one, unsignedProtocol(second)))).toBe('PROTOCOL.BAD_AMENDMENT');
  });
});
