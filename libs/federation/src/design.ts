import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { frozenSchema } from './param-schemas.js';
import type { CohortRows } from './rows.js';

/** A numeric matrix made from rows by a recipe: imputed, scaled, harmonized. Row-major, no missing cells. */
export interface Design {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly values: Float64Array;
}

/** Makes the design of some rows from a recipe of type `R`; pure, and remembered by the recipe's hash. */
export type DesignOf<R> = (rows: CohortRows, recipe: R) => Design;

/**
 * One of several analyses that travel side by side in one vector: the rows of the site `heldOut` count as zero in it. `null`
 * holds nobody out. Leave-one-site-out is one arm per training site, so all folds cost the rounds of the slowest.
 */
export interface Arm<R> {
  readonly heldOut: string | null;
  readonly recipe: Frozen<R>;
}

/** Schema of an {@link Arm} whose recipe follows `recipe`. */
export function armSchema<R>(recipe: ZodType<R>): ZodType<Arm<R>> {
  return z.strictObject({ heldOut: z.string().nullable(), recipe: frozenSchema(recipe) }) as ZodType<Arm<R>>;
}
