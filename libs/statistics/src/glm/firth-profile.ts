import { chiSquareQuantile, chiSquareTail } from '@cohortium/numerics';
import type { SumProgram } from '../program.js';
import { constrain, constrainedValue, fitConstrained } from './constrained.js';
import type { ConstrainedSetting } from './constrained.js';
import type { GlmFit, GlmFits, GlmProblem } from './fit.js';
import type { ProfileInterval } from './profile.js';
import type { GlmQueries } from './query.js';

/** Penalized-likelihood inference on one coefficient. */
export interface FirthProfile {
  readonly interval: ProfileInterval;
  /** Penalized likelihood-ratio test of 0; null where it could not be done. */
  readonly chisq: number | null;
  readonly p: number | null;
}

/** Trials of a limit before it is given up; the signed root is nearly a line, so few are needed. */
const maxTrials = 40;
const limitTolerance = 1e-9;

/** A limit that is looked for: where the signed root of the likelihood ratio reaches the target. */
interface Limit {
  readonly coefficient: number;
  readonly sign: 1 | -1;
  /** Distances from the estimate where the root is below and above the target. */
  near: { at: number; root: number };
  far: { at: number; root: number } | null;
  at: number;
  /** How often one end stayed. */
  stayed: number;
  done: boolean;
  found: number | null;
}

/**
 * Profile penalized-likelihood intervals and tests, as `logistf` reports them: the coefficient at which twice the penalized likelihood has
 * fallen by the chi-square quantile, the other coefficients maximizing it; the penalty is that of all coefficients together. Limits are
 * found by bracketing on the signed root (Illinois rule of false position), all at once.
 * Source: Heinze & Schemper 2002, doi 10.1002/sim.1047.
 */
export function* firthProfiles(queries: GlmQueries, problem: GlmProblem, fits: GlmFits, level: number): SumProgram<FirthProfile[]> {
  const fit = fits.fits[0] as GlmFit;
  const p = problem.terms.length;
  const setting: ConstrainedSetting = { queries, problem, fits, fit, epsilon: 1e-6 };
  const target = Math.sqrt(chiSquareQuantile(level, 1));
  const estimated = [...fit.estimated.keys()].filter((j) => fit.estimated[j] === 1);
  const top = fit.standard.value;
  const rootOf = (value: number | null) => (value === null ? null : Math.sqrt(Math.max(0, 2 * (top - value))));
  const nulls = estimated.map((j) => constrain(setting, j, -(fit.coefficients[j] as number), null));
  yield* fitConstrained(setting, nulls);
  const limits = estimated.flatMap((coefficient) =>
    ([-1, 1] as const).map((sign): Limit => {
      const at = target * Math.sqrt(fit.covariance[coefficient * p + coefficient] as number);
      return { coefficient, sign, near: { at: 0, root: 0 }, far: null, at, stayed: 0, done: false, found: null };
    }),
  );
  for (let trial = 0; trial < maxTrials; trial++) {
    const open = limits.filter(({ done }) => !done);
    if (open.length === 0) break;
    const tried = open.map(({ coefficient, sign, at }) => constrain(setting, coefficient, sign * at, null));
    yield* fitConstrained(setting, tried);
    open.forEach((limit, k) => narrow(limit, rootOf(constrainedValue(tried[k] as (typeof tried)[number])), target));
  }
  return Array.from({ length: p }, (_, j): FirthProfile => {
    const at = estimated.indexOf(j);
    if (at < 0) return { interval: [null, null], chisq: null, p: null };
    const root = rootOf(constrainedValue(nulls[at] as (typeof nulls)[number]));
    const chisq = root === null ? null : root * root;
    const [low, high] = limits
      .filter(({ coefficient }) => coefficient === j)
      .map(({ sign, found }) => (found === null ? null : (fit.coefficients[j] as number) + sign * found));
    return { interval: [low ?? null, high ?? null], chisq, p: chisq === null ? null : chiSquareTail(chisq, 1) };
  });
}

/** Takes one trial into the bracket of a limit and chooses the next. */
function narrow(limit: Limit, root: number | null, target: number): void {
  if (root === null) {
    limit.done = true;
    return;
  }
  const { near, far, at } = limit;
  const isClose = Math.abs(root - target) <= limitTolerance * target;
  if (isClose || (far !== null && far.at - near.at <= limitTolerance * at)) {
    limit.found = at;
    limit.done = true;
    return;
  }
  if (root < target) {
    if (far && limit.stayed < 0) limit.far = { at: far.at, root: (far.root + target) / 2 };
    limit.near = { at, root };
    limit.stayed = Math.min(limit.stayed, 0) - 1;
  } else {
    if (limit.stayed > 0) limit.near = { at: near.at, root: (near.root + target) / 2 };
    limit.far = { at, root };
    limit.stayed = Math.max(limit.stayed, 0) + 1;
  }
  // Without an upper end the line through the last point, at most twice as far.
  limit.at = limit.far
    ? limit.near.at + ((target - limit.near.root) * (limit.far.at - limit.near.at)) / (limit.far.root - limit.near.root)
    : Math.min(2 * at, (at * target) / Math.max(root, 1e-3));
}
