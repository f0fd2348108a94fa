import { iccTypes, selectByCorrelation, selectByIcc, selectByVariance, spreadMeasures } from '@cohortium/statistics';
import type { CorrelationRule, CorrelationSelection } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { byName, num, rankKeys, rankRule, refused } from '../descriptives/column-program.js';
import { assertNoRepeats, heldOutRaterQueries, raterQueries, ratingLeaves } from '../repeatability/icc.method.js';
import { ratingKeys, ratingsOf } from '../repeatability/raters.js';
import { byHeldOut, needRows, selectionKeys, selectionLeaves, selectionSetup } from './selection-params.js';

const varianceParams = z.strictObject({
  ...selectionKeys,
  measure: z
    .enum(spreadMeasures)
    .default('sample')
    .describe('sample: variance (n - 1). population: variance (n; scikit-learn VarianceThreshold). sd: SD. cv: SD over |mean|'),
  min: z.number().min(0).default(0).describe('Columns whose spread is above this are kept; constant ones never are'),
});

/** Keeps columns that vary. */
export const filterVariance: Method<z.output<typeof varianceParams>> = {
  name: 'filter-variance',
  title: { en: 'columns whose variance exceeds a limit', zh: '按方差筛选特征' },
  params: varianceParams,
  leaves: selectionLeaves(['moments']),
  definition: ({ measure }) =>
    `Columns whose ${measure} exceeds the limit by more than 1e-9 of it, over the rows in which they are observed.`,
  run: async (context, given) => {
    const { columns, heldOut, program } = selectionSetup('filter-variance', context, given, { outcome: null, complete: false });
    const arms = await selectByVariance(program, given.measure, given.min);
    return byHeldOut(heldOut, arms, ({ kept, scores }) => ({
      selected: kept.map((j) => columns[j] as string),
      scores: byName(columns, (_, j) => num(scores[j])),
    }));
  },
};

const correlationParams = z.strictObject({
  ...selectionKeys,
  method: z.enum(['pearson', 'spearman']).default('pearson').describe('Correlation of values or of ranks'),
  cutoff: z.number().min(0).max(1).default(0.9).describe('Absolute correlations above it count as redundant'),
  rule: z
    .enum(['greedy', 'caret', 'cluster'])
    .default('greedy')
    .describe(
      'greedy: in order of priority, keep a column unless it correlates above the cutoff with a kept one. caret: R caret::findCorrelation(exact = TRUE). cluster: hierarchical clustering on 1 - |r|, cut at 1 - cutoff, one column per cluster',
    ),
  linkage: z.enum(['average', 'complete', 'single']).default('average').describe('Linkage of the clusters'),
  outcome: z
    .string()
    .optional()
    .describe('Column of two categories: columns that correlate more with it come first; order of columns where it is absent'),
  ...rankKeys,
});
type CorrelationParams = z.output<typeof correlationParams>;

/** Leaves out redundant columns. */
export const filterCorrelation: Method<CorrelationParams> = {
  name: 'filter-correlation',
  title: { en: 'columns without those that repeat others', zh: '剔除高相关冗余特征' },
  params: correlationParams,
  leaves: selectionLeaves(['moments', 'cells', 'products']),
  definition: ({ rule, method, outcome }) =>
    `Absolute ${method} correlations over rows that have every column; rule "${rule}"; priority by ${
      outcome === undefined ? 'order of columns' : 'correlation with the outcome, then order'
    }. A correlation exceeds the cutoff if it does so by more than 1e-9 of it.`,
  categories: ({ outcome }) => (outcome === undefined ? [] : [outcome]),
  run: async (context, given) => {
    const { columns, heldOut, program } = selectionSetup('filter-correlation', context, given, {
      outcome: given.outcome ?? null,
      complete: true,
    });
    const rule: CorrelationRule = given.rule === 'cluster' ? { rule: 'cluster', linkage: given.linkage } : { rule: given.rule };
    const arms = await selectByCorrelation(program, {
      kind: given.method === 'pearson' ? { kind: 'pearson' } : { kind: 'spearman', ranks: rankRule(given) },
      cutoff: given.cutoff,
      rule,
      priority: given.outcome === undefined ? 'order' : 'outcome',
    });
    const names = (list: readonly number[]) => list.map((j) => columns[j] as string);
    needRows('filter-correlation', arms);
    return byHeldOut(heldOut, arms, ({ n, kept, constant, clusters, removed }: CorrelationSelection) => ({
      n,
      selected: names(kept),
      removed: removed.map(({ column, keptColumn, r }) => ({
        column: columns[column] as string,
        kept_column: columns[keptColumn] as string,
        r,
      })),
      skipped: names(constant).map((column) => ({ column, reason: 'constant' })),
      ...(given.rule === 'cluster' && { clusters: clusters.map(names) }),
    }));
  },
};

const iccParams = z.strictObject({
  ...ratingKeys,
  leave_one_site_out: selectionKeys.leave_one_site_out,
  type: z.enum(iccTypes).default('ICC2').describe('Form of the intraclass correlation'),
  use: z.enum(['point', 'lower']).default('lower').describe('What must reach the limit: the estimate, or its lower confidence bound'),
  min: z.number().min(-1).max(1).default(0.75).describe('Limit'),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the confidence bound'),
});

/** Keeps reliable columns. */
export const filterIcc: Method<z.output<typeof iccParams>> = {
  name: 'filter-icc',
  title: { en: 'columns whose reliability reaches a limit', zh: '按组内相关系数筛选特征' },
  params: iccParams,
  leaves: [...ratingLeaves(raterQueries), ...ratingLeaves(heldOutRaterQueries)],
  definition: ({ type, use, min, level }) =>
    `Columns whose ${type} (${use === 'point' ? 'estimate' : `lower bound of the ${100 * level} % limits`}, see icc) is at least ${min}, up to 1e-9 of it; perfect agreement passes.`,
  categories: ({ rater }) => [rater],
  run: async (context, given) => {
    const { ratings } = ratingsOf('filter-icc', context, given);
    const { federation, scope } = context;
    const heldOut = [null, ...(given.leave_one_site_out ? scope.sites : [])];
    if (heldOut.length === 2) throw refused('filter-icc', 'leaving out the only site leaves nobody');
    const queries = given.leave_one_site_out ? heldOutRaterQueries : raterQueries;
    const arms = await selectByIcc(
      { federation, scope, queries, ratings, heldOut, level: given.level },
      { type: given.type, bound: given.use, min: given.min },
    );
    arms.forEach(({ arm }) => assertNoRepeats('filter-icc', arm));
    return byHeldOut(heldOut, arms, ({ kept, scores, arm }) => ({
      selected: kept.map((j) => ratings.columns[j] as string),
      scores: byName(ratings.columns, (_, j) => num(scores[j])),
      skipped: arm.columns.flatMap(({ column, reason }) => (reason === null ? [] : [{ column, reason }])),
      incomplete_participants: arm.incomplete,
    }));
  },
};
