import { Frozen } from '@cohortium/kernel';
import type { Federation, RosterScope } from '@cohortium/federation';
import type { Protocol } from '@cohortium/protocol';
import { isTerm } from '@cohortium/statistics';
import type { ElasticNetFit } from '@cohortium/statistics';
import { analysisErrors } from '../errors.js';
import { evaluate } from '../evaluation/evaluate.js';
import { heldOutQueries, heldOutScoreQueries } from '../held-out-queries.js';
import type { HeldOutParams } from '../held-out-queries.js';
import { leaveOneSiteOutQueries } from '../queries.js';
import type { Science } from '../science.js';
import { minimumEvents, pooledByModel } from './external.js';
import { fitModels, heldOutSpecs, thresholdOf, toFittedModel } from './models.js';
import { fitPreparations } from './preparation.js';
import type { PreparedArm } from './preparation.js';
import { selectInArms } from './selection.js';
import type { ArmFeatures } from './selection.js';

const minSites = 4;
const minSitesForSiteFolds = 5;

/**
 * Refuses a study whose eligible sites are too few for its leave-one-site-out, before anything is summed: a run that ended after the
 * model was locked and the external labels opened would have disclosed for nothing.
 * @throws `STUDY.LOSO_TOO_FEW_SITES`
 */
export function requireSitesToHoldOut(protocol: Protocol, scope: RosterScope): void {
  const { enabled, penalty } = protocol.validation.leaveOneSiteOut;
  if (!enabled) return;
  const tuned = protocol.analysis.models.some((model) => model.penalty.rule === 'crossValidation');
  const needed = penalty.rule === 'siteFolds' && tuned ? minSitesForSiteFolds : minSites;
  if (scope.sites.length < needed)
    throw analysisErrors.error('STUDY.LOSO_TOO_FEW_SITES', { rule: penalty.rule, needed, eligible: scope.sites.length });
}

/**
 * Internal-external cross-validation: everything is learned again without each site in turn, all sites side by side. Discloses, by
 * difference to the study's own totals, aggregates of single sites; its clause says so. Needs {@link requireSitesToHoldOut}.
 */
export async function leaveOneSiteOut(
  federation: Federation,
  protocol: Protocol,
  scope: RosterScope,
  final: readonly ElasticNetFit[],
): Promise<Science['leaveOneSiteOut']> {
  const { enabled, penalty, pooled } = protocol.validation.leaveOneSiteOut;
  if (!enabled) return { state: 'not-done', reason: 'notInProtocol' };
  const context = { federation, protocol, queries: leaveOneSiteOutQueries, scope, heldOut: scope.sites };
  const arms = await fitPreparations(context, () => undefined);
  const selected = await selectInArms(context, arms);
  const fits = await fitModels(context, arms, selected, heldOutSpecs(protocol.analysis.models, penalty.rule, scope.sites, final));
  const params: HeldOutParams = {
    arms: scope.sites.map((heldOut, a) => {
      const arm = arms[a] as PreparedArm;
      const models = (fits[a] as ElasticNetFit[]).map(toFittedModel);
      return { heldOut, models: new Frozen({ preparation: arm.preparation, models, threshold: thresholdOf(protocol, arm) }) };
    }),
    scoreGrid: protocol.validation.scoreGrid,
  };
  const summaries = await federation.summaries(heldOutQueries.heldOut, params, scope);
  const sites = scope.sites.map((site, a) => ({
    site,
    selected: protocol.analysis.selection.length === 0 ? null : selectedNames(arms[a] as PreparedArm, selected[a] as ArmFeatures),
    lambda: Object.fromEntries((fits[a] as ElasticNetFit[]).map((fit) => [fit.id, fit.lambda])),
    nonZero: Object.fromEntries((fits[a] as ElasticNetFit[]).map((fit) => [fit.id, termNames(arms[a] as PreparedArm, fit)])),
    predictionsSha256: summaries.get(site)?.predictionsSha256 ?? {},
    performance: summaries.get(site)?.performance ?? {},
  }));
  const models = protocol.analysis.models.map(({ id }) => id);
  const evaluation = await evaluate(
    { federation, scope, queries: heldOutScoreQueries, source: params, entryCount: models.length },
    { models, protocol, cuts: protocol.validation.decisionThresholds, minimumEvents },
  );
  if (!pooled)
    return { state: 'ok', value: { penaltyRule: penalty.rule, sites, evaluation, pooled: { state: 'not-done', reason: 'notInProtocol' } } };
  const { value: histograms } = await federation.sum(heldOutQueries.scores, params, scope);
  const { value: pairs } = await federation.sum(heldOutQueries.pairs, params, scope);
  const { value: moments } = await federation.sum(heldOutQueries.moments, params, scope);
  const value = pooledByModel(protocol.analysis.models, histograms, pairs, moments);
  return { state: 'ok', value: { penaltyRule: penalty.rule, sites, evaluation, pooled: { state: 'ok', value } } };
}

function termNames({ preparation }: PreparedArm, { coefficients }: ElasticNetFit): string[] {
  return preparation.features.filter((_, j) => isTerm(coefficients[j + 1] as number));
}

function selectedNames({ preparation }: PreparedArm, { columns }: ArmFeatures): string[] {
  return columns.map((j) => preparation.features[j] as string);
}
