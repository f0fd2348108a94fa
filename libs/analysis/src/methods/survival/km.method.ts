import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import {
  addLogRank,
  curveQuantile,
  emptyLogRank,
  intervalScales,
  kaplanMeier,
  survivalCellsQuery,
  survivalInterval,
  survivalTimeQueries,
} from '@cohortium/statistics';
import type { IntervalScale, SurvivalCells, SurvivalCurve } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { orNull } from '../regression/coefficient-table.js';
import { refuse } from '../regression/model-design.js';
import { logRankResult } from './logrank-result.js';
import { sharedTimes, strataLabels, strataOf, survivalKeys, survivalSpec, timeKeys } from './survival-params.js';

const params = z.strictObject({
  ...survivalKeys,
  group: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe('Column of groups with a curve each, or several whose combinations are groups'),
  ...timeKeys,
  at_times: z
    .array(z.number())
    .default([])
    .describe('Times at which survival is wanted; points of the grid, or any times under exact_times'),
  conf_types: z
    .array(z.enum(intervalScales))
    .min(1)
    .default(['log', 'log-log', 'plain'])
    .describe('Scales of the intervals at at_times; the first is that of the curves and of the median'),
  quantile: z.number().gt(0).lt(1).default(0.5).describe('Share of events whose time is asked: 0.5 for the median'),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the intervals'),
});
type Params = z.output<typeof params>;

/** Kaplan-Meier curves over secure counts. */
export const km: Method<Params> = {
  name: 'km',
  title: {
    en: 'Kaplan-Meier survival curves with intervals, medians and log-rank test',
    zh: 'Kaplan-Meier 生存曲线、区间、中位数与对数秩检验',
  },
  params,
  leaves: [
    {
      query: survivalTimeQueries.cells,
      shape: 'counts of times between thresholds, until every distinct time is known: only with exact_times',
    },
    { query: survivalCellsQuery, shape: 'groups x (2 m + 2): events and censored rows at m times, before and beyond them' },
  ],
  definition: ({ exact_times, conf_types }) =>
    `Product-limit estimate with Greenwood's variance (R survival::survfit); intervals on the scales ${conf_types.join(', ')} (conf.type of R). ${
      exact_times
        ? 'Times are the observed ones: equal to the pooled analysis.'
        : 'Every time counts as the next point of the declared grid: equal to survfit on times rounded up to the grid.'
    } Median: first time with survival at or below one half, the middle of a stretch at exactly one half (quantile.survfit). Log-rank test as survdiff.`,
  categories: ({ group }) => (group === undefined ? [] : typeof group === 'string' ? [group] : group),
  run,
};

/** One group with its curve. */
interface Group {
  readonly label: string;
  readonly cells: SurvivalCells;
  readonly curve: SurvivalCurve;
}

async function run(context: MethodContext, asked: Params): Promise<Json> {
  const { federation, scope, table } = context;
  const columns = asked.group === undefined ? [] : typeof asked.group === 'string' ? [asked.group] : asked.group;
  const spec = { ...survivalSpec('km', table, asked), strata: strataOf(table, columns) };
  const { times, rule } = await sharedTimes('km', context, asked, spec, 'all');
  if (times.length === 0) throw refuse('km', 'no row has time, event and group');
  const { value } = await federation.sum(survivalCellsQuery, { spec: new Frozen(spec), times, rule }, scope);
  const labels = columns.length === 0 ? ['all'] : strataLabels(table, columns);
  const isGrid = rule === 'up';
  const kept = [...value.keys()].filter((s) => size(value[s] as SurvivalCells) > 0);
  const groups = kept.map((s): Group => ({
    label: labels[s] as string,
    cells: value[s] as SurvivalCells,
    curve: kaplanMeier(times, value[s] as SurvivalCells),
  }));
  const sums = emptyLogRank(value.length);
  addLogRank(sums, value, 0);
  const [scale] = asked.conf_types as [IntervalScale];
  const quantiles = groups.map(({ curve }) => quantileWithLimits(curve, asked.quantile, scale, asked.level));
  const column = (of: (group: Group, k: number) => number | null) => groups.map(of);
  return {
    groups: groups.map(({ label }) => label),
    n: column(({ cells }) => size(cells)),
    events_per_group: column(({ cells }) => cells.events.reduce((sum, d) => sum + d, 0)),
    ...(isGrid && { beyond_grid: column(({ cells }) => cells.beyond) }),
    [asked.quantile === 0.5 ? 'median' : 'quantile']: {
      estimate: column((_, k) => quantiles[k]?.[0] ?? null),
      lower: column((_, k) => quantiles[k]?.[1] ?? null),
      upper: column((_, k) => quantiles[k]?.[2] ?? null),
      conf_type: scale,
    },
    ...(groups.length > 1 && { logrank: logRankResult(sums, kept) }),
    at_times: asked.conf_types.flatMap((type) =>
      groups.flatMap((group) => asked.at_times.map((time) => pointAt(group, time, type, asked.level, isGrid))),
    ),
    curves: groups.flatMap((group) => curveRows(group, scale, asked.level)),
  };
}

function size({ events, censored, before, beyond }: SurvivalCells): number {
  return before + beyond + events.reduce((sum, d) => sum + d, 0) + censored.reduce((sum, c) => sum + c, 0);
}

/** Times at which the curve and its limits reach a share: the lower limit of the time comes from the lower limit of survival. */
function quantileWithLimits(
  { times, survival, logError }: SurvivalCurve,
  share: number,
  scale: IntervalScale,
  level: number,
): (number | null)[] {
  const limits = [...survival].map((s, k) => survivalInterval(s, logError[k] as number, scale, level));
  const side = (which: 0 | 1) => Float64Array.from(limits, (limit) => (Number.isNaN(limit[which]) ? Infinity : limit[which]));
  return [curveQuantile(times, survival, share), curveQuantile(times, side(0), share), curveQuantile(times, side(1), share)];
}

function pointAt({ label, curve }: Group, time: number, type: IntervalScale, level: number, isGrid: boolean): Json {
  const { times, survival, logError, atRisk } = curve;
  const point = { conf_type: type, group: label, time };
  // At risk just before the time: the first time that is not earlier.
  const next = times.findIndex((t) => t >= time);
  if (isGrid && times[next] !== time)
    return { ...point, n_risk: null, survival: null, se: null, lower: null, upper: null, reason: 'not a point of the grid' };
  let at = -1;
  while (at + 1 < times.length && (times[at + 1] as number) <= time) at++;
  const s = at < 0 ? 1 : (survival[at] as number);
  const error = at < 0 ? 0 : (logError[at] as number);
  const [lower, upper] = survivalInterval(s, error, type, level);
  return {
    ...point,
    n_risk: next < 0 ? 0 : (atRisk[next] as number),
    survival: s,
    se: orNull(s * error),
    lower: orNull(lower),
    upper: orNull(upper),
  };
}

/** The curve at every time with an event or a censored row. */
function curveRows({ label, curve }: Group, scale: IntervalScale, level: number): Json[] {
  const { times, survival, logError, atRisk, events, censored } = curve;
  return [...times.keys()]
    .filter((k) => (events[k] as number) + (censored[k] as number) > 0)
    .map((k) => {
      const [lower, upper] = survivalInterval(survival[k] as number, logError[k] as number, scale, level);
      return {
        group: label,
        time: times[k] as number,
        n_risk: atRisk[k] as number,
        n_event: events[k] as number,
        n_censor: censored[k] as number,
        survival: survival[k] as number,
        greenwood_se_of_log: orNull(logError[k]),
        lower: orNull(lower),
        upper: orNull(upper),
      };
    });
}
