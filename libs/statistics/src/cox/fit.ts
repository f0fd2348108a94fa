import { Frozen } from '@cohortium/kernel';
import { NewtonSearch, bilinear } from '@cohortium/numerics';
import { statisticsErrors } from '../errors.js';
import { embeddedInverse } from '../glm/fit.js';
import { standardizeTerms } from '../glm/standardize.js';
import type { StandardTerms } from '../glm/standardize.js';
import { interceptTerm, plainSpec } from '../model-matrix/model-matrix.js';
import type { Term } from '../model-matrix/model-matrix.js';
import type { SumProgram } from '../program.js';
import type { SurvivalSpec } from '../survival/survival-rows.js';
import { askCox } from './baseline.js';
import type { Baseline } from './baseline.js';
import type { CoxModel } from './local.js';
import type { CoxTotals } from './query.js';
import type { TieRule } from './risk-sums.js';

/** What is fitted. */
export interface CoxProblem {
  readonly survival: SurvivalSpec;
  readonly baseline: Baseline;
  /** Without intercept. */
  readonly terms: readonly Term[];
  readonly ties: TieRule;
  readonly epsilon: number;
  readonly maxRounds: number;
  readonly limit: number;
}

/** A Cox model prepared for sums: columns centered and scaled. */
export interface CoxSetting {
  readonly problem: CoxProblem;
  readonly standard: StandardTerms;
  /** The model at some coefficients of standardized terms. */
  model(coefficients: Float64Array): CoxModel;
  /** Scales of the terms: raw coefficients are standardized ones over these. */
  readonly scale: Float64Array;
}

/** A fitted Cox model on raw terms. */
export interface CoxFit {
  readonly converged: boolean;
  readonly rounds: number;
  readonly rows: number;
  readonly events: number;
  /** NaN for redundant terms. */
  readonly coefficients: Float64Array;
  /** Row-major. */
  readonly covariance: Float64Array;
  readonly estimated: Uint8Array;
  readonly rank: number;
  /** Log partial likelihood without columns, and at the fit. */
  readonly nullLogLikelihood: number;
  readonly logLikelihood: number;
  /** Rao's score statistic of no effect. */
  readonly score: number;
  /** Coefficients on standardized terms, and their information (row-major). */
  readonly standard: { readonly coefficients: Float64Array; readonly information: Float64Array };
}

const independence = 1e-11;

/** Centers and scales the columns (two rounds). @throws `STATISTICS.CANNOT_FIT` where no row is complete */
export function* prepareCox(problem: CoxProblem): SumProgram<CoxSetting> {
  const { survival, terms, ties, limit } = problem;
  const columns = [survival.time, survival.event.column, ...survival.strata.map(({ column }) => column), ...survival.needs];
  const needs = [...new Set(columns)];
  // A baseline stands for the intercept, so columns may be centered.
  const standard = yield* standardizeTerms([interceptTerm, ...terms], needs, null);
  if (standard.rows === 0) throw cannotFit(problem, 'noRows');
  const scale = standard.scale.slice(1);
  const center = [...standard.mean.slice(1)];
  const spec = new Frozen({ ...plainSpec(terms, needs), center, scale: [...scale] });
  const reads = new Set(terms.flatMap(({ factors }) => factors.flatMap((factor) => ('column' in factor ? [factor.column] : []))));
  const frozen = new Frozen({ ...survival, needs: [...new Set([...survival.needs, ...reads])] });
  const model = (coefficients: Float64Array): CoxModel => ({
    spec,
    survival: frozen,
    ties,
    coefficients,
    limit,
    participants: standard.rows,
  });
  return { problem, standard, model, scale };
}

function cannotFit({ survival }: CoxProblem, reason: string): Error {
  return statisticsErrors.error('STATISTICS.CANNOT_FIT', { model: survival.event.column, reason });
}

/**
 * Fits a Cox model by Newton's method on secure sums. With a baseline of each site risk sets stay there and a round sends score and
 * information; with a common baseline it sends sums over risk sets at the shared times, from which both follow.
 * @throws `STATISTICS.CANNOT_FIT`
 */
export function* fitCox({ problem, standard, model, scale }: CoxSetting): SumProgram<CoxFit> {
  const p = problem.terms.length;
  const free = Uint8Array.from({ length: p }, (_, j) => Number((standard.sd[j + 1] as number) > 0));
  const search = new NewtonSearch({
    start: new Float64Array(p),
    free,
    epsilon: problem.epsilon,
    maxRounds: problem.maxRounds,
    independence,
  });
  let first: CoxTotals | null = null;
  let last: CoxTotals | null = null;
  while (search.status === 'searching') {
    const [totals] = (yield* askCox(problem.baseline, model(search.point))) as [CoxTotals];
    if (totals.rows > 0 && totals.events === 0) throw cannotFit(problem, 'noEvents');
    search.tell(totals.isBeyondLimit ? null : { value: totals.logLikelihood, gradient: totals.score, information: totals.information });
    first ??= totals;
    if (search.best?.gradient === totals.score) last = totals;
  }
  if (!first || !last) throw cannotFit(problem, 'badOutcome');
  const isMoving = (j: number) => search.moving[j] === 1;
  const inverse = embeddedInverse(last.information, p, search.moving) ?? new Float64Array(p * p).fill(NaN);
  const startInverse = embeddedInverse(first.information, p, search.moving) ?? new Float64Array(p * p).fill(NaN);
  return {
    converged: search.status === 'converged',
    rounds: search.rounds,
    rows: last.rows,
    events: last.events,
    coefficients: search.estimate.map((b, j) => (isMoving(j) ? b / (scale[j] as number) : NaN)),
    covariance: inverse.map((v, k) => {
      const [i, j] = [Math.floor(k / p), k % p];
      return isMoving(i) && isMoving(j) ? v / ((scale[i] as number) * (scale[j] as number)) : NaN;
    }),
    estimated: search.moving,
    rank: search.moving.reduce((sum, e) => sum + e, 0),
    nullLogLikelihood: first.logLikelihood,
    logLikelihood: last.logLikelihood,
    score: bilinear(startInverse, p, first.score, first.score),
    standard: { coefficients: search.estimate, information: last.information },
  };
}
