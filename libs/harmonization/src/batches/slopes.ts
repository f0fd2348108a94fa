import { statisticWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { choleskyFactor, choleskySolve } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { confounded, correlationForm, factorOrNames } from '../combat/slopes.js';
import type { BatchShape, BatchSource } from './data.js';
import { centeredPlanSchema, checkCenters, meanOver, observedRows, ownCenters, planned } from './plan.js';
import type { CenteredPlanParams } from './plan.js';
import type { StandardData } from './scaling.js';

/** Cross products within batches. */
export interface BatchCrossProducts {
  /** X'X of the covariates over all rows, upper triangle by rows. */
  readonly xx: Float64Array;
  /** X'Y, row-major covariates x columns, over observed cells. */
  readonly xy: Float64Array;
  /** X'X over the rows that have a gappy column, gappy columns x triangle. */
  readonly gappy: Float64Array;
}

function triangle(q: number): number {
  return (q * (q + 1)) / 2;
}

/**
 * `PREFIX-slopes@1`: cross products of covariates and columns, each minus its mean within the batch (the Frisch-Waugh form), so that no
 * mean of a batch that lies within one site leaves it.
 */
export function batchSlopesQuery<R>(prefix: string, source: BatchSource<R>): SumQuery<CenteredPlanParams<R>, BatchCrossProducts> {
  const shape = (params: CenteredPlanParams<R>) => source.shapeOf(params.recipe.value);
  const length = (params: CenteredPlanParams<R>) => {
    const { columns: p, covariates: q } = shape(params);
    return triangle(q) + q * p + params.gappy.length * triangle(q);
  };
  return {
    kind: 'sum',
    operation: `harmonization.${prefix}-slopes`,
    version: 1,
    words: statisticWords,
    params: checkCenters(z.strictObject(centeredPlanSchema(source)) as unknown as ZodType<CenteredPlanParams<R>>, source),
    length,
    local: (rows, params) => {
      const { data, shape: sizes } = planned(rows, source, params);
      const out = new Float64Array(length(params));
      for (const { batch, rows: own } of data.groups) addGroup(out, data, own, params.crossing.indexOf(batch), params, sizes);
      return out;
    },
    read: (total, params) => {
      const { columns: p, covariates: q } = shape(params);
      const t = triangle(q);
      return { xx: total.slice(0, t), xy: total.slice(t, t + q * p), gappy: total.slice(t + q * p) };
    },
  };
}

/** Adds the rows of one batch; `crossing` is its position among the crossing batches or -1. */
function addGroup<R>(
  out: Float64Array,
  data: StandardData,
  rows: Int32Array,
  crossing: number,
  { gappy, centers }: CenteredPlanParams<R>,
  { columns: p, covariates: q }: BatchShape,
): void {
  const given = centers.value;
  const own = ownCenters(data, rows);
  const columns = crossing < 0 ? own.columns : given.columns.subarray(crossing * p, (crossing + 1) * p);
  const covariates = crossing < 0 ? own.covariates : given.covariates.subarray(crossing * q, (crossing + 1) * q);
  const t = triangle(q);
  addTriangle(out, centered(data, rows, covariates), 0);
  addProducts(out, data, rows, { columns, covariates }, t, gappy);
  gappy.forEach((f, g) => {
    const observed = observedRows(data, rows, f);
    const from = (crossing * gappy.length + g) * q;
    const means =
      crossing < 0
        ? Float64Array.from(data.covariates, (column) => meanOver(column, observed))
        : given.gappyCovariates.subarray(from, from + q);
    const x = centered(data, observed, means);
    addTriangle(out, x, t + q * p + g * t);
    x.forEach((column, c) => {
      let sum = 0;
      observed.forEach((i, k) => (sum += (column[k] as number) * ((data.values[i * p + f] as number) - (columns[f] as number))));
      out[t + c * p + f] = (out[t + c * p + f] as number) + sum;
    });
  });
}

function centered(data: StandardData, rows: Int32Array, means: Float64Array): Float64Array[] {
  return data.covariates.map((column, c) => Float64Array.from(rows, (i) => (column[i] as number) - (means[c] as number)));
}

function addTriangle(out: Float64Array, x: readonly Float64Array[], from: number): void {
  let at = from;
  x.forEach((a, index) => {
    for (const b of x.slice(index)) {
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
      out[at] = (out[at] as number) + sum;
      at++;
    }
  });
}

function addProducts(
  out: Float64Array,
  data: StandardData,
  rows: Int32Array,
  means: { columns: Float64Array; covariates: Float64Array },
  from: number,
  gappy: readonly number[],
): void {
  const p = data.columnCount;
  const whole = Int32Array.from({ length: p }, (_, f) => f).filter((f) => !gappy.includes(f));
  data.covariates.forEach((column, c) => {
    const base = from + c * p;
    for (const i of rows) {
      const x = (column[i] as number) - (means.covariates[c] as number);
      for (const f of whole)
        out[base + f] = (out[base + f] as number) + x * ((data.values[i * p + f] as number) - (means.columns[f] as number));
    }
  });
}

/** A covariate whose share of variation within batches is at most this is constant there, up to rounding (the rank tolerance of R's `qr`). */
const constantShare = 1e-14;

/** Covariate effects in standardized units, and gappy columns whose own rows cannot tell the covariates apart. */
export interface BatchSlopes {
  /** Row-major covariates x columns. */
  readonly beta: Float64Array;
  readonly notEstimable: readonly number[];
}

/**
 * Solves for the covariate effects.
 * @param rows rows of the fit, by which "constant within batches" is judged
 * @throws `HARMONIZATION.CONFOUNDED`, naming the covariates
 */
export function solveBatchSlopes(total: BatchCrossProducts, names: readonly string[], gappy: readonly number[], rows: number): BatchSlopes {
  const q = names.length;
  const p = total.xy.length / q;
  const t = triangle(q);
  const still = names.filter((_, c) => (total.xx[diagonal(c, q)] as number) <= constantShare * rows);
  if (still.length > 0) throw confounded(still);
  const { correlation, scale } = correlationForm(total.xx, names);
  const common = { factor: factorOrNames(correlation, names), scale };
  const beta = new Float64Array(q * p);
  const notEstimable: number[] = [];
  const column = new Float64Array(q);
  for (let f = 0; f < p; f++) {
    const g = gappy.indexOf(f);
    const own = g < 0 ? common : factorOf(total.gappy.subarray(g * t, (g + 1) * t), q, rows);
    if (!own) {
      notEstimable.push(f);
      continue;
    }
    for (let c = 0; c < q; c++) column[c] = (total.xy[c * p + f] as number) / (own.scale[c] as number);
    choleskySolve(own.factor, q, column);
    for (let c = 0; c < q; c++) beta[c * p + f] = (column[c] as number) / (own.scale[c] as number);
  }
  return { beta, notEstimable };
}

function diagonal(c: number, q: number): number {
  return c * q - (c * (c - 1)) / 2;
}

function factorOf(xx: Float64Array, q: number, rows: number): { factor: Float64Array; scale: Float64Array } | null {
  for (let c = 0; c < q; c++) if (!((xx[diagonal(c, q)] as number) > constantShare * rows)) return null;
  const { correlation, scale } = correlationForm(
    xx,
    Array.from({ length: q }, () => ''),
  );
  const factor = choleskyFactor(correlation, q, 1e-8);
  return factor ? { factor, scale } : null;
}
