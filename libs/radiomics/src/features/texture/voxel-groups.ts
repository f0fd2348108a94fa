import type { Aggregation } from '../../roi/roi.js';
import type { LevelGrid, Step } from './level-grid.js';
import { directions, neighborhood, offsetsOf } from './level-grid.js';

/** Voxels (a range of {@link LevelGrid.voxels}) and steps that one matrix is built from. */
export interface VoxelGroup {
  readonly from: number;
  readonly to: number;
  /** Steps as distances in the grid's array. */
  readonly offsets: Int32Array;
}

/** Aggregations of matrices that have a direction (co-occurrence and run length). */
export const directionalAggregations = [
  '2D:averaged',
  '2D:sliceMerged',
  '2.5D:directionMerged',
  '2.5D:merged',
  '3D:averaged',
  '3D:merged',
] as const satisfies readonly Aggregation[];
/** One of {@link directionalAggregations}. */
export type DirectionalAggregation = (typeof directionalAggregations)[number];

/** Aggregations of matrices without direction (zones, neighborhoods, dependence). */
export const undirectedAggregations = ['2D', '2.5D', '3D'] as const satisfies readonly Aggregation[];
/** One of {@link undirectedAggregations}. */
export type UndirectedAggregation = (typeof undirectedAggregations)[number];

/** Ranges of voxels, one for each slice that holds any. */
function slices(grid: LevelGrid): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (let k = 0; k + 1 < grid.sliceStart.length; k++) {
    const from = grid.sliceStart[k] as number;
    const to = grid.sliceStart[k + 1] as number;
    if (to > from) ranges.push({ from, to });
  }
  return ranges;
}

/**
 * The matrices whose features an aggregation averages: merging matrices is the same as counting more voxels and directions into one,
 * so each group is scanned once. Source: IBSI reference manual 0.0.11, sections 3.6 and 3.7, aggregating features.
 */
export function directionalGroups(grid: LevelGrid, aggregation: DirectionalAggregation, distance = 1): VoxelGroup[] {
  const all = { from: 0, to: grid.voxels.length };
  const together = (steps: readonly Step[]) => [offsetsOf(grid, steps)];
  const apart = (steps: readonly Step[]) => steps.map((step) => offsetsOf(grid, [step]));
  const combine = (ranges: readonly { from: number; to: number }[], offsets: readonly Int32Array[]) =>
    ranges.flatMap((range) => offsets.map((offset) => ({ ...range, offsets: offset })));
  switch (aggregation) {
    case '2D:averaged':
      return combine(slices(grid), apart(directions(2, distance)));
    case '2D:sliceMerged':
      return combine(slices(grid), together(directions(2, distance)));
    case '2.5D:directionMerged':
      return combine([all], apart(directions(2, distance)));
    case '2.5D:merged':
      return combine([all], together(directions(2, distance)));
    case '3D:averaged':
      return combine([all], apart(directions(3, distance)));
    case '3D:merged':
      return combine([all], together(directions(3, distance)));
  }
}

/** The voxels of each matrix of an undirected family, with the steps to all neighbors. */
export function undirectedGroups(grid: LevelGrid, aggregation: UndirectedAggregation, distance = 1): VoxelGroup[] {
  const all = { from: 0, to: grid.voxels.length };
  const offsets = offsetsOf(grid, neighborhood(aggregation === '3D' ? 3 : 2, distance));
  return (aggregation === '2D' ? slices(grid) : [all]).map((range) => ({ ...range, offsets }));
}

/** The directional aggregations among those asked for. */
export function directionalOf(asked: readonly Aggregation[]): DirectionalAggregation[] {
  return directionalAggregations.filter((aggregation) => asked.includes(aggregation));
}

/** The undirected aggregations among those asked for. */
export function undirectedOf(asked: readonly Aggregation[]): UndirectedAggregation[] {
  return undirectedAggregations.filter((aggregation) => asked.includes(aggregation));
}
