import type { SummaryQuery } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import { z } from 'zod';
import { delongAuc, delongInterval, tieCells } from '../discrimination/delong.js';
import { rocOnGrid } from '../discrimination/roc.js';
import { withheld } from '../figures.js';
import { denseRows } from '../score-sums/score-source.js';
import type { ScoreSource, ScoredRows } from '../score-sums/score-source.js';
import { figureOf, siteFiguresQuery } from '../score-sums/site-figures.js';
import type { SiteFigures } from '../score-sums/site-figures.js';
import type { SourceParams } from '../score-sums/source-query.js';
import { classCounts } from '../scores.js';

/** Parameters of {@link siteDiscriminationQuery}. */
export interface SiteDiscriminationParams<S> extends SourceParams<S> {
  /** Smallest class for which an AUC is shown. */
  readonly minimumEvents: number;
  /** Steps of the false positive rate at which the ROC curve is read off; 0 for no curve. */
  readonly rocSteps: number;
}

/** Participants and events of an entry at a site. */
export function siteCounts(outcome: Float64Array): { readonly figures: SiteFigures; readonly cells: readonly number[] } {
  const { positives, negatives } = classCounts(outcome);
  const cells = [positives, negatives];
  return {
    cells,
    figures: { participants: figureOf(outcome.length, [outcome.length]), events: figureOf(positives, cells) },
  };
}

/**
 * AUC of one site from its own rows, exactly, with DeLong's variance and interval; `tooFewEvents` below the minimum of either class. The
 * curve is read off on a grid of false positive rates, so that no cut-off shows a participant.
 */
export function siteDiscriminationQuery<S>(source: ScoreSource<S>): SummaryQuery<SiteDiscriminationParams<S>, Json> {
  return siteFiguresQuery<S, SiteDiscriminationParams<S>>(source, {
    name: 'site-auc',
    shape: { minimumEvents: z.int().min(0).max(1_000_000), rocSteps: z.int().min(0).max(1000) },
    figures: (entries, { minimumEvents, rocSteps }) => entries.map((entry) => siteAuc(entry, minimumEvents, rocSteps)),
  });
}

function siteAuc(entry: ScoredRows, minimumEvents: number, rocSteps: number): SiteFigures {
  const { outcome, score } = denseRows(entry);
  const { cells, figures } = siteCounts(outcome);
  if (Math.min(...cells) < Math.max(1, minimumEvents)) {
    const few = withheld('tooFewEvents');
    return { ...figures, auc: few, variance: few, ...(rocSteps > 0 && { 'roc 0': few }) };
  }
  const estimate = delongAuc(outcome, score);
  const interval = delongInterval(estimate);
  return {
    ...figures,
    auc: figureOf(estimate.auc, cells, 'tooFewEvents', interval?.low, interval?.high),
    variance: figureOf(estimate.variance, cells, 'tooFewEvents'),
    ...(rocSteps > 0 && curveFigures(outcome, score, rocSteps, cells)),
  };
}

function curveFigures(outcome: Float64Array, score: Float64Array, steps: number, cells: readonly number[]): SiteFigures {
  const tied = { ...tieCells(outcome, score, 0), values: null };
  const curve = rocOnGrid({ ...tied, edges: new Float64Array(Math.max(0, tied.positives.length - 1)) }, steps);
  return Object.fromEntries([...curve].map((sensitivity, g) => [`roc ${g}`, figureOf(sensitivity, cells)]));
}
