import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../main.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'analyze-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command line in this process and reads its JSON. */
async function analyze(...argv: string[]): Promise<{ code: number; json: unknown; said: string }> {
  const out = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      out[name] += String(text);
      return true;
    }),
  );
  try {
    const code = await main(['analyze', ...argv, '--json', '--lang', 'en']);
    return { code, json: JSON.parse(out.stdout), said: out.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('cohortium analyze without participants', () => {
  it('runs on parameters alone, and says that nothing left a site', async () => {
    const { code, json, said } = await analyze('sample-size', '--params', '{"prevalence": 0.174, "parameters": 24, "csrsquared": 0.288}');
    expect(code).toBe(0);
    expect(json).toMatchObject({ operation: 'sample-size', estimates: { development: { sample_size: 662 } }, leaves: [] });
    expect(said).toContain('Nothing left a site');
  });

  it('runs on a table of site results, in the order of its rows', async () => {
    const table = join(folder, 'sites.csv');
    writeFileSync(table, '"label","yi","sei"\n"B, west",0.2,0.1\n"A",0.4,0.2\n"C",0.3,0.15\n');
    const { code, json } = await analyze('meta', '--table', table, '--id', 'label', '--site', 'label');
    expect(code).toBe(0);
    expect(json).toMatchObject({ estimates: { k: 3, labels: ['B, west', 'A', 'C'] }, leaves: [] });
  });

  it.each(['auc', 'meta'])('%s needs a table and says so', async (operation) => {
    const { code, json, said } = await analyze(operation, '--params', operation === 'auc' ? '{"outcome": "y", "scores": "s"}' : '{}');
    expect(code).toBe(2);
    expect(json).toMatchObject({ error: { code: 'CLI.USAGE' } });
    expect(said).toContain('needs --table and --id');
  });
});
