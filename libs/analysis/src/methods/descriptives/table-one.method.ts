import type { Json } from '@cohortium/kernel';
import { z } from 'zod';
import type { Method } from '../method.js';
import { byKey, byName, columnQueries, groupingBy, num, splitColumns, unitLeaves } from './column-program.js';
import type { Grouping } from './column-program.js';
import { categoryCounts, categoryFigures, continuousSummaries, momentFigures } from './summaries.js';
import type { CategoryCounts, ContinuousSummaries } from './summaries.js';

const params = z.strictObject({
  continuous: z.array(z.string()).optional().describe('Columns of numbers; all that are left where none is named'),
  categorical: z
    .array(z.string())
    .optional()
    .describe('Columns counted by category, coded numbers too; all columns of text that are left where none is named'),
  by: byKey.default('site'),
  exact: z
    .boolean()
    .default(true)
    .describe(
      'true: exact median, quartiles, minimum and maximum by bisection over counts; discloses these values, each of a participant (or the mean of two). false: quantiles smoothed over at least `smoothing` values, no minimum and maximum',
    ),
  bins: z.int().min(16).max(4096).default(512).describe('Cells of the grid of smoothed quantiles'),
  smoothing: z.int().min(1).max(1000).default(5).describe('Values that a smoothed quantile is taken over, at least'),
});
type Params = z.output<typeof params>;

/** Minimum, quartiles and maximum. */
const probs = [0, 0.25, 0.5, 0.75, 1];
const names = ['min', 'q1', 'median', 'q3', 'max'];

/** Baseline characteristics of all rows and by group. */
export const tableOne: Method<Params> = {
  name: 'table-one',
  title: {
    en: 'baseline characteristics by site or group: counts, means, quantiles, categories',
    zh: '按中心或分组的基线特征：计数、均值、分位数、分类',
  },
  params,
  leaves: unitLeaves(columnQueries, ['moments', 'cells']),
  definition: ({ exact }) =>
    `Each column over the rows in which it is observed: n, missing, mean, SD (n - 1); ${
      exact ? 'quantiles of type 7 (R quantile)' : 'quantiles smoothed over brackets of counts on a grid'
    }; percent of categories among the observed.`,
  categories: ({ by, categorical = [] }) => [...(by === null ? [] : [by]), ...categorical],
  run: async (context, given) => {
    const grouping = given.by === null ? null : groupingBy('table-one', context, given.by);
    const { continuous, categorical } = splitColumns(context.table, given, [given.by]);
    const numbers = await continuousSummaries(context, continuous, grouping, { total: probs, groups: probs }, given);
    const counts = await categoryCounts(context, categorical, grouping ? [null, grouping] : [null]);
    const units = numbers.moments.map((arm) => Array.from(arm.units));
    const rows = units.length > 0 ? units : counts.units;
    return {
      groups: grouping ? [...grouping.labels] : [],
      rows: { total: rows[0]?.[0] ?? 0, ...(grouping && { by: byName(grouping.labels, (_, g) => rows[1]?.[g] ?? 0) }) },
      ...(given.exact ? {} : { not_shown: 'min and max: each is the value of a participant' }),
      variables: { ...continuousTable(numbers, grouping), ...categoryTable(counts, grouping) },
    };
  },
};

function continuousTable({ columns, moments, quantiles }: ContinuousSummaries, grouping: Grouping | null): Record<string, Json> {
  const figures = (arm: number, j: number, g: number): Json => ({
    ...momentFigures(moments[arm] as (typeof moments)[number], j, g),
    ...byName(names, (_, k) => num(quantiles[arm]?.[j]?.[g]?.[k])),
  });
  return byName(columns, (_, j) => ({
    kind: 'continuous',
    total: figures(0, j, 0),
    ...(grouping && { by: byName(grouping.labels, (__, g) => figures(1, j, g)) }),
  }));
}

function categoryTable({ columns, levels, counts, units }: CategoryCounts, grouping: Grouping | null): Record<string, Json> {
  const figures = (arm: number, j: number, g: number): Json =>
    categoryFigures(levels[j] as readonly string[], counts[arm]?.[j]?.[g] as readonly number[], units[arm]?.[g] as number);
  return byName(columns, (_, j) => ({
    kind: 'categorical',
    levels: [...(levels[j] as readonly string[])],
    total: figures(0, j, 0),
    ...(grouping && { by: byName(grouping.labels, (__, g) => figures(1, j, g)) }),
  }));
}
