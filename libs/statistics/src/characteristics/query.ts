import { columnOf, wideWords } from '@cohortium/federation';
import type { CohortRows, Figure, SumQuery, SummaryQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { statisticsErrors } from '../errors.js';

/** One characteristic of participants: a column of numbers, or of codes 0 ... levels - 1. */
const characteristicSchema = z.strictObject({ column: z.string(), levels: z.int().min(0).max(64) });
/** See {@link characteristicSchema}; `levels` 0 for numbers. */
export type CharacteristicColumn = z.output<typeof characteristicSchema>;

const figure = z.union([
  z.strictObject({ state: z.literal('ok'), value: z.number() }),
  z.strictObject({ state: z.enum(['withheld', 'error']), reason: z.string() }),
  z.strictObject({ state: z.enum(['none-yet', 'not-done']), reason: z.string().optional() }),
]);

/** What a site or all sites together say of one characteristic: mean and SD of numbers, or the share of each level. */
export const characteristicValueSchema = z.union([
  z.strictObject({ observed: figure, mean: figure, sd: figure }),
  z.strictObject({ observed: figure, shares: z.array(figure) }),
]);
/** See {@link characteristicValueSchema}. */
export type CharacteristicValue = z.output<typeof characteristicValueSchema>;

const params = z.strictObject({ characteristics: z.array(characteristicSchema).min(1).max(200) });
/** Parameters of {@link characteristicsQuery}. */
export type CharacteristicsParams = z.output<typeof params>;

/** Site summary `statistics.characteristics@1`: one site's line of the table of participants, every figure with its cells. */
export const characteristicsQuery: SummaryQuery<CharacteristicsParams, CharacteristicValue[]> = {
  kind: 'siteSummary',
  operation: 'statistics.characteristics',
  version: 1,
  params,
  value: z.array(characteristicValueSchema) as ZodType<CharacteristicValue[]>,
  local: (rows, { characteristics }) => characteristics.map((characteristic) => describeSite(rows, characteristic)),
};

function describeSite(rows: CohortRows, { column, levels }: CharacteristicColumn): CharacteristicValue {
  const values = observedValues(rows, column);
  const n = values.length;
  const shown = (value: number, cells: readonly number[]): Figure => ({ state: 'ok', value, cells });
  const observed = shown(n, [n]);
  if (levels > 0) {
    const counts = countLevels(values, levels);
    const shares = Array.from(counts, (count) => (n === 0 ? none : shown(count / n, [count, n - count])));
    return { observed, shares } as CharacteristicValue;
  }
  if (n < 2) return { observed, mean: none, sd: none } as CharacteristicValue;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (n - 1);
  return { observed, mean: shown(mean, [n]), sd: shown(Math.sqrt(variance), [n]) } as CharacteristicValue;
}

const none: Figure = { state: 'withheld', reason: 'noParticipants' };

const sumParams = z
  .strictObject({ characteristics: z.array(characteristicSchema).min(1).max(200), centers: z.array(z.number()) })
  .refine(({ characteristics, centers }) => characteristics.length === centers.length, 'one center per characteristic');
/** Parameters of {@link characteristicSumsQuery}: about where each column of numbers lies. */
export type CharacteristicSumsParams = z.output<typeof sumParams>;

/** Totals of one characteristic. */
export interface CharacteristicTotal {
  readonly observed: number;
  /** Sum of deviations from the center and of their squares; 0 for categories. */
  readonly first: number;
  readonly second: number;
  /** Participants of each level; empty for numbers. */
  readonly counts: readonly number[];
}

/** Sum `statistics.characteristic-sums@1`: the same over all sites of a scope; asked twice, the second time centered on the means. */
export const characteristicSumsQuery: SumQuery<CharacteristicSumsParams, CharacteristicTotal[]> = {
  kind: 'sum',
  operation: 'statistics.characteristic-sums',
  version: 1,
  words: wideWords,
  perParticipant: true,
  params: sumParams,
  length: ({ characteristics }) => characteristics.reduce((n, { levels }) => n + (levels > 0 ? 1 + levels : 3), 0),
  local: (rows, { characteristics, centers }) =>
    Float64Array.from(
      characteristics.flatMap(({ column, levels }, k) => {
        const values = observedValues(rows, column);
        if (levels > 0) return [values.length, ...countLevels(values, levels)];
        const center = centers[k] as number;
        const first = values.reduce((sum, x) => sum + (x - center), 0);
        return [values.length, first, values.reduce((sum, x) => sum + (x - center) * (x - center), 0)];
      }),
    ),
  read: (total, { characteristics }) => {
    let at = 0;
    return characteristics.map(({ levels }): CharacteristicTotal => {
      const observed = total[at++] as number;
      if (levels > 0) {
        const counts = [...total.subarray(at, at + levels)];
        at += levels;
        return { observed, first: 0, second: 0, counts };
      }
      at += 2;
      return { observed, first: total[at - 2] as number, second: total[at - 1] as number, counts: [] };
    });
  },
};

function observedValues(rows: CohortRows, column: string): Float64Array {
  const values = columnOf(rows, column);
  if (!values) throw statisticsErrors.error('STATISTICS.NO_COLUMN', { column });
  return values.filter((value) => !Number.isNaN(value));
}

function countLevels(values: Float64Array, levels: number): Float64Array {
  const counts = new Float64Array(levels);
  for (const code of values) if (code < levels) counts[code] = (counts[code] as number) + 1;
  return counts;
}
