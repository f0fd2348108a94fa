import { imagingErrors } from '../errors.js';
import { geometryFromSteps } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import type { Geometry } from '../volume.js';
import type { FrameInfo, FramePlane } from './frame-info.js';

/** Slices count as evenly spaced when every gap is within 1 % of the mean, or within 0.01 mm (positions are decimal strings). */
const gapTolerance = { relative: 0.01, absoluteMm: 0.01 };
/** Nearer than this, two slices lie at the same place. */
export const samePlaceMm = 1e-3;

/** A frame with its plane known. */
export interface PlacedFrame {
  readonly info: FrameInfo;
  readonly plane: FramePlane;
  /** Which of the objects read together holds it, from 0. */
  readonly image: number;
}

/** Unit vector across a plane. */
export function normalOf({ rowAxis: u, columnAxis: v }: FramePlane): Triple {
  return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
}

/** Distance of a plane's first pixel along an axis. */
export function along({ position }: FramePlane, axis: Triple): number {
  return position[0] * axis[0] + position[1] * axis[1] + position[2] * axis[2];
}

/**
 * Orders planes of one orientation along their normal and gives the grid that they form.
 * @param slices at least one; equal in size, orientation and pixel spacing
 * @throws `IMAGING.UNEVEN_SLICES` for gaps, duplicates, planes that are shifted sideways, and a single slice without thickness, naming the
 * slice; `IMAGING.BAD_GEOMETRY`
 */
export function stackSlices(slices: readonly PlacedFrame[]): { readonly sorted: readonly PlacedFrame[]; readonly geometry: Geometry } {
  const first = slices[0] as PlacedFrame;
  const normal = normalOf(first.plane);
  const sorted = [...slices].sort((a, b) => along(a.plane, normal) - along(b.plane, normal));
  const positions = sorted.map(({ plane }) => along(plane, normal));
  const gap = sorted.length === 1 ? statedGap(sorted, positions) : meanGap(sorted, positions);
  const bottom = (sorted[0] as PlacedFrame).plane;
  const { rowAxis: u, columnAxis: v } = bottom;
  const tolerance = Math.max(gap * gapTolerance.relative, gapTolerance.absoluteMm);
  sorted.forEach(({ plane }, at) => {
    for (const axis of [u, v]) {
      const shift = Math.abs(along(plane, axis) - along(bottom, axis));
      if (shift > tolerance) throw uneven(sorted, positions, at, { problem: 'shifted', shift: shift.toFixed(3) });
    }
  });
  const [si, sj] = first.plane.pixelSpacingMm;
  const scaled = (axis: Triple, by: number): Triple => [axis[0] * by, axis[1] * by, axis[2] * by];
  const dimensions: Triple = [first.info.columns, first.info.rows, sorted.length];
  const steps: [Triple, Triple, Triple] = [scaled(u, si), scaled(v, sj), scaled(normalOf(bottom), gap)];
  return { sorted, geometry: geometryFromSteps(dimensions, steps, bottom.position) };
}

function uneven(
  sorted: readonly PlacedFrame[],
  positions: readonly number[],
  at: number,
  params: { readonly problem: string; readonly least?: string; readonly most?: string; readonly shift?: string },
): Error {
  return imagingErrors.error('IMAGING.UNEVEN_SLICES', {
    ...params,
    slice: at + 1,
    slices: sorted.length,
    instance: (sorted[at] as PlacedFrame).info.instanceNumber ?? 'none',
    position: (positions[at] as number).toFixed(2),
  });
}

function statedGap(sorted: readonly PlacedFrame[], positions: readonly number[]): number {
  const { info } = sorted[0] as PlacedFrame;
  const stated = info.spacingBetweenSlicesMm ?? info.sliceThicknessMm;
  if (stated === undefined || !(stated > 0)) throw uneven(sorted, positions, 0, { problem: 'unknown' });
  return stated;
}

/** Least and greatest of a list of any length; a call with a hundred thousand arguments would overflow the stack. */
export function extent(values: readonly number[]): { readonly least: number; readonly most: number } {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
}

/** Mean distance of sorted positions. */
function meanGap(sorted: readonly PlacedFrame[], positions: readonly number[]): number {
  const gaps = positions.slice(1).map((position, at) => position - (positions[at] as number));
  const mean = ((positions.at(-1) as number) - (positions[0] as number)) / gaps.length;
  const { least, most } = extent(gaps);
  if (least < samePlaceMm) throw uneven(sorted, positions, gaps.indexOf(least) + 1, { problem: 'duplicate' });
  const tolerance = Math.max(mean * gapTolerance.relative, gapTolerance.absoluteMm);
  if (most - mean > tolerance || mean - least > tolerance) {
    // The slice before the gap that is least like the usual one; a missing slice makes a gap wider, so of two the narrower is usual.
    const usual = [...gaps].sort((a, b) => a - b)[(gaps.length - 1) >> 1] as number;
    const odd = gaps.reduce((worst, value, at) => (Math.abs(value - usual) > Math.abs((gaps[worst] as number) - usual) ? at : worst), 0);
    throw uneven(sorted, positions, odd, { problem: 'gap', least: least.toFixed(3), most: most.toFixed(3) });
  }
  return mean;
}
