import { indexToPatient } from '@cohortium/imaging';
import type { Box, Geometry } from '@cohortium/imaging';

/**
 * The voxels whose centers lie in a block of patient space that runs along the patient axes.
 * @param corners two opposite corners, x, y, z each, LPS mm
 * @returns undefined where no voxel does, or where the grid lies askew to the patient axes by more than a degree
 */
export function boxInMm(geometry: Geometry, corners: readonly number[]): Box | undefined {
  const low = [0, 1, 2].map((axis) => Math.min(corners[axis] as number, corners[axis + 3] as number));
  const high = [0, 1, 2].map((axis) => Math.max(corners[axis] as number, corners[axis + 3] as number));
  const ranges = ([0, 1, 2] as const).map((axis) => {
    const patientAxis = [0, 1, 2].find((row) => Math.abs(geometry.direction[3 * row + axis] as number) > 0.9998);
    if (patientAxis === undefined) return undefined;
    const inside = Array.from({ length: geometry.dimensions[axis] }, (_, n) => n).filter((n) => {
      const index: [number, number, number] = [0, 0, 0];
      index[axis] = n;
      const at = indexToPatient(geometry, index)[patientAxis] as number;
      return at >= (low[patientAxis] as number) && at <= (high[patientAxis] as number);
    });
    return inside.length === 0 ? undefined : ([inside[0] as number, (inside.at(-1) as number) + 1] as const);
  });
  const [i, j, k] = ranges;
  return i && j && k ? { from: [i[0], j[0], k[0]], to: [i[1], j[1], k[1]] } : undefined;
}
