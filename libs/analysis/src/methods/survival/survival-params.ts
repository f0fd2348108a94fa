import type { SurvivalSpec, TimeRule } from '@cohortium/statistics';
import { distinctTimes } from '@cohortium/statistics';
import { z } from 'zod';
import type { MethodContext, TableShape } from '../method.js';
import { levelAt } from '../names.js';
import { needColumn, needNumber } from '../params.js';
import { isSite, refuse } from '../regression/model-design.js';

/** Keys that name time and event. */
export const survivalKeys = {
  time: z.string().optional().describe('Column of times under observation, from a common origin'),
  event: z.string().optional().describe('Column of events: 1 event, 0 censored, or a category'),
  event_value: z
    .union([z.string(), z.number()])
    .optional()
    .describe(
      'Cell of the event column that is the event, all others are censored; without it 1 is the event and 0 is not, of two categories the second',
    ),
};

/** Keys that say at which times sites are put together. */
export const timeKeys = {
  grid: z
    .union([z.array(z.number()).min(1).max(100_000), z.strictObject({ from: z.number(), to: z.number(), step: z.number().positive() })])
    .optional()
    .describe(
      'Declared times, ascending, or from, to and step; every time counts as the next of them, and what lies beyond the last is never seen to happen',
    ),
  exact_times: z
    .boolean()
    .default(false)
    .describe(
      'Uses the observed times themselves, so that results equal those of the pooled table. Discloses every distinct time over all sites, without site or participant, and sums between neighboring times that may concern one participant',
    ),
};

/** How times are chosen. */
export interface TimeKeys {
  readonly grid?: readonly number[] | { readonly from: number; readonly to: number; readonly step: number } | undefined;
  readonly exact_times: boolean;
}

/** Most points of a declared grid. */
const maxGrid = 100_000;

/** The declared times; undefined where none are. @throws `METHOD.REFUSED` */
export function declaredTimes(method: string, { grid, exact_times }: TimeKeys): Float64Array | undefined {
  if (grid === undefined) return undefined;
  if (exact_times) throw refuse(method, 'give a grid or exact_times, but not both');
  if ('from' in grid) {
    const count = Math.floor((grid.to - grid.from) / grid.step + 1e-9) + 1;
    if (!(count >= 1 && count <= maxGrid)) throw refuse(method, `the grid has ${count} points; 1 to ${maxGrid} are possible`);
    return Float64Array.from({ length: count }, (_, k) => grid.from + k * grid.step);
  }
  const times = Float64Array.from(grid);
  if (times.some((time, k) => k > 0 && !(time > (times[k - 1] as number)))) throw refuse(method, 'times of the grid must ascend');
  return times;
}

/** Shared times with the rule by which rows fall to them. @throws `METHOD.REFUSED` where neither a grid nor exact times are allowed */
export async function sharedTimes(
  method: string,
  { federation, scope }: MethodContext,
  keys: TimeKeys,
  spec: SurvivalSpec,
  which: 'events' | 'all',
): Promise<{ readonly times: Float64Array; readonly rule: TimeRule }> {
  const declared = declaredTimes(method, keys);
  if (declared) return { times: declared, rule: 'up' };
  if (!keys.exact_times) throw refuse(method, 'sites are put together on declared times: give a grid, or allow exact_times');
  return { times: await distinctTimes(federation, scope, spec, which), rule: 'exact' };
}

/** How the event column is read. @throws `METHOD.REFUSED`, `METHOD.NO_COLUMN` */
export function eventOf(method: string, table: TableShape, name: string, value: string | number | undefined): SurvivalSpec['event'] {
  const { kind, levels } = needColumn(table, name);
  if (kind === 'number') {
    if (value === undefined) return { column: name, code: null };
    const code = Number(value);
    if (!Number.isInteger(code) || code < 0) throw refuse(method, 'event_value must be a whole number from 0 for a column of numbers');
    return { column: name, code };
  }
  if (value === undefined && levels.length !== 2) throw refuse(method, `name the level of "${name}" that is the event in event_value`);
  const code = value === undefined ? 1 : levelAt(levels, value);
  if (code < 0) throw refuse(method, `the column "${name}" has no level "${value}"`);
  return { column: name, code };
}

/** Strata as the parameters name them: the site, and categories. */
export interface NamedStrata {
  readonly bySite: boolean;
  readonly columns: readonly string[];
}

/** Tells the site from categories. */
export function nameStrata(strata: string | readonly string[], table: TableShape): NamedStrata {
  const names = typeof strata === 'string' ? (strata === 'none' || strata === '' ? [] : [strata]) : strata;
  const columns = [...new Set(names.filter((name) => !isSite(name, table)))];
  return { bySite: names.some((name) => isSite(name, table)), columns };
}

/** Categories as strata of a spec. @throws `METHOD.NO_COLUMN` */
export function strataOf(table: TableShape, columns: readonly string[]): SurvivalSpec['strata'] {
  return columns.map((column) => ({ column, codes: [...needColumn(table, column).levels.keys()] }));
}

/** Labels of the combinations of strata, the last category running fastest. */
export function strataLabels(table: TableShape, columns: readonly string[]): string[] {
  const [only] = columns;
  if (columns.length === 1 && only !== undefined) return [...needColumn(table, only).levels];
  return columns.reduce<string[]>(
    (labels, column) =>
      labels.flatMap((label) => needColumn(table, column).levels.map((level) => `${label === '' ? '' : `${label}, `}${column}=${level}`)),
    [''],
  );
}

/** A spec without strata. @throws `METHOD.NO_COLUMN`, `METHOD.NOT_NUMERIC` */
export function survivalSpec(
  method: string,
  table: TableShape,
  keys: { readonly time?: string | undefined; readonly event?: string | undefined; readonly event_value?: string | number | undefined },
): SurvivalSpec {
  const { time, event } = keys;
  if (time === undefined || event === undefined) throw refuse(method, 'name the columns of time and event');
  needNumber(table, time);
  return { time, event: eventOf(method, table, event, keys.event_value), strata: [], needs: [] };
}
