import { frozenSchema, siteSlices, vectorSchema, wideWords } from '@cohortium/federation';
import type { CohortRows, SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { BatchData, BatchShape, BatchSource } from './data.js';

/** Parameters of the first question: where sums are centered (0 at first, the means the second time). */
export interface BatchMomentParams<R> {
  readonly recipe: Frozen<R>;
  readonly center: Float64Array;
  readonly covariateCenter: Float64Array;
  /** A part of a batch at one site with fewer rows is counted as small. */
  readonly minBatch: number;
}

/** Counts and sums over the rows of the fit. */
export interface BatchMomentTotals {
  /** Sites with rows of each batch that are harmonized, whether they take part in the fit or not. */
  readonly sitesOfBatch: Float64Array;
  /** Sites with rows of each batch in the fit. */
  readonly fitSites: Float64Array;
  /** Sites that have exactly one such row. */
  readonly singles: Float64Array;
  /** Sites that have some, but fewer than `minBatch`. */
  readonly small: Float64Array;
  /** Rows of the fit. */
  readonly rows: number;
  /** Rows that cannot be harmonized: batch or a covariate missing (or a feature, where complete rows are asked for). */
  readonly leftOut: number;
  /** All rows. */
  readonly all: number;
  /** Observed cells, sums and sums of squares of each column. */
  readonly observed: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly covariateFirst: Float64Array;
  readonly covariateSecond: Float64Array;
}

/** `PREFIX-moments@1`: which batches there are, and moments of columns and covariates, in 256-bit words since raw units vary widely. */
export function batchMomentsQuery<R>(prefix: string, source: BatchSource<R>): SumQuery<BatchMomentParams<R>, BatchMomentTotals> {
  const shape = (params: BatchMomentParams<R>) => source.shapeOf(params.recipe.value);
  return {
    kind: 'sum',
    operation: `harmonization.${prefix}-moments`,
    version: 1,
    words: wideWords,
    params: z.strictObject({
      recipe: frozenSchema(source.recipe),
      center: vectorSchema,
      covariateCenter: vectorSchema,
      minBatch: z.int().min(1),
    }) as ZodType<BatchMomentParams<R>>,
    length: (params) => momentsLength(shape(params)),
    local: (rows, params) => {
      const { batches } = shape(params);
      const out = new Float64Array(momentsLength(shape(params)));
      const data = source.dataOf(rows, params.recipe);
      countBatches(out, rows, data, batches, params.minBatch);
      addMoments(out.subarray(4 * batches + 3), data, params);
      return out;
    },
    read: (total, params) => readMoments(total, shape(params)),
  };
}

function momentsLength({ columns, covariates, batches }: BatchShape): number {
  return 4 * batches + 3 + 3 * columns + 2 * covariates;
}

function countBatches(out: Float64Array, rows: CohortRows, data: BatchData, batches: number, minBatch: number): void {
  const bump = (at: number) => (out[at] = (out[at] as number) + 1);
  for (const { from, to } of siteSlices(rows)) {
    const fit = new Float64Array(batches);
    const seen = new Float64Array(batches);
    for (let i = from; i < to; i++) {
      bump(4 * batches + 2);
      if (data.usable[i] === 0) {
        bump(4 * batches + 1);
        continue;
      }
      seen[data.batch[i] as number] = 1;
      if (data.fit[i] === 0) continue;
      bump(4 * batches);
      fit[data.batch[i] as number] = (fit[data.batch[i] as number] as number) + 1;
    }
    for (let b = 0; b < batches; b++) {
      const n = fit[b] as number;
      if (seen[b] === 1) bump(b);
      if (n > 0) bump(batches + b);
      if (n === 1) bump(2 * batches + b);
      if (n > 0 && n < minBatch) bump(3 * batches + b);
    }
  }
}

function addMoments<R>(out: Float64Array, data: BatchData, { center, covariateCenter }: BatchMomentParams<R>): void {
  const p = data.columnCount;
  const q = data.covariates.length;
  for (let i = 0; i < data.rowCount; i++) {
    if (data.fit[i] === 0) continue;
    for (let f = 0; f < p; f++) {
      const value = data.values[i * p + f] as number;
      if (Number.isNaN(value)) continue;
      const d = value - (center[f] as number);
      out[f] = (out[f] as number) + 1;
      out[p + f] = (out[p + f] as number) + d;
      out[2 * p + f] = (out[2 * p + f] as number) + d * d;
    }
    for (let c = 0; c < q; c++) {
      const d = ((data.covariates[c] as Float64Array)[i] as number) - (covariateCenter[c] as number);
      out[3 * p + c] = (out[3 * p + c] as number) + d;
      out[3 * p + q + c] = (out[3 * p + q + c] as number) + d * d;
    }
  }
}

function readMoments(total: Float64Array, { columns: p, covariates: q, batches: b }: BatchShape): BatchMomentTotals {
  const rest = 4 * b + 3;
  return {
    sitesOfBatch: total.slice(0, b),
    fitSites: total.slice(b, 2 * b),
    singles: total.slice(2 * b, 3 * b),
    small: total.slice(3 * b, 4 * b),
    rows: total[4 * b] as number,
    leftOut: total[4 * b + 1] as number,
    all: total[4 * b + 2] as number,
    observed: total.slice(rest, rest + p),
    first: total.slice(rest + p, rest + 2 * p),
    second: total.slice(rest + 2 * p, rest + 3 * p),
    covariateFirst: total.slice(rest + 3 * p, rest + 3 * p + q),
    covariateSecond: total.slice(rest + 3 * p + q),
  };
}
