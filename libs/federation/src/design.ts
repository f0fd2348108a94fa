import type { CohortRows } from './rows.js';

/** A numeric matrix made from rows by a recipe: imputed, scaled, harmonized. Row-major, no missing cells. */
export interface Design {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly values: Float64Array;
}

/** Makes the design of some rows from a recipe of type `R`; pure, and remembered by the recipe's hash. */
export type DesignOf<R> = (rows: CohortRows, recipe: R) => Design;
