import type { LevelGrid } from './level-grid.js';
import type { LevelSizeMatrix } from './level-size-matrix.js';
import type { VoxelGroup } from './voxel-groups.js';

/** The neighborhood gray tone difference matrix: one entry per gray level. */
export interface ToneDifferences {
  /** Gray levels, ascending. */
  readonly levels: Float64Array;
  /** n_i: voxels of each level that have at least one neighbor in the region. */
  readonly counts: Float64Array;
  /** s_i: sum over these voxels of |level - mean level of the neighbors|. */
  readonly differences: Float64Array;
}

/** Both matrices that look at whole neighborhoods. */
export interface Neighborhoods {
  readonly tone: ToneDifferences;
  /** Counts by gray level and dependence: 1 + the neighbors whose level differs by at most alpha. */
  readonly dependence: LevelSizeMatrix;
}

/**
 * One pass over a group's voxels and their neighbors for NGTDM (Amadasun & King 1989, doi 10.1109/21.44046) and NGLDM (Sun & Wee 1983,
 * doi 10.1016/0734-189X(83)90032-4), in IBSI's form: neighbors outside the region do not count, none is demanded.
 * @param alpha largest difference of gray levels that still is dependence (IBSI: 0)
 */
export function scanNeighborhoods(grid: LevelGrid, { from, to, offsets }: VoxelGroup, alpha = 0): Neighborhoods {
  const { ranks, voxels, levels } = grid;
  const n = levels.length;
  const steps = offsets.length;
  // Whole numbers and comparisons of ranks keep the inner loop short; rank 0 has level 0 and adds nothing.
  const levelOf = new Int32Array(n + 1);
  levelOf.set(levels, 1);
  const counts = new Float64Array(n);
  const differences = new Float64Array(n);
  const dependence = new Float64Array(n * (steps + 1));
  for (let v = from; v < to; v++) {
    const at = voxels[v] as number;
    const rank = ranks[at] as number;
    const level = levelOf[rank] as number;
    let neighbors = 0;
    let sum = 0;
    let dependent = 0;
    for (let s = 0; s < steps; s++) {
      const other = ranks[at + (offsets[s] as number)] as number;
      sum += levelOf[other] as number;
      if (other !== 0) neighbors++;
      if (other === rank) dependent++;
    }
    if (alpha > 0) dependent = countSimilar(grid, levelOf, at, offsets, alpha);
    if (neighbors > 0) {
      counts[rank - 1] = (counts[rank - 1] as number) + 1;
      differences[rank - 1] = (differences[rank - 1] as number) + Math.abs(level - sum / neighbors);
    }
    const cell = (rank - 1) * (steps + 1) + dependent;
    dependence[cell] = (dependence[cell] as number) + 1;
  }
  const sizes = Float64Array.from({ length: steps + 1 }, (_, c) => c + 1);
  return { tone: { levels, counts, differences }, dependence: { levels, sizes, counts: dependence, voxelCount: to - from } };
}

/** Neighbors in the region whose level differs by at most alpha. */
function countSimilar({ ranks }: LevelGrid, levelOf: Int32Array, at: number, offsets: Int32Array, alpha: number): number {
  const level = levelOf[ranks[at] as number] as number;
  let count = 0;
  for (const offset of offsets) {
    const other = ranks[at + offset] as number;
    if (other !== 0 && Math.abs((levelOf[other] as number) - level) <= alpha) count++;
  }
  return count;
}
