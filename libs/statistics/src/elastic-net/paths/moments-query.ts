import { frozenSchema, statisticWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { ln } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { foldCount, foldSubsets, penalizedDataSchema, penalizedRows } from './data.js';
import type { PenalizedData } from './data.js';
import { matrixOf } from './query.js';

/** Parameters of {@link foldMomentsQuery}. */
export interface FoldMomentParams {
  readonly data: Frozen<PenalizedData>;
}

/** Weighted sums over some rows. */
export interface RowMoments {
  readonly rows: number;
  readonly weight: number;
  /** Rows whose outcome is no class, or a negative count: the fit refuses them. */
  readonly refused: number;
  /** Sum, sum of squares and (of counts) sum of y ln y - y; or the weight of each class. */
  readonly outcome: Float64Array;
  /** Sums and sums of squares of the columns. */
  readonly first: Float64Array;
  readonly second: Float64Array;
}

function partWidth({ outcome, matrix }: PenalizedData): number {
  return 3 + (outcome.classes?.length ?? 3) + 2 * matrix.terms.length;
}

/** `penalized-moments@1`: weighted moments of outcome and columns by fold: of the rows in no fold, then of each fold. */
export const foldMomentsQuery: SumQuery<FoldMomentParams, readonly RowMoments[]> = {
  kind: 'sum',
  operation: 'statistics.penalized-moments',
  version: 1,
  words: statisticWords,
  params: z.strictObject({ data: frozenSchema(penalizedDataSchema) }) as ZodType<FoldMomentParams>,
  length: ({ data }) => (1 + foldCount(data.value.folds)) * partWidth(data.value),
  rowSubsets: ({ data }) => foldSubsets(data.value),
  local: (rows, { data }) => {
    const { design, outcome, weight, fold } = penalizedRows(rows, data, matrixOf(data));
    const { classes } = data.value.outcome;
    const width = partWidth(data.value);
    const outcomes = classes?.length ?? 3;
    const out = new Float64Array((1 + foldCount(data.value.folds)) * width);
    const add = (at: number, value: number) => (out[at] = (out[at] as number) + value);
    for (let i = 0; i < design.rowCount; i++) {
      const base = (1 + (fold[i] as number)) * width;
      const w = weight[i] as number;
      const y = outcome[i] as number;
      add(base, 1);
      add(base + 1, w);
      if (y !== y || w < 0 || (data.value.family === 'poisson' && y < 0)) add(base + 2, 1);
      else if (classes === null) {
        add(base + 3, w * y);
        add(base + 4, w * y * y);
        if (data.value.family === 'poisson') add(base + 5, w * ((y > 0 ? y * ln(y) : 0) - y));
      } else add(base + 3 + y, w);
      const columns = design.columnCount - 1;
      for (let j = 0; j < columns; j++) {
        const x = design.values[(j + 1) * design.stride + i] as number;
        add(base + 3 + outcomes + j, w * x);
        add(base + 3 + outcomes + columns + j, w * x * x);
      }
    }
    return out;
  },
  read: (total, { data }) => {
    const width = partWidth(data.value);
    const outcomes = data.value.outcome.classes?.length ?? 3;
    const columns = data.value.matrix.terms.length;
    return Array.from({ length: total.length / width }, (_, part) => {
      const base = part * width;
      const from = base + 3 + outcomes;
      return {
        rows: total[base] as number,
        weight: total[base + 1] as number,
        refused: total[base + 2] as number,
        outcome: total.slice(base + 3, from),
        first: total.slice(from, from + columns),
        second: total.slice(from + columns, from + 2 * columns),
      };
    });
  },
};

/** Moments of the rows outside one part, or of all of them. */
export function sumMoments(parts: readonly RowMoments[], without: number | null): RowMoments {
  const used = parts.filter((_, part) => part !== without);
  const sum = (pick: (part: RowMoments) => number) => used.reduce((total, part) => total + pick(part), 0);
  const add = (pick: (part: RowMoments) => Float64Array) =>
    (used[0] ? pick(used[0]) : new Float64Array(0)).map((_, j) => sum((part) => pick(part)[j] as number));
  return {
    rows: sum((part) => part.rows),
    weight: sum((part) => part.weight),
    refused: sum((part) => part.refused),
    outcome: add((part) => part.outcome),
    first: add((part) => part.first),
    second: add((part) => part.second),
  };
}
