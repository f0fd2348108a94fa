import { cos, sin } from '@cohortium/numerics';
import type { Triple } from '../geometry/geometry.js';

/** Turns about a center, then shifts: R (x - center) + center + shift. */
export interface RigidTransform {
  readonly kind: 'rigid';
  /** Radians about x, y and z; R = Rz Rx Ry. */
  readonly angles: Triple;
  readonly shiftMm: Triple;
  readonly centerMm: Triple;
}

/** Moves every point by a cubic B-spline; points beyond its reach stay where they are. */
export interface SplineTransform {
  readonly kind: 'spline';
  readonly size: Triple;
  readonly originMm: Triple;
  readonly spacingMm: Triple;
  /** Displacements along x at all control points, i fastest, then along y, then along z. */
  readonly coefficients: readonly number[];
}

/**
 * From a point of the fixed image to the point of the moving image that shows the same tissue. Points are millimeters along the axes of the fixed
 * grid, from the center of its first voxel: so grids may lie in space as they like.
 */
export type SpatialTransform = RigidTransform | SplineTransform;

/** Moves a point, in place. */
export type PointMap = (point: Float64Array) => void;

/** The points of several transforms, one after the other: the first in the list is applied first. */
export function pointMap(transforms: readonly SpatialTransform[]): PointMap {
  const maps = transforms.map((transform) => (transform.kind === 'rigid' ? rigidMap(transform) : splineMap(transform)));
  return (point) => {
    for (const map of maps) map(point);
  };
}

/** Rotation matrix, row-major, of angles about x, y and z. */
export function rotationMatrix([ax, ay, az]: Triple): readonly number[] {
  const [cx, sx, cy, sy, cz, sz] = [cos(ax), sin(ax), cos(ay), sin(ay), cos(az), sin(az)];
  return [
    cz * cy - sz * sx * sy,
    -sz * cx,
    cz * sy + sz * sx * cy,
    sz * cy + cz * sx * sy,
    cz * cx,
    sz * sy - cz * sx * cy,
    -cx * sy,
    sx,
    cx * cy,
  ];
}

function rigidMap({ angles, shiftMm, centerMm }: RigidTransform): PointMap {
  const r = rotationMatrix(angles) as unknown as Float64Array;
  const [cx, cy, cz] = centerMm;
  return (point) => {
    const x = (point[0] as number) - cx;
    const y = (point[1] as number) - cy;
    const z = (point[2] as number) - cz;
    point[0] = (r[0] as number) * x + (r[1] as number) * y + (r[2] as number) * z + cx + shiftMm[0];
    point[1] = (r[3] as number) * x + (r[4] as number) * y + (r[5] as number) * z + cy + shiftMm[1];
    point[2] = (r[6] as number) * x + (r[7] as number) * y + (r[8] as number) * z + cz + shiftMm[2];
  };
}

function splineMap({ size, originMm, spacingMm, coefficients }: SplineTransform): PointMap {
  const all = Float64Array.from(coefficients);
  const [ni, nj, nk] = size;
  const count = ni * nj * nk;
  const weights = new Float64Array(12);
  const first = new Int32Array(3);
  return (point) => {
    for (let axis = 0; axis < 3; axis++) {
      const u = ((point[axis] as number) - (originMm[axis] as number)) / (spacingMm[axis] as number);
      first[axis] = Math.floor(u) - 1;
      if ((first[axis] as number) < 0 || (first[axis] as number) + 3 >= (size[axis] as number)) return;
      writeWeights(u - Math.floor(u), weights, 4 * axis);
    }
    let [dx, dy, dz] = [0, 0, 0];
    for (let c = 0; c < 4; c++)
      for (let b = 0; b < 4; b++) {
        const side = (weights[8 + c] as number) * (weights[4 + b] as number);
        const row = (first[0] as number) + ni * ((first[1] as number) + b + nj * ((first[2] as number) + c));
        for (let a = 0; a < 4; a++) {
          const weight = side * (weights[a] as number);
          dx += weight * (all[row + a] as number);
          dy += weight * (all[count + row + a] as number);
          dz += weight * (all[2 * count + row + a] as number);
        }
      }
    point[0] = (point[0] as number) + dx;
    point[1] = (point[1] as number) + dy;
    point[2] = (point[2] as number) + dz;
  };
}

function writeWeights(f: number, out: Float64Array, at: number): void {
  const g = 1 - f;
  out[at] = (g * g * g) / 6;
  out[at + 1] = 2 / 3 - (f * f * (2 - f)) / 2;
  out[at + 2] = 2 / 3 - (g * g * (2 - g)) / 2;
  out[at + 3] = (f * f * f) / 6;
}
