import { vectorSchema } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { neutralBatch, shrinkBatch } from '../empirical-bayes/shrink.js';
import type { BatchEffects, ShrinkRule } from '../empirical-bayes/shrink.js';
import type { BatchMoments } from '../empirical-bayes/parametric.js';
import { scalingSchema } from './scaling.js';
import type { BatchScaling, StandardData } from './scaling.js';

/** What a site needs to harmonize its rows: everything but the effects of its own batches. In standardized units. */
export interface BatchModel {
  readonly scaling: BatchScaling;
  /** Covariate effects, row-major covariates x columns. */
  readonly beta: Float64Array;
  /** By column: mean of the batch intercepts weighted by rows, or the intercept of the reference batch. */
  readonly grandMean: Float64Array;
  /** By column: pooled residual variance, or that of the reference batch. */
  readonly varPooled: Float64Array;
  /** Columns that are left as they are, ascending. */
  readonly passed: readonly number[];
  /** Position of the reference batch among the levels. */
  readonly reference: number | null;
  readonly rule: ShrinkRule;
}

/** Parser of {@link BatchModel}. */
export const batchModelSchema = z.strictObject({
  scaling: scalingSchema,
  beta: vectorSchema,
  grandMean: vectorSchema,
  varPooled: vectorSchema,
  passed: z.array(z.int().min(0)),
  reference: z.int().min(0).nullable(),
  rule: z.strictObject({
    eb: z.boolean(),
    parametric: z.boolean(),
    likelihood: z.enum(['double', 'log']),
    meanOnly: z.boolean(),
    zeroVarianceIsOne: z.boolean(),
  }),
}) as ZodType<BatchModel>;

/** Columns that are harmonized, ascending. */
export function activeColumns({ grandMean, passed }: Pick<BatchModel, 'grandMean' | 'passed'>): number[] {
  const left = new Set(passed);
  return [...grandMean.keys()].filter((f) => !left.has(f));
}

/** Effects of one batch from its sufficient statistics; a reference batch keeps every feature as it is. Throws as `shrinkBatch`. */
export function effectsOf(moments: BatchMoments, model: BatchModel, batch: number, label: string): BatchEffects {
  const active = activeColumns(model);
  if (batch !== model.reference) return shrinkBatch(moments, active, model.rule, label);
  const { gammaHat, deltaHat } = shrinkBatch(moments, active, { ...model.rule, eb: false }, label);
  return { ...neutralBatch(model.grandMean.length), gammaHat, deltaHat };
}

/** Standardized residuals of some rows, as counts, means and squares by column. Rows are standardized by the model's scaling. */
export function residualMoments(data: StandardData, rows: Int32Array, model: BatchModel): BatchMoments {
  const p = data.columnCount;
  const n = new Float64Array(p);
  const gammaHat = new Float64Array(p);
  const deltaHat = new Float64Array(p).fill(1);
  const squares = new Float64Array(p);
  const z = new Float64Array(rows.length);
  for (const f of activeColumns(model)) {
    const sd = Math.sqrt(model.varPooled[f] as number);
    let count = 0;
    let sum = 0;
    for (const i of rows) {
      const y = data.values[i * p + f] as number;
      if (Number.isNaN(y)) continue;
      z[count] = (y - expectedAt(data, model, i, f)) / sd;
      sum += z[count] as number;
      count++;
    }
    if (count === 0) continue;
    const mean = sum / count;
    let around = 0;
    for (let k = 0; k < count; k++) around += ((z[k] as number) - mean) * ((z[k] as number) - mean);
    n[f] = count;
    gammaHat[f] = mean;
    squares[f] = around;
    if (count > 1) deltaHat[f] = around / (count - 1);
  }
  return { n, gammaHat, deltaHat, squares };
}

/** Grand mean plus covariate effects of a row, in standardized units. */
export function expectedAt(data: StandardData, model: BatchModel, row: number, column: number): number {
  const p = data.columnCount;
  let expected = model.grandMean[column] as number;
  for (let c = 0; c < data.covariates.length; c++)
    expected += ((data.covariates[c] as Float64Array)[row] as number) * (model.beta[c * p + column] as number);
  return expected;
}
