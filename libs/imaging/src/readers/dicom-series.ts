import { imagingErrors } from '../errors.js';
import { buildVolume } from '../dicom/build-volume.js';
import { DicomObject } from '../dicom/dicom-object.js';
import type { FrameInfo, ImageHeader } from '../dicom/frame-info.js';
import { readImageHeader } from '../dicom/image-header.js';
import { hasPixels } from '../dicom/pixel-format.js';
import { seriesFacts } from '../dicom/series-facts.js';
import type { SeriesFacts, VolumeFacts } from '../dicom/series-facts.js';
import { isAlike, splitSeries } from '../dicom/split-series.js';
import type { Volume } from '../volume.js';
import type { ReadOptions } from './bytes.js';

/** A file with its name; names order the files and are never shown. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the image objects of one DICOM series as one volume: single frames, multi-frame objects, mosaics, in any transfer syntax that
 * `decodeFrames` takes (for JPEG, JPEG-LS and JPEG 2000, `loadCodecs` was awaited before). Slices are ordered along their normal, stored
 * values rescaled by each frame's slope and intercept. Objects that are no images are passed over.
 * @throws `IMAGING.NO_SLICES`, `IMAGING.SEVERAL_SERIES`, `IMAGING.SEVERAL_VOLUMES`, `IMAGING.SLICES_DIFFER`, `IMAGING.UNEVEN_SLICES`,
 * `IMAGING.BAD_DICOM`, `IMAGING.UNSUPPORTED`, `IMAGING.BAD_GEOMETRY`, `IMAGING.TOO_LARGE`
 */
export function readDicomSlices(files: readonly NamedBytes[], options: ReadOptions = {}): Volume {
  const objects = imageObjects(files);
  const headers = objects.map(readImageHeader);
  assertOneSeries(headers);
  assertPlaced(headers, objects);
  assertAlike(headers, objects);
  const plans = splitSeries(headers);
  const [plan, second] = plans;
  if (plan === undefined) throw imagingErrors.error('IMAGING.NO_SLICES', { count: files.length });
  if (second !== undefined)
    throw imagingErrors.error('IMAGING.SEVERAL_VOLUMES', {
      count: plans.length,
      reason: whatDiffers(plans.map(({ frames }) => frames[0]?.info as FrameInfo)),
    });
  return buildVolume(plan, (image) => objects[image] as DicomObject, options);
}

/** A volume of a series with what its headers tell of it. */
export interface DicomVolume extends Volume {
  readonly facts: VolumeFacts;
}

/**
 * Reads all volumes of one DICOM series (phases, b-values, echoes), in the order of `splitSeries`, with the facts of each: start in seconds from
 * the first volume, b-value and direction, echo time, unit.
 * @throws as {@link readDicomSlices}, but for series of several volumes
 */
export function readDicomVolumes(
  files: readonly NamedBytes[],
  options: ReadOptions = {},
): { readonly volumes: readonly DicomVolume[]; readonly series: SeriesFacts } {
  const objects = imageObjects(files);
  const headers = objects.map(readImageHeader);
  assertOneSeries(headers);
  assertPlaced(headers, objects);
  const plans = splitSeries(headers);
  const series = seriesFacts(headers, plans);
  const volumes = plans.map((plan, at) => ({
    ...buildVolume(plan, (image) => objects[image] as DicomObject, options),
    facts: series.volumes[at] as VolumeFacts,
  }));
  return { volumes, series };
}

/** Objects with pixels, in the order of names. @throws `IMAGING.NO_SLICES`, `IMAGING.BAD_DICOM` */
function imageObjects(files: readonly NamedBytes[]): readonly DicomObject[] {
  const ordered = [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const count = ordered.length;
  const objects = ordered.map(({ bytes }, at) => DicomObject.parse(bytes, { file: at + 1, count })).filter(hasPixels);
  if (objects.length === 0) throw imagingErrors.error('IMAGING.NO_SLICES', { count });
  return objects;
}

function assertOneSeries(headers: readonly ImageHeader[]): void {
  const sizes = new Map<string, number>();
  for (const { seriesUid } of headers) sizes.set(seriesUid, (sizes.get(seriesUid) ?? 0) + 1);
  if (sizes.size > 1) throw imagingErrors.error('IMAGING.SEVERAL_SERIES', { count: sizes.size, sizes: [...sizes.values()].join(', ') });
}

function assertPlaced(headers: readonly ImageHeader[], objects: readonly DicomObject[]): void {
  headers.forEach(({ frames }, at) => {
    const missing = frames.find(({ plane }) => plane === undefined)?.missing;
    const { place } = objects[at] as DicomObject;
    if (missing !== undefined) throw imagingErrors.error('IMAGING.BAD_DICOM', { ...place, problem: 'missing', attribute: missing });
  });
}

function assertAlike(headers: readonly ImageHeader[], objects: readonly DicomObject[]): void {
  const first = headers[0]?.frames[0] as FrameInfo;
  headers.forEach(({ frames }, at) => {
    for (const frame of frames) {
      const attribute =
        frame.rows !== first.rows || frame.columns !== first.columns
          ? 'Rows, Columns'
          : !frame.plane || !first.plane || isAlike(frame.plane, first.plane)
            ? undefined
            : isAlike({ ...frame.plane, pixelSpacingMm: first.plane.pixelSpacingMm }, first.plane)
              ? 'PixelSpacing'
              : 'ImageOrientationPatient';
      if (attribute !== undefined) throw imagingErrors.error('IMAGING.SLICES_DIFFER', { ...(objects[at] as DicomObject).place, attribute });
    }
  });
}

/** The first property in which volumes of a series differ. */
function whatDiffers(infos: readonly FrameInfo[]): string {
  const reasons: readonly (readonly [string, (info: FrameInfo) => unknown])[] = [
    ['bValue', ({ diffusion }) => diffusion?.bValue],
    ['direction', ({ diffusion }) => diffusion?.direction?.join(' ')],
    ['echo', ({ echoTimeMs }) => echoTimeMs],
    ['kind', ({ imageType, component }) => `${imageType.join(' ')} ${component}`],
    ['settings', ({ flipAngleDegrees, inversionTimeMs, stackId }) => `${flipAngleDegrees} ${inversionTimeMs} ${stackId}`],
  ];
  return reasons.find(([, value]) => new Set(infos.map(value)).size > 1)?.[0] ?? 'time';
}
