import { imagingErrors } from '../errors.js';
import type { Geometry } from '../volume.js';

/** A point or vector of patient space or of grid indices. */
export type Triple = readonly [number, number, number];

/** Largest distance between corresponding corners of two grids that count as the same, in millimeters. */
export const sameGeometryToleranceMm = 1e-3;
/** Largest cosine between two grid axes that count as perpendicular; headers in single precision stay below 1e-6. */
const perpendicularTolerance = 1e-4;

/**
 * A grid from the patient-space vectors between neighboring voxels.
 * @param dimensions voxels along i, j, k
 * @param steps the vector from one voxel to the next along each axis, LPS millimeters
 * @param originMm center of voxel (0, 0, 0), LPS millimeters
 * @throws `IMAGING.BAD_GEOMETRY` for spacings that are not positive, numbers that are not finite, axes that are not perpendicular
 */
export function geometryFromSteps(dimensions: Triple, steps: readonly [Triple, Triple, Triple], originMm: Triple): Geometry {
  const lengths = steps.map(vectorLength) as unknown as Triple;
  const axes = steps.map((step, a) => step.map((part) => part / (lengths[a] as number))) as unknown as [Triple, Triple, Triple];
  return geometryFromAxes(dimensions, axes, lengths, originMm);
}

/** Length of a vector. */
export function vectorLength([x, y, z]: Triple): number {
  return Math.sqrt(x * x + y * y + z * z);
}

/**
 * The same from unit vectors and spacings.
 * @throws what {@link geometryFromSteps} throws
 */
export function geometryFromAxes(
  dimensions: Triple,
  axes: readonly [Triple, Triple, Triple],
  spacingMm: Triple,
  originMm: Triple,
): Geometry {
  if (!spacingMm.every((value) => Number.isFinite(value) && value > 0))
    throw imagingErrors.error('IMAGING.BAD_GEOMETRY', { problem: 'spacing' });
  if (!originMm.every(Number.isFinite)) throw imagingErrors.error('IMAGING.BAD_GEOMETRY', { problem: 'finite' });
  const [u, v, w] = axes;
  if (Math.max(Math.abs(dot(u, v)), Math.abs(dot(v, w)), Math.abs(dot(w, u))) > perpendicularTolerance)
    throw imagingErrors.error('IMAGING.BAD_GEOMETRY', { problem: 'sheared' });
  return {
    dimensions,
    spacingMm,
    originMm,
    // Adding 0 turns the -0 that a change of axes leaves behind into 0.
    direction: [u[0] + 0, v[0] + 0, w[0] + 0, u[1] + 0, v[1] + 0, w[1] + 0, u[2] + 0, v[2] + 0, w[2] + 0],
  };
}

/** Patient position of a (fractional) voxel index. */
export function indexToPatient({ spacingMm, originMm, direction }: Geometry, index: Triple): Triple {
  const scaled = [index[0] * spacingMm[0], index[1] * spacingMm[1], index[2] * spacingMm[2]] as const;
  const row = (r: 0 | 1 | 2) =>
    originMm[r] +
    (direction[3 * r] as number) * scaled[0] +
    (direction[3 * r + 1] as number) * scaled[1] +
    (direction[3 * r + 2] as number) * scaled[2];
  return [row(0), row(1), row(2)];
}

/** Fractional voxel index of a patient position; the inverse of {@link indexToPatient} for perpendicular axes. */
export function patientToIndex({ spacingMm, originMm, direction }: Geometry, position: Triple): Triple {
  const offset = [position[0] - originMm[0], position[1] - originMm[1], position[2] - originMm[2]] as const;
  const column = (c: 0 | 1 | 2) =>
    ((direction[c] as number) * offset[0] + (direction[3 + c] as number) * offset[1] + (direction[6 + c] as number) * offset[2]) /
    spacingMm[c];
  return [column(0), column(1), column(2)];
}

/** Number of voxels of a grid. */
export function voxelCount({ dimensions: [ni, nj, nk] }: Geometry): number {
  return ni * nj * nk;
}

/** Largest distance between corresponding corner voxels, in millimeters; infinite where the dimensions differ. */
export function cornerDistanceMm(a: Geometry, b: Geometry): number {
  if (a.dimensions.some((n, axis) => n !== b.dimensions[axis])) return Infinity;
  const [ni, nj, nk] = a.dimensions;
  let most = 0;
  for (const i of [0, ni - 1])
    for (const j of [0, nj - 1])
      for (const k of [0, nk - 1]) {
        const p = indexToPatient(a, [i, j, k]);
        const q = indexToPatient(b, [i, j, k]);
        most = Math.max(most, Math.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2));
      }
  return most;
}

/** True when the dimensions are equal and every corner agrees within {@link sameGeometryToleranceMm}. */
export function isSameGeometry(a: Geometry, b: Geometry): boolean {
  return cornerDistanceMm(a, b) <= sameGeometryToleranceMm;
}

/**
 * Refuses a mask that was not drawn on the grid of its image.
 * @throws `IMAGING.GEOMETRY_DIFFERS` with both geometries
 */
export function assertSameGeometry(image: Geometry, mask: Geometry): void {
  const distance = cornerDistanceMm(image, mask);
  if (distance <= sameGeometryToleranceMm) return;
  throw imagingErrors.error('IMAGING.GEOMETRY_DIFFERS', {
    distance: Number.isFinite(distance) ? distance.toPrecision(4) : '∞',
    image: describeGeometry(image),
    mask: describeGeometry(mask),
  });
}

/** A grid on one line, the same in every language: `5x4x4, 2x2x2 mm, @(0, 0, 0), [1 0 0; 0 1 0; 0 0 1]`. */
export function describeGeometry({ dimensions, spacingMm, originMm, direction }: Geometry): string {
  const short = (value: number) => String(Number(value.toFixed(4)) + 0);
  const rows = [0, 3, 6].map((at) =>
    direction
      .slice(at, at + 3)
      .map(short)
      .join(' '),
  );
  return `${dimensions.join('x')}, ${spacingMm.map(short).join('x')} mm, @(${originMm.map(short).join(', ')}), [${rows.join('; ')}]`;
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
