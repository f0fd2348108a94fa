import { NewtonSearch, chiSquareQuantile, cubicSpline, linearInterpolation, normalQuantile } from '@cohortium/numerics';
import type { NewtonReply } from '@cohortium/numerics';
import { ask } from '../program.js';
import type { SumProgram } from '../program.js';
import type { GlmFit, GlmFits, GlmProblem } from './fit.js';
import type { GlmParams } from './params.js';
import type { GlmQueries, GlmTotals } from './query.js';

/** Lower and upper limit of a coefficient; null where the profile does not reach it. */
export type ProfileInterval = readonly [number | null, number | null];

/** Steps on either side, as in MASS. */
const maxSteps = 9;
/** Steps that are tried at once: a profile that is nearly quadratic needs five or six. */
const firstSteps = 6;
/**
 * A constrained fit ends at a Newton step of this size: what the deviance would still fall is then known from gradient and
 * information up to its third power.
 */
const constrainedEpsilon = 1e-4;
/** Linear predictors of constrained fits lie further out than those of the fit. */
const widestLimit = 700;

/** One side of the profile of one coefficient. */
interface Side {
  readonly coefficient: number;
  readonly sign: 1 | -1;
  /** Deviance-based z by step; grows. */
  readonly z: number[];
  /** Free coefficients at the last step. */
  last: Float64Array | null;
}

/** One constrained fit. */
interface Constrained {
  readonly side: Side;
  readonly step: number;
  /** Linear constraint: coefficients = origin + basis * search point. */
  readonly origin: Float64Array;
  readonly basis: readonly Float64Array[];
  readonly search: NewtonSearch;
}

/**
 * Profile-likelihood intervals of all coefficients as `confint` of R's MASS computes them: constrained fits at steps of a fifth of
 * `sqrt(qchisq(1 - (1 - level) / 4, 1))` standard errors until z passes that bound (nine at most), a cubic spline of z over the coefficient,
 * read at the normal quantiles by linear interpolation between three times as many points. All constrained fits of a batch share
 * their rounds. For the Gaussian family the profile is a line, so nothing is asked.
 *
 * Source: Venables & Ripley, Modern Applied Statistics with S, 4th ed. 2002, section 8.4, doi 10.1007/978-0-387-21706-2.
 */
export function* profileIntervals(
  queries: GlmQueries,
  problem: GlmProblem,
  { standard, outcome, fits }: GlmFits,
  level: number,
): SumProgram<ProfileInterval[]> {
  const fit = fits[0] as GlmFit;
  const p = problem.terms.length;
  const bound = Math.sqrt(chiSquareQuantile(1 - (1 - level) / 4, 1));
  const [low, high] = [normalQuantile((1 - level) / 2, 0, 1), normalQuantile((1 + level) / 2, 0, 1)];
  const errors = Float64Array.from({ length: p }, (_, j) => Math.sqrt((fit.covariance[j * p + j] as number) * fit.dispersion));
  if (problem.family === 'gaussian')
    return Array.from({ length: p }, (_, j): ProfileInterval => {
      const [b, se] = [fit.coefficients[j] as number, errors[j] as number];
      return Number.isFinite(se) ? [b + low * se, b + high * se] : [null, null];
    });
  const sides: Side[] = [...fit.estimated.keys()]
    .filter((j) => fit.estimated[j] === 1)
    .flatMap((coefficient) => ([-1, 1] as const).map((sign) => ({ coefficient, sign, z: [], last: null })));
  const shared: Pick<GlmParams, 'family' | 'outcome' | 'weights' | 'offset' | 'arms' | 'limit' | 'participants'> = {
    family: problem.family,
    outcome,
    weights: problem.weights,
    offset: problem.offset,
    arms: [{ heldOut: fit.heldOut, recipe: standard.spec }],
    limit: problem.limit < 30 ? problem.limit : widestLimit,
    participants: standard.rows,
  };
  const begin = (side: Side, step: number): Constrained =>
    constrain(problem, fit, standard, side, step, (bound / 5) * (errors[side.coefficient] as number));
  const isOpen = ({ z }: Side) => z.length < maxSteps && Math.abs(z.at(-1) ?? 0) < bound;
  const tried = sides.flatMap((side) => Array.from({ length: firstSteps }, (_, k) => begin(side, k + 1)));
  yield* fitConstrained(queries, shared, tried, p);
  for (const constrained of tried) record(constrained, fit, bound);
  // What is left goes step by step, each from the solution of the step before: far steps, and those that began too far away.
  for (let open = sides.filter(isOpen); open.length > 0; open = open.filter(isOpen)) {
    const next = open.map((side) => begin(side, side.z.length + 1));
    yield* fitConstrained(queries, shared, next, p);
    for (const constrained of next) record(constrained, fit, bound);
    open = open.filter((side, k) => side.z.length >= (next[k] as Constrained).step);
  }
  return Array.from({ length: p }, (_, j) => {
    const [down, up] = sides.filter(({ coefficient }) => coefficient === j);
    if (!down || !up) return [null, null];
    return interval(fit.coefficients[j] as number, (bound / 5) * (errors[j] as number), down.z, up.z, [low, high]);
  });
}

/** The fit with one raw coefficient held at `step` steps from its estimate. */
function constrain(
  problem: GlmProblem,
  fit: GlmFit,
  { center, scale, intercept }: GlmFits['standard'],
  side: Side,
  step: number,
  size: number,
): Constrained {
  const p = problem.terms.length;
  const j = side.coefficient;
  const { coefficients: b, inverse } = fit.standard;
  const move = side.sign * step * size;
  const origin = new Float64Array(p);
  // Which standardized coordinate gives way, and how: raw intercept = b0 - sum b c / s, raw coefficient = b / s.
  const constraint = Float64Array.from({ length: p }, (_, k) => {
    if (j !== intercept) return k === j ? 1 / (scale[j] as number) : 0;
    return k === j ? 1 : -(center[k] as number) / (scale[k] as number);
  });
  const others = [...fit.estimated.keys()].filter((k) => fit.estimated[k] === 1 && k !== j);
  const pivot = constraint[j] as number;
  const value = constraint.reduce((sum, c, k) => sum + c * (b[k] as number), move);
  origin[j] = value / pivot;
  const basis = others.map((k) => {
    const direction = new Float64Array(p);
    direction[k] = 1;
    direction[j] = -(constraint[k] as number) / pivot;
    return direction;
  });
  // Start at the last step, or where a quadratic likelihood would have its constrained maximum.
  const gain = constraint.map((_, k) => constraint.reduce((sum, c, l) => sum + (inverse[k * p + l] as number) * c, 0));
  const variance = constraint.reduce((sum, c, k) => sum + c * (gain[k] as number), 0);
  const start = side.last ?? Float64Array.from(others, (k) => (b[k] as number) + ((gain[k] as number) * move) / variance);
  const search = new NewtonSearch({ start, epsilon: constrainedEpsilon, maxRounds: problem.maxRounds });
  return { side, step, origin, basis, search };
}

function coefficientsOf({ origin, basis, search }: Constrained): Float64Array {
  const out = origin.slice();
  basis.forEach((direction, k) => direction.forEach((d, i) => (out[i] = (out[i] as number) + d * (search.point[k] as number))));
  return out;
}

function* fitConstrained(
  queries: GlmQueries,
  shared: Omit<GlmParams, 'models' | 'coefficients' | 'leverages'>,
  tried: readonly Constrained[],
  p: number,
): SumProgram<void> {
  for (;;) {
    const active = tried.filter(({ search }) => search.status === 'searching');
    if (active.length === 0) return;
    const coefficients = new Float64Array(active.length * p);
    active.forEach((constrained, m) => coefficients.set(coefficientsOf(constrained), m * p));
    const totals = yield* ask(queries.scores, { ...shared, models: active.map(() => 0), coefficients, leverages: null });
    active.forEach(({ search, basis }, m) => {
      const model = totals[m] as GlmTotals;
      search.tell(model.isBeyondLimit ? null : reduced(model, basis, p));
    });
  }
}

/** Log-likelihood, score and information along a basis. */
function reduced({ logLikelihood, deviance, score, information }: GlmTotals, basis: readonly Float64Array[], p: number): NewtonReply {
  const m = basis.length;
  const gradient = Float64Array.from(basis, (direction) => direction.reduce((sum, d, i) => sum + d * (score[i] as number), 0));
  const reducedInformation = new Float64Array(m * m);
  basis.forEach((left, a) => {
    const row = new Float64Array(p);
    left.forEach((l, i) => {
      if (l !== 0) for (let k = 0; k < p; k++) row[k] = (row[k] as number) + l * (information[i * p + k] as number);
    });
    for (let b = 0; b <= a; b++) {
      const value = (basis[b] as Float64Array).reduce((sum, r, k) => sum + r * (row[k] as number), 0);
      reducedInformation[a * m + b] = value;
      reducedInformation[b * m + a] = value;
    }
  });
  // The deviance differs from -2 ln L by a constant and is what the profile is made of.
  return { value: Number.isFinite(logLikelihood) ? -deviance / 2 : NaN, gradient, information: reducedInformation };
}

/** Notes the z of a constrained fit, as long as the steps before it did not pass the bound. */
function record({ side, step, search }: Constrained, fit: GlmFit, bound: number): void {
  const { best } = search;
  if (side.z.length !== step - 1 || Math.abs(side.z.at(-1) ?? 0) >= bound || best === null) return;
  if (search.status !== 'converged' && step <= firstSteps && side.last === null) return;
  const gain = search.status === 'converged' ? best.gradient.reduce((sum, g, k) => sum + g * (search.step[k] as number), 0) / 2 : 0;
  const rise = Math.max(0, -2 * (best.value + gain) - fit.deviance);
  side.z.push(side.sign * Math.sqrt(rise));
  side.last = search.estimate;
}

/** Where the spline of z over the coefficient passes the two cutoffs. */
function interval(
  estimate: number,
  size: number,
  down: readonly number[],
  up: readonly number[],
  cutoffs: readonly [number, number],
): ProfileInterval {
  const x = Float64Array.from([
    ...down.map((_, k) => estimate - (k + 1) * size).reverse(),
    estimate,
    ...up.map((_, k) => estimate + (k + 1) * size),
  ]);
  const z = Float64Array.from([...[...down].reverse(), 0, ...up]);
  if (x.length < 2) return [null, null];
  const points = 3 * x.length;
  const [first, last] = [x[0] as number, x[x.length - 1] as number];
  const at = Float64Array.from({ length: points }, (_, k) => first + (k * (last - first)) / (points - 1));
  const curve = cubicSpline(x, z, at);
  return [linearInterpolation(curve, at, cutoffs[0]), linearInterpolation(curve, at, cutoffs[1])];
}
