import { vectorSchema } from '@cohortium/federation';
import type { SummaryQuery } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { figureSchema } from '../figures.js';
import { cellOf } from '../score-sums/cells-query.js';
import { denseRows, sourceRows } from '../score-sums/score-source.js';
import type { ScoreSource, ScoredRows } from '../score-sums/score-source.js';
import { figureOf } from '../score-sums/site-figures.js';
import type { SiteFigures } from '../score-sums/site-figures.js';
import type { SourceParams } from '../score-sums/source-query.js';
import { siteCounts } from './site-discrimination.js';

/** Parameters of {@link siteThresholdsQuery}. */
export interface SiteThresholdsParams<S> extends SourceParams<S> {
  /** Frozen cut-offs, ascending; at or above is positive. */
  readonly cuts: Float64Array;
}

/** Figures of one entry: first participants and events, then one object per cut-off. */
const answerSchema = z.array(z.array(z.record(z.string(), figureSchema)).min(1)) as unknown as ZodType<Json>;

/**
 * True and false positives of one site at frozen cut-offs. Each cut-off is an object of its own with the counts `tp` and `fp` as cells for the
 * gate, which looks at objects one by one: a small count at one cut-off takes its own figures with it, not those of the others. What is left does
 * not give it away: true positives only fall from one cut-off to the next.
 */
export function siteThresholdsQuery<S>(source: ScoreSource<S>): SummaryQuery<SiteThresholdsParams<S>, Json> {
  const operation = `${source.prefix}-site-thresholds`;
  return {
    kind: 'siteSummary',
    operation,
    version: 1,
    params: z.strictObject({ source: source.schema, cuts: vectorSchema }) as unknown as ZodType<SiteThresholdsParams<S>>,
    value: answerSchema,
    local: (rows, params) =>
      sourceRows(source, operation, rows, params.source).map((entry) => siteAtCuts(entry, params.cuts)) as unknown as Json,
  };
}

/** The figures of every entry of an answer, `tp k` and `fp k` for the k-th cut-off. */
export function siteThresholdFigures(answer: Json): SiteFigures[] {
  return (answer as unknown as readonly (readonly SiteFigures[])[]).map(([counts, ...cuts]) => {
    const at = cuts.flatMap((figures, k) => Object.entries(figures).map(([name, figure]) => [`${name} ${k}`, figure] as const));
    return { ...counts, ...Object.fromEntries(at) };
  });
}

function siteAtCuts(entry: ScoredRows, cuts: Float64Array): readonly SiteFigures[] {
  const { outcome, score } = denseRows(entry);
  const { figures, cells } = siteCounts(outcome);
  const [positives, negatives] = cells as [number, number];
  const tp = new Float64Array(cuts.length);
  const fp = new Float64Array(cuts.length);
  for (let i = 0; i < score.length; i++) {
    const counts = outcome[i] === 1 ? tp : fp;
    for (let k = cellOf(cuts, score[i] as number) - 1; k >= 0; k--) counts[k] = (counts[k] as number) + 1;
  }
  const atCut = (k: number): SiteFigures => ({
    tp: figureOf(tp[k] as number, [tp[k] as number, positives - (tp[k] as number)]),
    fp: figureOf(fp[k] as number, [fp[k] as number, negatives - (fp[k] as number)]),
  });
  return [figures, ...Array.from(cuts, (_, k) => atCut(k))];
}
