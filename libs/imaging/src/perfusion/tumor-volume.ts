import type { Box } from '../interpolation/grid.js';
import type { Geometry, RoiMask, Volume } from '../volume.js';

/** Rules of the functional tumor volume. */
export interface TumorVolumeRules {
  /** Box in which the tumor is sought: voxels `from` up to before `to`. */
  readonly box: Box;
  /** Percent enhancement of a tumor voxel, at least. */
  readonly percentEnhancement?: number;
  /** Share of the 95th percentile of the signal before contrast, inside the box, above which a voxel is tissue. */
  readonly backgroundShare?: number;
  /** Fewest of the 26 neighbors that pass as well, inside the box or not. */
  readonly neighbors?: number;
  /** Signal enhancement ratio of a tumor voxel, at least, in thousandths as ratio maps hold it; a ratio of 0 or less never counts. */
  readonly minRatio?: number;
}

/** What was found. */
export interface FunctionalTumor {
  readonly mask: RoiMask;
  readonly voxelCount: number;
  readonly volumeMm3: number;
  /** Signal before contrast above which voxels counted as tissue. */
  readonly backgroundThreshold: number;
}

/**
 * Functional tumor volume: voxels of the box that are tissue, enhance enough early, have enough such neighbors, and whose signal enhancement ratio
 * exceeds a limit.
 * @param before signal before contrast
 * @param early signal of the first phase after contrast
 * @param late signal of the late phase
 * @see Hylton et al. 2012, doi:10.1148/radiol.12110748; Newitt and Hylton 2016, doi:10.7937/K9/TCIA.2016.QHsyhJKy
 */
export function functionalTumor(
  geometry: Geometry,
  [before, early, late]: readonly [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>],
  { box, percentEnhancement = 70, backgroundShare = 0.6, neighbors = 4, minRatio = 0 }: TumorVolumeRules,
): FunctionalTumor {
  const threshold = backgroundShare * percentile95(geometry, before, box);
  const passes = new Uint8Array(before.length);
  for (let at = 0; at < before.length; at++) {
    const s0 = before[at] as number;
    // Compared without division: whole numbers stay exact.
    if (s0 > threshold && 100 * ((early[at] as number) - s0) >= percentEnhancement * s0) passes[at] = 1;
  }
  const voxels = new Uint8Array(before.length);
  let voxelCount = 0;
  eachVoxel(geometry, box, (at, i, j, k) => {
    if (passes[at] === 0 || passingNeighbors(passes, geometry, i, j, k) < neighbors) return;
    const s0 = before[at] as number;
    const rise = (early[at] as number) - s0;
    const lateRise = (late[at] as number) - s0;
    const ratio = rise / lateRise;
    if (!(ratio > 0 && Math.round(1000 * ratio) >= 1000 * minRatio)) return;
    voxels[at] = 1;
    voxelCount++;
  });
  const [si, sj, sk] = geometry.spacingMm;
  return { mask: { geometry, voxels }, voxelCount, volumeMm3: voxelCount * si * sj * sk, backgroundThreshold: threshold };
}

/**
 * Functional tumor volume from a map of the signal enhancement ratio that holds 0 where a voxel did not pass: voxels of the box above 0 whose ratio
 * reaches a limit.
 */
export function ratioTumor(
  { geometry, values }: Volume,
  { box, minRatio = 0 }: Pick<TumorVolumeRules, 'box' | 'minRatio'>,
): Omit<FunctionalTumor, 'backgroundThreshold'> {
  const voxels = new Uint8Array(values.length);
  let voxelCount = 0;
  eachVoxel(geometry, box, (at) => {
    const ratio = values[at] as number;
    if (!(ratio > 0 && Math.round(1000 * ratio) >= 1000 * minRatio)) return;
    voxels[at] = 1;
    voxelCount++;
  });
  const [si, sj, sk] = geometry.spacingMm;
  return { mask: { geometry, voxels }, voxelCount, volumeMm3: voxelCount * si * sj * sk };
}

function eachVoxel(
  { dimensions: [ni, nj] }: Geometry,
  { from, to }: Box,
  visit: (at: number, i: number, j: number, k: number) => void,
): void {
  for (let k = from[2]; k < to[2]; k++)
    for (let j = from[1]; j < to[1]; j++) for (let i = from[0]; i < to[0]; i++) visit(i + ni * (j + nj * k), i, j, k);
}

function percentile95(geometry: Geometry, values: ArrayLike<number>, box: Box): number {
  const inside: number[] = [];
  eachVoxel(geometry, box, (at) => inside.push(values[at] as number));
  const sorted = Float64Array.from(inside).sort();
  const place = 0.95 * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return (sorted[low] as number) + (place - low) * ((sorted[high] as number) - (sorted[low] as number));
}

function passingNeighbors(passes: Uint8Array, { dimensions: [ni, nj, nk] }: Geometry, i: number, j: number, k: number): number {
  let count = -1;
  for (let c = Math.max(0, k - 1); c <= Math.min(nk - 1, k + 1); c++)
    for (let b = Math.max(0, j - 1); b <= Math.min(nj - 1, j + 1); b++)
      for (let a = Math.max(0, i - 1); a <= Math.min(ni - 1, i + 1); a++) count += passes[a + ni * (b + nj * c)] as number;
  return count;
}
