import type { CohortRows } from './rows.js';

/** True when the rows have a column of this name. */
export function hasColumn(rows: CohortRows, name: string): boolean {
  return Object.hasOwn(rows.covariates, name) || rows.featureNames.includes(name);
}

/**
 * One column by name, a clinical covariate before a feature; NaN is a missing cell. A copy of features is remembered, so that
 * queries may ask for the same column in every round. Undefined where the rows have no such column.
 */
export function columnOf(rows: CohortRows, name: string): Float64Array | undefined {
  if (Object.hasOwn(rows.covariates, name)) return rows.covariates[name];
  const at = rows.featureNames.indexOf(name);
  if (at < 0) return undefined;
  const width = rows.featureNames.length;
  return rows.memo(`column ${name}`, () => {
    const column = new Float64Array(rows.rowCount);
    for (let i = 0; i < column.length; i++) column[i] = rows.features[i * width + at] as number;
    return column;
  });
}
