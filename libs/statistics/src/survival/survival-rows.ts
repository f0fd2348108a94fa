import type { CohortRows } from '@cohortium/federation';
import { z } from 'zod';
import { statisticsErrors } from '../errors.js';
import { columnAt, completeRows } from '../model-matrix/model-matrix.js';

/** Which columns hold time and event, and how rows fall into strata. */
export const survivalSpecSchema = z.strictObject({
  /** Time under observation, in the units of the table. */
  time: z.string(),
  /** Category or number that is the event; null: 1 is the event, 0 is censoring. */
  event: z.strictObject({ column: z.string(), code: z.int().min(0).nullable() }),
  /** Categories whose combinations are strata (or groups), with their codes. */
  strata: z.array(z.strictObject({ column: z.string(), codes: z.array(z.int().min(0)).min(1).max(10_000) })).max(16),
  /** Further columns that must be observed. */
  needs: z.array(z.string()).max(20_000),
});
/** See {@link survivalSpecSchema}. */
export type SurvivalSpec = z.output<typeof survivalSpecSchema>;

/** Rows that have time, event, strata and all needed columns. */
export interface SurvivalRows {
  /** Their positions among the rows, ascending. */
  readonly rowIndex: Int32Array;
  readonly time: Float64Array;
  /** 1 event, 0 censored. */
  readonly event: Uint8Array;
  /** Stratum from 0; the last category runs fastest. */
  readonly stratum: Int32Array;
  /** Index of each row's site. */
  readonly site: Int32Array;
}

/** Number of strata of a spec. */
export function strataCount({ strata }: Pick<SurvivalSpec, 'strata'>): number {
  return strata.reduce((n, { codes }) => n * codes.length, 1);
}

/**
 * The complete rows of a spec. A row of a category that is not declared is left out.
 * @throws `STATISTICS.NO_COLUMN`, `STATISTICS.CANNOT_FIT` for an event that is neither 0 nor 1 where no code is given
 */
export function survivalRows(rows: CohortRows, spec: SurvivalSpec): SurvivalRows {
  const columns = [spec.time, spec.event.column, ...spec.strata.map(({ column }) => column), ...spec.needs];
  const complete = completeRows(rows, [...new Set(columns)]);
  const places = spec.strata.map(({ column, codes }) => columnAt(rows, column, complete).map((code) => codes.indexOf(code)));
  const stratum = Int32Array.from(complete, (_, i) =>
    places.reduce(
      (at, place, k) => (at < 0 || (place[i] as number) < 0 ? -1 : at * (spec.strata[k]?.codes.length ?? 1) + (place[i] as number)),
      0,
    ),
  );
  const kept = [...complete.keys()].filter((i) => (stratum[i] as number) >= 0);
  const rowIndex = Int32Array.from(kept, (i) => complete[i] as number);
  const events = columnAt(rows, spec.event.column, rowIndex);
  const { code, column: model } = spec.event;
  if (code === null && events.some((value) => value !== 0 && value !== 1))
    throw statisticsErrors.error('STATISTICS.CANNOT_FIT', { model, reason: 'badOutcome' });
  return {
    rowIndex,
    time: columnAt(rows, spec.time, rowIndex),
    event: Uint8Array.from(events, (value) => Number(value === (code ?? 1))),
    stratum: Int32Array.from(kept, (i) => stratum[i] as number),
    site: Int32Array.from(rowIndex, (row) => rows.siteIndex[row] as number),
  };
}

/**
 * Times at which risk sets are formed. `exact`: the event times themselves; a row is at risk at those up to its own time. `up`: a declared
 * grid; every time counts as the next grid point, and what lies beyond the last one is never seen to happen.
 */
export type TimeRule = 'exact' | 'up';

/**
 * Number of ascending times at which a row is at risk; an event happens at the last of them.
 * @returns 0 to times.length under `exact`; under `up` times.length + 1 stands for beyond the last grid point
 */
export function riskCount(times: ArrayLike<number>, time: number, rule: TimeRule): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const isBelow = rule === 'exact' ? (times[middle] as number) <= time : (times[middle] as number) < time;
    if (isBelow) low = middle + 1;
    else high = middle;
  }
  return rule === 'exact' ? low : low + 1;
}
