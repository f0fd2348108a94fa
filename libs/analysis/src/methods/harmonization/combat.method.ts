import { fitBatches, harmonizedRows, ownEffects, tableBatchQueries, tableSource } from '@cohortium/harmonization';
import type { BatchFit, BatchSpec } from '@cohortium/harmonization';
import type { CohortRows } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { Method, MethodLeaf, StayingColumns, TableShape } from '../method.js';
import {
  batchCategories,
  batchColumnsParams,
  combatModelParams,
  fitOptions,
  inlineBatchColumns,
  namedTerms,
  requireInlineLengths,
  resolveBatches,
  trainParams,
} from './batch-params.js';
import { collectEffects, combatEstimates, combatEstimatesSchema, fitOfEstimates } from './combat-result.js';
import type { CombatEstimates } from './combat-result.js';

const params = z.strictObject({
  ...combatModelParams,
  ...batchColumnsParams,
  ...trainParams,
  report_site_effects: z
    .boolean()
    .default(true)
    .describe(
      'Show the location and scale of batches that lie within one site (gamma and delta, hat and star). This discloses means and variances of single sites; harmonizing does not need it, so a study leaves it out',
    ),
});
/** Parameters of `combat`. */
export type CombatParams = z.output<typeof params>;

/** What ComBat over the columns of a table lets out. */
export const combatLeaves: readonly MethodLeaf[] = [
  {
    query: tableBatchQueries.moments,
    shape:
      '4B + 3 + 3p + 2q, twice: for each of B batches whether the site has rows, rows of the fit, exactly one, fewer than the smallest; rows; by feature cells, sum, sum of squares; by covariate sum, sum of squares',
  },
  {
    query: tableBatchQueries.sums,
    shape:
      'only for batches with rows at several sites, each 1 + 2p + q (+ q per feature with gaps): rows, cells and sums by feature, sums of covariates. These totals are means of such a batch over all its sites',
  },
  {
    query: tableBatchQueries.slopes,
    shape: 'only with covariates, q(q+1)/2 + qp (+ q(q+1)/2 per feature with gaps): cross products minus the means of each batch',
  },
  {
    query: tableBatchQueries.location,
    shape:
      '4p, or 2p with a reference batch (+ 2p per batch at several sites): rows times intercept and residual squares, summed over batches; batches in which a feature is constant or missing; squares of batches at several sites',
  },
  {
    query: tableBatchQueries.reference,
    shape:
      'only with a reference batch within one site, 2p: intercepts and residual variances of that batch, from its site; null from all others',
  },
];

/** ComBat of Johnson 2007 as in sva and neuroCombat, over batches that are sites, scanners within sites, or scanners across sites. */
export const combat: Method<CombatParams> = {
  name: 'combat',
  title: { en: 'ComBat harmonization of batches (sites or scanners)', zh: '批次（中心或扫描仪）的 ComBat 协调' },
  params,
  leaves: [
    ...combatLeaves,
    {
      query: tableBatchQueries.effects,
      shape:
        'only where report_site_effects is true, 4p + 6 per batch within the site: gamma and delta before and after shrinkage, priors, rows',
    },
  ],
  definition: (asked) => combatDefinition(asked),
  inlineColumns: inlineBatchColumns,
  categories: batchCategories,
  run: async ({ federation, scope, table }, asked) => {
    const { spec, names } = resolveBatches('combat', table, asked, scope.sites);
    const recipe = new Frozen(spec);
    const fit = await fitBatches(federation, tableBatchQueries, recipe, names, fitOptions('combat', asked, names), scope);
    requireInlineLengths('combat', asked, fit.all);
    const shown = { recipe, model: fit.model, crossing: [...fit.crossing], levels: [...names.levels] };
    const summaries =
      asked.report_site_effects && hasOwnBatches(fit) ? await federation.summaries(tableBatchQueries.effects, shown, scope) : new Map();
    return {
      ...combatEstimates(fit, spec.features, names, collectEffects(fit, summaries.values())),
      covariate_terms: namedTerms(spec.covariates, table),
    };
  },
  stays: (rows, asked, estimates, table) => {
    const read = combatEstimatesSchema.parse(estimates);
    const spec = specOfEstimates('combat', table, asked, read);
    return byFeature(spec.value.features, harmonizedByEstimates(rows, spec, read));
  },
};

function hasOwnBatches({ batches, crossing }: BatchFit): boolean {
  return batches.length > crossing.length;
}

/** The definition that ComBat follows under these parameters. */
export function combatDefinition({
  parametric,
  likelihood,
  eb,
  mean_only,
  ref_batch,
  missing,
}: Pick<CombatParams, 'parametric' | 'likelihood' | 'eb' | 'mean_only' | 'ref_batch' | 'missing'>): string {
  const prior = parametric
    ? 'parametric empirical Bayes, iterated until max(|new - old| / old) <= 1e-4 where old keeps its sign'
    : `non-parametric empirical Bayes (int.eprior), ${likelihood === 'log' ? 'in logarithms' : 'in doubles as the engines, in logarithms where all likelihoods vanish'}`;
  const parts = [
    'ComBat (Johnson, Li & Rabinovic 2007) as in neuroCombat 1.0.14 and sva 3.46',
    eb ? prior : 'location and scale of each feature without empirical Bayes (neuroCombat eb = FALSE)',
    mean_only ? 'means only' : 'delta hat is the variance with n - 1',
    ref_batch === null
      ? 'the pooled variance divides by n'
      : `reference batch "${ref_batch}" gives mean and variance (divided by n) and is left as it is`,
    `with missing cells: ${missing === 'sva' ? 'sva (pooled variance divides by observed cells minus 1)' : 'neuroCombat (pooled variance divides by observed cells)'}`,
    'features that are constant are left as they are; rows without batch or with a missing covariate are left out',
  ];
  return `${parts.join('; ')}.`;
}

/** The rows that estimates speak of; batches that are sites are numbered as the estimates list them. */
export function specOfEstimates(
  method: string,
  table: TableShape,
  asked: Parameters<typeof resolveBatches>[2],
  estimates: CombatEstimates,
): Frozen<BatchSpec> {
  const { spec } = resolveBatches(method, table, asked, estimates.batches);
  return new Frozen(spec);
}

/** Rows harmonized at their site: batches of the site by its own effects, others as reported. */
export function harmonizedByEstimates(rows: CohortRows, spec: Frozen<BatchSpec>, estimates: CombatEstimates): Float64Array {
  const { levels } = spec.value.batch;
  const { model, crossing } = fitOfEstimates(estimates, levels);
  const own = ownEffects(
    rows,
    tableSource,
    spec,
    model,
    crossing.map(({ batch }) => batch),
    levels,
  );
  return harmonizedRows(
    rows,
    tableSource,
    spec,
    model,
    (batch) => own.get(batch)?.effects ?? crossing.find((stars) => stars.batch === batch),
  );
}

/** A row-major matrix as columns by name. */
export function byFeature(features: readonly string[], values: Float64Array): StayingColumns {
  const p = features.length;
  return Object.fromEntries(
    features.map((name, f) => [name, Float64Array.from({ length: values.length / p }, (_, i) => values[i * p + f] as number)]),
  );
}
