import type { LevelGrid } from '../texture/level-grid.js';
import type { LevelSizeMatrix } from '../texture/level-size-matrix.js';
import type { VoxelGroup } from '../texture/voxel-groups.js';

/** Directions that are scanned together: their counts do not wait for each other, and a voxel is read once for all of them. */
const directionsAtOnce = 4;

/**
 * For each direction that is counted at once, the place of each voxel in its run, from 1. Every count over the same voxels writes the
 * places of all of them before it reads them, so one set serves all counts of a range, and a region is not asked for megabytes each time.
 */
interface Places {
  readonly from: number;
  readonly to: number;
  readonly byDirection: Int32Array[];
}

/**
 * Counts runs: maximal rows of voxels of one gray level along a step, for every step of the group. The columns are the lengths 1 to the
 * longest side of the region's box. Source: Galloway 1975, doi 10.1016/S0146-664X(75)80008-6.
 */
export function runLengthMatrix(
  grid: LevelGrid,
  { from, to, offsets }: VoxelGroup,
  places: Places = { from, to, byDirection: [] },
): LevelSizeMatrix {
  const tables = Math.min(offsets.length, directionsAtOnce);
  const counter = new RunCounter(grid, from, to, tables, places);
  for (let s = 0; s < offsets.length; s += directionsAtOnce) counter.count(offsets.subarray(s, s + directionsAtOnce));
  return counter.matrix(
    Array.from({ length: tables }, (_, d) => d),
    offsets.length,
  );
}

/**
 * The matrices of some groups. Successive groups that are single steps over the same voxels are scanned together.
 * @returns one matrix per group, in order
 */
export function* runLengthMatrices(grid: LevelGrid, groups: readonly VoxelGroup[]): Generator<LevelSizeMatrix> {
  let places: Places = { from: 0, to: 0, byDirection: [] };
  for (let g = 0; g < groups.length;) {
    const { from, to, offsets } = groups[g] as VoxelGroup;
    if (places.from !== from || places.to !== to) places = { from, to, byDirection: [] };
    let end = g + 1;
    while (end < groups.length && end < g + directionsAtOnce && isPartner(groups[end] as VoxelGroup, from, to)) end++;
    if (offsets.length !== 1 || end === g + 1) yield runLengthMatrix(grid, groups[g++] as VoxelGroup, places);
    else {
      const counter = new RunCounter(grid, from, to, end - g, places);
      counter.count(Int32Array.from(groups.slice(g, end), (group) => group.offsets[0] as number));
      for (let d = 0; g < end; g++, d++) yield counter.matrix([d], 1);
    }
  }
}

function isPartner(group: VoxelGroup, from: number, to: number): boolean {
  return group.from === from && group.to === to && group.offsets.length === 1;
}

/**
 * A voxel is the l-th of its run. Counting voxels by l counts the runs of at least l voxels without asking where a run ends; the runs of
 * exactly l voxels are the difference to l + 1.
 */
class RunCounter {
  private readonly longest: number;
  /** Row 0 and column 0 of each direction's table stay empty. */
  private readonly width: number;
  private readonly size: number;
  private readonly atLeast: Int32Array;
  /** The lengths 1 to the longest. */
  private readonly sizes: Float64Array;
  /** Made when a direction is first counted. */
  private readonly places: Int32Array[];

  constructor(
    private readonly grid: LevelGrid,
    private readonly from: number,
    private readonly to: number,
    tables: number,
    { byDirection }: Places,
  ) {
    this.places = byDirection;
    this.longest = Math.max(...grid.dimensions);
    this.width = this.longest + 1;
    this.size = (grid.levels.length + 1) * this.width;
    this.atLeast = new Int32Array(tables * this.size);
    this.sizes = new Float64Array(this.longest);
    for (let c = 0; c < this.longest; c++) this.sizes[c] = c + 1;
  }

  /** Adds the runs along one to four steps, each to the table of its index. */
  count(offsets: Int32Array): void {
    // Runs are the same along a step and against it; places ascend, so the voxel before a voxel was there before.
    const steps = offsets.map((offset) => Math.abs(offset));
    while (this.places.length < steps.length) this.places.push(new Int32Array(this.grid.ranks.length));
    if (steps.length === directionsAtOnce) this.countFour(steps);
    else steps.forEach((step, d) => this.countOne(step, d));
  }

  private countOne(step: number, direction: number): void {
    const { from, to, width, atLeast } = this;
    const { ranks, voxels } = this.grid;
    const place = this.places[direction] as Int32Array;
    const start = direction * this.size;
    for (let v = from; v < to; v++) {
      const at = voxels[v] as number;
      const rank = ranks[at] as number;
      // All bits where the ranks are equal, none where they differ.
      const same = (((ranks[at - step] as number) ^ rank) - 1) >> 31;
      const length = ((place[at - step] as number) & same) + 1;
      place[at] = length;
      const cell = start + rank * width + length;
      atLeast[cell] = (atLeast[cell] as number) + 1;
    }
  }

  private countFour(steps: Int32Array): void {
    const { from, to, width, size, atLeast } = this;
    const { ranks, voxels } = this.grid;
    const [placeA, placeB, placeC, placeD] = this.places as [Int32Array, Int32Array, Int32Array, Int32Array];
    const [stepA, stepB, stepC, stepD] = steps as unknown as [number, number, number, number];
    for (let v = from; v < to; v++) {
      const at = voxels[v] as number;
      const rank = ranks[at] as number;
      const a = ((placeA[at - stepA] as number) & ((((ranks[at - stepA] as number) ^ rank) - 1) >> 31)) + 1;
      const b = ((placeB[at - stepB] as number) & ((((ranks[at - stepB] as number) ^ rank) - 1) >> 31)) + 1;
      const c = ((placeC[at - stepC] as number) & ((((ranks[at - stepC] as number) ^ rank) - 1) >> 31)) + 1;
      const d = ((placeD[at - stepD] as number) & ((((ranks[at - stepD] as number) ^ rank) - 1) >> 31)) + 1;
      placeA[at] = a;
      placeB[at] = b;
      placeC[at] = c;
      placeD[at] = d;
      const cellA = rank * width + a;
      const cellB = size + rank * width + b;
      const cellC = 2 * size + rank * width + c;
      const cellD = 3 * size + rank * width + d;
      atLeast[cellA] = (atLeast[cellA] as number) + 1;
      atLeast[cellB] = (atLeast[cellB] as number) + 1;
      atLeast[cellC] = (atLeast[cellC] as number) + 1;
      atLeast[cellD] = (atLeast[cellD] as number) + 1;
    }
  }

  /** The runs of some tables together, which come from so many steps. */
  matrix(directions: readonly number[], stepCount: number): LevelSizeMatrix {
    const { grid, longest, width, size, atLeast, from, to } = this;
    const { levels } = grid;
    const counts = new Float64Array(levels.length * longest);
    for (const direction of directions) {
      for (let r = 0, at = 0; r < levels.length; r++) {
        let cell = direction * size + (r + 1) * width + 1;
        for (let c = 1; c < longest; c++, at++, cell++)
          counts[at] = (counts[at] as number) + (atLeast[cell] as number) - (atLeast[cell + 1] as number);
        counts[at] = (counts[at++] as number) + (atLeast[cell] as number);
      }
    }
    return { levels, sizes: this.sizes, counts, voxelCount: (to - from) * stepCount };
  }
}
