import { harmonizationErrors } from '../errors.js';
import { shrinkNonParametric } from './non-parametric.js';
import type { LikelihoodRule } from './non-parametric.js';
import { shrinkParametric } from './parametric.js';
import type { BatchMoments } from './parametric.js';
import { priorOf } from './prior.js';

/** How the location and scale of a batch are estimated. */
export interface ShrinkRule {
  /** Empirical Bayes; without it each feature keeps its own location and scale. */
  readonly eb: boolean;
  /** Normal and inverse gamma priors; else the empirical distribution of the other features. */
  readonly parametric: boolean;
  /** How the non-parametric likelihoods are formed. */
  readonly likelihood: LikelihoodRule;
  /** Only locations are harmonized; all variances are 1. */
  readonly meanOnly: boolean;
  /** Variance 0 (a feature that is constant in the batch) is replaced by 1, as in neuroCombat. */
  readonly zeroVarianceIsOne: boolean;
}

/** Priors as reported: what does not exist is null. */
export interface ReportedPrior {
  readonly gammaBar: number;
  readonly tau2: number;
  /** Null where variances are not estimated, or are all equal. */
  readonly aPrior: number | null;
  readonly bPrior: number | null;
}

/** Location and variance of one batch by feature, in units of the standardized residual. */
export interface BatchEffects {
  readonly gammaHat: Float64Array;
  readonly deltaHat: Float64Array;
  /** After shrinkage; 0 where a feature is left as it is. */
  readonly gammaStar: Float64Array;
  /** After shrinkage; 1 where a feature is left as it is. */
  readonly deltaStar: Float64Array;
  readonly prior: ReportedPrior | null;
  readonly iterations: number;
}

/**
 * Effects of one batch from its sufficient statistics.
 * @param active features that are harmonized; the others get location 0 and variance 1 and take no part in the priors
 * @param label name of the batch, for messages
 * @throws `HARMONIZATION.TOO_FEW_FEATURES` for empirical Bayes over one feature, `HARMONIZATION.NOT_CONVERGED`
 */
export function shrinkBatch(found: BatchMoments, active: readonly number[], rule: ShrinkRule, label: string): BatchEffects {
  const p = found.gammaHat.length;
  const moments = { ...found, gammaHat: new Float64Array(p), deltaHat: new Float64Array(p).fill(1) };
  for (const f of active) {
    moments.gammaHat[f] = found.gammaHat[f] as number;
    moments.deltaHat[f] = rule.meanOnly ? 1 : usableVariance(found.deltaHat[f] as number, rule);
  }
  const { gammaHat, deltaHat } = moments;
  const stars = { gammaStar: new Float64Array(p), deltaStar: new Float64Array(p).fill(1) };
  const common = { gammaHat, deltaHat, ...stars };
  if (active.length === 0) return { ...common, prior: null, iterations: 0 };
  if (!rule.eb) {
    for (const f of active) {
      stars.gammaStar[f] = gammaHat[f] as number;
      stars.deltaStar[f] = deltaHat[f] as number;
    }
    return { ...common, prior: null, iterations: 0 };
  }
  if (active.length === 1) throw harmonizationErrors.error('HARMONIZATION.TOO_FEW_FEATURES', { features: 1 });
  const prior = priorOf(gammaHat, deltaHat, active);
  const finite = !rule.meanOnly && Number.isFinite(prior.aPrior);
  const reported = finite ? prior : { ...prior, aPrior: null, bPrior: null };
  if (!rule.parametric) {
    shrinkNonParametric(moments, deltaHat, stars, active, rule.likelihood);
    return { ...common, prior: reported, iterations: 0 };
  }
  if (rule.meanOnly) {
    // One pseudo-observation of variance 1, as in both engines: (tau2 gammaHat + gammaBar) / (tau2 + 1).
    for (const f of active) stars.gammaStar[f] = (prior.tau2 * (gammaHat[f] as number) + prior.gammaBar) / (prior.tau2 + 1);
    return { ...common, prior: reported, iterations: 0 };
  }
  return { ...common, prior: reported, iterations: shrinkParametric(moments, stars, active, prior, label) };
}

/** A variance at most (1e-9)^2 is that of a constant, up to rounding; standardized values have a variance near 1. */
const zeroVariance = 1e-18;

function usableVariance(value: number, { zeroVarianceIsOne }: ShrinkRule): number {
  return zeroVarianceIsOne && value <= zeroVariance ? 1 : value;
}

/** Effects that leave every feature as it is. */
export function neutralBatch(columnCount: number): BatchEffects {
  const zeros = () => new Float64Array(columnCount);
  return { gammaHat: zeros(), deltaHat: zeros().fill(1), gammaStar: zeros(), deltaStar: zeros().fill(1), prior: null, iterations: 0 };
}
