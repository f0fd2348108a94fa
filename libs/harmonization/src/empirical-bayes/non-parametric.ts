import { exp, ln } from '@cohortium/numerics';
import type { BatchMoments, Stars } from './parametric.js';

/**
 * Non-parametric empirical Bayes: the prior of a feature is the set of (gammaHat, deltaHat) of the other features, each weighted by
 * the likelihood that it gives the rows of this one. Weights are formed from differences of log-likelihoods, so that batches of any size
 * are served; the engines form them from likelihoods, which underflow above some 500 rows. Features with variance 0 carry no weight.
 * @param delta variances of the features as prior and for weights (all 1 when only means are harmonized)
 * Source: Johnson, Li & Rabinovic, Biostatistics 2007, doi 10.1093/biostatistics/kxj037, section 3.2 (non-parametric prior); `int.eprior` of
 * sva and neuroCombat.
 */
export function shrinkNonParametric(moments: BatchMoments, delta: Float64Array, into: Stars, active: readonly number[]): void {
  const others = active.filter((g) => (delta[g] as number) > 0);
  const location = Float64Array.from(others, (g) => moments.gammaHat[g] as number);
  const variance = Float64Array.from(others, (g) => delta[g] as number);
  const logVariance = variance.map((value) => ln(value));
  const weight = new Float64Array(others.length);
  for (const f of active) {
    const n = moments.n[f] as number;
    const own = moments.gammaHat[f] as number;
    const squares = moments.squares[f] as number;
    let largest = -Infinity;
    for (let k = 0; k < others.length; k++) {
      const offset = own - (location[k] as number);
      const value = -(n / 2) * (logVariance[k] as number) - (squares + n * offset * offset) / (2 * (variance[k] as number));
      weight[k] = others[k] === f ? -Infinity : value;
      largest = Math.max(largest, weight[k] as number);
    }
    let total = 0;
    let gamma = 0;
    let spread = 0;
    for (let k = 0; k < others.length; k++) {
      if (weight[k] === -Infinity) continue;
      const share = exp((weight[k] as number) - largest);
      total += share;
      gamma += share * (location[k] as number);
      spread += share * (variance[k] as number);
    }
    into.gammaStar[f] = gamma / total;
    into.deltaStar[f] = spread / total;
  }
}
