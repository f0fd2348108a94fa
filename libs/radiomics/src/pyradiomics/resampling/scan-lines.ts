import type { Geometry, Triple } from '@cohortium/imaging';
import { inverseMatrix } from './inverse-matrix.js';
import type { Matrix } from './inverse-matrix.js';

/** Index to position, without the origin: the directions times the spacings. */
function stepMatrix({ direction, spacingMm }: Geometry): Matrix {
  return direction.map((cosine, at) => cosine * (spacingMm[at % 3] as number)) as unknown as Matrix;
}

const times = (m: Matrix, [x, y, z]: Triple): Triple => [
  m[0] * x + m[1] * y + m[2] * z,
  m[3] * x + m[4] * y + m[5] * z,
  m[6] * x + m[7] * y + m[8] * z,
];

/** Position of a fractional index, in the order of operations of ITK. */
export function positionOf(geometry: Geometry, index: Triple): Triple {
  const [x, y, z] = times(stepMatrix(geometry), index);
  return [x + geometry.originMm[0], y + geometry.originMm[1], z + geometry.originMm[2]];
}

/** Fractional index of a position, in the order of operations of ITK. */
export function indexOf(geometry: Geometry, position: Triple): Triple {
  return fractionalIndex(inverseMatrix(stepMatrix(geometry)), geometry.originMm, position);
}

const fractionalIndex = (inverse: Matrix, [u, v, w]: Triple, [x, y, z]: Triple) => times(inverse, [x - u, y - v, z - w]);

/** Position of a voxel: ITK begins with the origin where the index is whole, and ends with it where it is not. */
function voxelPosition(m: Matrix, [u, v, w]: Triple, i: number, j: number, k: number): Triple {
  return [u + m[0] * i + m[1] * j + m[2] * k, v + m[3] * i + m[4] * j + m[5] * k, w + m[6] * i + m[7] * j + m[8] * k];
}

/**
 * Visits the voxels of a grid in memory order, with the fractional index that each has on another grid. Indices along a line are blended
 * from those of its ends, as ITK's ResampleImageFilter does: where they fall half-way between voxels, the last bit decides.
 */
export function visitOnto(target: Geometry, source: Geometry, visit: (at: number, x: number, y: number, z: number) => void): void {
  const [ni, nj, nk] = target.dimensions;
  const steps = stepMatrix(target);
  const inverse = inverseMatrix(stepMatrix(source));
  const indexAt = (i: number, j: number, k: number) =>
    fractionalIndex(inverse, source.originMm, voxelPosition(steps, target.originMm, i, j, k));
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      const [x0, y0, z0] = indexAt(0, j, k);
      const [x1, y1, z1] = indexAt(ni, j, k);
      for (let i = 0; i < ni; i++, at++) {
        const way = i / ni;
        visit(at, x0 + way * (x1 - x0), y0 + way * (y1 - y0), z0 + way * (z1 - z0));
      }
    }
}
