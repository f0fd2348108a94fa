import { logistic, logit } from '@cohortium/numerics';
import { normalQuantile975 } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';
import type { AucEstimate } from './delong.js';

/**
 * DeLong interval on the logit scale: logit(AUC) -+ 1.96 SE / (AUC (1 - AUC)), back on the scale of the AUC; null where the AUC is 0 or 1
 * or its variance is 0 or unknown. Source: Pepe 2003, The Statistical Evaluation of Medical Tests, section 5.2.4.
 */
export function logitDelongInterval({ auc, variance }: Pick<AucEstimate, 'auc' | 'variance'>): Interval | null {
  if (!(variance > 0) || !(auc > 0 && auc < 1)) return null;
  const center = logit(auc);
  const half = (normalQuantile975 * Math.sqrt(variance)) / (auc * (1 - auc));
  return { low: logistic(center - half), high: logistic(center + half) };
}

/**
 * Variance of an AUC as it would be expected with exponential scores and equal groups: AUC (1 - AUC) (2 n - 1 - 3 (n - 1) / ((2 - AUC) (1 + AUC)))
 * / (positives x negatives), with n half of the participants.
 * Source: Newcombe 2006, doi 10.1002/sim.2324 (method 4), from Hanley & McNeil 1982, doi 10.1148/radiology.143.1.7063747.
 */
export function newcombeVariance(auc: number, positives: number, negatives: number): number {
  const half = (positives + negatives) / 2;
  return (auc * (1 - auc) * (2 * half - 1 - (3 * half - 3) / ((2 - auc) * (1 + auc)))) / (positives * negatives);
}

const bisections = 100;

/**
 * Newcombe's score interval: the AUCs V with |AUC - V| <= 1.96 SE(V). It has a width also where the observed AUC is 0 or 1, so it is
 * what is shown there. Null without both classes. Source: Newcombe 2006, doi 10.1002/sim.2324 (method 5).
 */
export function newcombeInterval({ auc, positives, negatives }: Pick<AucEstimate, 'auc' | 'positives' | 'negatives'>): Interval | null {
  if (!(positives > 0 && negatives > 0)) return null;
  const z2 = normalQuantile975 * normalQuantile975;
  const isIn = (v: number) => (auc - v) ** 2 <= z2 * newcombeVariance(v, positives, negatives);
  const border = (outside: number): number => {
    // At 0 and 1 the standard error is 0: they lie in the interval only where they are the AUC itself.
    if (auc === outside) return outside;
    let inside = auc;
    let beyond = outside;
    for (let step = 0; step < bisections; step++) {
      const middle = (inside + beyond) / 2;
      if (isIn(middle)) inside = middle;
      else beyond = middle;
    }
    return (inside + beyond) / 2;
  };
  return { low: border(0), high: border(1) };
}
