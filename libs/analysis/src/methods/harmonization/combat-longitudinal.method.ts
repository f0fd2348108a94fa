import {
  fitLongitudinal,
  longitudinalRows,
  mixedCrossingQuery,
  mixedEffectsQuery,
  mixedLocationQuery,
  profileQuery,
  tableBatchQueries,
} from '@cohortium/harmonization';
import type { BatchNames, BatchSpec, LongitudinalFit, MixedModel, SiteMixedEffects } from '@cohortium/harmonization';
import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { z } from 'zod';
import type { Method } from '../method.js';
import { batchCategories, batchColumnsParams, inlineBatchColumns, requireInlineLengths, resolveBatches } from './batch-params.js';
import { byFeature } from './combat.method.js';

const params = z.strictObject({
  ...batchColumnsParams,
  method: z
    .enum(['REML', 'MSR'])
    .default('REML')
    .describe('SD within participants that residuals are standardized by: restricted likelihood, or mean squared residual'),
  niter: z.int().min(0).max(10_000).default(30).describe('Steps of the empirical Bayes iteration'),
  report_site_effects: z
    .boolean()
    .default(true)
    .describe(
      'Show location and scale of batches that lie within one site. This discloses means and variances of single sites; harmonizing does not need it',
    ),
});
/** Parameters of `combat-longitudinal`. */
export type CombatLongitudinalParams = z.output<typeof params>;

const row = z.array(z.number().nullable());
const resultSchema = z.looseObject({
  batches: z.array(z.string()),
  crossing_batches: z.array(z.string()),
  features: z.array(z.string()),
  gamma_star: z.array(row.nullable()),
  delta_star: z.array(row.nullable()),
  scaling: z.object({
    center: z.array(z.number()),
    scale: z.array(z.number()),
    covariate_center: z.array(z.number()),
    covariate_scale: z.array(z.number()),
    ratio: z.array(z.number()),
    common_effects: z.array(z.array(z.number())),
    grand_mean: z.array(z.number()),
    sd: z.array(z.number()),
  }),
});

/** Longitudinal ComBat of Beer et al. 2020 for repeated measurements. */
export const combatLongitudinal: Method<CombatLongitudinalParams> = {
  name: 'combat-longitudinal',
  title: { en: 'longitudinal ComBat: batches of repeated measurements', zh: '纵向 ComBat：重复测量的批次协调' },
  params,
  leaves: [
    { query: tableBatchQueries.moments, shape: '4B + 3 + 3p + 2q, twice: batches, rows, moments of features and covariates, as in combat' },
    {
      query: profileQuery,
      shape:
        '4 + (c(c+1) + 2c + 4) per feature and point (13 points in the first of about 15 rounds, then one), c = covariates + batches at several sites: rows, participants, weighted products after batches of one site are taken out, with derivatives',
    },
    { query: mixedLocationQuery, shape: '1 + 3p: rows, batch intercepts summed over rows, residuals and their squares' },
    {
      query: mixedCrossingQuery,
      shape: 'only for batches with rows at several sites, each 1 + 2p: rows, sums and squares of standardized residuals',
    },
    {
      query: mixedEffectsQuery,
      shape: 'only where report_site_effects is true, 4p + 1 per batch within the site: gamma and delta before and after shrinkage, rows',
    },
  ],
  definition: ({ method, niter }) =>
    `Longitudinal ComBat (Beer et al. 2020, R package longCombat): per feature a linear mixed model with covariates, batch and a random intercept of the participant by restricted maximum likelihood (lme4::lmer); residuals standardized by ${method === 'REML' ? 'its SD within participants' : 'the root mean squared residual'}; empirical Bayes of location and scale in ${niter} steps. Participants are told apart within a site. Rows with a missing feature, covariate or batch are left out; features that do not vary are left as they are.`,
  inlineColumns: (asked) => inlineBatchColumns({ ...asked, train: undefined }),
  categories: (asked) => batchCategories({ ...asked, train: undefined }),
  run: async ({ federation, scope, table }, asked) => {
    const columns = { ...asked, train: undefined };
    const { spec, names } = resolveBatches('combat-longitudinal', table, columns, scope.sites, true);
    const fit = await fitLongitudinal(federation, spec, names, { method: asked.method, steps: asked.niter }, scope);
    requireInlineLengths('combat-longitudinal', columns, fit.all);
    const { model, scale, batches } = fit;
    const ask = asked.report_site_effects && batches.length > model.value.crossing.length;
    const summaries = ask ? await federation.summaries(mixedEffectsQuery, { model, ...scale }, scope) : new Map<string, SiteMixedEffects>();
    return report(fit, spec, names, [...summaries.values()].flat());
  },
  stays: (rows, asked, estimates, table) => {
    const read = resultSchema.parse(estimates);
    const { spec } = resolveBatches('combat-longitudinal', table, { ...asked, train: undefined }, read.batches, true);
    const { levels } = spec.batch;
    const { scaling } = read;
    const model: MixedModel = {
      spec,
      scaling: {
        center: Float64Array.from(scaling.center),
        scale: Float64Array.from(scaling.scale),
        covariateCenter: Float64Array.from(scaling.covariate_center),
        covariateScale: Float64Array.from(scaling.covariate_scale),
      },
      crossing: read.crossing_batches.map((name) => levels.indexOf(name)),
      ratio: Float64Array.from(scaling.ratio),
      beta: Float64Array.from(scaling.common_effects.flat()),
    };
    const scale = { grandMean: Float64Array.from(scaling.grand_mean), sd: Float64Array.from(scaling.sd), steps: asked.niter };
    const crossing = new Map(
      read.crossing_batches.map((name) => {
        const k = read.batches.indexOf(name);
        const star = (rowsOf: typeof read.gamma_star, neutral: number) =>
          Float64Array.from(read.features, (_, f) => rowsOf[k]?.[f] ?? neutral);
        return [levels.indexOf(name), { gammaStar: star(read.gamma_star, 0), deltaStar: star(read.delta_star, 1) }];
      }),
    );
    return byFeature(spec.features, longitudinalRows(rows, new Frozen(model), scale, crossing));
  },
};

function report(fit: LongitudinalFit, spec: BatchSpec, names: BatchNames, summaries: SiteMixedEffects): Json {
  const { model, scale, batches, crossingEffects } = fit;
  const { scaling, crossing, ratio, beta } = model.value;
  const p = spec.features.length;
  const passed = new Set(fit.passed);
  const masked = (values: Iterable<number>) => [...values].map((value, f) => (passed.has(f) ? null : value));
  const raw = (values: Float64Array, power: number) => masked(values.map((value, f) => value * (scaling.scale[f] as number) ** power));
  const effects = (batch: number) => {
    const found = crossingEffects.get(batch);
    if (found) return { rows: found.rows, ...found.effects };
    const own = summaries.find((summary) => summary.batch === batch);
    return own && { ...own, rows: own.rows.state === 'ok' ? own.rows.value : null };
  };
  const byBatch = (key: 'gammaHat' | 'deltaHat' | 'gammaStar' | 'deltaStar') =>
    batches.map((batch) => {
      const found = effects(batch);
      return found ? masked(found[key]) : null;
    });
  const within = fit.residualVariance;
  return {
    rows: fit.rows,
    rows_left_out: fit.leftOut,
    participants: fit.participants,
    repeated_participants: fit.repeated,
    batches: batches.map((batch) => names.levels[batch] as string),
    batch_rows: batches.map((batch) => effects(batch)?.rows ?? null),
    crossing_batches: crossing.map((batch) => names.levels[batch] as string),
    features: spec.features,
    passed_through: fit.passed.map((f) => ({ feature: spec.features[f] as string, reason: 'constant' })),
    covariates: [...names.covariates],
    covariate_effects: names.covariates.map((_, c) =>
      masked(
        Array.from(
          { length: p },
          (__, f) =>
            ((beta[(crossing.length + c) * p + f] as number) * (scaling.scale[f] as number)) / (scaling.covariateScale[c] as number),
        ),
      ),
    ),
    sd_within: raw(scale.sd, 1),
    variance_within: raw(within, 2),
    variance_between: raw(
      ratio.map((value, f) => value * (within[f] as number)),
      2,
    ),
    gamma_hat: byBatch('gammaHat'),
    delta_hat: byBatch('deltaHat'),
    gamma_star: byBatch('gammaStar'),
    delta_star: byBatch('deltaStar'),
    scaling: scalingOf(fit, names),
  };
}

/** What the sites need to harmonize their rows, in standardized units. */
function scalingOf({ model, scale }: LongitudinalFit, names: BatchNames): Json {
  const { scaling, crossing, ratio, beta } = model.value;
  const p = ratio.length;
  return {
    center: [...scaling.center],
    scale: [...scaling.scale],
    covariate_center: [...scaling.covariateCenter],
    covariate_scale: [...scaling.covariateScale],
    ratio: [...ratio],
    common_effects: Array.from({ length: crossing.length + names.covariates.length }, (_, c) => [...beta.subarray(c * p, (c + 1) * p)]),
    grand_mean: [...scale.grandMean],
    sd: [...scale.sd],
  };
}
