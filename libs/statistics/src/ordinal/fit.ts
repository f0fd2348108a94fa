import { Frozen } from '@cohortium/kernel';
import { NewtonSearch } from '@cohortium/numerics';
import { statisticsErrors } from '../errors.js';
import { embeddedInverse } from '../glm/fit.js';
import { sandwich, standardizeTerms } from '../glm/standardize.js';
import { interceptTerm, plainSpec } from '../model-matrix/model-matrix.js';
import type { MatrixSpec, Term } from '../model-matrix/model-matrix.js';
import { ask } from '../program.js';
import type { SumProgram } from '../program.js';
import type { MultinomialTotals } from '../multinomial/query.js';
import { linkFunctions } from './links.js';
import type { OrdinalLink } from './links.js';
import { ordinalScoresQuery } from './query.js';

/** What is fitted. */
export interface OrdinalProblem {
  /** Column of the outcome, codes of its classes in ascending order, and how many complete rows each has. */
  readonly outcome: { readonly column: string; readonly codes: readonly number[]; readonly counts: readonly number[] };
  readonly weights: string | null;
  /** Without intercept: the cut points stand for it. */
  readonly terms: readonly Term[];
  readonly link: OrdinalLink;
  readonly epsilon: number;
  readonly maxRounds: number;
  readonly limit: number;
}

/** A fitted cumulative link model on raw terms: slopes, then cut points. */
export interface OrdinalFit {
  readonly converged: boolean;
  readonly rounds: number;
  readonly rows: number;
  readonly weight: number;
  /** p slopes (NaN for redundant ones), then the cut points. */
  readonly coefficients: Float64Array;
  readonly covariance: Float64Array;
  readonly rank: number;
  readonly logLikelihood: number;
}

const independence = 1e-11;

/**
 * Fits P(Y <= k) = F(cut_k - x' slope) by Newton's method with the observed information, from the cumulative shares of the classes.
 * Source: McCullagh 1980, doi 10.1111/j.2517-6161.1980.tb01109.x; the parametrization of `polr` in R's MASS.
 * @throws `STATISTICS.CANNOT_FIT`
 */
export function* fitOrdinal(problem: OrdinalProblem): SumProgram<OrdinalFit> {
  const { terms, outcome, weights, link, limit, epsilon, maxRounds } = problem;
  const { column, codes, counts } = outcome;
  const p = terms.length;
  const m = p + codes.length - 1;
  const needs = weights === null ? [column] : [column, weights];
  // Cut points stand for the intercept, so the columns may be centered.
  const standard = yield* standardizeTerms([interceptTerm, ...terms], needs, null);
  const cannot = (reason: string) => statisticsErrors.error('STATISTICS.CANNOT_FIT', { model: column, reason });
  if (standard.rows === 0) throw cannot('noRows');
  const [center, scale] = [standard.center.slice(1), standard.scale.slice(1)];
  // A constant column became ones; here that is a shift of all cut points, so it is centered to nothing.
  const isConstant = (j: number) => standard.sd[j + 1] === 0;
  const spec: MatrixSpec = {
    ...plainSpec(terms, needs),
    center: [...center].map((c, j) => (isConstant(j) ? (standard.mean[j + 1] as number) : c)),
    scale: [...scale],
  };
  const free = Uint8Array.from({ length: m }, (_, j) => (j < p && isConstant(j) ? 0 : 1));
  const start = new Float64Array(m);
  const total = counts.reduce((sum, n) => sum + n, 0);
  let below = 0;
  for (let k = 0; k < codes.length - 1; k++) {
    below += counts[k] as number;
    start[p + k] = linkFunctions[link].start(below / total);
  }
  const frozen = new Frozen(spec);
  const search = new NewtonSearch({ start, free, epsilon, maxRounds, independence, indefinite: 'damp' });
  let last: MultinomialTotals | null = null;
  while (search.status === 'searching') {
    if (!isAscending(search.point, p)) {
      search.tell(null);
      continue;
    }
    const asked = {
      spec: frozen,
      outcome: { column, codes: [...codes] },
      weights,
      coefficients: search.point,
      limit,
      participants: standard.rows,
      link,
    };
    const totals = yield* ask(ordinalScoresQuery, asked);
    search.tell(totals.isBeyondLimit ? null : { value: totals.logLikelihood, gradient: totals.score, information: totals.information });
    if (search.best?.gradient === totals.score) last = totals;
  }
  if (!last) throw cannot('badOutcome');
  return { converged: search.status === 'converged', rounds: search.rounds, ...last, ...onRawTerms(spec, search, last) };
}

/** Estimates on raw terms. */
function onRawTerms(
  spec: MatrixSpec,
  { moving, estimate }: NewtonSearch,
  { information }: MultinomialTotals,
): Pick<OrdinalFit, 'coefficients' | 'covariance' | 'rank'> {
  const m = estimate.length;
  const map = cutMap(spec, spec.terms.length, m);
  const inverse = embeddedInverse(information, m, moving) ?? new Float64Array(m * m).fill(NaN);
  const raw = estimate.map((_, i) => estimate.reduce((sum, b, j) => sum + (map[i * m + j] as number) * b, 0));
  return {
    coefficients: raw.map((b, i) => (moving[i] === 1 ? b : NaN)),
    covariance: sandwich(map, inverse, m).map((v, k) => (moving[Math.floor(k / m)] && moving[k % m] ? v : NaN)),
    rank: moving.reduce((sum, e) => sum + e, 0),
  };
}

function isAscending(point: Float64Array, from: number): boolean {
  for (let k = from + 1; k < point.length; k++) if (!((point[k] as number) > (point[k - 1] as number))) return false;
  return true;
}

/** Raw slopes are b / s; raw cut points are shifted by sum b c / s. */
function cutMap({ center, scale }: MatrixSpec, p: number, m: number): Float64Array {
  const map = new Float64Array(m * m);
  for (let j = 0; j < p; j++) {
    map[j * m + j] = 1 / (scale[j] as number);
    for (let k = p; k < m; k++) map[k * m + j] = (center[j] as number) / (scale[j] as number);
  }
  for (let k = p; k < m; k++) map[k * m + k] = 1;
  return map;
}
