import { NewtonSearch } from '@cohortium/numerics';
import { statisticsErrors } from '../errors.js';
import { embeddedInverse } from '../glm/fit.js';
import { rawMap, sandwich, standardizeTerms } from '../glm/standardize.js';
import type { Term } from '../model-matrix/model-matrix.js';
import { ask } from '../program.js';
import type { SumProgram } from '../program.js';
import type { MultinomialParams } from './local.js';
import { multinomialConfusionQuery, multinomialScoresQuery, multinomialSeparationQuery } from './query.js';
import type { MultinomialTotals } from './query.js';

/** What is fitted. */
export interface MultinomialProblem {
  /** Column of the outcome and codes of its classes, the reference first. */
  readonly outcome: { readonly column: string; readonly codes: readonly number[] };
  readonly weights: string | null;
  readonly terms: readonly Term[];
  readonly epsilon: number;
  readonly maxRounds: number;
  readonly limit: number;
}

/** A fitted multinomial logit model on raw terms. */
export interface MultinomialFit {
  readonly converged: boolean;
  readonly separation: 'complete' | 'quasi' | null;
  readonly rounds: number;
  readonly rows: number;
  readonly weight: number;
  /** Class by class without the reference, terms within a class; NaN for redundant ones. */
  readonly coefficients: Float64Array;
  /** Row-major, in the same order. */
  readonly covariance: Float64Array;
  readonly rank: number;
  readonly logLikelihood: number;
  /** Observed (rows) by most probable class (columns), the reference first; null where there is no fit. */
  readonly confusion: Float64Array | null;
}

const independence = 1e-11;
const stillness = 1e-4;

/**
 * Fits a multinomial logit model with a reference class by Newton's method on secure sums.
 * Source: Agresti, Categorical Data Analysis, 3rd ed. 2013, section 8.1; the model of R's nnet::multinom.
 * @throws `STATISTICS.CANNOT_FIT`
 */
export function* fitMultinomial(problem: MultinomialProblem): SumProgram<MultinomialFit> {
  const { terms, outcome, weights, limit, epsilon, maxRounds } = problem;
  const p = terms.length;
  const m = (outcome.codes.length - 1) * p;
  const standard = yield* standardizeTerms(terms, weights === null ? [outcome.column] : [outcome.column, weights], null);
  const cannot = (reason: string) => statisticsErrors.error('STATISTICS.CANNOT_FIT', { model: outcome.column, reason });
  if (standard.rows === 0) throw cannot('noRows');
  const asked = (coefficients: Float64Array): MultinomialParams => ({
    spec: standard.spec,
    outcome,
    weights,
    coefficients,
    limit,
    participants: standard.rows,
  });
  const search = new NewtonSearch({ start: new Float64Array(m), epsilon, maxRounds, independence });
  let last: MultinomialTotals | null = null;
  while (search.status === 'searching') {
    const totals = yield* ask(multinomialScoresQuery, asked(search.point));
    search.tell(totals.isBeyondLimit ? null : { value: totals.logLikelihood, gradient: totals.score, information: totals.information });
    if (search.best?.gradient === totals.score) last = totals;
  }
  if (!last) throw cannot('badOutcome');
  const converged = search.status === 'converged';
  let separation: MultinomialFit['separation'] = null;
  if (!converged) {
    const largest = search.step.reduce((size, s) => Math.max(size, Math.abs(s)), 0) || 1;
    const direction = { ...asked(search.step.map((s) => s / largest)), limit: stillness };
    const counts = yield* ask(multinomialSeparationQuery, direction);
    if (counts.against === 0 && counts.along > 0) separation = counts.still === 0 ? 'complete' : 'quasi';
  }
  const confusion = converged ? yield* ask(multinomialConfusionQuery, asked(search.estimate)) : null;
  const map = blockMap(rawMap(standard), p, outcome.codes.length - 1);
  const inverse = embeddedInverse(last.information, m, search.moving) ?? new Float64Array(m * m).fill(NaN);
  const isMoving = (k: number) => search.moving[k] === 1;
  return {
    converged,
    separation,
    rounds: search.rounds,
    rows: last.rows,
    weight: last.weight,
    coefficients: search.estimate.map((_, i) => (isMoving(i) ? rowProduct(map, search.estimate, i) : NaN)),
    covariance: sandwich(map, inverse, m).map((v, k) => (isMoving(Math.floor(k / m)) && isMoving(k % m) ? v : NaN)),
    rank: search.moving.reduce((sum, e) => sum + e, 0),
    logLikelihood: last.logLikelihood,
    confusion,
  };
}

/** One block of a map for each class. */
function blockMap(map: Float64Array, p: number, blocks: number): Float64Array {
  const m = p * blocks;
  const out = new Float64Array(m * m);
  for (let k = 0; k < blocks; k++) {
    for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) out[(k * p + i) * m + k * p + j] = map[i * p + j] as number;
  }
  return out;
}

function rowProduct(matrix: Float64Array, vector: Float64Array, row: number): number {
  const m = vector.length;
  let sum = 0;
  for (let j = 0; j < m; j++) sum += (matrix[row * m + j] as number) * (vector[j] as number);
  return sum;
}
