import { indexToPatient } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import { FilledVoxels } from '../roi/filled-voxels.js';
import type { Geometry } from '../volume.js';

/** Wanted spacing along i, j, k in millimeters; null keeps an axis as it is (in-plane interpolation leaves k alone). */
export type WantedSpacing = readonly [number | null, number | null, number | null];

/** Spacings whose ratio is this close to 1 are the same: headers in single precision differ in the eighth digit. */
const sameSpacingTolerance = 1e-6;

/** How one axis of a new grid lies on the old one: index m of the new grid is at `start + m * step` of the old. */
export interface AxisPlacement {
  readonly count: number;
  readonly start: number;
  readonly step: number;
  /** The axis is kept as it is. */
  readonly isSame: boolean;
}

/**
 * Places the voxels of one axis of an interpolation grid: as many as cover the old extent, rounded up, centered on the old center
 * (IBSI 0.9, section 2.4: grid dimensions 026Q, position QCY4, align grid centers 3WE3).
 * @example placeAxis(4, 3, 2) // { count: 6, start: -1/6, step: 2/3 }
 */
export function placeAxis(count: number, spacingMm: number, wantedMm: number | null): AxisPlacement {
  const step = (wantedMm ?? spacingMm) / spacingMm;
  if (Math.abs(step - 1) <= sameSpacingTolerance) return { count, start: 0, step: 1, isSame: true };
  const extent = count / step;
  const whole = Math.round(extent);
  // 10 voxels of a 0.3 stored in single precision are 10.0000004 voxels of 0.3: no reason for an eleventh.
  const wanted = whole > 0 && Math.abs(extent - whole) <= sameSpacingTolerance * extent ? whole : Math.ceil(extent);
  return { count: wanted, start: (count - 1 - step * (wanted - 1)) / 2, step, isSame: false };
}

/** Placements of all three axes. */
export type GridPlacement = readonly [AxisPlacement, AxisPlacement, AxisPlacement];

/** Places an interpolation grid on the grid of an image. */
export function placeGrid({ dimensions, spacingMm }: Geometry, wanted: WantedSpacing): GridPlacement {
  const axis = (a: 0 | 1 | 2) => placeAxis(dimensions[a], spacingMm[a], wanted[a]);
  return [axis(0), axis(1), axis(2)];
}

/** The interpolation grid in patient space. */
export function interpolationGeometry(geometry: Geometry, wanted: WantedSpacing): Geometry {
  const [i, j, k] = placeGrid(geometry, wanted);
  const spacing = (axis: 0 | 1 | 2, { isSame }: AxisPlacement) => (isSame ? geometry.spacingMm[axis] : (wanted[axis] as number));
  return {
    dimensions: [i.count, j.count, k.count],
    spacingMm: [spacing(0, i), spacing(1, j), spacing(2, k)],
    originMm: indexToPatient(geometry, [i.start, j.start, k.start]),
    direction: geometry.direction,
  };
}

/** A block of voxels of a grid: indices from `from` up to and without `to`. */
export interface Box {
  readonly from: Triple;
  readonly to: Triple;
}

/** Voxels along each axis of a box. */
export function boxSize({ from, to }: Box): Triple {
  return [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
}

/** A box widened on every side and cut at the borders of its grid. */
export function widenBox({ from, to }: Box, by: Triple, dimensions: Triple): Box {
  return {
    from: [Math.max(0, from[0] - by[0]), Math.max(0, from[1] - by[1]), Math.max(0, from[2] - by[2])],
    to: [Math.min(dimensions[0], to[0] + by[0]), Math.min(dimensions[1], to[1] + by[1]), Math.min(dimensions[2], to[2] + by[2])],
  };
}

/** The smallest box around the voxels that are not 0; undefined if there are none. */
export function boundingBox(voxels: Uint8Array, [ni, nj, nk]: Triple): Box | undefined {
  const filled = new FilledVoxels(voxels);
  const first = filled.first(0, voxels.length);
  if (first === voxels.length) return undefined;
  const slice = ni * nj;
  const [k0, k1] = [Math.floor(first / slice), Math.floor(filled.last(first, voxels.length) / slice) + 1];
  let [i0, i1, j0, j1] = [ni, 0, nj, 0];
  for (let k = k0; k < Math.min(k1, nk); k++) {
    const start = k * slice;
    const low = filled.first(start, start + slice);
    if (low === start + slice) continue;
    const from = Math.floor((low - start) / ni);
    const to = Math.floor((filled.last(low, start + slice) - start) / ni) + 1;
    [j0, j1] = [Math.min(j0, from), Math.max(j1, to)];
    for (let j = from, row = start + from * ni; j < to; j++, row += ni) {
      // Only what lies outside of the columns found so far can widen them.
      const left = filled.first(row, row + i0) - row;
      if (left < i0) i0 = left;
      const right = filled.last(row + i1, row + ni) - row;
      if (right >= i1) i1 = right + 1;
    }
  }
  return { from: [i0, j0, k0], to: [i1, j1, k1] };
}
