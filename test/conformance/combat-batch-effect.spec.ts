import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTable } from '@cohortium/analysis';
import { describe, expect, it } from 'vitest';
import { combatFolder, readJson } from './combat-reference.js';
import { columnsById, referenceTable, runOn } from './combat-runs.js';

if (!combatFolder) console.warn('batch effect conformance is skipped: COHORTIUM_REFERENCE names no folder with reference data.');
const folder = combatFolder ?? '';
const keys = ['kruskal_p', 'kruskal_p_bh', 'kruskal_p_holm', 'anova_p', 'brown_forsythe_p', 'fligner_p'] as const;

type Row = Readonly<Record<string, number | null>> & { readonly feature: string };
interface Found {
  readonly before: readonly Row[];
  readonly after: readonly Row[];
  readonly summary: Readonly<Record<string, number>>;
}

/** Largest relative difference of p values. */
function worstP(found: readonly Row[], file: string, compared: readonly string[] = keys): number {
  const expected = columnsById(referenceTable('duke-48', file), compared);
  return Math.max(
    ...found.flatMap((row) =>
      compared.map((key, k) => {
        const value = expected.get(row.feature)?.[k] as number;
        return Math.abs((row[key] as number) - value) / value;
      }),
    ),
  );
}

describe.skipIf(!combatFolder)('tests of batch effects against R', () => {
  const { features } = combatFolder ? readJson<{ features: string[] }>(folder, 'duke-48', 'cases.json') : { features: [] };
  const combat = { covariates: ['her2', 'age', 'er'] };

  it('duke-48 before and after ComBat, sites as batches: p values with their adjustments', async () => {
    const ask = { features, combat, exact: true };
    const { estimates } = await runOn('batch-effect', referenceTable('duke-48', 'input.csv'), { column: 'batch' }, ask, []);
    const { before, after } = estimates as unknown as Found;
    expect(before.length).toBe(features.length);
    expect(worstP(before, 'site_effect_tests_before.csv')).toBeLessThan(1e-9);
    // Harmonized values differ by 1e-11 SD, which breaks ties of the engines another way (the two values next to a median are equally far from it).
    expect(worstP(after, 'site_effect_tests_after_parametric_cov.csv')).toBeLessThan(1e-5);
    expect(worstP(after, 'site_effect_tests_after_parametric_cov.csv', ['anova_p', 'brown_forsythe_p'])).toBeLessThan(1e-8);
  });

  it('duke-48, batches across sites: p values of some features', async () => {
    const ask = { features: features.filter((_, f) => f % 6 === 0), batch: 'batch', exact: true };
    const { estimates } = await runOn('batch-effect', referenceTable('duke-48', 'input.csv'), { count: 3, seed: '3' }, ask, []);
    const { before } = estimates as unknown as Found;
    expect(worstP(before, 'site_effect_tests_before.csv', ['kruskal_p', 'anova_p', 'brown_forsythe_p', 'fligner_p'])).toBeLessThan(1e-9);
  });

  it('duke-48 on a grid: p values of clear effects keep their size, and the share of pairs that are tied is small', async () => {
    const { estimates } = await runOn(
      'batch-effect',
      referenceTable('duke-48', 'input.csv'),
      { column: 'batch' },
      { features, exact: false },
      [],
    );
    const { before } = estimates as unknown as Found;
    const expected = columnsById(referenceTable('duke-48', 'site_effect_tests_before.csv'), keys);
    for (const row of before) {
      const p = expected.get(row.feature)?.[0] as number;
      if ((row['tied_pairs'] as number) < 0.01)
        expect(Math.abs(Math.log((row['kruskal_p'] as number) / p))).toBeLessThan(0.02 * Math.abs(Math.log(p)) + 0.05);
    }
    expect(before.filter((row) => (row['tied_pairs'] as number) < 0.01).length).toBeGreaterThan(30);
  });

  const duke = join(folder, '../duke-breast');
  it.skipIf(!existsSync(duke))('all 464 features of Duke: counts of features with a batch effect', async () => {
    const table = parseTable(readFileSync(join(duke, 'features.csv'), 'utf8'), 'features.csv');
    const clinical = parseTable(readFileSync(join(duke, 'clinical.csv'), 'utf8'), 'clinical.csv');
    const at = ['her2', 'age_years', 'er'].map((name) => clinical.columns.indexOf(name));
    const byId = new Map(clinical.rows.map((row) => [row[0], row]));
    const joined = {
      ...table,
      columns: [...table.columns, 'her2', 'age', 'er'],
      rows: table.rows.map((row) => [...row, ...at.map((c) => byId.get(row[0] as string)?.[c] as string)]),
    };
    const all = readJson<{ features: string[] }>(folder, 'duke-full', 'estimates_parametric_cov.json').features;
    // Exact ranks of 464 features take a minute; the test of spread needs none.
    const exact = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1) > 1;
    const { estimates } = await runOn(
      'batch-effect',
      joined,
      { column: 'site' },
      { features: all, combat, exact, bins: 400 },
      [],
      'patient_id',
    );
    const expected = readJson<Record<string, number>>(folder, 'duke-full', 'site_effect_summary.json');
    const { summary } = estimates as unknown as Found;
    for (const [key, count] of Object.entries(expected)) {
      if (exact || !key.startsWith('kruskal')) expect(summary[key], key).toBe(count);
      else expect(Math.abs((summary[key] as number) - count), key).toBeLessThanOrEqual(5);
    }
  });
});
