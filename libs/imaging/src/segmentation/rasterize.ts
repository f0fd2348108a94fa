import { patientToIndex, voxelCount } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import { regionErrors } from '../region/errors.js';
import type { Geometry, RoiMask } from '../volume.js';
import type { StructureRegion } from './read-structure-set.js';

/** Largest distance of a contour from its slice, and of its points from their plane, in slices. */
export const defaultPlaneTolerance = 0.1;

/** Places are told apart down to a millionth of a voxel; positions in files have fewer digits. */
const snapsPerVoxel = 1e6;

/** What the rasterization found. */
export interface RasterizedRegion {
  readonly mask: RoiMask;
  /** Axis of the image that the contours are perpendicular to. */
  readonly normalAxis: 0 | 1 | 2;
  readonly contourCount: number;
  /** Slices with contours, and slices between the first and the last that have none. */
  readonly sliceCount: number;
  readonly emptySlices: number;
  /** Largest distance of a contour from its slice, millimeters. */
  readonly offsetMm: number;
}

/** A contour in voxels: in-plane coordinates in turn, and the slice. */
interface PlanarContour {
  readonly slice: number;
  readonly points: Float64Array;
}

/**
 * Fills the contours of a region on the grid of an image. Points are carried into voxel coordinates, so that tilted images need nothing of their
 * own. A voxel belongs to the region when its center lies inside an odd number of the slice's contours (even-odd rule over all of
 * them, so that inner contours and keyholes make holes); a center on an edge belongs to the side of larger coordinates.
 * @param planeTolerance largest distance of a contour from the nearest slice, in slices
 * @throws `REGION.BAD_STRUCTURE`, `REGION.EMPTY`
 */
export function rasterizeRegion(region: StructureRegion, image: Geometry, planeTolerance = defaultPlaneTolerance): RasterizedRegion {
  const fault = (problem: string, contour = 0, distance = '') =>
    regionErrors.error('REGION.BAD_STRUCTURE', { roi: region.number, problem, contour, distance });
  if (region.malformed.length > 0) throw fault('points', region.malformed[0]);
  if (region.contours.length === 0) throw fault('none');
  const indexed = region.contours.map(({ points }) => toIndices(points, image));
  const normalAxis = flattestAxis(indexed);
  let offset = 0;
  const planar = indexed.map((points, at): PlanarContour => {
    const { number } = region.contours[at] as { number: number };
    const { least, most, mean } = extentAlong(points, normalAxis);
    if (most - least > planeTolerance) throw fault('plane', number);
    const slice = Math.round(mean);
    const distance = Math.abs(mean - slice);
    if (distance > planeTolerance) throw fault('between', number, (distance * image.spacingMm[normalAxis]).toFixed(2));
    offset = Math.max(offset, distance);
    if (!isWithin(points, image, normalAxis) || slice < 0 || slice >= image.dimensions[normalAxis]) throw fault('outside', number);
    return { slice, points: inPlane(points, normalAxis) };
  });
  const mask = { geometry: image, voxels: new Uint8Array(voxelCount(image)) };
  for (const contour of planar) flipInside(contour, mask, normalAxis);
  if (!mask.voxels.includes(1)) throw regionErrors.error('REGION.EMPTY', { stage: 'mask' });
  const slices = new Set(planar.map(({ slice }) => slice));
  const emptySlices = Math.max(...slices) - Math.min(...slices) + 1 - slices.size;
  return {
    mask,
    normalAxis,
    contourCount: planar.length,
    sliceCount: slices.size,
    emptySlices,
    offsetMm: offset * image.spacingMm[normalAxis],
  };
}

function toIndices(points: Float64Array, image: Geometry): Float64Array {
  const out = new Float64Array(points.length);
  for (let at = 0; at < points.length; at += 3) {
    const index = patientToIndex(image, [points[at] as number, points[at + 1] as number, points[at + 2] as number]);
    // A point on a voxel's center is on it in every frame of axes.
    index.forEach((value, axis) => (out[at + axis] = Math.round(value * snapsPerVoxel) / snapsPerVoxel));
  }
  return out;
}

function extentAlong(points: Float64Array, axis: number): { least: number; most: number; mean: number } {
  let [least, most, sum] = [Infinity, -Infinity, 0];
  for (let at = axis; at < points.length; at += 3) {
    const value = points[at] as number;
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return { least, most, mean: (3 * sum) / points.length };
}

/** The axis along which no contour extends; the slice axis where several do. */
function flattestAxis(contours: readonly Float64Array[]): 0 | 1 | 2 {
  let [best, width]: [0 | 1 | 2, number] = [2, Infinity];
  for (const axis of [2, 1, 0] as const) {
    let widest = 0;
    for (const points of contours) {
      const { least, most } = extentAlong(points, axis);
      widest = Math.max(widest, most - least);
    }
    if (widest < width - 1e-6) [best, width] = [axis, widest];
  }
  return best;
}

/** True where all points lie inside of the image's voxels, or up to half a voxel beyond: drawings may touch the border. */
function isWithin(points: Float64Array, { dimensions }: Geometry, normalAxis: number): boolean {
  return ([0, 1, 2] as const).every((axis) => {
    if (axis === normalAxis) return true;
    const { least, most } = extentAlong(points, axis);
    return least >= -1 && most <= dimensions[axis];
  });
}

function inPlane(points: Float64Array, normalAxis: 0 | 1 | 2): Float64Array {
  const [p, q] = planeAxes(normalAxis);
  const out = new Float64Array((2 * points.length) / 3);
  for (let at = 0; at < points.length / 3; at++) {
    out[2 * at] = points[3 * at + p] as number;
    out[2 * at + 1] = points[3 * at + q] as number;
  }
  return out;
}

function planeAxes(normalAxis: 0 | 1 | 2): readonly [0 | 1, 1 | 2] {
  return normalAxis === 2 ? [0, 1] : normalAxis === 1 ? [0, 2] : [1, 2];
}

/** Turns the voxels inside one contour over: from outside to inside and back. */
function flipInside({ slice, points }: PlanarContour, { geometry: { dimensions }, voxels }: RoiMask, normalAxis: 0 | 1 | 2): void {
  const strides: Triple = [1, dimensions[0], dimensions[0] * dimensions[1]];
  const [p, q] = planeAxes(normalAxis);
  const [np, nq] = [dimensions[p], dimensions[q]];
  const count = points.length / 2;
  const rows: number[][] = [];
  for (let at = 0; at < count; at++) {
    const next = (at + 1) % count;
    const [x0, y0] = [points[2 * at] as number, points[2 * at + 1] as number];
    const [x1, y1] = [points[2 * next] as number, points[2 * next + 1] as number];
    // From the lower end up, so that the two sides of a keyhole's channel are crossed at the same place.
    const [xLow, yLow, xHigh, yHigh] = y0 <= y1 ? [x0, y0, x1, y1] : [x1, y1, x0, y0];
    // Rows in [lower, upper): each corner is crossed once, an edge along a row not at all.
    for (let row = Math.max(0, Math.ceil(yLow)); row < yHigh && row < nq; row++)
      (rows[row] ??= []).push(xLow + ((row - yLow) / (yHigh - yLow)) * (xHigh - xLow));
  }
  rows.forEach((crossings, row) => {
    crossings.sort((a, b) => a - b);
    const start = slice * strides[normalAxis] + row * strides[q];
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const to = crossings[pair + 1] as number;
      for (let at = Math.max(0, Math.ceil(crossings[pair] as number)); at < to && at < np; at++) {
        const place = start + at * strides[p];
        voxels[place] = 1 - (voxels[place] as number);
      }
    }
  });
}
