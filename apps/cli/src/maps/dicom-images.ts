import {
  alignScales,
  buildVolume,
  DicomObject,
  hasPixels,
  imagingErrors,
  isDicom,
  loadCodecs,
  readImageHeader,
  splitSeries,
  volumeStarts,
} from '@cohortium/imaging';
import type { FrameInfo, ImageHeader, VolumePlan } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { filesOf, readBytes } from '../radiomics/load-image.js';
import { mapErrors } from './errors.js';
import { assertSameKind, describeKind, kindsOf, listedKinds } from './image-kinds.js';
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
 * @param kind one of {@link imageKinds}: images of other kinds are passed over too
 * @throws `CLI.CANNOT_READ`, `CLI.KIND_ABSENT`, `IMAGING.*`
 */
export async function loadDicom(path: string, kind?: string): Promise<DicomImages> {
  await loadCodecs();
  const files = filesOf(path).map(readBytes).filter(isDicom);
  const hashes = files.map((bytes) => sha256(bytes)).sort();
  const opened: OpenImage[] = [];
  files.forEach((bytes, at) => {
    const object = DicomObject.parse(bytes, { file: at + 1, count: files.length });
    if (hasPixels(object)) opened.push({ object, header: readImageHeader(object) });
  });
  if (opened.length === 0) throw imagingErrors.error('IMAGING.NO_SLICES', { count: files.length });
  const series = new Map<string, OpenImage[]>();
  for (const image of onOneScale(opened)) series.set(image.header.seriesUid, [...(series.get(image.header.seriesUid) ?? []), image]);
  const planned = [...series.values()].flatMap(plannedOf);
  const chosen = kind === undefined ? planned : planned.filter(({ info }) => kindsOf(info).includes(kind));
  if (chosen.length === 0)
    throw mapErrors.error('CLI.KIND_ABSENT', { kind: kind ?? '', found: listedKinds(planned.map(({ info }) => info)) });
  assertOneSeries(chosen, [...series.values()]);
  const images = chosen.map(imageOf);
  return { images, hash: hashes.length === 1 ? (hashes[0] as Sha256) : sha256(hashes.join('\n')) };
}

/** Phases may be series of their own, so that scales are compared over all of them. */
function onOneScale(images: readonly OpenImage[]): readonly OpenImage[] {
  return alignScales(images.map(({ header }) => header)).map((header, at) => ({ header, object: (images[at] as OpenImage).object }));
}

/** A volume before it is decoded. */
interface Planned {
  readonly series: readonly OpenImage[];
  readonly plan: VolumePlan;
  readonly info: FrameInfo;
  readonly seconds: number | undefined;
}

function plannedOf(series: readonly OpenImage[]): readonly Planned[] {
  const plans = splitSeries(series.map(({ header }) => header));
  const seconds = secondsOf(plans);
  return plans.map((plan, at) => ({ series, plan, info: plan.frames[0]?.info as FrameInfo, seconds: seconds[at] }));
}

/** Times of one volume count only where they can be compared with those of other series. */
function secondsOf(plans: readonly VolumePlan[]): readonly (number | undefined)[] {
  const { seconds, isClock } = volumeStarts(plans);
  return isClock || plans.some(({ phase }) => phase !== undefined) ? seconds : plans.map(() => undefined);
}

function imageOf({ series, plan, info, seconds }: Planned): ListedImage {
  const { geometry, values } = buildVolume(plan, (image) => (series[image] as OpenImage).object);
  return {
    geometry,
    values,
    seconds,
    bValue: info.diffusion?.bValue,
    flipAngleDeg: info.flipAngleDegrees,
    repetitionTimeMs: info.repetitionTimeMs,
    unit: info.unit,
    kind: describeKind(info),
    isDerivedMap: info.imageType.slice(2).some((word) => derivedMaps.has(word.toUpperCase())),
  };
}

/** Words of an image type for maps that scanners put beside images with b-values. */
const derivedMaps = new Set(['ADC', 'EADC', 'EXP', 'FA', 'COLFA', 'TENSOR']);

/** Several series are one dynamic series where each is one image and the images have times that differ. */
function assertOneSeries(chosen: readonly Planned[], all: readonly (readonly OpenImage[])[]): void {
  const series = new Set(chosen.map((each) => each.series));
  const times = chosen.map(({ seconds }) => seconds).filter((seconds) => seconds !== undefined);
  if (series.size === 1 || (chosen.length === series.size && new Set(times).size === chosen.length)) return;
  const kinds = chosen.map(({ info }) => describeKind(info));
  // Water and fat as series of their own: what helps is to name one of them.
  if (new Set(kinds).size === series.size) assertSameKind(kinds);
  const sizes = all.map(({ length }) => length).join(', ');
  throw imagingErrors.error('IMAGING.SEVERAL_SERIES', { count: all.length, sizes });
}
