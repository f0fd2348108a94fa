import { frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { choleskyFactor, choleskySolve, ln } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { scalingSchema } from '../batches/scaling.js';
import type { BatchScaling } from '../batches/scaling.js';
import { batchSpecSchema } from '../batches/spec.js';
import type { BatchSpec } from '../batches/spec.js';
import { harmonizationErrors } from '../errors.js';
import { clusterProducts } from './clusters.js';
import type { ClusterProducts } from './clusters.js';

/** Parameters of {@link profileQuery}. */
export interface ProfileParams {
  readonly recipe: Frozen<BatchSpec>;
  readonly scaling: Frozen<BatchScaling>;
  readonly crossing: readonly number[];
  /** Ratios of the variance between participants to that within, features x points. */
  readonly ratios: Float64Array;
}

/** Weighted products at one ratio for one feature, after the batches of one site are partialled out, with their derivatives. */
export interface ProfilePart {
  /** X'MX, upper triangle by rows, X'My and y'My of the common columns X. */
  readonly xx: Float64Array;
  readonly xy: Float64Array;
  readonly yy: number;
  /** Derivatives of the three with respect to the ratio. */
  readonly xxSlope: Float64Array;
  readonly xySlope: Float64Array;
  readonly yySlope: number;
  /** ln |V| + ln |D'V^-1 D| and its derivative. */
  readonly logDet: number;
  readonly logDetSlope: number;
}

/** Totals of one round. */
export interface ProfileTotals {
  readonly rows: number;
  readonly participants: number;
  /** Participants with several rows. */
  readonly repeated: number;
  /** Batches of one site. */
  readonly ownBatches: number;
  /** features x points */
  readonly parts: readonly ProfilePart[];
}

function commonColumns({ recipe, crossing }: ProfileParams): number {
  return crossing.length + recipe.value.covariates.length;
}

function partLength(common: number): number {
  return 2 * ((common * (common + 1)) / 2 + common + 1) + 2;
}

/**
 * `longitudinal-profile@1`: the profile of the restricted likelihood of a random intercept per participant, at one or more ratios of
 * variances per feature. With V = I + ratio ZZ', batches of one site are partialled out in the metric of V at that site, so no mean of
 * theirs leaves it; what is summed are weighted products of the common columns.
 */
export const profileQuery: SumQuery<ProfileParams, ProfileTotals> = {
  kind: 'sum',
  operation: 'harmonization.longitudinal-profile',
  version: 1,
  words: statisticWords,
  params: z
    .strictObject({
      recipe: frozenSchema(batchSpecSchema),
      scaling: frozenSchema(scalingSchema),
      crossing: z.array(z.int().min(0)),
      ratios: vectorSchema,
    })
    .refine(
      ({ recipe, ratios }) => ratios.length % recipe.value.features.length === 0 && ratios.every((ratio) => ratio >= 0),
      'ratios are features x points, not negative',
    ) as unknown as ZodType<ProfileParams>,
  length: (params) => 4 + params.ratios.length * partLength(commonColumns(params)),
  local: (rows, params) => {
    const products = clusterProducts(rows, params.recipe, params.scaling, params.crossing);
    const common = commonColumns(params);
    const size = partLength(common);
    const points = params.ratios.length / params.recipe.value.features.length;
    const out = new Float64Array(4 + params.ratios.length * size);
    out[0] = products.plain.participants === 0 ? 0 : products.bySize.reduce((sum, group) => sum + group.size * group.participants, 0);
    out[1] = products.plain.participants;
    out[2] = products.bySize.reduce((sum, group) => sum + (group.size > 1 ? group.participants : 0), 0);
    out[3] = products.fixed.own.length;
    params.ratios.forEach((ratio, at) =>
      writePart(out.subarray(4 + at * size, 4 + (at + 1) * size), products, Math.floor(at / points), ratio),
    );
    return out;
  },
  read: (total, params) => {
    const common = commonColumns(params);
    const size = partLength(common);
    const parts = Array.from({ length: params.ratios.length }, (_, at) =>
      readPart(total.subarray(4 + at * size, 4 + (at + 1) * size), common),
    );
    const [rows, participants, repeated, ownBatches] = total as unknown as [number, number, number, number];
    return { rows, participants, repeated, ownBatches, parts };
  },
};

/** Products in the metric of V^-1 and their derivatives with respect to the ratio, for fixed columns and one feature. */
interface Weighted {
  readonly xx: Float64Array;
  readonly xy: Float64Array;
  readonly yy: number;
}

/** Products over rows minus weighted products over participants: v'V^-1 w = sum vw - sum ratio / (1 + n ratio) (sum v)(sum w). */
export function weightedProducts(
  { plain, bySize, fixed }: ClusterProducts,
  feature: number,
  weight: (size: number) => number,
  withPlain: boolean,
): Weighted {
  const d = fixed.columns.length;
  const p = plain.yy.length;
  const xx = withPlain ? plain.xx.slice() : new Float64Array(d * d);
  const xy = Float64Array.from({ length: d }, (_, a) => (withPlain ? (plain.xy[a * p + feature] as number) : 0));
  let yy = withPlain ? (plain.yy[feature] as number) : 0;
  for (const group of bySize) {
    const w = weight(group.size);
    for (let k = 0; k < xx.length; k++) xx[k] = (xx[k] as number) - w * (group.xx[k] as number);
    for (let a = 0; a < d; a++) xy[a] = (xy[a] as number) - w * (group.xy[a * p + feature] as number);
    yy -= w * (group.yy[feature] as number);
  }
  return { xx, xy, yy };
}

function writePart(out: Float64Array, products: ClusterProducts, feature: number, ratio: number): void {
  const { fixed, bySize } = products;
  const value = weightedProducts(products, feature, (n) => ratio / (1 + n * ratio), true);
  const slope = weightedProducts(products, feature, (n) => 1 / (1 + n * ratio) ** 2, false);
  const reduced = partialOut(value, slope, fixed.own.length, fixed.columns.length);
  let at = 0;
  const put = (number: number) => (out[at++] = number);
  for (const { xx, xy, yy } of [reduced.value, reduced.slope]) {
    for (let a = 0; a < fixed.common; a++) for (let b = a; b < fixed.common; b++) put(xx[a * fixed.common + b] as number);
    xy.forEach(put);
    put(yy);
  }
  put(reduced.logDet + bySize.reduce((sum, { size, participants }) => sum + participants * ln(1 + size * ratio), 0));
  put(reduced.logDetSlope + bySize.reduce((sum, { size, participants }) => sum + (participants * size) / (1 + size * ratio), 0));
}

/** Schur complement of the first `own` columns, with its derivative and ln of the determinant of what is taken out. */
function partialOut(
  value: Weighted,
  slope: Weighted,
  own: number,
  d: number,
): { value: Weighted; slope: Weighted; logDet: number; logDetSlope: number } {
  const block = new Float64Array(own * own);
  for (let a = 0; a < own; a++) for (let b = 0; b < own; b++) block[a * own + b] = value.xx[a * d + b] as number;
  const factor = choleskyFactor(block, own, 1e-12);
  if (!factor) throw harmonizationErrors.error('HARMONIZATION.CONFOUNDED', { covariates: 'batches of a site' });
  const common = d - own;
  // Columns of U = (D'V^-1 D)^-1 D'V^-1 [X y]; the last one belongs to y.
  const solved = Array.from({ length: common + 1 }, (_, k) =>
    choleskySolve(
      factor,
      own,
      Float64Array.from({ length: own }, (__, a) => (k < common ? (value.xx[a * d + own + k] as number) : (value.xy[a] as number))),
    ),
  );
  const entry = (from: Weighted, a: number, k: number) => (k < common ? (from.xx[a * d + own + k] as number) : (from.xy[a] as number));
  const corner = (from: Weighted, j: number, k: number) => {
    if (j < common && k < common) return from.xx[(own + j) * d + own + k] as number;
    if (j === common && k === common) return from.yy;
    return from.xy[own + Math.min(j, k)] as number;
  };
  const reduced = (j: number, k: number) => {
    let sum = corner(value, j, k);
    for (let a = 0; a < own; a++) sum -= (solved[j]?.[a] as number) * entry(value, a, k);
    return sum;
  };
  const reducedSlope = (j: number, k: number) => {
    let sum = corner(slope, j, k);
    for (let a = 0; a < own; a++) {
      sum -= (solved[j]?.[a] as number) * entry(slope, a, k) + (solved[k]?.[a] as number) * entry(slope, a, j);
      for (let b = 0; b < own; b++) sum += (solved[j]?.[a] as number) * (slope.xx[a * d + b] as number) * (solved[k]?.[b] as number);
    }
    return sum;
  };
  const collect = (of: (j: number, k: number) => number): Weighted => ({
    xx: Float64Array.from({ length: common * common }, (_, at) => of(Math.floor(at / common), at % common)),
    xy: Float64Array.from({ length: common }, (_, j) => of(j, common)),
    yy: of(common, common),
  });
  let logDet = 0;
  for (let a = 0; a < own; a++) logDet += 2 * ln(factor[a * own + a] as number);
  let logDetSlope = 0;
  for (let b = 0; b < own; b++) {
    const column = choleskySolve(
      factor,
      own,
      Float64Array.from({ length: own }, (_, a) => slope.xx[a * d + b] as number),
    );
    logDetSlope += column[b] as number;
  }
  return { value: collect(reduced), slope: collect(reducedSlope), logDet, logDetSlope };
}

function readPart(part: Float64Array, common: number): ProfilePart {
  const t = (common * (common + 1)) / 2;
  const half = t + common + 1;
  return {
    xx: part.slice(0, t),
    xy: part.slice(t, t + common),
    yy: part[t + common] as number,
    xxSlope: part.slice(half, half + t),
    xySlope: part.slice(half + t, half + t + common),
    yySlope: part[half + t + common] as number,
    logDet: part[2 * half] as number,
    logDetSlope: part[2 * half + 1] as number,
  };
}
