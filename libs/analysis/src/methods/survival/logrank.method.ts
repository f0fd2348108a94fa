import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import {
  addLogRank,
  emptyLogRank,
  levelCountsQuery,
  siteLogRankQuery,
  survivalCellsQuery,
  survivalTimeQueries,
} from '@cohortium/statistics';
import type { LogRankSums } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { needColumn } from '../params.js';
import { logRankResult } from './logrank-result.js';
import { nameStrata, sharedTimes, strataOf, survivalKeys, survivalSpec, timeKeys } from './survival-params.js';

const params = z.strictObject({
  ...survivalKeys,
  group: z.string().describe('Column of groups that are compared'),
  strata: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe(
      'Strata of the test: `site` compares within each site and needs no shared times; columns of categories; `none`. Without it: none if a grid or exact_times is given, else site',
    ),
  rho: z.number().min(-5).max(5).default(0).describe('Weight S(t-)^rho of each event time: 0 log-rank, 1 Peto & Peto'),
  ...timeKeys,
});
type Params = z.output<typeof params>;

/** Log-rank tests, within sites or on shared times. */
export const logrank: Method<Params> = {
  name: 'logrank',
  title: { en: 'log-rank test, stratified or not', zh: '对数秩检验（可分层）' },
  params,
  leaves: [
    { query: levelCountsQuery, shape: 'L: complete rows by group' },
    { query: siteLogRankQuery, shape: '2 G + G x G: observed, expected and covariance within sites' },
    {
      query: survivalTimeQueries.cells,
      shape: 'counts of times between thresholds, until every distinct event time is known: only with exact_times',
    },
    { query: survivalCellsQuery, shape: 'strata x groups x (2 m + 2): events and censored rows at m times, before and beyond them' },
  ],
  definition: ({ rho }) =>
    `Fleming-Harrington test with weight S(t-)^${rho} (R survival::survdiff with rho = ${rho}); hypergeometric variance; observed minus expected summed over strata. On a grid every time counts as the next point of it.`,
  categories: ({ group, strata }) =>
    [group, ...(strata === undefined ? [] : typeof strata === 'string' ? [strata] : strata)].filter(
      (name) => name !== 'none' && name !== 'site',
    ),
  run,
};

async function run(context: MethodContext, asked: Params): Promise<Json> {
  const { federation, scope, table } = context;
  const hasTimes = asked.exact_times || asked.grid !== undefined;
  const { bySite, columns } = nameStrata(asked.strata ?? (hasTimes ? 'none' : 'site'), table);
  // The group runs fastest: strata of the spec are strata x groups.
  const spec = { ...survivalSpec('logrank', table, asked), strata: strataOf(table, [...columns, asked.group]) };
  const levels = needColumn(table, asked.group).levels;
  const needs = [spec.time, spec.event.column, ...columns, asked.group];
  const { value: counts } = await federation.sum(
    levelCountsQuery,
    { needs, factors: [{ column: asked.group, codes: [...levels.keys()] }] },
    scope,
  );
  const n = counts[0] as Float64Array;
  const kept = [...levels.keys()].filter((k) => (n[k] as number) > 0);
  const sums = bySite
    ? (await federation.sum(siteLogRankQuery, { spec: new Frozen(spec), rho: asked.rho }, scope)).value
    : await onSharedTimes(context, asked, spec, levels.length);
  return {
    group: asked.group,
    groups: kept.map((k) => levels[k] as string),
    strata: [...(bySite ? ['site'] : []), ...columns],
    rho: asked.rho,
    n: kept.map((k) => n[k] as number),
    ...logRankResult(sums, kept),
  };
}

async function onSharedTimes(
  context: MethodContext,
  asked: Params,
  spec: Parameters<typeof sharedTimes>[3],
  groups: number,
): Promise<LogRankSums> {
  const { times, rule } = await sharedTimes('logrank', context, asked, spec, 'events');
  const { value } = await context.federation.sum(survivalCellsQuery, { spec: new Frozen(spec), times, rule }, context.scope);
  const sums = emptyLogRank(groups);
  for (let s = 0; s < value.length; s += groups) addLogRank(sums, value.slice(s, s + groups), asked.rho);
  return sums;
}
