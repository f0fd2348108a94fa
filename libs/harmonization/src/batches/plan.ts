import { frozenSchema, vectorSchema } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { BatchShape, BatchSource } from './data.js';
import { scalingSchema, standardData } from './scaling.js';
import type { BatchScaling, StandardData } from './scaling.js';

/** Means of batches that have rows at several sites; row-major, one row per crossing batch. */
export interface CrossingCenters {
  /** crossing x columns */
  readonly columns: Float64Array;
  /** crossing x covariates, over all rows of the batch */
  readonly covariates: Float64Array;
  /** crossing x gappy columns x covariates, over the rows that have the column */
  readonly gappyCovariates: Float64Array;
}

const centersSchema = z.strictObject({
  columns: vectorSchema,
  covariates: vectorSchema,
  gappyCovariates: vectorSchema,
}) as ZodType<CrossingCenters>;

/** What every question after the first moments says: the rows, their scaling, and how batches lie over sites. */
export interface PlanParams<R> {
  readonly recipe: Frozen<R>;
  readonly scaling: Frozen<BatchScaling>;
  /** Batches with rows at several sites, ascending; all others keep their means at home. */
  readonly crossing: readonly number[];
  /** Columns with missing cells, ascending: they have cross products of covariates of their own. */
  readonly gappy: readonly number[];
}

/** {@link PlanParams} with the means of the crossing batches, once they are known. */
export interface CenteredPlanParams<R> extends PlanParams<R> {
  readonly centers: Frozen<CrossingCenters>;
}

/** Schemas of the members of {@link PlanParams}. */
export function planSchema<R>(source: BatchSource<R>) {
  return {
    recipe: frozenSchema(source.recipe),
    scaling: frozenSchema(scalingSchema),
    crossing: z.array(z.int().min(0)),
    gappy: z.array(z.int().min(0)),
  };
}

/** Schemas of the members of {@link CenteredPlanParams}. */
export function centeredPlanSchema<R>(source: BatchSource<R>) {
  return { ...planSchema(source), centers: frozenSchema(centersSchema) };
}

/** Parser of {@link CenteredPlanParams}: lengths must fit together. */
export function checkCenters<R, P extends CenteredPlanParams<R>>(schema: ZodType<P>, source: BatchSource<R>): ZodType<P> {
  return schema.refine((params) => {
    const { columns, covariates } = source.shapeOf(params.recipe.value);
    const { columns: y, covariates: x, gappyCovariates } = params.centers.value;
    const c = params.crossing.length;
    return y.length === c * columns && x.length === c * covariates && gappyCovariates.length === c * params.gappy.length * covariates;
  }, 'centers of another shape') as ZodType<P>;
}

/** The standardized rows that a question is about, and the shape of its vectors. */
export function planned<R>(rows: CohortRows, source: BatchSource<R>, params: PlanParams<R>): { data: StandardData; shape: BatchShape } {
  return { data: standardData(rows, source, params.recipe, params.scaling), shape: source.shapeOf(params.recipe.value) };
}

/** Means that the rows of one batch are centered on; by column NaN where nothing is observed. */
export interface GroupCenters {
  /** Observed rows and mean of each column over them. */
  readonly observed: Float64Array;
  readonly columns: Float64Array;
  /** Means of the covariates over all rows. */
  readonly covariates: Float64Array;
}

/** Means of the rows of one batch here, taken around the first observed value so that a constant has exactly that mean. */
export function ownCenters(data: StandardData, rows: Int32Array): GroupCenters {
  const p = data.columnCount;
  const observed = new Float64Array(p);
  const first = new Float64Array(p).fill(NaN);
  const sums = new Float64Array(p);
  for (const i of rows) {
    for (let f = 0; f < p; f++) {
      const value = data.values[i * p + f] as number;
      if (Number.isNaN(value)) continue;
      if (observed[f] === 0) first[f] = value;
      observed[f] = (observed[f] as number) + 1;
      sums[f] = (sums[f] as number) + (value - (first[f] as number));
    }
  }
  const columns = first.map((value, f) => value + (sums[f] as number) / (observed[f] as number));
  return { observed, columns, covariates: Float64Array.from(data.covariates, (column) => meanOver(column, rows)) };
}

/** Mean of a vector over some of its rows, around the first; 0 over none. */
export function meanOver(column: Float64Array, rows: ArrayLike<number> & Iterable<number>): number {
  if (rows.length === 0) return 0;
  const first = column[rows[0] as number] as number;
  let sum = 0;
  for (const i of rows) sum += (column[i] as number) - first;
  return first + sum / rows.length;
}

/** Rows of a group in which a column is observed. */
export function observedRows(data: StandardData, rows: Int32Array, column: number): Int32Array {
  return rows.filter((i) => !Number.isNaN(data.values[i * data.columnCount + column]));
}
