import { findMethod, parseMethodParams, parseTable, readMethodTable } from '@cohortium/analysis';
import type { Json } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { runMethod } from '../../apps/cli/src/analyze/run-method.js';
import { referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

// Tests of a baseline table by R 4.2.2 (package stats) on six hospitals, by HER-2 status and by hospital.
warnIfAbsent('baseline-tests');

/**
 * Relative. Statistics and p values are closed forms of sums and ranks; the smallest p values (1e-44) have lost a few digits in R's and
 * in our tails. fisher_or is the odds ratio where R's root search stops, which ours retraces; R's FEXACT gives its p to about 1e-7 of
 * log probabilities near ties, which this table does not have.
 */
const tolerance = 1e-8;

/** Every number of `expected` that differs from the one in the same place of `found`, and how many were compared. */
function differences(found: Json | undefined, expected: Json, path: string): { worse: string[]; numbers: number } {
  if (typeof expected === 'number') {
    const isClose = typeof found === 'number' && Math.abs(found - expected) <= tolerance * Math.abs(expected);
    return { worse: isClose ? [] : [`${path}: ${String(found)} is not ${expected}`], numbers: 1 };
  }
  if (expected !== null && typeof expected === 'object') {
    const parts = Object.entries(expected).map(([key, value]) =>
      differences((found as Record<string, Json> | null | undefined)?.[key], value as Json, `${path}.${key}`),
    );
    return { worse: parts.flatMap(({ worse }) => worse), numbers: parts.reduce((sum, { numbers }) => sum + numbers, 0) };
  }
  return { worse: found === expected ? [] : [`${path}: ${JSON.stringify(found)} is not ${JSON.stringify(expected)}`], numbers: 0 };
}

const categorical = ['er', 'menopause', 'stage_t', 'multifocal'];

async function analyze(operation: string, params: Record<string, unknown>): Promise<Record<string, Json>> {
  const method = findMethod(operation);
  const parsed = parseMethodParams(method, params);
  const table = readMethodTable(parseTable(referenceText('baseline-tests', 'duke', 'input.csv'), 'input.csv'), {
    id: 'id',
    sites: { column: 'site' },
    categories: method.categories?.(parsed) ?? [],
  });
  return (await runMethod(method, parsed, table, false)).estimates as Record<string, Json>;
}

type Variables = Readonly<Record<string, Record<string, Json>>>;

/** Figures of every variable that has them, renamed to the keys of a result. */
function pick(variables: Variables, kind: string, figures: (variable: Record<string, Json>) => Json): Json {
  const chosen = Object.entries(variables).filter(([, variable]) => variable['kind'] === kind);
  return Object.fromEntries(chosen.map(([name, variable]) => [name, figures(variable)]));
}

describe.skipIf(!referenceFolder)('the Duke reference, federated over its hospitals', () => {
  const expected = () =>
    JSON.parse(referenceText('baseline-tests', 'duke', 'baseline_tests.json')) as Record<string, Json> & { variables: Variables };
  const expectEqual = (found: Json, reference: Json, count: number) => {
    const { worse, numbers } = differences(found, reference, 'estimates');
    expect(worse).toEqual([]);
    expect(numbers).toBe(count);
  };

  it('baseline-tests equal R in every number', async () => {
    const { title: _, engine: __, outcome: ___, ...numbers } = expected();
    expectEqual(await analyze('baseline-tests', { outcome: 'her2', categorical }), numbers as Json, 494);
  });

  it('table-one, quantiles and smd agree with them', async () => {
    const { variables } = expected();
    const table = await analyze('table-one', { categorical: ['her2', ...categorical] });
    const bySite = (key: string) => (variable: Record<string, Json>) =>
      ({
        by: Object.fromEntries(
          Object.entries(variable[`by_site_${key}`] as Record<string, Json>).map(([site, value]) => [site, { [key]: value }]),
        ),
      }) as Json;
    for (const key of ['mean', 'sd', 'median']) expectEqual(table['variables'] as Json, pick(variables, 'continuous', bySite(key)), 36);
    const quantiles = await analyze('quantiles', { exact: true, columns: ['age', 'days_to_mri', 'SER_Washout_tumor_vol_cu_mm'] });
    for (const name of ['age', 'days_to_mri', 'SER_Washout_tumor_vol_cu_mm'])
      expectEqual(
        (quantiles['columns'] as Record<string, Record<string, Json>>)[name]?.['values'] as Json,
        variables[name]?.['quantiles_type7'] as Json,
        5,
      );
    const smd = await analyze('smd', { group: 'her2', categorical });
    expectEqual(
      smd['variables'] as Json,
      pick(variables, 'continuous', ({ smd_pooled }) => ({ smd_pooled: smd_pooled as Json })),
      6,
    );
  });

  it('correlation and univariate agree with them', async () => {
    const { variables, pearson_correlation: pearson, spearman_correlation: spearman } = expected();
    const columns = (pearson as { rows: string[] }).rows;
    expectEqual((await analyze('correlation', { columns })) as Json, { pearson, spearman } as Json, 72);
    for (const [test, p] of [
      ['welch', (v: Record<string, Json>) => (v['welch_t'] as { p: number }).p],
      ['wilcoxon', (v: Record<string, Json>) => v['wilcoxon_p_continuity']],
    ] as const) {
      const { tests } = await analyze('univariate', { outcome: 'her2', columns, test });
      expectEqual(
        tests as Json,
        columns.map((name) => ({ p: p(variables[name] as Record<string, Json>) as number })),
        6,
      );
    }
  });
});
