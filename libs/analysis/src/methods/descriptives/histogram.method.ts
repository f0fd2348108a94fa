import { cellCounts, fitUnitMoments } from '@cohortium/statistics';
import type { ArmMoments } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { needNumber, numberColumns } from '../params.js';
import { byKey, byName, columnArm, columnProgram, columnQueries, groupingBy, refused, unitLeaves } from './column-program.js';

const params = z.strictObject({
  columns: z.array(z.string()).min(1).optional().describe('Columns of numbers; all of them where none is named'),
  by: byKey.default(null),
  edges: z
    .record(z.string(), z.array(z.number()).min(1))
    .default({})
    .describe('Declared edges by column, ascending; cells are (edge, next edge], with an open one at either end'),
  bins: z.int().min(1).max(1000).default(20).describe('Cells of equal width for columns without declared edges'),
  reach: z.number().positive().max(50).default(3).describe('SDs from the mean to either side that these cells cover'),
  min_count: z.int().min(1).default(1).describe('Smaller counts that are not zero are shown as null'),
});
type Params = z.output<typeof params>;

/** An edge this share of a cell above its place, so that doubles that differ in the last bits choose alike. */
const tieBand = 1e-9;

/** Counts of values between edges. */
export const histogram: Method<Params> = {
  name: 'histogram',
  title: { en: 'histograms of columns, by group where asked', zh: '各列直方图（可分组）' },
  params,
  leaves: unitLeaves(columnQueries, ['moments', 'cells']),
  definition: ({ reach, bins }) =>
    `Counts of observed values in (edge, next edge]. Edges as declared, else ${bins} cells of equal width over mean +- ${reach} SD; the first and last count lie below and above all edges.`,
  categories: ({ by }) => (by === null ? [] : [by]),
  run: async (context, given) => {
    const names = numberColumns(context.table, given.columns, given.by === null ? [] : [given.by]);
    for (const [column, list] of Object.entries(given.edges)) {
      needNumber(context.table, column);
      if (list.some((edge, k) => k > 0 && edge <= (list[k - 1] as number)))
        throw refused('histogram', `the edges of "${column}" do not ascend`);
    }
    const grouping = given.by === null ? null : groupingBy('histogram', context, given.by);
    const program = columnProgram(context, [columnArm(names), ...(grouping ? [columnArm(names, { group: grouping.spec })] : [])]);
    const isDeclared = (name: string) => Object.hasOwn(given.edges, name);
    const [moments] = names.every(isDeclared) ? [undefined] : await fitUnitMoments(program);
    const edges = names.map((name, j) => (isDeclared(name) ? (given.edges[name] as number[]) : evenEdges(moments as ArmMoments, j, given)));
    const shifted = edges.map((list, j) =>
      isDeclared(names[j] as string) ? list : list.map((e) => e + tieBand * ((list[1] as number) - (list[0] as number))),
    );
    const counts = await cellCounts(
      program,
      program.arms.map(() => shifted),
    );
    const shown = (cells: Float64Array, j: number, g: number) => {
      const size = (edges[j] as number[]).length + 1;
      return Array.from(cells.subarray(g * size, (g + 1) * size), (count) => (count > 0 && count < given.min_count ? null : count));
    };
    return {
      columns: byName(names, (_, j) => ({
        edges: [...(edges[j] as number[])],
        counts: shown(counts[0]?.[j] as Float64Array, j, 0),
        ...(grouping && { by: byName(grouping.labels, (__, g) => shown(counts[1]?.[j] as Float64Array, j, g)) }),
      })),
    };
  },
};

/** Edges around the mean; for a constant column one on either side of it. */
function evenEdges({ n, mean, sd }: ArmMoments, j: number, { bins, reach }: Params): number[] {
  const center = (n[j] as number) > 0 ? (mean[j] as number) : 0;
  const half = (sd[j] as number) > 0 ? reach * (sd[j] as number) : Math.max(1, Math.abs(center)) / 2;
  return Array.from({ length: bins + 1 }, (_, k) => center - half + (2 * half * k) / bins);
}
