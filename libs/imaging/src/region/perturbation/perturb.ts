import { cos, sin } from '@cohortium/numerics';
import type { SeededRandom } from '@cohortium/numerics';
import { assertSameGeometry, indexToPatient } from '../../geometry/geometry.js';
import type { Triple } from '../../geometry/geometry.js';
import { boundingBox, widenBox } from '../../interpolation/grid.js';
import { regionErrors } from '../errors.js';
import { filledCount } from '../../roi/filled-voxels.js';
import type { Geometry, RoiMask, Volume } from '../../volume.js';
import { adaptVolume } from './adapt-volume.js';
import { interpolateMaskOnto, resampleVolumeOnto } from './affine-resample.js';
import { noiseLevel } from './noise-level.js';
import { randomizeContour } from './supervoxels.js';

/** What is done to an image and its region; what is left out is not done. */
export interface PerturbationSettings {
  /** Turn of the grid about the slice axis through the region's center. */
  readonly rotationDegrees?: number;
  /** Shift of the grid along its axes, in voxels: 0.25 is a quarter. */
  readonly translationVoxels?: Triple;
  /** Adds noise as strong as the image has around the region. */
  readonly noise?: boolean;
  /** Grows or shrinks the region by this share of its volume. */
  readonly volumeShare?: number;
  /** Draws the contour anew along supervoxels. */
  readonly contour?: boolean;
}

/** A perturbed pair, and what was added. */
export interface Perturbation {
  readonly volume: Volume;
  readonly mask: RoiMask;
  /** Standard deviation of the noise that was added; null for none. */
  readonly noiseSd: number | null;
  readonly voxelCount: number;
}

/** Surroundings of the region in which noise is measured. */
const noiseMarginMm = 25;

/**
 * Perturbs an image and its region, as a repeated acquisition and segmentation would, so that the agreement of features can be measured without
 * one. In this order: noise; the grid turned and shifted (image by cubic convolution, region by linear interpolation); volume; contour. The
 * patient stays where it is: the grid moves, and the geometry of the result says so.
 * @param random seeded; equal seeds give equal bits
 * @throws `IMAGING.GEOMETRY_DIFFERS`, `REGION.BAD_OPTION`, `REGION.EMPTY`
 * @see A. Zwanenburg et al. 2019, doi:10.1038/s41598-018-36938-4
 */
export function perturb(volume: Volume, mask: RoiMask, settings: PerturbationSettings, random: SeededRandom): Perturbation {
  const { rotationDegrees = 0, translationVoxels = [0, 0, 0], noise = false, volumeShare = 0, contour = false } = settings;
  assertSameGeometry(volume.geometry, mask.geometry);
  if (![rotationDegrees, ...translationVoxels].every(Number.isFinite))
    throw regionErrors.error('REGION.BAD_OPTION', { option: '--rotate, --translate', problem: 'positive' });
  if (!(volumeShare > -1 && volumeShare <= 10)) throw regionErrors.error('REGION.BAD_OPTION', { option: '--volume', problem: 'share' });
  const box = boundingBox(mask.voxels, mask.geometry.dimensions);
  if (box === undefined) throw regionErrors.error('REGION.EMPTY', { stage: 'mask' });
  let [image, region]: [Volume, RoiMask] = [volume, mask];
  let noiseSd: number | null = null;
  if (noise) {
    const { dimensions, spacingMm } = volume.geometry;
    const around = widenBox(box, spacingMm.map((spacing) => Math.ceil(noiseMarginMm / spacing)) as unknown as Triple, dimensions);
    noiseSd = noiseLevel({ dimensions, values: volume.values }, around);
    image = withNoise(image, noiseSd, random);
  }
  if (rotationDegrees !== 0 || translationVoxels.some((shift) => shift !== 0)) {
    const moved = movedGrid(volume.geometry, centerOf(mask), rotationDegrees, translationVoxels);
    [image, region] = [resampleVolumeOnto(image, moved), interpolateMaskOnto(region, moved)];
  }
  if (volumeShare !== 0) region = { ...region, voxels: adaptVolume(region.voxels, region.geometry.dimensions, volumeShare, random) };
  if (contour) region = randomizeContour(image, region, random);
  const voxelCount = filledCount(region.voxels);
  if (voxelCount === 0) throw regionErrors.error('REGION.EMPTY', { stage: 'perturb' });
  return { volume: image, mask: region, noiseSd, voxelCount };
}

function withNoise({ geometry, values }: Volume, sd: number, random: SeededRandom): Volume {
  const out = new Float64Array(values.length);
  for (let at = 0; at < out.length; at++) out[at] = (values[at] as number) + sd * random.normal();
  return { geometry, values: out };
}

/** Mean index of a region's voxels. */
function centerOf({ geometry: { dimensions }, voxels }: RoiMask): Triple {
  const [ni, nj, nk] = dimensions;
  let [i, j, k, count] = [0, 0, 0, 0];
  for (let c = 0, at = 0; c < nk; c++)
    for (let b = 0; b < nj; b++)
      for (let a = 0; a < ni; a++, at++) if (voxels[at] !== 0) [i, j, k, count] = [i + a, j + b, k + c, count + 1];
  return [i / count, j / count, k / count];
}

/** A grid turned about its third axis through a point, and then shifted along its own axes. */
function movedGrid(geometry: Geometry, center: Triple, degrees: number, shift: Triple): Geometry {
  const { direction: d, spacingMm } = geometry;
  const angle = (degrees * Math.PI) / 180;
  const [c, s] = [cos(angle), sin(angle)];
  const rows = [0, 3, 6].map((at): Triple => {
    const [u, v, w] = [d[at] as number, d[at + 1] as number, d[at + 2] as number];
    return [c * u + s * v, c * v - s * u, w];
  });
  const direction = rows.flat() as unknown as Geometry['direction'];
  const fixed = indexToPatient(geometry, center);
  const turned: Geometry = { ...geometry, direction, originMm: [0, 0, 0], spacingMm };
  const toCenter = indexToPatient(turned, [center[0] - shift[0], center[1] - shift[1], center[2] - shift[2]]);
  return { ...turned, originMm: [fixed[0] - toCenter[0], fixed[1] - toCenter[1], fixed[2] - toCenter[2]] };
}
