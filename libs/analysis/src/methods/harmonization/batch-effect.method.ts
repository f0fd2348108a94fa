import { batchTestQuery, fitBatchScaling, fitBatches, tableBatchQueries } from '@cohortium/harmonization';
import type { BatchTest, BatchValueRecipe } from '@cohortium/harmonization';
import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { adjustP } from '@cohortium/statistics';
import { z } from 'zod';
import { analysisErrors } from '../../errors.js';
import type { Method } from '../method.js';
import { testBatches, valueQueries } from './batch-effect-program.js';
import type { FeatureTests } from './batch-effect-program.js';
import {
  batchCategories,
  batchColumnsParams,
  combatModelParams,
  fitOptions,
  inlineBatchColumns,
  requireInlineLengths,
  resolveBatches,
} from './batch-params.js';
import { combatDefinition, combatLeaves } from './combat.method.js';

const { features, batch, covariates, interactions } = batchColumnsParams;
const params = z.strictObject({
  features: features.describe('Columns of numbers to test; without it all that are neither batch nor covariate'),
  batch,
  combat: z
    .strictObject({ ...combatModelParams, covariates, interactions })
    .nullable()
    .default(null)
    .describe('Test the values after ComBat with these settings too; null tests raw values only'),
  exact: z
    .boolean()
    .default(true)
    .describe(
      'Ranks of the pooled values, as if all rows lay in one table. Discloses the order of all values of each feature, and medians of batches at several sites, without site or participant; false ranks on a grid',
    ),
  bins: z
    .int()
    .min(10)
    .max(100_000)
    .default(2000)
    .describe('Without exact: values are ranked on a grid of this many cells over 10 SDs; values of one cell count as tied'),
});
/** Parameters of `batch-effect`. */
export type BatchEffectParams = z.output<typeof params>;

/** Which rows and columns the parameters mean, in the terms of the ComBat methods. */
function columnsOf({ features: names, batch: column, combat }: BatchEffectParams) {
  return {
    features: names,
    batch: column,
    covariates: combat?.covariates ?? [],
    interactions: combat?.interactions ?? [],
    train: undefined,
  };
}

/** Tests of differences between batches, before and after harmonization. */
export const batchEffect: Method<BatchEffectParams> = {
  name: 'batch-effect',
  title: { en: 'tests of batch effects, before and after ComBat', zh: '批次效应检验（ComBat 前后）' },
  params,
  leaves: [
    ...combatLeaves,
    {
      query: batchTestQuery,
      shape:
        '5p (+ 3p per batch at several sites), four times before and after: values, batches, sums and squares of values or scores, within and between batches',
    },
    { query: valueQueries.moments, shape: 'only without exact, 4p: units, values, sums and squares of each feature' },
    {
      query: valueQueries.cells,
      shape:
        'p (bins + 2) counts of values by cell; with exact: counts at thresholds that are narrowed until every value has a cell of its own',
    },
  ],
  definition: ({ exact, bins, combat }) =>
    `Per feature: Kruskal-Wallis test (R kruskal.test, corrected for ties), one-way analysis of variance (oneway.test, var.equal), Brown-Forsythe test (analysis of variance of absolute deviations from the batch medians), Fligner-Killeen test (fligner.test); p values adjusted over features by Benjamini-Hochberg and Holm. Ranks are ${exact ? 'those of the pooled values' : `those of the cells of a grid of ${bins} over 10 SDs`}. Missing cells are left out.${combat === null ? '' : ` After: ${combatDefinition(combat)}`}`,
  inlineColumns: (asked) => inlineBatchColumns(columnsOf(asked)),
  categories: (asked) => batchCategories(columnsOf(asked)),
  run: async ({ federation, scope, table }, asked) => {
    const columns = columnsOf(asked);
    const { spec, names } = resolveBatches('batch-effect', table, columns, scope.sites);
    const recipe = new Frozen(spec);
    const { totals, scaling } = await fitBatchScaling(federation, tableBatchQueries, recipe, 1, scope);
    requireInlineLengths('batch-effect', columns, totals.all);
    const batches = [...totals.fitSites.keys()].filter((b) => (totals.fitSites[b] as number) > 0);
    if (batches.length < 2)
      throw analysisErrors.error('METHOD.REFUSED', { name: 'batch-effect', reason: `there are rows of ${batches.length} batch` });
    const crossing = batches.filter((b) => (totals.fitSites[b] as number) > 1);
    const program = {
      federation,
      scope,
      crossing,
      ranks: asked.exact ? ({ kind: 'exact' } as const) : ({ kind: 'grid', bins: asked.bins } as const),
    };
    const raw: BatchValueRecipe = { spec, fitted: null, deviations: null, ranked: false };
    const before = await testBatches(program, raw, scaling.value);
    let after: FeatureTests[] | null = null;
    if (asked.combat !== null) {
      const fit = await fitBatches(federation, tableBatchQueries, recipe, names, fitOptions('batch-effect', asked.combat, names), scope);
      const stars = [...fit.crossingEffects].map(([b, { effects }]) => ({
        batch: b,
        gammaStar: effects.gammaStar,
        deltaStar: effects.deltaStar,
      }));
      const fitted = { spec, model: fit.model.value, crossing: stars };
      after = await testBatches(program, { ...raw, fitted }, scaling.value);
    }
    const shown = (tests: FeatureTests[]) => tableOf(spec.features, tests);
    return {
      rows: totals.rows,
      rows_left_out: totals.leftOut,
      batches: batches.map((b) => names.levels[b] as string),
      crossing_batches: crossing.map((b) => names.levels[b] as string),
      summary: { features: spec.features.length, ...counts(before, 'before'), ...(after ? counts(after, 'after') : {}) },
      ...(crossing.length > 0 && !asked.exact
        ? {
            brown_forsythe_reason: 'medians of batches at several sites are order statistics: they need exact',
            fligner_reason: 'as brown_forsythe_reason',
          }
        : {}),
      before: shown(before),
      ...(after ? { after: shown(after) } : {}),
    };
  },
};

const tests = [
  { key: 'kruskal', statistic: 'kruskal_chisq', of: (own: FeatureTests) => own.kruskal },
  { key: 'anova', statistic: 'anova_f', of: (own: FeatureTests) => own.anova },
  { key: 'brown_forsythe', statistic: 'brown_forsythe_f', of: (own: FeatureTests) => own.brownForsythe },
  { key: 'fligner', statistic: 'fligner_chisq', of: (own: FeatureTests) => own.fligner },
] as const;

function pValues(found: readonly FeatureTests[], of: (own: FeatureTests) => BatchTest | null): (number | null)[] {
  return found.map((own) => of(own)?.p ?? null);
}

function tableOf(names: readonly string[], found: readonly FeatureTests[]): Json {
  const adjusted = tests.map(({ key, statistic, of }) => {
    const p = pValues(found, of);
    return { key, statistic, of, p, bh: adjustP(p, 'BH'), holm: adjustP(p, 'holm') };
  });
  return names.map((feature, f) => ({
    feature,
    n: found[f]?.n as number,
    tied_pairs: found[f]?.tiedPairs as number,
    ...Object.fromEntries(
      adjusted.flatMap(({ key, statistic, of, p, bh, holm }) => [
        [statistic, of(found[f] as FeatureTests)?.statistic ?? null],
        [`${key}_p`, p[f] as number | null],
        [`${key}_p_bh`, bh[f] as number | null],
        [`${key}_p_holm`, holm[f] as number | null],
      ]),
    ),
  }));
}

/** Features below 0.05 after adjustment by Benjamini-Hochberg, as the reference summary counts them. */
function counts(found: readonly FeatureTests[], when: string): Record<string, Json> {
  return Object.fromEntries(
    tests.map(({ key, of }) => [
      `${key}_bh_lt_0.05_${when}`,
      adjustP(pValues(found, of), 'BH').filter((p) => p !== null && p < 0.05).length,
    ]),
  );
}
