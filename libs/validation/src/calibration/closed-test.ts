import { chiSquareTail } from '@cohortium/numerics';
import type { CurveFit } from './fit-curves.js';

/** How far a model must be updated: not at all, its intercept, or intercept and slope. */
export type UpdateChoice = 'original' | 'intercept' | 'recalibration';

/** A likelihood-ratio test of two nested models. */
export interface LikelihoodRatio {
  readonly statistic: number;
  readonly df: number;
  readonly p: number;
}

/** The closed testing procedure of model updating. */
export interface ClosedTest {
  /** Intercept and slope against the original model, 2 degrees of freedom. */
  readonly againstOriginal: LikelihoodRatio;
  /** Intercept and slope against an updated intercept, 1 degree of freedom. */
  readonly againstIntercept: LikelihoodRatio;
  readonly choice: UpdateChoice;
}

/**
 * Chooses the smallest update that the data do not reject: logistic recalibration is tested against the original model (2 df); if that is not
 * rejected the original stays; else it is tested against the updated intercept (1 df). The further step of the source, new coefficients
 * of the predictors, needs the predictors and is not part of this.
 * Source: Vergouwe, Nieboer, Oostenbrink et al. 2017, doi 10.1002/sim.7179.
 */
export function closedTest(
  shift: CurveFit & { readonly state: 'ok' },
  line: CurveFit & { readonly state: 'ok' },
  level = 0.05,
): ClosedTest {
  const test = (lower: number, df: number): LikelihoodRatio => {
    const statistic = Math.max(0, 2 * (line.logLikelihood - lower));
    return { statistic, df, p: chiSquareTail(statistic, df) };
  };
  const againstOriginal = test(line.startLogLikelihood, 2);
  const againstIntercept = test(shift.logLikelihood, 1);
  const choice = againstOriginal.p > level ? 'original' : againstIntercept.p > level ? 'intercept' : 'recalibration';
  return { againstOriginal, againstIntercept, choice };
}
