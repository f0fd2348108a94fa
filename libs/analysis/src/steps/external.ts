import { Frozen } from '@cohortium/kernel';
import type { Federation, RosterScope } from '@cohortium/federation';
import type { LockedModel } from '@cohortium/learning';
import type { Protocol } from '@cohortium/protocol';
import { pooledPerformance } from '@cohortium/validation';
import type { ClassHistogram, PooledPerformance, ScoreMoments, WithinSitePairs } from '@cohortium/validation';
import { evaluate, noEvaluation } from '../evaluation/evaluate.js';
import type { Science } from '../science.js';
import { externalQueries, externalScoreQueries } from '../validation-queries.js';

/** External sites below which a pooled row would describe single sites by difference. */
const minPooledSites = 3;
/** Events below which AUC and calibration over all sites are not shown. */
export const minimumEvents = 10;

/** Validates the locked model: commit local harmonization, open labels, then pooled sums where enough sites take part. */
export async function validateExternally(
  federation: Federation,
  protocol: Protocol,
  scope: RosterScope,
  model: LockedModel,
  modelSha256: string,
): Promise<Science['external']> {
  if (scope.sites.length === 0)
    return { sites: [], evaluation: noEvaluation('noExternalSite'), pooled: { state: 'not-done', reason: 'noExternalSite' } };
  const params = { model: new Frozen(model), modelSha256 };
  const commitments = await federation.summaries(externalQueries.commitHarmonization, params, scope);
  const summaries = await federation.summaries(externalQueries.external, params, scope);
  const sites = scope.sites.map((site) => ({
    site,
    harmonizationSha256: commitments.get(site)?.harmonizationSha256 ?? null,
    predictionsSha256: summaries.get(site)?.predictionsSha256 ?? {},
    performance: summaries.get(site)?.performance ?? {},
  }));
  const models = model.models.map(({ id }) => id);
  const evaluation = await evaluate(
    { federation, scope, queries: externalScoreQueries, source: params, entryCount: models.length },
    { models, protocol, cuts: cutsOf(protocol, model.threshold), minimumEvents },
  );
  if (scope.sites.length < minPooledSites) return { sites, evaluation, pooled: { state: 'withheld', reason: 'fewerThanThreeSites' } };
  const grid = { ...params, scoreGrid: protocol.validation.scoreGrid };
  const { value: histograms } = await federation.sum(externalQueries.scores, grid, scope);
  const { value: pairs } = await federation.sum(externalQueries.pairs, grid, scope);
  const { value: moments } = await federation.sum(externalQueries.moments, grid, scope);
  return { sites, evaluation, pooled: { state: 'ok', value: pooledByModel(model.models, histograms, pairs, moments) } };
}

/** The agreed cut-offs and the frozen one, ascending. */
function cutsOf(protocol: Protocol, threshold: number): number[] {
  return [...new Set([...protocol.validation.decisionThresholds, threshold])].sort((a, b) => a - b);
}

/** Pooled figures by model id. */
export function pooledByModel(
  models: readonly { readonly id: string }[],
  histograms: readonly ClassHistogram[],
  pairs: readonly WithinSitePairs[],
  moments: readonly ScoreMoments[],
): Record<string, PooledPerformance> {
  const byModel = models.map(({ id }, m): [string, PooledPerformance] => [
    id,
    pooledPerformance({
      histogram: histograms[m] as ClassHistogram,
      withinSite: pairs[m] as WithinSitePairs,
      moments: moments[m] as ScoreMoments,
    }),
  ]);
  return Object.fromEntries(byModel);
}
