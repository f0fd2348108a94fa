import { frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { Federation, RosterScope, SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { symmetricEigen } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { activeColumns } from '../batches/model.js';
import { fittedBatchesSchema, residualRows } from './residuals.js';
import type { FittedBatches } from './residuals.js';

/** Parameters of {@link residualMomentsQuery}. */
export interface ResidualMomentParams {
  readonly fitted: Frozen<FittedBatches>;
}

/** `covbat-moments@1`: rows, sums and sums of squares of the residuals after ComBat, which have mean 0 and variance 1 up to shrinkage. */
export const residualMomentsQuery: SumQuery<ResidualMomentParams, { rows: number; first: Float64Array; second: Float64Array }> = {
  kind: 'sum',
  operation: 'harmonization.covbat-moments',
  version: 1,
  words: statisticWords,
  params: z.strictObject({ fitted: frozenSchema(fittedBatchesSchema) }) as ZodType<ResidualMomentParams>,
  length: ({ fitted }) => 1 + 2 * activeColumns(fitted.value.model).length,
  local: (rows, { fitted }) => {
    const { columnCount: p, values, fit } = residualRows(rows, fitted);
    const out = new Float64Array(1 + 2 * p);
    fit.forEach((flag, i) => {
      if (flag === 0) return;
      out[0] = (out[0] as number) + 1;
      for (let f = 0; f < p; f++) {
        const value = values[i * p + f] as number;
        out[1 + f] = (out[1 + f] as number) + value;
        out[1 + p + f] = (out[1 + p + f] as number) + value * value;
      }
    });
    return out;
  },
  read: (total) => {
    const p = (total.length - 1) / 2;
    return { rows: total[0] as number, first: total.slice(1, 1 + p), second: total.slice(1 + p) };
  },
};

/** Parameters of {@link residualProductsQuery}. */
export interface ResidualProductParams extends ResidualMomentParams {
  readonly center: Float64Array;
  readonly scale: Float64Array;
}

/** `covbat-products@1`: cross products of the standardized residuals, upper triangle by rows. */
export const residualProductsQuery: SumQuery<ResidualProductParams, Float64Array> = {
  kind: 'sum',
  operation: 'harmonization.covbat-products',
  version: 1,
  words: statisticWords,
  params: z
    .strictObject({ fitted: frozenSchema(fittedBatchesSchema), center: vectorSchema, scale: vectorSchema })
    .refine(
      ({ center, scale }) => center.length === scale.length,
      'center and scale of different length',
    ) as unknown as ZodType<ResidualProductParams>,
  length: ({ center }) => (center.length * (center.length + 1)) / 2,
  local: (rows, { fitted, center, scale }) => {
    const { columnCount: p, values, fit } = residualRows(rows, fitted);
    const out = new Float64Array((p * (p + 1)) / 2);
    const row = new Float64Array(p);
    fit.forEach((flag, i) => {
      if (flag === 0) return;
      for (let f = 0; f < p; f++) row[f] = ((values[i * p + f] as number) - (center[f] as number)) / (scale[f] as number);
      let at = 0;
      for (let a = 0; a < p; a++) {
        const x = row[a] as number;
        for (let b = a; b < p; b++, at++) out[at] = (out[at] as number) + x * (row[b] as number);
      }
    });
    return out;
  },
  read: (total) => total,
};

/** Principal components of the residuals after ComBat. */
export interface Components {
  readonly center: Float64Array;
  readonly scale: Float64Array;
  /** Variances of all components, descending. */
  readonly variances: Float64Array;
  /** Components whose scores are harmonized. */
  readonly count: number;
  /** Their directions, row-major columns x count. */
  readonly rotation: Float64Array;
}

/** Which components are harmonized. */
export interface ComponentRule {
  /** Share of the variance that the components must exceed. */
  readonly percentVar: number;
  /** A number of components instead. */
  readonly count: number | null;
  /** Residuals are scaled to variance 1 first. */
  readonly scaled: boolean;
}

/** Shares of variance this close to the limit count as equal to it, so that doubles and fixed point choose alike. */
const tieBand = 1e-9;

/** Principal components as `prcomp` of R finds them, from sums. */
export async function fitComponents(
  federation: Federation,
  fitted: Frozen<FittedBatches>,
  rule: ComponentRule,
  scope: RosterScope,
): Promise<Components> {
  const { value: moments } = await federation.sum(residualMomentsQuery, { fitted }, scope);
  const n = moments.rows;
  const center = moments.first.map((sum) => sum / n);
  const spread = moments.second.map((squares, f) => Math.sqrt(Math.max(0, (squares - n * (center[f] as number) ** 2) / (n - 1))));
  const scale = rule.scaled ? spread : spread.map(() => 1);
  const { value: products } = await federation.sum(residualProductsQuery, { fitted, center, scale }, scope);
  const p = center.length;
  const covariance = new Float64Array(p * p);
  let at = 0;
  for (let a = 0; a < p; a++)
    for (let b = a; b < p; b++, at++) covariance[a * p + b] = covariance[b * p + a] = (products[at] as number) / (n - 1);
  const { values, vectors } = symmetricEigen(covariance, p);
  const variances = values.map((value) => Math.max(0, value));
  const count = componentCount(variances, rule);
  const rotation = new Float64Array(p * count);
  for (let f = 0; f < p; f++) for (let k = 0; k < count; k++) rotation[f * count + k] = vectors[f * p + k] as number;
  return { center, scale, variances, count, rotation };
}

function componentCount(variances: Float64Array, { percentVar, count }: ComponentRule): number {
  // Directions without variance (more columns than rows) have no scores to harmonize.
  const usable = variances.filter((value) => value > 1e-10 * (variances[0] as number)).length;
  if (count !== null) return Math.min(count, usable);
  const total = variances.reduce((sum, value) => sum + value, 0);
  let share = 0;
  for (let k = 0; k < usable; k++) {
    share += (variances[k] as number) / total;
    if (share > percentVar + tieBand) return k + 1;
  }
  return usable;
}
