import { chiSquareQuantile, cubicSpline, linearInterpolation, normalQuantile } from '@cohortium/numerics';
import type { SumProgram } from '../program.js';
import { constrain, constrainedValue, fitConstrained } from './constrained.js';
import type { Constrained, ConstrainedSetting } from './constrained.js';
import type { GlmFit, GlmFits, GlmProblem } from './fit.js';
import type { GlmQueries } from './query.js';

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

/** One side of the profile of one coefficient. */
interface Side {
  readonly coefficient: number;
  readonly sign: 1 | -1;
  /** Deviance-based z by step; grows. */
  readonly z: number[];
  /** Free coefficients at the last step. */
  last: Float64Array | null;
}

/** A constrained fit of a side. */
interface Step {
  readonly side: Side;
  readonly step: number;
  readonly constrained: Constrained;
}

/**
 * Profile-likelihood intervals of all coefficients as `confint` of R's MASS computes them: constrained fits at steps of a fifth of
 * `sqrt(qchisq(1 - (1 - level) / 4, 1))` standard errors until z passes that bound (nine at most), a cubic spline of z over the coefficient,
 * read at the normal quantiles by linear interpolation between three times as many points. All constrained fits of a batch share
 * their rounds. For the Gaussian family the profile is a line, so nothing is asked.
 *
 * Source: Venables & Ripley, Modern Applied Statistics with S, 4th ed. 2002, section 8.4, doi 10.1007/978-0-387-21706-2.
 */
export function* profileIntervals(queries: GlmQueries, problem: GlmProblem, fits: GlmFits, level: number): SumProgram<ProfileInterval[]> {
  const fit = fits.fits[0] as GlmFit;
  const p = problem.terms.length;
  const bound = Math.sqrt(chiSquareQuantile(1 - (1 - level) / 4, 1));
  const cutoffs = [normalQuantile((1 - level) / 2, 0, 1), normalQuantile((1 + level) / 2, 0, 1)] as const;
  const errors = Float64Array.from({ length: p }, (_, j) => Math.sqrt((fit.covariance[j * p + j] as number) * fit.dispersion));
  if (problem.family === 'gaussian')
    return Array.from({ length: p }, (_, j): ProfileInterval => {
      const [b, se] = [fit.coefficients[j] as number, errors[j] as number];
      return Number.isFinite(se) ? [b + cutoffs[0] * se, b + cutoffs[1] * se] : [null, null];
    });
  const sides: Side[] = [...fit.estimated.keys()]
    .filter((j) => fit.estimated[j] === 1)
    .flatMap((coefficient) => ([-1, 1] as const).map((sign) => ({ coefficient, sign, z: [], last: null })));
  const setting: ConstrainedSetting = { queries, problem, fits, fit, epsilon: constrainedEpsilon };
  const sizeOf = (j: number) => (bound / 5) * (errors[j] as number);
  const begin = (side: Side, step: number): Step => ({
    side,
    step,
    constrained: constrain(setting, side.coefficient, side.sign * step * sizeOf(side.coefficient), side.last),
  });
  const isOpen = ({ z }: Side) => z.length < maxSteps && Math.abs(z.at(-1) ?? 0) < bound;
  const finish = function* (steps: readonly Step[]): SumProgram<void> {
    yield* fitConstrained(
      setting,
      steps.map(({ constrained }) => constrained),
    );
    for (const step of steps) record(step, fit, bound);
  };
  yield* finish(sides.flatMap((side) => Array.from({ length: firstSteps }, (_, k) => begin(side, k + 1))));
  // What is left goes step by step, each from the solution of the step before: far steps, and those that began too far away.
  for (let open = sides.filter(isOpen); open.length > 0; open = open.filter(isOpen)) {
    const next = open.map((side) => begin(side, side.z.length + 1));
    yield* finish(next);
    open = open.filter((side, k) => side.z.length >= (next[k] as Step).step);
  }
  return Array.from({ length: p }, (_, j) => {
    const [down, up] = sides.filter(({ coefficient }) => coefficient === j);
    if (!down || !up) return [null, null];
    return interval(fit.coefficients[j] as number, sizeOf(j), down.z, up.z, cutoffs);
  });
}

/** Notes the z of a constrained fit, as long as the steps before it did not pass the bound. */
function record({ side, step, constrained }: Step, fit: GlmFit, bound: number): void {
  const { search } = constrained;
  const value = constrainedValue(constrained);
  if (side.z.length !== step - 1 || Math.abs(side.z.at(-1) ?? 0) >= bound || value === null) return;
  // A first try that began too far away is done again from the step before it.
  if (search.status !== 'converged' && step <= firstSteps && side.last === null) return;
  side.z.push(side.sign * Math.sqrt(Math.max(0, -2 * value - fit.deviance)));
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
