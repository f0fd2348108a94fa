import type { Geometry, Triple } from '@cohortium/imaging';

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Index to position, without the origin: the directions times the spacings. */
function stepMatrix({ direction, spacingMm }: Geometry): Matrix {
  return direction.map((cosine, at) => cosine * (spacingMm[at % 3] as number)) as unknown as Matrix;
}

/** Position to index, without the origin: directions are orthonormal. */
function inverseMatrix({ direction, spacingMm }: Geometry): Matrix {
  return Array.from({ length: 9 }, (_, at) => {
    const [row, column] = [Math.floor(at / 3), at % 3];
    return (direction[3 * column + row] as number) / (spacingMm[row] as number);
  }) as unknown as Matrix;
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
export function indexOf(geometry: Geometry, [x, y, z]: Triple): Triple {
  return times(inverseMatrix(geometry), [x - geometry.originMm[0], y - geometry.originMm[1], z - geometry.originMm[2]]);
}

/**
 * Visits the voxels of a grid in memory order, with the fractional index that each has on another grid. Indices along a line are blended
 * from those of its ends, as ITK's ResampleImageFilter does: where they fall half-way between voxels, the last bit decides.
 */
export function visitOnto(target: Geometry, source: Geometry, visit: (at: number, x: number, y: number, z: number) => void): void {
  const [ni, nj, nk] = target.dimensions;
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      const [x0, y0, z0] = indexOf(source, positionOf(target, [0, j, k]));
      const [x1, y1, z1] = indexOf(source, positionOf(target, [ni, j, k]));
      for (let i = 0; i < ni; i++, at++) {
        const way = i / ni;
        visit(at, x0 + way * (x1 - x0), y0 + way * (y1 - y0), z0 + way * (z1 - z0));
      }
    }
}
