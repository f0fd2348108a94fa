import { vectorSchema } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { choleskyFactor, choleskySolve } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { tableSource } from '../batches/data.js';
import { scalingSchema, standardData } from '../batches/scaling.js';
import type { BatchScaling, StandardData } from '../batches/scaling.js';
import { batchSpecSchema } from '../batches/spec.js';
import type { BatchSpec } from '../batches/spec.js';
import { clusterProducts, clustersOf } from './clusters.js';
import { weightedProducts } from './profile.js';

/** Mixed models of all features, in standardized units: what a site needs to standardize its rows. */
export interface MixedModel {
  readonly spec: BatchSpec;
  readonly scaling: BatchScaling;
  /** Batches with rows at several sites, ascending: their indicators are common columns. */
  readonly crossing: readonly number[];
  /** By feature: variance between participants over variance within. */
  readonly ratio: Float64Array;
  /** Effects of the common columns (crossing batches, then covariates), columns x features. */
  readonly beta: Float64Array;
}

/** Parser of {@link MixedModel}. */
export const mixedModelSchema = z.strictObject({
  spec: batchSpecSchema,
  scaling: scalingSchema,
  crossing: z.array(z.int().min(0)),
  ratio: vectorSchema,
  beta: vectorSchema,
}) as ZodType<MixedModel>;

interface Parts {
  readonly spec: Frozen<BatchSpec>;
  readonly scaling: Frozen<BatchScaling>;
}
const parts = new WeakMap<MixedModel, Parts>();

/** The parts of a model under hashes of their own, so that what is derived from them is remembered. */
export function mixedParts(model: MixedModel): Parts {
  const known = parts.get(model);
  if (known) return known;
  const made = { spec: new Frozen(model.spec), scaling: new Frozen(model.scaling) };
  parts.set(model, made);
  return made;
}

/** Residuals of the mixed models, row-major rows x features, in standardized units; NaN in rows that take no part. */
export interface MixedResiduals {
  readonly data: StandardData;
  /** Intercepts of batches by position; those of one site are estimated from its rows. */
  readonly intercepts: ReadonlyMap<number, Float64Array>;
  /** y - X beta - random intercept: without the effect of batches taken off. */
  readonly values: Float64Array;
  /** X beta (covariates alone) plus random intercept. */
  readonly expected: Float64Array;
}

/** Evaluates the mixed models on some rows; pure and remembered. */
export function mixedResiduals(rows: CohortRows, model: Frozen<MixedModel>): MixedResiduals {
  return rows.memo(`mixed residuals ${model.hash}`, () => evaluate(rows, model.value));
}

function evaluate(rows: CohortRows, model: MixedModel): MixedResiduals {
  const { spec, scaling } = mixedParts(model);
  const data = standardData(rows, tableSource, spec, scaling);
  const intercepts = batchIntercepts(rows, model);
  const clusters = clustersOf(rows, data);
  const p = data.columnCount;
  const crossings = model.crossing.length;
  const values = new Float64Array(data.values.length).fill(NaN);
  const expected = new Float64Array(data.values.length).fill(NaN);
  const sums = new Float64Array(clusters.sizes.length * p);
  for (let i = 0; i < data.rowCount; i++) {
    if (data.fit[i] === 0) continue;
    const own = intercepts.get(data.batch[i] as number) as Float64Array;
    const c = clusters.of[i] as number;
    for (let f = 0; f < p; f++) {
      const at = i * p + f;
      let fixed = 0;
      for (let k = 0; k < data.covariates.length; k++)
        fixed += ((data.covariates[k] as Float64Array)[i] as number) * (model.beta[(crossings + k) * p + f] as number);
      expected[at] = fixed;
      values[at] = (data.values[at] as number) - fixed;
      sums[c * p + f] = (sums[c * p + f] as number) + (values[at] as number) - (own[f] as number);
    }
  }
  for (let i = 0; i < data.rowCount; i++) {
    if (data.fit[i] === 0) continue;
    const c = clusters.of[i] as number;
    const n = clusters.sizes[c] as number;
    for (let f = 0; f < p; f++) {
      const at = i * p + f;
      const ratio = model.ratio[f] as number;
      // Best linear unbiased prediction of the participant's intercept.
      const random = (ratio / (1 + n * ratio)) * (sums[c * p + f] as number);
      values[at] = (values[at] as number) - random;
      expected[at] = (expected[at] as number) + random;
    }
  }
  return { data, intercepts, values, expected };
}

/** Generalized least squares intercepts: of crossing batches from the model, of others from the rows here. */
function batchIntercepts(rows: CohortRows, model: MixedModel): Map<number, Float64Array> {
  const { spec, scaling } = mixedParts(model);
  const products = clusterProducts(rows, spec, scaling, model.crossing);
  const p = model.ratio.length;
  const { own, common, columns } = products.fixed;
  const intercepts = new Map<number, Float64Array>();
  model.crossing.forEach((batch, k) => intercepts.set(batch, model.beta.slice(k * p, (k + 1) * p)));
  for (const batch of own) intercepts.set(batch, new Float64Array(p));
  if (own.length === 0) return intercepts;
  const d = columns.length;
  for (let f = 0; f < p; f++) {
    const ratio = model.ratio[f] as number;
    const { xx, xy } = weightedProducts(products, f, (n) => ratio / (1 + n * ratio), true);
    const block = Float64Array.from({ length: own.length ** 2 }, (_, k) => xx[Math.floor(k / own.length) * d + (k % own.length)] as number);
    const factor = choleskyFactor(block, own.length, 1e-12) as Float64Array;
    const right = Float64Array.from(own, (_, a) => {
      let value = xy[a] as number;
      for (let k = 0; k < common; k++) value -= (xx[a * d + own.length + k] as number) * (model.beta[k * p + f] as number);
      return value;
    });
    choleskySolve(factor, own.length, right).forEach((value, a) => ((intercepts.get(own[a] as number) as Float64Array)[f] = value));
  }
  return intercepts;
}
