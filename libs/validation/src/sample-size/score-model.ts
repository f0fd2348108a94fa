import { exp, gaussHermite, ln, log1p, logistic, logit, normalQuantile, softplus } from '@cohortium/numerics';

/** Distribution of a linear predictor that is right: outcomes are Bernoulli with logistic(linear predictor). */
export interface LinearPredictor {
  readonly mean: number;
  readonly sd: number;
}

/** Expected information of a calibration line per participant. */
export interface CalibrationInformation {
  readonly i00: number;
  readonly i01: number;
  readonly i11: number;
}

const nodes = gaussHermite(80);

/** Mean of f over a normal distribution, by an 80-point Gauss-Hermite rule. */
export function normalMean(mean: number, sd: number, f: (x: number) => number): number {
  let sum = 0;
  nodes.nodes.forEach((node, k) => (sum += (nodes.weights[k] as number) * f(mean + sd * node)));
  return sum;
}

/** Information of intercept and slope per participant for a normal linear predictor, by quadrature instead of simulation. */
export function normalInformation({ mean, sd }: LinearPredictor): CalibrationInformation {
  const weight = (x: number) => logistic(x) * logistic(-x);
  return {
    i00: normalMean(mean, sd, weight),
    i01: normalMean(mean, sd, (x) => x * weight(x)),
    i11: normalMean(mean, sd, (x) => x * x * weight(x)),
  };
}

/** Points of the grid over a normal distribution, over +-10 SD. */
const gridPoints = 2001;

/** Information for probabilities with a beta distribution, on a grid over the linear predictor. */
export function betaInformation(a: number, b: number): CalibrationInformation {
  // Density of the linear predictor x up to a constant: p^a (1 - p)^b, since dp/dx = p (1 - p).
  let total = 0;
  let i00 = 0;
  let i01 = 0;
  let i11 = 0;
  const reach = 40 + 80 / Math.min(a, b, 1);
  const points = 200_001;
  for (let k = 0; k < points; k++) {
    const x = -reach + (2 * reach * k) / (points - 1);
    const density = exp(-a * softplus(-x) - b * softplus(x));
    const weight = density * logistic(x) * logistic(-x);
    total += density;
    i00 += weight;
    i01 += x * weight;
    i11 += x * x * weight;
  }
  return { i00: i00 / total, i01: i01 / total, i11: i11 / total };
}

/** Prevalence and AUC that follow from a normal linear predictor, on a grid. */
export function operatingPoint({ mean, sd }: LinearPredictor): { readonly prevalence: number; readonly auc: number } {
  let events = 0;
  let others = 0;
  let concordant = 0;
  for (let k = 0; k < gridPoints; k++) {
    const z = -10 + (20 * k) / (gridPoints - 1);
    const x = mean + sd * z;
    const density = exp((-z * z) / 2);
    const event = density * logistic(x);
    const other = density * logistic(-x);
    concordant += event * (others + other / 2);
    events += event;
    others += other;
  }
  return { prevalence: events / (events + others), auc: concordant / (events * others) };
}

/** The normal linear predictor with a prevalence and an AUC, by bisection of its SD and, within, of its mean. */
export function fitLinearPredictor(prevalence: number, auc: number): LinearPredictor {
  const meanFor = (sd: number) => bisect((mean) => normalMean(mean, sd, logistic) - prevalence, -60, 60);
  const sd = bisect((s) => operatingPoint({ mean: meanFor(s), sd: s }).auc - auc, 1e-6, 30);
  return { mean: meanFor(sd), sd };
}

/** Root of an increasing function. */
export function bisect(f: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  for (let step = 0; step < 60; step++) {
    const middle = (a + b) / 2;
    if (f(middle) < 0) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

/** Difference of means, in SDs, of two normal distributions whose AUC is given. */
export function separationOf(auc: number): number {
  return Math.SQRT2 * normalQuantile(auc, 0, 1);
}

/**
 * Cox-Snell R2 of a model with an AUC: linear predictors normal with equal variances in events and others, the logistic model that is then
 * right. `cstat2rsq` of pmsampsize simulates a million participants for the same. Source: Riley, Van Calster & Collins 2021, doi 10.1002/sim.8806.
 */
export function coxSnellFromAuc(auc: number, prevalence: number): number {
  const mu = separationOf(auc);
  const eta = (x: number) => mu * x - (mu * mu) / 2 + logit(prevalence);
  const fitted = prevalence * normalMean(mu, 1, (x) => -softplus(-eta(x))) + (1 - prevalence) * normalMean(0, 1, (x) => -softplus(eta(x)));
  return 1 - exp(2 * (nullLogLikelihood(prevalence) - fitted));
}

/** Log-likelihood per participant of the prevalence. */
export function nullLogLikelihood(prevalence: number): number {
  return prevalence * ln(prevalence) + (1 - prevalence) * log1p(-prevalence);
}
