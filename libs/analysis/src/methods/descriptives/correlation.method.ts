import type { Json } from '@cohortium/kernel';
import { tTwoSided } from '@cohortium/numerics';
import { columnCorrelations } from '@cohortium/statistics';
import type { PairedMatrix } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { numberColumns } from '../params.js';
import { columnQueries, num, rankKeys, rankRule, refused, unitLeaves } from './column-program.js';

const params = z.strictObject({
  columns: z.array(z.string()).min(1).optional().describe('Columns of numbers; all of them where none is named'),
  method: z
    .enum(['pearson', 'spearman', 'both'])
    .default('both')
    .describe('Correlation of the values (Pearson), of their ranks (Spearman), or both'),
  missing: z
    .enum(['complete', 'pairwise'])
    .default('pairwise')
    .describe('complete: rows that have every column. pairwise: for each pair the rows that have both (ranks are taken among them)'),
  ...rankKeys,
});
type Params = z.output<typeof params>;

/** Correlation matrices. */
export const correlation: Method<Params> = {
  name: 'correlation',
  title: { en: 'Pearson and Spearman correlation matrices', zh: 'Pearson 与 Spearman 相关矩阵' },
  params,
  leaves: unitLeaves(columnQueries, ['moments', 'cells', 'products']),
  definition: ({ missing, exact }) =>
    `R cor(use = "${missing === 'complete' ? 'complete.obs' : 'pairwise.complete.obs'}"): Pearson's r; Spearman's is that of the ${
      exact ? 'mid-ranks of the pooled values' : 'mid-ranks on a grid'
    }. p is two-sided from t = r sqrt((n - 2) / (1 - r^2)) (for Spearman an approximation).`,
  run: async (context, given) => {
    const columns = numberColumns(context.table, given.columns);
    if (columns.length === 0) throw refused('correlation', 'the table has no column of numbers');
    const spec = { federation: context.federation, scope: context.scope, queries: columnQueries, columns, missing: given.missing };
    const out: Record<string, Json> = {};
    if (given.method !== 'spearman') out['pearson'] = correlationResult(columns, await columnCorrelations(spec, { kind: 'pearson' }));
    if (given.method !== 'pearson')
      out['spearman'] = correlationResult(columns, await columnCorrelations(spec, { kind: 'spearman', ranks: rankRule(given) }));
    return out;
  },
};

/** A matrix as the result shows it; null for constant columns. */
export function matrixResult(
  names: readonly string[],
  values: Float64Array,
): { rows: string[]; cols: string[]; values: (number | null)[][] } {
  const p = names.length;
  return { rows: [...names], cols: [...names], values: names.map((_, j) => names.map((__, k) => num(values[j * p + k]))) };
}

function correlationResult(names: readonly string[], { values, pairs, columnCount: p }: PairedMatrix): Json {
  const tails = values.map((r, at) => {
    const n = pairs[at] as number;
    if (at % p === Math.floor(at / p) || !(n > 2)) return NaN;
    return tTwoSided(r * Math.sqrt((n - 2) / Math.max(0, 1 - r * r)), n - 2);
  });
  return { ...matrixResult(names, values), n: matrixResult(names, pairs).values, p: matrixResult(names, tails).values };
}
