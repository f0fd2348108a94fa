import { cellCounts, fitUnitMoments, unitQueries } from '@cohortium/statistics';
import type { ArmMoments } from '@cohortium/statistics';
import type { Federation, RosterScope } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { treeUnits } from './inputs.js';
import type { TreeTask } from './inputs.js';

/** The sums that the edges of inputs are found by. */
export const treeInputQueries = unitQueries('full', 'tree-input', treeUnits);

/** The grid reaches this many SDs to either side of the mean. */
const reach = 5;
/** The grid is made of whole multiples of the SD's power of two times this, so that it is the same to the bit wherever it is computed. */
const gridUnit = 2 ** -20;

/**
 * Edges of every input for histogram trees: at most `bins` - 1, at about equal counts, taken from a grid of `grid` cells over 10 SDs around the
 * mean. Inputs with few distinct values get an edge between each two of them, as far as the grid separates them. None for a constant input.
 * Takes three rounds; what is learned are counts of cells over the scope.
 */
export async function treeEdges(
  federation: Federation,
  task: Frozen<TreeTask>,
  settings: { readonly bins: number; readonly grid: number },
  scope: RosterScope,
): Promise<Float64Array[]> {
  const program = { federation, queries: treeInputQueries, scope, arms: [{ heldOut: null, recipe: task }] };
  const [moments] = await fitUnitMoments(program);
  const grids = task.value.inputs.map((_, f) => gridOf(moments as ArmMoments, f, settings.grid));
  const [counts] = await cellCounts(program, [grids]);
  return grids.map((grid, f) => edgesOfCounts(grid, (counts as Float64Array[])[f] as Float64Array, settings.bins));
}

function gridOf({ mean, sd }: ArmMoments, f: number, cells: number): Float64Array {
  const spread = sd[f] as number;
  if (!(spread > 0)) return new Float64Array(0);
  const unit = powerOfTwo(spread) * gridUnit;
  const low = Math.round(((mean[f] as number) - reach * spread) / unit);
  const width = Math.max(1, Math.round((2 * reach * spread) / cells / unit));
  return Float64Array.from({ length: cells + 1 }, (_, k) => (low + k * width) * unit);
}

/** The power of two at or below a positive number. */
function powerOfTwo(value: number): number {
  let power = 1;
  while (power > value) power /= 2;
  while (power * 2 <= value) power *= 2;
  return power;
}

/**
 * Edges at about equal counts. Cell k of the counts holds (grid k-1, grid k].
 * @example edgesOfCounts([0, 1, 2], [1, 0, 1, 2], 4) // [0, 2]: between the filled cells
 */
export function edgesOfCounts(grid: ArrayLike<number>, counts: ArrayLike<number>, bins: number): Float64Array {
  let total = 0;
  for (let k = 0; k < counts.length; k++) total += counts[k] as number;
  const candidates: { edge: number; below: number }[] = [];
  let below = 0;
  for (let k = 0; k < grid.length; k++) {
    below += counts[k] as number;
    // An edge above an empty cell divides the values as the one before it does.
    if ((counts[k] as number) > 0 && below < total) candidates.push({ edge: grid[k] as number, below });
  }
  if (candidates.length < bins) return Float64Array.from(candidates, ({ edge }) => edge);
  const chosen: number[] = [];
  let at = 0;
  for (let k = 1; k < bins; k++) {
    while (at < candidates.length && (candidates[at] as (typeof candidates)[number]).below < (k * total) / bins) at++;
    const edge = candidates[Math.min(at, candidates.length - 1)]?.edge as number;
    if (edge !== chosen[chosen.length - 1]) chosen.push(edge);
  }
  return Float64Array.from(chosen);
}
