import { frozenSchema, siteSlices, statisticWords, vectorSchema } from '@cohortium/federation';
import type { CohortRows, Design, Figure, SumQuery, SummaryQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { triangleLength, unpackTriangle } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { Stages } from '../site-differences/query.js';

/** Parameters of {@link componentProductsQuery}: what the design is made with. */
export interface ComponentProductParams<R> {
  readonly recipe: Frozen<R>;
}

/** Sums over participants of all sites. */
export interface ComponentProducts {
  readonly n: number;
  /** By column. */
  readonly first: Float64Array;
  /** Symmetric, row-major columns x columns: sums of products. */
  readonly second: Float64Array;
}

/** `component-products@1`: cross products of the columns before harmonization, from which the principal axes over all sites follow. */
export function componentProductsQuery<R>(
  { before, columnsOf }: Pick<Stages<R>, 'before' | 'columnsOf'>,
  recipe: ZodType<R>,
): SumQuery<ComponentProductParams<R>, ComponentProducts> {
  const lengthOf = (columns: number) => 1 + columns + triangleLength(columns);
  return {
    kind: 'sum',
    operation: 'harmonization.component-products',
    version: 1,
    words: statisticWords,
    params: z.strictObject({ recipe: frozenSchema(recipe) }) as unknown as ZodType<ComponentProductParams<R>>,
    length: (params) => lengthOf(columnsOf(params.recipe.value)),
    local: (rows, params) => {
      const columns = columnsOf(params.recipe.value);
      const out = new Float64Array(lengthOf(columns));
      addProducts(out, before(rows, params.recipe.value));
      return out;
    },
    read: (total, params) => {
      const columns = columnsOf(params.recipe.value);
      return { n: total[0] as number, first: total.slice(1, 1 + columns), second: unpackTriangle(total.subarray(1 + columns), columns) };
    },
  };
}

function addProducts(out: Float64Array, { rowCount, columnCount, values }: Design): void {
  out[0] = rowCount;
  for (let i = 0; i < rowCount; i++) {
    const row = values.subarray(i * columnCount, (i + 1) * columnCount);
    let at = 1 + columnCount;
    for (let a = 0; a < columnCount; a++) {
      const value = row[a] as number;
      out[1 + a] = (out[1 + a] as number) + value;
      for (let b = 0; b <= a; b++, at++) out[at] = (out[at] as number) + value * (row[b] as number);
    }
  }
}

const figure = z.union([
  z.strictObject({ state: z.literal('ok'), value: z.number() }),
  z.strictObject({ state: z.enum(['withheld', 'error']), reason: z.string() }),
  z.strictObject({ state: z.enum(['none-yet', 'not-done']), reason: z.string().optional() }),
]);

/** Mean and covariance of a site's participants along two axes. */
export const ellipseSchema = z.strictObject({
  mean: z.tuple([figure, figure]).describe('Along the first and the second axis'),
  covariance: z.tuple([figure, figure, figure]).describe('Variance along the first axis, covariance, variance along the second'),
});
/** See {@link ellipseSchema}. */
export type SiteEllipse = z.output<typeof ellipseSchema>;

/** What one site says: its ellipse before and after harmonization. */
export const siteEllipsesSchema = z.strictObject({ before: ellipseSchema, after: ellipseSchema });
/** See {@link siteEllipsesSchema}. */
export type SiteEllipses = z.output<typeof siteEllipsesSchema>;

/** Parameters of {@link siteEllipsesQuery}. */
export interface SiteEllipsesParams<R> {
  readonly recipe: Frozen<R>;
  /** Weights of the columns on the first axis, then on the second. */
  readonly axes: Float64Array;
}

/** Fewest participants of whom a covariance is told. */
const fewestParticipants = 3;

/**
 * Site summary `site-ellipses@1`: where the participants of one site lie on two given axes, before and after harmonization, as mean and covariance.
 * Nobody's own position leaves; every figure carries the number of participants behind it.
 */
export function siteEllipsesQuery<R>(
  { before, after, columnsOf }: Stages<R>,
  recipe: ZodType<R>,
): SummaryQuery<SiteEllipsesParams<R>, SiteEllipses> {
  const params = z
    .strictObject({ recipe: frozenSchema(recipe), axes: vectorSchema })
    .refine(({ axes, recipe: r }) => axes.length === 2 * columnsOf(r.value as R), 'two weights per column');
  return {
    kind: 'siteSummary',
    operation: 'harmonization.site-ellipses',
    version: 1,
    params: params as unknown as ZodType<SiteEllipsesParams<R>>,
    value: siteEllipsesSchema as ZodType<SiteEllipses>,
    local: (rows, { recipe: { value }, axes }) => ({
      before: ellipseOf(rows, before(rows, value), axes),
      after: ellipseOf(rows, after(rows, value), axes),
    }),
  };
}

function ellipseOf(rows: CohortRows, { columnCount, values }: Design, axes: Float64Array): SiteEllipse {
  const n = siteSlices(rows).reduce((sum, { from, to }) => sum + to - from, 0);
  const score = (i: number, axis: number) => {
    let sum = 0;
    for (let j = 0; j < columnCount; j++) sum += (values[i * columnCount + j] as number) * (axes[axis * columnCount + j] as number);
    return sum;
  };
  if (n < fewestParticipants) {
    const few: Figure = { state: 'withheld', reason: 'smallCell' };
    return { mean: [few, few], covariance: [few, few, few] } as SiteEllipse;
  }
  const [first, second] = [0, 1].map((axis) => Float64Array.from({ length: n }, (_, i) => score(i, axis))) as [Float64Array, Float64Array];
  const mean = (list: Float64Array) => list.reduce((sum, value) => sum + value, 0) / n;
  const [x, y] = [mean(first), mean(second)];
  const moment = (a: Float64Array, ma: number, b: Float64Array, mb: number) =>
    a.reduce((sum, value, i) => sum + (value - ma) * ((b[i] as number) - mb), 0) / (n - 1);
  // The gate compares `cells` with the smallest cell and removes them before anything leaves.
  const shown = (value: number): Figure => ({ state: 'ok', value, cells: [n] });
  return {
    mean: [shown(x), shown(y)],
    covariance: [shown(moment(first, x, first, x)), shown(moment(first, x, second, y)), shown(moment(second, y, second, y))],
  } as SiteEllipse;
}
