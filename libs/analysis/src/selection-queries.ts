import type { Design, DesignOf } from '@cohortium/federation';
import { preparationSchema, preparedDesign } from '@cohortium/learning';
import type { Preparation } from '@cohortium/learning';
import { designSource, unitQueries } from '@cohortium/statistics';
import type { DesignRecipe, Family, UnitQueries } from '@cohortium/statistics';
import { z } from 'zod';
import type { ZodType } from 'zod';

/** Some of the columns of a prepared design. */
export interface KeptColumns {
  readonly preparation: Preparation;
  /** Indices into the kept features of the preparation, ascending. */
  readonly keep: readonly number[];
}

const keptSchema = z.strictObject({ preparation: preparationSchema, keep: z.array(z.int().min(0)).min(1) }) as ZodType<KeptColumns>;

const keptDesign: DesignOf<KeptColumns> = (rows, { preparation, keep }): Design => {
  const { rowCount, columnCount, values } = preparedDesign(rows, preparation);
  const kept = new Float64Array(rowCount * keep.length);
  for (let i = 0; i < rowCount; i++)
    for (let k = 0; k < keep.length; k++) kept[i * keep.length + k] = values[i * columnCount + (keep[k] as number)] as number;
  return { rowCount, columnCount: keep.length, values: kept };
};

/** Recipe of the units that selection works on. */
export type SelectionRecipe = DesignRecipe<KeptColumns>;

/** Sums over prepared features, by outcome: `statistics.prepared-moments@1` and its kin. */
export function selectionQueries(family: Family): UnitQueries<SelectionRecipe> {
  return unitQueries(family, 'prepared', designSource(keptDesign, keptSchema));
}
