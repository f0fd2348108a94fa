import type { Arm, Federation, RosterScope } from '@cohortium/federation';
import { choleskyFactor, choleskySolve } from '@cohortium/numerics';
import { harmonizationErrors } from '../errors.js';
import type { CombatCrossProducts, CombatLocation, CombatQueries, CombatSlopes } from './query.js';
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

/** A covariate with less than this share of its within-site variance left beside the others is confounded (variance inflation above 1e8). */
const smallestFreeShare = 1e-8;

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

function correlationForm(triangle: Float64Array, covariates: readonly string[]): { correlation: Float64Array; scale: Float64Array } {
  const q = covariates.length;
  const correlation = new Float64Array(q * q);
  let at = 0;
  for (let a = 0; a < q; a++) for (let b = a; b < q; b++) correlation[a * q + b] = correlation[b * q + a] = triangle[at++] as number;
  const scale = Float64Array.from(covariates, (_, c) => Math.sqrt(correlation[c * q + c] as number));
  const still = covariates.filter((_, c) => !((scale[c] as number) > 0));
  if (still.length > 0) throw confounded(still);
  for (let a = 0; a < q; a++) {
    for (let b = 0; b < q; b++) correlation[a * q + b] = (correlation[a * q + b] as number) / ((scale[a] as number) * (scale[b] as number));
  }
  return { correlation, scale };
}

/** Cholesky factor; if there is none, the first covariate that the ones before it determine is named together with those. */
function factorOrNames(correlation: Float64Array, covariates: readonly string[]): Float64Array {
  const q = covariates.length;
  const leading = (size: number) =>
    Float64Array.from({ length: size * size }, (_, k) => correlation[Math.floor(k / size) * q + (k % size)] as number);
  let before = new Float64Array(0);
  for (let size = 1; size <= q; size++) {
    const factor = choleskyFactor(leading(size), size, smallestFreeShare);
    if (!factor) {
      const last = size - 1;
      const weights = choleskySolve(
        before,
        last,
        Float64Array.from({ length: last }, (_, k) => correlation[last * q + k] as number),
      );
      const partners = covariates.filter((_, c) => c < last && Math.abs(weights[c] as number) > 1e-3);
      throw confounded([...partners, covariates[last] as string]);
    }
    before = factor as Float64Array<ArrayBuffer>;
  }
  return before;
}

function confounded(names: readonly string[]): Error {
  return harmonizationErrors.error('HARMONIZATION.CONFOUNDED', { covariates: names.map((name) => `"${name}"`).join(', ') });
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
