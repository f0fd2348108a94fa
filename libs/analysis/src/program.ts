import { hashJson } from '@cohortium/kernel';
import type { Json, SiteId } from '@cohortium/kernel';
import type { Federation, RosterScope, SumQuery, SummaryQuery, Total } from '@cohortium/federation';
import { onnxModel } from '@cohortium/learning';
import type { LockedModel } from '@cohortium/learning';
import { protocolHash } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { eligibilityQuery, isTerm } from '@cohortium/statistics';
import type { ElasticNetFit, Eligibility } from '@cohortium/statistics';
import { sha256 } from '@cohortium/kernel';
import { analysisErrors } from './errors.js';
import { judgeRelease, sampleSizePanel } from './evaluation/release.js';
import type { ExternalEvidence } from './evaluation/release.js';
import { fullQueries } from './queries.js';
import type { Science } from './science.js';
import { validateExternally } from './steps/external.js';
import { leaveOneSiteOut, requireSitesToHoldOut } from './steps/leave-one-site-out.js';
import { askCharacteristics, askFlow } from './steps/participants.js';
import { fitModels, studySpecs, thresholdOf, toFittedModel } from './steps/models.js';
import { fitPreparations } from './steps/preparation.js';
import type { PreparedArm } from './steps/preparation.js';
import { askSiteDifferences } from './steps/site-differences.js';
import { askSiteEllipses } from './steps/site-ellipses.js';
import { selectInArms } from './steps/selection.js';
import type { ArmFeatures } from './steps/selection.js';
import type { StudyHost, StudyProgram } from './study.js';

/**
 * The radiomics study: eligibility, preparation with ComBat, penalized models, lock, external validation, leave-one-site-out. A
 * plain sequence of sums; it reads no clock and draws nothing, so it can be replayed from a journal.
 */
export const runStudy: StudyProgram = async ({ protocol, training, external }, sites, host) => {
  const federation = new CountingFederation(sites);
  host.stepBegins('eligibility');
  const eligibility = await askEligibility(federation, protocol, [...training].sort(), [...external].sort());
  const scope = trainingScope(protocol, eligibility);
  requireSitesToHoldOut(protocol, scope);

  host.stepBegins('missingness');
  host.stepBegins('preparation');
  const context = { federation, protocol, queries: fullQueries, scope, heldOut: [null] };
  const [arm] = (await fitPreparations(context, () => host.stepBegins('harmonization'))) as [PreparedArm];
  const siteDifferences = await askSiteDifferences(context, arm);
  const siteEllipses = await askSiteEllipses(context, arm);
  host.stepBegins('models');
  const [selected] = (await selectInArms(context, [arm])) as [ArmFeatures];
  const [fits] = (await fitModels(context, [arm], [selected], studySpecs(protocol.analysis.models))) as [ElasticNetFit[]];

  host.stepBegins('lock');
  const { model, modelSha256, onnxSha256 } = await lock(protocol, arm, fits, host);

  host.stepBegins('external');
  const opened = { name: 'external' as const, sites: eligibleSites(eligibility, 'external') };
  const externalResults = await validateExternally(federation, protocol, opened, model, modelSha256);
  // After the labels are open: until then an external site is asked nothing that could inform a choice.
  const eligible: RosterScope = {
    name: 'all',
    sites: eligibility.flatMap(({ site, verdict }) => (verdict === 'eligible' ? [site] : [])).sort(),
  };
  const flow = await askFlow(federation, protocol, eligible);
  const characteristics = await askCharacteristics(federation, protocol, eligible, scope);

  host.stepBegins('leaveOneSiteOut');
  const heldOutResults = await leaveOneSiteOut(federation, protocol, scope, fits);
  host.stepBegins('close');
  return {
    ...describe(protocol, eligibility, scope, arm),
    flow,
    characteristics,
    siteDifferences,
    siteEllipses,
    selection: describeSelection(protocol, arm, selected),
    models: fits.map((fit, k) => describeModel(protocol, fit, k, arm)),
    lock: { modelSha256, onnxSha256, primaryModel: model.primaryModel, threshold: model.threshold },
    external: externalResults,
    leaveOneSiteOut: heldOutResults,
    release: judgeRelease(protocol, evidenceOf(model.primaryModel, externalResults)),
    sampleSize: sampleSizePanel(
      { participants: arm.participants, events: arm.events, candidates: protocol.featureList?.names.length ?? 0 },
      eligibility.flatMap(({ role, verdict, n }) => (role === 'external' && verdict === 'eligible' ? [n] : [])),
    ),
    rounds: federation.rounds,
  };
};

function describeSelection(protocol: Protocol, { preparation }: PreparedArm, { columns, steps }: ArmFeatures): Science['selection'] {
  const rules = protocol.analysis.selection;
  if (rules.length === 0) return { state: 'not-done', reason: 'notInProtocol' };
  const value = {
    steps: rules.map(({ rule }, k) => ({ rule, left: steps[k] as number })),
    features: columns.map((j) => preparation.features[j] as string),
  };
  return { state: 'ok', value };
}

function evidenceOf(primaryModel: string, { sites, evaluation }: Science['external']): ExternalEvidence {
  const firstFigures = sites.flatMap(({ performance }) => {
    const found = performance[primaryModel];
    return found ? [{ auc: found.auc, slope: found.calibrationSlope }] : [];
  });
  return { primaryModel, sites: sites.map(({ site }) => site), evaluation, firstFigures };
}

type SiteVerdict = Science['eligibility'][number] & { readonly site: SiteId };

async function askEligibility(
  federation: Federation,
  protocol: Protocol,
  training: readonly SiteId[],
  external: readonly SiteId[],
): Promise<SiteVerdict[]> {
  const { harmonization } = protocol.analysis;
  const minBatch = harmonization.method === 'combat' ? harmonization.minBatch : 0;
  const minParticipants = Math.max(minBatch, ...protocol.clauses.map((clause) => clause.minParticipantsPerSite));
  const scope: RosterScope = { name: 'all', sites: [...training, ...external].sort() };
  const answers = await federation.summaries(eligibilityQuery, { minParticipants, needBothClasses: true }, scope);
  return [
    ...training.map((site) => ({ site, role: 'training' as const })),
    ...external.map((site) => ({ site, role: 'external' as const })),
  ].map(({ site, role }) => ({
    site,
    role,
    ...(answers.get(site) as Eligibility),
  }));
}

function eligibleSites(eligibility: readonly SiteVerdict[], role: SiteVerdict['role']): SiteId[] {
  return eligibility.filter((e) => e.role === role && e.verdict === 'eligible').map((e) => e.site);
}

function trainingScope(protocol: Protocol, eligibility: readonly SiteVerdict[]): RosterScope {
  const sites = eligibleSites(eligibility, 'training');
  if (sites.length >= protocol.sites.minTraining) return { name: 'training', sites };
  const excluded = eligibility.filter((e) => e.role === 'training' && e.verdict !== 'eligible').map((e) => `${e.site} (${e.verdict})`);
  throw analysisErrors.error('STUDY.TOO_FEW_SITES', {
    eligible: sites.length,
    needed: protocol.sites.minTraining,
    excluded: excluded.join(', ') || '-',
  });
}

async function lock(
  protocol: Protocol,
  arm: PreparedArm,
  fits: readonly ElasticNetFit[],
  host: StudyHost,
): Promise<{ model: LockedModel; modelSha256: string; onnxSha256: string }> {
  const model: LockedModel = {
    schemaVersion: 1,
    study: protocol.study,
    protocolHash: protocolHash(protocol),
    endpoint: protocol.endpoint.name,
    synthetic: protocol.synthetic,
    preparation: arm.preparation,
    models: fits.map(toFittedModel),
    primaryModel: protocol.analysis.primaryModel,
    threshold: thresholdOf(protocol, arm),
  };
  const modelSha256 = hashJson(model);
  const onnx = onnxModel(model);
  await host.lockModel(model, modelSha256, onnx);
  return { model, modelSha256, onnxSha256: sha256(onnx) };
}

function describe(
  protocol: Protocol,
  eligibility: readonly SiteVerdict[],
  scope: RosterScope,
  arm: PreparedArm,
): Omit<
  Science,
  | 'flow'
  | 'characteristics'
  | 'siteDifferences'
  | 'siteEllipses'
  | 'selection'
  | 'models'
  | 'lock'
  | 'external'
  | 'leaveOneSiteOut'
  | 'release'
  | 'sampleSize'
  | 'rounds'
> {
  const names = protocol.featureList?.names ?? [];
  const { harmonization, ...preparation } = arm.preparation;
  return {
    study: {
      id: protocol.study,
      version: protocol.version,
      title: protocol.title,
      endpoint: protocol.endpoint.name,
      endpointLabel: protocol.endpoint.label,
      synthetic: protocol.synthetic,
    },
    protocolSha256: protocolHash(protocol),
    eligibility: eligibility.map(({ site, role, n, verdict }) => ({ site, role, n, verdict })),
    trainingSites: [...scope.sites],
    trainingParticipants: arm.participants,
    features: {
      candidates: names.length,
      kept: arm.preparation.features.length,
      leftOut: [...arm.leftOut],
      missingness: names.map((feature, j) => ({ feature, band: missingBand(arm.missingShare[j] as number) })),
    },
    preparation,
    harmonization,
  };
}

type Band = Science['features']['missingness'][number]['band'];

function missingBand(share: number): Band {
  if (share <= 0) return '0';
  const bands: readonly [number, Band][] = [
    [0.05, '<5%'],
    [0.1, '5-10%'],
    [0.2, '10-20%'],
    [0.5, '20-50%'],
  ];
  return bands.find(([limit]) => share < limit)?.[1] ?? '>=50%';
}

function describeModel(protocol: Protocol, fit: ElasticNetFit, index: number, arm: PreparedArm): Science['models'][number] {
  return {
    id: fit.id,
    alpha: fit.alpha,
    lambda: fit.lambda,
    penaltyRule: protocol.analysis.models[index]?.penalty.rule ?? 'fixed',
    path: fit.path.map((point) => ({ ...point })),
    coefficientPaths: arm.preparation.features.flatMap((feature, j) => {
      const coefficients = fit.pathCoefficients.map((model) => model[j + 1] as number);
      return coefficients.some(isTerm) ? [{ feature, coefficients }] : [];
    }),
    foldCount: fit.foldCount,
    intercept: fit.coefficients[0] as number,
    terms: arm.preparation.features.map((feature, j) => ({
      feature,
      coefficient: fit.coefficients[j + 1] as number,
      folds: fit.foldTerms[j + 1] as number,
    })),
    rounds: fit.rounds,
    converged: true,
  };
}

/** Counts the rounds of a run for the report. */
class CountingFederation implements Federation {
  rounds = 0;
  constructor(private readonly inner: Federation) {}

  sum<P, V>(query: SumQuery<P, V>, params: P, scope: RosterScope): Promise<Total<V>> {
    this.rounds++;
    return this.inner.sum(query, params, scope);
  }

  summaries<P, V extends Json>(query: SummaryQuery<P, V>, params: P, scope: RosterScope): Promise<ReadonlyMap<SiteId, V>> {
    this.rounds++;
    return this.inner.summaries(query, params, scope);
  }
}
