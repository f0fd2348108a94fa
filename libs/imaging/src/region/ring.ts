import { assertSameGeometry } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import { boundingBox, boxSize, widenBox } from '../interpolation/grid.js';
import { copyMask } from '../interpolation/resample.js';
import type { RoiMask } from '../volume.js';
import { squaredDistances, surfaceDistances } from './distance.js';
import { regionErrors } from './errors.js';

/** What distances are measured to: the region's surface (see `surfaceDistances`), or the center of its nearest voxel. */
export type RingDistance = 'surface' | 'centers';

/** Settings of {@link peritumoralRings}. */
export interface RingOptions {
  /** Outer distances of the bands in millimeters, ascending: 1, 3, 5. */
  readonly widthsMm: readonly number[];
  /** Voxels of the body; rings end at its surface. */
  readonly body?: RoiMask;
  readonly distance?: RingDistance;
}

/** A band around a region, without the region. */
export interface Ring {
  readonly fromMm: number;
  readonly toMm: number;
  readonly mask: RoiMask;
  readonly voxelCount: number;
  readonly volumeMm3: number;
  /** Voxels that would belong to the band if the body did not end. */
  readonly outsideBody: number;
}

/** Bands that touch and do not overlap, and rings that begin at the region. */
export interface Rings {
  readonly bands: readonly Ring[];
  readonly cumulative: readonly Ring[];
}

/**
 * Rings around a region by Euclidean distance in millimeters: voxels outside of it whose distance is above the band's inner and at most its outer one.
 * Voxels of the region belong to no ring.
 * @throws `REGION.BAD_OPTION`, `REGION.EMPTY`, `IMAGING.GEOMETRY_DIFFERS`
 */
export function peritumoralRings(mask: RoiMask, { widthsMm, body, distance = 'surface' }: RingOptions): Rings {
  const fault = (problem: string) => regionErrors.error('REGION.BAD_OPTION', { option: '--mm', problem });
  if (widthsMm.length === 0 || !widthsMm.every((width) => Number.isFinite(width) && width > 0)) throw fault('positive');
  if (widthsMm.some((width, at) => at > 0 && width <= (widthsMm[at - 1] as number))) throw fault('order');
  if (body !== undefined) assertSameGeometry(mask.geometry, body.geometry);
  const { dimensions, spacingMm } = mask.geometry;
  const region = boundingBox(mask.voxels, dimensions);
  if (region === undefined) throw regionErrors.error('REGION.EMPTY', { stage: 'mask' });
  // One voxel more: rounding must not cut a band.
  const reach = spacingMm.map((spacing) => Math.ceil((widthsMm.at(-1) as number) / spacing) + 1) as unknown as Triple;
  const box = widenBox(region, reach, dimensions);
  const inside = copyMask(mask.voxels, dimensions, box);
  const size = boxSize(box);
  const distances = distance === 'surface' ? surfaceDistances(inside, size, spacingMm) : roots(squaredDistances(inside, size, spacingMm));
  const bands = widthsMm.map((_, at) => emptyRing(mask, at === 0 ? 0 : (widthsMm[at - 1] as number), widthsMm[at] as number));
  const [ni, nj] = dimensions;
  for (let k = box.from[2], at = 0; k < box.to[2]; k++)
    for (let j = box.from[1]; j < box.to[1]; j++)
      for (let i = box.from[0]; i < box.to[0]; i++, at++) {
        if (inside[at] !== 0) continue;
        const band = bands.find(({ toMm }) => (distances[at] as number) <= toMm * (1 + 1e-12));
        if (band === undefined) continue;
        const place = i + ni * (j + nj * k);
        if (body !== undefined && body.voxels[place] === 0) band.outsideBody++;
        else {
          band.mask.voxels[place] = 1;
          band.voxelCount++;
        }
      }
  const voxelMm3 = spacingMm[0] * spacingMm[1] * spacingMm[2];
  const withVolume = (ring: Omit<Ring, 'volumeMm3'>): Ring => ({ ...ring, volumeMm3: ring.voxelCount * voxelMm3 });
  return { bands: bands.map(withVolume), cumulative: accumulate(bands).map(withVolume) };
}

interface RingDraft {
  readonly fromMm: number;
  readonly toMm: number;
  readonly mask: RoiMask;
  voxelCount: number;
  outsideBody: number;
}

function emptyRing({ geometry, voxels }: RoiMask, fromMm: number, toMm: number): RingDraft {
  return { fromMm, toMm, mask: { geometry, voxels: new Uint8Array(voxels.length) }, voxelCount: 0, outsideBody: 0 };
}

function accumulate(bands: readonly RingDraft[]): readonly RingDraft[] {
  let before: RingDraft | undefined;
  return bands.map((band) => {
    const { geometry } = band.mask;
    const voxels = Uint8Array.from(band.mask.voxels);
    if (before !== undefined) addVoxels(voxels, before.mask.voxels);
    const sum = (key: 'voxelCount' | 'outsideBody') => band[key] + (before?.[key] ?? 0);
    before = { fromMm: 0, toMm: band.toMm, mask: { geometry, voxels }, voxelCount: sum('voxelCount'), outsideBody: sum('outsideBody') };
    return before;
  });
}

function addVoxels(to: Uint8Array, from: Uint8Array): void {
  for (let at = 0; at < to.length; at++) if (from[at] !== 0) to[at] = 1;
}

function roots(squares: Float64Array): Float64Array {
  for (let at = 0; at < squares.length; at++) squares[at] = Math.sqrt(squares[at] as number);
  return squares;
}
