import { frozenSchema, vectorSchema, wideWords } from '@cohortium/federation';
import type { CohortRows, SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { assertFamily, familyOperation, siteNumber } from '../arms.js';
import type { Family } from '../arms.js';
import { needColumn } from '../units/units.js';
import { ratingTable, ratingsSchema } from './raters.js';
import type { Ratings } from './raters.js';

/** Parameters of both rounds: sites held out, one per arm, and the measurements. */
export interface RatingParams {
  readonly heldOut: readonly (string | null)[];
  readonly ratings: Frozen<Ratings>;
}

/** First round, by column: sums of the complete participants. */
export interface RaterSums {
  /** Participants measured by every rater, this column observed each time. */
  readonly participants: Float64Array;
  /** Sum of measurements, columns x raters. */
  readonly sums: Float64Array;
  /** Sum of absolute measurements, by column: the scale of the next round. */
  readonly absolute: Float64Array;
  /** Participants without a row of every rater, and rows that repeat one. */
  readonly incomplete: number;
  readonly duplicates: number;
}

/** Parameters of the second round. */
export interface SquareParams extends RatingParams {
  /** By arm: mean of each column by each rater (columns x raters). */
  readonly centers: readonly Float64Array[];
  /** By arm: powers of two that deviations are divided by, by column. */
  readonly scales: readonly Float64Array[];
}

/** Second round, by column: sums of squares in units of the scale squared. */
export interface RatingSquares {
  /** Sum over participants of the squared deviation of their mean from the grand mean. */
  readonly between: Float64Array;
  /** Sum over participants and raters of the squared rest, after participant and rater. */
  readonly rest: Float64Array;
  /** What is left of the rater sums around their centers (columns x raters). */
  readonly first: Float64Array;
}

/** The sums of an intraclass correlation: `rater-sums@1` and `rater-squares@1`. */
export interface RatingQueries {
  readonly sums: SumQuery<RatingParams, RaterSums[]>;
  readonly squares: SumQuery<SquareParams, RatingSquares[]>;
}

const base = {
  heldOut: z.array(z.string().nullable()).min(1).max(1024),
  ratings: frozenSchema(ratingsSchema),
};

/** Both queries of one family, in 256-bit words: raw units vary widely. */
export function ratingQueries(family: Family): RatingQueries {
  return { sums: sumsQuery(family), squares: squaresQuery(family) };
}

function sumsQuery(family: Family): RatingQueries['sums'] {
  const operation = familyOperation(family, 'statistics', 'rater-sums');
  const armLength = ({ ratings: { value } }: RatingParams) => value.columns.length * (2 + value.codes.length) + 2;
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: wideWords,
    params: z.strictObject(base) as unknown as ZodType<RatingParams>,
    length: (params) => params.heldOut.length * armLength(params),
    local: (rows, params) => {
      assertFamily(family, params.heldOut, operation);
      const { columns, codes } = params.ratings.value;
      const size = armLength(params);
      const out = new Float64Array(params.heldOut.length * size);
      const absolute = columns.length * (1 + codes.length);
      params.heldOut.forEach((site, a) => {
        const part = out.subarray(a * size, (a + 1) * size);
        eachComplete(rows, params.ratings.value, site, (j, values) => {
          part[j] = (part[j] as number) + 1;
          for (let k = 0; k < values.length; k++) {
            const at = columns.length + j * codes.length + k;
            part[at] = (part[at] as number) + (values[k] as number);
            part[absolute + j] = (part[absolute + j] as number) + Math.abs(values[k] as number);
          }
        });
        addLeftOut(part, rows, params.ratings.value, site);
      });
      return out;
    },
    read: (total, params) => {
      const { columns, codes } = params.ratings.value;
      const size = armLength(params);
      return params.heldOut.map((_, a) => {
        const part = total.slice(a * size, (a + 1) * size);
        const p = columns.length;
        return {
          participants: part.subarray(0, p),
          sums: part.subarray(p, p * (1 + codes.length)),
          absolute: part.subarray(p * (1 + codes.length), size - 2),
          incomplete: part[size - 2] as number,
          duplicates: part[size - 1] as number,
        };
      });
    },
  };
}

/** The last two elements: participants without every rater, and repeated rows. */
function addLeftOut(part: Float64Array, rows: CohortRows, ratings: Ratings, heldOut: string | null): void {
  const { incomplete, duplicates } = ratingTable(rows, ratings);
  const excluded = siteNumber(rows, heldOut);
  for (let site = 0; site < rows.sites.length; site++) {
    if (site === excluded) continue;
    part[part.length - 2] = (part[part.length - 2] as number) + (incomplete[site] as number);
    part[part.length - 1] = (part[part.length - 1] as number) + (duplicates[site] as number);
  }
}

function squaresQuery(family: Family): RatingQueries['squares'] {
  const operation = familyOperation(family, 'statistics', 'rater-squares');
  const armLength = ({ ratings: { value } }: SquareParams) => value.columns.length * (2 + value.codes.length);
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: wideWords,
    params: z
      .strictObject({ ...base, centers: z.array(vectorSchema), scales: z.array(vectorSchema) })
      .refine(({ heldOut, ratings, centers, scales }) => {
        const { columns, codes } = ratings.value as Ratings;
        const size = columns.length * codes.length;
        return heldOut.every((_, a) => centers[a]?.length === size && scales[a]?.length === columns.length);
      }, 'centers and scales of every column of every arm') as unknown as ZodType<SquareParams>,
    length: (params) => params.heldOut.length * armLength(params),
    local: (rows, params) => {
      assertFamily(family, params.heldOut, operation);
      const { columns } = params.ratings.value;
      const size = armLength(params);
      const out = new Float64Array(params.heldOut.length * size);
      params.heldOut.forEach((site, a) => {
        const part = out.subarray(a * size, (a + 1) * size);
        const place = { centers: params.centers[a] as Float64Array, scales: params.scales[a] as Float64Array };
        eachComplete(rows, params.ratings.value, site, (j, values) => addSquares(part, columns.length, j, values, place));
      });
      return out;
    },
    read: (total, params) => {
      const p = params.ratings.value.columns.length;
      const size = armLength(params);
      return params.heldOut.map((_, a) => {
        const part = total.slice(a * size, (a + 1) * size);
        return { between: part.subarray(0, p), rest: part.subarray(p, 2 * p), first: part.subarray(2 * p) };
      });
    },
  };
}

function addSquares(
  out: Float64Array,
  p: number,
  j: number,
  values: Float64Array,
  { centers, scales }: { centers: Float64Array; scales: Float64Array },
): void {
  const m = values.length;
  const scale = scales[j] as number;
  let mean = 0;
  for (let k = 0; k < m; k++) {
    const d = ((values[k] as number) - (centers[j * m + k] as number)) / scale;
    values[k] = d;
    mean += d / m;
    out[2 * p + j * m + k] = (out[2 * p + j * m + k] as number) + d;
  }
  let rest = 0;
  for (let k = 0; k < m; k++) {
    const d = (values[k] as number) - mean;
    rest += d * d;
  }
  out[j] = (out[j] as number) + mean * mean;
  out[p + j] = (out[p + j] as number) + rest;
}

/** Visits the measurements of each participant who has all of them, by column; `values` is overwritten after each visit. */
function eachComplete(
  rows: CohortRows,
  ratings: Ratings,
  heldOut: string | null,
  visit: (column: number, values: Float64Array) => void,
): void {
  const { rowOf, participantCount, siteIndex } = ratingTable(rows, ratings);
  const excluded = siteNumber(rows, heldOut);
  const m = ratings.codes.length;
  const values = new Float64Array(m);
  ratings.columns.forEach((name, j) => {
    const column = needColumn(rows, name);
    for (let s = 0; s < participantCount; s++) {
      if (siteIndex[s] === excluded) continue;
      let complete = true;
      for (let k = 0; k < m && complete; k++) {
        values[k] = column[rowOf[s * m + k] as number] as number;
        complete = values[k] === values[k];
      }
      if (complete) visit(j, values);
    }
  });
}
