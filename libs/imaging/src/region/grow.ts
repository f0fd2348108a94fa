import { boxSize, widenBox } from '../interpolation/grid.js';
import type { Box } from '../interpolation/grid.js';
import { copyMask } from '../interpolation/resample.js';
import type { Triple } from '../geometry/geometry.js';
import type { RoiMask, Volume } from '../volume.js';
import { connectedComponents, fillHoles } from './components.js';
import { regionErrors } from './errors.js';
import { fuzzyTwoMeans } from './fuzzy-two-means.js';

/** Where to look: a box of voxels, or one voxel of the lesion (a click). */
export type GrowStart = { readonly box: Box } | { readonly seed: Triple };

/** Settings of {@link growRegion}. */
export interface GrowOptions {
  /** Membership in the brighter class from which a voxel belongs to the lesion. */
  readonly membership?: number;
  /** Of a click: half the side of the first box around it, and of the largest, millimeters. */
  readonly reachMm?: number;
  readonly mostReachMm?: number;
}

/** A region that was grown, with what decided. */
export interface GrownRegion {
  readonly mask: RoiMask;
  readonly voxelCount: number;
  readonly volumeMm3: number;
  /** Signal from which voxels counted as lesion, and the mean signals of the two classes. */
  readonly threshold: number;
  readonly classMeans: readonly [number, number];
  /** The box that was looked at in the end. */
  readonly box: Box;
  /** True where the region fills a noticeable part of the box's sides: more may lie outside. */
  readonly isCut: boolean;
}

/** Share of a box's surface that a region touches from which it is taken to go on outside. */
const cutShare = 0.03;
/** A box around a click grows by this factor until its region stays inside. */
const growth = 1.4;

/**
 * Segments a lesion that is brighter than what surrounds it, as on the difference of images after and before contrast. Voxels of a box are
 * divided into two classes by fuzzy c-means; of those that belong to the brighter one, the 26-connected part that holds the click, or
 * the largest part in a drawn box, is taken and its holes are filled. A box around a click is widened until the region no longer meets its sides.
 * @throws `REGION.BAD_OPTION`, `REGION.EMPTY`
 * @see W. Chen, M. L. Giger, U. Bick 2006, doi:10.1016/j.acra.2005.08.035 (fuzzy c-means for breast lesions in DCE-MRI)
 */
export function growRegion(volume: Volume, start: GrowStart, options: GrowOptions = {}): GrownRegion {
  const { membership = 0.5, reachMm = 15, mostReachMm = 60 } = options;
  if (!(membership > 0 && membership < 1)) throw regionErrors.error('REGION.BAD_OPTION', { option: '--membership', problem: 'share' });
  if ('box' in start) return growInBox(volume, checkedBox(start.box, volume.geometry.dimensions), undefined, membership);
  const { seed } = start;
  const { dimensions, spacingMm } = volume.geometry;
  if (!seed.every((index, axis) => Number.isInteger(index) && index >= 0 && index < (dimensions[axis] as number)))
    throw regionErrors.error('REGION.BAD_OPTION', { option: '--seed', problem: 'seed' });
  const point: Box = { from: seed, to: [seed[0] + 1, seed[1] + 1, seed[2] + 1] };
  for (let reach = reachMm; ; reach *= growth) {
    const by = spacingMm.map((spacing) => Math.max(1, Math.round(reach / spacing))) as unknown as Triple;
    const box = widenBox(point, by, dimensions);
    const grown = growInBox(volume, box, seed, membership);
    if (!grown.isCut || reach * growth > mostReachMm) return grown;
  }
}

function checkedBox({ from, to }: Box, dimensions: Triple): Box {
  const fits = [0, 1, 2].every((axis) => {
    const [low, high] = [from[axis] as number, to[axis] as number];
    return Number.isInteger(low) && Number.isInteger(high) && low >= 0 && high > low && high <= (dimensions[axis] as number);
  });
  if (!fits) throw regionErrors.error('REGION.BAD_OPTION', { option: '--box', problem: 'box' });
  return { from, to };
}

function growInBox({ geometry, values }: Volume, box: Box, seed: Triple | undefined, membership: number): GrownRegion {
  const size = boxSize(box);
  const [ni, nj] = geometry.dimensions;
  const inside = new Float64Array(size[0] * size[1] * size[2]);
  for (let k = box.from[2], at = 0; k < box.to[2]; k++)
    for (let j = box.from[1]; j < box.to[1]; j++)
      for (let i = box.from[0]; i < box.to[0]; i++) inside[at++] = values[i + ni * (j + nj * k)] as number;
  const classes = fuzzyTwoMeans(inside, membership);
  if (classes === undefined) throw regionErrors.error('REGION.EMPTY', { stage: 'grow' });
  const bright = new Uint8Array(inside.length);
  for (let at = 0; at < bright.length; at++) if ((inside[at] as number) >= classes.threshold) bright[at] = 1;
  const { labels, sizes } = connectedComponents(bright, size, 26);
  const label = seed === undefined ? sizes.indexOf(Math.max(...sizes)) + 1 : labelNear(labels, size, seed, box);
  if (label === 0) throw regionErrors.error('REGION.EMPTY', { stage: 'grow' });
  const part = new Uint8Array(labels.length);
  for (let at = 0; at < part.length; at++) if (labels[at] === label) part[at] = 1;
  const filled = fillHoles(part, size);
  const mask = { geometry, voxels: new Uint8Array(values.length) };
  let voxelCount = 0;
  for (let k = box.from[2], at = 0; k < box.to[2]; k++)
    for (let j = box.from[1]; j < box.to[1]; j++)
      for (let i = box.from[0]; i < box.to[0]; i++)
        if (filled[at++] !== 0) {
          mask.voxels[i + ni * (j + nj * k)] = 1;
          voxelCount++;
        }
  const [si, sj, sk] = geometry.spacingMm;
  return {
    mask,
    voxelCount,
    volumeMm3: voxelCount * si * sj * sk,
    threshold: classes.threshold,
    classMeans: classes.means,
    box,
    isCut: surfaceShare(filled, size) > cutShare,
  };
}

/** The part at the click, or the nearest within two voxels of it: a hand may slip, and a voxel may be noise. */
function labelNear(labels: Int32Array, [ni, nj, nk]: Triple, seed: Triple, { from }: Box): number {
  const [i, j, k] = [seed[0] - from[0], seed[1] - from[1], seed[2] - from[2]];
  let [best, nearest] = [0, Infinity];
  for (let c = Math.max(0, k - 2); c <= Math.min(nk - 1, k + 2); c++)
    for (let b = Math.max(0, j - 2); b <= Math.min(nj - 1, j + 2); b++)
      for (let a = Math.max(0, i - 2); a <= Math.min(ni - 1, i + 2); a++) {
        const label = labels[a + ni * (b + nj * c)] as number;
        const distance = (a - i) ** 2 + (b - j) ** 2 + (c - k) ** 2;
        if (label !== 0 && distance < nearest) [best, nearest] = [label, distance];
      }
  return best;
}

/** Share of the voxels at the sides of a box that belong to a region. */
function surfaceShare(voxels: Uint8Array, size: Triple): number {
  const inner = size.map((count) => Math.max(0, count - 2)) as unknown as Triple;
  const whole: Box = { from: [1, 1, 1], to: [1 + inner[0], 1 + inner[1], 1 + inner[2]] };
  const count = (part: Uint8Array) => part.reduce((sum, voxel) => sum + voxel, 0);
  const innerCount = inner.includes(0) ? 0 : count(copyMask(voxels, size, whole));
  const sides = voxels.length - inner[0] * inner[1] * inner[2];
  return (count(voxels) - innerCount) / sides;
}
