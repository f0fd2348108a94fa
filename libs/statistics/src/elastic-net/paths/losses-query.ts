import { frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { exp, ln, logistic } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { foldSubsets, penalizedDataSchema, penalizedRows } from './data.js';
import type { PathFamily, PenalizedData, PenalizedRows } from './data.js';
import { softmaxAt } from './families.js';
import { DesignSpace, SparseClasses } from './kernels.js';
import { matrixOf } from './query.js';
import { coefficientCount, coefficientsFit, isWithin } from './request.js';

/** Fold models whose left-out rows are scored. */
export interface LossParams {
  readonly data: Frozen<PenalizedData>;
  readonly participants: number;
  /** By model: the fold that it leaves out, whose rows are scored. */
  readonly leftOut: Float64Array;
  readonly sizes: Float64Array;
  readonly indices: Float64Array;
  readonly values: Float64Array;
}

/** Schema parts of {@link LossParams}. */
export const lossParamParts = {
  data: frozenSchema(penalizedDataSchema),
  participants: z.number().min(1),
  leftOut: vectorSchema,
  sizes: vectorSchema,
  indices: vectorSchema,
  values: vectorSchema,
};

/** Whether the parts of {@link LossParams} fit together. */
export function lossPartsFit(params: LossParams): boolean {
  return (
    params.sizes.length === params.leftOut.length &&
    params.leftOut.every((fold) => isWithin(fold, 0, 1_000_000)) &&
    coefficientsFit(params, coefficientCount(params.data.value))
  );
}

/** Weighted sums over the rows that a model leaves out. */
export interface LeftOutLosses {
  readonly weight: number;
  readonly deviance: number;
  /** Weight of the rows whose class is missed; 0 for numbers. */
  readonly missed: number;
  readonly squares: number;
  readonly absolutes: number;
  /** Sum and sum of squares of the linear predictor, of a single one. */
  readonly first: number;
  readonly second: number;
}

const width = 7;

/** `penalized-losses@1`: what fold models lose on the rows they left out, by every measure of `cv.glmnet`. */
export const penalizedLossesQuery: SumQuery<LossParams, readonly LeftOutLosses[]> = {
  kind: 'sum',
  operation: 'statistics.penalized-losses',
  version: 1,
  words: statisticWords,
  params: z
    .strictObject(lossParamParts)
    .refine((params) => lossPartsFit(params as LossParams), 'sizes and indices do not fit together') as unknown as ZodType<LossParams>,
  length: ({ leftOut }) => width * leftOut.length,
  scopeParticipants: ({ participants }) => participants,
  rowSubsets: ({ data }) => foldSubsets(data.value),
  local: (rows, params) => {
    const data = penalizedRows(rows, params.data, matrixOf(params.data));
    const out = new Float64Array(width * params.leftOut.length);
    eachModel(params, data, (m, eta, fold) => {
      for (let i = 0; i < data.fold.length; i++)
        if (data.fold[i] === fold) addLosses(params.data.value.family, data, eta, i, out, width * m);
    });
    return out;
  },
  read: (total) =>
    Array.from({ length: total.length / width }, (_, m) => {
      const [weight, deviance, missed, squares, absolutes, first, second] = total.subarray(
        width * m,
        width * (m + 1),
      ) as unknown as number[];
      return { weight, deviance, missed, squares, absolutes, first, second } as LeftOutLosses;
    }),
};

/** Linear predictors of every model over all rows of a site, one model after another. */
export function eachModel(
  params: LossParams,
  rows: PenalizedRows,
  visit: (m: number, eta: readonly Float64Array[], fold: number) => void,
): void {
  const { design, offsets } = rows;
  const sparse = new SparseClasses(params, offsets.length, design.columnCount);
  const space = new DesignSpace(design, offsets.length + (offsets.length % 2));
  const eta = offsets.map((_, c) => space.vector(c));
  params.leftOut.forEach((fold, m) => {
    const bounds = sparse.find(m);
    offsets.forEach((given, c) => space.predict(c, given, params, bounds[c] as number, bounds[c + 1] as number, c * design.columnCount));
    visit(m, eta, fold);
  });
}

/** Probabilities nearer to 0 or 1 count as this near, as in `cv.glmnet`. */
const smallestProbability = 1e-5;

function clipped(p: number): number {
  return Math.min(1 - smallestProbability, Math.max(smallestProbability, p));
}

function addLosses(family: PathFamily, rows: PenalizedRows, eta: readonly Float64Array[], i: number, out: Float64Array, at: number): void {
  const w = rows.weight[i] as number;
  const y = rows.outcome[i] as number;
  const x = (eta[0] as Float64Array)[i] as number;
  const [deviance, missed, squares, absolutes] = lossesAt(family, y, x, eta, i);
  const add = [1, deviance, missed, squares, absolutes, x, x * x];
  for (let k = 0; k < width; k++) out[at + k] = (out[at + k] as number) + w * (add[k] as number);
}

type RowLosses = readonly [deviance: number, missed: number, squares: number, absolutes: number];

function lossesAt(family: PathFamily, y: number, x: number, eta: readonly Float64Array[], i: number): RowLosses {
  if (family === 'gaussian') return [(y - x) * (y - x), 0, (y - x) * (y - x), Math.abs(y - x)];
  if (family === 'poisson') {
    const mu = exp(x);
    return [2 * ((y > 0 ? y * ln(y) : 0) - y - (y * x - mu)), 0, (y - mu) * (y - mu), Math.abs(y - mu)];
  }
  if (family === 'binomial') {
    const p = logistic(x);
    const q = clipped(p);
    return [-2 * ln(y > 0 ? q : 1 - q), x > 0 === y > 0 ? 0 : 1, 2 * (y - p) * (y - p), 2 * Math.abs(y - p)];
  }
  return multinomialLosses(y, eta, i);
}

function multinomialLosses(y: number, eta: readonly Float64Array[], i: number): RowLosses {
  const { largest, sum } = softmaxAt(eta, i);
  let squares = 0;
  let absolutes = 0;
  let likeliest = 0;
  eta.forEach((values, c) => {
    const gap = (c === y ? 1 : 0) - exp((values[i] as number) - largest) / sum;
    squares += gap * gap;
    absolutes += Math.abs(gap);
    if ((values[i] as number) > ((eta[likeliest] as Float64Array)[i] as number)) likeliest = c;
  });
  const own = exp(((eta[y] as Float64Array)[i] as number) - largest) / sum;
  return [-2 * ln(clipped(own)), likeliest === y ? 0 : 1, squares, absolutes];
}
