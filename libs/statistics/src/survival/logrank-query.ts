import { frozenSchema, statisticWords } from '@cohortium/federation';
import type { CohortRows, SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { SurvivalCells } from './cells-query.js';
import { addLogRank, emptyLogRank } from './logrank.js';
import type { LogRankSums } from './logrank.js';
import { riskCount, strataCount, survivalRows, survivalSpecSchema } from './survival-rows.js';
import type { SurvivalRows, SurvivalSpec } from './survival-rows.js';

/** Parameters of {@link siteLogRankQuery}: the last category of the spec is the group, the others are strata beside the site. */
export interface SiteLogRankParams {
  readonly spec: Frozen<SurvivalSpec>;
  readonly rho: number;
}

/** `logrank-sums@1`: observed, expected and covariance within each site; risk sets stay there. */
export const siteLogRankQuery: SumQuery<SiteLogRankParams, LogRankSums> = {
  kind: 'sum',
  operation: 'statistics.logrank-sums',
  version: 1,
  words: statisticWords,
  params: z.strictObject({ spec: frozenSchema(survivalSpecSchema), rho: z.number().min(-5).max(5) }) as ZodType<SiteLogRankParams>,
  length: ({ spec }) => 2 * groupCount(spec.value) + groupCount(spec.value) ** 2,
  local: (rows, params) => {
    const g = groupCount(params.spec.value);
    const sums = localLogRank(rows, params);
    const out = new Float64Array(2 * g + g * g);
    out.set(sums.observed);
    out.set(sums.expected, g);
    out.set(sums.covariance, 2 * g);
    return out;
  },
  read: (total, { spec }) => {
    const g = groupCount(spec.value);
    return { observed: total.slice(0, g), expected: total.slice(g, 2 * g), covariance: total.slice(2 * g) };
  },
};

function groupCount({ strata }: SurvivalSpec): number {
  return strata[strata.length - 1]?.codes.length ?? 1;
}

function localLogRank(rows: CohortRows, { spec, rho }: SiteLogRankParams): LogRankSums {
  const data = survivalRows(rows, spec.value);
  const g = groupCount(spec.value);
  const sums = emptyLogRank(g);
  const strata = strataCount(spec.value) / g;
  for (let site = 0; site < rows.sites.length; site++) {
    for (let s = 0; s < strata; s++) {
      const own = [...data.time.keys()].filter((i) => data.site[i] === site && Math.floor((data.stratum[i] as number) / g) === s);
      const times = eventTimes(data, own);
      addLogRank(
        sums,
        Array.from({ length: g }, (_, group) =>
          cellsOf(
            data,
            own.filter((i) => (data.stratum[i] as number) % g === group),
            times,
          ),
        ),
        rho,
      );
    }
  }
  return sums;
}

/** Distinct event times of some rows, ascending. */
export function eventTimes({ time, event }: Pick<SurvivalRows, 'time' | 'event'>, at: readonly number[]): Float64Array {
  return Float64Array.from(new Set(at.filter((i) => event[i] === 1).map((i) => time[i] as number))).sort();
}

function cellsOf({ time, event }: SurvivalRows, at: readonly number[], times: Float64Array): SurvivalCells {
  const cells = { events: new Float64Array(times.length), censored: new Float64Array(times.length), before: 0, beyond: 0 };
  for (const i of at) {
    const k = riskCount(times, time[i] as number, 'exact') - 1;
    if (k < 0) cells.before++;
    else if (event[i] === 1) cells.events[k] = (cells.events[k] as number) + 1;
    else cells.censored[k] = (cells.censored[k] as number) + 1;
  }
  return cells;
}
