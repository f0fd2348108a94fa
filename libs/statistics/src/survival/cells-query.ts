import { countWords, frozenSchema, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { riskCount, strataCount, survivalRows, survivalSpecSchema } from './survival-rows.js';
import type { SurvivalSpec, TimeRule } from './survival-rows.js';

/** Parameters of {@link survivalCellsQuery}. */
export interface SurvivalCellParams {
  readonly spec: Frozen<SurvivalSpec>;
  /** Ascending. */
  readonly times: Float64Array;
  readonly rule: TimeRule;
}

/** Rows of one stratum by the last time at which they are at risk. */
export interface SurvivalCells {
  /** Events at each time. */
  readonly events: Float64Array;
  /** Censored at each time or before the next one. */
  readonly censored: Float64Array;
  /** Censored before the first time. */
  readonly before: number;
  /** Beyond the last time of a grid, whatever happens to them. */
  readonly beyond: number;
}

/** `survival-cells@1`: events and censored rows of each stratum at given times. */
export const survivalCellsQuery: SumQuery<SurvivalCellParams, SurvivalCells[]> = {
  kind: 'sum',
  operation: 'statistics.survival-cells',
  version: 1,
  words: countWords,
  params: z.strictObject({
    spec: frozenSchema(survivalSpecSchema),
    times: vectorSchema,
    rule: z.enum(['exact', 'up']),
  }) as ZodType<SurvivalCellParams>,
  length: ({ spec, times }) => strataCount(spec.value) * stratumLength(times),
  local: (rows, { spec, times, rule }) => {
    const width = stratumLength(times);
    const m = times.length;
    const out = new Float64Array(strataCount(spec.value) * width);
    const { time, event, stratum } = survivalRows(rows, spec.value);
    for (let i = 0; i < time.length; i++) {
      const at = riskCount(times, time[i] as number, rule);
      const base = (stratum[i] as number) * width;
      const place = at > m ? 2 * m + 1 : at === 0 ? 2 * m : (event[i] === 1 ? 0 : m) + at - 1;
      out[base + place] = (out[base + place] as number) + 1;
    }
    return out;
  },
  read: (total, { spec, times: { length: m } }) =>
    Array.from({ length: strataCount(spec.value) }, (_, s) => {
      const part = total.subarray(s * (2 * m + 2), (s + 1) * (2 * m + 2));
      return { events: part.slice(0, m), censored: part.slice(m, 2 * m), before: part[2 * m] as number, beyond: part[2 * m + 1] as number };
    }),
};

function stratumLength(times: Float64Array): number {
  return 2 * times.length + 2;
}

/** Rows at risk at each time. */
export function atRisk({ events, censored, beyond }: SurvivalCells): Float64Array {
  const out = new Float64Array(events.length);
  let count = beyond;
  for (let k = events.length - 1; k >= 0; k--) out[k] = count += (events[k] as number) + (censored[k] as number);
  return out;
}
