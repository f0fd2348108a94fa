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

describe('cohortium analyze on names of any kind', () => {
  const rows = (names: readonly string[]) =>
    names.map((name, i) => `p${i},${name},${i % 3 === 0 ? '' : `${(i % 3) + 1}.0`},${(i * 7) % 11}`);
  const write = (names: readonly string[]) => {
    const table = join(folder, 'table.csv');
    writeFileSync(table, `\ufeffid,医院,grade,x\r\n${rows(names).join('\r\n')}\r\n`);
    return ['--table', table, '--id', 'id', '--site', '医院'];
  };

  it('keeps sites apart whose codes would be the same, and says which is which', async () => {
    const table = write(['北京', '上海', '北京', '上海', '北京', '上海', 'A 1', 'A 1', 'A 1']);
    const { json } = await analyze('table-one', ...table, '--params', '{"continuous": ["x"], "categorical": []}');
    const { estimates, site_names: names } = json as { estimates: { by_group: unknown }; site_names: Record<string, string> };
    expect(Object.values(names).sort()).toEqual(['A 1', '上海', '北京']);
    expect(Object.keys(names)).toContain('A_1');
    expect(JSON.stringify(estimates)).toContain(Object.keys(names)[0]);
    const referenced = await analyze('combat', ...table, '--params', '{"features": ["x"], "ref_batch": "北京", "eb": false}');
    const found = referenced.json as { estimates: { ref_batch: string } };
    expect(names[found.estimates.ref_batch]).toBe('北京');
  });

  it('reads 2.0 in a column of categories as the level 2', async () => {
    const table = write(['A', 'B', 'A', 'B', 'A', 'B', 'A', 'B', 'A', 'B', 'A', 'B']);
    const params = { family: 'gaussian', formula: 'x ~ factor(grade)', reference: { grade: '3.0' } };
    const { json } = await analyze('glm', ...table, '--params', JSON.stringify(params));
    expect(json).toMatchObject({ estimates: { design: { names: ['(Intercept)', 'factor(grade)2'] } } });
  });

  it.each(['', 'NA'])('refuses a row whose site is "%s", with its line', async (name) => {
    const { code, json } = await analyze('moments', ...write(['A', 'B', name, 'A']));
    expect(code).toBe(2);
    expect(json).toMatchObject({ error: { code: 'METHOD.NO_NAME', params: { column: '医院', line: 4 } } });
  });
});

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
