import { selectByMrmr } from '@cohortium/statistics';
import type { MrmrMeasure } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { byName, num, refused } from '../descriptives/column-program.js';
import { byHeldOut, needRows, selectionKeys, selectionLeaves, selectionSetup } from './selection-params.js';

const params = z.strictObject({
  outcome: z.string().describe('Column of two categories'),
  ...selectionKeys,
  count: z.int().min(1).max(1000).default(10).describe('Columns to select'),
  criterion: z.enum(['MID', 'MIQ']).default('MID').describe('MID: relevance minus mean redundancy. MIQ: relevance over mean redundancy'),
  measure: z
    .enum(['correlation', 'gaussian', 'bins'])
    .default('bins')
    .describe(
      'correlation: |r|. gaussian: -ln(1 - r^2) / 2, mutual information of normal variables (mRMRe). bins: mutual information in nats of columns cut into bins',
    ),
  bins: z.int().min(2).max(32).default(3).describe('Bins of each column, cut at normal quantiles of its mean and SD (3: mean +- 0.43 SD)'),
  edges: z
    .record(z.string(), z.array(z.number()).min(1))
    .default({})
    .describe('Declared edges of bins by column, ascending; bins are (edge, next edge]'),
});
type Params = z.output<typeof params>;

/** Minimum redundancy, maximum relevance. */
export const mrmr: Method<Params> = {
  name: 'mrmr',
  title: { en: 'columns by minimum redundancy and maximum relevance', zh: '最小冗余最大相关（mRMR）特征选择' },
  params,
  leaves: selectionLeaves(['moments', 'cells', 'products', 'jointCells']),
  definition: ({ criterion, measure }) =>
    `Peng, Long & Ding 2005, ${criterion}, ${measure}, over rows that have the outcome and every column: the column of largest relevance first, then each time the one with the largest criterion. Criteria that agree to 1e-9 of the largest count as equal: the first column is taken.`,
  categories: ({ outcome }) => [outcome],
  run: async (context, given) => {
    const { columns, heldOut, program } = selectionSetup('mrmr', context, given, { outcome: given.outcome, complete: true });
    for (const [column, list] of Object.entries(given.edges))
      if (list.some((edge, k) => k > 0 && edge <= (list[k - 1] as number))) throw refused('mrmr', `the edges of "${column}" do not ascend`);
    const measure: MrmrMeasure =
      given.measure === 'bins'
        ? {
            kind: 'bins',
            bins: given.bins,
            edges: columns.map((name) => (Object.hasOwn(given.edges, name) ? (given.edges[name] as number[]) : null)),
          }
        : { kind: given.measure };
    const arms = await selectByMrmr(program, { measure, criterion: given.criterion, count: given.count });
    needRows('mrmr', arms);
    return byHeldOut(heldOut, arms, ({ n, kept, scores, relevance }) => ({
      n,
      selected: kept.map((j) => columns[j] as string),
      scores: [...scores],
      relevance: byName(columns, (_, j) => num(relevance[j])),
      skipped: columns.filter((_, j) => Number.isNaN(relevance[j])).map((column) => ({ column, reason: 'constantOrOneClass' })),
    }));
  },
};
