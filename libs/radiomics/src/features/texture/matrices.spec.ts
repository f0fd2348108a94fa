import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiscretizedRoi } from '../../roi/roi.js';
import { cooccurrenceMatrix, mergeCooccurrence } from '../glcm/cooccurrence-matrix.js';
import type { CooccurrenceMatrix } from '../glcm/cooccurrence-matrix.js';
import { runLengthMatrix } from '../glrlm/run-length-matrix.js';
import { edgeDistances } from './edge-distance.js';
import type { LevelGrid, Step } from './level-grid.js';
import { directions, levelGrid, neighborhood, offsetsOf } from './level-grid.js';
import type { LevelSizeMatrix } from './level-size-matrix.js';
import { mergeLevelSize } from './level-size-matrix.js';
import { scanNeighborhoods } from './neighborhoods.js';
import { directionalAggregations, directionalGroups, undirectedGroups } from './voxel-groups.js';
import { zoneMatrices } from './zone-families.js';
import { findZones } from './zones.js';

/** A small box with gray levels, about a quarter of it outside the region; levels are far apart, so that ranks differ from levels. */
const regions = fc
  .record({
    dimensions: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    palette: fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
    picks: fc.infiniteStream(fc.nat({ max: 99 })),
  })
  .map(({ dimensions, palette, picks }): DiscretizedRoi => {
    const levels = Uint16Array.from({ length: dimensions[0] * dimensions[1] * dimensions[2] }, () => {
      const pick = picks.next().value as number;
      return pick % 4 === 0 ? 0 : (palette[pick % palette.length] as number);
    });
    levels[levels.length - 1] = palette[0] as number;
    return { dimensions, spacingMm: [1, 1, 1], levels, levelCount: 300, binWidth: 1, lowerBound: 0 };
  });

/** The level at a place, 0 outside the box. */
const levelAt = ({ dimensions: [ni, nj, nk], levels }: DiscretizedRoi, i: number, j: number, k: number) =>
  i < 0 || j < 0 || k < 0 || i >= ni || j >= nj || k >= nk ? 0 : (levels[i + ni * (j + nj * k)] as number);

/** Visits the voxels of the region, of one slice if it is given. */
function eachVoxel(roi: DiscretizedRoi, visit: (i: number, j: number, k: number, level: number) => void, slice?: number): void {
  const [ni, nj, nk] = roi.dimensions;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        const level = levelAt(roi, i, j, k);
        if (level > 0 && (slice === undefined || slice === k)) visit(i, j, k, level);
      }
}

type Cells = Map<string, number>;
const add = (cells: Cells, key: string, by = 1) => cells.set(key, (cells.get(key) ?? 0) + by);
const sorted = (cells: Cells) => [...cells].filter(([, count]) => count !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
const pairCells = ({ levels, rows, columns, counts }: CooccurrenceMatrix): Cells =>
  new Map([...counts].map((count, c) => [`${levels[rows[c]! - 1]} ${levels[columns[c]! - 1]}`, count]));
const sizeCells = ({ levels, sizes, counts }: LevelSizeMatrix): Cells =>
  new Map([...counts].map((count, at) => [`${levels[Math.floor(at / sizes.length)]} ${sizes[at % sizes.length]}`, count]));

/** The slow twin of co-occurrence: every voxel, every step, both ways. */
function slowPairs(roi: DiscretizedRoi, steps: readonly Step[], slice?: number): Cells {
  const cells: Cells = new Map();
  eachVoxel(
    roi,
    (i, j, k, level) => {
      for (const [di, dj, dk] of steps) {
        const other = levelAt(roi, i + di, j + dj, k + dk);
        if (other === 0) continue;
        add(cells, `${level} ${other}`);
        add(cells, `${other} ${level}`);
      }
    },
    slice,
  );
  return cells;
}

/** The slow twin of run lengths: walks every line from its first voxel in the box. */
function slowRuns(roi: DiscretizedRoi, step: Step): Cells {
  const cells: Cells = new Map();
  const [ni, nj, nk] = roi.dimensions;
  for (let start = 0; start < ni * nj * nk; start++) {
    let [i, j, k] = [start % ni, Math.floor(start / ni) % nj, Math.floor(start / (ni * nj))];
    const isFirst = [i - step[0], j - step[1], k - step[2]].some((place, axis) => place < 0 || place >= roi.dimensions[axis]!);
    if (!isFirst) continue;
    let run = 0;
    let level = 0;
    const close = () => level > 0 && add(cells, `${level} ${run}`);
    for (; i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk; i += step[0], j += step[1], k += step[2]) {
      const here = levelAt(roi, i, j, k);
      if (here === level) run++;
      else {
        close();
        [level, run] = [here, 1];
      }
    }
    close();
  }
  return cells;
}

/** The slow twin of zones: flood fill. @returns for each zone its level, voxels and slice */
function slowZones(roi: DiscretizedRoi, steps: readonly Step[]): { level: number; voxels: string[] }[] {
  const zones: { level: number; voxels: string[] }[] = [];
  const seen = new Set<string>();
  eachVoxel(roi, (i, j, k, level) => {
    if (seen.has([i, j, k].join())) return;
    const pending = [[i, j, k]];
    const voxels: string[] = [];
    seen.add([i, j, k].join());
    while (pending.length > 0) {
      const [x, y, z] = pending.pop() as [number, number, number];
      voxels.push([x, y, z].join());
      for (const [di, dj, dk] of steps) {
        const place = [x + di, y + dj, z + dk] as const;
        if (levelAt(roi, ...place) !== level || seen.has(place.join())) continue;
        seen.add(place.join());
        pending.push([...place]);
      }
    }
    zones.push({ level, voxels });
  });
  return zones;
}

/** The slow twin of edge distances: erodes with the 6- or 4-neighborhood and counts, as the manual describes. */
function slowDistances({ dimensions: [ni, nj] }: DiscretizedRoi, mask: Uint8Array, dimensions: 2 | 3): Map<string, number> {
  const distances = new Map<string, number>();
  let left = new Set<string>();
  for (let v = 0; v < mask.length; v++) if (mask[v] === 1) left.add([v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))].join());
  const faces = neighborhood(dimensions, 1).filter((step) => step.filter((x) => x !== 0).length === 1);
  for (let distance = 1; left.size > 0; distance++) {
    const kept = new Set<string>();
    for (const key of left) {
      const place = key.split(',').map(Number);
      if (faces.every((step) => left.has(place.map((x, axis) => x + step[axis]!).join()))) kept.add(key);
      else distances.set(key, distance);
    }
    left = kept;
  }
  return distances;
}

const run = (law: (roi: DiscretizedRoi, grid: LevelGrid) => void) =>
  fc.assert(
    fc.property(regions, (roi) => law(roi, levelGrid(roi, 2))),
    { numRuns: 60 },
  );

describe('levelGrid', () => {
  it('keeps levels, order and slices', () => {
    run((roi, grid) => {
      const wanted: number[] = [];
      eachVoxel(roi, (_i, _j, _k, level) => wanted.push(level));
      expect([...grid.voxels].map((at) => grid.levels[grid.ranks[at]! - 1])).toEqual(wanted);
      expect([...grid.voxels]).toEqual([...grid.voxels].sort((a, b) => a - b));
      const inSlices = Array.from({ length: roi.dimensions[2] }, (_, k) => {
        let count = 0;
        eachVoxel(roi, () => count++, k);
        return count;
      });
      expect(inSlices.map((_, k) => grid.sliceStart[k + 1]! - grid.sliceStart[k]!)).toEqual(inSlices);
    });
  });

  it('has 13 and 4 directions, of which none is the opposite of another', () => {
    for (const [dimensions, count] of [
      [3, 13],
      [2, 4],
    ] as const) {
      const steps = directions(dimensions);
      expect(steps).toHaveLength(count);
      expect(new Set([...steps, ...steps.map((step) => step.map((x) => -x))].map((step) => step.map((x) => x + 0).join())).size).toBe(
        2 * count,
      );
    }
    expect(neighborhood(3, 2)).toHaveLength(124);
    expect(neighborhood(2, 2)).toHaveLength(24);
  });
});

describe('co-occurrence', () => {
  it('counts the pairs of each aggregation like the slow twin, at distances 1 and 2', () => {
    run((roi, grid) => {
      for (const distance of [1, 2]) {
        for (const aggregation of directionalAggregations) {
          const steps = directions(aggregation.startsWith('3D') ? 3 : 2, distance);
          const bySlice = aggregation.startsWith('2D');
          const apart = aggregation.endsWith('averaged') || aggregation.endsWith('directionMerged');
          const slices = bySlice
            ? [...Array(roi.dimensions[2]).keys()].filter((k) => grid.sliceStart[k + 1]! > grid.sliceStart[k]!)
            : [undefined];
          const wanted = slices.flatMap((slice) =>
            apart ? steps.map((step) => slowPairs(roi, [step], slice)) : [slowPairs(roi, steps, slice)],
          );
          const matrices = directionalGroups(grid, aggregation, distance).map((group) => cooccurrenceMatrix(grid, group));
          expect(matrices.map((matrix) => sorted(pairCells(matrix)))).toEqual(wanted.map(sorted));
        }
      }
    });
  });

  it('is the same row by row as in one table, symmetric or not', () => {
    run((_roi, grid) => {
      // A grid that claims thousands of levels takes the path with memory for one row.
      const many: LevelGrid = { ...grid, levels: Float64Array.from({ length: 3000 }, (_, r) => grid.levels[r] ?? 1000 + r) };
      const group = directionalGroups(grid, '3D:merged')[0]!;
      for (const symmetric of [true, false]) {
        const table = cooccurrenceMatrix(grid, group, symmetric);
        const rows = cooccurrenceMatrix(many, group, symmetric);
        expect([rows.rows, rows.columns, rows.counts]).toEqual([table.rows, table.columns, table.counts]);
      }
    });
  });

  it('merges directions as counting them together does; weights scale', () => {
    run((_roi, grid) => {
      const apart = directionalGroups(grid, '3D:averaged').map((group) => cooccurrenceMatrix(grid, group));
      const together = cooccurrenceMatrix(grid, directionalGroups(grid, '3D:merged')[0]!);
      expect(sorted(pairCells(mergeCooccurrence(apart)))).toEqual(sorted(pairCells(together)));
      const doubled = mergeCooccurrence(
        apart,
        apart.map(() => 2),
      );
      expect(sorted(pairCells(doubled))).toEqual(sorted(pairCells(together)).map(([key, count]) => [key, 2 * count]));
    });
  });
});

describe('run lengths', () => {
  it('equal the slow twin in every direction, and add up to the voxels', () => {
    run((roi, grid) => {
      for (const step of directions(3)) {
        const matrix = runLengthMatrix(grid, { from: 0, to: grid.voxels.length, offsets: offsetsOf(grid, [step]) });
        expect(sorted(sizeCells(matrix))).toEqual(sorted(slowRuns(roi, step)));
        const voxels = matrix.counts.reduce((sum, count, at) => sum + count * matrix.sizes[at % matrix.sizes.length]!, 0);
        expect(voxels).toBe(grid.voxels.length);
        expect(matrix.voxelCount).toBe(grid.voxels.length);
      }
    });
  });

  it('merge as scanning together does', () => {
    run((_roi, grid) => {
      const apart = directionalGroups(grid, '3D:averaged').map((group) => runLengthMatrix(grid, group));
      expect(mergeLevelSize(apart)).toEqual(runLengthMatrix(grid, directionalGroups(grid, '3D:merged')[0]!));
    });
  });
});

describe('zones', () => {
  it('equal flood fill in size and distance, whole, by slice and merged', () => {
    run((roi, grid) => {
      const mask = Uint8Array.from(roi.levels, (level, v) => (level > 0 || v % 3 === 0 ? 1 : 0));
      for (const dimensions of [2, 3] as const) {
        const distances = slowDistances(roi, mask, dimensions);
        const zones = findZones(grid, dimensions, edgeDistances(grid, mask, dimensions));
        const slow = slowZones(roi, neighborhood(dimensions)).map(({ level, voxels }) => ({
          level,
          slice: Number(voxels[0]!.split(',')[2]),
          sizes: voxels.length,
          distances: Math.min(...voxels.map((voxel) => distances.get(voxel) as number)),
        }));
        expect(zones.count).toBe(slow.length);
        expect(zones.sizes.reduce((sum, size) => sum + size, 0)).toBe(grid.voxels.length);
        for (const attribute of ['sizes', 'distances'] as const) {
          const cellsOf = (kept: typeof slow) => {
            const cells: Cells = new Map();
            for (const zone of kept) add(cells, `${zone.level} ${zone[attribute]}`);
            return sorted(cells);
          };
          expect(zoneMatrices(grid, zones, attribute, false).map((matrix) => sorted(sizeCells(matrix)))).toEqual([cellsOf(slow)]);
          if (dimensions === 3) continue;
          const slices = [...new Set(slow.map(({ slice }) => slice))].sort((a, b) => a - b);
          const bySlice = slices.map((k) => cellsOf(slow.filter(({ slice }) => slice === k)));
          expect(zoneMatrices(grid, zones, attribute, true).map((matrix) => sorted(sizeCells(matrix)))).toEqual(bySlice);
        }
      }
    });
  });
});

describe('neighborhoods', () => {
  it('equal the slow twin for both matrices, in three dimensions and in slices, for radius and coarseness', () => {
    run((roi, grid) => {
      for (const [aggregation, distance, alpha] of [
        ['3D', 1, 0],
        ['3D', 2, 60],
        ['2.5D', 1, 0],
        ['2.5D', 2, 25.5],
      ] as const) {
        const { tone, dependence } = scanNeighborhoods(grid, undirectedGroups(grid, aggregation, distance)[0]!, alpha);
        const counts: Cells = new Map();
        const differences = new Map<number, number>();
        const dependent: Cells = new Map();
        eachVoxel(roi, (i, j, k, level) => {
          const around = neighborhood(aggregation === '3D' ? 3 : 2, distance).map(([di, dj, dk]) => levelAt(roi, i + di, j + dj, k + dk));
          const inside = around.filter((other) => other > 0);
          add(dependent, `${level} ${1 + inside.filter((other) => Math.abs(other - level) <= alpha).length}`);
          if (inside.length === 0) return;
          add(counts, `${level}`);
          const mean = inside.reduce((sum, other) => sum + other, 0) / inside.length;
          differences.set(level, (differences.get(level) ?? 0) + Math.abs(level - mean));
        });
        expect(sorted(sizeCells(dependence))).toEqual(sorted(dependent));
        expect(dependence.counts.reduce((sum, count) => sum + count, 0)).toBe(grid.voxels.length);
        expect([...tone.counts]).toEqual([...tone.levels].map((level) => counts.get(`${level}`) ?? 0));
        tone.levels.forEach((level, r) => expect(tone.differences[r]).toBeCloseTo(differences.get(level) ?? 0, 9));
      }
    });
  });
});
