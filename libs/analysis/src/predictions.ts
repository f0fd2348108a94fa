import type { SiteId } from '@cohortium/kernel';
import { operationName } from '@cohortium/federation';
import { localEffects, onnxInputs, onnxModel, predict, scoreOnnx } from '@cohortium/learning';
import type { FittedModel } from '@cohortium/learning';
import type { SiteCohort } from './cohort/read-cohort.js';
import { formatCsv } from './cohort/table.js';
import { analysisErrors } from './errors.js';
import { heldOutQueries, heldOutScores } from './held-out-queries.js';
import type { HeldOutParams } from './held-out-queries.js';
import { externalQueries, lockedModelOf } from './validation-queries.js';
import type { LockedParams } from './validation-queries.js';

/** Probabilities of a site's participants under the models of one request. */
export interface SiteScores {
  /** `external` or `held-out`: which file of the site they belong in. */
  readonly name: 'external' | 'held-out';
  readonly models: readonly FittedModel[];
  /** By model, by participant. */
  readonly probabilities: readonly Float64Array[];
}

/** A table of predictions, for the site's own folder. */
export interface PredictionTable {
  readonly name: SiteScores['name'];
  readonly csv: string;
}

/** Largest difference between ONNX Runtime and the built-in prediction that is rounding. */
const onnxTolerance = 1e-9;

/** The scores that an operation gives a site's participants; undefined for operations that score nobody. */
export function siteScores(operation: string, params: unknown, cohort: SiteCohort): SiteScores | undefined {
  if (operation === operationName(externalQueries.external)) {
    const model = lockedModelOf(params as LockedParams);
    return { name: 'external', models: model.models, probabilities: predict(cohort.rows, model) };
  }
  if (operation === operationName(heldOutQueries.heldOut)) {
    const { arms } = params as HeldOutParams;
    const arm = arms.find((a) => a.heldOut === cohort.rows.sites[0]);
    return arm && { name: 'held-out', models: arm.models.value.models, probabilities: heldOutScores(cohort.rows, params as HeldOutParams) };
  }
  return undefined;
}

/** {@link siteScores} as CSV: participant, site, outcome, one column per model. It stays at the site. */
export function sitePredictions(operation: string, params: unknown, cohort: SiteCohort): PredictionTable | undefined {
  const scores = siteScores(operation, params, cohort);
  if (!scores) return undefined;
  const site = cohort.rows.sites[0] as SiteId;
  const rows = cohort.participants.map((participant, i) => [
    participant,
    site,
    String(cohort.rows.outcome[i]),
    ...scores.probabilities.map((p) => String(p[i])),
  ]);
  return { name: scores.name, csv: formatCsv(['patient_id', 'site', 'outcome', ...scores.models.map((m) => m.id)], rows) };
}

/**
 * Scores the participants with the ONNX file of the locked model and compares with the built-in prediction, before anything about
 * them leaves. Nothing happens for other operations.
 * @throws `STUDY.ONNX_DIFFERS` when any probability differs by more than 1e-9
 */
export async function onnxCheck(operation: string, params: unknown, cohort: SiteCohort): Promise<void> {
  if (operation !== operationName(externalQueries.external)) return;
  const model = lockedModelOf(params as LockedParams);
  const { rows } = cohort;
  const effects = localEffects(rows, rows.sites[0] as string, model.preparation);
  const scored = await scoreOnnx(onnxModel(model), onnxInputs(rows, { from: 0, to: rows.rowCount }, model.preparation, effects));
  let difference = 0;
  predict(rows, model).forEach((probabilities, m) => {
    probabilities.forEach((p, i) => {
      difference = Math.max(difference, Math.abs(p - (scored[i * model.models.length + m] as number)));
    });
  });
  if (!(difference <= onnxTolerance))
    throw analysisErrors.error('STUDY.ONNX_DIFFERS', { difference: difference.toExponential(2), allowed: '1e-9' });
}
