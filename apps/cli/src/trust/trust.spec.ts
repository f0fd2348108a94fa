import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '@cohortium/kernel';
import { parseProtocol, parseSignedProtocol } from '@cohortium/protocol';
import type { KeyRecord, PersonJwk, Roster } from '@cohortium/protocol';
import { signDocument } from '@cohortium/protocol';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../main.js';
import { openKeyFile, readKeyFile } from './key-file.js';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-trust-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

/** Runs the command line; answers its exit code and what it wrote. */
async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const texts = { out: '', err: '' };
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((texts.out += String(text)), true));
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((texts.err += String(text)), true));
  try {
    return { code: await main(argv), ...texts };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

const passphrase = 'correct horse battery staple';
const phraseFile = at('phrase');

function makeKey(name: string, role: string, site?: string) {
  const whose = site === undefined ? [] : ['--site', site];
  return run(
    'key',
    'create',
    '--role',
    role,
    ...whose,
    '--name',
    `${role} ${site ?? ''}`.trim(),
    '--out',
    at(name),
    '--passphrase-file',
    phraseFile,
  );
}

beforeAll(async () => {
  writeFileSync(phraseFile, `${passphrase}\n`, { mode: 0o600 });
  const base = parseProtocol(readFileSync(join(import.meta.dirname, '../../../../protocols/her2-radiomics/protocol.yaml'), 'utf8'), 'p');
  const named = { ...base, sites: { ...base.sites, training: ['H1', 'H2', 'H3', 'H4', 'H5'], external: [] } };
  writeFileSync(at('protocol.json'), JSON.stringify(named));
  writeFileSync(at('next.json'), JSON.stringify({ ...named, version: '2.0.0', synthetic: !base.synthetic }));
  for (const [name, role, site] of [
    ['coordinator.key', 'coordinator'],
    ['pi.key', 'sitePi', 'H1'],
    ['board.key', 'ethicsBoard', 'H1'],
  ] as const)
    expect((await makeKey(name, role, site)).code).toBe(0);
}, 60_000);

describe('keys of people', () => {
  it('are files of their owner alone, whose secret needs the passphrase', async () => {
    expect(statSync(at('pi.key')).mode & 0o777).toBe(0o600);
    const { key, file } = await openKeyFile(at('pi.key'), passphrase);
    expect(file).toMatchObject({ role: 'sitePi', site: 'H1', publicKey: key.x });
    const text = readFileSync(at('pi.key'), 'utf8');
    expect(text).not.toContain(key.d);
    const [header] = file.secret.split('.');
    const jwe = JSON.parse(Buffer.from(header as string, 'base64url').toString()) as { alg: string; enc: string; p2c: number };
    expect(jwe).toMatchObject({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 210_000 });
    await expect(openKeyFile(at('pi.key'), `${passphrase}!`)).rejects.toThrow(expect.objectContaining({ code: 'CLI.WRONG_PASSPHRASE' }));
  });

  it('do not open once a byte was changed, others may read them, or another public key was written in', async () => {
    const file = readKeyFile(at('pi.key'));
    writeFileSync(at('swapped.key'), JSON.stringify({ ...file, publicKey: readKeyFile(at('board.key')).publicKey }), { mode: 0o600 });
    await expect(openKeyFile(at('swapped.key'), passphrase)).rejects.toThrow(expect.objectContaining({ code: 'CLI.BAD_KEY_FILE' }));
    const parts = file.secret.split('.');
    const body = Buffer.from(parts[3] as string, 'base64url');
    body[0] = (body[0] as number) ^ 1;
    const secret = parts.with(3, body.toString('base64url')).join('.');
    writeFileSync(at('changed.key'), JSON.stringify({ ...file, secret }), { mode: 0o600 });
    await expect(openKeyFile(at('changed.key'), passphrase)).rejects.toThrow(expect.objectContaining({ code: 'CLI.WRONG_PASSPHRASE' }));
    copyFileSync(at('pi.key'), at('open.key'));
    chmodSync(at('open.key'), 0o644);
    await expect(openKeyFile(at('open.key'), passphrase)).rejects.toThrow(expect.objectContaining({ code: 'CLI.KEY_TOO_OPEN' }));
  });

  it('are never overwritten, and want a passphrase of some length', async () => {
    expect(await makeKey('pi.key', 'sitePi', 'H1')).toMatchObject({ code: 2, err: expect.stringContaining('CLI.FILE_EXISTS') as string });
    process.env['SHORT_PHRASE'] = 'short';
    const short = await run(
      'key',
      'create',
      '--role',
      'coordinator',
      '--name',
      'C',
      '--out',
      at('s.key'),
      '--passphrase-env',
      'SHORT_PHRASE',
    );
    expect(short).toMatchObject({ code: 2, err: expect.stringContaining('CLI.NO_PASSPHRASE') as string });
    expect(await run('key', 'create', '--role', 'sitePi', '--name', 'C', '--out', at('s.key'))).toMatchObject({ code: 2 });
  });

  it('show their fingerprint without a passphrase, in both languages', async () => {
    const shown = await run('key', 'show', at('board.key'), '--lang', 'zh');
    expect(shown.out).toMatch(/指纹：\d{5}( \d{5}){5}/);
    const json = JSON.parse((await run('key', 'show', at('board.key'), '--json')).out) as Record<string, unknown>;
    expect(json).toMatchObject({ role: 'ethicsBoard', site: 'H1' });
    expect(JSON.stringify(json)).not.toContain('secret');
  });
});

const sign = (file: string, key: string, role: string, ...more: string[]) =>
  run('protocol', 'sign', file, '--key', at(key), '--role', role, '--passphrase-file', phraseFile, ...more);

describe('signing by file', () => {
  it('goes from hand to hand without any node, and a roster tells what it is worth', async () => {
    expect((await sign(at('protocol.json'), 'coordinator.key', 'coordinator')).code).toBe(0);
    const file = at('protocol.signed.json');
    expect((await sign(file, 'pi.key', 'sitePi', '--site', 'H1')).code).toBe(0);
    expect(await run('protocol', 'verify', file)).toMatchObject({ code: 0, out: expect.stringContaining('not checked') as string });
    await writeRoster(at('roster.json'));
    const waiting = await run('protocol', 'verify', file, '--roster', at('roster.json'));
    expect(waiting.code).toBe(4);
    expect(waiting.out).toContain('H1: does not act; missing: ethicsBoard');
    expect((await sign(file, 'board.key', 'ethicsBoard', '--site', 'H1')).code).toBe(0);
    const json = JSON.parse((await run('protocol', 'verify', file, '--roster', at('roster.json'), '--json')).out) as {
      sites: { site: string; state: string }[];
    };
    expect(json.sites.find(({ site }) => site === 'H1')).toMatchObject({ state: 'approved' });
    expect(parseSignedProtocol(JSON.parse(readFileSync(file, 'utf8'))).versions[0]?.signatures).toHaveLength(3);
  });

  it('refuses a key in another role or for another hospital', async () => {
    const file = at('protocol.signed.json');
    const before = readFileSync(file, 'utf8');
    for (const [key, role, ...more] of [
      ['pi.key', 'ethicsBoard', '--site', 'H1'],
      ['pi.key', 'sitePi', '--site', 'H2'],
      ['pi.key', 'coordinator'],
    ] as [string, string, ...string[]][])
      expect(await sign(file, key, role, ...more)).toMatchObject({ code: 2, err: expect.stringContaining('CLI.ROLE_MISMATCH') as string });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('exits with 6 where a signature does not hold', async () => {
    const signed = JSON.parse(readFileSync(at('protocol.signed.json'), 'utf8')) as { versions: { signatures: { signature: string }[] }[] };
    const [first, second] = signed.versions[0]?.signatures as [{ signature: string }, { signature: string }];
    first.signature = second.signature;
    writeFileSync(at('forged.json'), JSON.stringify(signed));
    expect((await run('protocol', 'verify', at('forged.json'), '--roster', at('roster.json'))).code).toBe(6);
  });

  it('amends without touching what was signed, and revokes', async () => {
    const out = at('amended.json');
    const old = readFileSync(at('protocol.signed.json'), 'utf8');
    expect((await sign(at('next.json'), 'coordinator.key', 'coordinator', '--amends', at('protocol.signed.json'), '--out', out)).code).toBe(
      0,
    );
    expect(readFileSync(at('protocol.signed.json'), 'utf8')).toBe(old);
    const amended = await run('protocol', 'verify', out, '--roster', at('roster.json'));
    expect(amended.out).toContain('H1: acts under 1.');
    expect((await sign(out, 'board.key', 'ethicsBoard', '--site', 'H1', '--revoke')).code).toBe(0);
    expect((await run('protocol', 'verify', out, '--roster', at('roster.json'))).out).toContain('revoked by ethicsBoard');
    expect((await run('protocol', 'diff', at('protocol.signed.json'), out)).out).toContain('synthetic is now');
  });
});

describe('files that are something else, and folders that are nobody\u2019s', () => {
  it.each([
    ['an unsigned protocol to verify', ['protocol', 'verify', at('protocol.json')], 'CLI.NOT_SIGNED', 2],
    ['a key in place of a roster', ['roster', 'verify', at('pi.key')], 'PROTOCOL.BAD_ROSTER', 6],
    [
      'a key in place of a record',
      ['enroll', 'request', '--record', at('pi.key'), '--code', phraseFile, '--out', at('x')],
      'CLI.BAD_KEY_RECORD',
      2,
    ],
    ['an order to no node', ['site', 'pause', '--data-dir', folder], 'CLI.NOT_A_SITE', 2],
    ['an order to a folder that is not there', ['site', 'stop', '--data-dir', at('nowhere')], 'CLI.NOT_A_SITE', 2],
    ['a bundle from no coordinator', ['bundle', '--study', 's', '--coordinator', folder, '--out', at('b')], 'CLI.NO_COORDINATOR', 5],
  ])('are told as that: %s', async (_, argv, code, exit) => {
    const told = await run(...argv, '--lang', 'en');
    expect(told.err).toContain(code);
    expect(told.code).toBe(exit);
  });

  it('pause a node that is one, whether it runs or not', async () => {
    mkdirSync(at('node/identity'), { recursive: true });
    expect((await run('site', 'pause', '--data-dir', at('node'))).code).toBe(0);
    expect(JSON.parse(readFileSync(at('node/operator.json'), 'utf8'))).toMatchObject({ state: 'paused' });
  });

  it('cannot move the cursor of whoever reads who signed', async () => {
    const made = await run(
      'key',
      'create',
      '--role',
      'sitePi',
      '--site',
      'H1',
      '--name',
      'PI\x1b[2J\nH1: acts',
      '--out',
      at('esc.key'),
      '--passphrase-file',
      phraseFile,
    );
    expect(made.code).toBe(0);
    expect(made.out).not.toContain('\x1b');
    expect(made.out.split('\n').some((line) => line.startsWith('H1: acts'))).toBe(false);
  });
});

/** A roster with the keys of the people above; the other hospitals have people of their own. */
async function writeRoster(path: string): Promise<void> {
  const { file: coordinator, key } = await openKeyFile(at('coordinator.key'), passphrase);
  const pi = await openKeyFile(at('pi.key'), passphrase);
  const fresh = (): PersonJwk => {
    const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as { x: string; d: string };
    return { kty: 'OKP', crv: 'Ed25519', x, d };
  };
  const others = ['H2', 'H3', 'H4', 'H5'].map((site) => ({ site, key: fresh() }));
  const record = (site: string, i: number): KeyRecord & { index: number; displayName: string } => ({
    site,
    index: i + 1,
    displayName: site,
    nkey: `U${'ABCDE'[i]}${'A'.repeat(54)}`,
    signingKey: fresh().x,
    agreementKey: fresh().x,
  });
  const named = ({ role, site, name, publicKey }: Roster['people'][number]) => ({ role, site, name, publicKey });
  const roster: Roster = {
    schemaVersion: 1,
    type: 'roster',
    consortium: 'test',
    version: '1.0.0',
    previous: null,
    coordinatorLogKey: fresh().x,
    sites: ['H1', 'H2', 'H3', 'H4', 'H5'].map(record),
    people: [
      named(coordinator),
      named(pi.file),
      named(readKeyFile(at('board.key'))),
      ...others.flatMap((other) => [
        { role: 'sitePi' as const, site: other.site, name: 'PI', publicKey: other.key.x },
        { role: 'ethicsBoard' as const, site: other.site, name: 'Board', publicKey: fresh().x },
      ]),
    ],
  };
  const common = { document: 'roster', study: 'test', version: '1.0.0', previous: null, statement: 'approve', name: 'x' } as const;
  const signedAt = '2026-11-28T12:00:00Z';
  const signatures = [
    await signDocument(roster, { ...common, role: 'coordinator', site: null, signedAt }, key),
    await signDocument(roster, { ...common, role: 'sitePi', site: 'H1', signedAt }, pi.key),
    ...(await Promise.all(others.map((o) => signDocument(roster, { ...common, role: 'sitePi', site: o.site, signedAt }, o.key)))),
  ];
  writeFileSync(path, canonicalJson({ roster, signatures }));
}
