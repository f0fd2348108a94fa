import { countLogarithm } from './count-logarithm.js';

/**
 * Counts by gray level and by a size: runs by length, zones by voxels or by distance to the edge, neighborhoods by dependence.
 * Row r belongs to `levels[r]`, column c to `sizes[c]`, the count is `counts[r * sizes.length + c]`.
 */
export interface LevelSizeMatrix {
  /** Gray levels, ascending. */
  readonly levels: Float64Array;
  /** Sizes (from 1), ascending. */
  readonly sizes: Float64Array;
  readonly counts: Float64Array;
  /** Nv: voxels that were scanned, once per direction (IBSI: Nv is summed where matrices are merged). */
  readonly voxelCount: number;
}

/** What the features of a {@link LevelSizeMatrix} are made of. Symbols: s_ij the counts, Ns their sum, i a level, j a size. */
export interface LevelSizeSummary {
  readonly levels: Float64Array;
  readonly sizes: Float64Array;
  readonly voxelCount: number;
  /** Ns. */
  readonly total: number;
  /** s_i. */
  readonly byLevel: Float64Array;
  /** s_.j */
  readonly bySize: Float64Array;
  /** sum s_ij / (i^2 j^2) */
  readonly smallLow: number;
  /** sum s_ij i^2 / j^2 */
  readonly smallHigh: number;
  /** sum s_ij j^2 / i^2 */
  readonly largeLow: number;
  /** sum s_ij i^2 j^2 */
  readonly largeHigh: number;
  /** sum s_ij log2 s_ij */
  readonly countLogCount: number;
  /** sum s_ij^2 */
  readonly squaredCounts: number;
  /** Cells that are not 0. */
  readonly cells: number;
}

/** One pass over a matrix. Every feature follows from the result without looking at the matrix again. */
export function summarizeLevelSize(matrix: LevelSizeMatrix): LevelSizeSummary {
  const { levels, sizes, counts, voxelCount } = matrix;
  const width = sizes.length;
  const byLevel = new Float64Array(levels.length);
  const bySize = new Float64Array(width);
  let smallLow = 0;
  let smallHigh = 0;
  let largeLow = 0;
  let largeHigh = 0;
  let countLogCount = 0;
  let squaredCounts = 0;
  let total = 0;
  let cells = 0;
  for (let r = 0, at = 0; r < levels.length; r++) {
    let row = 0;
    let rowSmall = 0;
    let rowLarge = 0;
    for (let c = 0; c < width; c++, at++) {
      const count = counts[at] as number;
      if (count === 0) continue;
      const square = (sizes[c] as number) * (sizes[c] as number);
      cells++;
      row += count;
      rowSmall += count / square;
      rowLarge += count * square;
      bySize[c] = (bySize[c] as number) + count;
      if (count !== 1) countLogCount += countLogarithm(count);
      squaredCounts += count * count;
    }
    const square = (levels[r] as number) * (levels[r] as number);
    byLevel[r] = row;
    total += row;
    smallLow += rowSmall / square;
    smallHigh += rowSmall * square;
    largeLow += rowLarge / square;
    largeHigh += rowLarge * square;
  }
  return {
    levels,
    sizes,
    voxelCount,
    total,
    byLevel,
    bySize,
    smallLow,
    smallHigh,
    largeLow,
    largeHigh,
    countLogCount,
    squaredCounts,
    cells,
  };
}

/**
 * A matrix from two lists: element e adds one to the row of rank `ranks[e]` (1 to n) and the column of size `sizes[e]`. Only sizes that
 * occur get a column, so a single large zone costs nothing.
 */
export function tabulate(
  levels: Float64Array,
  ranks: ArrayLike<number>,
  sizes: Int32Array,
  range: { readonly from: number; readonly to: number },
  voxelCount: number,
): LevelSizeMatrix {
  let largest = 0;
  for (let e = range.from; e < range.to; e++) largest = Math.max(largest, sizes[e] as number);
  const columnOf = new Int32Array(largest + 1);
  for (let e = range.from; e < range.to; e++) columnOf[sizes[e] as number] = 1;
  const occurring: number[] = [];
  for (let size = 1; size <= largest; size++) {
    if (columnOf[size] === 0) continue;
    columnOf[size] = occurring.length;
    occurring.push(size);
  }
  const width = occurring.length;
  const counts = new Float64Array(levels.length * width);
  for (let e = range.from; e < range.to; e++) {
    const at = ((ranks[e] as number) - 1) * width + (columnOf[sizes[e] as number] as number);
    counts[at] = (counts[at] as number) + 1;
  }
  return { levels, sizes: Float64Array.from(occurring), counts, voxelCount };
}

/** Adds matrices of the same levels and sizes, each times its weight (IBSI: distance weighting, by default none). */
export function mergeLevelSize(matrices: readonly LevelSizeMatrix[], weights?: readonly number[]): LevelSizeMatrix {
  const [first] = matrices as [LevelSizeMatrix];
  const counts = new Float64Array(first.counts.length);
  let voxelCount = 0;
  matrices.forEach((matrix, m) => {
    const weight = weights?.[m] ?? 1;
    voxelCount += matrix.voxelCount;
    for (let at = 0; at < counts.length; at++) counts[at] = (counts[at] as number) + weight * (matrix.counts[at] as number);
  });
  return { levels: first.levels, sizes: first.sizes, counts, voxelCount };
}
