import { operationName } from '@cohortium/federation';
import type { Figure } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import type { Protocol } from '@cohortium/protocol';
import { findClause } from '@cohortium/protocol';
import { bandedBorders, reasonOf, siteThresholdFigures, valueOf } from '@cohortium/validation';
import type { Evaluation, SiteFigures } from '@cohortium/validation';
import { cutFigures, withheldCut } from './figures.js';
import type { ShownFigure } from './figures.js';
import type { EvaluationScience, SiteModelEvaluation } from './schema.js';

/** Events below which a site's AUC and calibration are not shown. */
const minimumEvents = 10;
/** The ROC curve of a site is read off at 0, 0.05, ..., 1. */
const rocSteps = 20;

/** The figures of every model at every site of a scope, where clauses allow all three summaries. */
export async function evaluateSites<S>(
  evaluation: Evaluation<S>,
  models: readonly string[],
  protocol: Protocol,
  cuts: readonly number[],
): Promise<EvaluationScience['sites']> {
  const { federation, scope, queries, source } = evaluation;
  const asked = [queries.siteDiscrimination, queries.siteThresholds, queries.siteCalibration];
  if (!asked.every((query) => findClause(protocol, operationName(query), scope.name)?.kind === 'siteSummary'))
    return { state: 'not-done', reason: 'notInProtocol' };
  const ranks = await federation.summaries(queries.siteDiscrimination, { source, minimumEvents, rocSteps }, scope);
  const counts = await federation.summaries(queries.siteThresholds, { source, cuts: bandedBorders(cuts) }, scope);
  const lines = await federation.summaries(queries.siteCalibration, { source, minimumEvents, infinite: 'refuse', smooth: true }, scope);
  const value = scope.sites.map((site) => {
    const figuresOf = (answers: ReadonlyMap<string, Json>, k: number) =>
      ((answers.get(site) ?? []) as unknown as readonly SiteFigures[])[k] ?? {};
    const atCuts = siteThresholdFigures(counts.get(site) ?? []);
    return {
      site,
      models: Object.fromEntries(models.map((id, k) => [id, siteModel(figuresOf(ranks, k), atCuts[k] ?? {}, figuresOf(lines, k), cuts)])),
    };
  });
  return { state: 'ok', value };
}

function siteModel(rank: SiteFigures, counts: SiteFigures, line: SiteFigures, cuts: readonly number[]): SiteModelEvaluation {
  const of = (figures: SiteFigures, name: string) => shown(figures[name]);
  const choice =
    line['closedTestChoice']?.state === 'ok'
      ? (['original', 'intercept', 'recalibration'] as const)[valueOf(line['closedTestChoice'])]
      : undefined;
  return {
    auc: of(rank, 'auc'),
    roc: Array.from({ length: rocSteps + 1 }, (_, g) => ({ falsePositiveRate: g / rocSteps, sensitivity: of(rank, `roc ${g}`) })),
    cuts: cuts.map((threshold, k) => siteCut(threshold, counts, k)),
    calibration: {
      inTheLarge: of(line, 'largeEstimate'),
      intercept: of(line, 'intercept'),
      slope: of(line, 'slope'),
      brier: of(line, 'brier'),
      scaledBrier: of(line, 'scaledBrier'),
      logLoss: of(line, 'logLoss'),
      observedExpected: of(line, 'oe'),
      ici: of(line, 'loess ici'),
      e50: of(line, 'loess e50'),
      e90: of(line, 'loess e90'),
      update: {
        choice: choice ?? 'unknown',
        pAgainstOriginal: of(line, 'closedTestLarge'),
        pAgainstIntercept: of(line, 'closedTestSlope'),
      },
    },
  };
}

/** All figures of a cut need both counts and the sizes of both classes; where the gate took one of them, none is worked out. */
function siteCut(threshold: number, counts: SiteFigures, k: number) {
  const parts = [counts['participants'], counts['events'], counts[`tp ${k}`], counts[`fp ${k}`]];
  const missing = parts.find((part) => part?.state !== 'ok');
  if (missing !== undefined || parts.some((part) => part === undefined)) return withheldCut(threshold, reasonOf(missing) ?? 'smallCell');
  const [participants, events, truePositives, falsePositives] = parts.map((part) => valueOf(part)) as [number, number, number, number];
  return cutFigures(threshold, {
    truePositives,
    falsePositives,
    falseNegatives: events - truePositives,
    trueNegatives: participants - events - falsePositives,
  });
}

/** A site's figure without cells, or the reason of its absence; a curve that was not made at all is withheld like the AUC. */
function shown(figure: Figure | undefined): ShownFigure {
  if (figure === undefined) return { state: 'withheld', reason: 'tooFewEvents' };
  if (figure.state !== 'ok') return figure as ShownFigure;
  const { value, low, high } = figure;
  return { state: 'ok', value, ...(low !== undefined && high !== undefined ? { low, high } : {}) };
}
