import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildVolume, DicomObject, hasPixels, imagingErrors, loadCodecs, readImageHeader, splitSeries } from '@cohortium/imaging';
import type { FrameInfo, FrameTimes, ImageHeader, VolumePlan } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { readBytes } from '../radiomics/load-image.js';
import type { ListedImage } from './image-list.js';

/** Images that were read, and the hash of all files: that of one file, or of the files' hashes in ascending order. */
export interface DicomImages {
  readonly images: readonly ListedImage[];
  readonly hash: Sha256;
}

interface OpenImage {
  readonly header: ImageHeader;
  readonly object: DicomObject;
}

/**
 * The images of a DICOM file, or of a folder with such files at any depth, in the order of series, kind, b-value and time. Files that are no DICOM
 * and objects that are no images are passed over.
 * @throws `CLI.CANNOT_READ`, `IMAGING.*`
 */
export async function loadDicom(path: string): Promise<DicomImages> {
  await loadCodecs();
  const files = filesOf(path).map(readBytes).filter(looksLikeDicom);
  const hashes = files.map((bytes) => sha256(bytes)).sort();
  const opened: OpenImage[] = [];
  files.forEach((bytes, at) => {
    const object = DicomObject.parse(bytes, { file: at + 1, count: files.length });
    if (hasPixels(object)) opened.push({ object, header: readImageHeader(object) });
  });
  if (opened.length === 0) throw imagingErrors.error('IMAGING.NO_SLICES', { count: files.length });
  const series = new Map<string, OpenImage[]>();
  for (const image of opened) series.set(image.header.seriesUid, [...(series.get(image.header.seriesUid) ?? []), image]);
  const images = [...series.values()].flatMap(imagesOfSeries);
  assertOneSeries([...series.values()], images);
  return { images, hash: hashes.length === 1 ? (hashes[0] as Sha256) : sha256(hashes.join('\n')) };
}

/** Files of a folder at any depth, hidden ones and directories of DICOM media left out, in the order of names. */
export function filesOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.name !== 'DICOMDIR')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A Part 10 file, or a bare data set: it begins with an element of group 8. */
function looksLikeDicom(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM' || (bytes[0] === 8 && bytes[1] === 0);
}

function imagesOfSeries(images: readonly OpenImage[]): readonly ListedImage[] {
  const plans = splitSeries(images.map(({ header }) => header));
  const seconds = startTimes(plans);
  return plans.map((plan, at): ListedImage => {
    const { geometry, values } = buildVolume(plan, (image) => (images[image] as OpenImage).object);
    const info = plan.frames[0]?.info as FrameInfo;
    return {
      geometry,
      values,
      seconds: seconds[at],
      bValue: info.diffusion?.bValue,
      flipAngleDeg: info.flipAngleDegrees,
      repetitionTimeMs: info.repetitionTimeMs,
      unit: info.unit,
      isDerivedMap: info.imageType.slice(2).some((word) => derivedMaps.has(word.toUpperCase())),
    };
  });
}

/** Words of an image type for maps that scanners put beside images with b-values. */
const derivedMaps = new Set(['ADC', 'EADC', 'EXP', 'FA', 'COLFA', 'TENSOR']);

/** Several series are one dynamic series where each is one image and the images have times that differ. */
function assertOneSeries(series: readonly (readonly OpenImage[])[], images: readonly ListedImage[]): void {
  const times = images.map(({ seconds }) => seconds).filter((seconds) => seconds !== undefined);
  if (series.length === 1 || (images.length === series.length && new Set(times).size === images.length)) return;
  const sizes = series.map(({ length }) => length).join(', ');
  throw imagingErrors.error('IMAGING.SEVERAL_SERIES', { count: series.length, sizes });
}

type Clock = (times: FrameTimes) => number | undefined;

const triggerClock: Clock = ({ triggerMs }) => (triggerMs === undefined ? undefined : triggerMs / 1000);
/** Sources of the time of a volume, the surest first. */
const clocks: readonly Clock[] = [
  ({ offsetSeconds }) => offsetSeconds,
  ({ frameSeconds }) => frameSeconds,
  ({ acquisitionSeconds }) => acquisitionSeconds,
  triggerClock,
  ({ contentSeconds }) => contentSeconds,
];

/** Start of each volume by the first source that all state and that tells repeats of a stack apart; of one volume, its clock. */
function startTimes(plans: readonly VolumePlan[]): readonly (number | undefined)[] {
  const isRepeated = plans.some(({ phase }) => phase !== undefined);
  for (const read of isRepeated ? clocks : clocks.slice(1, 3)) {
    const starts = plans.map((plan) => startOf(plan, read));
    const isUsable = starts.every((start, at) => {
      const { phase } = plans[at] as VolumePlan;
      return start !== undefined && (!phase || phase.index === 1 || start > (starts[at - 1] as number));
    });
    if (isUsable) return starts;
  }
  return plans.map(() => undefined);
}

function startOf({ frames, phase }: VolumePlan, read: Clock): number | undefined {
  const start = frames.reduce<number | undefined>((least, { info }) => earlier(least, read(info.times)), undefined);
  // Writers leave out a trigger time of 0.
  return start === undefined && read === triggerClock && phase?.index === 1 ? 0 : start;
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}
