import { choleskyFactor, choleskySolve } from '@cohortium/numerics';
import { harmonizationErrors } from '../errors.js';

/** A covariate with less than this share of its within-site variance left beside the others is confounded (variance inflation above 1e8). */
const smallestFreeShare = 1e-8;

/**
 * Cross products of covariates (upper triangle by rows) as correlations with the roots of their diagonal.
 * @throws `HARMONIZATION.CONFOUNDED` for a covariate without variation
 */
export function correlationForm(triangle: Float64Array, covariates: readonly string[]): { correlation: Float64Array; scale: Float64Array } {
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

/**
 * Cholesky factor of correlations of covariates.
 * @throws `HARMONIZATION.CONFOUNDED` if there is none: the first covariate that the ones before it determine is named together with those
 */
export function factorOrNames(correlation: Float64Array, covariates: readonly string[]): Float64Array {
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

/** The error that names confounded covariates. */
export function confounded(names: readonly string[]): Error {
  return harmonizationErrors.error('HARMONIZATION.CONFOUNDED', { covariates: names.map((name) => `"${name}"`).join(', ') });
}
