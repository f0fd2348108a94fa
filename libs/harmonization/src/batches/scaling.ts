import { vectorSchema } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { fitGroups } from './data.js';
import type { BatchData, BatchGroup, BatchSource } from './data.js';

/** Mean and SD that columns and covariates are standardized by; a constant one has scale 1. */
export interface BatchScaling {
  readonly center: Float64Array;
  readonly scale: Float64Array;
  readonly covariateCenter: Float64Array;
  readonly covariateScale: Float64Array;
}

/** Parser of {@link BatchScaling}. */
export const scalingSchema = z.strictObject({
  center: vectorSchema,
  scale: vectorSchema,
  covariateCenter: vectorSchema,
  covariateScale: vectorSchema,
}) as ZodType<BatchScaling>;

/** Standardized rows with the groups that estimates are made from. */
export interface StandardData extends BatchData {
  readonly groups: readonly BatchGroup[];
}

/** Rows of a source, standardized; pure and remembered. */
export function standardData<R>(rows: CohortRows, source: BatchSource<R>, recipe: Frozen<R>, scaling: Frozen<BatchScaling>): StandardData {
  return rows.memo(`standard ${recipe.hash} ${scaling.hash}`, () => {
    const data = source.dataOf(rows, recipe);
    const { center, scale, covariateCenter, covariateScale } = scaling.value;
    const p = data.columnCount;
    const values = new Float64Array(data.values.length);
    for (let i = 0; i < data.rowCount; i++) {
      for (let f = 0; f < p; f++) values[i * p + f] = ((data.values[i * p + f] as number) - (center[f] as number)) / (scale[f] as number);
    }
    const covariates = data.covariates.map((column, c) =>
      column.map((value) => (value - (covariateCenter[c] as number)) / (covariateScale[c] as number)),
    );
    return { ...data, values, covariates, groups: fitGroups(data) };
  });
}
