import { imagingErrors } from '../errors.js';
import { geometryFromSteps } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import type { Geometry, Volume } from '../volume.js';
import { assertAffordable } from './bytes.js';
import type { ReadOptions } from './bytes.js';
import { parseDicomSlice } from './dicom-slice.js';
import type { DicomSlice } from './dicom-slice.js';

/** A file with its name; names order the files and are never shown. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Slices count as evenly spaced when every gap is within 1 % of the mean, or within 0.01 mm (positions are decimal strings). */
const gapTolerance = { relative: 0.01, absoluteMm: 0.01 };

/**
 * Reads the single-frame images of one DICOM series as a volume: slices are ordered along their normal, stored values are rescaled by each
 * slice's slope and intercept. Objects that are no images are passed over.
 * @throws `IMAGING.NO_SLICES`, `IMAGING.SEVERAL_SERIES`, `IMAGING.SLICES_DIFFER`, `IMAGING.UNEVEN_SLICES`, `IMAGING.BAD_DICOM`,
 * `IMAGING.UNSUPPORTED`, `IMAGING.BAD_GEOMETRY`, `IMAGING.TOO_LARGE`
 */
export function readDicomSlices(files: readonly NamedBytes[], options: ReadOptions = {}): Volume {
  const ordered = [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const slices = ordered.map(({ bytes }, at) => parseDicomSlice(bytes, at + 1, ordered.length)).filter((slice) => slice !== undefined);
  const first = slices[0];
  if (first === undefined) throw imagingErrors.error('IMAGING.NO_SLICES', { count: files.length });
  assertOneSeries(slices);
  for (const slice of slices) assertAlike(first, slice, ordered.length);
  const { sorted, geometry } = stack(slices, first);
  const whole = slices.every(({ slope, intercept }) => slope === 1 && Number.isInteger(intercept));
  const pixels = first.rows * first.columns;
  assertAffordable(pixels * sorted.length, whole ? 'int32' : 'float64', options);
  const values = whole ? new Int32Array(pixels * sorted.length) : new Float64Array(pixels * sorted.length);
  sorted.forEach((slice, k) => {
    slice.decode(values, k * pixels);
    if (slice.slope === 1 && slice.intercept === 0) return;
    for (let at = k * pixels; at < (k + 1) * pixels; at++) values[at] = (values[at] as number) * slice.slope + slice.intercept;
  });
  return { geometry, values };
}

function assertOneSeries(slices: readonly DicomSlice[]): void {
  const sizes = new Map<string, number>();
  for (const { seriesUid } of slices) sizes.set(seriesUid, (sizes.get(seriesUid) ?? 0) + 1);
  if (sizes.size > 1) throw imagingErrors.error('IMAGING.SEVERAL_SERIES', { count: sizes.size, sizes: [...sizes.values()].join(', ') });
}

function assertAlike(first: DicomSlice, slice: DicomSlice, count: number): void {
  const near = (a: readonly number[], b: readonly number[]) => a.every((value, at) => Math.abs(value - (b[at] as number)) <= 1e-4);
  const attribute =
    slice.rows !== first.rows || slice.columns !== first.columns
      ? 'Rows, Columns'
      : !near(slice.rowAxis, first.rowAxis) || !near(slice.columnAxis, first.columnAxis)
        ? 'ImageOrientationPatient'
        : !near(slice.pixelSpacingMm, first.pixelSpacingMm)
          ? 'PixelSpacing'
          : undefined;
  if (attribute !== undefined) throw imagingErrors.error('IMAGING.SLICES_DIFFER', { file: slice.file, count, attribute });
}

function stack(slices: readonly DicomSlice[], first: DicomSlice): { sorted: readonly DicomSlice[]; geometry: Geometry } {
  const [u, v] = [first.rowAxis, first.columnAxis];
  const normal: Triple = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  const along = ({ position }: DicomSlice, axis: Triple) => position[0] * axis[0] + position[1] * axis[1] + position[2] * axis[2];
  const sorted = [...slices].sort((a, b) => along(a, normal) - along(b, normal));
  const bottom = sorted[0] as DicomSlice;
  const gap = meanGap(
    sorted.map((slice) => along(slice, normal)),
    first.statedSpacingMm,
  );
  const tolerance = Math.max(gap * gapTolerance.relative, gapTolerance.absoluteMm);
  for (const slice of sorted)
    for (const axis of [u, v])
      if (Math.abs(along(slice, axis) - along(bottom, axis)) > tolerance)
        throw imagingErrors.error('IMAGING.UNEVEN_SLICES', { problem: 'shifted' });
  const [si, sj] = first.pixelSpacingMm;
  const scaled = (axis: Triple, by: number): Triple => [axis[0] * by, axis[1] * by, axis[2] * by];
  const dimensions: Triple = [first.columns, first.rows, sorted.length];
  return { sorted, geometry: geometryFromSteps(dimensions, [scaled(u, si), scaled(v, sj), scaled(normal, gap)], bottom.position) };
}

/** Mean distance of sorted positions. @throws `IMAGING.UNEVEN_SLICES` */
function meanGap(positions: readonly number[], stated: number | undefined): number {
  if (positions.length === 1) {
    if (stated === undefined || stated <= 0) throw imagingErrors.error('IMAGING.UNEVEN_SLICES', { problem: 'unknown' });
    return stated;
  }
  const gaps = positions.slice(1).map((position, at) => position - (positions[at] as number));
  const mean = ((positions.at(-1) as number) - (positions[0] as number)) / gaps.length;
  const least = Math.min(...gaps);
  const most = Math.max(...gaps);
  if (least < 1e-3) throw imagingErrors.error('IMAGING.UNEVEN_SLICES', { problem: 'duplicate' });
  const tolerance = Math.max(mean * gapTolerance.relative, gapTolerance.absoluteMm);
  if (most - mean > tolerance || mean - least > tolerance)
    throw imagingErrors.error('IMAGING.UNEVEN_SLICES', { problem: 'gap', least: least.toFixed(3), most: most.toFixed(3) });
  return mean;
}
