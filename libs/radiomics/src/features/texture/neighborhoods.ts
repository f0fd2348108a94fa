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
export function scanNeighborhoods(grid: LevelGrid, group: VoxelGroup, alpha = 0): Neighborhoods {
  const { levels } = grid;
  const { from, to, offsets } = group;
  const scan: Scan = {
    counts: new Float64Array(levels.length),
    differences: new Float64Array(levels.length),
    dependence: new Float64Array(levels.length * (offsets.length + 1)),
  };
  const rows = alpha === 0 ? rowsOfThree(offsets) : undefined;
  if (rows === undefined) scanSteps(grid, group, alpha, scan);
  else scanRows(grid, group, rows, scan);
  const sizes = Float64Array.from({ length: offsets.length + 1 }, (_, c) => c + 1);
  const { counts, differences, dependence } = scan;
  return { tone: { levels, counts, differences }, dependence: { levels, sizes, counts: dependence, voxelCount: to - from } };
}

/** Sums of a scan by rank, from 0; the dependence matrix has a row for each rank. */
interface Scan {
  readonly counts: Float64Array;
  readonly differences: Float64Array;
  readonly dependence: Float64Array;
}

/** Any neighborhood. */
function scanSteps(grid: LevelGrid, { from, to, offsets }: VoxelGroup, alpha: number, { counts, differences, dependence }: Scan): void {
  const { ranks, voxels, levels } = grid;
  const steps = offsets.length;
  const levelOf = new Int32Array(levels.length + 1);
  levelOf.set(levels, 1);
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
}

/** Middles of the rows of three voxels that a neighborhood and its center consist of; undefined if it is made otherwise. */
function rowsOfThree(offsets: Int32Array): Int32Array | undefined {
  const all = Int32Array.of(0, ...offsets).sort();
  if (all.length % 3 !== 0 || all.length > mostInRows) return undefined;
  const middles = all.filter((_, at) => at % 3 === 1);
  return all.every((offset, at) => offset === (middles[Math.floor(at / 3)] as number) + (at % 3) - 1) ? middles : undefined;
}

/** Levels have 16 bits; above them a voxel counts itself, up to 27 times. */
const one = 2 ** 21;
const mostInRows = 27;

/**
 * Neighborhoods of radius 1. A voxel is its level plus {@link one}, so that a single sum holds both the sum of the levels and the number
 * of neighbors, and neither it nor the comparison branches.
 */
function scanRows(grid: LevelGrid, { from, to }: VoxelGroup, rows: Int32Array, { counts, differences, dependence }: Scan): void {
  const { ranks, voxels, levels } = grid;
  const packed = new Int32Array(ranks.length);
  for (let v = 0; v < voxels.length; v++) {
    const at = voxels[v] as number;
    packed[at] = (levels[(ranks[at] as number) - 1] as number) + one;
  }
  const width = 3 * rows.length;
  for (let v = from; v < to; v++) {
    const at = voxels[v] as number;
    const own = packed[at] as number;
    let sum = -own;
    let dependent = -1;
    for (let r = 0; r < rows.length; r++) {
      const middle = at + (rows[r] as number);
      const a = packed[middle - 1] as number;
      const b = packed[middle] as number;
      const c = packed[middle + 1] as number;
      sum = (sum + a + b + c) | 0;
      // The shift gives -1 where both are equal and 0 where they differ.
      dependent = (dependent - (((a ^ own) - 1) >> 31) - (((b ^ own) - 1) >> 31) - (((c ^ own) - 1) >> 31)) | 0;
    }
    const row = (ranks[at] as number) - 1;
    const neighbors = sum >> 21;
    if (neighbors > 0) {
      counts[row] = (counts[row] as number) + 1;
      differences[row] = (differences[row] as number) + Math.abs((own & (one - 1)) - (sum & (one - 1)) / neighbors);
    }
    const cell = row * width + dependent;
    dependence[cell] = (dependence[cell] as number) + 1;
  }
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
