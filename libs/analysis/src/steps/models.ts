import { Frozen } from '@cohortium/kernel';
import { operationName } from '@cohortium/federation';
import type { FittedModel } from '@cohortium/learning';
import type { ModelSpec, Protocol } from '@cohortium/protocol';
import { fitElasticNets } from '@cohortium/statistics';
import type { ElasticNetFit, ElasticNetSpec } from '@cohortium/statistics';
import { analysisErrors } from '../errors.js';
import { maxFreeParameters } from './context.js';
import type { FitContext } from './context.js';
import type { PreparedArm } from './preparation.js';
import type { ArmFeatures } from './selection.js';

/** Fits some specs on every arm. @returns fits by arm, then by spec */
export function fitModels(
  context: FitContext,
  arms: readonly PreparedArm[],
  selected: readonly ArmFeatures[],
  specs: readonly ElasticNetSpec[],
): Promise<ElasticNetFit[][]> {
  const { federation, protocol, queries, scope } = context;
  const participants = Math.min(...arms.map((arm) => arm.participants));
  return fitElasticNets({
    federation,
    queries: queries.elasticNet,
    scope,
    arms: arms.map(({ heldOut, preparation }) => ({ heldOut, recipe: new Frozen(preparation) })),
    columnCounts: arms.map((arm) => arm.preparation.features.length),
    participants,
    specs: specs.map((spec) => withColumns(spec, protocol, arms, selected)),
    tolerance: protocol.analysis.convergence.tolerance,
    maxRounds: protocol.analysis.convergence.maxRounds,
    maxFreeParameters: maxFreeParameters(protocol, operationName(queries.elasticNet.gradient), participants),
  });
}

/** The columns of each arm that a model may use: its inputs among the features that selection has left. */
function withColumns(
  spec: ElasticNetSpec,
  protocol: Protocol,
  arms: readonly PreparedArm[],
  selected: readonly ArmFeatures[],
): ElasticNetSpec {
  const inputs = protocol.featureList?.byModel[spec.id];
  const allowed = inputs === undefined ? undefined : new Set(inputs);
  const columns = arms.map(({ preparation }, a) =>
    (selected[a] as ArmFeatures).columns.filter((j) => allowed === undefined || allowed.has(preparation.features[j] as string)),
  );
  if (columns.some((list) => list.length === 0)) throw analysisErrors.error('STUDY.NO_INPUTS_LEFT', { model: spec.id });
  return columns.every((list, a) => list.length === arms[a]?.preparation.features.length) ? spec : { ...spec, columns };
}

/** The protocol's models as they are fitted on the study's own arm. */
export function studySpecs(models: readonly ModelSpec[]): ElasticNetSpec[] {
  return models.map(({ id, alpha, penalty }) => {
    if (penalty.rule === 'fixed') return { id, alpha, penalty };
    const { folds, seed, count, minRatio, choose } = penalty;
    return { id, alpha, penalty: { rule: 'crossValidation', folds: { kind: 'participant', count: folds, seed }, count, minRatio, choose } };
  });
}

/** The same models inside leave-one-site-out: tuned by site folds, or at the penalty that the study's own fit chose. */
export function heldOutSpecs(
  models: readonly ModelSpec[],
  rule: 'siteFolds' | 'finalModel',
  sites: readonly string[],
  final: readonly ElasticNetFit[],
): ElasticNetSpec[] {
  return models.map(({ id, alpha, penalty }, k) => {
    if (penalty.rule === 'fixed') return { id, alpha, penalty };
    if (rule === 'finalModel') return { id, alpha, penalty: { rule: 'fixed', lambda: (final[k] as ElasticNetFit).lambda } };
    const { count, minRatio, choose } = penalty;
    return { id, alpha, penalty: { rule: 'crossValidation', folds: { kind: 'site', sites }, count, minRatio, choose } };
  });
}

/** A fit as it stands in a locked model. */
export function toFittedModel({ id, alpha, lambda, coefficients }: ElasticNetFit): FittedModel {
  return { id, alpha, lambda, intercept: coefficients[0] as number, coefficients: [...coefficients.subarray(1)] };
}

/** The frozen cut: the protocol's own, or the event rate of the participants behind a fit. */
export function thresholdOf(protocol: Protocol, { events, participants }: PreparedArm): number {
  const { threshold } = protocol.analysis;
  return threshold.rule === 'fixed' ? threshold.value : events / participants;
}
