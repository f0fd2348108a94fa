import { canonicalJson, ed25519Signer, parseSiteId } from '@cohortium/kernel';
import { compileProject, signedTestRoster, wholeRunMs } from '@cohortium/testkit';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRosterKeys } from './roster-file.js';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-roster-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const own = ed25519Signer(new Uint8Array(32).fill(1)).publicKey;
const write = (value: unknown): void => writeFileSync(join(folder, 'roster.json'), canonicalJson(value));

describe('the roster of a coordinator', () => {
  it('gives the keys of its sites where it lists the key of our logs; without a file there is none', async () => {
    expect(await readRosterKeys(folder, own)).toBeUndefined();
    const signed = await signedTestRoster(own);
    write(signed);
    const keys = await readRosterKeys(folder, own);
    const listed = Buffer.from(signed.roster.sites[0]?.signingKey ?? '', 'base64url').toString('hex');
    expect(keys?.signingKey(parseSiteId('H1'))).toBe(listed);
    expect(keys?.signingKey(parseSiteId('H2'))).toBeUndefined();
  });

  it('that lists another key for our logs is refused: no site would witness them', async () => {
    write(await signedTestRoster(ed25519Signer(new Uint8Array(32).fill(2)).publicKey));
    await expect(readRosterKeys(folder, own)).rejects.toMatchObject({ code: 'COORDINATOR.LOG_KEY_DIFFERS' });
  });

  it('that is not signed by all, or no JSON, is refused', async () => {
    const signed = await signedTestRoster(own);
    write({ ...signed, signatures: signed.signatures.slice(1) });
    await expect(readRosterKeys(folder, own)).rejects.toMatchObject({ code: 'PROTOCOL.BAD_ROSTER' });
    writeFileSync(join(folder, 'roster.json'), '{');
    await expect(readRosterKeys(folder, own)).rejects.toMatchObject({ code: 'PROTOCOL.BAD_ROSTER' });
  });
});

describe('the command identity', () => {
  const run = (argv: readonly string[], settings: Record<string, string>) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '..', 'dist', 'main.js'), ...argv], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', COHORTIUM_LANG: 'en', ...settings },
    });

  beforeAll(() => compileProject('apps/coordinator'), wholeRunMs);

  it('prints the key of the logs, the same each time, and makes it once', () => {
    const data = { COHORTIUM_DATA_DIR: join(folder, 'data') };
    const first = run(['identity'], data);
    expect(first.stderr).toBe('');
    const secret = Buffer.from(readFileSync(join(folder, 'data', 'ledger.key'), 'utf8').trim(), 'base64url');
    const coordinatorLogKey = Buffer.from(ed25519Signer(secret).publicKey).toString('base64url');
    expect(JSON.parse(first.stdout)).toEqual({ coordinatorLogKey });
    expect(statSync(join(folder, 'data', 'ledger.key')).mode & 0o777).toBe(0o600);
    expect(run(['identity'], data).stdout).toBe(first.stdout);
    const [missing, unknown] = [run(['identity'], {}), run(['fly'], data)];
    expect([missing.status, unknown.status]).toEqual([2, 2]);
    expect(missing.stderr).toContain('COORDINATOR.BAD_SETTING');
    expect(unknown.stderr).toContain('COORDINATOR.USAGE');
  });
});
