import type { LevelGrid } from '../texture/level-grid.js';
import type { LevelSizeMatrix } from '../texture/level-size-matrix.js';
import type { VoxelGroup } from '../texture/voxel-groups.js';

/**
 * Counts runs: maximal rows of voxels of one gray level along a step, for every step of the group. The columns are the lengths 1 to the
 * longest side of the region's box. Source: Galloway 1975, doi 10.1016/S0146-664X(75)80008-6.
 */
export function runLengthMatrix(grid: LevelGrid, { from, to, offsets }: VoxelGroup): LevelSizeMatrix {
  const { ranks, voxels, levels } = grid;
  const longest = Math.max(...grid.dimensions);
  const counts = new Float64Array(levels.length * longest);
  for (const offset of offsets) {
    for (let v = from; v < to; v++) {
      const start = voxels[v] as number;
      const rank = ranks[start] as number;
      if (ranks[start - offset] === rank) continue;
      let length = 0;
      for (let at = start + offset; ranks[at] === rank; at += offset) length++;
      const cell = (rank - 1) * longest + length;
      counts[cell] = (counts[cell] as number) + 1;
    }
  }
  const sizes = Float64Array.from({ length: longest }, (_, c) => c + 1);
  return { levels, sizes, counts, voxelCount: (to - from) * offsets.length };
}
