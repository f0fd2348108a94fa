import { exp, ln, log1p } from '@cohortium/numerics';
import type { PathFamily, PenalizedRows } from './data.js';

/** Loss of the rows that a model is fitted on, and whether a linear predictor went beyond the limit. */
export interface RowLoss {
  readonly loss: number;
  readonly beyond: boolean;
}

/** Each factor is at most 2, so the product stays a double. */
const largestProduct = 2 ** 1000;

/** One model's linear predictors over one site's rows, by class then row. */
export type Predictors = readonly Float64Array[];

/**
 * Turns linear predictors into weighted residuals `w (mu - y)` in place, zero for the rows that the model leaves out, and sums their
 * weighted negative log-likelihoods: (y - eta)^2 / 2, ln(1 + e^eta) - y eta, e^eta - y eta, ln(sum e^eta_c) - eta_y.
 */
export function residualsInPlace(family: PathFamily, rows: PenalizedRows, leftOut: number, eta: Predictors, limit: number): RowLoss {
  if (family === 'multinomial') return multinomialResiduals(rows, leftOut, eta, limit);
  const { outcome, weight, fold } = rows;
  const values = eta[0] as Float64Array;
  let loss = 0;
  // The logarithms of rows of weight 1 are those of their product, which is as exact as their sum.
  let product = 1;
  for (let i = 0; i < values.length; i++) {
    if (fold[i] === leftOut && leftOut >= 0) {
      values[i] = 0;
      continue;
    }
    const x = values[i] as number;
    const y = outcome[i] as number;
    const w = weight[i] as number;
    if (family === 'gaussian') {
      values[i] = w * (x - y);
      loss += 0.5 * w * (x - y) * (x - y);
      continue;
    }
    if (x > limit || x < -limit) return { loss: 0, beyond: true };
    if (family === 'binomial') {
      // One exponential serves the probability and, through 1 + e, the loss.
      const e = exp(x > 0 ? -x : x);
      const mu = x > 0 ? 1 / (1 + e) : e / (1 + e);
      values[i] = w * (mu - y);
      loss += w * ((x > 0 ? x : 0) - y * x);
      if (w !== 1) loss += w * log1p(e);
      else if ((product *= 1 + e) > largestProduct) {
        loss += ln(product);
        product = 1;
      }
    } else {
      const mu = exp(x);
      values[i] = w * (mu - y);
      loss += w * (mu - y * x);
    }
  }
  return { loss: loss + ln(product), beyond: false };
}

function multinomialResiduals({ outcome, weight, fold }: PenalizedRows, leftOut: number, eta: Predictors, limit: number): RowLoss {
  let loss = 0;
  for (let i = 0; i < outcome.length; i++) {
    if (fold[i] === leftOut && leftOut >= 0) {
      for (const values of eta) values[i] = 0;
      continue;
    }
    const { largest, sum } = softmaxAt(eta, i);
    const w = weight[i] as number;
    const y = outcome[i] as number;
    loss += w * (largest + ln(sum) - ((eta[y] as Float64Array)[i] as number));
    for (let c = 0; c < eta.length; c++) {
      const values = eta[c] as Float64Array;
      const x = values[i] as number;
      if (x > limit || x < -limit) return { loss: 0, beyond: true };
      values[i] = w * (exp(x - largest) / sum - (c === y ? 1 : 0));
    }
  }
  return { loss, beyond: false };
}

/** Largest predictor of a row and the sum of e^(eta - largest). */
export function softmaxAt(eta: Predictors, row: number): { readonly largest: number; readonly sum: number } {
  let largest = -Infinity;
  for (const values of eta) largest = Math.max(largest, values[row] as number);
  let sum = 0;
  for (const values of eta) sum += exp((values[row] as number) - largest);
  return { largest, sum };
}

/**
 * Weights of the second derivative of the loss with respect to the predictors of classes `a` and `b`, by row: w, w mu (1 - mu), w mu,
 * w (mu_a [a = b] - mu_a mu_b). Zero for the rows that the model leaves out.
 */
export function curvatureWeights(
  family: PathFamily,
  rows: PenalizedRows,
  leftOut: number,
  eta: Predictors,
  a: number,
  b: number,
): Float64Array {
  const { weight, fold } = rows;
  const first = eta[a] as Float64Array;
  const second = eta[b] as Float64Array;
  return weight.map((w, i) => {
    if (fold[i] === leftOut && leftOut >= 0) return 0;
    const x = first[i] as number;
    if (family === 'gaussian') return w;
    if (family === 'poisson') return w * exp(x);
    if (family === 'binomial') {
      const e = exp(x > 0 ? -x : x);
      return (w * e) / ((1 + e) * (1 + e));
    }
    const { largest, sum } = softmaxAt(eta, i);
    const mu = exp(x - largest) / sum;
    return w * mu * ((a === b ? 1 : 0) - exp((second[i] as number) - largest) / sum);
  });
}
