import { statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { BatchSource } from './data.js';
import { centeredPlanSchema, checkCenters, ownCenters, planned } from './plan.js';
import type { CenteredPlanParams } from './plan.js';
import type { StandardData } from './scaling.js';

/** Parameters of the last question. */
export interface BatchLocationParams<R> extends CenteredPlanParams<R> {
  /** Covariate effects, row-major covariates x columns. */
  readonly beta: Float64Array;
  /** Rows of the fit over all sites; the gate's parameters-per-row rule divides by it. */
  readonly participants: number;
  /** A reference batch gives location and variance: then neither is summed here. */
  readonly reference: boolean;
  /** A batch with fewer observed cells of a column cannot be harmonized there. */
  readonly minObserved: number;
}

/** Totals by column, and by crossing batch x column. */
export interface BatchLocation {
  /** Sum over batches of one site of rows x intercept; empty with a reference batch. */
  readonly interceptSum: Float64Array;
  /** Their residual squares; empty with a reference batch. */
  readonly residualSquares: Float64Array;
  /** Batches of one site in which a column is constant, and those that have too few cells of it. */
  readonly constant: Float64Array;
  readonly unobserved: Float64Array;
  /** Squares around the mean and around the model, crossing x columns. */
  readonly crossingSquares: Float64Array;
  readonly crossingResiduals: Float64Array;
}

/** A standardized column with an SD of at most this within a batch counts as constant there. */
export const constantSd = 1e-9;

/** `PREFIX-location@1`: what the grand mean and the pooled variance are made of. */
export function batchLocationQuery<R>(prefix: string, source: BatchSource<R>): SumQuery<BatchLocationParams<R>, BatchLocation> {
  const columnsOf = (params: BatchLocationParams<R>) => source.shapeOf(params.recipe.value).columns;
  const length = (params: BatchLocationParams<R>) => columnsOf(params) * ((params.reference ? 0 : 2) + 2 + 2 * params.crossing.length);
  const schema = z
    .strictObject({
      ...centeredPlanSchema(source),
      beta: vectorSchema,
      participants: z.int().min(1),
      reference: z.boolean(),
      minObserved: z.int().min(1).max(2),
    })
    .refine(({ recipe, beta }) => {
      const { columns, covariates } = source.shapeOf(recipe.value as R);
      return beta.length === columns * covariates;
    }, 'slopes of another length than covariates x columns');
  return {
    kind: 'sum',
    operation: `harmonization.${prefix}-location`,
    version: 1,
    words: statisticWords,
    params: checkCenters(schema as unknown as ZodType<BatchLocationParams<R>>, source),
    length,
    local: (rows, params) => {
      const { data } = planned(rows, source, params);
      const out = new Float64Array(length(params));
      const p = data.columnCount;
      const summed = params.reference ? 0 : 2 * p;
      for (const { batch, rows: own } of data.groups) {
        const k = params.crossing.indexOf(batch);
        if (k < 0) addOwnBatch(out, data, own, params, summed);
        else addCrossingBatch(out, data, own, k, params, summed + 2 * p);
      }
      return out;
    },
    read: (total, params) => readLocation(total, columnsOf(params), params),
    freeParameters: ({ beta, recipe }) => beta.length / source.shapeOf(recipe.value).columns,
    scopeParticipants: ({ participants }) => participants,
  };
}

function addOwnBatch<R>(out: Float64Array, data: StandardData, rows: Int32Array, params: BatchLocationParams<R>, from: number): void {
  const p = data.columnCount;
  const { intercept, residuals, squares, observed } = ownIntercepts(data, rows, params.beta);
  const add = (at: number, value: number) => (out[at] = (out[at] as number) + value);
  for (let f = 0; f < p; f++) {
    const n = observed[f] as number;
    if (!params.reference && n > 0) {
      add(f, rows.length * (intercept[f] as number));
      add(p + f, residuals[f] as number);
    }
    if (n > 1 && Math.sqrt((squares[f] as number) / (n - 1)) <= constantSd) add(from + f, 1);
    if (n < params.minObserved) add(from + p + f, 1);
  }
}

/** Intercepts of one batch by column with squares around its mean and around the model, over observed cells. */
export function ownIntercepts(
  data: StandardData,
  rows: Int32Array,
  beta: Float64Array,
): { intercept: Float64Array; residuals: Float64Array; squares: Float64Array; observed: Float64Array } {
  const p = data.columnCount;
  const q = data.covariates.length;
  const { observed, columns } = ownCenters(data, rows);
  const residuals = new Float64Array(p);
  const squares = new Float64Array(p);
  const intercept = new Float64Array(p);
  const x = new Float64Array(q);
  for (let f = 0; f < p; f++) {
    const n = observed[f] as number;
    if (n === 0) continue;
    meansBeside(data, rows, f, x);
    let value = columns[f] as number;
    for (let c = 0; c < q; c++) value -= (x[c] as number) * (beta[c * p + f] as number);
    intercept[f] = value;
    for (const i of rows) {
      const y = data.values[i * p + f] as number;
      if (Number.isNaN(y)) continue;
      const d = y - (columns[f] as number);
      let r = d;
      for (let c = 0; c < q; c++)
        r -= (((data.covariates[c] as Float64Array)[i] as number) - (x[c] as number)) * (beta[c * p + f] as number);
      squares[f] = (squares[f] as number) + d * d;
      residuals[f] = (residuals[f] as number) + r * r;
    }
  }
  return { intercept, residuals, squares, observed };
}

/** Means of the covariates over the rows of a batch that have a column. */
function meansBeside(data: StandardData, rows: Int32Array, f: number, into: Float64Array): void {
  const p = data.columnCount;
  for (let c = 0; c < into.length; c++) {
    const column = data.covariates[c] as Float64Array;
    let first = NaN;
    let sum = 0;
    let n = 0;
    for (const i of rows) {
      if (Number.isNaN(data.values[i * p + f])) continue;
      if (n === 0) first = column[i] as number;
      sum += (column[i] as number) - first;
      n++;
    }
    into[c] = first + sum / n;
  }
}

function addCrossingBatch<R>(
  out: Float64Array,
  data: StandardData,
  rows: Int32Array,
  k: number,
  params: BatchLocationParams<R>,
  from: number,
): void {
  const p = data.columnCount;
  const q = data.covariates.length;
  const crossings = params.crossing.length;
  const { columns, covariates, gappyCovariates } = params.centers.value;
  for (let f = 0; f < p; f++) {
    const g = params.gappy.indexOf(f);
    const x = g < 0 ? covariates.subarray(k * q, (k + 1) * q) : gappyCovariates.subarray((k * params.gappy.length + g) * q);
    let squares = 0;
    let residuals = 0;
    for (const i of rows) {
      const y = data.values[i * p + f] as number;
      if (Number.isNaN(y)) continue;
      const d = y - (columns[k * p + f] as number);
      let r = d;
      for (let c = 0; c < q; c++)
        r -= (((data.covariates[c] as Float64Array)[i] as number) - (x[c] as number)) * (params.beta[c * p + f] as number);
      squares += d * d;
      residuals += r * r;
    }
    out[from + k * p + f] = (out[from + k * p + f] as number) + squares;
    out[from + (crossings + k) * p + f] = (out[from + (crossings + k) * p + f] as number) + residuals;
  }
}

function readLocation<R>(total: Float64Array, p: number, { reference, crossing }: BatchLocationParams<R>): BatchLocation {
  const summed = reference ? 0 : p;
  const from = 2 * summed;
  const crossed = from + 2 * p;
  return {
    interceptSum: total.slice(0, summed),
    residualSquares: total.slice(summed, from),
    constant: total.slice(from, from + p),
    unobserved: total.slice(from + p, crossed),
    crossingSquares: total.slice(crossed, crossed + crossing.length * p),
    crossingResiduals: total.slice(crossed + crossing.length * p),
  };
}
