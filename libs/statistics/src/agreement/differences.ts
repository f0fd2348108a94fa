import type { CohortRows } from '@cohortium/federation';
import { z } from 'zod';
import { ratingTable, ratingsSchema } from '../icc/raters.js';
import { needColumn } from '../units/units.js';
import type { UnitSource, Units } from '../units/units.js';

/**
 * Differences of two raters by participant. `absolute`: their sizes without zeros; `positive`: sizes where the first rater's is
 * larger.
 */
export const differenceSchema = z.strictObject({ ...ratingsSchema.shape, part: z.enum(['absolute', 'positive']) });
/** See {@link differenceSchema}. */
export type DifferenceRecipe = z.output<typeof differenceSchema>;

/** Participants as units, columns the differences of the first two raters (first minus second). @throws `STATISTICS.NO_COLUMN` */
export const differenceSource: UnitSource<DifferenceRecipe> = {
  recipe: differenceSchema,
  units: (rows, { hash, value }) => rows.memo(`differences ${hash}`, () => differences(rows, value)),
  columnCount: ({ columns }) => columns.length,
  groupCount: () => 1,
};

function differences(rows: CohortRows, recipe: DifferenceRecipe): Units {
  const { rowOf, participantCount, siteIndex } = ratingTable(rows, recipe);
  const m = recipe.codes.length;
  const columns = recipe.columns.map((name) => {
    const column = needColumn(rows, name);
    return Float64Array.from({ length: participantCount }, (_, s) => {
      const d = (column[rowOf[s * m] as number] as number) - (column[rowOf[s * m + 1] as number] as number);
      if (recipe.part === 'positive') return d > 0 ? d : NaN;
      return d === 0 ? NaN : Math.abs(d);
    });
  });
  return { count: participantCount, siteIndex, columns, groups: new Int32Array(participantCount) };
}
