import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Terminal } from '../terminal.js';
import { synth } from './synth.command.js';
import type { SynthOptions } from './synth.command.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cohortium-synth-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const small = { sites: 2, cases: 2, seed: 3, size: [16, 16, 4], form: 'enhanced', perfusion: 0 } as const;

async function run(options: Partial<SynthOptions> & { readonly out: string }) {
  const written = { out: '', err: '' };
  const sink = (key: 'out' | 'err') => ({ write: (text: string) => (written[key] += text) });
  const code = await synth(new Terminal('en', true, sink('out'), sink('err')), { ...small, ...options });
  return { code, ...written };
}

/** Hash of every file below a folder, by its path. */
function hashes(root: string): Record<string, string> {
  const list = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    list
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(root.length), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

describe('cohortium synth', () => {
  it('writes the same bytes for the same seed, with one thread and with three, and says that nothing was measured', async () => {
    const one = await run({ out: join(folder, 'one'), workers: 1 });
    const three = await run({ out: join(folder, 'three'), workers: 3 });
    expect(one.code).toBe(0);
    expect(one.err).toContain('SYNTHETIC');
    const first = hashes(join(folder, 'one'));
    expect(hashes(join(folder, 'three'))).toEqual(first);
    expect(JSON.parse(three.out)).toMatchObject({ schemaVersion: 1, synthetic: true, participants: 4, files: Object.keys(first).length });
    expect(JSON.parse(readFileSync(join(folder, 'one', 'cohort.json'), 'utf8'))).toMatchObject({ synthetic: true, options: { seed: 3 } });
    expect(
      Object.keys(first).filter((path) => /^\/SITE_[AB]\/(clinical\.csv|dicom\/SYN-SITE_[AB]-000[12]\/\d+-[a-z0-9]+\/1\.dcm)$/.test(path))
        .length,
    ).toBe(2 + 4 * 4 + 4);
  }, 60_000);

  it('leaves a folder with files alone, and leaves nothing where it cannot write', async () => {
    const taken = join(folder, 'taken');
    mkdirSync(taken);
    writeFileSync(join(taken, 'mine.txt'), 'mine');
    await expect(run({ out: taken })).rejects.toMatchObject({ code: 'CLI.OUT_NOT_EMPTY' });
    expect(readdirSync(taken)).toEqual(['mine.txt']);
    await expect(run({ out: join(taken, 'mine.txt', 'below') })).rejects.toMatchObject({ code: 'CLI.CANNOT_WRITE' });
    await expect(run({ out: join(folder, 'bad'), size: [4, 4, 4] })).rejects.toMatchObject({ code: 'SYNTH.BAD_OPTIONS' });
    expect(readdirSync(folder).filter((name) => name.includes('partial') || name === 'bad')).toEqual([]);
  });

  it('fills a folder that is there and empty', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    await run({ out: empty, sites: 1, cases: 1 });
    expect(readdirSync(empty).sort()).toEqual(['SITE_A', 'cohort.json', 'truth']);
  }, 60_000);
});
