import { imagingErrors } from '../errors.js';
import { patientToIndex, indexToPatient, voxelCount } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import type { Geometry, RoiMask, Volume } from '../volume.js';

/** Labels that a message lists at most. */
const listedLabels = 12;

/**
 * The voxels of one label of a label map.
 * @param label value of the region's voxels; without it the map must hold a single value other than 0
 * @throws `IMAGING.NOT_A_MASK`, `IMAGING.LABEL_ABSENT`, `IMAGING.AMBIGUOUS_LABEL`, `IMAGING.EMPTY_MASK`
 */
export function toRoiMask({ geometry, values }: Volume, label?: number): RoiMask {
  const labels = labelsOf(values);
  const chosen = label ?? labels[0];
  if (chosen === undefined) throw imagingErrors.error('IMAGING.EMPTY_MASK', { stage: 'drawn' });
  const list = labels.slice(0, listedLabels).join(', ') + (labels.length > listedLabels ? ', ...' : '');
  if (label === undefined && labels.length > 1) throw imagingErrors.error('IMAGING.AMBIGUOUS_LABEL', { labels: list });
  if (!labels.includes(chosen)) throw imagingErrors.error('IMAGING.LABEL_ABSENT', { label: chosen, labels: list || 'none' });
  const voxels = new Uint8Array(values.length);
  for (let at = 0; at < voxels.length; at++) if (values[at] === chosen) voxels[at] = 1;
  return { geometry, voxels };
}

/** Values other than 0, ascending. @throws `IMAGING.NOT_A_MASK` for fractions and for values that are no numbers */
function labelsOf(values: Volume['values']): readonly number[] {
  const seen = new Set<number>();
  let last = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (value === last) continue;
    last = value;
    if (!Number.isInteger(value)) throw imagingErrors.error('IMAGING.NOT_A_MASK');
    if (value !== 0) seen.add(value);
  }
  return [...seen].sort((a, b) => a - b);
}

/**
 * Carries a mask over to another grid: each voxel of the new grid takes the value of the mask voxel whose center is nearest, and 0 outside
 * the mask's grid. Never done silently: whoever calls it records it.
 * @throws `IMAGING.EMPTY_MASK` when no voxel of the region remains
 */
export function resampleMaskOnto(mask: RoiMask, geometry: Geometry): RoiMask {
  const voxels = new Uint8Array(voxelCount(geometry));
  const [ni, nj, nk] = geometry.dimensions;
  const [mi, mj, mk] = mask.geometry.dimensions;
  const place = (i: number, j: number, k: number) => patientToIndex(mask.geometry, indexToPatient(geometry, [i, j, k]));
  const start = place(0, 0, 0);
  const step = (to: Triple): Triple => [to[0] - start[0], to[1] - start[1], to[2] - start[2]];
  const [di, dj, dk] = [step(place(1, 0, 0)), step(place(0, 1, 0)), step(place(0, 0, 1))];
  let count = 0;
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        const x = Math.round(start[0] + i * di[0] + j * dj[0] + k * dk[0]);
        const y = Math.round(start[1] + i * di[1] + j * dj[1] + k * dk[1]);
        const z = Math.round(start[2] + i * di[2] + j * dj[2] + k * dk[2]);
        if (x < 0 || y < 0 || z < 0 || x >= mi || y >= mj || z >= mk) continue;
        if (mask.voxels[x + mi * (y + mj * z)] === 1) {
          voxels[at] = 1;
          count++;
        }
      }
  if (count === 0) throw imagingErrors.error('IMAGING.EMPTY_MASK', { stage: 'resampled' });
  return { geometry, voxels };
}
