import { armSchema, vectorSchema } from '@cohortium/federation';
import type { Arm } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';

/** A model of a request: the arm it is fitted on and what is left out of its rows. */
export interface ModelRef {
  /** Index into the arms of the request. */
  readonly arm: number;
  /** Participant fold (a number), site fold (a site code) or nothing (null). */
  readonly leftOut: number | string | null;
  /** Non-zero entries of its coefficients, the intercept included. */
  readonly size: number;
}

/**
 * Many models in one request. Coefficients are sparse: `indices` and `values` hold the entries of all models one after another;
 * index 0 is the intercept, index j + 1 the design's column j.
 */
export interface ModelParams<R> {
  readonly arms: readonly Arm<R>[];
  /** Columns of each arm's design. */
  readonly columnCounts: readonly number[];
  /** Eligible participants of the scope, from an earlier total. */
  readonly participants: number;
  /** How participants fall into folds; null where no model leaves out a participant fold. */
  readonly participantFolds: { readonly count: number; readonly seed: string } | null;
  readonly models: readonly ModelRef[];
  readonly indices: Float64Array;
  readonly values: Float64Array;
}

/** Schema of {@link ModelParams}; sizes and indices must fit together. */
export function modelParamsSchema<R>(recipe: ZodType<R>): ZodType<ModelParams<R>> {
  const model = z.strictObject({ arm: z.int().min(0), leftOut: z.union([z.int().min(0), z.string(), z.null()]), size: z.int().min(0) });
  const schema = z
    .strictObject({
      arms: z.array(armSchema(recipe)).min(1).max(64),
      columnCounts: z.array(z.int().min(1)),
      participants: z.number().min(1),
      participantFolds: z.strictObject({ count: z.int().min(2).max(20), seed: z.string() }).nullable(),
      models: z.array(model).min(1).max(100_000),
      indices: vectorSchema,
      values: vectorSchema,
    })
    .refine((params) => entriesFit(params as unknown as ModelParams<R>), 'sizes, indices and values do not fit together');
  return schema as unknown as ZodType<ModelParams<R>>;
}

function entriesFit(params: ModelParams<unknown>): boolean {
  if (params.columnCounts.length !== params.arms.length) return false;
  let at = 0;
  for (const { arm, size, leftOut } of params.models) {
    const columns = params.columnCounts[arm];
    if (columns === undefined || at + size > params.indices.length) return false;
    if (typeof leftOut === 'number' && (params.participantFolds === null || leftOut >= params.participantFolds.count)) return false;
    let before = -1;
    for (let k = 0; k < size; k++) {
      const index = params.indices[at + k] as number;
      if (!Number.isInteger(index) || index <= before || index > columns) return false;
      before = index;
    }
    at += size;
  }
  return at === params.indices.length && at === params.values.length;
}

/** The sparse form of dense coefficient vectors (intercept first). */
export function sparseModels(
  models: readonly { readonly arm: number; readonly leftOut: number | string | null; readonly coefficients: Float64Array }[],
): {
  models: ModelRef[];
  indices: Float64Array;
  values: Float64Array;
} {
  const indices: number[] = [];
  const values: number[] = [];
  const refs = models.map(({ arm, leftOut, coefficients }) => {
    const before = indices.length;
    coefficients.forEach((value, index) => {
      if (value === 0) return;
      indices.push(index);
      values.push(value);
    });
    return { arm, leftOut, size: indices.length - before };
  });
  return { models: refs, indices: Float64Array.from(indices), values: Float64Array.from(values) };
}

/** Largest number of free coefficients (without intercept) that one model of the request carries. */
export function largestSupport(params: ModelParams<unknown>): number {
  let at = 0;
  let largest = 0;
  for (const { size } of params.models) {
    const intercept = size > 0 && params.indices[at] === 0 ? 1 : 0;
    largest = Math.max(largest, size - intercept);
    at += size;
  }
  return largest;
}
