import { frozenSchema, vectorSchema } from '@cohortium/federation';
import type { CohortRows, SummaryQuery } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { BatchEffects } from '../empirical-bayes/shrink.js';
import type { BatchSource } from './data.js';
import { ownIntercepts } from './location.js';
import { batchModelSchema, effectsOf, residualMoments } from './model.js';
import type { BatchModel } from './model.js';
import { scalingSchema, standardData } from './scaling.js';
import type { BatchScaling } from './scaling.js';

/** Effects of the batches that lie within the rows of one site, by position among the levels; remembered. */
export function ownEffects<R>(
  rows: CohortRows,
  source: BatchSource<R>,
  recipe: Frozen<R>,
  model: Frozen<BatchModel>,
  crossing: readonly number[],
  levels: readonly string[],
): ReadonlyMap<number, { readonly rows: number; readonly effects: BatchEffects }> {
  return rows.memo(`batch effects ${recipe.hash} ${model.hash} ${crossing.join()}`, () => {
    const data = standardData(rows, source, recipe, scalingOf(model));
    const found = new Map<number, { rows: number; effects: BatchEffects }>();
    for (const { batch, rows: own } of data.groups) {
      if (crossing.includes(batch)) continue;
      const moments = residualMoments(data, own, model.value);
      found.set(batch, { rows: own.length, effects: effectsOf(moments, model.value, batch, levels[batch] ?? String(batch)) });
    }
    return found;
  });
}

const scalings = new WeakMap<Frozen<BatchModel>, Frozen<BatchScaling>>();

/** The scaling of a model as a part of its own, so that standardized rows are remembered under one hash. */
export function scalingOf(model: Frozen<BatchModel>): Frozen<BatchScaling> {
  const known = scalings.get(model);
  if (known) return known;
  const scaling = new Frozen(model.value.scaling);
  scalings.set(model, scaling);
  return scaling;
}

const figure = z.union([
  z.strictObject({ state: z.literal('ok'), value: z.number() }),
  z.strictObject({ state: z.literal('withheld'), reason: z.string() }),
]);
const numbers = z.array(z.number());
const siteEffectsSchema = z.array(
  z.strictObject({
    batch: z.int().min(0),
    rows: figure,
    gammaHat: numbers,
    deltaHat: numbers,
    gammaStar: numbers,
    deltaStar: numbers,
    iterations: z.int().min(0),
    prior: z
      .strictObject({ gammaBar: z.number(), tau2: z.number(), aPrior: z.number().nullable(), bPrior: z.number().nullable() })
      .nullable(),
  }),
);
/** Effects of the batches of one site, as it shows them. */
export type SiteBatchEffects = z.output<typeof siteEffectsSchema>;

/** Parameters of {@link siteEffectsQuery}. */
export interface SiteEffectsParams<R> {
  readonly recipe: Frozen<R>;
  readonly model: Frozen<BatchModel>;
  readonly crossing: readonly number[];
  /** Names of the batches, for messages. */
  readonly levels: readonly string[];
}

/** `PREFIX-site-effects@1`: location and scale of each batch of a site, a site summary; harmonizing does not need it. */
export function siteEffectsQuery<R>(prefix: string, source: BatchSource<R>): SummaryQuery<SiteEffectsParams<R>, SiteBatchEffects> {
  return {
    kind: 'siteSummary',
    operation: `harmonization.${prefix}-site-effects`,
    version: 1,
    params: z.strictObject({
      recipe: frozenSchema(source.recipe),
      model: frozenSchema(batchModelSchema),
      crossing: z.array(z.int().min(0)),
      levels: z.array(z.string()),
    }) as unknown as ZodType<SiteEffectsParams<R>>,
    value: siteEffectsSchema as unknown as ZodType<SiteBatchEffects>,
    local: (rows, { recipe, model, crossing, levels }) =>
      [...ownEffects(rows, source, recipe, model, crossing, levels)].map(([batch, { rows: count, effects }]) => ({
        batch,
        rows: { state: 'ok', value: count, cells: [count] },
        gammaHat: [...effects.gammaHat],
        deltaHat: [...effects.deltaHat],
        gammaStar: [...effects.gammaStar],
        deltaStar: [...effects.deltaStar],
        iterations: effects.iterations,
        prior: effects.prior === null ? null : { ...effects.prior },
      })) as unknown as SiteBatchEffects,
  };
}

const referenceSchema = z.strictObject({ intercept: numbers, variance: numbers }).nullable();
/** Intercepts and residual variances of the reference batch by column, from the site that has it; null from all others. */
export type ReferenceBatch = z.output<typeof referenceSchema>;

/** Parameters of {@link referenceBatchQuery}. */
export interface ReferenceBatchParams<R> {
  readonly recipe: Frozen<R>;
  readonly scaling: Frozen<BatchScaling>;
  readonly beta: Float64Array;
  readonly batch: number;
  /** Variances divide by n - 1 (sva with missing cells), else by n. */
  readonly sampleVariance: boolean;
}

/**
 * `PREFIX-reference@1`: a reference batch of one site publishes that site's intercepts and variances, a site summary that this site
 * has to allow; the others answer with null.
 */
export function referenceBatchQuery<R>(prefix: string, source: BatchSource<R>): SummaryQuery<ReferenceBatchParams<R>, ReferenceBatch> {
  return {
    kind: 'siteSummary',
    operation: `harmonization.${prefix}-reference`,
    version: 1,
    params: z.strictObject({
      recipe: frozenSchema(source.recipe),
      scaling: frozenSchema(scalingSchema),
      beta: vectorSchema,
      batch: z.int().min(0),
      sampleVariance: z.boolean(),
    }) as unknown as ZodType<ReferenceBatchParams<R>>,
    value: referenceSchema as unknown as ZodType<ReferenceBatch>,
    local: (rows, { recipe, scaling, beta, batch, sampleVariance }) => {
      const data = standardData(rows, source, recipe, scaling);
      const group = data.groups.find((candidate) => candidate.batch === batch);
      if (!group) return null as ReferenceBatch;
      const { intercept, residuals, observed } = ownIntercepts(data, group.rows, beta);
      return {
        intercept: [...intercept],
        variance: Array.from(residuals, (squares, f) => squares / Math.max(1, (observed[f] as number) - (sampleVariance ? 1 : 0))),
      } as ReferenceBatch;
    },
  };
}
