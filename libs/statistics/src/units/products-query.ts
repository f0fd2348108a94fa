import { armSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { Arm, CohortRows, SumQuery } from '@cohortium/federation';
import { triangleLength, unpackTriangle } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { assertFamily, familyOperation } from '../arms.js';
import type { Family } from '../arms.js';
import { edgesSchema } from './cells-query.js';
import type { Edges } from './cells-query.js';
import { maxArms } from './moments-query.js';
import { armGroups, cellOf } from './units.js';
import type { UnitSource, Units } from './units.js';

/** What a column's values become before they are multiplied: (x - center) / scale, or the score of the value's cell (a rank). */
export type Transform =
  | { readonly kind: 'scale'; readonly center: Float64Array; readonly scale: Float64Array }
  | { readonly kind: 'score'; readonly cells: Edges; readonly scores: Float64Array };

/** Schema of {@link Transform}. */
export const transformSchema: ZodType<Transform> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('scale'), center: vectorSchema, scale: vectorSchema }),
  z.strictObject({ kind: z.literal('score'), cells: edgesSchema, scores: vectorSchema }),
]);

/** True where a transform has a number for every column (and cell). */
export function transformFits(transform: Transform, columns: number): boolean {
  if (transform.kind === 'scale')
    return transform.center.length === columns && transform.scale.length === columns && transform.scale.every((s) => s > 0);
  const { sizes, edges } = transform.cells;
  return sizes.length === columns && transform.scores.length === edges.length + sizes.length;
}

/** Transformed columns; NaN where the value is missing. */
export function transformed({ columns }: Units, transform: Transform): Float64Array[] {
  if (transform.kind === 'scale')
    return columns.map((column, j) => {
      const center = transform.center[j] as number;
      const scale = transform.scale[j] as number;
      return column.map((x) => (x - center) / scale);
    });
  const { sizes, edges } = transform.cells;
  let from = 0;
  return columns.map((column, j) => {
    const to = from + (sizes[j] as number);
    const scores = transform.scores.subarray(from + j, to + j + 1);
    const out = column.map((x) => (x !== x ? NaN : (scores[cellOf(edges, from, to, x)] as number)));
    from = to;
    return out;
  });
}

/** Parameters of the products. */
export interface ProductParams<R> {
  readonly arms: readonly Arm<R>[];
  readonly transforms: readonly Transform[];
}

/** Sums of one arm over the units that have every column. */
export interface ArmProducts {
  readonly units: number;
  /** Sums of the transformed columns. */
  readonly first: Float64Array;
  /** Symmetric p x p, row-major: sums of products. */
  readonly second: Float64Array;
}

/** `<prefix>-products@1`: cross products of transformed columns, from which correlations and principal components follow. */
export function productsQuery<R>(family: Family, prefix: string, source: UnitSource<R>): SumQuery<ProductParams<R>, ArmProducts[]> {
  const operation = familyOperation(family, 'statistics', `${prefix}-products`);
  const sizeOf = (arm: Arm<R>) => {
    const p = source.columnCount(arm.recipe.value);
    return 1 + p + triangleLength(p);
  };
  const length = ({ arms }: ProductParams<R>) => arms.reduce((n, arm) => n + sizeOf(arm), 0);
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: statisticWords,
    params: productParams(source),
    length,
    local: (rows, params) => {
      const heldOut = params.arms.map((arm) => arm.heldOut);
      assertFamily(family, heldOut, operation);
      const out = new Float64Array(length(params));
      let base = 0;
      params.arms.forEach((arm, a) => {
        const part = out.subarray(base, base + sizeOf(arm));
        addProducts(part, rows, source.units(rows, arm.recipe), arm, params.transforms[a] as Transform);
        base += part.length;
      });
      return out;
    },
    read: (total, { arms }) => {
      let base = 0;
      return arms.map((arm) => {
        const p = source.columnCount(arm.recipe.value);
        const products = readProducts(total.subarray(base, base + sizeOf(arm)), p);
        base += sizeOf(arm);
        return products;
      });
    },
  };
}

function productParams<R>(source: UnitSource<R>): ZodType<ProductParams<R>> {
  const schema = z
    .strictObject({ arms: z.array(armSchema(source.recipe)).min(1).max(maxArms), transforms: z.array(transformSchema) })
    .refine(
      ({ arms, transforms }) =>
        transforms.length === arms.length &&
        (arms as Arm<R>[]).every(({ recipe }, a) => transformFits(transforms[a] as Transform, source.columnCount(recipe.value))),
      'a number for every column of every arm',
    );
  return schema as unknown as ZodType<ProductParams<R>>;
}

/** Units are gathered row by row first, so that the inner loop runs along memory. */
function addProducts<R>(out: Float64Array, rows: CohortRows, units: Units, arm: Arm<R>, transform: Transform): void {
  const columns = transformed(units, transform);
  const p = columns.length;
  const groups = armGroups(rows, units, arm);
  const row = new Float64Array(p);
  for (let i = 0; i < units.count; i++) {
    if ((groups[i] as number) < 0) continue;
    let complete = true;
    for (let j = 0; j < p && complete; j++) {
      row[j] = (columns[j] as Float64Array)[i] as number;
      complete = row[j] === row[j];
    }
    if (!complete) continue;
    out[0] = (out[0] as number) + 1;
    let at = 1 + p;
    for (let j = 0; j < p; j++) {
      const z = row[j] as number;
      out[1 + j] = (out[1 + j] as number) + z;
      for (let k = 0; k <= j; k++, at++) out[at] = (out[at] as number) + z * (row[k] as number);
    }
  }
}

function readProducts(total: Float64Array, p: number): ArmProducts {
  return { units: total[0] as number, first: total.slice(1, 1 + p), second: unpackTriangle(total, p, 1 + p) };
}
