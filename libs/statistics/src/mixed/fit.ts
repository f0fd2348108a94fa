import { NewtonSearch } from '@cohortium/numerics';
import { embeddedInverse, fitGlms } from '../glm/fit.js';
import type { GlmFit, GlmProblem } from '../glm/fit.js';
import { glmQueries } from '../glm/query.js';
import { rawMap, sandwich } from '../glm/standardize.js';
import type { StandardTerms } from '../glm/standardize.js';
import type { Term } from '../model-matrix/model-matrix.js';
import { ask } from '../program.js';
import type { SumProgram } from '../program.js';
import { siteLikelihoodQuery } from './query.js';
import type { MixedParams, MixedTotals } from './query.js';

/** What is fitted. */
export interface MixedProblem {
  readonly outcome: { readonly column: string; readonly code: number | null };
  readonly terms: readonly Term[];
  readonly points: number;
  /** Second derivatives for the standard errors: exact, or as lme4 takes them for Laplace's approximation. */
  readonly hessian: 'exact' | 'lme4';
  readonly epsilon: number;
  readonly maxRounds: number;
  readonly limit: number;
}

/** A logistic model with a normal intercept for each site, on raw terms. */
export interface MixedFit {
  readonly converged: boolean;
  /** The fit without site intercepts, from which the search began. */
  readonly plain: GlmFit;
  readonly rounds: number;
  readonly rows: number;
  readonly sites: number;
  /** NaN for redundant terms. */
  readonly coefficients: Float64Array;
  /** Row-major, of coefficients and SD together. */
  readonly covariance: Float64Array;
  readonly rank: number;
  /** SD of the site intercepts. */
  readonly sd: number;
  readonly logLikelihood: number;
  readonly standard: StandardTerms;
  /** Parameters of the sums at the estimate, for site summaries; null where the plain model has no fit. */
  readonly asked: MixedParams | null;
}

/**
 * Fits a logistic model with a random intercept for each site by Newton's method on the sum of the sites' marginal likelihoods, from the
 * fit without intercepts and an SD of a half. The likelihood is even in the SD, so the search may cross zero; its size is reported.
 * @throws `STATISTICS.CANNOT_FIT`
 */
export function* fitMixed(problem: MixedProblem): SumProgram<MixedFit> {
  const { outcome, terms, points, epsilon, maxRounds, limit } = problem;
  const p = terms.length;
  const q = p + 1;
  const glm: GlmProblem = {
    family: 'binomial',
    outcome,
    weights: null,
    offset: null,
    terms,
    heldOut: [null],
    firth: false,
    epsilon,
    maxRounds,
    limit,
  };
  const { standard, fits } = yield* fitGlms(glmQueries('full'), glm);
  const plain = fits[0] as GlmFit;
  const none = {
    plain,
    rows: plain.rows,
    sites: 0,
    coefficients: new Float64Array(p).fill(NaN),
    covariance: new Float64Array(q * q).fill(NaN),
  };
  if (!plain.converged) return { ...none, converged: false, rounds: 0, rank: 0, sd: NaN, logLikelihood: NaN, standard, asked: null };
  const free = Uint8Array.from({ length: q }, (_, j) => (j < p ? (plain.estimated[j] as number) : 1));
  const asked = (theta: Float64Array): MixedParams => ({
    spec: standard.spec,
    outcome: { ...outcome },
    theta,
    points,
    hessian: 'exact',
    participants: standard.rows,
  });
  const start = Float64Array.from({ length: q }, (_, j) => (j < p ? (plain.standard.coefficients[j] as number) : 0.5));
  const search = new NewtonSearch({ start, free, epsilon, maxRounds, indefinite: 'damp' });
  let last: MixedTotals | null = null;
  while (search.status === 'searching') {
    const totals = yield* ask(siteLikelihoodQuery, asked(search.point));
    search.tell({ value: totals.logLikelihood, gradient: totals.gradient, information: totals.information });
    if (search.best?.gradient === totals.gradient) last = totals;
  }
  const found = last as MixedTotals;
  const isExact = problem.hessian === 'exact' || points > 1;
  const { information } = isExact ? found : yield* ask(siteLikelihoodQuery, { ...asked(search.estimate), hessian: 'lme4' });
  return {
    ...finish(standard, search, information, free),
    converged: search.status === 'converged',
    plain,
    ...found,
    standard,
    asked: asked(search.estimate),
  };
}

/** Estimates on raw terms. */
function finish(
  standard: StandardTerms,
  search: NewtonSearch,
  information: Float64Array,
  free: Uint8Array,
): Pick<MixedFit, 'rounds' | 'coefficients' | 'covariance' | 'rank' | 'sd'> {
  const q = free.length;
  const p = q - 1;
  const map = withSd(rawMap(standard), p);
  const inverse = embeddedInverse(information, q, free) ?? new Float64Array(q * q).fill(NaN);
  const { estimate } = search;
  return {
    rounds: search.rounds,
    coefficients: Float64Array.from({ length: p }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < p; j++) sum += (map[i * q + j] as number) * (estimate[j] as number);
      return free[i] === 1 ? sum : NaN;
    }),
    covariance: sandwich(map, inverse, q).map((v, k) => (free[Math.floor(k / q)] && free[k % q] ? v : NaN)),
    rank: free.reduce((sum, e) => sum + e, 0) - 1,
    sd: Math.abs(estimate[p] as number),
  };
}

/** A map of p coefficients that leaves one more alone. */
function withSd(map: Float64Array, p: number): Float64Array {
  const q = p + 1;
  const out = new Float64Array(q * q);
  for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) out[i * q + j] = map[i * p + j] as number;
  out[q * q - 1] = 1;
  return out;
}
