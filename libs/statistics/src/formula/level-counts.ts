import { countWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import { columnAt, completeRows } from '../model-matrix/model-matrix.js';

const factor = z.union([
  z.strictObject({ column: z.string(), codes: z.array(z.int().min(0)).max(10_000) }),
  z.strictObject({ sites: z.array(z.string()).max(1024) }),
]);
const params = z.strictObject({ needs: z.array(z.string()).max(20_000), factors: z.array(factor).max(1024) });
/** Parameters of {@link levelCountsQuery}. */
export type LevelCountsParams = z.output<typeof params>;

function levelsOf(entry: z.output<typeof factor>): number {
  return 'codes' in entry ? entry.codes.length : entry.sites.length;
}

/**
 * `level-counts@1`: how many rows that have all needed columns are of each level of some categories, or of each site. A model leaves out
 * levels that no complete row has, as R does; the first level that is left is the reference.
 */
export const levelCountsQuery: SumQuery<LevelCountsParams, Float64Array[]> = {
  kind: 'sum',
  operation: 'statistics.level-counts',
  version: 1,
  words: countWords,
  params,
  length: ({ factors }) => factors.reduce((n, entry) => n + levelsOf(entry), 0),
  local: (rows, { needs, factors }) => {
    const complete = completeRows(rows, needs);
    const counts: number[] = [];
    for (const entry of factors) {
      const own = new Float64Array(levelsOf(entry));
      const values =
        'codes' in entry
          ? columnAt(rows, entry.column, complete).map((code) => entry.codes.indexOf(code))
          : Float64Array.from(complete, (row) => entry.sites.indexOf(rows.sites[rows.siteIndex[row] as number] as string));
      for (const level of values) if (level >= 0) own[level] = (own[level] as number) + 1;
      counts.push(...own);
    }
    return Float64Array.from(counts);
  },
  read: (total, { factors }) => {
    let at = 0;
    return factors.map((entry) => total.slice(at, (at += levelsOf(entry))));
  },
};
