import type { DicomObject } from '../dicom/dicom-object.js';
import { geometryFromSteps } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import { regionErrors } from '../region/errors.js';
import type { Geometry } from '../volume.js';

/** Positions are decimal strings: planes closer than this are one. */
const samePlaneMm = 0.01;
/** Largest deviation of a plane from its multiple of the distance, in shares of the distance; and of a frame to the side. */
const multipleTolerance = 0.02;
/** Largest difference of direction cosines and of pixel spacings (mm) between frames. */
const alikeTolerance = 1e-4;
/** A region that lacks slices may show no two neighbors; this many times its smallest gap is tried as a whole number of slices. */
const mostSlicesInGap = 12;

/** Where one frame lies in patient space. */
export interface FramePlane {
  readonly position: Triple;
  readonly rowAxis: Triple;
  readonly columnAxis: Triple;
  /** Distance between columns (i) and rows (j), millimeters. */
  readonly pixelSpacingMm: readonly [number, number];
  readonly thicknessMm: number | undefined;
  readonly statedSpacingMm: number | undefined;
}

/** A functional group of a frame: its own, or the one that all frames share (PS3.3, C.7.6.16). */
export function functionalGroup(frame: DicomObject | undefined, shared: DicomObject | undefined, tag: string): DicomObject | undefined {
  return frame?.item(tag) ?? shared?.item(tag);
}

/** Place of a frame. @param number from 1, for messages @throws `REGION.BAD_SEGMENTATION` */
export function framePlane(frame: DicomObject | undefined, shared: DicomObject | undefined, number: number): FramePlane {
  const numbers = (sequence: string, tag: string, attribute: string, size: number): readonly number[] => {
    const values = functionalGroup(frame, shared, sequence)?.decimals(tag);
    if (values?.length !== size) throw regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'missing', attribute, frame: number });
    return values;
  };
  const orientation = numbers('x00209116', 'x00200037', 'ImageOrientationPatient', 6);
  const spacing = numbers('x00289110', 'x00280030', 'PixelSpacing', 2);
  const measures = functionalGroup(frame, shared, 'x00289110');
  return {
    position: numbers('x00209113', 'x00200032', 'ImagePositionPatient', 3) as unknown as Triple,
    rowAxis: orientation.slice(0, 3) as unknown as Triple,
    columnAxis: orientation.slice(3) as unknown as Triple,
    // The attribute gives the distance between rows first (PS3.3, 10.7.1.1).
    pixelSpacingMm: [spacing[1] as number, spacing[0] as number],
    thicknessMm: measures?.decimal('x00180050'),
    statedSpacingMm: measures?.decimal('x00180088'),
  };
}

/** The grid of a segmentation, and for each frame its slice. */
export interface FrameGrid {
  readonly geometry: Geometry;
  readonly slices: readonly number[];
}

/**
 * Places frames, which come in any order and may lack slices, on one grid. The distance of slices is the
 * stated one where all gaps are multiples of it, else the smallest gap, or the part of it of which all gaps are multiples.
 * @throws `REGION.BAD_SEGMENTATION`, `IMAGING.BAD_GEOMETRY`
 */
export function frameGrid(planes: readonly FramePlane[], columns: number, rows: number): FrameGrid {
  const first = planes[0] as FramePlane;
  const [u, v] = [first.rowAxis, first.columnAxis];
  const normal: Triple = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  const fault = (problem: string, frame = 0) => regionErrors.error('REGION.BAD_SEGMENTATION', { problem, frame });
  planes.forEach((plane, at) => {
    if (!near(plane.rowAxis, u) || !near(plane.columnAxis, v) || !near(plane.pixelSpacingMm, first.pixelSpacingMm))
      throw fault('orientation', at + 1);
  });
  const heights = planes.map(({ position }) => dot(position, normal));
  const lowest = Math.min(...heights);
  const bottom = planes[heights.indexOf(lowest)] as FramePlane;
  const gap = sliceDistance(heights, first);
  if (gap === undefined) throw fault(Math.max(...heights) - lowest > samePlaneMm ? 'gaps' : 'spacing');
  planes.forEach(({ position }, at) => {
    const sideways = [u, v].map((axis) => Math.abs(dot(position, axis) - dot(bottom.position, axis)));
    if (Math.max(...sideways) > Math.max(samePlaneMm, multipleTolerance * gap)) throw fault('shifted', at + 1);
  });
  const slices = heights.map((height) => Math.round((height - lowest) / gap));
  const [si, sj] = first.pixelSpacingMm;
  const scaled = (axis: Triple, by: number): Triple => [axis[0] * by, axis[1] * by, axis[2] * by];
  const dimensions: Triple = [columns, rows, Math.max(...slices) + 1];
  return { geometry: geometryFromSteps(dimensions, [scaled(u, si), scaled(v, sj), scaled(normal, gap)], bottom.position), slices };
}

/** Distance of neighboring slices; undefined where there is none of which all heights are multiples. */
function sliceDistance(heights: readonly number[], { statedSpacingMm, thicknessMm }: FramePlane): number | undefined {
  const sorted = [...heights].sort((a, b) => a - b);
  const distinct = sorted.filter((height, at) => at === 0 || height - (sorted[at - 1] as number) > samePlaneMm);
  const stated = [statedSpacingMm, thicknessMm].find((value) => value !== undefined && value > 0);
  if (distinct.length === 1) return stated;
  const [lowest, extent] = [distinct[0] as number, (distinct.at(-1) as number) - (distinct[0] as number)];
  const least = Math.min(...distinct.slice(1).map((height, at) => height - (distinct[at] as number)));
  const fits = (wanted: number): number | undefined => {
    // Spread over the whole extent: rounding of one gap would add up.
    const gap = extent / Math.round(extent / wanted);
    const tolerance = Math.max(samePlaneMm, multipleTolerance * gap);
    return distinct.every((height) => {
      const offset = height - lowest;
      return Math.abs(offset - Math.round(offset / gap) * gap) <= tolerance;
    })
      ? gap
      : undefined;
  };
  if (statedSpacingMm !== undefined && isPlausible(statedSpacingMm, least, thicknessMm)) {
    const gap = fits(statedSpacingMm);
    if (gap !== undefined && Math.abs(gap - statedSpacingMm) <= multipleTolerance * statedSpacingMm) return gap;
  }
  for (let parts = 1; parts <= mostSlicesInGap; parts++) {
    const gap = least / parts > 10 * samePlaneMm || parts === 1 ? fits(least / parts) : undefined;
    if (gap !== undefined) return gap;
  }
  return undefined;
}

/** A stated distance that the smallest gap may be a multiple of. Some writers state what lies empty between slices instead. */
function isPlausible(stated: number, least: number, thickness = 0): boolean {
  const isEmptySpace = stated < thickness / 2 && Math.abs(thickness + stated - least) <= Math.max(samePlaneMm, multipleTolerance * least);
  return stated > 10 * samePlaneMm && stated <= least * (1 + multipleTolerance) && !isEmptySpace;
}

function near(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, at) => Math.abs(value - (b[at] as number)) <= alikeTolerance);
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
