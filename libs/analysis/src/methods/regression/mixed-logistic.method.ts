import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { ln, logistic, normalQuantile, normalTwoSided } from '@cohortium/numerics';
import {
  fitMixed,
  glmQueries,
  levelCountsQuery,
  matrixMomentsQuery,
  modelMatrix,
  plainSpec,
  runOverSites,
  siteInterceptQuery,
  siteInterceptsByRow,
  siteLikelihoodQuery,
} from '@cohortium/statistics';
import type { MixedFit, Term } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { binaryOutcome } from './binary-outcome.js';
import { byName, namedMatrix, orNull, standardErrors, waldMatrix } from './coefficient-table.js';
import { figureValue } from './glm-loso.js';
import { warnings } from './glm-result.js';
import { designModel, isSite, modelCategories, nameModel, refuse, responseColumn } from './model-design.js';
import { convergenceKeys, modelKeys, positiveKey } from './model-params.js';

const { site_effects: _site, ...fixedKeys } = modelKeys;
const params = z.strictObject({
  ...fixedKeys,
  ...positiveKey,
  nAGQ: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('Points of the adaptive Gauss-Hermite quadrature over the intercept of a site; 1 is the Laplace approximation'),
  hessian: z
    .enum(['lme4', 'exact'])
    .default('lme4')
    .describe(
      'Second derivatives for the standard errors of the Laplace approximation: lme4 follows the modes of the intercepts to first order only (differences near 0.2 %); exact follows them fully. The same for nAGQ above 1',
    ),
  ranef: z
    .boolean()
    .default(false)
    .describe(
      'Also the estimated intercept of each site, as a summary of that site (discloses how its outcome rate differs from the others)',
    ),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the Wald intervals'),
  max_linear_predictor: z
    .number()
    .positive()
    .max(700)
    .default(30)
    .describe('Limit of linear predictors in the model without site intercepts, where the search begins'),
  ...convergenceKeys,
});
type Params = z.output<typeof params>;

const full = glmQueries('full');

/** Logistic regression with a random intercept per site, over secure sums. */
export const mixedLogistic: Method<Params> = {
  name: 'mixed-logistic',
  title: { en: 'logistic regression with a random intercept per site', zh: '含中心随机截距的逻辑回归' },
  params,
  leaves: [
    { query: levelCountsQuery, shape: 'L: complete rows by level of the categories, if the model has such terms' },
    { query: matrixMomentsQuery, shape: '1 + 2p: rows, sums, sums of squares of p columns; twice, the second time centered' },
    { query: full.scores, shape: 'per round 7 + p + p(p + 1)/2: the model without site intercepts, where the search begins' },
    { query: full.separation, shape: '3: rows by direction of their likelihood, once for a fit that did not converge' },
    {
      query: siteLikelihoodQuery,
      shape: '3 + q + q(q + 1)/2 per round, q = p + 1: rows, sites, marginal likelihood, gradient, second derivatives',
    },
    { query: siteInterceptQuery, shape: "one site's intercept and its conditional SD" },
  ],
  definition: ({ nAGQ, hessian }) =>
    `logit P(y = 1) = x b + a_site with a_site ~ N(0, re_sd^2), by maximum marginal likelihood; the integral over each site's intercept by ${nAGQ === 1 ? 'the Laplace approximation' : `adaptive Gauss-Hermite quadrature with ${nAGQ} points`} (R: lme4::glmer(y ~ x + (1 | site), binomial, nAGQ = ${nAGQ})). Standard errors from the second derivatives by b and re_sd together${nAGQ === 1 ? (hessian === 'lme4' ? ', the determinant term followed to first order in the modes as lme4 does (hessian: lme4)' : ', exact (hessian: exact)') : ''}; deviance = -2 log-likelihood. ranef: conditional modes.`,
  categories: (asked) => modelCategories(withoutBar(asked)),
  run,
  stays: (rows, _asked, estimates) => {
    const { fixef, re_sd: sd, design } = estimates as unknown as Results;
    if (!fixef || sd === null) return {};
    const theta = Float64Array.from([...design.names.map((name) => fixef[name] ?? 0), sd]);
    const spec = new Frozen(plainSpec(design.terms, [design.outcome.column]));
    const { rowIndex, values, columnCount: p } = modelMatrix(rows, spec);
    const intercepts = siteInterceptsByRow(rows, { spec, outcome: design.outcome, theta });
    const columns = { fitted: new Float64Array(rows.rowCount).fill(NaN), fitted_without_site: new Float64Array(rows.rowCount).fill(NaN) };
    rowIndex.forEach((row, i) => {
      let eta = 0;
      for (let j = 0; j < p; j++) eta += (theta[j] as number) * (values[i * p + j] as number);
      columns.fitted[row] = logistic(eta + (intercepts[i] as number));
      columns.fitted_without_site[row] = logistic(eta);
    });
    return columns;
  },
};

/** What {@link mixedLogistic} reads back from its own results. */
interface Results {
  readonly fixef: Readonly<Record<string, number | null>> | null;
  readonly re_sd: number | null;
  readonly design: {
    readonly names: readonly string[];
    readonly terms: readonly Term[];
    readonly outcome: { readonly column: string; readonly code: number | null };
  };
}

const bar = /\s*\+?\s*\(\s*1\s*\|\s*([^()]*?)\s*\)/;

/** `y ~ x + (1 | site)` as `y ~ x`: the intercept of the site is always there. */
function withoutBar(asked: Params): Params & { readonly site_effects: false } {
  const { formula } = asked;
  if (formula === undefined) return { ...asked, site_effects: false };
  const fixed = formula.replace(bar, '').trim();
  return { ...asked, formula: fixed.endsWith('~') ? `${fixed} 1` : fixed.replace(/~\s*\+/, '~ '), site_effects: false };
}

async function run(context: MethodContext, asked: Params): Promise<Json> {
  const { federation, scope, table } = context;
  const group = asked.formula?.match(bar)?.[1]?.replace(/^`|`$/g, '');
  if (group !== undefined && !isSite(group, table)) throw refuse('mixed-logistic', `only the site has a random intercept, not "${group}"`);
  const keys = withoutBar(asked);
  const named = nameModel('mixed-logistic', keys, table, []);
  if (named.formula.offsets.length > 0 || named.formula.strata.length > 0)
    throw refuse('mixed-logistic', 'offsets and strata are not possible');
  if (named.formula.variables.some(({ columns }) => columns.some((column) => isSite(column, table))))
    throw refuse('mixed-logistic', 'site cannot be a fixed and a random effect at once');
  if (scope.sites.length < 2) throw refuse('mixed-logistic', 'a random intercept needs at least two sites');
  const outcome = binaryOutcome('mixed-logistic', context, responseColumn('mixed-logistic', named.formula), asked.positive);
  const design = await designModel(context, named, keys, [outcome.column]);
  const { nAGQ: points, hessian, epsilon, max_rounds: maxRounds, max_linear_predictor: limit } = asked;
  const fit = await runOverSites(
    fitMixed({ outcome, terms: design.columns, points, hessian, epsilon, maxRounds, limit }),
    federation,
    scope,
  );
  const names = design.columns.map(({ name }) => name);
  const ranef = asked.ranef && fit.asked ? await federation.summaries(siteInterceptQuery, fit.asked, scope) : undefined;
  const sites = [...(ranef ?? [])];
  return {
    formula: `${design.text} + (1 | site)`,
    ...figures(fit, names, asked),
    ...(ranef && {
      ranef: Object.fromEntries(sites.map(([site, { intercept }]) => [site, figureValue(intercept)])),
      ranef_sd: Object.fromEntries(sites.map(([site, { sd }]) => [site, figureValue(sd)])),
    }),
    design: { names, terms: design.columns as unknown as Json, outcome },
  };
}

function figures(fit: MixedFit, names: readonly string[], { nAGQ, level }: Params): Record<string, Json> {
  const p = names.length;
  const { plain } = fit;
  const redundant = names.filter((_, j) => plain.estimated[j] !== 1);
  const isSingular = fit.converged && fit.sd < 1e-4;
  const common = {
    nAGQ,
    n: fit.rows,
    groups: fit.sites,
    converged: fit.converged,
    iterations: Math.max(0, fit.rounds - 1),
    singular: isSingular,
    warnings: [
      ...warnings(plain.separation, plain.converged && fit.converged, redundant),
      ...(isSingular ? ['the variance between sites is estimated as 0'] : []),
    ],
    loglik_without_sites: orNull(plain.logLikelihood),
  };
  if (!fit.converged)
    return { ...common, fixef: null, se: null, re_sd: null, reason: 'no finite estimates: separation, or not converged within max_rounds' };
  const se = standardErrors(fit.covariance, p + 1);
  const z = fit.coefficients.map((b, j) => b / (se[j] as number));
  const covariance = names.flatMap((_, a) => names.map((_name, b) => fit.covariance[a * (p + 1) + b] as number));
  const label = String(Number((100 * level).toPrecision(4)));
  const deviance = -2 * fit.logLikelihood;
  return {
    ...common,
    fixef: byName(names, fit.coefficients),
    se: byName(names, se),
    z: byName(names, z),
    p: byName(names, z.map(normalTwoSided)),
    re_sd: fit.sd,
    re_var: fit.sd * fit.sd,
    re_sd_se: isSingular ? null : orNull(se[p]),
    deviance,
    loglik: fit.logLikelihood,
    aic: deviance + 2 * (fit.rank + 1),
    bic: deviance + (fit.rank + 1) * ln(fit.rows),
    [`wald${label}`]: waldMatrix(names, fit.coefficients, se, normalQuantile((1 + level) / 2, 0, 1), level),
    vcov: namedMatrix(names, names, covariance),
  };
}
