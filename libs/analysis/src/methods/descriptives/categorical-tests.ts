import type { Json } from '@cohortium/kernel';
import { categoryDifference, chiSquareTest, exactTableTest, fourfoldTest } from '@cohortium/statistics';
import type { MethodContext } from '../method.js';
import { byName, num } from './column-program.js';
import type { Grouping } from './column-program.js';
import { categoryCounts, categoryFigures } from './summaries.js';

/** What is tested. */
export interface CategoricalTestSpec {
  readonly outcome: Grouping;
  readonly by: Grouping | null;
  /** Level of the limits of odds ratios. */
  readonly level: number;
}

/** Tests of categories from their tables of counts. */
export async function categoricalTests(
  context: MethodContext,
  columns: readonly string[],
  { outcome, by, level }: CategoricalTestSpec,
): Promise<Record<string, Record<string, Json>>> {
  if (columns.length === 0) return {};
  const { levels, counts, units } = await categoryCounts(context, columns, [null, outcome, ...(by ? [by] : [])]);
  return byName(columns, (_, j) => {
    const own = levels[j] as readonly string[];
    const { missing, ...total } = categoryFigures(own, counts[0]?.[j]?.[0] as readonly number[], units[0]?.[0] as number);
    const table = byCategory(counts[1]?.[j] as readonly (readonly number[])[]);
    const sites = by ? byCategory(counts[2]?.[j] as readonly (readonly number[])[]) : [];
    return {
      kind: 'categorical',
      ...total,
      n_missing: missing as number,
      table_by_outcome: { rows: [...own], cols: [...outcome.labels], values: table },
      ...chiSquareResult(table),
      ...fisherResult(table, level),
      smd_pooled: outcome.labels.length === 2 ? num(categoryDifference(column(table, 0), column(table, 1))) : null,
      ...(by && {
        table_by_site: { rows: [...own], cols: [...by.labels], values: sites },
        chisq_by_site: chiSquareBySite(sites),
      }),
    };
  });
}

/** Rows are categories, columns groups. */
function byCategory(byGroup: readonly (readonly number[])[]): number[][] {
  return (byGroup[0] ?? []).map((_, k) => byGroup.map((counts) => counts[k] as number));
}

function column(table: readonly (readonly number[])[], k: number): number[] {
  return table.map((row) => row[k] as number);
}

function chiSquareResult(table: readonly (readonly number[])[]): Record<string, Json> {
  const test = chiSquareTest(table);
  if (!test) return { chisq: null, df: null, p: null, p_yates: null, smallest_expected: null, reason: 'oneRowOrColumn' };
  return { chisq: test.chisq, df: test.df, p: test.p, p_yates: test.pYates, smallest_expected: test.smallestExpected };
}

function chiSquareBySite(table: readonly (readonly number[])[]): Json {
  const test = chiSquareTest(table);
  return test ? { chisq: test.chisq, df: test.df, p: test.p } : { chisq: null, df: null, p: null, reason: 'oneRowOrColumn' };
}

/** Odds ratios of tables of 2 x 2; categories that nobody has do not count. */
function fisherResult(table: readonly (readonly number[])[], level: number): Record<string, Json> {
  const rows = table.filter((row) => row.some((count) => count > 0));
  const groups = (rows[0] ?? []).map((_, k) => k).filter((k) => rows.some((row) => (row[k] as number) > 0));
  const none = { fisher_or: null, fisher_or95: null, fisher_or_exact: null, fisher_or95_exact: null };
  if (rows.length === 2 && groups.length === 2) {
    const test = fourfoldTest(
      rows.map((row) => groups.map((k) => row[k] as number)),
      level,
    );
    if (test)
      return {
        fisher_p: test.p,
        fisher_or: test.oddsRatio,
        fisher_or95: [...test.limits],
        fisher_or_exact: test.exactOddsRatio,
        fisher_or95_exact: [...test.exactLimits],
      };
  }
  const test = exactTableTest(table);
  return { fisher_p: test.p, ...none, ...('reason' in test && { fisher_reason: test.reason }) };
}
