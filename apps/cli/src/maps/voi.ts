import { DicomObject, indexToPatient } from '@cohortium/imaging';
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

const ucsfCreator = 'UCSF BIRP PRIVATE CREATOR 011710xx';

/**
 * Corners, LPS mm, of the volume of interest that a map of UCSF's breast software carries: its center and three half axes in private attributes
 * (0117,1042) to (0117,1045).
 * @returns undefined where the file has none, or its axes do not run along the patient axes
 */
export function statedVoi(bytes: Uint8Array): readonly number[] | undefined {
  const object = DicomObject.parse(bytes);
  if (object.text('x01170010') !== ucsfCreator) return undefined;
  const item = object.items('x01171020').find((each) => each.text('x01171046') === 'VOI');
  const center = item?.decimals('x01171042');
  const halves = ['x01171043', 'x01171044', 'x01171045'].map((tag) => item?.decimals(tag));
  if (center === undefined || halves.some((half) => half === undefined)) return undefined;
  const reach = [0, 1, 2].map((axis) => halves.reduce((sum, half) => sum + Math.abs(half?.[axis] as number), 0));
  return [...reach.map((r, axis) => (center[axis] as number) - r), ...reach.map((r, axis) => (center[axis] as number) + r)];
}
