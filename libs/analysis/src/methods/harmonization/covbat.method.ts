import {
  covbatRows,
  fitCovbat,
  residualMomentsQuery,
  residualProductsQuery,
  scoreQueries,
  tableBatchQueries,
} from '@cohortium/harmonization';
import type { BatchFit, BatchQueries, BatchSpec } from '@cohortium/harmonization';
import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { Method } from '../method.js';
import {
  batchCategories,
  batchColumnsParams,
  combatModelParams,
  fitOptions,
  inlineBatchColumns,
  namedTerms,
  requireInlineLengths,
  resolveBatches,
} from './batch-params.js';
import { byFeature, combatLeaves } from './combat.method.js';
import { collectEffects, combatEstimates, combatEstimatesSchema, fitOfEstimates } from './combat-result.js';

const { parametric, eb, likelihood, constant_in_batch, min_batch } = combatModelParams;
const params = z.strictObject({
  parametric,
  eb,
  likelihood,
  constant_in_batch,
  min_batch,
  ...batchColumnsParams,
  percent_var: z
    .number()
    .gt(0)
    .max(1)
    .default(0.95)
    .describe('Components are harmonized until they explain more than this share of the variance of the residuals'),
  n_pc: z.int().min(1).nullable().default(null).describe('Number of components to harmonize instead of percent_var'),
  std_var: z.boolean().default(true).describe('Residuals are scaled to variance 1 before the components (prcomp scale.)'),
  score_eb: z.boolean().default(false).describe('Empirical Bayes over the scores'),
  score_parametric: z.boolean().default(true).describe('Parametric priors for the scores, with score_eb'),
  resid: z.boolean().default(false).describe('Leave mean and covariate effects out of the harmonized values'),
  report_site_effects: z
    .boolean()
    .default(true)
    .describe(
      'Show location and scale of batches that lie within one site, of features and of scores. This discloses means and variances of single sites; harmonizing does not need it',
    ),
});
/** Parameters of `covbat`. */
export type CovbatParams = z.output<typeof params>;

const resultSchema = z.looseObject({
  components: z.object({ center: z.array(z.number()), scale: z.array(z.number()), rotation: z.array(z.array(z.number())) }),
  scores: combatEstimatesSchema,
});

/** CovBat of Chen et al. 2022: ComBat, then ComBat of the leading principal component scores of its residuals. */
export const covbat: Method<CovbatParams> = {
  name: 'covbat',
  title: { en: 'CovBat harmonization of mean, variance and covariance', zh: '均值、方差与协方差的 CovBat 协调' },
  params,
  leaves: [
    ...combatLeaves,
    { query: tableBatchQueries.effects, shape: 'only where report_site_effects is true, 4p + 6 per batch within the site' },
    { query: residualMomentsQuery, shape: '1 + 2p: rows, sums and sums of squares of the residuals after ComBat' },
    { query: residualProductsQuery, shape: 'p(p+1)/2: cross products of the standardized residuals after ComBat' },
    { query: scoreQueries.moments, shape: '4B + 3 + 3k, twice: as batch-moments, for the scores of k components' },
    { query: scoreQueries.sums, shape: 'only for batches with rows at several sites, each 1 + 2k: rows, cells, sums of scores' },
    { query: scoreQueries.location, shape: '4k (+ 2k per batch at several sites): rows times intercept and residual squares of scores' },
    { query: scoreQueries.effects, shape: 'only where report_site_effects is true, 4k + 6 per batch within the site' },
  ],
  definition: (asked) =>
    `CovBat (Chen et al. 2022, R package CovBat, covbat): ComBat of all features ${asked.eb ? `with ${asked.parametric ? 'parametric' : 'non-parametric'} empirical Bayes` : 'without empirical Bayes'}; principal components of its residuals (prcomp, centered${asked.std_var ? ' and scaled' : ''}); ComBat without covariates ${asked.score_eb ? 'with' : 'without'} empirical Bayes of the scores of ${asked.n_pc === null ? `the first components that explain more than ${asked.percent_var} of the variance` : `the first ${asked.n_pc} components`}. Rows with a missing feature, covariate or batch are left out.`,
  inlineColumns: (asked) => inlineBatchColumns({ ...asked, train: undefined }),
  categories: (asked) => batchCategories({ ...asked, train: undefined }),
  run: async ({ federation, scope, table }, asked) => {
    const columns = { ...asked, train: undefined };
    const { spec, names } = resolveBatches('covbat', table, columns, scope.sites, true);
    const model = { ...asked, mean_only: false, ref_batch: null, missing: 'neurocombat', batch_of_one: 'refuse' } as const;
    const options = {
      combat: fitOptions('covbat', model, names),
      components: { percentVar: asked.percent_var, count: asked.n_pc, scaled: asked.std_var },
      scoreEb: asked.score_eb,
      scoreParametric: asked.score_parametric,
    };
    const { combat, components, scores, fitted } = await fitCovbat(federation, spec, names, options, scope);
    requireInlineLengths('covbat', columns, combat.all);
    const ask = async <R>(queries: BatchQueries<R>, recipe: R, fit: BatchFit) =>
      collectEffects(fit, asked.report_site_effects ? await ownSummaries(federation, queries, recipe, fit, spec, scope) : []);
    const effects = await ask(tableBatchQueries, spec, combat);
    const scoreEffects = await ask(scoreQueries, fitted.recipe, scores);
    const p = components.center.length;
    const scoreNames = Array.from({ length: components.count }, (_, k) => `PC${k + 1}`);
    const total = components.variances.reduce((sum, value) => sum + value, 0);
    return {
      ...combatEstimates(combat, spec.features, names, effects),
      covariate_terms: namedTerms(spec.covariates, table),
      n_pc: components.count,
      component_share: Array.from(components.variances, (value) => value / total),
      components: {
        features: combat.model.value.passed.length === 0 ? spec.features : spec.features.filter((_, f) => !combat.reasons.has(f)),
        center: [...components.center],
        scale: [...components.scale],
        rotation: scoreNames.map((_, k) => Array.from({ length: p }, (__, f) => components.rotation[f * components.count + k] as number)),
      },
      scores: combatEstimates(scores, scoreNames, { levels: names.levels, covariates: [] }, scoreEffects),
    };
  },
  stays: (rows, asked, estimates, table) => {
    const combat = combatEstimatesSchema.parse(estimates);
    const { components, scores } = resultSchema.parse(estimates);
    const { spec } = resolveBatches('covbat', table, { ...asked, train: undefined }, combat.batches, true);
    const { levels } = spec.batch;
    const first = fitOfEstimates(combat, levels);
    const second = fitOfEstimates(scores, levels);
    const count = components.rotation.length;
    const recipe = {
      fitted: { spec, model: first.model.value, crossing: first.crossing },
      center: Float64Array.from(components.center),
      scale: Float64Array.from(components.scale),
      rotation: Float64Array.from(
        { length: components.center.length * count },
        (_, at) => components.rotation[at % count]?.[Math.floor(at / count)] as number,
      ),
    };
    const values = covbatRows(rows, { recipe, scoreModel: second.model.value, scoreCrossing: second.crossing }, asked.resid);
    return byFeature(spec.features, values);
  },
};

async function ownSummaries<R>(
  federation: Federation,
  queries: BatchQueries<R>,
  recipe: R,
  fit: BatchFit,
  spec: BatchSpec,
  scope: RosterScope,
) {
  if (fit.batches.length === fit.crossing.length) return [];
  const asked = { recipe: new Frozen(recipe), model: fit.model, crossing: [...fit.crossing], levels: [...spec.batch.levels] };
  return (await federation.summaries(queries.effects, asked, scope)).values();
}
