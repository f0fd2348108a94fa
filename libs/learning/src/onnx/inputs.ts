import type { CohortRows, SiteSlice } from '@cohortium/federation';
import { covariateColumns } from '@cohortium/harmonization';
import { learningErrors } from '../errors.js';
import type { Preparation } from '../locked-model.js';
import type { OnnxInputs } from './score.js';

/** ComBat effects of one hospital, by kept feature. */
export interface OnnxSiteEffects {
  readonly gammaStar: Float64Array;
  readonly deltaStar: Float64Array;
}

/**
 * The inputs of the ONNX graph for the rows of one site: kept features in raw units, covariates in the order of the reference.
 * @param effects see `localEffects`; null without harmonization
 * @throws `LEARNING.UNKNOWN_FEATURE`, `HARMONIZATION.UNKNOWN_COVARIATE`
 */
export function onnxInputs(
  rows: CohortRows,
  { from, to }: Pick<SiteSlice, 'from' | 'to'>,
  { features, harmonization }: Preparation,
  effects: OnnxSiteEffects | null,
): OnnxInputs {
  const columns = features.map((feature) => rows.featureNames.indexOf(feature));
  const unknown = columns.indexOf(-1);
  if (unknown >= 0) throw learningErrors.error('LEARNING.UNKNOWN_FEATURE', { feature: features[unknown] as string });
  const rowCount = to - from;
  const width = rows.featureNames.length;
  const raw = new Float64Array(rowCount * columns.length);
  for (let i = 0; i < rowCount; i++) {
    columns.forEach((column, j) => (raw[i * columns.length + j] = rows.features[(from + i) * width + column] as number));
  }
  if (harmonization.method === 'none') return { features: raw, rowCount };
  const vectors = covariateColumns(rows, harmonization.covariates, from, to);
  const covariates = new Float64Array(rowCount * vectors.length);
  vectors.forEach((vector, c) => vector.forEach((value, i) => (covariates[i * vectors.length + c] = value)));
  return { features: raw, rowCount, covariates, ...(effects && { gammaStar: effects.gammaStar, deltaStar: effects.deltaStar }) };
}
