import type { CombatParameters } from './fit.js';
import { requireShapes } from './site-effects.js';
import type { SiteEffects } from './site-effects.js';

/**
 * Harmonizes rows of one site: y* = (z - gammaStar) / sqrt(deltaStar) * sqrt(varPooled) + grandMean + x B, with
 * z = (y - grandMean - x B) / sqrt(varPooled). A feature with gammaStar 0 and deltaStar 1 comes out unchanged to the bit.
 * @param values row-major rows x features; not modified
 * @param covariates one vector of rows values per row of `reference.beta`
 * @returns a new matrix of the same shape
 * @throws `HARMONIZATION.BAD_SHAPE`
 * Source: Johnson, Li & Rabinovic, Biostatistics 2007, doi 10.1093/biostatistics/kxj037, section 3.3.
 */
export function applyCombat(
  values: Float64Array,
  covariates: readonly Float64Array[],
  reference: CombatParameters,
  effects: Pick<SiteEffects, 'gammaStar' | 'deltaStar'>,
): Float64Array {
  const rowCount = requireShapes(values, covariates, reference);
  const columnCount = reference.grandMean.length;
  const harmonized = values.slice();
  for (let f = 0; f < columnCount; f++) {
    const gamma = effects.gammaStar[f] as number;
    const delta = effects.deltaStar[f] as number;
    if (gamma === 0 && delta === 1) continue;
    const shift = Math.sqrt(reference.varPooled[f] as number) * gamma;
    const shrink = 1 / Math.sqrt(delta);
    for (let i = 0; i < rowCount; i++) {
      let expected = reference.grandMean[f] as number;
      for (let c = 0; c < covariates.length; c++) {
        expected += ((covariates[c] as Float64Array)[i] as number) * ((reference.beta[c] as ArrayLike<number>)[f] as number);
      }
      const at = i * columnCount + f;
      harmonized[at] = ((values[at] as number) - expected - shift) * shrink + expected;
    }
  }
  return harmonized;
}
