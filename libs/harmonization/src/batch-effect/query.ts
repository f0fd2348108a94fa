import { frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { batchValueSchema, batchValues } from './values.js';
import type { BatchValueRecipe } from './values.js';

/**
 * What a value counts as: (value - center) / scale, or the score of its cell. Vectors run over features; cells of a feature are bounded by
 * its ascending edges, cell k holding (edge k-1, edge k], and there is one score more than edges.
 */
export type ValueScores =
  | { readonly kind: 'scale'; readonly center: Float64Array; readonly scale: Float64Array }
  | { readonly kind: 'cells'; readonly sizes: Float64Array; readonly edges: Float64Array; readonly scores: Float64Array };

/** Parameters of {@link batchTestQuery}. */
export interface BatchTestParams {
  readonly recipe: Frozen<BatchValueRecipe>;
  readonly scores: ValueScores;
  /** Batches with rows at several sites. */
  readonly crossing: readonly number[];
}

/** Sums of one feature over all batches: what a comparison of batches is made of. */
export interface BatchSums {
  /** Observed values, and batches that have any. */
  readonly n: number;
  readonly batches: number;
  /** Squares between batches and within them. */
  readonly between: number;
  readonly within: number;
}

const scoreSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('scale'), center: vectorSchema, scale: vectorSchema }),
    z.strictObject({ kind: z.literal('cells'), sizes: vectorSchema, edges: vectorSchema, scores: vectorSchema }),
  ])
  .refine((scores) => {
    if (scores.kind === 'scale') return scores.center.length === scores.scale.length;
    const edges = scores.sizes.reduce((sum, size) => sum + size, 0);
    return edges === scores.edges.length && scores.scores.length === edges + scores.sizes.length;
  }, 'scores of another shape');

/**
 * `batch-tests@1`: per feature the number of values, batches, sum, squared sums of batches over their sizes, and squares within batches;
 * sums of single batches stay at home, except for batches with rows at several sites.
 */
export const batchTestQuery: SumQuery<BatchTestParams, BatchSums[]> = {
  kind: 'sum',
  operation: 'harmonization.batch-tests',
  version: 1,
  words: statisticWords,
  params: z
    .strictObject({ recipe: frozenSchema(batchValueSchema), scores: scoreSchema, crossing: z.array(z.int().min(0)) })
    .refine(
      ({ recipe, scores }) => (scores.kind === 'scale' ? scores.center : scores.sizes).length === recipe.value.spec.features.length,
      'scores for another number of features',
    ) as unknown as ZodType<BatchTestParams>,
  length: ({ recipe, crossing }) => recipe.value.spec.features.length * (5 + 3 * crossing.length),
  local: (rows, { recipe, scores, crossing }) => {
    const { columns, batch } = batchValues(rows, recipe);
    const size = 5 + 3 * crossing.length;
    const out = new Float64Array(columns.length * size);
    const scorer = scorerOf(scores);
    columns.forEach((column, f) =>
      addFeature(out.subarray(f * size, (f + 1) * size), column, batch, (value) => scorer(f, value), crossing),
    );
    return out;
  },
  read: (total, { crossing }) => {
    const size = 5 + 3 * crossing.length;
    return Array.from({ length: total.length / size }, (_, f) => readFeature(total.subarray(f * size, (f + 1) * size)));
  },
};

function scorerOf(scores: ValueScores): (feature: number, value: number) => number {
  if (scores.kind === 'scale') return (f, value) => (value - (scores.center[f] as number)) / (scores.scale[f] as number);
  const starts = [0];
  for (const size of scores.sizes) starts.push((starts[starts.length - 1] as number) + size);
  return (f, value) => {
    let low = starts[f] as number;
    let high = starts[f + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((scores.edges[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    // Each feature before has one score more than edges.
    return scores.scores[low + f] as number;
  };
}

function addFeature(
  out: Float64Array,
  column: Float64Array,
  batch: Int32Array,
  score: (value: number) => number,
  crossing: readonly number[],
): void {
  const byBatch = new Map<number, number[]>();
  column.forEach((value, i) => {
    const code = batch[i] as number;
    if (code < 0 || Number.isNaN(value)) return;
    const list = byBatch.get(code);
    if (list) list.push(score(value));
    else byBatch.set(code, [score(value)]);
  });
  const add = (at: number, value: number) => (out[at] = (out[at] as number) + value);
  for (const [code, values] of byBatch) {
    const sum = values.reduce((total, value) => total + value, 0);
    const k = crossing.indexOf(code);
    if (k >= 0) {
      add(5 + 3 * k, values.length);
      add(6 + 3 * k, sum);
      add(
        7 + 3 * k,
        values.reduce((total, value) => total + value * value, 0),
      );
      continue;
    }
    const mean = sum / values.length;
    add(0, values.length);
    add(1, 1);
    add(2, sum);
    add(3, (sum * sum) / values.length);
    add(
      4,
      values.reduce((total, value) => total + (value - mean) * (value - mean), 0),
    );
  }
}

function readFeature(part: Float64Array): BatchSums {
  let [n, batches, sum, squared, within] = part as unknown as [number, number, number, number, number];
  for (let at = 5; at < part.length; at += 3) {
    const count = part[at] as number;
    if (count === 0) continue;
    const own = part[at + 1] as number;
    n += count;
    batches++;
    sum += own;
    squared += (own * own) / count;
    within += Math.max(0, (part[at + 2] as number) - (own * own) / count);
  }
  return { n, batches, between: n > 0 ? Math.max(0, squared - (sum * sum) / n) : 0, within };
}
