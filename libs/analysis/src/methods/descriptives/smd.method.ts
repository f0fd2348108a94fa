import type { Json } from '@cohortium/kernel';
import { categoryDifference, fitUnitMoments, meanDifference } from '@cohortium/statistics';
import type { ArmMoments, Sample } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { levelAt } from '../names.js';
import { byName, columnArm, columnProgram, columnQueries, groupingBy, num, refused, splitColumns, unitLeaves } from './column-program.js';
import { categoryCounts } from './summaries.js';

const params = z.strictObject({
  group: z.string().describe('Column of the groups, or "site": two of them are compared, second minus first'),
  levels: z.array(z.string()).length(2).optional().describe('The two groups where there are more, first and second'),
  continuous: z.array(z.string()).optional().describe('Columns of numbers; all that are left where none is named'),
  categorical: z
    .array(z.string())
    .optional()
    .describe('Columns counted by category; all columns of text that are left where none is named'),
});
type Params = z.output<typeof params>;

/** Standardized differences of two groups. */
export const smd: Method<Params> = {
  name: 'smd',
  title: { en: 'standardized mean differences between two groups', zh: '两组间标准化均值差' },
  params,
  leaves: unitLeaves(columnQueries, ['moments', 'cells']),
  definition: () =>
    'smd_pooled: second mean minus first over sqrt((v1 + v2) / 2) (tableone, cobalt); cohens_d: over the pooled SD weighted by degrees of freedom. Categories: Mahalanobis distance of their shares (Yang & Dalton 2012), without sign.',
  categories: ({ group, categorical = [] }) => [group, ...categorical],
  run: async (context, given) => {
    const grouping = groupingBy('smd', context, given.group);
    const names = given.levels ?? grouping.labels;
    const places = names.map((name) => levelAt(grouping.labels, name));
    if (places.length !== 2 || places.includes(-1))
      throw refused('smd', `two groups are needed; "${given.group}" has: ${grouping.labels.join(', ')}. Name two in levels`);
    const { continuous, categorical } = splitColumns(context.table, given, [given.group]);
    const moments =
      continuous.length > 0
        ? (await fitUnitMoments(columnProgram(context, [columnArm(continuous, { group: grouping.spec })])))[0]
        : undefined;
    const counts = await categoryCounts(context, categorical, [grouping]);
    const variables: Record<string, Json> = {
      ...byName(continuous, (_, j) => {
        const [first, second] = places.map((g) => sampleAt(moments as ArmMoments, j, g)) as [Sample, Sample];
        const { smd: even, smdPooled } = meanDifference(first, second);
        return {
          kind: 'continuous',
          smd_pooled: num(even),
          cohens_d: num(smdPooled),
          ...(even === null && { reason: 'constantOrTooFew' }),
        };
      }),
      ...byName(categorical, (_, j) => {
        const [first, second] = places.map((g) => counts.counts[0]?.[j]?.[g] as readonly number[]) as [
          readonly number[],
          readonly number[],
        ];
        const difference = categoryDifference(first, second);
        return { kind: 'categorical', smd_pooled: num(difference), ...(difference === null && { reason: 'constantOrSeparated' }) };
      }),
    };
    return { groups: [...names], variables };
  },
};

/** One column in one group as a sample. */
export function sampleAt({ columnCount, n, mean, sd }: ArmMoments, column: number, group: number): Sample {
  const at = group * columnCount + column;
  return { n: n[at] as number, mean: mean[at] as number, variance: (sd[at] as number) * (sd[at] as number) };
}
