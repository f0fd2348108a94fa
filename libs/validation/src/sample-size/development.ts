import { exp, ln } from '@cohortium/numerics';
import { coxSnellFromAuc, nullLogLikelihood } from './score-model.js';

/** What a development study expects. One of the R2 and the AUC says how well the model will predict. */
export interface DevelopmentPlan {
  /** Candidate predictor parameters, counted before any selection; penalties do not lower them. */
  readonly parameters: number;
  readonly prevalence: number;
  readonly coxSnellR2: number;
  /** Wanted shrinkage factor, 0.9 by default. */
  readonly shrinkage: number;
}

/** One criterion of a development sample size. */
export interface DevelopmentCriterion {
  readonly sampleSize: number;
  readonly shrinkage: number;
  /** Events per candidate parameter. */
  readonly eventsPerParameter: number;
}

/** Smallest development sample by criterion. */
export interface DevelopmentSize {
  readonly coxSnellR2: number;
  readonly maximumR2: number;
  readonly nagelkerkeR2: number;
  /** Shrinkage of at most 1 - S; difference of apparent and adjusted Nagelkerke R2 of at most 0.05; overall risk within 0.05. */
  readonly criteria: readonly [DevelopmentCriterion, DevelopmentCriterion, DevelopmentCriterion];
  readonly sampleSize: number;
  readonly events: number;
}

const optimism = 0.05;
const riskMargin = 0.05;

/**
 * Smallest sample for a new model with a binary outcome, by the three criteria of Riley et al.; `pmsampsize(type = "b")` from 1.1.1 on,
 * which no longer rounds the maximal R2. Null where the expected R2 is above the shrinkage or above the maximum at this prevalence.
 * Source: Riley, Snell, Ensor et al. 2019, doi 10.1002/sim.7992; Riley, Ensor, Snell et al. 2020, doi 10.1136/bmj.m441.
 */
export function developmentSize({ parameters, prevalence, coxSnellR2: r2, shrinkage }: DevelopmentPlan): DevelopmentSize | null {
  const maximumR2 = maximumCoxSnell(prevalence);
  if (!(r2 > 0) || r2 >= shrinkage || r2 > maximumR2) return null;
  const needed = (s: number) => Math.ceil(parameters / ((s - 1) * ln(1 - r2 / s)));
  const secondShrinkage = r2 / (r2 + optimism * maximumR2);
  const sizes = [needed(shrinkage), needed(secondShrinkage), Math.ceil((1.96 / riskMargin) ** 2 * prevalence * (1 - prevalence))] as const;
  const largest = Math.max(shrinkage, secondShrinkage);
  const criterion = (sampleSize: number, s: number): DevelopmentCriterion => ({
    sampleSize,
    shrinkage: s,
    eventsPerParameter: (sampleSize * prevalence) / parameters,
  });
  const sampleSize = Math.max(...sizes);
  return {
    coxSnellR2: r2,
    maximumR2,
    nagelkerkeR2: r2 / maximumR2,
    criteria: [criterion(sizes[0], shrinkage), criterion(sizes[1], secondShrinkage), criterion(sizes[2], largest)],
    sampleSize,
    events: sampleSize * prevalence,
  };
}

/** Largest Cox-Snell R2 at a prevalence. */
export function maximumCoxSnell(prevalence: number): number {
  return 1 - exp(2 * nullLogLikelihood(prevalence));
}

/** Cox-Snell R2 from whichever measure is known. */
export function coxSnellOf(
  known: { readonly coxSnellR2: number } | { readonly nagelkerkeR2: number } | { readonly auc: number },
  prevalence: number,
): number {
  if ('coxSnellR2' in known) return known.coxSnellR2;
  if ('nagelkerkeR2' in known) return known.nagelkerkeR2 * maximumCoxSnell(prevalence);
  return coxSnellFromAuc(known.auc, prevalence);
}
