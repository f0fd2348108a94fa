import type { CohortRows, Figure, SummaryQuery } from '@cohortium/federation';
import { isAppError } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { packTriangle } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { completeRows, termSchema } from '../model-matrix/model-matrix.js';
import type { Term } from '../model-matrix/model-matrix.js';
import { runOnRows } from '../program.js';
import { glmFamilies } from './families.js';
import type { GlmFamily } from './families.js';
import { firthProfiles } from './firth-profile.js';
import { fitGlms } from './fit.js';
import type { GlmFit, GlmFits, GlmProblem } from './fit.js';
import { outcomeValues } from './local.js';
import { profileIntervals } from './profile.js';
import type { ProfileInterval } from './profile.js';
import { glmQueries } from './query.js';
import type { GlmQueries } from './query.js';

/** Parameters of `glm-site-fit@1`. */
export interface SiteFitParams {
  readonly family: GlmFamily;
  readonly outcome: { readonly column: string; readonly code: number | null };
  readonly weights: string | null;
  readonly offset: string | null;
  readonly terms: readonly Term[];
  readonly firth: boolean;
  readonly epsilon: number;
  readonly maxRounds: number;
  readonly limit: number;
  /** Level of profile intervals; null without them. */
  readonly profile: number | null;
}

const figure = z.union([
  z.strictObject({ state: z.literal('ok'), value: z.number() }),
  z.strictObject({ state: z.enum(['none-yet', 'not-done']), reason: z.string().optional() }),
  z.strictObject({ state: z.enum(['withheld', 'error']), reason: z.string() }),
]);

const siteFitSchema = z.strictObject({
  state: z.enum(['fitted', 'separated', 'not-converged', 'impossible']),
  separation: z.enum(['complete', 'quasi']).nullable(),
  n: figure,
  weightedRows: figure,
  deviance: figure,
  nullDeviance: figure,
  logLikelihood: figure,
  /** In the order of the terms; `not-done` where a term is redundant at the site. */
  coefficients: z.array(figure),
  /** SD of each term at the site, for the rule that leaves flat likelihoods out of a meta-analysis. */
  spreads: z.array(figure),
  /** Lower triangle, dispersion included. */
  covariance: z.array(figure),
  /** Lower and upper limit of each coefficient in turn; empty where none was asked for. */
  profile: z.array(figure),
  iterations: z.int(),
});
/** One site's own fit; every figure carries the counts it was made from until the gate. */
export type SiteFit = z.output<typeof siteFitSchema>;

/** `glm-site-fit@1`: a generalized linear model of one site alone, as a summary of that site. */
export const glmSiteFitQuery: SummaryQuery<SiteFitParams, SiteFit & Json> = {
  kind: 'siteSummary',
  operation: 'statistics.glm-site-fit',
  version: 1,
  params: z.strictObject({
    family: z.enum(glmFamilies),
    outcome: z.strictObject({ column: z.string(), code: z.int().min(0).nullable() }),
    weights: z.string().nullable(),
    offset: z.string().nullable(),
    terms: z.array(termSchema).min(1).max(1000),
    firth: z.boolean(),
    epsilon: z.number().positive(),
    maxRounds: z.int().min(1).max(1000),
    limit: z.number().positive(),
    profile: z.number().min(0.5).max(0.999).nullable(),
  }) as ZodType<SiteFitParams>,
  value: siteFitSchema as unknown as ZodType<SiteFit & Json>,
  local: (rows, params) => siteFit(rows, params) as unknown as SiteFit & Json,
};

function siteFit(rows: CohortRows, params: SiteFitParams): Record<string, unknown> {
  const cells = outcomeCells(rows, params);
  const show = (value: number): Figure =>
    Number.isFinite(value) ? { state: 'ok', value, cells } : { state: 'not-done', reason: 'redundant' };
  const problem: GlmProblem = { ...params, heldOut: [null] };
  const queries = glmQueries('full');
  const none = { coefficients: [], spreads: [], covariance: [], profile: [] };
  try {
    const fits = runOnRows(fitGlms(queries, problem), rows);
    const fit = fits.fits[0] as GlmFit;
    const common = {
      separation: fit.separation?.kind ?? null,
      n: show(fit.rows),
      weightedRows: show(fit.weightedRows),
      deviance: show(fit.deviance),
      nullDeviance: show(fit.nullDeviance),
      logLikelihood: show(fit.logLikelihood),
      iterations: fit.rounds - 1,
    };
    if (!fit.converged) return { ...common, ...none, state: fit.separation ? 'separated' : 'not-converged' };
    const profile = params.profile === null ? [] : intervals(rows, queries, problem, fits, params.profile);
    return {
      ...common,
      state: 'fitted',
      coefficients: Array.from(fit.coefficients, show),
      spreads: Array.from(fits.standard.sd, show),
      covariance: Array.from(packTriangle(fit.covariance, params.terms.length), (value) => show(value * fit.dispersion)),
      profile: profile.flat().map((limit) => show(limit ?? NaN)),
    };
  } catch (error) {
    if (!isAppError(error)) throw error;
    const absent: Figure = { state: 'not-done', reason: 'impossible' };
    const figures = { n: absent, weightedRows: absent, deviance: absent, nullDeviance: absent, logLikelihood: absent };
    return { ...figures, ...none, state: 'impossible', separation: null, iterations: 0 };
  }
}

function intervals(rows: CohortRows, queries: GlmQueries, problem: GlmProblem, fits: GlmFits, level: number): ProfileInterval[] {
  if (!problem.firth) return runOnRows(profileIntervals(queries, problem, fits, level), rows);
  return runOnRows(firthProfiles(queries, problem, fits, level), rows).map(({ interval }) => interval);
}

/** Rows by outcome for a binomial model, else all rows. */
function outcomeCells(rows: CohortRows, { family, outcome, weights, offset, terms }: SiteFitParams): number[] {
  const used = terms.flatMap(({ factors }) => factors.flatMap((factor) => ('column' in factor ? [factor.column] : [])));
  const extra = [weights, offset].filter((name) => name !== null);
  const complete = completeRows(rows, [...new Set([outcome.column, ...extra, ...used])]);
  if (family !== 'binomial') return [complete.length];
  const events = outcomeValues(rows, { ...outcome, minus: 0, over: 1 }, complete).reduce((sum, y) => sum + (y >= 0.5 ? 1 : 0), 0);
  return [events, complete.length - events];
}
