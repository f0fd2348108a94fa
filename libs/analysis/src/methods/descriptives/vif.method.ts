import { Frozen } from '@cohortium/kernel';
import { fitCorrelations, inflationFactors, plainSpec, termSource, unitQueries } from '@cohortium/statistics';
import type { CorrelationMatrix, Term } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { needColumn } from '../params.js';
import { byName, num, refused, splitColumns, unitLeaves } from './column-program.js';

/** Sums over the terms of a model matrix. */
export const termQueries = unitQueries('full', 'term', termSource);

const params = z.strictObject({
  columns: z.array(z.string()).optional().describe('Columns of numbers; all that are left where none is named'),
  categorical: z
    .array(z.string())
    .optional()
    .describe(
      'Categories, coded numbers too, as indicators of all levels but the first. Without it: none where columns are named, else all columns of text',
    ),
});
type Params = z.output<typeof params>;

/** Variance inflation factors. */
export const vif: Method<Params> = {
  name: 'vif',
  title: { en: 'variance inflation factors of predictors', zh: '预测变量的方差膨胀因子' },
  params,
  leaves: unitLeaves(termQueries, ['moments', 'products']),
  definition: () =>
    'R car::vif of a linear model with these terms over complete rows: 1 / (1 - R^2) for one column, the generalized factor of Fox & Monette 1992 for a category; gvif_per_df is gvif^(1 / (2 df)).',
  categories: ({ categorical = [] }) => categorical,
  run: async ({ federation, scope, table }, { columns, categorical }) => {
    const split = splitColumns(table, { continuous: columns, categorical: categorical ?? (columns && []) }, []);
    const names = [...split.continuous, ...split.categorical];
    if (names.length < 2) throw refused('vif', 'two or more predictors are needed');
    const terms: Term[] = [];
    const places = names.map((name) => {
      const { kind, levels } = needColumn(table, name);
      const own: Term[] =
        kind === 'number'
          ? [{ name, factors: [{ column: name }] }]
          : levels.slice(1).map((level, k) => ({ name: `${name} ${level}`, factors: [{ column: name, code: k + 1 }] }));
      terms.push(...own);
      return own.map((_, k) => terms.length - own.length + k);
    });
    const arms = [{ heldOut: null, recipe: new Frozen(plainSpec(terms, names)) }];
    const [matrix] = await fitCorrelations({ federation, scope, queries: termQueries, arms }, { kind: 'pearson' });
    const { values, n, columnCount: p } = matrix as CorrelationMatrix;
    // A constant column has no correlations; it is left out and listed.
    const varying = Array.from({ length: p }, (_, j) => j).filter((j) => values[j * p + j] === 1);
    const kept = places.map((place) => place.flatMap((j) => (varying.includes(j) ? [varying.indexOf(j)] : [])));
    const part = Float64Array.from({ length: varying.length ** 2 }, (_, at) => {
      const [j, k] = [varying[Math.floor(at / varying.length)] as number, varying[at % varying.length] as number];
      return values[j * p + k] as number;
    });
    const used = names.map((_, k) => k).filter((k) => (kept[k] as number[]).length > 0);
    const factors = inflationFactors(
      part,
      varying.length,
      used.map((k) => kept[k] as number[]),
    );
    return {
      n,
      terms: byName(
        used.map((k) => names[k] as string),
        (_, k) => {
          const { df, gvif, perDf } = factors[k] as (typeof factors)[number];
          return { df, vif: num(gvif), gvif_per_df: num(perDf), ...(gvif === null && { reason: 'collinear' }) };
        },
      ),
      skipped: names.filter((_, k) => !used.includes(k)).map((column) => ({ column, reason: 'constant' })),
    };
  },
};
