import { vectorSchema } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { harmonizedResiduals } from '../batches/apply.js';
import { tableSource } from '../batches/data.js';
import { activeColumns, batchModelSchema } from '../batches/model.js';
import type { BatchModel } from '../batches/model.js';
import { standardData } from '../batches/scaling.js';
import { ownEffects, scalingOf } from '../batches/site-effects.js';
import { batchSpecSchema } from '../batches/spec.js';
import type { BatchSpec } from '../batches/spec.js';
import type { BatchEffects } from '../empirical-bayes/shrink.js';

/** Stars of a batch that has rows at several sites. */
export interface CrossingStars {
  readonly batch: number;
  readonly gammaStar: Float64Array;
  readonly deltaStar: Float64Array;
}

/** A fitted ComBat as sites need it to make harmonized residuals: effects of their own batches they find themselves. */
export interface FittedBatches {
  readonly spec: BatchSpec;
  readonly model: BatchModel;
  readonly crossing: readonly CrossingStars[];
}

/** Parser of {@link FittedBatches}. */
export const fittedBatchesSchema = z.strictObject({
  spec: batchSpecSchema,
  model: batchModelSchema,
  crossing: z.array(z.strictObject({ batch: z.int().min(0), gammaStar: vectorSchema, deltaStar: vectorSchema })),
}) as unknown as ZodType<FittedBatches>;

interface Parts {
  readonly spec: Frozen<BatchSpec>;
  readonly model: Frozen<BatchModel>;
}
const parts = new WeakMap<FittedBatches, Parts>();

/** The parts of a fit under hashes of their own, so that what sites derive from them is remembered. */
export function partsOf(fitted: FittedBatches): Parts {
  const known = parts.get(fitted);
  if (known) return known;
  const made = { spec: new Frozen(fitted.spec), model: new Frozen(fitted.model) };
  parts.set(fitted, made);
  return made;
}

/** Effects by batch: those of crossing batches as given, others from the rows here. */
export function effectsHere(
  rows: CohortRows,
  fitted: FittedBatches,
): (batch: number) => Pick<BatchEffects, 'gammaStar' | 'deltaStar'> | undefined {
  const { spec, model } = partsOf(fitted);
  const crossing = fitted.crossing.map(({ batch }) => batch);
  const own = ownEffects(rows, tableSource, spec, model, crossing, fitted.spec.batch.levels);
  return (batch) => own.get(batch)?.effects ?? fitted.crossing.find((stars) => stars.batch === batch);
}

/** Residuals after ComBat of the harmonized columns (row-major, in units of the pooled SD), with batches and rows of the fit. */
export interface ResidualRows {
  readonly columnCount: number;
  readonly values: Float64Array;
  readonly batch: Int32Array;
  readonly usable: Uint8Array;
  readonly fit: Uint8Array;
}

/** Residuals of some rows after ComBat; pure and remembered. */
export function residualRows(rows: CohortRows, fitted: Frozen<FittedBatches>): ResidualRows {
  return rows.memo(`combat residuals ${fitted.hash}`, () => {
    const { spec, model } = partsOf(fitted.value);
    const data = standardData(rows, tableSource, spec, scalingOf(model));
    const all = harmonizedResiduals(data, model.value, effectsHere(rows, fitted.value));
    const active = activeColumns(model.value);
    const values = new Float64Array(data.rowCount * active.length);
    for (let i = 0; i < data.rowCount; i++)
      active.forEach((f, j) => (values[i * active.length + j] = all[i * data.columnCount + f] as number));
    return { columnCount: active.length, values, batch: data.batch, usable: data.usable, fit: data.fit };
  });
}
