import { countWords, frozenSchema, siteSlices, vectorSchema } from '@cohortium/federation';
import type { CohortRows, Figure, SumQuery, SummaryQuery } from '@cohortium/federation';
import type { Frozen, Json } from '@cohortium/kernel';
import { columnAt, termSchema } from '@cohortium/statistics';
import type { GlmFamily, Term } from '@cohortium/statistics';
import { delongAuc, gridPoint } from '@cohortium/validation';
import type { ClassHistogram } from '@cohortium/validation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { linearPredictors, meansOf } from './predictions.js';

/** Models that left out one site each; every site scores its own participants with the one that did not see them. */
export interface LosoScoreParams {
  readonly terms: Frozen<readonly Term[]>;
  readonly fits: readonly { readonly site: string; readonly coefficients: Float64Array }[];
  readonly outcome: { readonly column: string; readonly code: number | null };
  readonly offset: string | null;
  /** Cells of the grid of probabilities. */
  readonly cells: number;
}

const params = z.strictObject({
  terms: frozenSchema(z.array(termSchema)),
  fits: z.array(z.strictObject({ site: z.string(), coefficients: vectorSchema })).max(1024),
  outcome: z.strictObject({ column: z.string(), code: z.int().min(0).nullable() }),
  offset: z.string().nullable(),
  cells: z.int().min(10).max(100_000),
}) as unknown as ZodType<LosoScoreParams>;

/** Means by row from the models that left out the row's site; NaN where there is none. */
export function losoPredictions(
  rows: CohortRows,
  { terms, fits, offset }: Pick<LosoScoreParams, 'terms' | 'fits' | 'offset'>,
  family: GlmFamily,
): Float64Array {
  const out = new Float64Array(rows.rowCount).fill(NaN);
  for (const { site, from, to } of siteSlices(rows)) {
    const fit = fits.find((candidate) => candidate.site === site);
    if (!fit) continue;
    const means = meansOf(family, linearPredictors(rows, terms.value, [...fit.coefficients], offset));
    out.set(means.subarray(from, to), from);
  }
  return out;
}

/** Rows that have a prediction and an outcome, with both. */
function scored(rows: CohortRows, asked: LosoScoreParams): { outcome: Float64Array; scores: Float64Array } {
  const predictions = losoPredictions(rows, asked, 'binomial');
  const all = Int32Array.from({ length: rows.rowCount }, (_, i) => i);
  const values = columnAt(rows, asked.outcome.column, all);
  const at = all.filter((i) => !Number.isNaN(values[i]) && !Number.isNaN(predictions[i]));
  const { code } = asked.outcome;
  const isEvent = (i: number) => (code === null ? values[i] === 1 : values[i] === code);
  return { outcome: Float64Array.from(at, (i) => Number(isEvent(i))), scores: Float64Array.from(at, (i) => predictions[i] as number) };
}

/** `loso.prediction-histogram@1`: counts of predictions on a grid by outcome, over all sites. */
export const losoHistogramQuery: SumQuery<LosoScoreParams, ClassHistogram> = {
  kind: 'sum',
  operation: 'loso.prediction-histogram',
  version: 1,
  words: countWords,
  params,
  length: ({ cells }) => 2 * (cells + 1),
  local: (rows, asked) => {
    const size = asked.cells + 1;
    const counts = new Float64Array(2 * size);
    const { outcome, scores } = scored(rows, asked);
    scores.forEach((score, i) => {
      const at = (outcome[i] === 1 ? 0 : size) + gridPoint(score, asked.cells);
      counts[at] = (counts[at] as number) + 1;
    });
    return counts;
  },
  read: (total, { cells }) => ({ positives: total.slice(0, cells + 1), negatives: total.slice(cells + 1) }),
};

const figure = z.union([
  z.strictObject({ state: z.literal('ok'), value: z.number() }),
  z.strictObject({ state: z.enum(['none-yet', 'not-done']), reason: z.string().optional() }),
  z.strictObject({ state: z.enum(['withheld', 'error']), reason: z.string() }),
]);
const siteAuc = z.strictObject({ n: figure, events: figure, auc: figure, se: figure });
/** AUC of the predictions at one site. */
export type SiteAuc = z.output<typeof siteAuc>;

/** `loso.site-auc@1`: AUC and DeLong standard error at a site of the model that did not see it. */
export const losoSiteAucQuery: SummaryQuery<LosoScoreParams, SiteAuc & Json> = {
  kind: 'siteSummary',
  operation: 'loso.site-auc',
  version: 1,
  params,
  value: siteAuc as unknown as ZodType<SiteAuc & Json>,
  local: (rows, asked) => {
    const { outcome, scores } = scored(rows, asked);
    const events = outcome.reduce((sum, y) => sum + y, 0);
    const cells = [events, outcome.length - events];
    const show = (value: number): Figure =>
      Number.isFinite(value) ? { state: 'ok', value, cells } : { state: 'not-done', reason: 'one class' };
    const { auc, variance } = events > 0 && events < outcome.length ? delongAuc(outcome, scores) : { auc: NaN, variance: NaN };
    return { n: show(outcome.length), events: show(events), auc: show(auc), se: show(Math.sqrt(variance)) } as unknown as SiteAuc & Json;
  },
};
