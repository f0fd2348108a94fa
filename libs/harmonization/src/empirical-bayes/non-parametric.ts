import { exp, ln, pow } from '@cohortium/numerics';
import type { BatchMoments, Stars } from './parametric.js';

/** Features that serve as prior: location and variance of each, without those of variance 0. */
interface PriorSet {
  /** Column of each. */
  readonly columns: readonly number[];
  readonly location: Float64Array;
  readonly variance: Float64Array;
  factors?: { readonly half: number; readonly values: Float64Array };
}

/** How likelihoods are formed, see {@link shrinkNonParametric}. */
export type LikelihoodRule = 'double' | 'log';

/**
 * Non-parametric empirical Bayes: the prior of a feature is the set of (gammaHat, deltaHat) of the other features, each weighted by
 * the likelihood that it gives the rows of this one.
 *
 * `double` forms likelihoods as both engines do, (2 pi delta)^(-n/2) exp(-sum / (2 delta)), and takes logarithms only for features
 * whose likelihoods all underflow or overflow (above some 500 rows), where the engines give no number. Just before that the engines
 * lose digits, and so does this. `log` always works with logarithms, which lose none.
 * @param delta variances of the features as prior (all 1 when only means are harmonized)
 * Source: Johnson, Li & Rabinovic, Biostatistics 2007, doi 10.1093/biostatistics/kxj037, section 3.2 (non-parametric prior); `int.eprior` of
 * sva and neuroCombat.
 */
export function shrinkNonParametric(
  moments: BatchMoments,
  delta: Float64Array,
  into: Stars,
  active: readonly number[],
  rule: LikelihoodRule,
): void {
  const columns = active.filter((g) => (delta[g] as number) > 0);
  const prior: PriorSet = {
    columns,
    location: Float64Array.from(columns, (g) => moments.gammaHat[g] as number),
    variance: Float64Array.from(columns, (g) => delta[g] as number),
  };
  const weights = new Float64Array(columns.length);
  for (const f of active) {
    const asEngines = rule === 'double' && likelihoods(moments, f, prior, weights);
    if (!asEngines) scaledLikelihoods(moments, f, prior, weights);
    let total = 0;
    let gamma = 0;
    let spread = 0;
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k] as number;
      total += weight;
      gamma += weight * (prior.location[k] as number);
      spread += weight * (prior.variance[k] as number);
    }
    into.gammaStar[f] = gamma / total;
    into.deltaStar[f] = spread / total;
  }
}

/** Squares of the rows of a feature around the location of another. */
function squaresAround({ n, gammaHat, squares }: BatchMoments, f: number, location: number): number {
  const offset = (gammaHat[f] as number) - location;
  return (squares[f] as number) + (n[f] as number) * offset * offset;
}

/** Likelihoods in doubles; false where their sum is no positive number. */
function likelihoods(moments: BatchMoments, f: number, prior: PriorSet, into: Float64Array): boolean {
  const { columns, location, variance } = prior;
  const factors = factorsOf(prior, (moments.n[f] as number) / 2);
  let total = 0;
  for (let k = 0; k < into.length; k++) {
    const value =
      columns[k] === f
        ? 0
        : (factors[k] as number) * exp(-squaresAround(moments, f, location[k] as number) / (2 * (variance[k] as number)));
    into[k] = Number.isNaN(value) ? 0 : value;
    total += into[k] as number;
  }
  return total > 0 && Number.isFinite(total);
}

/** (2 pi delta)^(-n/2) of every feature, kept while n stays the same: only gaps change it from feature to feature. */
function factorsOf(prior: PriorSet, half: number): Float64Array {
  if (prior.factors?.half !== half) prior.factors = { half, values: prior.variance.map((d) => 1 / pow(2 * Math.PI * d, half)) };
  return prior.factors.values;
}

/** Likelihoods over the largest of them. */
function scaledLikelihoods(moments: BatchMoments, f: number, { columns, location, variance }: PriorSet, into: Float64Array): void {
  const half = (moments.n[f] as number) / 2;
  let largest = -Infinity;
  for (let k = 0; k < into.length; k++) {
    const d = variance[k] as number;
    const value = -half * ln(d) - squaresAround(moments, f, location[k] as number) / (2 * d);
    into[k] = columns[k] === f ? -Infinity : value;
    largest = Math.max(largest, into[k] as number);
  }
  for (let k = 0; k < into.length; k++) into[k] = into[k] === -Infinity ? 0 : exp((into[k] as number) - largest);
}
