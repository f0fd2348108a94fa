import type { Arm, Federation, RosterScope } from '@cohortium/federation';
import { choleskySolve } from '@cohortium/numerics';
import { harmonizationErrors } from '../errors.js';
import type { CombatCrossProducts, CombatLocation, CombatQueries, CombatSlopes } from './query.js';
import { correlationForm, factorOrNames } from './slopes.js';
import { constantSd } from './within-site.js';

/** What sites need to harmonize their rows; everything but the site effects. In the units of the design. */
export interface CombatParameters {
  /** Covariate effects, covariates x features. */
  readonly beta: readonly ArrayLike<number>[];
  /** Mean of the site intercepts, weighted by participants, by feature. */
  readonly grandMean: ArrayLike<number>;
  /** Pooled residual variance, division by N, by feature. */
  readonly varPooled: ArrayLike<number>;
  /** Columns that are left as they are, ascending. */
  readonly passedThrough: readonly number[];
}

/** One fitted ComBat reference; plain arrays, ready for JSON. See {@link CombatParameters}. */
export interface CombatFit extends CombatParameters {
  readonly beta: number[][];
  readonly grandMean: number[];
  readonly varPooled: number[];
  readonly passedThrough: number[];
  /** Participants behind the fit. */
  readonly participants: number;
  /** Sites behind the fit. */
  readonly sites: number;
}

/** What to fit. */
export interface CombatFitOptions<R> {
  /** One fit per arm, all in the same two rounds. */
  readonly arms: readonly Arm<R>[];
  /** Clinical columns whose effect is kept; their order is that of the rows of `beta`. */
  readonly covariates: readonly string[];
  readonly scope: RosterScope;
  /** Smallest batch, at least 2. */
  readonly minBatch: number;
}

/**
 * Fits ComBat over the sites of a scope in two secure sums, one without covariates, whatever the number of arms. The site
 * effects are partialled out at the sites (Frisch-Waugh-Lovell), so no site mean leaves its site, and the result equals the fit
 * on the stacked table.
 *
 * Symbols: y_if feature f of row i, x_i covariates, n_s rows of site s, N all rows; a dot marks values minus their site mean.
 * B = (sum x'x)^-1 sum x'y over dotted values; gammaHat_s = mean_s(y) - mean_s(x) B; grandMean = sum n_s gammaHat_s / N;
 * varPooled = sum (y - x B)^2 / N over dotted values.
 * @throws `HARMONIZATION.CONFOUNDED`, `HARMONIZATION.ONE_BATCH`, `HARMONIZATION.BATCH_TOO_SMALL`, `HARMONIZATION.TOO_FEW_FEATURES`
 * Source: Johnson, Li & Rabinovic, Biostatistics 2007, doi 10.1093/biostatistics/kxj037; Fortin et al., NeuroImage 2018, doi
 * 10.1016/j.neuroimage.2017.11.024.
 */
export async function fitCombat<R>(federation: Federation, queries: CombatQueries<R>, options: CombatFitOptions<R>): Promise<CombatFit[]> {
  const { arms, covariates, scope, minBatch } = options;
  for (const arm of arms) requireSites(scope.sites.filter((site) => site !== arm.heldOut).length);
  const common = { arms, covariates, minBatch };
  let slopes: CombatSlopes[] = [];
  if (covariates.length > 0) {
    const { value } = await federation.sum(queries.crossProducts, common, scope);
    slopes = value.map((total) => solveSlopes(total, covariates));
  }
  const { value } = await federation.sum(queries.location, { ...common, slopes }, scope);
  return value.map((total, index) => readFit(total, slopes[index]?.beta ?? new Float64Array(0), covariates.length));
}

function requireSites(sites: number): void {
  if (sites < 2) throw harmonizationErrors.error('HARMONIZATION.ONE_BATCH', { sites });
}

/** B from the cross products of one arm, solved in correlation form so that the units of the covariates do not matter. */
function solveSlopes(total: CombatCrossProducts, covariates: readonly string[]): CombatSlopes {
  const q = covariates.length;
  const p = total.xy.length / q;
  const { correlation, scale } = correlationForm(total.xx, covariates);
  const factor = factorOrNames(correlation, covariates);
  const beta = new Float64Array(q * p);
  const column = new Float64Array(q);
  for (let f = 0; f < p; f++) {
    for (let c = 0; c < q; c++) column[c] = (total.xy[c * p + f] as number) / (scale[c] as number);
    choleskySolve(factor, q, column);
    for (let c = 0; c < q; c++) beta[c * p + f] = (column[c] as number) / (scale[c] as number);
  }
  return { beta, participants: total.participants };
}

function readFit(total: CombatLocation, beta: Float64Array, covariateCount: number): CombatFit {
  const { participants, sites } = total;
  requireSites(sites);
  const p = total.interceptSum.length;
  const varPooled = Array.from(total.residualSquares, (squares) => squares / participants);
  const passedThrough: number[] = [];
  for (let f = 0; f < p; f++) {
    // A feature that the covariates explain entirely has no residual variance to scale by; it is left alone like a constant one.
    if ((total.constantSites[f] as number) > 0 || Math.sqrt(varPooled[f] as number) <= constantSd) passedThrough.push(f);
  }
  requireFeatures(p - passedThrough.length);
  return {
    beta: Array.from({ length: covariateCount }, (_, c) => Array.from(beta.subarray(c * p, (c + 1) * p))),
    grandMean: Array.from(total.interceptSum, (sum) => sum / participants),
    varPooled,
    passedThrough,
    participants,
    sites,
  };
}

/** Priors are estimated over features: one varying feature is too few, none means that there is nothing to do. */
export function requireFeatures(features: number): void {
  if (features === 1) throw harmonizationErrors.error('HARMONIZATION.TOO_FEW_FEATURES', { features });
}
