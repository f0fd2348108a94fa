import { DicomObject } from '@cohortium/imaging';
import { echo, startReceiver } from '@cohortium/intake';
import { testSlice } from '@cohortium/testkit';
import type { TestSlice } from '@cohortium/testkit';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../main.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ways-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `cohortium intake` in this process. */
async function intake(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const out = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      out[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main(['intake', ...argv]), ...out };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** The same in JSON mode. */
async function json<T = Record<string, never>>(...argv: string[]): Promise<T & { readonly code: number }> {
  const { code, stdout } = await intake(...argv, '--json');
  return { ...(JSON.parse(stdout) as T), code };
}

const path = (name: string) => join(folder, name);

function write(name: string, slices: readonly TestSlice[]): string {
  mkdirSync(path(name), { recursive: true });
  slices.forEach((slice, at) => writeFileSync(join(path(name), `${at}.dcm`), testSlice(slice)));
  return path(name);
}

const slices = (count: number, more: Partial<TestSlice> = {}): TestSlice[] =>
  Array.from({ length: count }, (_, at) => ({
    sopInstanceUid: `1.2.276.5.${more.seriesUid ?? ''}${at}`,
    instanceNumber: at + 1,
    zMm: at,
    ...more,
  }));

interface Listed {
  readonly series: { series: string; images: number; state: string; patientId?: string }[];
  readonly conflicts: { id: string; kind: string }[];
}

describe('cohortium intake', () => {
  it('takes a folder, shows a conflict, decides it, releases and de-identifies', async () => {
    const [tray, key, out] = [path('tray'), path('site.key'), path('out')];
    const from = write('export', [...slices(3), { sopInstanceUid: '1.2.276.5.0', instanceNumber: 1, gray: 9 }]);
    expect(await json('import', from, '--tray', tray)).toMatchObject({ code: 0, stored: 4, known: 0, conflicts: 1 });
    const before = await json<Listed>('tray', 'list', '--tray', tray);
    expect(before.series).toMatchObject([{ images: 4, state: 'held' }]);
    expect(await intake('tray', 'release', before.series[0]?.series as string, '--tray', tray)).toMatchObject({ code: 3 });
    const shown = await json<{ sides: unknown[][] }>('tray', 'show', before.conflicts[0]?.id as string, '--tray', tray);
    expect(shown.sides.map(({ length }) => length)).toEqual([1, 1]);
    expect(await json('tray', 'resolve', before.conflicts[0]?.id as string, '--keep', 'first', '--tray', tray)).toMatchObject({ setAside: 1, conflicts: 0 }); // prettier-ignore
    expect(await json('tray', 'release', '--tray', tray)).toMatchObject({ code: 0, held: 0 });
    const series = before.series[0]?.series as string;
    expect(await json('tray', 'role', series, 't2w', '--tray', tray)).toMatchObject({ code: 0, series, role: 't2w' });
    expect(readFileSync(join(tray, 'decisions.jsonl'), 'utf8')).toMatch(/"kind":"role","series":"[\d.]+","role":"t2w"\}\n$/);
    expect((await intake('tray', 'role', series, 'no-such-role', '--tray', tray)).code).toBe(2);
    expect((await intake('tray', 'role', 'r-none', 't2w', '--tray', tray)).code).toBe(2);
    expect((await intake('key', '--out', key)).code).toBe(0);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const record = await json<{ written: number; participants: Record<string, unknown> }>(
      'deidentify',
      '--tray',
      tray,
      '--key',
      key,
      '--out',
      out,
    );
    expect(record).toMatchObject({
      code: 0,
      written: 3,
      options: ['retainSafePrivate', 'retainModifiedDates', 'cleanDescriptors'],
      refused: [],
    });
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const entry of files) {
      const at = join(entry.parentPath, entry.name);
      expect(statSync(at).mode & 0o777).toBe(0o600);
      expect(readFileSync(at, 'latin1')).not.toMatch(/HOSP-100|Testowa|19700203|1\.2\.276\.5/);
    }
    const images = files.filter(({ name }) => name.endsWith('.dcm'));
    expect(images).toHaveLength(3);
    expect(DicomObject.parse(readFileSync(join(images[0]?.parentPath as string, images[0]?.name as string))).text('x00100020')).toBe(Object.keys(record.participants)[0]); // prettier-ignore
    expect((await intake('deidentify', '--tray', tray, '--key', key, '--out', out)).code).toBe(2);
    const again = path('again');
    expect(await json('deidentify', '--in', from, '--key', key, '--out', again)).toMatchObject({
      written: 3,
      refused: [{ file: 4, problem: 'sameUid' }],
    });
    expect(readdirSync(again)).toEqual(readdirSync(out));
  });

  it('shows no identifier of a patient unless asked', async () => {
    const tray = path('tray');
    await intake('import', write('export', slices(2)), '--tray', tray);
    const plain = [await intake('tray', 'list', '--tray', tray), await intake('tray', 'list', '--tray', tray, '--json')];
    for (const { stdout, stderr } of plain) expect(stdout + stderr).not.toMatch(/HOSP-100|Testowa|1\.2\.276/);
    expect((await intake('tray', 'list', '--tray', tray, '--reveal')).stdout).toContain('HOSP-100');
    expect((await intake('tray', 'list', '--tray', tray, '--lang', 'zh')).stdout).toContain('就绪');
  });

  it('leaves out what cannot be handed on, says so, and ends with 3 where nothing is left', async () => {
    const key = path('site.key');
    await intake('key', '--out', key);
    const more = { '00280301': ['CS', 'YES'] } as const;
    const burned = write('burned', slices(1, { more }));
    expect(await json('deidentify', '--in', burned, '--key', key, '--out', path('a'))).toMatchObject({ code: 3, written: 0, refused: [{ file: 1, problem: 'burnedIn' }], out: null }); // prettier-ignore
    expect(readdirSync(folder).filter((name) => name.startsWith('a'))).toEqual([]);
    expect(await json('deidentify', '--in', burned, '--key', key, '--out', path('b'), '--accept', 'burnedIn')).toMatchObject({ code: 0, risks: { burnedIn: 1 } }); // prettier-ignore
  });

  it('refuses a pseudonym that belongs to somebody else and writes nothing', async () => {
    const key = path('site.key');
    await intake('key', '--out', key);
    const from = write('export', slices(2));
    const { participants } = await json<{ participants: Record<string, unknown> }>(
      'deidentify',
      '--in',
      from,
      '--key',
      key,
      '--out',
      path('a'),
    );
    writeFileSync(`${key}.pseudonyms`, JSON.stringify({ [Object.keys(participants)[0] as string]: 'another digest' }), { mode: 0o600 });
    const second = await json<{ error: { code: string } }>('deidentify', '--in', from, '--key', key, '--out', path('b'));
    expect([second.code, second.error.code]).toEqual([6, 'INTAKE.PSEUDONYM_TAKEN']);
    expect(readdirSync(folder).filter((name) => name.startsWith('b'))).toEqual([]);
  });

  it('wants secrets in files that only their owner reads, a query, and names that exist', async () => {
    const [tray, key, auth] = [path('tray'), path('site.key'), path('auth')];
    await intake('key', '--out', key);
    expect((await intake('key', '--out', key)).code).toBe(2);
    const from = write('export', slices(1));
    expect(await json('deidentify', '--in', from, '--key', key, '--out', path('a'), '--options', 'nonsense')).toMatchObject({ code: 2 });
    expect(await json('deidentify', '--in', from, '--key', key, '--out', path('a'), '--options', 'retainFullDates,retainModifiedDates')).toMatchObject({ error: { code: 'IMAGING.DEIDENTIFICATION_OPTIONS' } }); // prettier-ignore
    chmodSync(key, 0o644);
    expect(await json('deidentify', '--in', from, '--key', key, '--out', path('a'))).toMatchObject({ error: { code: 'CLI.KEY_TOO_OPEN' } });
    writeFileSync(auth, 'user:password', { mode: 0o644 });
    const pull = ['pull', '--tray', tray, '--url', 'http://127.0.0.1:9/dicom-web'];
    expect(await json(...pull, '--study', '1.2.3', '--auth-file', auth)).toMatchObject({ error: { code: 'CLI.KEY_TOO_OPEN' } });
    expect(await json(...pull)).toMatchObject({ code: 2, error: { code: 'CLI.USAGE' } });
    expect(await json(...pull, '--study', '1.2.3')).toMatchObject({ code: 5, error: { code: 'INTAKE.PEER_UNREACHABLE' } });
    expect(await json('import', path('nowhere'), '--tray', tray)).toMatchObject({ code: 2, error: { code: 'CLI.CANNOT_READ' } });
    expect(await json('tray', 'show', 'r-00000000', '--tray', tray)).toMatchObject({ code: 2 });
  });

  it('receives over TLS, and with an authority from nobody without a certificate of it', async () => {
    expect(await main(['provision', 'tls', '--host', 'localhost,127.0.0.1', '--out', path('tls')])).toBe(0);
    const [ca, cert, tlsKey] = ['ca.pem', 'server.pem', 'server.key'].map((name) => readFileSync(join(path('tls'), name), 'utf8')) as [string, string, string]; // prettier-ignore
    const store = () => ({ outcome: 'stored', sha256: '' }) as const;
    const open = await startReceiver({ port: 0, host: '127.0.0.1', title: 'SECURE', tls: { cert, key: tlsKey }, store });
    const closed = await startReceiver({ port: 0, host: '127.0.0.1', title: 'SECURE', tls: { cert, key: tlsKey, ca }, store });
    const peer = { host: '127.0.0.1', title: 'SECURE', callingTitle: 'US' };
    try {
      await echo({ ...peer, port: open.port, tls: { ca } });
      await expect(echo({ ...peer, port: open.port })).rejects.toMatchObject({ code: 'INTAKE.PEER_UNREACHABLE' });
      await expect(echo({ ...peer, port: open.port, tls: { ca: cert } })).rejects.toMatchObject({ code: 'INTAKE.PEER_UNREACHABLE' });
      await expect(echo({ ...peer, port: closed.port, tls: { ca } })).rejects.toMatchObject({ code: 'INTAKE.PEER_UNREACHABLE' });
    } finally {
      await open.close();
      await closed.close();
    }
    await expect(startReceiver({ port: 1, host: '203.0.113.1', title: 'NOWHERE', store })).rejects.toMatchObject({
      code: 'INTAKE.CANNOT_LISTEN',
    });
  });

  it('watches once', async () => {
    const tray = path('tray');
    const from = write('inbox', slices(2));
    expect(await json('watch', from, '--tray', tray, '--once', '--settle', '0.1')).toMatchObject({ code: 0, stored: 2, rejected: {} });
  });
});
