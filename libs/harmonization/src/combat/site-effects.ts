import { shrinkParametric } from '../empirical-bayes/parametric.js';
import { priorOf, sampleVariance } from '../empirical-bayes/prior.js';
import type { BatchPrior } from '../empirical-bayes/prior.js';
import { harmonizationErrors } from '../errors.js';
import { requireFeatures } from './fit.js';
import type { CombatParameters } from './fit.js';
import { columnMeans, constantColumns } from './within-site.js';

/** Hyper-parameters of one site, estimated over its features. */
export type SitePrior = BatchPrior;

/** Location and scale of one site by feature, in units of the standardized residual. They never leave the site. */
export interface SiteEffects {
  /** Mean of the site's standardized rows. */
  readonly gammaHat: Float64Array;
  /** Variance (n - 1) of the site's standardized rows. */
  readonly deltaHat: Float64Array;
  /** Location after shrinkage; 0 where a feature is left as it is. */
  readonly gammaStar: Float64Array;
  /** Variance after shrinkage; 1 where a feature is left as it is. */
  readonly deltaStar: Float64Array;
  readonly iterations: number;
  /** `null` where every feature is left as it is. */
  readonly prior: SitePrior | null;
}

/** Who the rows belong to and how few they may be. */
export interface SiteEffectsOptions {
  /** Site code, for messages. */
  readonly site: string;
  /** Smallest batch, at least 2. */
  readonly minBatch: number;
}

/** How a hospital outside training is harmonized. */
export type NewSiteRule = 'none' | 'frozenLocalEb';

/**
 * Parametric empirical Bayes estimates of one site's location and scale, from its own rows and a fitted reference.
 *
 * Symbols, by feature: z = (y - grandMean - x B) / sqrt(varPooled); gammaHat, deltaHat mean and variance (n - 1) of z over the
 * n rows. gammaStar and deltaStar solve
 * gamma = (n tau2 gammaHat + delta gammaBar) / (n tau2 + delta), delta = (sum (z - gamma)^2 / 2 + b) / (n / 2 + a - 1)
 * by iteration from (gammaHat, deltaHat), all features together, until no feature moves. Features that the reference passes
 * through, and those constant in these rows, get gamma 0 and delta 1 and take no part in the priors.
 * @param values row-major rows x features of one site, no missing cells
 * @param covariates one vector of rows values per row of `reference.beta`
 * @throws `HARMONIZATION.BATCH_TOO_SMALL`, `HARMONIZATION.TOO_FEW_FEATURES`, `HARMONIZATION.NOT_FINITE`,
 * `HARMONIZATION.NOT_CONVERGED`, `HARMONIZATION.BAD_SHAPE`
 * Source: Johnson, Li & Rabinovic, Biostatistics 2007, doi 10.1093/biostatistics/kxj037, sections 3.1-3.2 and supplement.
 */
export function siteEffects(
  values: Float64Array,
  covariates: readonly Float64Array[],
  reference: CombatParameters,
  options: SiteEffectsOptions,
): SiteEffects {
  const columnCount = reference.grandMean.length;
  const rowCount = requireShapes(values, covariates, reference);
  if (rowCount < options.minBatch) {
    throw harmonizationErrors.error('HARMONIZATION.BATCH_TOO_SMALL', { site: options.site, n: rowCount, needed: options.minBatch });
  }
  const block = { rowCount, columnCount, values, covariates };
  const leftOut = constantColumns(block, columnMeans(block));
  for (const f of reference.passedThrough) leftOut[f] = 1;
  const { gammaHat, deltaHat } = standardizedMoments(values, covariates, reference, leftOut);
  const active = Array.from({ length: columnCount }, (_, f) => f).filter((f) => leftOut[f] === 0);
  requireFeatures(active.length);
  const gammaStar = new Float64Array(columnCount);
  const deltaStar = new Float64Array(columnCount).fill(1);
  if (active.length === 0) return { gammaHat, deltaHat, gammaStar, deltaStar, iterations: 0, prior: null };
  const prior = priorOf(gammaHat, deltaHat, active);
  const n = new Float64Array(columnCount).fill(rowCount);
  const squares = deltaHat.map((variance) => (rowCount - 1) * variance);
  const iterations = shrinkParametric({ n, gammaHat, deltaHat, squares }, { gammaStar, deltaStar }, active, prior, options.site);
  return { gammaHat, deltaHat, gammaStar, deltaStar, iterations, prior };
}

/** Effects that leave every feature as it is. */
export function neutralEffects(columnCount: number): SiteEffects {
  const zeros = () => new Float64Array(columnCount);
  return { gammaHat: zeros(), deltaHat: zeros().fill(1), gammaStar: zeros(), deltaStar: zeros().fill(1), iterations: 0, prior: null };
}

/**
 * Effects of a hospital that took no part in the fit: `frozenLocalEb` estimates them from its own unlabeled rows against the
 * frozen reference, `none` leaves its rows as they are. Throws as {@link siteEffects}.
 */
export function newSiteEffects(
  rule: NewSiteRule,
  values: Float64Array,
  covariates: readonly Float64Array[],
  reference: CombatParameters,
  options: SiteEffectsOptions,
): SiteEffects {
  return rule === 'none' ? neutralEffects(reference.grandMean.length) : siteEffects(values, covariates, reference, options);
}

/** Checks that rows, covariates and reference fit together and gives the number of rows. @throws `HARMONIZATION.BAD_SHAPE` */
export function requireShapes(values: Float64Array, covariates: readonly Float64Array[], reference: CombatParameters): number {
  const columnCount = reference.grandMean.length;
  const rowCount = columnCount === 0 ? 0 : Math.floor(values.length / columnCount);
  const require = (part: string, actual: number, expected: number) => {
    if (actual !== expected) throw harmonizationErrors.error('HARMONIZATION.BAD_SHAPE', { part, actual, expected });
  };
  require('feature values', values.length, rowCount * columnCount);
  require('pooled variances', reference.varPooled.length, columnCount);
  require('covariates', covariates.length, reference.beta.length);
  for (const covariate of covariates) require('covariate values', covariate.length, rowCount);
  for (const row of reference.beta) require('covariate effects', row.length, columnCount);
  return rowCount;
}

/** Mean and variance (n - 1) of the standardized rows, by feature; 0 and 1 for features left out. */
function standardizedMoments(
  values: Float64Array,
  covariates: readonly Float64Array[],
  reference: CombatParameters,
  leftOut: Uint8Array,
): { gammaHat: Float64Array; deltaHat: Float64Array } {
  const columnCount = leftOut.length;
  const rowCount = values.length / columnCount;
  const { gammaHat, deltaHat } = neutralEffects(columnCount);
  const z = new Float64Array(rowCount);
  for (let f = 0; f < columnCount; f++) {
    if (leftOut[f] === 1) continue;
    const sd = Math.sqrt(reference.varPooled[f] as number);
    let sum = 0;
    for (let i = 0; i < rowCount; i++) {
      let expected = reference.grandMean[f] as number;
      for (let c = 0; c < covariates.length; c++) {
        expected += ((covariates[c] as Float64Array)[i] as number) * ((reference.beta[c] as ArrayLike<number>)[f] as number);
      }
      z[i] = ((values[i * columnCount + f] as number) - expected) / sd;
      sum += z[i] as number;
    }
    const mean = sum / rowCount;
    const variance = sampleVariance(z, mean);
    if (!Number.isFinite(variance)) throw harmonizationErrors.error('HARMONIZATION.NOT_FINITE', { column: f });
    gammaHat[f] = mean;
    deltaHat[f] = variance;
  }
  return { gammaHat, deltaHat };
}
