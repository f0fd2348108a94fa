import { frozenSchema, vectorSchema } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { foldCount, penalizedDataSchema, predictorCount } from './data.js';
import type { PenalizedData } from './data.js';

/**
 * Many models in one request. A coefficient has one index: `class * (1 + columns) + column`, column 0 being the intercept. What is asked about
 * a model is its slope on a set of coefficients, and of some models the second derivatives on a set.
 */
export interface PointParams {
  readonly data: Frozen<PenalizedData>;
  /** Participants with complete rows, and their total weight, over all sites; every sum is divided by the weight. */
  readonly participants: number;
  readonly weight: number;
  /** Largest linear predictor that a site answers. */
  readonly limit: number;
  /** Ascending coefficient indices; models refer to them by position. */
  readonly sets: readonly Float64Array[];
  /** By model: the fold that it leaves out, -1 for none. */
  readonly leftOut: Float64Array;
  /** By model: the set of its slope, -1 for every coefficient. */
  readonly setOf: Float64Array;
  /** By model: how many entries of `indices` and `values` are its coefficients that are not zero. */
  readonly sizes: Float64Array;
  readonly indices: Float64Array;
  readonly values: Float64Array;
  /** Models whose second derivatives are asked, and the set of each. */
  readonly curved: Float64Array;
  readonly curvedSets: Float64Array;
}

/** Schema of {@link PointParams}; sizes, indices and positions must fit together. */
export const pointParamsSchema: ZodType<PointParams> = z
  .strictObject({
    data: frozenSchema(penalizedDataSchema),
    participants: z.number().min(1),
    weight: z.number().positive(),
    limit: z.number().positive(),
    sets: z.array(vectorSchema).max(100_000),
    leftOut: vectorSchema,
    setOf: vectorSchema,
    sizes: vectorSchema,
    indices: vectorSchema,
    values: vectorSchema,
    curved: vectorSchema,
    curvedSets: vectorSchema,
  })
  .refine((params) => partsFit(params as PointParams), 'sizes, indices and sets do not fit together') as unknown as ZodType<PointParams>;

/** Coefficients of a data set: intercepts and slopes of every class. */
export function coefficientCount(data: PenalizedData): number {
  return predictorCount(data) * (1 + data.matrix.terms.length);
}

function partsFit(params: PointParams): boolean {
  const { leftOut, setOf, sizes, curved, curvedSets, sets } = params;
  const count = coefficientCount(params.data.value);
  if (setOf.length !== leftOut.length || sizes.length !== leftOut.length || curved.length !== curvedSets.length) return false;
  const folds = foldCount(params.data.value.folds);
  return (
    leftOut.every((fold) => isWithin(fold, -1, folds)) &&
    setOf.every((set) => isWithin(set, -1, sets.length)) &&
    curved.every((model) => isWithin(model, 0, leftOut.length)) &&
    curvedSets.every((set) => isWithin(set, 0, sets.length)) &&
    sets.every((set) => ascends(set, 0, set.length, count)) &&
    coefficientsFit(params, count)
  );
}

/** Whether a number is a whole one from `low` to below `below`. */
export function isWithin(value: number, low: number, below: number): boolean {
  return Number.isInteger(value) && value >= low && value < below;
}

function ascends(indices: Float64Array, from: number, to: number, below: number): boolean {
  let before = -1;
  for (let k = from; k < to; k++) {
    const index = indices[k] as number;
    if (!Number.isInteger(index) || index <= before || index >= below) return false;
    before = index;
  }
  return true;
}

/** Whether sizes cut indices and values into ascending runs below `count`. */
export function coefficientsFit({ sizes, indices, values }: Pick<PointParams, 'sizes' | 'indices' | 'values'>, count: number): boolean {
  let at = 0;
  for (const size of sizes) {
    if (!isWithin(size, 0, count + 1) || at + size > indices.length || !ascends(indices, at, at + size, count)) return false;
    at += size;
  }
  return at === indices.length && at === values.length;
}

/** Elements that one model's slope takes. */
export function setSize(params: PointParams, set: number): number {
  return set < 0 ? coefficientCount(params.data.value) : (params.sets[set] as Float64Array).length;
}

/** Elements of the lower triangle of a matrix. */
export function triangle(n: number): number {
  return (n * (n + 1)) / 2;
}

/** Elements before a model's slope: beyond the limit at a site, loss. */
export const pointHeader = 2;

/** Length of the vector that answers a request. */
export function pointLength(params: PointParams): number {
  let length = 0;
  for (const set of params.setOf) length += pointHeader + setSize(params, set);
  for (const set of params.curvedSets) length += triangle((params.sets[set] as Float64Array).length);
  return length;
}

/** Largest number of coefficients, intercepts apart, that one model of the request carries. */
export function largestModel({ data, sizes, indices }: PointParams): number {
  const width = 1 + data.value.matrix.terms.length;
  let at = 0;
  let largest = 0;
  for (const size of sizes) {
    let free = 0;
    for (let k = at; k < at + size; k++) if ((indices[k] as number) % width !== 0) free++;
    largest = Math.max(largest, free);
    at += size;
  }
  return largest;
}
