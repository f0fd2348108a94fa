import {
  NewtonSearch,
  choleskyFactor,
  independentColumns,
  invertPositive,
  ln,
  packTriangle,
  submatrix,
  triangleLength,
} from '@cohortium/numerics';
import type { Arm } from '@cohortium/federation';
import { statisticsErrors } from '../errors.js';
import type { MatrixSpec, Term } from '../model-matrix/model-matrix.js';
import { ask } from '../program.js';
import type { SumProgram } from '../program.js';
import type { GlmFamily } from './families.js';
import type { GlmOutcome, GlmParams } from './params.js';
import type { GlmQueries, GlmTotals, SeparationCounts } from './query.js';
import { rawMap, sandwich, standardizeTerms } from './standardize.js';
import type { StandardTerms } from './standardize.js';

/** What is fitted. */
export interface GlmProblem {
  readonly family: GlmFamily;
  /** Column of the outcome; `code` is the category that counts as 1, null for numbers. */
  readonly outcome: { readonly column: string; readonly code: number | null };
  readonly weights: string | null;
  readonly offset: string | null;
  /** Intercept first, if there is one. */
  readonly terms: readonly Term[];
  /** One fit for each entry, without the rows of that site; null holds nobody out. */
  readonly heldOut: readonly (string | null)[];
  /** Firth's penalty: half of ln det of the information (Jeffreys prior). */
  readonly firth: boolean;
  /** Largest component of the last Newton step, in coefficients of standardized terms. */
  readonly epsilon: number;
  readonly maxRounds: number;
  /** Linear predictors beyond this are refused. */
  readonly limit: number;
}

/** Separation found by following the likelihood to where it rises without end. */
export interface Separation {
  /** `complete`: every row is told apart; `quasi`: some rows stay where they are. */
  readonly kind: 'complete' | 'quasi';
  /** Terms whose coefficients have no finite estimate. */
  readonly terms: readonly string[];
}

/** One fitted model, on raw terms. */
export interface GlmFit {
  readonly heldOut: string | null;
  readonly converged: boolean;
  readonly rounds: number;
  readonly separation: Separation | null;
  /** Rows, and those of positive weight. */
  readonly rows: number;
  readonly weightedRows: number;
  /** NaN for redundant terms. */
  readonly coefficients: Float64Array;
  /** Inverse information (row-major, p x p) at unit dispersion; NaN for redundant terms. */
  readonly covariance: Float64Array;
  /** 1 for terms that were estimated, 0 for combinations of earlier ones. */
  readonly estimated: Uint8Array;
  readonly rank: number;
  /** Residual variance for the Gaussian family, else 1. */
  readonly dispersion: number;
  readonly deviance: number;
  readonly nullDeviance: number;
  readonly logLikelihood: number;
  /** Log-likelihood plus Firth's penalty; null without it. */
  readonly penalizedLogLikelihood: number | null;
  /**
   * Coefficients on standardized terms, the inverse of their information, and what was maximized (minus half of the deviance, plus Firth's
   * penalty), for programs that go on from here.
   */
  readonly standard: { readonly coefficients: Float64Array; readonly inverse: Float64Array; readonly value: number };
}

/** Fits with what further programs over the same rows need. */
export interface GlmFits {
  readonly standard: StandardTerms;
  readonly outcome: GlmOutcome;
  readonly fits: readonly GlmFit[];
}

/** Share of its square that a column must add to the ones before it. */
const independence = 1e-11;
/** Change of a linear predictor, relative to the largest component of a direction, that counts as none. */
const stillness = 1e-4;

/** How far a separated likelihood is followed to see where it ends: beyond this probabilities no longer change. */
const farLimit = 700;

/** One model on its way. */
interface Track {
  readonly arm: number;
  readonly search: NewtonSearch;
  readonly firth: boolean;
  /** Inverse information at the current point, packed, for Firth's score; null until it is known. */
  leverage: Float64Array | null;
  moving: Uint8Array | null;
  last: GlmTotals | null;
}

/**
 * Fits generalized linear models by Newton's method on secure sums, for canonical links the same as Fisher scoring (IRLS): each round
 * sends score, information and deviance of every model that has not converged, null models included, in one vector.
 *
 * Firth's score needs the information at the same coefficients, so each of its points takes two rounds.
 *
 * Sources: McCullagh & Nelder, Generalized Linear Models, 2nd ed. 1989, section 2.5; Firth 1993, doi 10.1093/biomet/80.1.27.
 * @throws `STATISTICS.CANNOT_FIT`
 */
export function* fitGlms(queries: GlmQueries, problem: GlmProblem): SumProgram<GlmFits> {
  const { family, terms, heldOut, outcome: column } = problem;
  const needs = [problem.weights, problem.offset].filter((name) => name !== null);
  const isGaussian = family === 'gaussian';
  const standard = yield* standardizeTerms(terms, isGaussian ? needs : [...needs, column.column], isGaussian ? column.column : null);
  if (standard.rows === 0) throw cannotFit(problem, 'noRows');
  const outcome: GlmOutcome = { ...column, ...standard.outcome };
  const arms = heldOut.map((site) => ({ heldOut: site, recipe: standard.spec }));
  const tracks = arms.flatMap((_, a) => [newTrack(problem, a, true), newTrack(problem, a, false)]);
  for (;;) {
    const active = tracks.filter(({ search }) => search.status === 'searching');
    if (active.length === 0) break;
    const totals = yield* ask(queries.scores, scoreParams(problem, outcome, arms, active, standard.rows));
    active.forEach((track, m) => tell(problem, track, totals[m] as GlmTotals));
  }
  const fits: GlmFit[] = [];
  for (let a = 0; a < arms.length; a++) {
    const main = tracks[2 * a] as Track;
    const separation = yield* findSeparation(queries, problem, { standard, outcome }, arms[a] as Arm<MatrixSpec>, main);
    if (separation !== null) yield* followToEnd(queries, problem, outcome, arms, main, standard.rows);
    fits.push(finishFit(problem, standard, main, tracks[2 * a + 1] as Track, separation, heldOut[a] ?? null));
  }
  return { standard, outcome, fits };
}

/** Refuses a fit, with the outcome as the model's name. */
export function cannotFit({ outcome }: Pick<GlmProblem, 'outcome'>, reason: string): Error {
  return statisticsErrors.error('STATISTICS.CANNOT_FIT', { model: outcome.column, reason });
}

function newTrack(problem: GlmProblem, arm: number, isMain: boolean): Track {
  const p = problem.terms.length;
  const free = isMain ? undefined : Uint8Array.from(problem.terms, ({ factors }) => Number(factors.length === 0));
  const { epsilon, maxRounds } = problem;
  const search = new NewtonSearch({ start: new Float64Array(p), epsilon, maxRounds, independence, ...(free && { free }) });
  return { arm, search, firth: problem.firth && isMain, leverage: null, moving: null, last: null };
}

/** Parameters of a round over some tracks. */
function scoreParams(
  problem: GlmProblem,
  outcome: GlmOutcome,
  arms: readonly Arm<MatrixSpec>[],
  active: readonly Track[],
  participants: number,
): GlmParams {
  const terms = problem.terms.length;
  return {
    family: problem.family,
    outcome,
    weights: problem.weights,
    offset: problem.offset,
    arms,
    models: active.map(({ arm }) => arm),
    coefficients: concatenate(active.map(({ search }) => search.point)),
    leverages: problem.firth ? concatenate(active.map(({ leverage }) => leverage ?? new Float64Array(triangleLength(terms)))) : null,
    limit: problem.limit,
    participants,
  };
}

function tell(problem: GlmProblem, track: Track, totals: GlmTotals): void {
  const { search } = track;
  if (totals.hasBadValues) throw cannotFit(problem, 'badOutcome');
  if (totals.isBeyondLimit) return search.tell(null);
  const p = totals.score.length;
  track.moving ??= independentColumns(totals.information, p, independence);
  if (track.firth && track.leverage === null) {
    const inverse = embeddedInverse(totals.information, p, track.moving);
    if (inverse === null) return search.tell(null);
    track.leverage = packTriangle(inverse, p);
    return;
  }
  track.leverage = null;
  const penalty = track.firth ? halfLnDeterminant(totals.information, p, track.moving) : 0;
  // Not R's log-likelihood: under fractional weights it rounds trials and is not what the score is the gradient of.
  const value = -totals.deviance / 2 + penalty;
  search.tell(Number.isFinite(value) ? { value, gradient: totals.score, information: totals.information } : null);
  if (search.best?.gradient === totals.score) track.last = totals;
}

/** Half of ln det of the moving part; -Infinity where it is singular. */
export function halfLnDeterminant(information: Float64Array, p: number, moving: Uint8Array): number {
  const at = [...moving.keys()].filter((j) => moving[j] === 1);
  const factor = choleskyFactor(submatrix(information, p, at), at.length, 1e-13);
  if (!factor) return -Infinity;
  return at.reduce((sum, _, k) => sum + ln(factor[k * at.length + k] as number), 0);
}

/** Inverse of the moving part of a matrix, zeros elsewhere; null where it is singular. */
export function embeddedInverse(matrix: Float64Array, p: number, moving: Uint8Array): Float64Array | null {
  const at = [...moving.keys()].filter((j) => moving[j] === 1);
  const inverse = invertPositive(submatrix(matrix, p, at), at.length);
  if (!inverse) return null;
  const full = new Float64Array(p * p);
  at.forEach((i, a) => at.forEach((j, b) => (full[i * p + j] = inverse[a * at.length + b] as number)));
  return full;
}

/** Asks whether the likelihood of a search that did not converge rises without end along its last step. */
function* findSeparation(
  queries: GlmQueries,
  problem: GlmProblem,
  { standard, outcome }: Pick<GlmFits, 'standard' | 'outcome'>,
  arm: Arm<MatrixSpec>,
  { search }: Track,
): SumProgram<Separation | null> {
  if (search.status === 'converged' || problem.family === 'gaussian') return null;
  const largest = search.step.reduce((size, s) => Math.max(size, Math.abs(s)), 0);
  if (largest === 0) return null;
  const direction = search.step.map((s) => s / largest);
  const { family, weights } = problem;
  const counts: SeparationCounts = yield* ask(queries.separation, { family, outcome, weights, arm, direction, tolerance: stillness });
  if (counts.against > 0 || counts.along === 0) return null;
  // A centered column takes the intercept along; what counts is the intercept of the raw columns.
  const { intercept } = standard;
  const raw = direction.slice();
  if (intercept >= 0)
    raw[intercept] = direction.reduce((sum, d, j) => sum + (rawMap(standard)[intercept * raw.length + j] as number) * d, 0);
  const terms = problem.terms.filter((_, j) => Math.abs(raw[j] as number) > 1e-3).map(({ name }) => name);
  return { kind: counts.still === 0 ? 'complete' : 'quasi', terms };
}

/**
 * Goes on along a separated binomial likelihood until it no longer rises, so that the deviance is its infimum, which likelihood-ratio
 * tests may use. Not under a narrow limit: there steep coefficients are refused for what they would show.
 */
function* followToEnd(
  queries: GlmQueries,
  problem: GlmProblem,
  outcome: GlmOutcome,
  arms: readonly Arm<MatrixSpec>[],
  main: Track,
  participants: number,
): SumProgram<void> {
  const start = main.search.best?.point;
  if (problem.family !== 'binomial' || problem.limit < 30 || !start) return;
  const { epsilon, maxRounds } = problem;
  const search = new NewtonSearch({ start, free: main.search.moving, epsilon, maxRounds });
  const further: Track = { ...main, search };
  while (search.status === 'searching') {
    const [totals] = yield* ask(queries.scores, { ...scoreParams(problem, outcome, arms, [further], participants), limit: farLimit });
    tell(problem, further, totals as GlmTotals);
  }
  main.last = further.last;
}

function finishFit(
  problem: GlmProblem,
  standard: StandardTerms,
  main: Track,
  none: Track,
  separation: Separation | null,
  heldOut: string | null,
): GlmFit {
  const p = problem.terms.length;
  const { search, last } = main;
  if (!last) throw cannotFit(problem, 'beyondLimit');
  const estimated = search.moving;
  const rank = estimated.reduce((sum, e) => sum + e, 0);
  const { over, minus } = standard.outcome;
  const inverse = embeddedInverse(last.information, p, estimated) ?? new Float64Array(p * p).fill(NaN);
  const map = rawMap(standard);
  const raw = Float64Array.from({ length: p }, (_, i) => {
    let sum = i === standard.intercept ? minus : 0;
    for (let j = 0; j < p; j++) sum += over * (map[i * p + j] as number) * (search.estimate[j] as number);
    return estimated[i] === 1 ? sum : NaN;
  });
  const deviance = last.deviance * over * over;
  const degrees = last.weightedRows - rank;
  const covariance = sandwich(map, inverse, p).map((v, k) => (estimated[Math.floor(k / p)] && estimated[k % p] ? v : NaN));
  const likelihood =
    problem.family === 'gaussian' ? gaussianLogLikelihood(deviance, last.weightedRows, last.lnWeights) : last.logLikelihood;
  return {
    heldOut,
    converged: search.status === 'converged',
    rounds: search.rounds,
    separation,
    rows: last.rows,
    weightedRows: last.weightedRows,
    coefficients: raw,
    covariance,
    estimated,
    rank,
    dispersion: problem.family === 'gaussian' ? deviance / degrees : 1,
    deviance,
    nullDeviance: (none.last?.deviance ?? NaN) * over * over,
    logLikelihood: likelihood,
    penalizedLogLikelihood: problem.firth ? likelihood + rawPenalty(main, last, standard) : null,
    standard: {
      coefficients: search.estimate,
      inverse,
      value: -last.deviance / 2 + (main.firth ? halfLnDeterminant(last.information, p, estimated) : 0),
    },
  };
}

/** Log-likelihood at the variance estimate deviance / n, as R's `logLik` of a linear model. */
function gaussianLogLikelihood(deviance: number, n: number, lnWeights: number): number {
  return -0.5 * (n * (ln((2 * Math.PI * deviance) / n) + 1) - lnWeights);
}

/** Firth's penalty for raw terms: ln det changes by twice the ln of each scale. */
function rawPenalty({ moving, search }: Track, last: GlmTotals, { scale }: StandardTerms): number {
  const penalty = halfLnDeterminant(last.information, scale.length, moving ?? search.moving);
  return scale.reduce((sum, s, j) => sum + (search.moving[j] === 1 ? ln(Math.abs(s)) : 0), penalty);
}

function concatenate(vectors: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(vectors.reduce((n, v) => n + v.length, 0));
  let at = 0;
  for (const vector of vectors) {
    out.set(vector, at);
    at += vector.length;
  }
  return out;
}
