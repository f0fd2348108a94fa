import { vectorSchema } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { harmonizedRows } from '../batches/apply.js';
import { tableSource } from '../batches/data.js';
import { batchSpecSchema } from '../batches/spec.js';
import type { BatchSpec } from '../batches/spec.js';
import { effectsHere, fittedBatchesSchema, partsOf } from '../covbat/residuals.js';
import type { FittedBatches } from '../covbat/residuals.js';

/** Medians of batches that have rows at several sites; those of other batches are taken at their sites. */
export interface CrossingMedians {
  readonly batches: readonly number[];
  /** batches x features */
  readonly medians: Float64Array;
}

/** Which values are tested for differences between batches. */
export interface BatchValueRecipe {
  readonly spec: BatchSpec;
  /** Values after ComBat; null for raw ones. */
  readonly fitted: FittedBatches | null;
  /** Absolute deviations from the median of the batch instead of the values themselves. */
  readonly deviations: CrossingMedians | null;
  /**
   * Values are only compared with each other: harmonized ones are counted in whole units of 2^-30 SD, so that what is equal up to
   * rounding errors is a tie, and differences from a median are exact.
   */
  readonly ranked: boolean;
}

/** Parser of {@link BatchValueRecipe}. */
export const batchValueSchema = z
  .strictObject({
    spec: batchSpecSchema,
    fitted: fittedBatchesSchema.nullable(),
    deviations: z.strictObject({ batches: z.array(z.int().min(0)), medians: vectorSchema }).nullable(),
    ranked: z.boolean(),
  })
  .refine(
    ({ spec, deviations }) => deviations === null || deviations.medians.length === deviations.batches.length * spec.features.length,
    'medians of another shape',
  ) as unknown as ZodType<BatchValueRecipe>;

/** Values by feature with the batch of each row; -1 leaves a row out. */
export interface BatchValues {
  readonly columns: readonly Float64Array[];
  readonly batch: Int32Array;
}

/** Values of some rows; pure and remembered. */
export function batchValues(rows: CohortRows, recipe: Frozen<BatchValueRecipe>): BatchValues {
  return rows.memo(`batch values ${recipe.hash}`, () => {
    const { spec, fitted, deviations, ranked } = recipe.value;
    const data = tableSource.dataOf(rows, new Frozen(spec));
    const values = fitted === null ? data.values : harmonizedValues(rows, fitted);
    const p = data.columnCount;
    const batch = data.batch.map((code, i) => (data.usable[i] === 1 ? code : -1));
    const columns = Array.from({ length: p }, (_, f) => {
      const unit = ranked && fitted !== null ? tieBand * (fitted.model.scaling.scale[f] as number) : null;
      const column = Float64Array.from({ length: data.rowCount }, (__, i) => values[i * p + f] as number);
      const compared = unit === null ? column : column.map((value) => Math.round(value / unit));
      return deviations === null ? compared : absoluteDeviations(compared, batch, deviations, f, p);
    });
    return { columns, batch };
  });
}

/** Harmonized values are told apart from 1e-9 of the SD on, so that doubles and fixed point rank alike. */
const tieBand = 2 ** -30;

function harmonizedValues(rows: CohortRows, fitted: FittedBatches): Float64Array {
  const { spec, model } = partsOf(fitted);
  return harmonizedRows(rows, tableSource, spec, model, effectsHere(rows, fitted));
}

function absoluteDeviations(column: Float64Array, batch: Int32Array, crossing: CrossingMedians, f: number, p: number): Float64Array {
  const own = new Map<number, number[]>();
  column.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const list = own.get(batch[i] as number);
    if (list) list.push(value);
    else own.set(batch[i] as number, [value]);
  });
  const medians = new Map([...own].map(([code, values]) => [code, medianOf(Float64Array.from(values))]));
  crossing.batches.forEach((code, k) => medians.set(code, crossing.medians[k * p + f] as number));
  return column.map((value, i) => Math.abs(value - (medians.get(batch[i] as number) ?? NaN)));
}

/** Median; the mean of the two middle values of an even number. NaN of nothing. */
export function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}
