import type { CohortRows } from '@cohortium/federation';
import { columnOf } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { exp, logistic } from '@cohortium/numerics';
import { modelMatrix, plainSpec } from '@cohortium/statistics';
import type { GlmFamily, Term } from '@cohortium/statistics';

/** Linear predictors by row; NaN where a column of the terms or the offset is missing. Coefficients that are null count as 0. */
export function linearPredictors(
  rows: CohortRows,
  terms: readonly Term[],
  coefficients: readonly (number | null)[],
  offset: string | null,
): Float64Array {
  const out = new Float64Array(rows.rowCount).fill(NaN);
  const { rowIndex, columnCount: p, values } = modelMatrix(rows, new Frozen(plainSpec(terms, offset === null ? [] : [offset])));
  const shift = offset === null ? undefined : columnOf(rows, offset);
  for (let i = 0; i < rowIndex.length; i++) {
    const row = rowIndex[i] as number;
    let eta = shift ? (shift[row] as number) : 0;
    for (let j = 0; j < p; j++) eta += (coefficients[j] ?? 0) * (values[i * p + j] as number);
    out[row] = eta;
  }
  return out;
}

/** Means from linear predictors. */
export function meansOf(family: GlmFamily, eta: Float64Array): Float64Array {
  if (family === 'gaussian') return eta;
  return eta.map((value) => (Number.isNaN(value) ? NaN : family === 'binomial' ? logistic(value) : exp(value)));
}
