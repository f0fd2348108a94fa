import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import {
  firthProfiles,
  fitGlms,
  glmFamilies,
  glmQueries,
  glmSiteFitQuery,
  levelCountsQuery,
  matrixMomentsQuery,
  profileIntervals,
  runOverSites,
} from '@cohortium/statistics';
import type { FirthProfile, GlmFit, GlmProblem, ProfileInterval, Term } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { needNumber } from '../params.js';
import { binaryOutcome } from './binary-outcome.js';
import { byName } from './coefficient-table.js';
import { glmResult } from './glm-result.js';
import { leaveOneSiteOut } from './glm-loso.js';
import { siteFits } from './glm-site-fits.js';
import { losoHistogramQuery, losoPredictions, losoSiteAucQuery } from './loso-scores.js';
import { designModel, modelCategories, nameModel, refuse, responseColumn } from './model-design.js';
import { convergenceKeys, modelKeys, positiveKey, weightKeys } from './model-params.js';
import { linearPredictors, meansOf } from './predictions.js';

const params = z.strictObject({
  family: z.enum(glmFamilies).default('binomial').describe('binomial (logit), poisson (log) or gaussian (identity): canonical links'),
  ...modelKeys,
  ...positiveKey,
  ...weightKeys,
  firth: z
    .boolean()
    .default(false)
    .describe("Firth's penalty (Jeffreys prior): finite estimates under separation, less bias in small samples; binomial and poisson"),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the intervals'),
  profile: z
    .boolean()
    .default(false)
    .describe(
      'Profile-likelihood intervals as confint of R (MASS), with firth: true penalized ones and p values as logistf; all constrained fits share their rounds',
    ),
  per_site: z
    .boolean()
    .default(false)
    .describe('Also the fit of each site alone, as a summary of that site (discloses the coefficients of single sites)'),
  meta: z
    .boolean()
    .default(false)
    .describe(
      'Fixed-effect meta-analysis of the fits of single sites by inverse variance (one-shot); asks for the same site summaries as per_site',
    ),
  meta_sites: z.array(z.string()).optional().describe('Sites of the meta-analysis; those with usable fits where none is named'),
  meta_max_se: z
    .number()
    .positive()
    .default(10)
    .describe(
      'Sites with a standard error above this, per SD of the column at the site, are left out of the meta-analysis: their likelihood is flat',
    ),
  loso: z
    .boolean()
    .default(false)
    .describe(
      'Also fits without each site in turn (leave-one-site-out), in one set of rounds; with AUC of the predictions for binomial outcomes. By difference it discloses the scores of single sites',
    ),
  loso_cells: z
    .int()
    .min(10)
    .max(100_000)
    .default(10_000)
    .describe('Cells of the grid on which leave-one-site-out probabilities are counted for the AUC'),
  max_linear_predictor: z
    .number()
    .positive()
    .max(700)
    .default(30)
    .describe(
      'Linear predictors beyond this stop a fit: separation, or one participant far from all others. Studies use 12, which hides single participants better',
    ),
  ...convergenceKeys,
});
type Params = z.output<typeof params>;

const full = glmQueries('full');
const loso = glmQueries('leaveOneSiteOut');

/** Generalized linear models over secure sums. */
export const glm: Method<Params> = {
  name: 'glm',
  title: { en: 'generalized linear models: logistic, Poisson, linear', zh: '广义线性模型：逻辑、泊松、线性' },
  params,
  leaves: [
    { query: levelCountsQuery, shape: 'L: complete rows by level of the categories or site, if the model has such terms' },
    { query: matrixMomentsQuery, shape: '1 + 2p: rows, sums, sums of squares of p columns; twice, the second time centered' },
    { query: full.scores, shape: 'per model and round 7 + p + p(p + 1)/2: flags, rows, likelihood, deviance, score, information' },
    { query: full.separation, shape: '3: rows by direction of their likelihood, once for a fit that did not converge' },
    { query: loso.scores, shape: 'the same for fits without one site each' },
    { query: loso.separation, shape: 'the same for a fit without one site' },
    { query: glmSiteFitQuery, shape: "one site's own coefficients, covariance, deviance, profile limits, iterations" },
    { query: losoHistogramQuery, shape: '2(cells + 1): predictions on a grid by outcome' },
    { query: losoSiteAucQuery, shape: 'n, events, AUC and its standard error at one site' },
  ],
  definition: describe,
  categories: modelCategories,
  run,
  stays: (rows, asked, estimates) => {
    const results = estimates as unknown as StayingResults;
    const { names, terms } = results.design;
    const coefficientsOf = (coef: Readonly<Record<string, number | null>>) => names.map((name) => coef[name] ?? 0);
    const columns: Record<string, Float64Array> = {};
    if (results.coef) {
      const eta = linearPredictors(rows, terms, coefficientsOf(results.coef), results.design.offset);
      columns['fitted'] = meansOf(asked.family, eta);
      columns['linear_predictor'] = eta;
    }
    if (results.loso) {
      const fits = results.loso.fits.flatMap(({ site, coef }) =>
        coef ? [{ site, coefficients: Float64Array.from(coefficientsOf(coef)) }] : [],
      );
      columns['loso_prediction'] = losoPredictions(rows, { terms: new Frozen(terms), fits, offset: results.design.offset }, asked.family);
    }
    return columns;
  },
};

/** What {@link glm} reads back from its own results. */
interface StayingResults {
  readonly coef: Readonly<Record<string, number | null>> | null;
  readonly design: { readonly names: readonly string[]; readonly terms: readonly Term[]; readonly offset: string | null };
  readonly loso?: { readonly fits: readonly { readonly site: string; readonly coef: Readonly<Record<string, number | null>> | null }[] };
}

async function run(context: MethodContext, asked: Params): Promise<Json> {
  const { federation, scope, table } = context;
  const others = [asked.weights, asked.offset].filter((name) => name !== undefined);
  const named = nameModel('glm', asked, table, others);
  const { offsets, strata } = named.formula;
  if (strata.length > 0) throw refuse('glm', 'strata() belongs to survival models');
  if (asked.firth && asked.family === 'gaussian') throw refuse('glm', "Firth's penalty does not change a linear model");
  const offset = oneOffset(asked.offset, offsets);
  for (const name of [asked.weights, offset]) if (name !== undefined && name !== null) needNumber(table, name);
  const outcome = binaryOutcome(
    'glm',
    context,
    responseColumn('glm', named.formula),
    asked.family === 'binomial' ? asked.positive : undefined,
  );
  const design = await designModel(context, named, asked, [outcome.column, ...others, ...offsets]);
  const problem: GlmProblem = {
    family: asked.family,
    outcome,
    weights: asked.weights ?? null,
    offset,
    terms: design.columns,
    heldOut: [null],
    firth: asked.firth,
    epsilon: asked.epsilon,
    maxRounds: asked.max_rounds,
    limit: asked.max_linear_predictor,
  };
  const fits = await runOverSites(fitGlms(full, problem), federation, scope);
  const fit = fits.fits[0] as GlmFit;
  const program = asked.firth ? firthProfiles(full, problem, fits, asked.level) : profileIntervals(full, problem, fits, asked.level);
  const profiles =
    asked.profile && fit.converged ? await runOverSites<readonly (FirthProfile | ProfileInterval)[]>(program, federation, scope) : [];
  const isPenalized = (entry: FirthProfile | ProfileInterval): entry is FirthProfile => 'interval' in entry;
  const penalized = profiles.filter(isPenalized);
  const profile = profiles.length > 0 ? profiles.map((entry) => (isPenalized(entry) ? entry.interval : entry)) : null;
  const names = design.columns.map(({ name }) => name);
  const hasIntercept = fits.standard.intercept >= 0;
  const view = { family: asked.family, names, hasIntercept, level: asked.level };
  return {
    family: asked.family,
    formula: design.text,
    ...glmResult(fit, { ...view, profile }),
    ...(penalized.length > 0 && {
      chisq_profile: byName(
        names,
        penalized.map(({ chisq }) => chisq ?? NaN),
      ),
      p_profile: byName(
        names,
        penalized.map(({ p }) => p ?? NaN),
      ),
    }),
    design: { names, terms: design.columns as unknown as Json, offset },
    ...(asked.per_site || asked.meta ? await siteFits(context, problem, asked, view) : {}),
    ...(asked.loso && { loso: await leaveOneSiteOut(context, loso, problem, view, asked.loso_cells) }),
  };
}

/** The one column that is added to the linear predictor. */
function oneOffset(named: string | undefined, inFormula: readonly string[]): string | null {
  const all = named === undefined ? inFormula : [named, ...inFormula];
  if (all.length > 1) throw refuse('glm', 'only one offset is possible; add them up in one column');
  return all[0] ?? null;
}

function describe(asked: Params): string {
  const families = {
    binomial: 'logistic regression (binomial, logit): R glm(family = binomial)',
    poisson: 'Poisson regression (log): R glm(family = poisson)',
    gaussian: 'linear regression: R lm / glm(family = gaussian); t statistics; sigma, R squared and F as summary.lm',
  };
  return [
    `Maximum likelihood by Newton steps on secure sums of score and information, ${families[asked.family]}.`,
    'Rows with a missing cell in any column of the model are left out. Categories by treatment contrasts, levels sorted by value, names as in R.',
    'Standard errors from the inverse information; wald intervals by normal quantiles (confint.default); deviance, AIC and BIC as in R (weights of a binomial model rounded to whole trials in the likelihood).',
    asked.firth
      ? 'Firth: score plus half the leverage-weighted skewness (Firth 1993); standard errors from the inverse information at the estimate (as brglm2 and logistf up to 1.23).'
      : 'Separation, complete or quasi-complete, is reported in place of estimates.',
    ...(asked.profile && !asked.firth ? ['profile intervals as confint of MASS (profile.glm, spline of the signed root).'] : []),
    ...(asked.profile && asked.firth
      ? ['profile: penalized-likelihood intervals and tests of 0 (p_profile), as logistf reports them.']
      : []),
    ...(asked.loso
      ? [
          'loso: fits without each site; pooled AUC of the held-out predictions on a grid with its certificate, per-site AUC exact (DeLong).',
        ]
      : []),
    ...(asked.meta ? ['meta: fixed-effect inverse-variance mean of the fits of single sites, coefficient by coefficient.'] : []),
  ].join(' ');
}
