import type { Json } from '@cohortium/kernel';
import { cellCounts, countUnits, exactQuantiles, fitUnitMoments, smoothedQuantiles } from '@cohortium/statistics';
import type { ArmMoments, ArmQuantiles } from '@cohortium/statistics';
import type { MethodContext } from '../method.js';
import { needColumn } from '../params.js';
import { byName, codeEdges, columnArm, columnProgram, num } from './column-program.js';
import type { Grouping } from './column-program.js';

/** How quantiles are found. */
export interface QuantileRule {
  readonly exact: boolean;
  readonly bins: number;
  readonly smoothing: number;
}

/** What continuous columns are summarized by: everybody, then the groups. */
export interface ContinuousSummaries {
  readonly columns: readonly string[];
  /** Arms of moments and quantiles: all rows, and the groups where there are some. */
  readonly moments: readonly ArmMoments[];
  readonly quantiles: readonly ArmQuantiles[];
}

/**
 * Moments and quantiles of columns, over all rows and by group.
 * @param probs quantiles of all rows, and of each group
 */
export async function continuousSummaries(
  context: MethodContext,
  columns: readonly string[],
  grouping: Grouping | null,
  probs: { readonly total: readonly number[]; readonly groups: readonly number[] },
  rule: QuantileRule,
): Promise<ContinuousSummaries> {
  if (columns.length === 0) return { columns, moments: [], quantiles: [] };
  const arms = [columnArm(columns), ...(grouping ? [columnArm(columns, { group: grouping.spec })] : [])];
  const program = columnProgram(context, arms);
  const moments = await fitUnitMoments(program);
  const asked = [probs.total, probs.groups].slice(0, arms.length);
  const quantiles = rule.exact ? await exactQuantiles(program, moments, asked) : await smoothedQuantiles(program, moments, asked, rule);
  return { columns, moments, quantiles };
}

/** Count, mean and SD of one column in one group of one arm. */
export function momentFigures({ columnCount, units, n, mean, sd }: ArmMoments, column: number, group: number): Record<string, Json> {
  const at = group * columnCount + column;
  const count = n[at] as number;
  return {
    n: count,
    missing: (units[group] as number) - count,
    mean: count > 0 ? num(mean[at]) : null,
    sd: count > 1 ? num(sd[at]) : null,
  };
}

/** Counts of the categories of columns, by arm (all rows, then the groups), column and group. */
export interface CategoryCounts {
  readonly columns: readonly string[];
  readonly levels: readonly (readonly string[])[];
  /** Levels of each group of each column; the first arm has one group. */
  readonly counts: readonly (readonly (readonly number[])[])[][];
  /** Rows of each group, by arm. */
  readonly units: readonly (readonly number[])[];
}

/** Counts of categories over all rows and by group: two sums. */
export async function categoryCounts(
  context: MethodContext,
  columns: readonly string[],
  groupings: readonly (Grouping | null)[],
): Promise<CategoryCounts> {
  const levels = columns.map((name) => needColumn(context.table, name).levels);
  if (columns.length === 0) return { columns, levels, counts: groupings.map(() => []), units: groupings.map(() => []) };
  const arms = groupings.map((grouping) => columnArm(columns, grouping ? { group: grouping.spec } : {}));
  const program = columnProgram(context, arms);
  const edges = levels.map(codeEdges);
  const found = await cellCounts(
    program,
    arms.map(() => edges),
  );
  const rows = await countUnits(program);
  const counts = found.map((byColumn) =>
    byColumn.map((cells, j) => {
      const size = (edges[j] as number[]).length + 1;
      return Array.from({ length: cells.length / size }, (_, g) => Array.from(cells.subarray(g * size, (g + 1) * size)));
    }),
  );
  // A column whose cells are all missing has no level and one cell that nothing falls into.
  const trimmed = counts.map((byColumn) =>
    byColumn.map((byGroup, j) => byGroup.map((list) => list.slice(0, (levels[j] as string[]).length))),
  );
  return { columns, levels, counts: trimmed, units: rows.map(({ units }) => Array.from(units)) };
}

/** Counts and percent of one column in one group. */
export function categoryFigures(levels: readonly string[], counts: readonly number[], units: number): Record<string, Json> {
  const n = counts.reduce((sum, count) => sum + count, 0);
  return {
    n,
    missing: units - n,
    counts: byName(levels, (_, k) => counts[k] as number),
    percent: byName(levels, (_, k) => (n > 0 ? (100 * (counts[k] as number)) / n : null)),
  };
}
