import { harmonizationErrors } from '../errors.js';
import type { BatchPrior } from './prior.js';

/** Location and variance of one batch by feature before shrinkage, as sufficient statistics: rows are not needed. */
export interface BatchMoments {
  /** Observed rows. */
  readonly n: Float64Array;
  /** Mean of the standardized rows. */
  readonly gammaHat: Float64Array;
  /** Variance (n - 1) of the standardized rows, as priors and start values use it. */
  readonly deltaHat: Float64Array;
  /** Sum of squares of the standardized rows around their mean. */
  readonly squares: Float64Array;
}

/** Location and variance after shrinkage, changed in place by the iteration. */
export interface Stars {
  readonly gammaStar: Float64Array;
  readonly deltaStar: Float64Array;
}

/** Stop rule of the fixed point, as in sva and neuroCombat. */
const conv = 1e-4;
const iterationLimit = 10_000;

/**
 * Parametric empirical Bayes: gamma = (n tau2 gammaHat + delta gammaBar) / (n tau2 + delta) and delta = (sum (z - gamma)^2 / 2 + b) /
 * (n / 2 + a - 1), iterated from (gammaHat, deltaHat), all features of `active` together, until none moves by more than 1e-4 of its
 * old value (whose sign counts, as in both engines).
 * @param into start values are written here, then the result
 * @param label name of the batch, for the message
 * @returns steps taken
 * @throws `HARMONIZATION.NOT_CONVERGED`
 * Source: Johnson, Li & Rabinovic, Biostatistics 2007, doi 10.1093/biostatistics/kxj037, section 3.2 and supplement.
 */
export function shrinkParametric(moments: BatchMoments, into: Stars, active: readonly number[], prior: BatchPrior, label: string): number {
  for (const f of active) {
    into.gammaStar[f] = moments.gammaHat[f] as number;
    into.deltaStar[f] = moments.deltaHat[f] as number;
  }
  let change = Infinity;
  let iterations = 0;
  // Written so that a change of NaN goes on to the limit instead of passing for convergence.
  while (!(change <= conv)) {
    if (++iterations > iterationLimit)
      throw harmonizationErrors.error('HARMONIZATION.NOT_CONVERGED', { site: label, limit: iterationLimit });
    change = shrinkOnce(moments, into, active, prior);
  }
  return iterations;
}

/** One step of the fixed point, in place; gives the largest relative change. */
function shrinkOnce(moments: BatchMoments, into: Stars, active: readonly number[], prior: BatchPrior): number {
  const { gammaStar, deltaStar } = into;
  const { gammaBar, tau2, aPrior, bPrior } = prior;
  let change = -Infinity;
  for (const f of active) {
    const n = moments.n[f] as number;
    const gammaHat = moments.gammaHat[f] as number;
    const oldGamma = gammaStar[f] as number;
    const oldDelta = deltaStar[f] as number;
    const gamma = (tau2 * n * gammaHat + oldDelta * gammaBar) / (tau2 * n + oldDelta);
    const offset = gammaHat - gamma;
    const squares = (moments.squares[f] as number) + n * offset * offset;
    // Equal variances in all features make the prior a point at their mean, which both parameters reach as a limit.
    const delta = Number.isFinite(aPrior) ? (squares / 2 + bPrior) / (n / 2 + aPrior - 1) : (moments.deltaHat[f] as number);
    change = Math.max(change, relativeStep(gamma, oldGamma), relativeStep(delta, oldDelta));
    gammaStar[f] = gamma;
    deltaStar[f] = delta;
  }
  return change;
}

/**
 * |next - old| / old. The divisor keeps its sign, as in sva and neuroCombat: features with a negative location never delay the
 * stop. A tighter rule moves harmonized values of tiny batches by up to 2e-5 SD.
 */
function relativeStep(next: number, old: number): number {
  const step = Math.abs(next - old);
  if (old === 0) return step === 0 ? 0 : Infinity;
  return step / old;
}
