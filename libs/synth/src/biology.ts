import { exp, logistic } from '@cohortium/numerics';
import type { SeededRandom } from '@cohortium/numerics';
import { heavyShape } from './feature-catalog.js';
import type { SyntheticFeature } from './feature-catalog.js';

/** Shares of a feature's normal score that come from its block and from its sequence; the rest is its own. */
const blockLoading = 0.6;
const sequenceLoading = 0.35;
const ownLoading = Math.sqrt(1 - blockLoading * blockLoading - sequenceLoading * sequenceLoading);

const heavyMean = exp((heavyShape * heavyShape) / 2);
const heavySd = heavyMean * Math.sqrt(exp(heavyShape * heavyShape) - 1);

/**
 * Biological values of one site, participants x features row-major, mean 0 and SD 1 before any scanner: correlated within blocks
 * and sequences, log-normal where the catalog says so.
 */
export function biology(random: SeededRandom, participants: number, features: readonly SyntheticFeature[]): Float64Array {
  const values = new Float64Array(participants * features.length);
  for (let i = 0; i < participants; i++) {
    const factors = new Map<string, number>();
    const factor = (name: string): number => {
      const known = factors.get(name);
      if (known !== undefined) return known;
      const drawn = random.normal();
      factors.set(name, drawn);
      return drawn;
    };
    features.forEach((feature, j) => {
      const score =
        blockLoading * factor(`block ${feature.block}`) +
        sequenceLoading * factor(`sequence ${feature.sequence}`) +
        ownLoading * random.normal();
      values[i * features.length + j] = feature.shape === 'heavy' ? (exp(heavyShape * score) - heavyMean) / heavySd : score;
    });
  }
  return values;
}

/** True linear predictors of one site without intercept: the weighted sum of the informative biological values. */
export function linearPredictors(
  values: Float64Array,
  featureCount: number,
  informative: readonly { readonly index: number; readonly coefficient: number }[],
): Float64Array {
  const eta = new Float64Array(values.length / featureCount);
  for (let i = 0; i < eta.length; i++) {
    for (const { index, coefficient } of informative)
      eta[i] = (eta[i] as number) + coefficient * (values[i * featureCount + index] as number);
  }
  return eta;
}

/** The intercept with which the mean probability of a site is `prevalence`, by bisection to 2^-50 of the bracket. */
export function interceptFor(eta: Float64Array, prevalence: number): number {
  let low = -60;
  let high = 60;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    const mean = eta.reduce((sum, x) => sum + logistic(middle + x), 0) / eta.length;
    if (mean < prevalence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** One site's linear predictors and the intercept that belongs to them. */
export interface SiteScores {
  readonly eta: Float64Array;
  readonly intercept: number;
}

/**
 * Expected AUC of the true probabilities over pairs within sites: each pair counts with the probability that its first member is
 * positive and its second is not.
 */
export function expectedAuc(sites: readonly SiteScores[]): number {
  let concordant = 0;
  let pairs = 0;
  for (const { eta, intercept } of sites) {
    const probabilities = eta.map((x) => logistic(intercept + x));
    probabilities.forEach((p, i) => {
      probabilities.forEach((q, j) => {
        if (i === j) return;
        const weight = p * (1 - q);
        const [a, b] = [eta[i] as number, eta[j] as number];
        pairs += weight;
        concordant += weight * (a > b ? 1 : a === b ? 0.5 : 0);
      });
    });
  }
  return concordant / pairs;
}

/** The factor on `eta` with which {@link expectedAuc} is `target`, intercepts fitted to each site's prevalence; bisection. */
export function scaleFor(sites: readonly { readonly eta: Float64Array; readonly prevalence: number }[], target: number): number {
  let low = 0;
  let high = 20;
  for (let step = 0; step < 32; step++) {
    const middle = (low + high) / 2;
    const scored = sites.map(({ eta, prevalence }): SiteScores => {
      const scaled = eta.map((x) => middle * x);
      return { eta: scaled, intercept: interceptFor(scaled, prevalence) };
    });
    if (expectedAuc(scored) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
