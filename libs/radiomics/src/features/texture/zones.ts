import type { LevelGrid } from './level-grid.js';
import { directions, offsetsOf } from './level-grid.js';

/** Zones: largest sets of linked voxels of one gray level, in the order of their first voxels. */
export interface Zones {
  readonly count: number;
  /** Rank of the gray level of each zone. */
  readonly ranks: Uint16Array;
  /** Voxels of each zone. */
  readonly sizes: Int32Array;
  /** Smallest distance to the region's edge in each zone, from 1; all 0 if no distance map was given. */
  readonly distances: Int32Array;
  /** The zones that begin in slice k are `sliceStart[k]` to before `sliceStart[k + 1]`. */
  readonly sliceStart: Int32Array;
}

/**
 * Finds zones by union-find over the voxels in memory order, linked to their 26 neighbors, or to the 8 in the slice.
 * @param distances distance to the edge of the region by place in the grid's array
 */
export function findZones(grid: LevelGrid, dimensions: 2 | 3, distances?: Int32Array): Zones {
  const parent = linkVoxels(grid, offsetsOf(grid, directions(dimensions)));
  const { ranks, voxels } = grid;
  const zoneOf = new Int32Array(parent.length);
  const zoneRanks = new Uint16Array(voxels.length);
  const sizes = new Int32Array(voxels.length);
  const nearest = new Int32Array(voxels.length);
  const sliceStart = new Int32Array(grid.sliceStart.length);
  let count = 0;
  for (let k = 0; k + 1 < grid.sliceStart.length; k++) {
    sliceStart[k] = count;
    for (let v = grid.sliceStart[k] as number; v < (grid.sliceStart[k + 1] as number); v++) {
      const at = voxels[v] as number;
      // A parent lies before its child, so its own parent is its root already.
      const root = parent[parent[at] as number] as number;
      parent[at] = root;
      if (root === at) {
        zoneOf[at] = count;
        zoneRanks[count] = ranks[at] as number;
        if (distances) nearest[count] = distances[at] as number;
        count++;
      }
      const zone = zoneOf[root] as number;
      sizes[zone] = (sizes[zone] as number) + 1;
      if (distances && (distances[at] as number) < (nearest[zone] as number)) nearest[zone] = distances[at] as number;
    }
  }
  sliceStart[grid.sliceStart.length - 1] = count;
  return { count, ranks: zoneRanks.subarray(0, count), sizes: sizes.subarray(0, count), distances: nearest.subarray(0, count), sliceStart };
}

/** For each voxel an earlier voxel of its zone, or itself; offsets point forward, links are looked for backward. */
function linkVoxels({ ranks, voxels }: LevelGrid, offsets: Int32Array): Int32Array {
  const parent = new Int32Array(ranks.length);
  const steps = offsets.length;
  for (let v = 0; v < voxels.length; v++) {
    const at = voxels[v] as number;
    const rank = ranks[at] as number;
    let root = at;
    parent[at] = at;
    for (let s = 0; s < steps; s++) {
      let other = at - (offsets[s] as number);
      if (ranks[other] !== rank) continue;
      while (parent[other] !== other) {
        const above = parent[other] as number;
        parent[other] = parent[above] as number;
        other = above;
      }
      if (other < root) {
        parent[root] = other;
        root = other;
      } else if (other > root) {
        parent[other] = root;
      }
    }
  }
  return parent;
}
