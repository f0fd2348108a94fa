import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticCohort } from '@cohortium/synth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultProtocolFile } from '../cohort/prepare-cohort.js';
import { Terminal } from '../terminal.js';
import { preview } from './preview.command.js';
import type { PreviewedMessage } from './watch-site.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cohortium-preview-'));
  const { features, clinical, featureDictionary } = syntheticCohort({
    seed: 7,
    featureCount: 12,
    prevalence: 0.4,
    effects: [1, -0.8],
    sites: [{ id: 'S1', role: 'training', participants: 45 }],
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'features.csv'), features);
  writeFileSync(join(folder, 'clinical.csv'), clinical);
  writeFileSync(join(folder, 'feature_dictionary.csv'), featureDictionary);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(site: string, json: boolean, language: 'en' | 'zh' = 'en') {
  const out: string[] = [];
  const said: string[] = [];
  const terminal = new Terminal(language, json, { write: (text) => out.push(text) }, { write: (text) => said.push(text) }, {});
  const code = await preview(terminal, { protocol: defaultProtocolFile, cohort: folder, site });
  return { code, out: out.join(''), said: said.join('') };
}

interface Shown {
  readonly site: string;
  readonly standIns: readonly string[];
  readonly messages: number;
  readonly bytes: number;
  readonly endedBy: string | null;
  readonly values: readonly PreviewedMessage[];
}

describe('cohortium preview', () => {
  it('lists every message of the study at a hospital that has only its own rows, with the exact values', async () => {
    const { code, out } = await run('S1', true);
    const shown = JSON.parse(out) as Shown;
    expect([code, shown.site, shown.endedBy]).toEqual([0, 'S1', null]);
    expect(shown.standIns.length).toBeGreaterThanOrEqual(4);
    const released = shown.values.filter(({ decision }) => decision === 'released');
    expect(released).toHaveLength(shown.messages);
    expect(released.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(shown.bytes);
    expect(new Set(released.map(({ clauseId }) => clauseId))).toContain('model');
    const eligibility = released.find(({ operation }) => operation === 'statistics.eligibility@1');
    expect(eligibility).toMatchObject({ smallestCount: 45, bytes: 512, values: { n: { state: 'ok', value: 45 }, verdict: 'eligible' } });
    const moments = released.find(({ operation }) => operation === 'statistics.first-moments@1');
    expect(moments?.length).toBe(moments && (moments.values as number[]).length);
    expect((moments?.values as number[])[0]).toBe(45);
    // The smallest count is that before the gate takes figures out.
    expect(Math.min(...released.map(({ smallestCount }) => smallestCount))).toBeLessThan(45);
  }, 240_000);

  it('says it in words, in both languages, and that nothing was sent', async () => {
    const [en, zh] = [await run('S1', false, 'en'), await run('S1', false, 'zh')];
    expect(en.out).toContain('statistics.first-moments@1 (joins a sum, training): 1 message');
    expect(en.out).toContain('Nothing was sent.');
    expect(en.said).toContain('Standing in for');
    expect(zh.out).toContain('未发送任何内容');
    expect(zh.out).toContain('statistics.first-moments@1（参与求和，training）');
  }, 240_000);

  it('names a site without rows', async () => {
    await expect(run('S9', false)).rejects.toMatchObject({ code: expect.stringMatching(/^(CLI|COHORT|PROTOCOL)\./) as string });
  }, 60_000);
});
