import { columnOf } from '@cohortium/federation';
import type { Arm, CohortRows, Design, DesignOf } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { siteNumber } from '../arms.js';
import { statisticsErrors } from '../errors.js';

/**
 * What descriptive sums run over: units (rows, or pairs of rows of a participant) with columns of numbers, each unit in at most one
 * group. Units of one site are contiguous.
 */
export interface Units {
  readonly count: number;
  /** Index of the unit's site among the rows' sites. */
  readonly siteIndex: Int32Array;
  /** One vector per column; NaN is a missing value. */
  readonly columns: readonly Float64Array[];
  /** Group of each unit, from 0; -1 leaves the unit out. */
  readonly groups: Int32Array;
}

/** A way to make units from rows by a recipe of type `R`, with the shape that the recipe alone determines. */
export interface UnitSource<R> {
  readonly recipe: ZodType<R>;
  units(rows: CohortRows, recipe: Frozen<R>): Units;
  columnCount(recipe: R): number;
  groupCount(recipe: R): number;
}

/** How units fall into groups: all in one, by the category of a column, or by site (which shows figures of single sites). */
export const groupSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('none') }),
  z.strictObject({ by: z.literal('column'), column: z.string(), count: z.int().min(1).max(1024) }),
  z.strictObject({ by: z.literal('site'), sites: z.array(z.string()).min(1).max(1024) }),
]);
/** See {@link groupSchema}. */
export type GroupSpec = z.output<typeof groupSchema>;

/** Groups of a spec. */
export function groupCountOf(group: GroupSpec): number {
  return group.by === 'none' ? 1 : group.by === 'column' ? group.count : group.sites.length;
}

/** Columns of a table by name. */
export const columnRecipeSchema = z.strictObject({
  columns: z.array(z.string()).min(1).max(20_000),
  /** Columns that must be observed for a row to take part. */
  needs: z.array(z.string()).max(20_000),
  group: groupSchema,
});
/** See {@link columnRecipeSchema}. */
export type ColumnRecipe = z.output<typeof columnRecipeSchema>;

/** Rows as units, columns by name. @throws `STATISTICS.NO_COLUMN` */
export const columnSource: UnitSource<ColumnRecipe> = {
  recipe: columnRecipeSchema,
  units: (rows, recipe) => rows.memo(`column units ${recipe.hash}`, () => columnUnits(rows, recipe.value)),
  columnCount: ({ columns }) => columns.length,
  groupCount: ({ group }) => groupCountOf(group),
};

function columnUnits(rows: CohortRows, { columns, needs, group }: ColumnRecipe): Units {
  const groups = groupsOf(rows, group);
  for (const name of needs) {
    const column = needColumn(rows, name);
    for (let i = 0; i < groups.length; i++) if (Number.isNaN(column[i])) groups[i] = -1;
  }
  return { count: rows.rowCount, siteIndex: rows.siteIndex, columns: columns.map((name) => needColumn(rows, name)), groups };
}

/** Group of each row; -1 where its category is missing or beyond the declared ones. @throws `STATISTICS.NO_COLUMN` */
export function groupsOf(rows: CohortRows, group: GroupSpec): Int32Array {
  if (group.by === 'none') return new Int32Array(rows.rowCount);
  if (group.by === 'site') {
    const place = rows.sites.map((site) => group.sites.indexOf(site));
    return Int32Array.from(rows.siteIndex, (site) => place[site] as number);
  }
  return Int32Array.from(needColumn(rows, group.column), (code) => (Number.isInteger(code) && code < group.count ? code : -1));
}

/** Rows as units, columns those of a prepared design; the outcome (0 or 1) may be the group. */
export interface DesignRecipe<R> {
  readonly design: R;
  readonly columnCount: number;
  readonly groupByOutcome: boolean;
}

/** Units of the designs of a study: what it learns from prepared features uses the sums of this folder. */
export function designSource<R>(designOf: DesignOf<R>, recipe: ZodType<R>): UnitSource<DesignRecipe<R>> {
  const schema = z.strictObject({ design: recipe, columnCount: z.int().min(1), groupByOutcome: z.boolean() });
  return {
    recipe: schema as unknown as ZodType<DesignRecipe<R>>,
    units: (rows, { hash, value }) =>
      rows.memo(`design units ${hash}`, () => designUnits(rows, designOf(rows, value.design), value.groupByOutcome)),
    columnCount: ({ columnCount }) => columnCount,
    groupCount: ({ groupByOutcome }) => (groupByOutcome ? 2 : 1),
  };
}

function designUnits(rows: CohortRows, { columnCount, values }: Design, groupByOutcome: boolean): Units {
  const columns = Array.from({ length: columnCount }, (_, j) => {
    const column = new Float64Array(rows.rowCount);
    for (let i = 0; i < column.length; i++) column[i] = values[i * columnCount + j] as number;
    return column;
  });
  const groups = groupByOutcome ? Int32Array.from(rows.outcome, (y) => (y === 0 || y === 1 ? y : -1)) : new Int32Array(rows.rowCount);
  return { count: rows.rowCount, siteIndex: rows.siteIndex, columns, groups };
}

/** A column by name. @throws `STATISTICS.NO_COLUMN` */
export function needColumn(rows: CohortRows, name: string): Float64Array {
  const column = columnOf(rows, name);
  if (!column) throw statisticsErrors.error('STATISTICS.NO_COLUMN', { column: name });
  return column;
}

/** Group of each unit of an arm; the held-out site's units are left out. */
export function armGroups<R>(rows: CohortRows, units: Units, arm: Arm<R>): Int32Array {
  const excluded = siteNumber(rows, arm.heldOut);
  if (excluded < 0) return units.groups;
  return units.groups.map((group, i) => (units.siteIndex[i] === excluded ? -1 : group));
}

/** Position of the cell of a value: how many ascending edges lie strictly below it. Cell k holds (edge k-1, edge k]. */
export function cellOf(edges: Float64Array, from: number, to: number, value: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low - from;
}
