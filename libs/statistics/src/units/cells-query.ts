import { armSchema, countWords, vectorSchema } from '@cohortium/federation';
import type { Arm, SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { assertFamily, familyOperation } from '../arms.js';
import type { Family } from '../arms.js';
import { maxArms } from './moments-query.js';
import { armGroups, cellOf } from './units.js';
import type { UnitSource, Units } from './units.js';

/** Ascending edges of some histograms, one after another. */
export interface Edges {
  /** Number of edges of each histogram; a histogram of m edges has m + 1 cells, the outer two open. */
  readonly sizes: Float64Array;
  readonly edges: Float64Array;
}

/** Parameters of the cell counts. */
export interface CellParams<R> {
  readonly arms: readonly Arm<R>[];
  /**
   * `shared`: one histogram per column, counted for every group. `own`: one per column and group (columns x groups), counted for
   * that group alone; bisection of several groups needs it.
   */
  readonly layout: 'shared' | 'own';
  /** Edges by arm. */
  readonly edges: readonly Edges[];
}

/**
 * Counts of one arm. `shared`: for each column, groups x cells; `own`: for each column and group, cells. Cell k holds
 * (edge k-1, edge k].
 */
export type CellCounts = readonly Float64Array[];

/** Schema of {@link Edges}: edges must ascend, so that every value has one cell. */
export const edgesSchema: ZodType<Edges> = z
  .strictObject({ sizes: vectorSchema, edges: vectorSchema })
  .refine(edgesAscend, 'edges must ascend and fit their sizes');

function edgesAscend({ sizes, edges }: Edges): boolean {
  let from = 0;
  for (const size of sizes) {
    if (!Number.isInteger(size) || size < 0 || from + size > edges.length) return false;
    for (let k = from + 1; k < from + size; k++) if (!((edges[k - 1] as number) <= (edges[k] as number))) return false;
    from += size;
  }
  return from === edges.length;
}

/** `<prefix>-cells@1`: how many values of each group lie in each cell of declared edges. */
export function cellsQuery<R>(family: Family, prefix: string, source: UnitSource<R>): SumQuery<CellParams<R>, CellCounts[]> {
  const operation = familyOperation(family, 'statistics', `${prefix}-cells`);
  const groupsIn = (arm: Arm<R>, layout: CellParams<R>['layout']) => (layout === 'shared' ? source.groupCount(arm.recipe.value) : 1);
  const armLength = (arm: Arm<R>, layout: CellParams<R>['layout'], { sizes, edges }: Edges) =>
    groupsIn(arm, layout) * (edges.length + sizes.length);
  const length = ({ arms, layout, edges }: CellParams<R>) => arms.reduce((n, arm, a) => n + armLength(arm, layout, edges[a] as Edges), 0);
  return {
    kind: 'sum',
    operation,
    version: 1,
    words: countWords,
    params: cellParams(source),
    length,
    local: (rows, params) => {
      const heldOut = params.arms.map((arm) => arm.heldOut);
      assertFamily(family, heldOut, operation);
      const out = new Float64Array(length(params));
      let base = 0;
      params.arms.forEach((arm, a) => {
        const units = source.units(rows, arm.recipe);
        const edges = params.edges[a] as Edges;
        const part = out.subarray(base, base + armLength(arm, params.layout, edges));
        const groups = armGroups(rows, units, arm);
        if (params.layout === 'shared') countShared(part, units, groups, edges, source.groupCount(arm.recipe.value));
        else countOwn(part, units, groups, edges, source.groupCount(arm.recipe.value));
        base += part.length;
      });
      return out;
    },
    read: (total, { arms, layout, edges }) => {
      let base = 0;
      return arms.map((arm, a) => {
        const counts: Float64Array[] = [];
        for (const size of (edges[a] as Edges).sizes) counts.push(total.slice(base, (base += groupsIn(arm, layout) * (size + 1))));
        return counts;
      });
    },
  };
}

function cellParams<R>(source: UnitSource<R>): ZodType<CellParams<R>> {
  const schema = z
    .strictObject({
      arms: z.array(armSchema(source.recipe)).min(1).max(maxArms),
      layout: z.enum(['shared', 'own']),
      edges: z.array(edgesSchema),
    })
    .refine(({ arms, layout, edges }) => {
      const histograms = (arms as Arm<R>[]).map(
        ({ recipe: { value } }) => source.columnCount(value) * (layout === 'own' ? source.groupCount(value) : 1),
      );
      return edges.length === histograms.length && histograms.every((n, a) => edges[a]?.sizes.length === n);
    }, 'one histogram for every column (and group) of every arm');
  return schema as unknown as ZodType<CellParams<R>>;
}

function countShared(out: Float64Array, units: Units, groups: Int32Array, { sizes, edges }: Edges, g: number): void {
  let from = 0;
  let base = 0;
  units.columns.forEach((column, j) => {
    const size = sizes[j] as number;
    const cells = size + 1;
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i] as number;
      const x = column[i] as number;
      if (group < 0 || x !== x) continue;
      const at = base + group * cells + cellOf(edges, from, from + size, x);
      out[at] = (out[at] as number) + 1;
    }
    from += size;
    base += g * cells;
  });
}

function countOwn(out: Float64Array, units: Units, groups: Int32Array, { sizes, edges }: Edges, g: number): void {
  const edgeStarts = new Float64Array(sizes.length + 1);
  for (let k = 0; k < sizes.length; k++) edgeStarts[k + 1] = (edgeStarts[k] as number) + (sizes[k] as number);
  units.columns.forEach((column, j) => {
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i] as number;
      const x = column[i] as number;
      if (group < 0 || x !== x) continue;
      const k = j * g + group;
      const from = edgeStarts[k] as number;
      const at = from + k + cellOf(edges, from, edgeStarts[k + 1] as number, x);
      out[at] = (out[at] as number) + 1;
    }
  });
}
