import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closingLine, countTests } from '../test/run.mjs';
import { missingDicomPackages } from './dicom-tools.mjs';
import { withLock } from './lock.mjs';
import { findNatsServer } from './nats-server.mjs';
import { installedAsLocked } from './packages.mjs';
import { assertNode } from './setup.mjs';
import { languageOfEnvironment, say, words } from './words.mjs';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'provision-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('words of the tools', () => {
  it('exist in both languages with the same parameters', () => {
    const parameters = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    for (const [key, { en, zh }] of Object.entries(words)) expect(parameters(zh), key).toEqual(parameters(en));
  });

  it('follow the environment', () => {
    expect(languageOfEnvironment({ LANG: 'zh_CN.UTF-8' })).toBe('zh');
    expect(languageOfEnvironment({ LANG: 'en_US.UTF-8', COHORTIUM_LANG: 'zh' })).toBe('zh');
    expect(languageOfEnvironment({ LANG: 'C' })).toBe('en');
    expect(say('oldNode', { needed: '20.19', actual: '18.0.0', path: '/usr/bin/node' }, 'zh')).toContain('20.19');
  });
});

describe('set-up', () => {
  it('names a Node that is too old', () => {
    expect(() => assertNode('18.20.0')).toThrow(/18\.20\.0/);
    expect(() => assertNode('20.18.9')).toThrow();
    for (const fine of ['20.19.0', '22.0.0', '24.1.0']) expect(() => assertNode(fine)).not.toThrow();
  });

  it('knows whether node_modules is what the lock file says', () => {
    const locked = {
      packages: {
        '': {},
        'libs/a': {},
        'node_modules/a': { link: true, resolved: 'libs/a' },
        'node_modules/x': { version: '1.0.0', integrity: 'i' },
        'node_modules/mac': { version: '1.0.0', optional: true },
      },
    };
    const { '': _, 'node_modules/mac': __, ...present } = locked.packages;
    const compare = (packages: object) => installedAsLocked(JSON.stringify(locked), JSON.stringify({ packages }));
    expect(compare(present)).toBe(true);
    expect(compare({ ...present, 'node_modules/x': { version: '1.0.1', integrity: 'i' } })).toBe(false);
    expect(compare({ ...present, 'node_modules/extra': { version: '1.0.0' } })).toBe(false);
    expect(compare({ 'node_modules/a': { link: true } })).toBe(false);
    expect(installedAsLocked(JSON.stringify(locked), undefined)).toBe(false);
    expect(installedAsLocked(JSON.stringify(locked), 'cut off {')).toBe(false);
  });

  it('knows which packages with peers of DICOM are missing', () => {
    expect(missingDicomPackages({ PATH: folder })).toContain('dcmtk');
    writeFileSync(join(folder, 'storescu'), '', { mode: 0o755 });
    expect(missingDicomPackages({ PATH: folder })).not.toContain('dcmtk');
  });

  it('says what is wrong with NATS_SERVER_BIN', async () => {
    await expect(findNatsServer({ NATS_SERVER_BIN: '/bin/false' })).rejects.toMatchObject({ key: 'natsBadSetting' });
    await expect(findNatsServer({ NATS_SERVER_BIN: join(folder, 'absent') })).rejects.toThrow(/ENOENT/);
  });
});

describe('the lock of the set-up', () => {
  const lock = () => join(folder, 'setup.lock');

  it('lets one in at a time, and is gone afterwards', async () => {
    const script = `
      import { withLock } from ${JSON.stringify(fileURLToPath(new URL('./lock.mjs', import.meta.url)))};
      import { appendFileSync } from 'node:fs';
      await withLock(${JSON.stringify(lock())}, () => {}, async () => {
        appendFileSync(${JSON.stringify(join(folder, 'log'))}, 'in ');
        await new Promise((resolve) => setTimeout(resolve, 150));
        appendFileSync(${JSON.stringify(join(folder, 'log'))}, 'out ');
      });`;
    const one = () =>
      new Promise((resolve) => spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }).once('close', resolve));
    expect(await Promise.all([one(), one(), one()])).toEqual([0, 0, 0]);
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('in out in out in out ');
    expect(existsSync(lock())).toBe(false);
  });

  it('is taken over from a dead owner, and tells of a living one', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.once('close', resolve));
    writeFileSync(lock(), `${gone.pid}\n`);
    expect(
      await withLock(
        lock(),
        () => expect.unreachable(),
        async () => 'mine',
      ),
    ).toBe('mine');
    const living = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600)']);
    writeFileSync(lock(), `${living.pid}\n`);
    const waitedFor: number[] = [];
    expect(
      await withLock(
        lock(),
        (pid) => waitedFor.push(pid),
        async () => 'mine',
      ),
    ).toBe('mine');
    expect(waitedFor).toEqual([living.pid]);
  });

  it('is given back when the work fails', async () => {
    await expect(
      withLock(
        lock(),
        () => undefined,
        () => Promise.reject(new Error('no network')),
      ),
    ).rejects.toThrow('no network');
    expect(existsSync(lock())).toBe(false);
  });
});

describe('the closing line', () => {
  const file = (name: string, statuses: string[], status = 'passed') => ({
    name: `/repo/${name}`,
    status,
    assertionResults: statuses.map((s, i) => ({ status: s, title: `t${i}` })),
  });
  const report = (...files: object[]) => JSON.stringify({ testResults: files });

  it('counts tests, names what was skipped, and reads as CI wants it', () => {
    const counts = countTests(
      report(file('a.spec.ts', ['passed', 'passed', 'pending']), file('b.spec.ts', ['failed'], 'failed')),
      1,
      '/repo',
    );
    expect(counts).toEqual({ passed: 2, failed: 1, skipped: 1, skippedNames: { 'a.spec.ts': ['t2'] } });
    expect(closingLine(counts)).toBe('2 passed, 1 failed, 1 skipped');
    expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  });

  it('counts a file that could not be loaded, a bad end without a failed test, and a missing report as failures', () => {
    expect(countTests(report(file('a.spec.ts', ['passed']), file('b.spec.ts', [], 'failed')), 1, '/repo').failed).toBe(1);
    expect(countTests(report(file('a.spec.ts', ['passed'])), 1, '/repo').failed).toBe(1);
    expect(countTests(undefined, 1, '/repo').failed).toBe(1);
    expect(countTests(report(file('a.spec.ts', ['passed'])), 0, '/repo').failed).toBe(0);
  });
});
