import { fitUnitMoments, totalMoments } from '../units/moments.js';
import type { ArmMoments } from '../units/moments.js';
import type { UnitProgram } from '../units/queries.js';
import { cellCounts, distinctValues } from './order.js';
import { addGroups } from './refine.js';

/**
 * Where ranks come from. `exact`: every distinct value has a cell of its own, so ranks are those of the pooled values; discloses their
 * order. `grid`: cells of equal width around the mean, values of one cell count as tied. `known`: cells by arm and column that the same
 * arms have found before.
 */
export type RankRule =
  | { readonly kind: 'exact' }
  | { readonly kind: 'grid'; readonly bins: number }
  | { readonly kind: 'known'; readonly cells: readonly (readonly RankCells[])[] };

/** Cells of one column in ascending order. */
export interface RankCells {
  readonly edges: Float64Array;
  /** Values in each cell, all groups together. */
  readonly counts: Float64Array;
}

/** A grid reaches this many SDs to either side of the mean; values beyond lie in the outer cells. */
const gridReach = 5;
/** Edges lie this share of a cell above their place, so that doubles that differ in the last bits choose alike. */
const tieBand = 1e-9;

/** Cells by arm and column. @param moments of the same arms, for a grid; asked for where they are not known */
export async function rankCells<R>(
  program: UnitProgram<R>,
  rule: RankRule,
  moments?: readonly ArmMoments[],
): Promise<(readonly RankCells[])[]> {
  if (rule.kind === 'known') return [...rule.cells];
  if (rule.kind === 'exact') return distinctValues(program, 'order');
  const known = moments ?? (await fitUnitMoments(program));
  const edges = known.map((arm) => gridEdges(arm, rule.bins));
  const counts = await cellCounts(program, edges);
  return edges.map((columns, a) =>
    columns.map((grid, j) => ({ edges: grid, counts: addGroups(counts[a]?.[j] as Float64Array, known[a]?.groupCount as number) })),
  );
}

/** One grid per column around the mean of all groups; a single cell for a constant column. */
function gridEdges(moments: ArmMoments, bins: number): Float64Array[] {
  const { mean, sd } = totalMoments(moments);
  return Array.from(mean, (center, j) => {
    const reach = gridReach * (sd[j] as number);
    if (!(reach > 0)) return new Float64Array();
    return Float64Array.from({ length: bins + 1 }, (_, k) => center - reach + ((k + tieBand) * 2 * reach) / bins);
  });
}
