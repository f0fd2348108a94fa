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
  return filledCells(grid, table, symmetric);
}

/** The cells of a table that are not 0; with `symmetric` those of the table and its transpose added. */
function filledCells(grid: LevelGrid, table: Uint32Array, symmetric: boolean): CooccurrenceMatrix {
  const n = grid.levels.length;
  const width = n + 1;
  let filled = 0;
  for (let a = 1; a <= n; a++) for (let b = 1; b <= n; b++) if (pairsIn(table, width, a, b, symmetric) !== 0) filled++;
  const rows = new Int32Array(filled);
  const columns = new Int32Array(filled);
  const counts = new Float64Array(filled);
  for (let a = 1, cell = 0; cell < filled; a++) {
    for (let b = 1; b <= n; b++) {
      const count = pairsIn(table, width, a, b, symmetric);
      if (count === 0) continue;
      rows[cell] = a;
      columns[cell] = b;
      counts[cell++] = count;
    }
  }
  const { levels, levelCount } = grid;
  return { levels, levelCount, rows, columns, counts };
}

/** Pairs of two ranks; with `symmetric` the other way round too. */
function pairsIn(table: Uint32Array, width: number, a: number, b: number, symmetric: boolean): number {
  const count = table[a * width + b] as number;
  return symmetric ? count + (table[b * width + a] as number) : count;
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
