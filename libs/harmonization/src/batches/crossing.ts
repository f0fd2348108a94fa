import { statisticWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { BatchSource } from './data.js';
import { observedRows, planSchema, planned } from './plan.js';
import type { CrossingCenters, PlanParams } from './plan.js';

/** Sums of the crossing batches over the scope. */
export interface CrossingTotals {
  /** Rows by crossing batch. */
  readonly rows: Float64Array;
  /** Observed cells, crossing x columns. */
  readonly observed: Float64Array;
  readonly centers: CrossingCenters;
}

/**
 * `PREFIX-sums@1`: rows, sums of standardized columns and of covariates for each batch that has rows at several sites. Batches of one
 * site are not in it.
 */
export function crossingSumsQuery<R>(prefix: string, source: BatchSource<R>): SumQuery<PlanParams<R>, CrossingTotals> {
  const block = ({ recipe, gappy }: PlanParams<R>) => {
    const { columns, covariates } = source.shapeOf(recipe.value);
    return 1 + 2 * columns + covariates + gappy.length * covariates;
  };
  return {
    kind: 'sum',
    operation: `harmonization.${prefix}-sums`,
    version: 1,
    words: statisticWords,
    params: z.strictObject(planSchema(source)) as ZodType<PlanParams<R>>,
    length: (params) => params.crossing.length * block(params),
    local: (rows, params) => {
      const size = block(params);
      const { data, shape } = planned(rows, source, params);
      const { columns: p, covariates: q } = shape;
      const out = new Float64Array(params.crossing.length * size);
      const add = (at: number, value: number) => (out[at] = (out[at] as number) + value);
      for (const group of data.groups) {
        const k = params.crossing.indexOf(group.batch);
        if (k < 0) continue;
        const base = k * size;
        add(base, group.rows.length);
        for (const i of group.rows) {
          for (let f = 0; f < p; f++) {
            const value = data.values[i * p + f] as number;
            if (Number.isNaN(value)) continue;
            add(base + 1 + f, 1);
            add(base + 1 + p + f, value);
          }
          for (let c = 0; c < q; c++) add(base + 1 + 2 * p + c, (data.covariates[c] as Float64Array)[i] as number);
        }
        params.gappy.forEach((f, g) => {
          for (const i of observedRows(data, group.rows, f)) {
            for (let c = 0; c < q; c++) add(base + 1 + 2 * p + q + g * q + c, (data.covariates[c] as Float64Array)[i] as number);
          }
        });
      }
      return out;
    },
    read: (total, params) => readSums(total, params, block(params), source.shapeOf(params.recipe.value)),
  };
}

function readSums(
  total: Float64Array,
  { crossing, gappy }: PlanParams<unknown>,
  size: number,
  { columns: p, covariates: q }: { columns: number; covariates: number },
): CrossingTotals {
  const count = crossing.length;
  const rows = new Float64Array(count);
  const observed = new Float64Array(count * p);
  const columns = new Float64Array(count * p);
  const covariates = new Float64Array(count * q);
  const gappyCovariates = new Float64Array(count * gappy.length * q);
  const at = (k: number, offset: number) => total[k * size + offset] as number;
  for (let k = 0; k < count; k++) {
    rows[k] = at(k, 0);
    for (let f = 0; f < p; f++) {
      const n = at(k, 1 + f);
      observed[k * p + f] = n;
      columns[k * p + f] = n > 0 ? at(k, 1 + p + f) / n : 0;
    }
    for (let c = 0; c < q; c++) covariates[k * q + c] = at(k, 1 + 2 * p + c) / at(k, 0);
    gappy.forEach((f, g) => {
      const n = observed[k * p + f] as number;
      for (let c = 0; c < q; c++) gappyCovariates[(k * gappy.length + g) * q + c] = n > 0 ? at(k, 1 + 2 * p + q + g * q + c) / n : 0;
    });
  }
  return { rows, observed, centers: { columns, covariates, gappyCovariates } };
}
