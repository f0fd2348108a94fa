import type { Json } from '@cohortium/kernel';
import { normalTwoSided, unpackTriangle } from '@cohortium/numerics';
import { glmSiteFitQuery } from '@cohortium/statistics';
import type { GlmFit, GlmProblem, SiteFit } from '@cohortium/statistics';
import type { MethodContext } from '../method.js';
import { siteAt } from '../names.js';
import { figureValue } from './glm-loso.js';
import { glmResult } from './glm-result.js';
import type { GlmView } from './glm-result.js';
import { refuse } from './model-design.js';

/** What of the parameters concerns the fits of single sites. */
interface SiteFitKeys {
  readonly profile: boolean;
  readonly level: number;
  readonly per_site: boolean;
  readonly meta: boolean;
  readonly meta_sites?: readonly string[] | undefined;
  readonly meta_max_se: number;
}

/** The model fitted at each site alone, and their meta-analysis. Site effects are left out: a site cannot tell its own from the intercept. */
export async function siteFits(
  { federation, scope }: MethodContext,
  problem: GlmProblem,
  keys: SiteFitKeys,
  view: Omit<GlmView, 'profile'>,
): Promise<{ per_site?: Json; meta?: Json }> {
  const terms = problem.terms.filter(({ factors }) => !factors.some((factor) => 'site' in factor));
  const { family, outcome, weights, offset, firth, epsilon, maxRounds, limit } = problem;
  const asked = { family, outcome, weights, offset, terms, firth, epsilon, maxRounds, limit, profile: keys.profile ? keys.level : null };
  const summaries = await federation.summaries(glmSiteFitQuery, asked, scope);
  const names = terms.map(({ name }) => name);
  const own = { ...view, names };
  const perSite = Object.fromEntries([...summaries].map(([site, fit]) => [site, siteResult(fit, own)]));
  return { ...(keys.per_site && { per_site: perSite }), ...(keys.meta && { meta: metaAnalysis(summaries, names, keys) }) };
}

function numbersOf(figures: SiteFit['coefficients']): Float64Array {
  return Float64Array.from(figures, (figure) => figureValue(figure) ?? NaN);
}

function siteResult(fit: SiteFit, view: Omit<GlmView, 'profile'>): Json {
  const p = view.names.length;
  const state = { state: fit.state };
  if (fit.state === 'impossible') return { ...state, coef: null, reason: 'the site has no rows for this model' };
  const coefficients = fit.state === 'fitted' ? numbersOf(fit.coefficients) : new Float64Array(p).fill(NaN);
  const estimated = Uint8Array.from(coefficients, (b) => Number(!Number.isNaN(b)));
  const covariance = fit.state === 'fitted' ? unpackTriangle(numbersOf(fit.covariance), p) : new Float64Array(p * p).fill(NaN);
  const rank = estimated.reduce((sum, e) => sum + e, 0);
  const [rows, weightedRows] = [figureValue(fit.n) ?? NaN, figureValue(fit.weightedRows) ?? NaN];
  const deviance = figureValue(fit.deviance) ?? NaN;
  // The site's covariance already holds its dispersion.
  const whole: GlmFit = {
    heldOut: null,
    converged: fit.state === 'fitted',
    rounds: fit.iterations + 1,
    separation: fit.separation && { kind: fit.separation, terms: view.names },
    rows,
    weightedRows,
    coefficients,
    covariance,
    estimated: fit.state === 'fitted' ? estimated : new Uint8Array(p).fill(1),
    rank: fit.state === 'fitted' ? rank : p,
    dispersion: 1,
    deviance,
    nullDeviance: figureValue(fit.nullDeviance) ?? NaN,
    logLikelihood: figureValue(fit.logLikelihood) ?? NaN,
    penalizedLogLikelihood: null,
    standard: { coefficients, inverse: covariance, value: NaN },
  };
  const limits = fit.profile.map(figureValue);
  const profile = limits.length > 0 ? view.names.map((_, j) => [limits[2 * j] ?? null, limits[2 * j + 1] ?? null] as const) : null;
  const { design: _design, ...result } = glmResult(whole, { ...view, profile });
  return { ...state, ...result, n: Number.isNaN(rows) ? null : rows };
}

/**
 * Inverse-variance means of the sites' estimates. Left out are sites without a usable fit: not converged, separated, a coefficient missing,
 * or a standard error above the bound per SD of the column at the site.
 */
/** Position of a site that a parameter names. @throws `METHOD.REFUSED` */
function siteNumber(sites: readonly string[], name: string): number {
  const at = siteAt(sites, name);
  if (at < 0) throw refuse('glm', `there is no site "${name}"; there are ${sites.join(', ')}`);
  return at;
}

function metaAnalysis(summaries: ReadonlyMap<string, SiteFit>, names: readonly string[], keys: SiteFitKeys): Json {
  const p = names.length;
  const fits = [...summaries].map(([site, fit]) => {
    const covariance = fit.state === 'fitted' ? unpackTriangle(numbersOf(fit.covariance), p) : new Float64Array(p * p).fill(NaN);
    const se = names.map((_, j) => Math.sqrt(covariance[j * p + j] as number));
    return { site, fit, estimates: numbersOf(fit.coefficients), se, spreads: numbersOf(fit.spreads) };
  });
  const flat = (k: number) => fits[k]?.se.some((error, j) => !(error * Math.max(fits[k]?.spreads[j] || 1, 0) <= keys.meta_max_se)) ?? true;
  const sites = fits.map(({ site }) => site);
  const named = keys.meta_sites && new Set(keys.meta_sites.map((name) => siteNumber(sites, name)));
  const isUsed = (k: number) => (named ? named.has(k) && fits[k]?.fit.state === 'fitted' : !flat(k));
  const used = fits.filter((_, k) => isUsed(k));
  const effects = names.map((name, j) => {
    const weights = used.map(({ se }) => 1 / ((se[j] as number) * (se[j] as number)));
    const total = weights.reduce((sum, w) => sum + w, 0);
    const estimate = used.reduce((sum, { estimates }, k) => sum + (weights[k] as number) * (estimates[j] as number), 0) / total;
    const se = Math.sqrt(1 / total);
    const isKnown = Number.isFinite(estimate);
    return [
      name,
      isKnown
        ? { estimate, se, z: estimate / se, p: normalTwoSided(estimate / se) }
        : { estimate: null, se: null, reason: 'no site has a usable fit' },
    ] as const;
  });
  return {
    sites_used: used.map(({ site }) => site),
    sites_left_out: fits
      .filter((_, k) => !isUsed(k))
      .map(({ site, fit }) => ({
        site,
        reason: fit.state !== 'fitted' ? fit.state : named ? 'it is not among meta_sites' : 'its likelihood is flat',
      })),
    fixed_effect_inverse_variance: Object.fromEntries(effects) as unknown as Json,
  };
}
