import { frozenSchema, siteSlices, statisticWords } from '@cohortium/federation';
import type { CohortRows, Design, DesignOf, SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { medianOf } from '../batch-effect/values.js';
import type { BatchSums } from '../batch-effect/query.js';

/** Parameters of {@link siteDifferencesQuery}: what the two designs are made with. */
export interface SiteDifferencesParams<R> {
  readonly recipe: Frozen<R>;
}

/** Sums of one column at one stage. */
export interface ColumnDifferences {
  /** Of the values: differences of location between sites. */
  readonly location: BatchSums;
  /** Of their distances to the median of their site: differences of spread. */
  readonly spread: BatchSums;
}

/** What {@link siteDifferencesQuery} gives, by column. */
export interface SiteDifferences {
  readonly before: readonly ColumnDifferences[];
  readonly after: readonly ColumnDifferences[];
}

/** The same rows before and after harmonization. */
export interface Stages<R> {
  readonly before: DesignOf<R>;
  readonly after: DesignOf<R>;
  readonly columnsOf: (recipe: R) => number;
}

/** Of the values and of the distances: their sum, squared sum of the site over its size, squares within the site. */
const perColumn = 6;

/**
 * `site-differences@1`: how far sites differ before and after harmonization, in one sum. A site sends, per column and stage, sums and squares
 * of its values and of their distances to its own median; its means and medians stay at home.
 */
export function siteDifferencesQuery<R>(
  { before, after, columnsOf }: Stages<R>,
  recipe: ZodType<R>,
): SumQuery<SiteDifferencesParams<R>, SiteDifferences> {
  return {
    kind: 'sum',
    operation: 'harmonization.site-differences',
    version: 1,
    words: statisticWords,
    params: z.strictObject({ recipe: frozenSchema(recipe) }) as unknown as ZodType<SiteDifferencesParams<R>>,
    length: (params) => 2 + 2 * perColumn * columnsOf(params.recipe.value),
    local: (rows, params) => {
      const columns = columnsOf(params.recipe.value);
      const out = new Float64Array(2 + 2 * perColumn * columns);
      const size = perColumn * columns;
      addStage(out.subarray(2, 2 + size), rows, before(rows, params.recipe.value));
      addStage(out.subarray(2 + size), rows, after(rows, params.recipe.value));
      out[0] = rows.rowCount;
      out[1] = siteSlices(rows).filter(({ from, to }) => to > from).length;
      return out;
    },
    read: (total) => {
      const [n, sites] = total as unknown as [number, number];
      const columns = (total.length - 2) / (2 * perColumn);
      const stage = (from: number) =>
        Array.from({ length: columns }, (_, j) => {
          const part = total.subarray(from + perColumn * j, from + perColumn * (j + 1));
          return { location: sumsOf(n, sites, part.subarray(0, 3)), spread: sumsOf(n, sites, part.subarray(3)) };
        });
      return { before: stage(2), after: stage(2 + perColumn * columns) };
    },
  };
}

function addStage(into: Float64Array, rows: CohortRows, { columnCount, values }: Design): void {
  for (const { from, to } of siteSlices(rows)) {
    if (to === from) continue;
    const column = new Float64Array(to - from);
    for (let j = 0; j < columnCount; j++) {
      for (let i = from; i < to; i++) column[i - from] = values[i * columnCount + j] as number;
      const median = medianOf(column);
      addSums(into.subarray(perColumn * j, perColumn * j + 3), column);
      addSums(
        into.subarray(perColumn * j + 3, perColumn * (j + 1)),
        column.map((value) => Math.abs(value - median)),
      );
    }
  }
}

function addSums(into: Float64Array, values: Float64Array): void {
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = sum / values.length;
  const within = values.reduce((total, value) => total + (value - mean) * (value - mean), 0);
  [sum, (sum * sum) / values.length, within].forEach((value, k) => (into[k] = (into[k] as number) + value));
}

function sumsOf(n: number, batches: number, part: Float64Array): BatchSums {
  const [sum, squared, within] = part as unknown as [number, number, number];
  return { n, batches, between: n > 0 ? Math.max(0, squared - (sum * sum) / n) : 0, within };
}
