import { isDicom } from '../dicom/data-elements.js';
import { DicomObject } from '../dicom/dicom-object.js';
import type { Triple } from '../geometry/geometry.js';
import type { NamedBytes } from '../readers/dicom-series.js';
import { regionErrors } from '../region/errors.js';
import { dicomText } from './dicom-text.js';
import { segmentationClasses } from './read-segmentation.js';

/** One image of a series that a segmentation refers to. */
export interface SourceImage {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Center of its first pixel; undefined for multi-frame objects, whose frames have their own. */
  readonly position: Triple | undefined;
  /** Centers of the first pixels of the frames of a multi-frame object, in their order. */
  readonly framePositions?: readonly (Triple | undefined)[];
}

/** What a segmentation has to know about the series that it was drawn on. */
export interface SourceSeries {
  readonly studyUid: string | undefined;
  readonly seriesUid: string | undefined;
  readonly frameOfReferenceUid: string | undefined;
  readonly images: readonly SourceImage[];
  /** Attributes of patient and study, to be repeated in what is derived; null where empty. */
  readonly patientAndStudy: Readonly<Record<PatientStudyKeyword, string | null>>;
}

/** Attributes of types 1 and 2 of the modules Patient and General Study that objects derived from a series repeat. */
const patientStudyTags = {
  PatientName: 'x00100010',
  PatientID: 'x00100020',
  PatientBirthDate: 'x00100030',
  PatientSex: 'x00100040',
  StudyDate: 'x00080020',
  StudyTime: 'x00080030',
  ReferringPhysicianName: 'x00080090',
  StudyID: 'x00200010',
  AccessionNumber: 'x00080050',
} as const;

/** Keyword of one of the attributes that are repeated. */
export type PatientStudyKeyword = keyof typeof patientStudyTags;

/**
 * Facts about the images of one series; files that are no images or no DICOM are passed over.
 * @returns undefined where none of the files is a DICOM image
 */
export function readSourceSeries(files: readonly NamedBytes[]): SourceSeries | undefined {
  const objects = files.flatMap(({ bytes }) => {
    if (!isDicom(bytes)) return [];
    const object = DicomObject.parse(bytes);
    // Segmentations that lie beside their images are no images of the series.
    return object.has('x00280010') && !segmentationClasses.has(object.text('x00080016') ?? '') ? [object] : [];
  });
  const first = objects[0];
  if (first === undefined) return undefined;
  const images = objects.map((object): SourceImage => {
    // Frames say themselves where they are (PS3.3, C.7.6.16.2.3).
    const framePositions = object.items('x52009230').map((frame) => positionOf(frame.item('x00209113')));
    return {
      sopClassUid: object.text('x00080016') ?? '',
      sopInstanceUid: object.text('x00080018') ?? '',
      position: positionOf(object),
      ...(framePositions.length > 0 && { framePositions }),
    };
  });
  const entries = Object.entries(patientStudyTags).map(([keyword, tag]) => [keyword, dicomText(first, tag) ?? null]);
  return {
    studyUid: first.text('x0020000d'),
    seriesUid: first.text('x0020000e'),
    frameOfReferenceUid: first.text('x00200052'),
    images,
    patientAndStudy: Object.fromEntries(entries) as Record<PatientStudyKeyword, string | null>,
  };
}

function positionOf(object: DicomObject | undefined): Triple | undefined {
  const position = object?.decimals('x00200032');
  return position?.length === 3 ? (position as unknown as Triple) : undefined;
}

/** What a comparison of frames of reference found; `unknown` where image or region states none. */
export type FrameOfReferenceCheck = 'same' | 'unknown' | 'different';

/**
 * Compares the frame of reference of a region with that of its image. A region that names the image's series, or one of its images, as what it
 * was drawn on belongs to it even where the frame of reference was lost or replaced on the way.
 */
export function compareFrameOfReference(
  image: SourceSeries | undefined,
  region: {
    readonly frameOfReferenceUid: string | undefined;
    readonly sourceSeriesUids: readonly string[];
    readonly sourceInstanceUids?: readonly string[];
  },
): FrameOfReferenceCheck {
  if (image === undefined) return 'unknown';
  if (image.frameOfReferenceUid !== undefined && image.frameOfReferenceUid === region.frameOfReferenceUid) return 'same';
  if (image.seriesUid !== undefined && region.sourceSeriesUids.includes(image.seriesUid)) return 'same';
  const drawnOn = new Set(region.sourceInstanceUids);
  if (image.images.some(({ sopInstanceUid }) => drawnOn.has(sopInstanceUid))) return 'same';
  return image.frameOfReferenceUid === undefined || region.frameOfReferenceUid === undefined ? 'unknown' : 'different';
}

/** @throws `REGION.OTHER_FRAME_OF_REFERENCE` unless told to pass it over */
export function assertFrameOfReference(check: FrameOfReferenceCheck, anyFrameOfReference: boolean): void {
  if (check === 'different' && !anyFrameOfReference) throw regionErrors.error('REGION.OTHER_FRAME_OF_REFERENCE');
}
