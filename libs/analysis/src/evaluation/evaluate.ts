import type { AnyQuery } from '@cohortium/federation';
import type { Evaluation, ScoreQueries } from '@cohortium/validation';
import { combineSites } from './meta.js';
import { evaluatePooled } from './pooled.js';
import type { PooledOptions } from './pooled.js';
import type { EvaluationScience } from './schema.js';
import { evaluateSites } from './sites.js';

/** Everything about how models predict in one scope: each site, all together, models against each other, sites combined. */
export async function evaluate<S>(evaluation: Evaluation<S>, options: PooledOptions): Promise<EvaluationScience> {
  const sites = await evaluateSites(evaluation, options.models, options.protocol, options.cuts);
  const { pooled, comparisons } = await evaluatePooled(evaluation, options);
  return { sites, pooled, comparisons, meta: combineSites(sites, options.models) };
}

/** The queries that an evaluation asks; the others of a score source, an exact search for scores among them, are not for studies. */
export function evaluationQueries<S>(queries: ScoreQueries<S>): readonly AnyQuery[] {
  const { counts, cells, placements, probabilitySums, curveSums, distances, siteDiscrimination, siteThresholds, siteCalibration } = queries;
  return [counts, cells, placements, probabilitySums, curveSums, distances, siteDiscrimination, siteThresholds, siteCalibration];
}

/** An evaluation that did not take place. */
export function noEvaluation(reason: string): EvaluationScience {
  const absent = { state: 'not-done' as const, reason };
  return { sites: absent, pooled: absent, comparisons: absent, meta: absent };
}
