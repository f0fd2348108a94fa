import { findMethod, parseMethodParams, parseTable, readMethodTable } from '@cohortium/analysis';
import { describe, expect, it } from 'vitest';
import { runMethod } from '../../apps/cli/src/analyze/run-method.js';
import { referenceColumns, referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

// Intraclass correlations by psych 2.2.9 (lmer = FALSE), concordance by epiR 2.0.57, paired tests by R 4.2.2; participants dealt to sites.
warnIfAbsent('icc');

type Row = Readonly<Record<string, number | string>>;

async function analyze(folder: string, operation: string, params: unknown, siteCount: number): Promise<Record<string, unknown>> {
  const method = findMethod(operation);
  const parsed = parseMethodParams(method, params);
  const table = readMethodTable(parseTable(referenceText('icc', folder, 'input.csv'), 'input.csv'), {
    id: 'subject',
    sites: { count: siteCount, seed: folder },
    categories: method.categories?.(parsed) ?? [],
  });
  const { estimates } = await runMethod(method, parsed, table, false);
  return estimates as Record<string, unknown>;
}

/** Rows of a reference file and of a result by their names; every named figure must agree. */
function compare(
  found: readonly Row[],
  folder: string,
  file: string,
  keys: readonly string[],
  allowed: (column: string, expected: Row) => number,
): number {
  const columns = referenceColumns('icc', folder, file);
  const rowCount = columns['feature']?.length ?? 0;
  const expected = Array.from({ length: rowCount }, (_, i): Row =>
    Object.fromEntries(
      Object.entries(columns).map(([name, cells]) => [name, keys.includes(name) ? (cells[i] as string) : Number(cells[i])]),
    ),
  );
  const nameOf = (row: Row) => keys.map((key) => row[key]).join(' ');
  const byName = new Map(found.map((row) => [nameOf(row), row]));
  expect(found.length).toBe(rowCount);
  let numbers = 0;
  for (const row of expected) {
    const own = byName.get(nameOf(row)) as Row;
    for (const name of Object.keys(columns).filter((column) => !keys.includes(column))) {
      const miss = Math.abs((own[name] as number) - (row[name] as number));
      expect(miss, `${nameOf(row)} ${name}`).toBeLessThanOrEqual(allowed(name, row));
      numbers++;
    }
  }
  return numbers;
}

describe.skipIf(!referenceFolder)('intraclass correlations equal psych', () => {
  it.each([
    ['shrout-fleiss-1979', 'rater', 3, 42],
    ['bmmr2-adc-testretest', 'rater', 6, 42],
    ['bmmr2-adc-perturbation-k40', 'rater', 5, 42],
    ['qin-prostate-wholegland', 'timepoint', 4, 3486],
    ['qin-prostate-peripheralzone', 'timepoint', 4, 3486],
  ])('%s', async (folder, rater, siteCount, count) => {
    const { icc, skipped } = await analyze(folder, 'icc', { rater }, siteCount);
    // 1e-8 of coefficients and limits, relative for F and p; nearly constant features (glcm Idmn varies in its fourth digit) have lost some in R.
    const allowed = (column: string, row: Row) => 1e-8 * (column === 'f' || column === 'p' ? Math.abs(row[column] as number) : 1);
    expect(compare(icc as Row[], folder, 'icc.csv', ['feature', 'type'], allowed)).toBe(count);
    expect(skipped).toEqual([]);
  });

  it.each(['bmmr2-adc-testretest', 'bmmr2-adc-perturbation-k40'])('and the values published with %s', async (folder) => {
    const { icc } = await analyze(folder, 'icc', { rater: 'rater', types: ['ICC1'] }, 3);
    const published = referenceColumns('icc', folder, 'published.csv');
    for (const name of ['icc', 'lower95', 'upper95']) expect((icc as Row[])[0]?.[name]).toBeCloseTo(Number(published[name]?.[0]), 10);
  });
});

describe.skipIf(!referenceFolder)('agreement of two raters equals epiR and R', () => {
  it.each([
    ['bmmr2-adc-testretest', 'rater', 11],
    ['qin-prostate-wholegland', 'timepoint', 913],
    ['qin-prostate-peripheralzone', 'timepoint', 913],
  ])('%s', async (folder, rater, count) => {
    const { agreement } = await analyze(folder, 'agreement', { rater }, 4);
    // 1e-8 of concordances, relative for p values, of the SD of differences for what has units.
    const allowed = (column: string, row: Row) =>
      1e-8 * (column.endsWith('_p') ? (row[column] as number) : column.startsWith('ccc') ? 1 : (row['ba_sd_diff'] as number));
    expect(compare(agreement as Row[], folder, 'agreement_two_raters.csv', ['feature'], allowed)).toBe(count);
  });
});
