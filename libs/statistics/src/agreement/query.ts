import { frozenSchema, vectorSchema, wideWords } from '@cohortium/federation';
import type { CohortRows, SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { ratingTable, ratingsSchema } from '../icc/raters.js';
import type { Ratings } from '../icc/raters.js';
import { needColumn } from '../units/units.js';

/** Parameters of {@link pairSumsQuery}. */
export interface PairParams {
  /** Two raters. */
  readonly ratings: Frozen<Ratings>;
  /** Subtracted from the measurements of each rater, then divided by: columns x 2, and powers of two by column. */
  readonly centers: Float64Array;
  readonly scales: Float64Array;
}

/** Sums over participants whom both raters measured, by column, in units of the scale; x is the first rater, y the second. */
export interface PairSums {
  readonly n: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Sum of |x| + |y|: a first look at the scale. */
  readonly absolute: Float64Array;
  readonly xx: Float64Array;
  readonly yy: Float64Array;
  readonly xy: Float64Array;
  /** Differences x - y before centering (over the scale), around the difference of the centers, and their squares. */
  readonly d: Float64Array;
  readonly dd: Float64Array;
  /** Differences of zero. */
  readonly zeros: Float64Array;
}

const parts = ['n', 'x', 'y', 'absolute', 'xx', 'yy', 'xy', 'd', 'dd', 'zeros'] as const;

/** `pair-sums@1`: moments of two raters and of their differences, in 256-bit words. */
export const pairSumsQuery: SumQuery<PairParams, PairSums> = {
  kind: 'sum',
  operation: 'statistics.pair-sums',
  version: 1,
  words: wideWords,
  params: z
    .strictObject({ ratings: frozenSchema(ratingsSchema), centers: vectorSchema, scales: vectorSchema })
    .refine(({ ratings, centers, scales }) => {
      const { columns, codes } = ratings.value as Ratings;
      return codes.length === 2 && centers.length === 2 * columns.length && scales.length === columns.length;
    }, 'two raters, with a center each and a scale for every column') as unknown as ZodType<PairParams>,
  length: ({ ratings }) => parts.length * ratings.value.columns.length,
  local: (rows, params) => localPairs(rows, params),
  read: (total, { ratings }) => {
    const p = ratings.value.columns.length;
    const take = (part: number) => total.slice(part * p, (part + 1) * p);
    return Object.fromEntries(parts.map((name, k) => [name, take(k)])) as unknown as PairSums;
  },
};

function localPairs(rows: CohortRows, { ratings: { value }, centers, scales }: PairParams): Float64Array {
  const { rowOf, participantCount } = ratingTable(rows, value);
  const p = value.columns.length;
  const out = new Float64Array(parts.length * p);
  value.columns.forEach((name, j) => {
    const column = needColumn(rows, name);
    const [cx, cy, scale] = [centers[2 * j] as number, centers[2 * j + 1] as number, scales[j] as number];
    const add = (part: number, amount: number) => (out[part * p + j] = (out[part * p + j] as number) + amount);
    for (let s = 0; s < participantCount; s++) {
      const first = column[rowOf[2 * s] as number] as number;
      const second = column[rowOf[2 * s + 1] as number] as number;
      if (first !== first || second !== second) continue;
      const x = (first - cx) / scale;
      const y = (second - cy) / scale;
      const d = (first - second - (cx - cy)) / scale;
      [1, x, y, Math.abs(x) + Math.abs(y), x * x, y * y, x * y, d, d * d, Number(first === second)].forEach((amount, k) => add(k, amount));
    }
  });
  return out;
}
