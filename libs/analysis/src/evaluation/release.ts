import type { Protocol } from '@cohortium/protocol';
import { coxSnellOf, developmentSize, externalSize, releaseGate } from '@cohortium/validation';
import type { GateFigures } from '@cohortium/validation';
import { figureOf, withheldFigure } from './figures.js';
import type { ShownFigure } from './figures.js';
import type { CutFigures, EvaluationScience, MetaResult, ReleaseScience, SampleSizeScience } from './schema.js';

/** What the gate reads of an external validation. */
export interface ExternalEvidence {
  readonly primaryModel: string;
  readonly sites: readonly string[];
  readonly evaluation: EvaluationScience;
  /** AUC and slope at each site, from the first figures; they stand where the evaluation is not in the protocol. */
  readonly firstFigures: readonly { readonly auc: ShownFigure; readonly slope: ShownFigure }[];
}

interface Source {
  readonly from: ReleaseScience['source'];
  readonly auc: ShownFigure;
  readonly slope: ShownFigure;
  readonly cuts: readonly CutFigures[];
}

/** The study's release rule over the external validation of its primary model. A figure that is not known fails its test. */
export function judgeRelease(protocol: Protocol, evidence: ExternalEvidence): ReleaseScience {
  const { minAuc, predictionFloor, decisionRange, minExternalSites } = protocol.validation.release;
  const { from, auc, slope, cuts } = sourceOf(evidence);
  const figures: GateFigures = {
    auc: { estimate: auc.state === 'ok' ? auc.value : NaN, low: auc.state === 'ok' ? (auc.low ?? null) : null },
    predictionLow: lowOf(metaOf(evidence, 'auc')?.prediction),
    slope: slope.state === 'ok' && slope.low !== undefined && slope.high !== undefined ? { low: slope.low, high: slope.high } : null,
    netBenefit: cuts.flatMap(({ threshold, netBenefit, netBenefitAll }) =>
      netBenefit.state === 'ok' && netBenefitAll.state === 'ok'
        ? [{ threshold, model: netBenefit.value, all: netBenefitAll.value, none: 0 }]
        : [],
    ),
    externalSites: evidence.sites.length,
  };
  const card = releaseGate(figures, {
    cut: minAuc,
    floor: predictionFloor,
    thresholds: decisionRange,
    minimumSites: minExternalSites,
    verdictNeeds: 'lowerBound',
  });
  return {
    source: from,
    rule: { minAuc, predictionFloor, decisionRange, minExternalSites },
    tests: card.tests.map((test) => ({ ...test })),
    verdict: card.verdict,
  };
}

/** All external participants together where their sum may be shown, else the sites combined, else the one site. */
function sourceOf(evidence: ExternalEvidence): Source {
  const { evaluation, primaryModel, firstFigures } = evidence;
  const pooled = evaluation.pooled.state === 'ok' ? evaluation.pooled.value[primaryModel] : undefined;
  if (pooled) return { from: 'pooled', auc: pooled.auc, slope: pooled.calibration.slope, cuts: pooled.cuts };
  const auc = metaOf(evidence, 'auc')?.estimate;
  const slope = metaOf(evidence, 'slope')?.estimate;
  if (auc?.state === 'ok') return { from: 'meta', auc, slope: slope ?? withheldFigure('tooFewSites'), cuts: [] };
  const [only, ...others] = evaluation.sites.state === 'ok' ? evaluation.sites.value : [];
  const [first, ...rest] = firstFigures;
  if (!first || rest.length > 0)
    return { from: 'none', auc: withheldFigure('tooFewSites'), slope: withheldFigure('tooFewSites'), cuts: [] };
  return { from: 'site', ...first, cuts: others.length === 0 ? (only?.models[primaryModel]?.cuts ?? []) : [] };
}

function metaOf({ evaluation, primaryModel }: ExternalEvidence, measure: MetaResult['measure']): MetaResult | undefined {
  return evaluation.meta.state === 'ok' ? evaluation.meta.value[primaryModel]?.find((entry) => entry.measure === measure) : undefined;
}

function lowOf(figure: ShownFigure | undefined): number | null {
  return figure?.state === 'ok' ? (figure.low ?? null) : null;
}

const assumedAucs = [0.75, 0.8, 0.85];
const targets = { oe: 0.2, slope: 0.2, auc: 0.1 } as const;
const shrinkage = 0.9;

/** What the study has, and what studies of this prevalence need. */
export function sampleSizePanel(
  training: { readonly participants: number; readonly events: number; readonly candidates: number },
  externalCounts: readonly ShownFigure[],
): SampleSizeScience {
  const prevalence = training.events / training.participants;
  const known = externalCounts.every(({ state }) => state === 'ok');
  const external = externalCounts.reduce((sum, figure) => sum + (figure.state === 'ok' ? figure.value : 0), 0);
  return {
    prevalence,
    development: {
      participants: training.participants,
      candidates: training.candidates,
      needed: assumedAucs.map((auc) => ({
        auc,
        needed:
          developmentSize({ parameters: training.candidates, prevalence, coxSnellR2: coxSnellOf({ auc }, prevalence), shrinkage })
            ?.sampleSize ?? null,
      })),
    },
    external: {
      participants: known ? figureOf(external) : withheldFigure('smallCell'),
      needed: assumedAucs.map((auc) => {
        const size = externalSize(prevalence, auc, targets);
        return {
          auc,
          oe: size.oe.sampleSize,
          slope: size.slope.sampleSize,
          aucWidth: size.auc?.sampleSize ?? null,
          needed: size.sampleSize,
        };
      }),
    },
  };
}
