import { assertSameGeometry } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import { boundingBox, boxSize, widenBox } from '../interpolation/grid.js';
import type { Box } from '../interpolation/grid.js';
import { copyMask } from '../interpolation/resample.js';
import type { RoiMask } from '../volume.js';
import { squaredDistances } from './distance.js';

/** How alike two regions are. Distances are null where one region is empty; overlaps where both are. */
export interface RegionComparison {
  readonly voxels: { readonly a: number; readonly b: number; readonly both: number };
  readonly volumeMm3: { readonly a: number; readonly b: number };
  /** 2 |A and B| / (|A| + |B|). */
  readonly dice: number | null;
  /** |A and B| / |A or B|. */
  readonly jaccard: number | null;
  /** B minus A. */
  readonly volumeDifferenceMm3: number;
  /** B minus A in shares of A; null for an empty A. */
  readonly relativeVolumeDifference: number | null;
  /** Largest distance from a surface voxel of either region to the surface of the other. */
  readonly hausdorffMm: number | null;
  /** The larger of the two 95th percentiles of these distances. */
  readonly hausdorff95Mm: number | null;
  /** Mean over the surface voxels of both regions together. */
  readonly meanSurfaceDistanceMm: number | null;
}

/**
 * Compares two regions on one grid. Surface voxels are those with a face toward the outside or on the border of the grid; distances go
 * from center to center in millimeters, by distance transforms. Percentiles interpolate linearly.
 * @throws `IMAGING.GEOMETRY_DIFFERS`
 * @see A. A. Taha, A. Hanbury 2015, doi:10.1186/s12880-015-0068-x
 */
export function compareRegions(a: RoiMask, b: RoiMask): RegionComparison {
  assertSameGeometry(a.geometry, b.geometry);
  const { dimensions, spacingMm } = a.geometry;
  const [countA, countB, both] = counts(a.voxels, b.voxels);
  const voxelMm3 = spacingMm[0] * spacingMm[1] * spacingMm[2];
  const volumeMm3 = { a: countA * voxelMm3, b: countB * voxelMm3 };
  const either = countA + countB - both;
  return {
    voxels: { a: countA, b: countB, both },
    volumeMm3,
    dice: either === 0 ? null : (2 * both) / (countA + countB),
    jaccard: either === 0 ? null : both / either,
    volumeDifferenceMm3: volumeMm3.b - volumeMm3.a,
    relativeVolumeDifference: countA === 0 ? null : (countB - countA) / countA,
    ...(countA === 0 || countB === 0
      ? { hausdorffMm: null, hausdorff95Mm: null, meanSurfaceDistanceMm: null }
      : surfaceComparison(a.voxels, b.voxels, dimensions, spacingMm)),
  };
}

function counts(a: Uint8Array, b: Uint8Array): readonly [number, number, number] {
  let [countA, countB, both] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== 0) countA++;
    if (b[at] !== 0) countB++;
    if (a[at] !== 0 && b[at] !== 0) both++;
  }
  return [countA, countB, both];
}

function surfaceComparison(
  a: Uint8Array,
  b: Uint8Array,
  dimensions: Triple,
  spacingMm: Triple,
): Pick<RegionComparison, 'hausdorffMm' | 'hausdorff95Mm' | 'meanSurfaceDistanceMm'> {
  const box = joined(boundingBox(a, dimensions) as Box, boundingBox(b, dimensions) as Box);
  // A voxel of margin: what ends at the box and not at the grid keeps its outside.
  const wide = widenBox(box, [1, 1, 1], dimensions);
  const size = boxSize(wide);
  const surfaces = [a, b].map((voxels) => surfaceVoxels(copyMask(voxels, dimensions, wide), size)) as [Uint8Array, Uint8Array];
  const fromA = distancesAt(surfaces[0], squaredDistances(surfaces[1], size, spacingMm));
  const fromB = distancesAt(surfaces[1], squaredDistances(surfaces[0], size, spacingMm));
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return {
    hausdorffMm: Math.max(fromA.at(-1) as number, fromB.at(-1) as number),
    hausdorff95Mm: Math.max(quantile(fromA, 0.95), quantile(fromB, 0.95)),
    meanSurfaceDistanceMm: (sum(fromA) + sum(fromB)) / (fromA.length + fromB.length),
  };
}

function joined(a: Box, b: Box): Box {
  const pick = (choose: (...values: number[]) => number, end: 'from' | 'to') =>
    [0, 1, 2].map((axis) => choose(a[end][axis] as number, b[end][axis] as number)) as unknown as Triple;
  return { from: pick(Math.min, 'from'), to: pick(Math.max, 'to') };
}

/** Voxels of a region with a face toward the outside; the outside of the grid counts as such. */
export function surfaceVoxels(voxels: Uint8Array, [ni, nj, nk]: Triple): Uint8Array {
  const out = new Uint8Array(voxels.length);
  const slice = ni * nj;
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        if (voxels[at] === 0) continue;
        const within =
          i > 0 && i < ni - 1 && j > 0 && j < nj - 1 && k > 0 && k < nk - 1 &&
          voxels[at - 1] !== 0 && voxels[at + 1] !== 0 && voxels[at - ni] !== 0 && voxels[at + ni] !== 0 &&
          voxels[at - slice] !== 0 && voxels[at + slice] !== 0; // prettier-ignore
        if (!within) out[at] = 1;
      }
  return out;
}

/** Distances at the voxels of a surface, ascending. */
function distancesAt(surface: Uint8Array, squares: Float64Array): Float64Array {
  const out: number[] = [];
  for (let at = 0; at < surface.length; at++) if (surface[at] !== 0) out.push(Math.sqrt(squares[at] as number));
  return Float64Array.from(out).sort();
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const [below, above] = [sorted[low] as number, sorted[Math.min(low + 1, sorted.length - 1)] as number];
  return below + (place - low) * (above - below);
}
