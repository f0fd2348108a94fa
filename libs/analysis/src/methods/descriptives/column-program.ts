import type { Arm } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { columnSource, unitQueries } from '@cohortium/statistics';
import type { ColumnRecipe, GroupSpec, RankRule, UnitProgram, UnitQueries } from '@cohortium/statistics';
import { z } from 'zod';
import { analysisErrors } from '../../errors.js';
import type { MethodContext, MethodLeaf, TableShape } from '../method.js';
import { needColumn } from '../params.js';

/** Sums over the columns of a table. */
export const columnQueries = unitQueries('full', 'column', columnSource);
/** The same for programs that hold out sites. */
export const heldOutColumnQueries = unitQueries('leaveOneSiteOut', 'column', columnSource);

const shapes: Readonly<Record<Exclude<keyof UnitQueries<ColumnRecipe>, 'source'>, string>> = {
  moments: 'per arm and group 1 + 3p doubles: rows; observed values, sums, and sums of absolute values or squares of p columns',
  cells: 'per arm, group and column m + 1 counts: observed values between m declared edges',
  products: 'per arm 1 + p + p(p + 1)/2 doubles: complete rows, sums and sums of products of p standardized columns or their ranks',
  scores: 'per arm and column one double: sum of a weight of the rank times the standardized value',
  jointCells: 'per arm and pair of columns the counts of their joint cells at declared edges',
};

/** Leaves of a method that uses some of the queries over units. */
export function unitLeaves<R>(queries: UnitQueries<R>, parts: readonly (keyof typeof shapes)[]): MethodLeaf[] {
  return parts.map((part) => ({ query: queries[part], shape: shapes[part] }));
}

/** A program over arms of columns. */
export function columnProgram({ federation, scope }: MethodContext, arms: readonly Arm<ColumnRecipe>[]): UnitProgram<ColumnRecipe> {
  return { federation, scope, queries: columnQueries, arms };
}

/** An arm of columns; by default of all rows, in one group. */
export function columnArm(
  columns: readonly string[],
  { needs = [], group = { by: 'none' } }: { readonly needs?: readonly string[]; readonly group?: GroupSpec } = {},
): Arm<ColumnRecipe> {
  return { heldOut: null, recipe: new Frozen<ColumnRecipe>({ columns: [...columns], needs: [...needs], group }) };
}

/** Groups with their names. */
export interface Grouping {
  readonly spec: GroupSpec;
  readonly labels: readonly string[];
}

/** Schema key: what results are broken down by. */
export const byKey = z
  .string()
  .nullable()
  .describe('Break down by "site" (shows figures of single sites), by the categories of a column, or not at all (null)');

/** True where a parameter means the sites. */
export function meansSite(table: TableShape, by: string): boolean {
  return by === table.siteColumn || (by === 'site' && !table.columns.some(({ name }) => name === 'site'));
}

/** The groups that a parameter names. @throws `METHOD.NO_COLUMN`, `METHOD.REFUSED` for a column without categories */
export function groupingBy(method: string, { table, scope }: MethodContext, by: string): Grouping {
  if (meansSite(table, by)) return { spec: { by: 'site', sites: [...scope.sites] }, labels: scope.sites };
  const { levels } = needColumn(table, by);
  if (levels.length === 0) throw refused(method, `the column "${by}" has no categories`);
  return { spec: { by: 'column', column: by, count: levels.length }, labels: levels };
}

/** Two groups of an outcome; its categories as `categories()` of the method must have named it. @throws `METHOD.REFUSED` */
export function twoGroups(method: string, context: MethodContext, outcome: string): Grouping {
  const grouping = groupingBy(method, context, outcome);
  if (grouping.labels.length !== 2)
    throw refused(method, `the outcome "${outcome}" has ${grouping.labels.length} categories; two are needed`);
  return grouping;
}

/** An operation that cannot give its number. */
export function refused(name: string, reason: string): Error {
  return analysisErrors.error('METHOD.REFUSED', { name, reason });
}

/** Schema keys of everything that needs the order of values. */
export const rankKeys = {
  exact: z
    .boolean()
    .default(true)
    .describe(
      'true: ranks of the pooled values, found by counts at thresholds; discloses the order of all values of these columns (not who or where). false: ranks on a grid of equal cells around the mean, values of one cell tied',
    ),
  bins: z.int().min(16).max(4096).default(512).describe('Cells of the grid where exact is false'),
};

/** Where ranks come from. */
export function rankRule({ exact, bins }: { readonly exact: boolean; readonly bins: number }): RankRule {
  return exact ? { kind: 'exact' } : { kind: 'grid', bins };
}

/** Columns of a table by kind: named ones, and otherwise all that are left. */
export function splitColumns(
  table: TableShape,
  named: { readonly continuous?: readonly string[] | undefined; readonly categorical?: readonly string[] | undefined },
  except: readonly (string | null | undefined)[],
): { readonly continuous: string[]; readonly categorical: string[] } {
  const taken = new Set([...except, ...(named.continuous ?? []), ...(named.categorical ?? [])]);
  const rest = (kind: 'number' | 'category') => table.columns.filter((c) => c.kind === kind && !taken.has(c.name)).map(({ name }) => name);
  for (const name of [...(named.continuous ?? []), ...(named.categorical ?? [])]) needColumn(table, name);
  for (const name of named.continuous ?? [])
    if (needColumn(table, name).kind !== 'number') throw analysisErrors.error('METHOD.NOT_NUMERIC', { column: name });
  return { continuous: [...(named.continuous ?? rest('number'))], categorical: [...(named.categorical ?? rest('category'))] };
}

/** Edges between the codes 0, 1, ... of categories. */
export function codeEdges(levels: readonly string[]): number[] {
  return levels.slice(1).map((_, code) => code + 0.5);
}

/** A finite number, or null. */
export function num(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}

/** An object from names and values, in their order. */
export function byName<T>(names: readonly string[], value: (name: string, k: number) => T): Record<string, T> {
  return Object.fromEntries(names.map((name, k) => [name, value(name, k)]));
}
