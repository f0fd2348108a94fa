import { fitFrozen, frozenOwnEffects, harmonizedRows, tableBatchQueries, tableSource } from '@cohortium/harmonization';
import type { BatchEffects, BatchNames, BatchSpec } from '@cohortium/harmonization';
import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import { analysisErrors } from '../../errors.js';
import type { Method, TableShape } from '../method.js';
import { needNumber } from '../params.js';
import { batchOf, termsByName } from './batch-params.js';
import { byFeature } from './combat.method.js';
import { combatEstimatesSchema, fitOfEstimates, reportedStars } from './combat-result.js';
import type { CombatEstimates } from './combat-result.js';

const cell = z.union([z.string(), z.number()]);
const params = z.strictObject({
  model: combatEstimatesSchema.describe('Result of combat: its estimates, as analyze prints them'),
  new_batch: z
    .enum(['frozenLocalEb', 'known', 'none'])
    .default('frozenLocalEb')
    .describe(
      'frozenLocalEb: every batch of these rows is estimated from its own unlabeled rows against the frozen model (transductive: rows help to prepare themselves). known: batches of the training, by the estimates of the training. none: rows stay as they are',
    ),
  batch: z
    .union([z.string(), z.array(cell).min(1)])
    .optional()
    .describe('Column of batches, or one batch per row of the file; without it the site is the batch'),
  inline_covariates: z
    .array(z.strictObject({ name: z.string(), values: z.array(cell).min(1) }))
    .default([])
    .describe('Covariates of the model that the table does not have, one value per row of the file'),
  min_batch: z.int().min(2).default(2).describe('Smallest new batch that is estimated'),
});
/** Parameters of `combat-apply`. */
export type CombatApplyParams = z.output<typeof params>;

const inlineBatch = '(batch)';

/** A frozen ComBat on new rows: new patients of known batches, or a new hospital. */
export const combatApply: Method<CombatApplyParams> = {
  name: 'combat-apply',
  title: { en: 'a frozen ComBat model on new rows', zh: '将冻结的 ComBat 模型应用于新数据' },
  params,
  leaves: [
    { query: tableBatchQueries.moments, shape: '4B + 3 + 3p + 2q: which batches there are, rows, moments of features and covariates' },
    {
      query: tableBatchQueries.sums,
      shape: 'only for new batches with rows at several sites, each 1 + 2p + q: rows, cells and sums by feature',
    },
    {
      query: tableBatchQueries.location,
      shape: 'only for new batches with rows at several sites: 2p + 2p per batch, squares around mean and model',
    },
  ],
  definition: ({ new_batch }) =>
    `${
      {
        frozenLocalEb:
          'Location and scale of each batch of the new rows by empirical Bayes from these rows, against the frozen mean, variance and covariate effects of the model (transductive); a feature that is constant in a batch is left as it is there',
        known:
          'Location and scale of each batch as estimated in training (neuroCombatFromTraining), with the covariate effects of the rows themselves',
        none: 'Rows are left as they are',
      }[new_batch]
    }. Rows without batch or with a missing covariate are left out.`,
  inlineColumns: ({ batch, inline_covariates }) => ({
    ...(Array.isArray(batch) ? { [inlineBatch]: batch } : {}),
    ...Object.fromEntries(inline_covariates.map(({ name, values }) => [`(covariate) ${name}`, values])),
  }),
  categories: ({ batch, model }) => [
    ...(batch === undefined ? [] : [Array.isArray(batch) ? inlineBatch : batch]),
    ...model.covariate_terms.flatMap(({ factors }) =>
      factors.flatMap(({ column, level }) => (level === null ? [] : [column, `(covariate) ${column}`])),
    ),
  ],
  run: async ({ federation, scope, table }, asked) => {
    const { spec, names } = resolve(table, asked, scope.sites);
    const model = modelOf(asked.model, spec.batch.levels, asked.new_batch === 'known');
    const fit = await fitFrozen(
      federation,
      tableBatchQueries,
      new Frozen(spec),
      model,
      names,
      asked.new_batch === 'frozenLocalEb' ? asked.min_batch : 1,
      scope,
    );
    const given = [...(Array.isArray(asked.batch) ? [asked.batch] : []), ...asked.inline_covariates.map(({ values }) => values)];
    for (const { length } of given) {
      if (length !== fit.all)
        throw analysisErrors.error('METHOD.REFUSED', {
          name: 'combat-apply',
          reason: `a column given inline has ${length} values for ${fit.all} rows`,
        });
    }
    const batches = fit.batches.map((b) => names.levels[b] as string);
    if (asked.new_batch === 'known') requireKnown(asked.model, batches);
    const crossing = asked.new_batch === 'frozenLocalEb' ? fit.crossing : [];
    const effects = crossing.map((b) => fit.crossingEffects.get(b)?.effects as BatchEffects);
    return {
      rows: fit.rows,
      rows_left_out: fit.leftOut,
      batches,
      new_batches: batches.filter((name) => !asked.model.batches.includes(name)),
      crossing_batches: crossing.map((b) => names.levels[b] as string),
      features: spec.features,
      gamma_star: effects.map(({ gammaStar }) => [...gammaStar]),
      delta_star: effects.map(({ deltaStar }) => [...deltaStar]),
    };
  },
  stays: (rows, asked, estimates, table) => {
    const read = resultSchema.parse(estimates);
    const { spec } = resolve(table, asked, read.batches);
    const { levels } = spec.batch;
    const recipe = new Frozen(spec);
    if (asked.new_batch === 'none') return byFeature(spec.features, tableSource.dataOf(rows, recipe).values);
    const known = asked.new_batch === 'known';
    const model = modelOf(asked.model, levels, known);
    if (known) {
      const effects = (b: number) =>
        asked.model.batches.includes(levels[b] as string) ? reportedStars(asked.model, levels[b] as string) : undefined;
      return byFeature(spec.features, harmonizedRows(rows, tableSource, recipe, model, effects));
    }
    const crossing = new Map(
      read.crossing_batches.map((name, k) => [
        levels.indexOf(name),
        { gammaStar: Float64Array.from(read.gamma_star[k] ?? []), deltaStar: Float64Array.from(read.delta_star[k] ?? []) },
      ]),
    );
    const own = frozenOwnEffects(rows, tableSource, recipe, model, [...crossing.keys()], levels);
    return byFeature(
      spec.features,
      harmonizedRows(rows, tableSource, recipe, model, (b) => own.get(b) ?? crossing.get(b)),
    );
  },
};

const resultSchema = z.looseObject({
  batches: z.array(z.string()),
  crossing_batches: z.array(z.string()),
  gamma_star: z.array(z.array(z.number())),
  delta_star: z.array(z.array(z.number())),
});

function resolve(
  table: TableShape,
  { model, batch, inline_covariates }: CombatApplyParams,
  sites: readonly string[],
): { spec: BatchSpec; names: BatchNames } {
  const own = batchOf(table, { batch }, sites);
  const inline = inline_covariates.map(({ name }) => name);
  const covariates = termsByName('combat-apply', model.covariate_terms, table, inline);
  for (const feature of model.features) needNumber(table, feature);
  return {
    spec: { features: model.features, batch: own, covariates, train: null, completeRows: false },
    names: { levels: own.levels, covariates: covariates.map(({ name }) => name) },
  };
}

/** The frozen model; only batches of the training can be its reference. */
function modelOf(model: CombatEstimates, levels: readonly string[], known: boolean) {
  const { model: frozen } = fitOfEstimates(model, levels);
  const reference = known && frozen.value.reference !== null && frozen.value.reference >= 0 ? frozen.value.reference : null;
  return new Frozen({ ...frozen.value, reference });
}

function requireKnown(model: CombatEstimates, batches: readonly string[]): void {
  const missing = batches.filter((name) => {
    const k = model.batches.indexOf(name);
    return k < 0 || (model.gamma_star[k] === null && name !== model.ref_batch);
  });
  if (missing.length === 0) return;
  throw analysisErrors.error('METHOD.REFUSED', {
    name: 'combat-apply',
    reason: `the model holds no effects of ${missing.map((name) => `"${name}"`).join(', ')}: they were not in the training, or stayed at their site (report_site_effects)`,
  });
}
