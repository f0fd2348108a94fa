import { countUnits } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { needColumn } from '../params.js';
import { byKey, byName, columnArm, columnProgram, columnQueries, groupingBy, unitLeaves } from './column-program.js';

const params = z.strictObject({
  columns: z.array(z.string()).min(1).optional().describe('Columns to look at; all of them where none is named'),
  by: byKey.default('site'),
});
type Params = z.output<typeof params>;

/** How much is missing, by column and group. */
export const missingness: Method<Params> = {
  name: 'missingness',
  title: { en: 'missing values by column, by site or group; complete rows', zh: '按列、中心或分组的缺失情况；完整行数' },
  params,
  leaves: unitLeaves(columnQueries, ['moments']),
  definition: () => 'Missing cells and their share of the rows, by column; rows in which none of the columns is missing.',
  categories: ({ by }) => (by === null ? [] : [by]),
  run: async (context, { columns, by }) => {
    const grouping = by === null ? null : groupingBy('missingness', context, by);
    const names =
      columns?.map((name) => needColumn(context.table, name).name) ??
      context.table.columns.map(({ name }) => name).filter((name) => name !== by);
    const spec = grouping ? { group: grouping.spec } : {};
    const arms = [
      columnArm(names),
      columnArm(names, { needs: names }),
      ...(grouping ? [columnArm(names, spec), columnArm(names, { needs: names, ...spec })] : []),
    ];
    const [all, complete, groups, completeGroups] = await countUnits(columnProgram(context, arms));
    const figures = (arm: typeof all, j: number, g: number) => {
      const rows = arm?.units[g] as number;
      const n = arm?.n[g * names.length + j] as number;
      return { n, missing: rows - n, share: rows > 0 ? (rows - n) / rows : null };
    };
    return {
      rows: all?.units[0] as number,
      complete_rows: complete?.units[0] as number,
      ...(grouping && {
        by: byName(grouping.labels, (_, g) => ({ rows: groups?.units[g] as number, complete_rows: completeGroups?.units[g] as number })),
      }),
      columns: byName(names, (_, j) => ({
        ...figures(all, j, 0),
        ...(grouping && { by: byName(grouping.labels, (__, g) => figures(groups, j, g)) }),
      })),
    };
  },
};
