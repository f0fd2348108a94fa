import { canonicalJson } from '@cohortium/kernel';
import type { Bundle } from '@cohortium/ledger';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../apps/cli/src/main.js';
import { generateStudy, writeBundle } from '../../libs/ledger/src/bundle/generated-study.fixture.js';

/*
 * A16, for the file that a board opens: everything that was done to a bundle by hand, through the command line. What can be read is found
 * wrong with exit code 6 and the first offending leaf; what cannot be read as a bundle is told as that with exit code 2. Nothing crashes.
 */

const folder = mkdtempSync(join(tmpdir(), 'cohortium-bundles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = writeBundle(generateStudy({ trainingSites: 4, externalSites: 2, rounds: 4, masked: true }));
type Log = Bundle['logs'][number];
/** The bundle with something changed in its value, in its one form again. */
const changed = (change: (bundle: Bundle, log: (at: number) => Log) => void): string => {
  const value = JSON.parse(text) as Bundle;
  change(value, (at) => value.logs[at] as Log);
  return canonicalJson(value);
};
/** The bundle with a text replaced once. */
const replaced = (one: string, other: string): string => text.replace(one, () => other);
const leaf = (log: string, index: number) => ({ log: `cohortium/made-up/${log}`, index });

async function verify(content: string | Uint8Array): Promise<{ code: number; out: string; said: string }> {
  const file = join(folder, 'case.bundle');
  writeFileSync(file, content);
  const heard = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((words) => ((heard[name] += String(words)), true)),
  );
  try {
    return { code: await main(['verify', file, '--json', '--lang', 'en']), out: heard.stdout, said: heard.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('a bundle that somebody changed, through the command line (A16)', () => {
  it('is whole before', async () => {
    expect(await verify(text)).toMatchObject({ code: 0 });
  });

  it.each<[string, string, string, object]>([
    ['a digit in a leaf', changed((_, log) => ((log(1).leaves[2] as { round: number }).round += 1)), 'leafAltered', leaf('site/T01', 2)],
    ['a leaf dropped', changed((_, log) => log(1).leaves.splice(3, 1)), 'leafAltered', leaf('site/T01', 3)],
    ['a leaf doubled', changed((_, log) => log(1).leaves.splice(3, 0, log(1).leaves[3])), 'leafAltered', leaf('site/T01', 4)],
    [
      'leaves reordered',
      changed((_, log) => log(2).leaves.splice(2, 0, ...log(2).leaves.splice(4, 1))),
      'leafAltered',
      leaf('site/T02', 2),
    ],
    [
      'a log rolled back, its hashes too',
      changed((_, log) => {
        log(1).leaves.splice(-2);
        log(1).tile = Buffer.from(log(1).tile, 'base64').subarray(0, -64).toString('base64');
      }),
      'leafMissing',
      leaf('site/T01', 7),
    ],
    [
      'the signed states of two logs exchanged',
      changed((_, log) => ([log(1).checkpoints, log(2).checkpoints] = [log(2).checkpoints, log(1).checkpoints])),
      'checkpointSignature',
      leaf('site/T01', 8),
    ],
    [
      'a signed state of a size that no log has',
      changed((_, log) => log(1).checkpoints.push(hugeState(log(1)))),
      'checkpointSignature',
      {},
    ],
    [
      'more signatures than anyone has',
      changed((_, log) => (log(1).checkpoints[0] += (log(1).checkpoints[0] as string).split('\n\n')[1]?.repeat(40) ?? '')),
      'checkpointForm',
      leaf('site/T01', 0),
    ],
    ['hashes that end within one', changed((_, log) => (log(1).tile = log(1).tile.slice(0, -4))), 'leafAltered', leaf('site/T01', 8)],
    ['hashes that are none', changed((_, log) => (log(1).tile = '%%%')), 'leafAdded', leaf('site/T01', 0)],
    ['a million hashes too many', changed((_, log) => (log(1).tile = 'A'.repeat(4_000_000))), 'leafAltered', leaf('site/T01', 0)],
    ['a log left out', changed(({ logs }) => logs.splice(2, 1)), 'logUnknown', {}],
    ['a site left out altogether', changed(({ logs, roster }) => (logs.splice(2, 1), roster.splice(2, 1))), 'cosignatureUnknown', {}],
    ['the coordinator left out', changed(({ logs, roster }) => (logs.splice(0, 1), roster.splice(0, 1))), 'rosterForm', {}],
    ['the key of another site', changed(({ roster }) => ((roster[1] as { key: string }).key = roster[2]?.key ?? '')), 'rosterForm', {}],
    ['no seal', changed((bundle) => (bundle.seal = '')), 'seal', {}],
    ['a newline at the end', `${text}\n`, 'notCanonical', {}],
    ['a key twice in a leaf', replaced('"type":"released"', '"type":"withheld","type":"released"'), 'notCanonical', leaf('site/T01', 1)],
    ['a letter that looks the same', replaced('"type":"released"', '"typ\u0435":"released"'), 'leafAltered', leaf('site/T01', 1)],
    [
      'a member called __proto__',
      replaced('"type":"released"', '"__proto__":{"a":1},"type":"released"'),
      'leafAltered',
      leaf('site/T01', 1),
    ],
    ['zero with a sign', replaced('"round":1', '"round":-0'), 'leafAltered', leaf('coordinator', 1)],
  ])('is found out: %s', async (_, content, rule, place) => {
    expect(content).not.toBe(text);
    const { code, out } = await verify(content);
    expect(code).toBe(6);
    expect(JSON.parse(out)).toMatchObject({ intact: false, first: { rule, ...place } });
  });

  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['its first half', text.slice(0, text.length / 2)],
    ['bytes drawn at random', randomBytes(5000)],
    ['zero bytes', new Uint8Array(1000)],
    ['itself, compressed', gzipSync(text)],
    ['itself behind a byte order mark', `\ufeff${text}`],
    ['null', 'null'],
    ['another document', '{"format":"cohortium-bundle"}'],
    ['lists within lists', '['.repeat(1_000_000)],
    ['lists within lists that end', replaced('"results":{', `"results":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)},`)],
    ['a long text where nothing belongs', `{"format":"cohortium-bundle","x":"${'A'.repeat(50_000_000)}"}`],
    ['a number that no double holds', replaced('"bytes":64', `"bytes":${'9'.repeat(400)}`)],
    ['half of a character', replaced('"made-up"', '"\\ud800"')],
    ['a signed state of a megabyte', changed((_, log) => (log(1).checkpoints[0] = (log(1).checkpoints[0] as string).repeat(1000)))],
    ['no logs', changed((bundle) => (bundle.logs = []))],
  ])('or is no bundle: %s', async (_, content) => {
    const { code, said } = await verify(content);
    expect(code).toBe(2);
    expect(said).toContain('LEDGER.NOT_A_BUNDLE');
  });
});

/** A signed state whose size is the largest that a double counts to, under the signatures of another. */
function hugeState({ origin, checkpoints }: Log): string {
  return `${origin}\n${Number.MAX_SAFE_INTEGER}\n${'A'.repeat(43)}=\n\n${checkpoints[0]?.split('\n\n')[1] ?? ''}`;
}
