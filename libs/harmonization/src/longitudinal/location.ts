import { frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { BatchMoments } from '../empirical-bayes/parametric.js';
import { mixedModelSchema, mixedResiduals } from './model.js';
import type { MixedModel, MixedResiduals } from './model.js';

/** Parameters of {@link mixedLocationQuery}. */
export interface MixedLocationParams {
  readonly model: Frozen<MixedModel>;
}

/** Totals by feature over the rows of the fit. */
export interface MixedLocation {
  readonly rows: number;
  /** Intercept of the row's batch, summed over rows. */
  readonly intercepts: Float64Array;
  /** Residuals (after fixed and random effects and batch), and their squares. */
  readonly residuals: Float64Array;
  readonly squares: Float64Array;
}

/** `longitudinal-location@1`: what the mean of the batch effects and the mean squared residual are made of. */
export const mixedLocationQuery: SumQuery<MixedLocationParams, MixedLocation> = {
  kind: 'sum',
  operation: 'harmonization.longitudinal-location',
  version: 1,
  words: statisticWords,
  params: z.strictObject({ model: frozenSchema(mixedModelSchema) }) as ZodType<MixedLocationParams>,
  length: ({ model }) => 1 + 3 * model.value.ratio.length,
  local: (rows, { model }) => {
    const { data, intercepts, values } = mixedResiduals(rows, model);
    const p = data.columnCount;
    const out = new Float64Array(1 + 3 * p);
    for (let i = 0; i < data.rowCount; i++) {
      if (data.fit[i] === 0) continue;
      out[0] = (out[0] as number) + 1;
      const own = intercepts.get(data.batch[i] as number) as Float64Array;
      for (let f = 0; f < p; f++) {
        const residual = (values[i * p + f] as number) - (own[f] as number);
        out[1 + f] = (out[1 + f] as number) + (own[f] as number);
        out[1 + p + f] = (out[1 + p + f] as number) + residual;
        out[1 + 2 * p + f] = (out[1 + 2 * p + f] as number) + residual * residual;
      }
    }
    return out;
  },
  read: (total) => {
    const p = (total.length - 1) / 3;
    return {
      rows: total[0] as number,
      intercepts: total.slice(1, 1 + p),
      residuals: total.slice(1 + p, 1 + 2 * p),
      squares: total.slice(1 + 2 * p),
    };
  },
};

/** The scale that residuals are standardized by, in standardized units of the features. */
export interface StandardScale {
  /** Mean of the batch intercepts, weighted by rows. */
  readonly grandMean: Float64Array;
  /** SD within participants; 0 for a feature that is left as it is. */
  readonly sd: Float64Array;
  /** Steps of the empirical Bayes iteration. */
  readonly steps: number;
}

/** Schemas of the members of {@link StandardScale}. */
export const scaleSchema = { grandMean: vectorSchema, sd: vectorSchema, steps: z.int().min(0).max(10_000) };

/** Standardized residuals of some rows of one batch as moments by feature. */
export function mixedMoments({ data, values }: MixedResiduals, own: Int32Array, { grandMean, sd }: StandardScale): BatchMoments {
  const p = data.columnCount;
  const n = new Float64Array(p).fill(own.length);
  const gammaHat = new Float64Array(p);
  const squares = new Float64Array(p);
  for (let f = 0; f < p; f++) {
    if (sd[f] === 0) continue;
    const z = (i: number) => ((values[i * p + f] as number) - (grandMean[f] as number)) / (sd[f] as number);
    let mean = 0;
    for (const i of own) mean += z(i) / own.length;
    gammaHat[f] = mean;
    for (const i of own) squares[f] = (squares[f] as number) + (z(i) - mean) ** 2;
  }
  return { n, gammaHat, squares, deltaHat: squares.map((value) => (own.length > 1 ? value / (own.length - 1) : 1)) };
}

/** Parameters of the questions about standardized residuals. */
export interface MixedScaleParams extends MixedLocationParams, StandardScale {}

/** Sums of one crossing batch. */
export interface CrossingResiduals {
  readonly rows: number;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** `longitudinal-crossing@1`: sums of the standardized residuals of each batch with rows at several sites. */
export const mixedCrossingQuery: SumQuery<MixedScaleParams, CrossingResiduals[]> = {
  kind: 'sum',
  operation: 'harmonization.longitudinal-crossing',
  version: 1,
  words: statisticWords,
  params: z.strictObject({ model: frozenSchema(mixedModelSchema), ...scaleSchema }) as unknown as ZodType<MixedScaleParams>,
  length: ({ model }) => model.value.crossing.length * (1 + 2 * model.value.ratio.length),
  local: (rows, { model, grandMean, sd, steps }) => {
    const found = mixedResiduals(rows, model);
    const p = grandMean.length;
    const out = new Float64Array(model.value.crossing.length * (1 + 2 * p));
    for (const { batch, rows: own } of found.data.groups) {
      const k = model.value.crossing.indexOf(batch);
      if (k < 0) continue;
      const { gammaHat, squares } = mixedMoments(found, own, { grandMean, sd, steps });
      const base = k * (1 + 2 * p);
      out[base] = (out[base] as number) + own.length;
      for (let f = 0; f < p; f++) {
        const mean = gammaHat[f] as number;
        out[base + 1 + f] = (out[base + 1 + f] as number) + own.length * mean;
        out[base + 1 + p + f] = (out[base + 1 + p + f] as number) + (squares[f] as number) + own.length * mean * mean;
      }
    }
    return out;
  },
  read: (total, { model, grandMean: { length: p } }) =>
    model.value.crossing.map((_, k) => {
      const base = k * (1 + 2 * p);
      return {
        rows: total[base] as number,
        first: total.slice(base + 1, base + 1 + p),
        second: total.slice(base + 1 + p, base + 1 + 2 * p),
      };
    }),
};
