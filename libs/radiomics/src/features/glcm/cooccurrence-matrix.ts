import type { LevelGrid } from '../texture/level-grid.js';
import type { VoxelGroup } from '../texture/voxel-groups.js';

/** Counts of pairs of gray levels at a step from each other; only cells that are not zero. */
export interface CooccurrenceMatrix {
  /** Gray level of each rank, ascending: rank r has `levels[r - 1]`. */
  readonly levels: Float64Array;
  /** Ng of the discretization. */
  readonly levelCount: number;
  /** Ranks (from 1) of the cells, by row and then by column. */
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly counts: Float64Array;
}

/** Beyond this many cells (32 MiB of doubles) rows are counted one at a time. */
const mostDenseCells = 2 ** 22;

/**
 * Counts pairs of gray levels (a voxel of the group, the voxel a step further) over all steps of the group.
 * @param symmetric also count each pair the other way round (IBSI always does; M + transpose of M)
 */
export function cooccurrenceMatrix(grid: LevelGrid, group: VoxelGroup, symmetric = true): CooccurrenceMatrix {
  const cells = (grid.levels.length + 1) ** 2;
  const pairs = (group.to - group.from) * group.offsets.length;
  const dense = cells <= Math.min(mostDenseCells, Math.max(65_536, 8 * pairs));
  return dense ? countDense(grid, group, symmetric) : countByRow(grid, group, symmetric);
}

/** All cells in one array; row and column 0 take the pairs that leave the region. */
function countDense(grid: LevelGrid, { from, to, offsets }: VoxelGroup, symmetric: boolean): CooccurrenceMatrix {
  const { ranks, voxels } = grid;
  const n = grid.levels.length;
  const width = n + 1;
  const table = new Uint32Array(width * width);
  const steps = offsets.length;
  if (steps === 1) {
    const offset = offsets[0] as number;
    for (let v = from; v < to; v++) {
      const at = voxels[v] as number;
      const cell = (ranks[at] as number) * width + (ranks[at + offset] as number);
      table[cell] = (table[cell] as number) + 1;
    }
  } else {
    for (let v = from; v < to; v++) {
      const at = voxels[v] as number;
      const row = (ranks[at] as number) * width;
      for (let s = 0; s < steps; s++) {
        const cell = row + (ranks[at + (offsets[s] as number)] as number);
        table[cell] = (table[cell] as number) + 1;
      }
    }
  }
  return filledCells(grid, table, symmetric, (to - from) * steps);
}

/** The cells of a table that are not 0; with `symmetric` those of the table and its transpose added. */
function filledCells(grid: LevelGrid, table: Uint32Array, symmetric: boolean, pairs: number): CooccurrenceMatrix {
  const n = grid.levels.length;
  const width = n + 1;
  const most = Math.min(n * n, symmetric ? 2 * pairs : pairs);
  const rows = new Int32Array(most);
  const columns = new Int32Array(most);
  const counts = new Float64Array(most);
  let filled = 0;
  for (let a = 1; a <= n; a++) {
    const row = a * width;
    for (let b = 1, across = width + a; b <= n; b++, across += width) {
      const count = (table[row + b] as number) + (symmetric ? (table[across] as number) : 0);
      if (count === 0) continue;
      rows[filled] = a;
      columns[filled] = b;
      counts[filled++] = count;
    }
  }
  const { levels, levelCount } = grid;
  return { levels, levelCount, rows: rows.subarray(0, filled), columns: columns.subarray(0, filled), counts: counts.subarray(0, filled) };
}

/** The same with memory for one row only: voxels are sorted by level, and each row looks both ways along the steps. */
function countByRow(grid: LevelGrid, group: VoxelGroup, symmetric: boolean): CooccurrenceMatrix {
  const { ranks } = grid;
  const { sorted, starts } = voxelsByRank(grid, group);
  const n = grid.levels.length;
  const row = new Uint32Array(n + 1);
  const rows: number[] = [];
  const columns: number[] = [];
  const counts: number[] = [];
  for (let a = 1; a <= n; a++) {
    const touched: number[] = [];
    const add = (rank: number) => {
      if (row[rank] === 0 && rank !== 0) touched.push(rank);
      row[rank] = (row[rank] as number) + 1;
    };
    for (let v = starts[a] as number; v < (starts[a + 1] as number); v++) {
      const at = sorted[v] as number;
      for (const offset of group.offsets) {
        add(ranks[at + offset] as number);
        if (symmetric) add(ranks[at - offset] as number);
      }
    }
    touched.sort((x, y) => x - y);
    for (const b of touched) {
      rows.push(a);
      columns.push(b);
      counts.push(row[b] as number);
      row[b] = 0;
    }
  }
  return {
    levels: grid.levels,
    levelCount: grid.levelCount,
    rows: Int32Array.from(rows),
    columns: Int32Array.from(columns),
    counts: Float64Array.from(counts),
  };
}

/** The group's voxels by the rank of their level (counting sort); rank a has `sorted[starts[a]]` to before `sorted[starts[a + 1]]`. */
function voxelsByRank(grid: LevelGrid, { from, to }: VoxelGroup): { sorted: Int32Array; starts: Int32Array } {
  const n = grid.levels.length;
  const starts = new Int32Array(n + 2);
  for (let v = from; v < to; v++) {
    const after = (grid.ranks[grid.voxels[v] as number] as number) + 1;
    starts[after] = (starts[after] as number) + 1;
  }
  for (let a = 1; a < starts.length; a++) starts[a] = (starts[a] as number) + (starts[a - 1] as number);
  const next = starts.slice();
  const sorted = new Int32Array(to - from);
  for (let v = from; v < to; v++) {
    const at = grid.voxels[v] as number;
    const rank = grid.ranks[at] as number;
    sorted[next[rank] as number] = at;
    next[rank] = (next[rank] as number) + 1;
  }
  return { sorted, starts };
}

/** Adds matrices of one grid, each times its weight (IBSI: distance weighting, by default none). */
export function mergeCooccurrence(matrices: readonly CooccurrenceMatrix[], weights?: readonly number[]): CooccurrenceMatrix {
  const [first] = matrices as [CooccurrenceMatrix];
  const width = first.levels.length + 1;
  const cells = new Map<number, number>();
  matrices.forEach((matrix, m) => {
    const weight = weights?.[m] ?? 1;
    for (let c = 0; c < matrix.counts.length; c++) {
      const cell = (matrix.rows[c] as number) * width + (matrix.columns[c] as number);
      cells.set(cell, (cells.get(cell) ?? 0) + weight * (matrix.counts[c] as number));
    }
  });
  const sorted = [...cells].sort(([a], [b]) => a - b);
  return {
    levels: first.levels,
    levelCount: first.levelCount,
    rows: Int32Array.from(sorted, ([cell]) => Math.floor(cell / width)),
    columns: Int32Array.from(sorted, ([cell]) => cell % width),
    counts: Float64Array.from(sorted, ([, count]) => count),
  };
}
