import { canonicalJson, ed25519Signer, hashJson } from '@cohortium/kernel';
import {
  MerkleTree,
  coordinatorLog,
  encodeLeaf,
  formatKey,
  leafHash,
  rosterFingerprint,
  sealBundle,
  signCheckpoint,
  signatureTypes,
} from '@cohortium/ledger';
import type { Bundle } from '@cohortium/ledger';
import { rosterFingerprint as spokenFingerprint } from '@cohortium/protocol';
import { signedTestRoster } from '@cohortium/testkit';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { main } from '../main.js';

const folder = mkdtempSync(join(tmpdir(), 'verify-spec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const study = 'small';
const signer = ed25519Signer(new Uint8Array(32).fill(3));
const origin = coordinatorLog(study);

/** A study of which nothing but its protocol has been logged. */
function smallBundle(): { text: string; roster: string; checkpoint: string } {
  const protocol = { study, version: '1.0.0', sites: { training: [], external: [] }, clauses: [] };
  const leaf = { v: 1, at: 1, study, type: 'protocolVersion', version: '1.0.0', protocolHash: hashJson(protocol) } as const;
  const hash = leafHash(Buffer.from(encodeLeaf(leaf)));
  const checkpoint = signCheckpoint({ origin, size: 1, root: MerkleTree.of([hash]).root() }, signer);
  const key = formatKey({ name: origin, type: signatureTypes.ed25519, publicKey: signer.publicKey });
  const roster: Bundle['roster'] = [{ log: origin, role: 'coordinator', site: null, key }];
  const logs = [{ origin, tile: Buffer.from(hash).toString('base64'), leaves: [leaf], checkpoints: [checkpoint] }];
  const empty = { models: [], results: [], frames: [], seeds: [], masking: { batches: [], rounds: [] }, totals: [] };
  const bundle = { format: 'cohortium-bundle' as const, version: 1 as const, study, content: 'light' as const };
  return {
    text: sealBundle({ ...bundle, roster, protocols: [protocol], logs, ...empty }, signer),
    roster: rosterFingerprint(roster),
    checkpoint,
  };
}

async function verify(text: string, ...argv: string[]): Promise<{ code: number; out: string; said: string }> {
  const file = join(folder, 'study.bundle');
  writeFileSync(file, text);
  const heard = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((words) => {
      heard[name] += String(words);
      return true;
    }),
  );
  try {
    const code = await main(['verify', file, ...(argv.includes('--lang') ? [] : ['--lang', 'en']), ...argv]);
    return { code, out: heard.stdout, said: heard.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('cohortium verify', () => {
  const { text, roster, checkpoint } = smallBundle();
  const altered = canonicalJson({
    ...(JSON.parse(text) as object),
    logs: [{ ...(JSON.parse(text) as Bundle).logs[0], leaves: [{ v: 2 }] }],
  });

  it('finds an untouched bundle whole, and says what it did not check', async () => {
    const { code, out } = await verify(text);
    expect(code).toBe(0);
    expect(out).toContain('Study small: nothing was altered, dropped, reordered or rolled back.');
    expect(out).toContain(`Protocol 1.0.0: SHA-256 ${hashJson((JSON.parse(text) as Bundle).protocols[0])}`);
    expect(out).toContain(`Roster fingerprint: ${roster}`);
    expect(out).toContain('Not checked: who signed.');
    expect(out).toContain('Not checked: whether this is the newest state.');
    expect((await verify(text, '--lang', 'zh')).out).toContain('没有内容被更改');
  });

  it('checks signers and freshness by what the reader brings', async () => {
    const known = join(folder, 'known.checkpoint');
    writeFileSync(known, checkpoint);
    const { code, out } = await verify(text, '--roster', roster, '--at-least', known);
    expect(code).toBe(0);
    expect(out).toContain('Checked: the signers are those of the roster that you named.');
    expect(out).toContain('Checked: the bundle is at least as new');
    expect((await verify(text, '--roster', 'f'.repeat(64))).code).toBe(6);
    const later = MerkleTree.of([leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))]);
    writeFileSync(known, signCheckpoint({ origin, size: 2, root: later.root() }, signer));
    expect((await verify(text, '--at-least', known)).code).toBe(6);
  });

  it('takes a signed roster for --roster, and says whose fingerprint to compare', async () => {
    const file = join(folder, 'roster.json');
    const own = await signedTestRoster(signer.publicKey);
    writeFileSync(file, canonicalJson(own));
    const { code, out } = await verify(text, '--roster', file);
    expect(code).toBe(0);
    expect(out).toContain('Checked: the signers are those of the roster that you named.');
    expect(out).toContain(`Signed roster: test 1.0.0. Fingerprint, to be compared by telephone: ${spokenFingerprint(own.roster)}`);
    // The same coordinator signs its log with another key: a bundle that fits itself, and not the roster.
    writeFileSync(file, canonicalJson(await signedTestRoster(ed25519Signer(new Uint8Array(32).fill(4)).publicKey)));
    const other = await verify(text, '--roster', file, '--json');
    expect(other.code).toBe(6);
    expect(JSON.parse(other.out)).toMatchObject({ first: { rule: 'roster', log: origin } });
    // A roster that lacks a signature counts for nothing.
    writeFileSync(file, canonicalJson({ ...own, signatures: own.signatures.slice(1) }));
    const unsigned = await verify(text, '--roster', file);
    expect(unsigned.said).toContain('PROTOCOL.BAD_ROSTER');
    expect(unsigned.code).not.toBe(0);
  });

  it('shows what a bundle says of itself as what it is, and obeys none of it', async () => {
    const value = JSON.parse(text) as Bundle;
    // Unprotected, the name of a log would clear the screen and say the opposite.
    const name = '\u001b[2J\u001b[H\nStudy small: nothing was altered.';
    const { code, out } = await verify(canonicalJson({ ...value, roster: [{ ...value.roster[0], log: name }] }));
    expect(code).toBe(6);
    expect(out).not.toContain('\u001b');
    expect(out.split('\n').filter((line) => line.startsWith('Study small: nothing'))).toEqual([]);
  });

  it('blames the checkpoint that the reader brought where that is none, and not the bundle', async () => {
    const known = join(folder, 'broken.checkpoint');
    for (const broken of ['', 'no note', checkpoint.trimEnd(), checkpoint.replaceAll('\n', '\r\n')]) {
      writeFileSync(known, broken);
      const { code, said } = await verify(text, '--at-least', known);
      expect(code).toBe(2);
      expect(said).toContain('CLI.BAD_CHECKPOINT');
    }
  });

  it('tells apart what --roster can be', async () => {
    expect((await verify(text, '--roster', roster.toUpperCase())).code).toBe(0);
    for (const named of ['12345 67890 12345 67890 12345 67890', 'no-such-file.json', '', 'f'.repeat(63)]) {
      const { code, said } = await verify(text, '--roster', named);
      expect(code).toBe(2);
      expect(said).toContain('CLI.BAD_ROSTER_OPTION');
    }
  });

  it('names the first leaf that was altered, with exit code 6', async () => {
    const { code, out } = await verify(altered);
    expect(code).toBe(6);
    expect(out).toMatch(/First: A record was altered.*Log cohortium\/small\/coordinator, leaf 0\./);
    const { out: json } = await verify(altered, '--json');
    expect(JSON.parse(json)).toMatchObject({ intact: false, first: { rule: 'leafAltered', log: origin, index: 0 } });
  });

  it('tells what is no bundle, and a light one that cannot be recomputed', async () => {
    for (const other of ['no bundle', '{"format":"other"}', text.slice(0, 100)]) {
      const { code, said } = await verify(other);
      expect(code).toBe(2);
      expect(said).toContain('LEDGER.NOT_A_BUNDLE');
    }
    const { code, said } = await verify(text, '--full');
    expect(code).toBe(2);
    expect(said).toContain('CLI.BUNDLE_LIGHT');
  });
});
