import type { DiscretizedRoi } from '../../roi/roi.js';
import { featureErrors } from '../errors.js';

/**
 * The gray levels of a region in a form that is quick to scan: a box with a margin of empty voxels, so that no neighbor needs a bounds
 * check, and the occurring levels numbered 1 to n, so that a matrix has no empty rows.
 */
export interface LevelGrid {
  /** Ng of the discretization: the bins that can occur. */
  readonly levelCount: number;
  /** The gray level of each rank: `levels[r - 1]` for rank r; ascending, only levels that occur. */
  readonly levels: Float64Array;
  /** Rank of each voxel's level, 0 outside the region; with margin, i fastest. */
  readonly ranks: Uint16Array;
  /** Places of the region's voxels in {@link ranks}, in ascending order. */
  readonly voxels: Int32Array;
  /** The voxels of slice k are `voxels[sliceStart[k]]` to before `voxels[sliceStart[k + 1]]`. */
  readonly sliceStart: Int32Array;
  /** Size of the region's box without the margin. */
  readonly dimensions: readonly [number, number, number];
  /** Empty voxels on every side. */
  readonly margin: number;
  /** Distance in {@link ranks} between neighbors along i, j and k. */
  readonly strides: readonly [number, number, number];
}

/** A step from a voxel to another: whole voxels along i, j and k. */
export type Step = readonly [number, number, number];

/**
 * Lays out a discretized region for scanning.
 * @param margin the farthest that steps will reach along an axis
 * @throws RADIOMICS.EMPTY_ROI, RADIOMICS.BAD_ROI
 */
export function levelGrid(roi: DiscretizedRoi, margin = 1): LevelGrid {
  const [ni, nj, nk] = roi.dimensions;
  if (roi.levels.length !== ni * nj * nk) throw featureErrors.error('RADIOMICS.BAD_ROI', { reason: 'length' });
  const { rankOf, levels, count } = rankLevels(roi);
  const rowStride = ni + 2 * margin;
  const sliceStride = rowStride * (nj + 2 * margin);
  const ranks = new Uint16Array(sliceStride * (nk + 2 * margin));
  const voxels = new Int32Array(count);
  const sliceStart = new Int32Array(nk + 1);
  let found = 0;
  for (let k = 0, from = 0; k < nk; k++) {
    sliceStart[k] = found;
    for (let j = 0; j < nj; j++) {
      let to = margin + rowStride * (j + margin) + sliceStride * (k + margin);
      for (const end = from + ni; from < end; from++, to++) {
        const level = roi.levels[from] as number;
        if (level === 0) continue;
        ranks[to] = rankOf[level] as number;
        voxels[found++] = to;
      }
    }
  }
  sliceStart[nk] = found;
  return {
    levelCount: roi.levelCount,
    levels,
    ranks,
    voxels,
    sliceStart,
    dimensions: roi.dimensions,
    margin,
    strides: [1, rowStride, sliceStride],
  };
}

/** Numbers the levels that occur. */
function rankLevels(roi: DiscretizedRoi): { rankOf: Uint16Array; levels: Float64Array; count: number } {
  let highest = 0;
  for (let v = 0; v < roi.levels.length; v++) if ((roi.levels[v] as number) > highest) highest = roi.levels[v] as number;
  const occurs = new Uint32Array(highest + 1);
  for (let v = 0; v < roi.levels.length; v++) {
    const level = roi.levels[v] as number;
    occurs[level] = (occurs[level] as number) + 1;
  }
  const rankOf = new Uint16Array(highest + 1);
  const levels: number[] = [];
  let count = 0;
  for (let level = 1; level < occurs.length; level++) {
    if (occurs[level] === 0) continue;
    if (level > roi.levelCount) throw featureErrors.error('RADIOMICS.BAD_ROI', { reason: 'level' });
    levels.push(level);
    rankOf[level] = levels.length;
    count += occurs[level] as number;
  }
  if (count === 0) throw featureErrors.error('RADIOMICS.EMPTY_ROI', { mask: 'discretized' });
  return { rankOf, levels: Float64Array.from(levels), count };
}

/** Steps as distances in the array of a grid. */
export function offsetsOf(grid: LevelGrid, steps: readonly Step[]): Int32Array {
  const [si, sj, sk] = grid.strides;
  return Int32Array.from(steps, ([i, j, k]) => i * si + j * sj + k * sk);
}

/**
 * The directions of IBSI's 26-neighborhood without their opposites: 13 in three dimensions, 4 in a slice. Each points forward in memory.
 * @param distance factor on every step (IBSI: the direction vectors are multiplied by the distance)
 */
export function directions(dimensions: 2 | 3, distance = 1): Step[] {
  return neighborhood(dimensions, 1)
    .filter(([i, j, k]) => k > 0 || (k === 0 && (j > 0 || (j === 0 && i > 0))))
    .map(([i, j, k]) => [i * distance, j * distance, k * distance]);
}

/** All steps within a Chebyshev distance, without the zero step. */
export function neighborhood(dimensions: 2 | 3, distance = 1): Step[] {
  const steps: Step[] = [];
  const reach = dimensions === 3 ? distance : 0;
  for (let k = -reach; k <= reach; k++) {
    for (let j = -distance; j <= distance; j++) {
      for (let i = -distance; i <= distance; i++) if (i !== 0 || j !== 0 || k !== 0) steps.push([i, j, k]);
    }
  }
  return steps;
}
