import { patientToIndex, voxelCount, indexToPatient } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import type { Geometry, RoiMask, Volume } from '../volume.js';
import { pointMap } from './spatial-transform.js';
import type { SpatialTransform } from './spatial-transform.js';

/**
 * The moving image on the fixed grid, linear between its voxels; NaN where the transform leads outside of it.
 * @param transforms from the fixed to the moving image; none only resamples
 */
export function transformImage(moving: Volume, fixed: Geometry, transforms: readonly SpatialTransform[]): Float32Array {
  const out = new Float32Array(voxelCount(fixed)).fill(NaN);
  const { values } = moving;
  const [ni, nj, nk] = moving.geometry.dimensions;
  eachPlace(moving.geometry, fixed, transforms, (at, x, y, z) => {
    // Positions half a voxel beyond the outermost centers still lie in their voxels.
    if (!(x >= -0.5 && y >= -0.5 && z >= -0.5 && x <= ni - 0.5 && y <= nj - 0.5 && z <= nk - 0.5)) return;
    const [i, u] = below(x, ni);
    const [j, v] = below(y, nj);
    const [k, w] = below(z, nk);
    const [di, dj, dk] = [i + 1 < ni ? 1 : 0, j + 1 < nj ? ni : 0, k + 1 < nk ? ni * nj : 0];
    const base = i + ni * (j + nj * k);
    const line = (from: number) => (1 - u) * (values[from] as number) + u * (values[from + di] as number);
    const plane = (from: number) => (1 - v) * line(from) + v * line(from + dj);
    out[at] = (1 - w) * plane(base) + w * plane(base + dk);
  });
  return out;
}

/** A mask of the moving image on the fixed grid: each voxel takes the nearest one, 0 outside. */
export function transformMask(moving: RoiMask, fixed: Geometry, transforms: readonly SpatialTransform[]): RoiMask {
  const voxels = new Uint8Array(voxelCount(fixed));
  const [ni, nj, nk] = moving.geometry.dimensions;
  eachPlace(moving.geometry, fixed, transforms, (at, x, y, z) => {
    const [i, j, k] = [Math.round(x), Math.round(y), Math.round(z)];
    if (i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk) voxels[at] = moving.voxels[i + ni * (j + nj * k)] as number;
  });
  return { geometry: fixed, voxels };
}

function below(position: number, count: number): [index: number, share: number] {
  const clamped = Math.min(Math.max(position, 0), count - 1);
  const index = Math.min(Math.floor(clamped), Math.max(0, count - 2));
  return [index, clamped - index];
}

/** Calls with the fractional index in the moving grid of every voxel of the fixed one. */
function eachPlace(
  moving: Geometry,
  fixed: Geometry,
  transforms: readonly SpatialTransform[],
  visit: (at: number, x: number, y: number, z: number) => void,
): void {
  const map = pointMap(transforms);
  // Fixed millimeters to moving index is affine: its columns are found from four points.
  const [si, sj, sk] = fixed.spacingMm;
  const indexOf = (mm: Triple) => patientToIndex(moving, indexToPatient(fixed, [mm[0] / si, mm[1] / sj, mm[2] / sk]));
  const start = indexOf([0, 0, 0]);
  const column = (mm: Triple) => indexOf(mm).map((value, axis) => value - (start[axis] as number)) as unknown as Triple;
  const [a, b, c] = [column([1, 0, 0]), column([0, 1, 0]), column([0, 0, 1])];
  const point = new Float64Array(3);
  const [ni, nj, nk] = fixed.dimensions;
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        point[0] = i * si;
        point[1] = j * sj;
        point[2] = k * sk;
        map(point);
        const [x, y, z] = [point[0] as number, point[1] as number, point[2] as number];
        visit(
          at,
          start[0] + a[0] * x + b[0] * y + c[0] * z,
          start[1] + a[1] * x + b[1] * y + c[1] * z,
          start[2] + a[2] * x + b[2] * y + c[2] * z,
        );
      }
}

/** How a transform moves the voxels of a grid. */
export interface Displacement {
  readonly meanMm: number;
  readonly mostMm: number;
  /** Share of the voxels at which the transform folds space: the determinant of its derivative is not positive. */
  readonly foldedShare: number;
}

/** Size of the displacement at the voxels of a grid, and where it folds, from differences between neighbors. */
export function displacementOf({ dimensions, spacingMm }: Geometry, transforms: readonly SpatialTransform[]): Displacement {
  const map = pointMap(transforms);
  const [ni, nj, nk] = dimensions;
  const moved = new Float64Array(3 * ni * nj * nk);
  const point = new Float64Array(3);
  let [sum, most] = [0, 0];
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at += 3) {
        const [x, y, z] = [i * spacingMm[0], j * spacingMm[1], k * spacingMm[2]];
        point[0] = x;
        point[1] = y;
        point[2] = z;
        map(point);
        moved.set(point, at);
        const length = Math.sqrt(((point[0] as number) - x) ** 2 + ((point[1] as number) - y) ** 2 + ((point[2] as number) - z) ** 2);
        sum += length;
        most = Math.max(most, length);
      }
  return { meanMm: sum / (ni * nj * nk), mostMm: most, foldedShare: foldedShareOf(moved, dimensions) };
}

function foldedShareOf(moved: Float64Array, [ni, nj, nk]: Triple): number {
  let [folded, count] = [0, 0];
  const difference = (at: number, step: number): Triple => [
    (moved[3 * (at + step)] as number) - (moved[3 * at] as number),
    (moved[3 * (at + step) + 1] as number) - (moved[3 * at + 1] as number),
    (moved[3 * (at + step) + 2] as number) - (moved[3 * at + 2] as number),
  ];
  for (let k = 0; k < nk - 1; k++)
    for (let j = 0; j < nj - 1; j++)
      for (let i = 0; i < ni - 1; i++) {
        const at = i + ni * (j + nj * k);
        const [u, v, w] = [difference(at, 1), difference(at, ni), difference(at, ni * nj)];
        const determinant = u[0] * (v[1] * w[2] - v[2] * w[1]) - u[1] * (v[0] * w[2] - v[2] * w[0]) + u[2] * (v[0] * w[1] - v[1] * w[0]);
        count++;
        if (!(determinant > 0)) folded++;
      }
  return count === 0 ? 0 : folded / count;
}
