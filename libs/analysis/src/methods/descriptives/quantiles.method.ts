import { z } from 'zod';
import type { Method } from '../method.js';
import { numberColumns } from '../params.js';
import { byKey, byName, columnQueries, groupingBy, num, unitLeaves } from './column-program.js';
import { continuousSummaries } from './summaries.js';

const params = z.strictObject({
  columns: z.array(z.string()).min(1).optional().describe('Columns of numbers; all of them where none is named'),
  probs: z
    .array(z.number().min(0).max(1))
    .min(1)
    .max(101)
    .default([0, 0.25, 0.5, 0.75, 1])
    .describe('Probabilities, from 0 (minimum) to 1 (maximum)'),
  by: byKey.default(null),
  exact: z
    .boolean()
    .default(false)
    .describe(
      'true: exact order statistics by bisection over counts, interpolated as type 7; discloses values of participants. false: smoothed over at least `smoothing` values, so that no single value can be read off',
    ),
  bins: z.int().min(16).max(4096).default(512).describe('Cells of the grid that a smoothed quantile is searched on'),
  smoothing: z.int().min(1).max(1000).default(5).describe('Values that a smoothed quantile is taken over, at least'),
});
type Params = z.output<typeof params>;

/** Quantiles of columns, smoothed or exact. */
export const quantiles: Method<Params> = {
  name: 'quantiles',
  title: { en: 'quantiles of columns by secure bisection', zh: '安全二分法求各列分位数' },
  params,
  leaves: unitLeaves(columnQueries, ['moments', 'cells']),
  definition: ({ exact, smoothing }) =>
    exact
      ? 'Type 7 of Hyndman & Fan 1996 (R quantile, numpy default): linear interpolation between order statistics.'
      : `Linear interpolation of cumulative counts across the smallest bracket of grid cells that holds at least ${smoothing} values; minimum and maximum are not shown.`,
  categories: ({ by }) => (by === null ? [] : [by]),
  run: async (context, given) => {
    const names = numberColumns(context.table, given.columns, given.by === null ? [] : [given.by]);
    const grouping = given.by === null ? null : groupingBy('quantiles', context, given.by);
    const { moments, quantiles: found } = await continuousSummaries(
      context,
      names,
      grouping,
      { total: given.probs, groups: given.probs },
      given,
    );
    const figures = (arm: number, j: number, g: number) => {
      const values = found[arm]?.[j]?.[g] ?? [];
      const n = moments[arm]?.n[g * names.length + j] as number;
      const isHidden = values.some((value) => value === null);
      return {
        n,
        values: given.probs.map((_, k) => num(values[k])),
        ...(isHidden && { reason: n === 0 ? 'noValues' : n < given.smoothing && !given.exact ? 'tooFewValues' : 'valueOfOneParticipant' }),
      };
    };
    return {
      probs: [...given.probs],
      columns: byName(names, (_, j) => ({
        ...figures(0, j, 0),
        ...(grouping && { by: byName(grouping.labels, (__, g) => figures(1, j, g)) }),
      })),
    };
  },
};
