import { describeGeometry, indexToPatient, patientToIndex, voxelCount } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import { regionErrors } from '../region/errors.js';
import { FilledVoxels, filledCount } from '../roi/filled-voxels.js';
import { resampleMaskOnto } from '../roi/roi-mask.js';
import type { Geometry, RoiMask } from '../volume.js';

/**
 * Largest distance, in voxels of the image along any axis, between a voxel of the region and the image's: positions and spacings are
 * decimal strings of few digits, and images in NIfTI have single precision.
 */
export const placementToleranceVoxels = 0.05;

/** How a region came onto the grid of an image. */
export interface Placement {
  readonly mask: RoiMask;
  /** `exact`: every voxel is one of the image's; `nearest`: each voxel of the image took the nearest voxel of the region. */
  readonly method: 'exact' | 'nearest';
  /** Largest distance to the image's voxels, in voxels, of an exact placement. */
  readonly offsetVoxels: number;
  /** Voxels of the region that lie beyond the image and are gone; 0 in an exact placement. */
  readonly lostVoxels: number;
}

/**
 * Puts a region onto the grid of an image. Where its slices are a subset of the image's (in any order or direction of axes), each voxel goes
 * to its own place; otherwise resampling must be asked for.
 * @param resample `nearest` allows resampling where an exact placement is impossible
 * @throws `REGION.OFF_GRID` without it; `REGION.EMPTY`, `IMAGING.EMPTY_MASK`
 */
export function placeMask(mask: RoiMask, image: Geometry, resample: 'none' | 'nearest' = 'none'): Placement {
  if (filledCount(mask.voxels) === 0) throw regionErrors.error('REGION.EMPTY', { stage: 'mask' });
  const attempt = embed(mask, image);
  if ('mask' in attempt) return { ...attempt, method: 'exact', lostVoxels: 0 };
  if (resample === 'nearest') {
    const resampled = resampleMaskOnto(mask, image);
    return { mask: resampled, method: 'nearest', offsetVoxels: attempt.distance, lostVoxels: voxelsBeyond(mask, image) };
  }
  throw regionErrors.error('REGION.OFF_GRID', {
    problem: attempt.problem,
    distance: attempt.distance.toFixed(3),
    count: attempt.count,
    image: describeGeometry(image),
    region: describeGeometry(mask.geometry),
  });
}

interface Misfit {
  readonly problem: 'axes' | 'offset' | 'outside';
  readonly distance: number;
  readonly count: number;
}

function embed(mask: RoiMask, image: Geometry): Pick<Placement, 'mask' | 'offsetVoxels'> | Misfit {
  const [ni, nj, nk] = mask.geometry.dimensions;
  const place = (index: Triple) => patientToIndex(image, indexToPatient(mask.geometry, index));
  const origin = place([0, 0, 0]);
  const [stepI, stepJ] = [wholeStep(origin, place([1, 0, 0])), wholeStep(origin, place([0, 1, 0]))];
  if (stepI === undefined || stepJ === undefined) return { problem: 'axes', distance: NaN, count: 0 };
  const voxels = new Uint8Array(voxelCount(image));
  const filled = new FilledVoxels(mask.voxels);
  let [offset, outside] = [0, 0];
  for (let k = 0; k < nk; k++) {
    const start = k * ni * nj;
    if (filled.first(start, start + ni * nj) === start + ni * nj) continue;
    const corner = place([0, 0, k]).map(Math.round) as unknown as Triple;
    for (const [i, j] of [[0, 0], [ni - 1, 0], [0, nj - 1], [ni - 1, nj - 1]] as const) {
      const exact = place([i, j, k]);
      for (const axis of [0, 1, 2] as const)
        offset = Math.max(offset, Math.abs(exact[axis] - (corner[axis] + i * stepI[axis] + j * stepJ[axis])));
    } // prettier-ignore
    outside += copySlice(mask.voxels.subarray(start, start + ni * nj), ni, corner, stepI, stepJ, voxels, image.dimensions);
  }
  if (offset > placementToleranceVoxels) return { problem: 'offset', distance: offset, count: 0 };
  if (outside > 0) return { problem: 'outside', distance: offset, count: outside };
  return { mask: { geometry: image, voxels }, offsetVoxels: offset };
}

/** A step of one voxel along one axis of the image, forth or back; undefined for any other. */
function wholeStep(from: Triple, to: Triple): Triple | undefined {
  const step = [to[0] - from[0], to[1] - from[1], to[2] - from[2]] as const;
  const whole = step.map(Math.round) as unknown as Triple;
  const size = whole.reduce((sum, part) => sum + Math.abs(part), 0);
  return size === 1 && step.every((part, axis) => Math.abs(part - (whole[axis] as number)) <= placementToleranceVoxels) ? whole : undefined;
}

/** Copies the voxels of a slice; returns how many lie beyond the image. */
function copySlice(
  slice: Uint8Array,
  ni: number,
  [x0, y0, z0]: Triple,
  stepI: Triple,
  stepJ: Triple,
  out: Uint8Array,
  [mi, mj, mk]: Triple,
): number {
  let outside = 0;
  for (let at = 0; at < slice.length; at++) {
    if (slice[at] === 0) continue;
    const [i, j] = [at % ni, Math.floor(at / ni)];
    const x = x0 + i * stepI[0] + j * stepJ[0];
    const y = y0 + i * stepI[1] + j * stepJ[1];
    const z = z0 + i * stepI[2] + j * stepJ[2];
    if (x < 0 || y < 0 || z < 0 || x >= mi || y >= mj || z >= mk) outside++;
    else out[x + mi * (y + mj * z)] = 1;
  }
  return outside;
}

function voxelsBeyond({ geometry, voxels }: RoiMask, image: Geometry): number {
  const [ni, nj] = geometry.dimensions;
  let count = 0;
  for (let at = 0; at < voxels.length; at++) {
    if (voxels[at] === 0) continue;
    const index: Triple = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    const place = patientToIndex(image, indexToPatient(geometry, index));
    if (place.some((value, axis) => value < -0.5 || value > (image.dimensions[axis] as number) - 0.5)) count++;
  }
  return count;
}
