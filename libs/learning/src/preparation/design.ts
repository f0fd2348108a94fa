import type { CohortRows, Design, DesignOf } from '@cohortium/federation';
import { siteSlices } from '@cohortium/federation';
import { applyCombat, covariateColumns, newSiteEffects, siteEffects } from '@cohortium/harmonization';
import type { CombatParameters, SiteEffects } from '@cohortium/harmonization';
import { hashJson } from '@cohortium/kernel';
import type { z } from 'zod';
import { learningErrors } from '../errors.js';
import { preparationSchema } from '../locked-model.js';
import type { CombatReference, Preparation } from '../locked-model.js';

/** The first half of a {@link Preparation}: impute and standardize. What ComBat is fitted on. */
export const imputationSchema = preparationSchema.pick({ features: true, medians: true, center: true, scale: true });
/** See {@link imputationSchema}. */
export type Imputation = z.output<typeof imputationSchema>;

/** Everything but the final scaling and clipping: what the final scaling is fitted on. */
export const harmonizedSchema = preparationSchema.pick({ features: true, medians: true, center: true, scale: true, harmonization: true });
/** See {@link harmonizedSchema}. */
export type Harmonized = z.output<typeof harmonizedSchema>;

/** Columns of the design that a recipe makes. */
export function columnCountOf(recipe: Imputation): number {
  return recipe.features.length;
}

/** Kept features, missing cells replaced by training medians, standardized by the observed training moments. */
export const imputedDesign: DesignOf<Imputation> = (rows, recipe) => rows.memo(`imputed ${keyOf(recipe)}`, () => impute(rows, recipe));

/** {@link imputedDesign}, harmonized site by site. */
export const harmonizedDesign: DesignOf<Harmonized> = (rows, recipe) =>
  rows.memo(`harmonized ${keyOf(recipe)}`, () => harmonize(rows, recipe));

/** The inputs of a model: {@link harmonizedDesign}, standardized again and clipped. */
export const preparedDesign: DesignOf<Preparation> = (rows, recipe) => rows.memo(`prepared ${keyOf(recipe)}`, () => finish(rows, recipe));

const keys = new WeakMap<object, string>();

/** Recipes come back as new objects with every message; their content names what was made from them. */
function keyOf(recipe: object): string {
  let key = keys.get(recipe);
  if (key === undefined) {
    key = hashJson(recipe);
    keys.set(recipe, key);
  }
  return key;
}

function impute(rows: CohortRows, recipe: Imputation): Design {
  const columns = recipe.features.map((feature) => rows.featureNames.indexOf(feature));
  const unknown = columns.indexOf(-1);
  if (unknown >= 0) throw learningErrors.error('LEARNING.UNKNOWN_FEATURE', { feature: recipe.features[unknown] as string });
  const all = rows.featureNames.length;
  const p = columns.length;
  const values = new Float64Array(rows.rowCount * p);
  for (let i = 0; i < rows.rowCount; i++) {
    for (let j = 0; j < p; j++) {
      const raw = rows.features[i * all + (columns[j] as number)] as number;
      const x = raw === raw ? raw : (recipe.medians[j] as number);
      values[i * p + j] = (x - (recipe.center[j] as number)) / (recipe.scale[j] as number);
    }
  }
  return { rowCount: rows.rowCount, columnCount: p, values };
}

function harmonize(rows: CohortRows, recipe: Harmonized): Design {
  const { features, medians, center, scale, harmonization } = recipe;
  const imputed = imputedDesign(rows, { features, medians, center, scale });
  if (harmonization.method === 'none') return imputed;
  const p = features.length;
  const values = new Float64Array(imputed.values.length);
  for (const { site, from, to } of siteSlices(rows)) {
    const part = imputed.values.subarray(from * p, to * p);
    const covariates = covariateColumns(rows, harmonization.covariates, from, to);
    const reference = combatParameters(features, harmonization);
    values.set(applyCombat(part, covariates, reference, effectsOf(site, part, covariates, harmonization, reference)), from * p);
  }
  return { ...imputed, values };
}

function effectsOf(
  site: string,
  part: Float64Array,
  covariates: Float64Array[],
  harmonization: CombatReference,
  reference: CombatParameters,
): SiteEffects {
  const options = { site, minBatch: harmonization.minBatch };
  return harmonization.sites.includes(site)
    ? siteEffects(part, covariates, reference, options)
    : newSiteEffects(harmonization.newSite, part, covariates, reference, options);
}

function combatParameters(features: readonly string[], { beta, grandMean, varPooled, passedThrough }: CombatReference): CombatParameters {
  const passed = new Set(passedThrough);
  return { beta, grandMean, varPooled, passedThrough: features.flatMap((feature, j) => (passed.has(feature) ? [j] : [])) };
}

/** The ComBat effects of one site under a preparation: inputs of the ONNX graph. Null without harmonization. They stay at the site. */
export function localEffects(rows: CohortRows, site: string, recipe: Preparation): SiteEffects | null {
  const { features, medians, center, scale, harmonization } = recipe;
  if (harmonization.method === 'none') return null;
  const slice = siteSlices(rows).find((s) => s.site === site);
  if (!slice) return null;
  const p = features.length;
  const part = imputedDesign(rows, { features, medians, center, scale }).values.subarray(slice.from * p, slice.to * p);
  const covariates = covariateColumns(rows, harmonization.covariates, slice.from, slice.to);
  return effectsOf(site, part, covariates, harmonization, combatParameters(features, harmonization));
}

function finish(rows: CohortRows, recipe: Preparation): Design {
  const { features, medians, center, scale, harmonization, finalCenter, finalScale, clip } = recipe;
  const harmonized = harmonizedDesign(rows, { features, medians, center, scale, harmonization });
  const p = features.length;
  const bound = clip ?? Infinity;
  const values = new Float64Array(harmonized.values.length);
  for (let k = 0; k < values.length; k++) {
    const j = k % p;
    const z1 = ((harmonized.values[k] as number) - (finalCenter[j] as number)) / (finalScale[j] as number);
    values[k] = z1 > bound ? bound : z1 < -bound ? -bound : z1;
  }
  return { ...harmonized, values };
}
