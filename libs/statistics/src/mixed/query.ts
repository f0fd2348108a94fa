import { frozenSchema, siteSlices, statisticWords, vectorSchema } from '@cohortium/federation';
import type { CohortRows, Figure, SumQuery, SummaryQuery } from '@cohortium/federation';
import type { Frozen, Json } from '@cohortium/kernel';
import { packTriangle, triangleLength, unpackTriangle } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { outcomeValues } from '../glm/local.js';
import { matrixSpecSchema, modelMatrix } from '../model-matrix/model-matrix.js';
import type { MatrixSpec } from '../model-matrix/model-matrix.js';
import { siteLogLikelihood, siteMode } from './site-likelihood.js';
import type { SiteRows } from './site-likelihood.js';

/** Parameters of the mixed-model queries. */
export interface MixedParams {
  readonly spec: Frozen<MatrixSpec>;
  readonly outcome: { readonly column: string; readonly code: number | null };
  /** Coefficients of the terms, then the SD of the site intercepts. */
  readonly theta: Float64Array;
  /** Points of the quadrature; 1 is Laplace's approximation. */
  readonly points: number;
  /** Which second derivatives; see `siteLogLikelihood`. */
  readonly hessian: 'exact' | 'lme4';
  readonly participants: number;
}

/** Totals over sites. */
export interface MixedTotals {
  readonly rows: number;
  /** Sites that have rows. */
  readonly sites: number;
  readonly logLikelihood: number;
  readonly gradient: Float64Array;
  /** Minus the second derivatives. */
  readonly information: Float64Array;
}

const params = z
  .strictObject({
    spec: frozenSchema(matrixSpecSchema),
    outcome: z.strictObject({ column: z.string(), code: z.int().min(0).nullable() }),
    theta: vectorSchema,
    points: z.int().min(1).max(100),
    hessian: z.enum(['exact', 'lme4']),
    participants: z.number().min(0),
  })
  .refine(
    ({ spec, theta }) => theta.length === spec.value.terms.length + 1,
    'theta does not fit the terms',
  ) as unknown as ZodType<MixedParams>;

const header = 3;

/** The complete rows of each site that has any. */
function rowsBySite(rows: CohortRows, { spec, outcome }: Pick<MixedParams, 'spec' | 'outcome'>): SiteRows[] {
  const { rowIndex, columnCount, values } = modelMatrix(rows, spec);
  const y = outcomeValues(rows, { ...outcome, minus: 0, over: 1 }, rowIndex);
  return siteSlices(rows).flatMap(({ from, to }) => {
    const first = rowIndex.findIndex((row) => row >= from && row < to);
    if (first < 0) return [];
    let last = first;
    while (last < rowIndex.length && (rowIndex[last] as number) < to) last++;
    return [{ columnCount, values: values.subarray(first * columnCount, last * columnCount), outcome: y.subarray(first, last) }];
  });
}

/**
 * `site-likelihood@1`: marginal log-likelihood of each site, integrated over its intercept at the site, with first and second derivatives;
 * summed. A site of one participant adds a vector that depends on that participant alone, as in every sum; it hides among the others.
 */
export const siteLikelihoodQuery: SumQuery<MixedParams, MixedTotals> = {
  kind: 'sum',
  operation: 'statistics.site-likelihood',
  version: 1,
  words: statisticWords,
  params,
  length: ({ theta: { length: q } }) => header + q + triangleLength(q),
  freeParameters: ({ theta }) => theta.length,
  scopeParticipants: ({ participants }) => participants,
  local: (rows, asked) => {
    const q = asked.theta.length;
    const out = new Float64Array(header + q + triangleLength(q));
    for (const site of rowsBySite(rows, asked)) {
      const jet = siteLogLikelihood(site, asked.theta, asked.points, asked.hessian);
      const part = [site.outcome.length, 1, jet.value, ...jet.gradient, ...packTriangle(jet.hessian, q).map((h) => -h)];
      part.forEach((value, k) => (out[k] = (out[k] as number) + value));
    }
    return out;
  },
  read: (total, { theta: { length: q } }) => {
    const [rows = 0, sites = 0, logLikelihood = 0] = total;
    return {
      rows,
      sites,
      logLikelihood,
      gradient: total.slice(header, header + q),
      information: unpackTriangle(total, q, header + q),
    };
  },
};

const figure = z.union([
  z.strictObject({ state: z.literal('ok'), value: z.number() }),
  z.strictObject({ state: z.enum(['none-yet', 'not-done']), reason: z.string().optional() }),
  z.strictObject({ state: z.enum(['withheld', 'error']), reason: z.string() }),
]);
const intercept = z.strictObject({ intercept: figure, sd: figure });
/** Conditional mode of a site's intercept with its conditional SD. */
export type SiteIntercept = z.output<typeof intercept>;

/** `site-intercept@1`: how far one site lies from the others, as a summary of that site. */
export const siteInterceptQuery: SummaryQuery<MixedParams, SiteIntercept & Json> = {
  kind: 'siteSummary',
  operation: 'statistics.site-intercept',
  version: 1,
  params,
  value: intercept as unknown as ZodType<SiteIntercept & Json>,
  local: (rows, asked) => {
    const [site] = rowsBySite(rows, asked);
    if (!site) {
      const absent: Figure = { state: 'not-done', reason: 'no rows' };
      return { intercept: absent, sd: absent } as unknown as SiteIntercept & Json;
    }
    const sigma = asked.theta[asked.theta.length - 1] as number;
    const { mode, curvature } = siteMode(site, asked.theta);
    const events = site.outcome.reduce((sum, y) => sum + y, 0);
    const cells = [events, site.outcome.length - events];
    const show = (value: number): Figure => ({ state: 'ok', value, cells });
    return { intercept: show(sigma * mode), sd: show(Math.abs(sigma) / Math.sqrt(curvature)) } as unknown as SiteIntercept & Json;
  },
};

/** Intercepts of the sites of some rows, one per row of the matrix. */
export function siteInterceptsByRow(rows: CohortRows, asked: Pick<MixedParams, 'spec' | 'outcome' | 'theta'>): Float64Array {
  const { rowIndex } = modelMatrix(rows, asked.spec);
  const out = new Float64Array(rowIndex.length);
  let at = 0;
  for (const site of rowsBySite(rows, asked)) {
    const { mode } = siteMode(site, asked.theta);
    out.fill((asked.theta[asked.theta.length - 1] as number) * mode, at, at + site.outcome.length);
    at += site.outcome.length;
  }
  return out;
}
