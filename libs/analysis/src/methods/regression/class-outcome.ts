import { levelCountsQuery } from '@cohortium/statistics';
import type { MethodContext, TableColumn } from '../method.js';
import { levelAt } from '../names.js';
import { needColumn } from '../params.js';
import { refuse } from './model-design.js';

/** Classes of a categorical outcome that complete rows have. */
export interface OutcomeClasses {
  readonly levels: readonly string[];
  readonly codes: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Classes of an outcome in a given order, without those that no complete row has (one round).
 * @param order levels in order; the column's own order where it is absent
 * @throws `METHOD.REFUSED` for an order that is not one of the levels, and for fewer than two classes
 */
export async function outcomeClasses(
  method: string,
  { federation, scope, table }: MethodContext,
  name: string,
  order: ((column: TableColumn) => readonly string[]) | undefined,
  needs: readonly string[],
): Promise<OutcomeClasses> {
  const column = needColumn(table, name);
  const levels = order ? order(column) : column.levels;
  const codes = levels.map((level) => levelAt(column.levels, level));
  const unknown = levels.find((_, k) => (codes[k] as number) < 0);
  if (unknown !== undefined) throw refuse(method, `the outcome "${name}" has no level "${unknown}"`);
  const { value } = await federation.sum(
    levelCountsQuery,
    { needs: [...new Set([...needs, name])], factors: [{ column: name, codes }] },
    scope,
  );
  const counts = value[0] as Float64Array;
  const kept = [...levels.keys()].filter((k) => (counts[k] as number) > 0);
  if (kept.length < 2) throw refuse(method, `fewer than two classes of "${name}" have complete rows`);
  return {
    levels: kept.map((k) => levels[k] as string),
    codes: kept.map((k) => codes[k] as number),
    counts: kept.map((k) => counts[k] as number),
  };
}

/** Columns that a model needs beside those of its terms. */
export function extraColumns(values: readonly (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined);
}
