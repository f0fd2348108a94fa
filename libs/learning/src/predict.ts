import type { CohortRows } from '@cohortium/federation';
import { logistic } from '@cohortium/numerics';
import type { FittedModel, Preparation } from './locked-model.js';
import { preparedDesign } from './preparation/design.js';

/** Models on one preparation. */
export interface PreparedModels {
  readonly preparation: Preparation;
  readonly models: readonly FittedModel[];
}

/** Probability of the event by row, one vector per model. */
export function predict(rows: CohortRows, { preparation, models }: PreparedModels): Float64Array[] {
  const { values, columnCount } = preparedDesign(rows, preparation);
  return models.map(({ intercept, coefficients }) => {
    const probabilities = new Float64Array(rows.rowCount);
    for (let i = 0; i < rows.rowCount; i++) {
      let eta = intercept;
      for (let j = 0; j < columnCount; j++) {
        const b = coefficients[j] as number;
        if (b !== 0) eta += b * (values[i * columnCount + j] as number);
      }
      probabilities[i] = logistic(eta);
    }
    return probabilities;
  });
}
