import type { CohortRows } from '@cohortium/federation';
import { z } from 'zod';
import { needColumn } from '../units/units.js';

/** Repeated measurements: which columns, and which column says who or what measured (rater, reader, time point, scanner). */
export const ratingsSchema = z.strictObject({
  columns: z.array(z.string()).min(1).max(20_000),
  rater: z.string(),
  /** Categories of the raters, in the order of results. */
  codes: z.array(z.int().min(0)).min(2).max(1024),
});
/** See {@link ratingsSchema}. */
export type Ratings = z.output<typeof ratingsSchema>;

/** Measurements of the participants of some rows. Only participants with a row of every rater are in it. */
export interface RatingTable {
  /** Row of each participant (outer) by each rater (inner). */
  readonly rowOf: Int32Array;
  readonly participantCount: number;
  /** Site index of each participant. */
  readonly siteIndex: Int32Array;
  /** By site index: rows that repeat a rater for the same participant (only the first of them is used). */
  readonly duplicates: Float64Array;
  /** By site index: participants without a row of every rater. */
  readonly incomplete: Float64Array;
}

/** Who was measured by whom. Participants stay within a site: the same name at two sites is two participants. @throws `STATISTICS.NO_COLUMN` */
export function ratingTable(rows: CohortRows, { rater, codes }: Pick<Ratings, 'rater' | 'codes'>): RatingTable {
  return rows.memo(`ratings ${rater} ${codes.join(' ')}`, () => {
    const raters = needColumn(rows, rater);
    const place = new Map(codes.map((code, k) => [code, k]));
    const found = new Map<number, Int32Array>();
    const duplicates = new Float64Array(rows.sites.length);
    const incomplete = new Float64Array(rows.sites.length);
    const addOne = (counts: Float64Array, row: number) => {
      const site = rows.siteIndex[row] as number;
      counts[site] = (counts[site] as number) + 1;
    };
    for (let i = 0; i < rows.rowCount; i++) {
      const k = place.get(raters[i] as number);
      if (k === undefined) continue;
      const participant = rows.participantIndex[i] as number;
      // A participant's number is one of its rows, so it tells the site as well.
      const own = found.get(participant) ?? new Int32Array(codes.length).fill(-1);
      found.set(participant, own);
      if ((own[k] as number) >= 0) addOne(duplicates, i);
      else own[k] = i;
    }
    const complete: Int32Array[] = [];
    for (const [participant, own] of found) {
      if (own.every((row) => row >= 0)) complete.push(own);
      else addOne(incomplete, participant);
    }
    const rowOf = new Int32Array(complete.length * codes.length);
    complete.forEach((own, s) => rowOf.set(own, s * codes.length));
    const siteIndex = Int32Array.from(complete, (own) => rows.siteIndex[own[0] as number] as number);
    return { rowOf, participantCount: complete.length, siteIndex, duplicates, incomplete };
  });
}
