import { vectorSchema } from '@cohortium/federation';
import type { Figure, SummaryQuery } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import { cellOf } from '../score-sums/cells-query.js';
import { denseRows } from '../score-sums/score-source.js';
import type { ScoreSource, ScoredRows } from '../score-sums/score-source.js';
import { figureOf, siteFiguresQuery } from '../score-sums/site-figures.js';
import type { SiteFigures } from '../score-sums/site-figures.js';
import type { SourceParams } from '../score-sums/source-query.js';
import { siteCounts } from './site-discrimination.js';

/** Parameters of {@link siteThresholdsQuery}. */
export interface SiteThresholdsParams<S> extends SourceParams<S> {
  /** Frozen cut-offs, ascending; at or above is positive. */
  readonly cuts: Float64Array;
}

/** True and false positives of one site at frozen cut-offs: `tp k` and `fp k` for the k-th; each count is a cell for the gate. */
export function siteThresholdsQuery<S>(source: ScoreSource<S>): SummaryQuery<SiteThresholdsParams<S>, Json> {
  return siteFiguresQuery<S, SiteThresholdsParams<S>>(source, {
    name: 'site-thresholds',
    shape: { cuts: vectorSchema },
    figures: (entries, { cuts }) => entries.map((entry) => siteAtCuts(entry, cuts)),
  });
}

function siteAtCuts(entry: ScoredRows, cuts: Float64Array): SiteFigures {
  const { outcome, score } = denseRows(entry);
  const { figures, cells } = siteCounts(outcome);
  const [positives, negatives] = cells as [number, number];
  const tp = new Float64Array(cuts.length);
  const fp = new Float64Array(cuts.length);
  for (let i = 0; i < score.length; i++) {
    const counts = outcome[i] === 1 ? tp : fp;
    for (let k = cellOf(cuts, score[i] as number) - 1; k >= 0; k--) counts[k] = (counts[k] as number) + 1;
  }
  const out: Record<string, Figure> = { ...figures };
  cuts.forEach((_, k) => {
    out[`tp ${k}`] = figureOf(tp[k] as number, [tp[k] as number, positives - (tp[k] as number)]);
    out[`fp ${k}`] = figureOf(fp[k] as number, [fp[k] as number, negatives - (fp[k] as number)]);
  });
  return out;
}
