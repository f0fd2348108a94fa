import { armSchema, countWords, vectorSchema } from '@cohortium/federation';
import type { Arm, SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { assertFamily, familyOperation } from '../arms.js';
import type { Family } from '../arms.js';
import { edgesSchema } from './cells-query.js';
import type { Edges } from './cells-query.js';
import { maxArms } from './moments-query.js';
import { armGroups, cellOf } from './units.js';
import type { UnitSource } from './units.js';

/** Parameters of the joint counts, by arm: the cells of every column, and the pairs of columns that are counted together. */
export interface JointParams<R> {
  readonly arms: readonly Arm<R>[];
  readonly cells: readonly Edges[];
  /** Column indices `a0, b0, a1, b1, ...`. */
  readonly pairs: readonly Float64Array[];
}

/** `<prefix>-joint-cells@1`: for each pair of columns, how many units lie in each pair of cells (cells of a x cells of b). */
export function jointCellsQuery<R>(family: Family, prefix: string, source: UnitSource<R>): SumQuery<JointParams<R>, Float64Array[][]> {
  const operation = familyOperation(family, 'statistics', `${prefix}-joint-cells`);
  const pairSizes = ({ sizes }: Edges, pairs: Float64Array) =>
    Array.from(
      { length: pairs.length / 2 },
      (_, k) => ((sizes[pairs[2 * k] as number] as number) + 1) * ((sizes[pairs[2 * k + 1] as number] as number) + 1),
    );
  const length = ({ cells, pairs }: JointParams<R>) =>
    cells.reduce((n, edges, a) => pairSizes(edges, pairs[a] as Float64Array).reduce((m, size) => m + size, n), 0);
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: countWords,
    params: jointParams(source),
    length,
    local: (rows, params) => {
      const heldOut = params.arms.map((arm) => arm.heldOut);
      assertFamily(family, heldOut, operation);
      const out = new Float64Array(length(params));
      let base = 0;
      params.arms.forEach((arm, a) => {
        const units = source.units(rows, arm.recipe);
        const groups = armGroups(rows, units, arm);
        const edges = params.cells[a] as Edges;
        const pairs = params.pairs[a] as Float64Array;
        const codes = cellCodes(units.columns, edges, new Set(pairs));
        for (let k = 0; k < pairs.length; k += 2) {
          const left = codes.get(pairs[k] as number) as Int32Array;
          const right = codes.get(pairs[k + 1] as number) as Int32Array;
          const width = (edges.sizes[pairs[k + 1] as number] as number) + 1;
          for (let i = 0; i < groups.length; i++) {
            if ((groups[i] as number) < 0 || (left[i] as number) < 0 || (right[i] as number) < 0) continue;
            const at = base + (left[i] as number) * width + (right[i] as number);
            out[at] = (out[at] as number) + 1;
          }
          base += ((edges.sizes[pairs[k] as number] as number) + 1) * width;
        }
      });
      return out;
    },
    read: (total, { cells, pairs }) => {
      let base = 0;
      return cells.map((edges, a) => pairSizes(edges, pairs[a] as Float64Array).map((size) => total.slice(base, (base += size))));
    },
  };
}

/** Cell of each unit, -1 where the value is missing, for the columns that are asked for. */
function cellCodes(columns: readonly Float64Array[], { sizes, edges }: Edges, asked: ReadonlySet<number>): Map<number, Int32Array> {
  const codes = new Map<number, Int32Array>();
  let from = 0;
  columns.forEach((column, j) => {
    const to = from + (sizes[j] as number);
    const start = from;
    if (asked.has(j))
      codes.set(
        j,
        Int32Array.from(column, (x) => (x !== x ? -1 : cellOf(edges, start, to, x))),
      );
    from = to;
  });
  return codes;
}

function jointParams<R>(source: UnitSource<R>): ZodType<JointParams<R>> {
  const schema = z
    .strictObject({
      arms: z.array(armSchema(source.recipe)).min(1).max(maxArms),
      cells: z.array(edgesSchema),
      pairs: z.array(vectorSchema),
    })
    .refine((params) => {
      const { arms, cells, pairs } = params as unknown as JointParams<R>;
      return arms.every(({ recipe }, a) => {
        const p = source.columnCount(recipe.value);
        const list = pairs[a];
        const fits = list !== undefined && list.length % 2 === 0 && list.every((j) => Number.isInteger(j) && j >= 0 && j < p);
        return fits && cells[a]?.sizes.length === p && cells.length === arms.length;
      });
    }, 'cells of every column of every arm, and pairs of its columns');
  return schema as unknown as ZodType<JointParams<R>>;
}
