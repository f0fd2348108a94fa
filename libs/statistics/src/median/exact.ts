import { countWords, vectorSchema } from '@cohortium/federation';
import type { CohortRows, SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import { assertFamily, familyOperation, siteNumber } from '../arms.js';
import type { Family } from '../arms.js';

/** Thresholds tried at once for each order statistic; the bracket shrinks to a sixteenth each round. */
const thresholdsPerRound = 15;
/** Rounds after which a bracket of 2 SD is 2^-43 SD wide. */
const bisectionRounds = 11;

const params = z.strictObject({
  heldOut: z.array(z.string().nullable()).min(1).max(64),
  thresholds: z.array(vectorSchema).describe('One vector per arm: features x orders x thresholds, ascending within each'),
  perFeature: z.int().min(1).max(64),
});
/** Parameters of {@link rankCountsQuery}. */
export type RankCountsParams = z.output<typeof params>;

/**
 * How many observed raw values are at or below each threshold (`rank-counts@1`). With chosen thresholds it walks to an exact order
 * statistic, which is the value of one participant: only a clause of its own allows it.
 */
export function rankCountsQuery(family: Family): SumQuery<RankCountsParams, Float64Array[]> {
  const operation = familyOperation(family, 'statistics', 'rank-counts');
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: countWords,
    perParticipant: true,
    valueCounts: () => ({ kind: 'exact' }),
    params,
    length: ({ thresholds }) => thresholds.reduce((n, t) => n + t.length, 0),
    local: (rows, { heldOut, thresholds, perFeature }) => {
      assertFamily(family, heldOut, operation);
      const out = new Float64Array(thresholds.reduce((n, t) => n + t.length, 0));
      let base = 0;
      heldOut.forEach((site, a) => {
        const excluded = siteNumber(rows, site);
        const sorted = sortedColumns(rows, excluded);
        const asked = thresholds[a] as Float64Array;
        for (let k = 0; k < asked.length; k++)
          out[base + k] = countAtMost(sorted[Math.floor(k / perFeature)] as Float64Array, asked[k] as number);
        base += asked.length;
      });
      return out;
    },
    read: (total, { thresholds }) => {
      let base = 0;
      return thresholds.map((t) => {
        const part = total.slice(base, base + t.length);
        base += t.length;
        return part;
      });
    },
  };
}

function sortedColumns(rows: CohortRows, excluded: number): Float64Array[] {
  return rows.memo(`sorted columns without ${excluded}`, () => {
    const p = rows.featureNames.length;
    return Array.from({ length: p }, (_, j) => {
      const column: number[] = [];
      for (let i = 0; i < rows.rowCount; i++) {
        const x = rows.features[i * p + j] as number;
        if (rows.siteIndex[i] !== excluded && x === x) column.push(x);
      }
      return Float64Array.from(column).sort();
    });
  });
}

function countAtMost(sorted: Float64Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One arm of {@link exactMedians}: how many cells are observed, and where the medians must lie. */
export interface MedianBracket {
  readonly observed: Float64Array;
  readonly mean: Float64Array;
  readonly sd: Float64Array;
}

/** Asks for counts at or below thresholds, one vector per arm. */
export type AskCounts = (thresholds: Float64Array[], perFeature: number) => Promise<Float64Array[]>;

/**
 * Medians as the mean of the two middle order statistics, each found by multi-way bisection to 2^-43 of the SD, all features and
 * arms in one vector a round. A median lies within one SD of the mean (Hotelling & Solomons 1932, doi 10.1214/aoms/1177732911).
 */
export async function exactMedians(arms: readonly MedianBracket[], ask: AskCounts): Promise<Float64Array[]> {
  const perFeature = 2 * thresholdsPerRound;
  const brackets = arms.map(({ observed, mean, sd }) => {
    const low = new Float64Array(2 * observed.length);
    const high = new Float64Array(2 * observed.length);
    for (let k = 0; k < low.length; k++) {
      const j = k >> 1;
      const reach = (sd[j] as number) * (1 + 1e-9);
      low[k] = (mean[j] as number) - reach;
      high[k] = (mean[j] as number) + reach;
    }
    return { low, high };
  });
  for (let round = 0; round < bisectionRounds; round++) {
    const thresholds = brackets.map(({ low, high }) => {
      const out = new Float64Array(low.length * thresholdsPerRound);
      for (let k = 0; k < low.length; k++) {
        const step = ((high[k] as number) - (low[k] as number)) / (thresholdsPerRound + 1);
        for (let t = 0; t < thresholdsPerRound; t++) out[k * thresholdsPerRound + t] = (low[k] as number) + (t + 1) * step;
      }
      return out;
    });
    const counts = await ask(thresholds, perFeature);
    brackets.forEach((bracket, a) =>
      narrow(bracket, thresholds[a] as Float64Array, counts[a] as Float64Array, (arms[a] as MedianBracket).observed),
    );
  }
  return brackets.map(({ low, high }) =>
    Float64Array.from({ length: low.length / 2 }, (_, j) => middle(low, high, 2 * j) / 2 + middle(low, high, 2 * j + 1) / 2),
  );
}

function middle(low: Float64Array, high: Float64Array, k: number): number {
  return ((low[k] as number) + (high[k] as number)) / 2;
}

function narrow(
  bracket: { low: Float64Array; high: Float64Array },
  thresholds: Float64Array,
  counts: Float64Array,
  observed: Float64Array,
): void {
  for (let k = 0; k < bracket.low.length; k++) {
    const n = observed[k >> 1] as number;
    const rank = k % 2 === 0 ? Math.floor((n + 1) / 2) : Math.ceil((n + 1) / 2);
    const base = k * thresholdsPerRound;
    let first = 0;
    while (first < thresholdsPerRound && (counts[base + first] as number) < rank) first++;
    if (first < thresholdsPerRound) bracket.high[k] = thresholds[base + first] as number;
    if (first > 0) bracket.low[k] = thresholds[base + first - 1] as number;
  }
}
