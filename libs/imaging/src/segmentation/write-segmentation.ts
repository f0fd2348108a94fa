import { sha256 } from '@cohortium/kernel';
import { derivedUid } from '../dicom/uid.js';
import { writeDicom } from '../dicom/write-dicom.js';
import type { DicomRecord } from '../dicom/write-dicom.js';
import { assertSameGeometry, indexToPatient } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import { regionErrors } from '../region/errors.js';
import type { Geometry, RoiMask } from '../volume.js';
import type { CodedConcept } from './read-segmentation.js';
import type { SourceImage, SourceSeries } from './source-series.js';

/** A region to be written as a segment. */
export interface SegmentToWrite {
  readonly label: string;
  readonly mask: RoiMask;
  /** Shares from 0 to 1 by voxel instead of the mask's 0 and 1; only in a fractional segmentation. */
  readonly shares?: Float64Array | Float32Array;
  readonly category: CodedConcept;
  readonly type: CodedConcept;
  readonly algorithm: { readonly type: 'AUTOMATIC' | 'SEMIAUTOMATIC' | 'MANUAL'; readonly name: string };
}

/** What a segmentation states beside its regions. */
export interface WriteSegmentationOptions {
  readonly kind?: 'binary' | 'fractional';
  readonly fractionalType?: 'PROBABILITY' | 'OCCUPANCY';
  /** Date and time of making, `20260101` and `120000`. */
  readonly contentDate: string;
  readonly contentTime: string;
  readonly software: { readonly name: string; readonly version: string };
  readonly seriesDescription: string;
}

/** Segmentation Storage. */
const segmentationStorage = '1.2.840.10008.5.1.4.1.1.66.4';
/** Stored value of the share 1. */
const fractionalMaximum = 255;
/** A frame belongs to an image when their first pixels are no farther apart. */
const samePlaneMm = 0.05;
const dcm = (value: string, meaning: string): CodedConcept => ({ value, scheme: 'DCM', meaning });

/**
 * Regions as a DICOM segmentation that refers to the series that they were drawn on. Slices without voxels of a segment are left out. UIDs
 * follow from series, regions and time: the same call gives the same bytes.
 * @throws `REGION.EMPTY` where no region has a voxel; `IMAGING.GEOMETRY_DIFFERS` where regions lie on different grids
 * @see PS3.3, A.51 and C.8.20; sup. 111
 */
export function writeSegmentation(
  segments: readonly SegmentToWrite[],
  source: SourceSeries,
  options: WriteSegmentationOptions,
): Uint8Array {
  const [first] = segments;
  if (first === undefined) throw regionErrors.error('REGION.EMPTY', { stage: 'mask' });
  const { geometry } = first.mask;
  for (const { mask } of segments) assertSameGeometry(geometry, mask.geometry);
  const frames = segments.flatMap((segment, at) => framesOf(segment, at + 1, options.kind ?? 'binary'));
  if (frames.length === 0) throw regionErrors.error('REGION.EMPTY', { stage: 'mask' });
  const isBinary = (options.kind ?? 'binary') === 'binary';
  const pixels = isBinary ? packFrames(frames, geometry) : joinFrames(frames, geometry);
  const identity = [
    source.seriesUid ?? '',
    sha256(pixels),
    ...segments.map(({ label }) => label),
    options.contentDate,
    options.contentTime,
  ];
  const uid = (purpose: string) => derivedUid('segmentation', purpose, ...identity);
  return writeDicom({
    ...patientStudySeries(source, options, uid),
    ...imageAttributes(geometry, frames.length, isBinary, options),
    ...references(source),
    SegmentSequence: segments.map((segment, at) => segmentItem(segment, at + 1)),
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: uid('dimensions') }],
    DimensionIndexSequence: [
      dimension('ReferencedSegmentNumber', 'SegmentIdentificationSequence', 'Segment', uid('dimensions')),
      dimension('ImagePositionPatient', 'PlanePositionSequence', 'Position', uid('dimensions')),
    ],
    SharedFunctionalGroupsSequence: [sharedGroups(geometry)],
    PerFrameFunctionalGroupsSequence: frames.map((frame) => frameGroups(frame, geometry, frames, source.images)),
    PixelData: pixels,
  });
}

interface FrameToWrite {
  readonly segment: number;
  readonly slice: number;
  /** Stored values. */
  readonly values: Uint8Array;
}

function framesOf({ mask, shares }: SegmentToWrite, segment: number, kind: 'binary' | 'fractional'): FrameToWrite[] {
  const [ni, nj, nk] = mask.geometry.dimensions;
  const size = ni * nj;
  const stored =
    kind === 'binary'
      ? mask.voxels
      : Uint8Array.from(shares ?? mask.voxels, (share) => Math.round(fractionalMaximum * Math.min(1, Math.max(0, share))));
  return Array.from({ length: nk }, (_, slice) => ({ segment, slice, values: stored.subarray(slice * size, (slice + 1) * size) })).filter(
    ({ values }) => values.some((value) => value !== 0),
  );
}

/** One bit a pixel, the lowest bit first, without gaps between frames (PS3.5, 8.1.1). */
function packFrames(frames: readonly FrameToWrite[], { dimensions: [ni, nj] }: Geometry): Uint8Array {
  const out = new Uint8Array(Math.ceil((frames.length * ni * nj) / 8));
  let bit = 0;
  for (const { values } of frames)
    for (let at = 0; at < values.length; at++, bit++) if (values[at] !== 0) out[bit >>> 3] = (out[bit >>> 3] as number) | (1 << (bit & 7));
  return out;
}

function joinFrames(frames: readonly FrameToWrite[], { dimensions: [ni, nj] }: Geometry): Uint8Array {
  const out = new Uint8Array(frames.length * ni * nj);
  frames.forEach(({ values }, at) => out.set(values, at * ni * nj));
  return out;
}

function patientStudySeries(source: SourceSeries, options: WriteSegmentationOptions, uid: (purpose: string) => string): DicomRecord {
  const { contentDate, contentTime, software, seriesDescription } = options;
  const { patientAndStudy } = source;
  return {
    ...patientAndStudy,
    // Short strings that were too long in the source would make the segmentation invalid as well.
    StudyID: shortened(patientAndStudy.StudyID, 16),
    AccessionNumber: shortened(patientAndStudy.AccessionNumber, 16),
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: segmentationStorage,
    SOPInstanceUID: uid('instance'),
    StudyInstanceUID: source.studyUid ?? uid('study'),
    SeriesInstanceUID: uid('series'),
    FrameOfReferenceUID: source.frameOfReferenceUid ?? uid('frame'),
    PositionReferenceIndicator: null,
    Modality: 'SEG',
    SeriesNumber: 1000,
    SeriesDate: contentDate,
    SeriesTime: contentTime,
    SeriesDescription: seriesDescription,
    InstanceNumber: 1,
    ContentDate: contentDate,
    ContentTime: contentTime,
    Manufacturer: software.name,
    ManufacturerModelName: software.name,
    DeviceSerialNumber: '1',
    SoftwareVersions: software.version,
    ContentLabel: 'SEGMENTATION',
    ContentDescription: seriesDescription,
    ContentCreatorName: null,
  };
}

function shortened(text: string | null, length: number): string | null {
  return text === null ? null : [...text].slice(0, length).join('').trim();
}

function imageAttributes(
  { dimensions: [columns, rows] }: Geometry,
  frames: number,
  isBinary: boolean,
  { fractionalType = 'PROBABILITY' }: WriteSegmentationOptions,
): DicomRecord {
  const bits = isBinary ? 1 : 8;
  return {
    ImageType: ['DERIVED', 'PRIMARY'],
    LossyImageCompression: '00',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames,
    Rows: rows,
    Columns: columns,
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
    SegmentationType: isBinary ? 'BINARY' : 'FRACTIONAL',
    SegmentationFractionalType: isBinary ? undefined : fractionalType,
    MaximumFractionalValue: isBinary ? undefined : fractionalMaximum,
  };
}

function references({ seriesUid, images }: SourceSeries): DicomRecord {
  const ReferencedInstanceSequence = images.map(({ sopClassUid, sopInstanceUid }) => ({
    ReferencedSOPClassUID: sopClassUid,
    ReferencedSOPInstanceUID: sopInstanceUid,
  }));
  return { ReferencedSeriesSequence: seriesUid === undefined ? undefined : [{ SeriesInstanceUID: seriesUid, ReferencedInstanceSequence }] };
}

function codeItem({ value, scheme, meaning }: CodedConcept): DicomRecord {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning };
}

function segmentItem({ label, category, type, algorithm }: SegmentToWrite, number: number): DicomRecord {
  return {
    SegmentNumber: number,
    SegmentLabel: shortened(label, 64),
    SegmentedPropertyCategoryCodeSequence: [codeItem(category)],
    SegmentedPropertyTypeCodeSequence: [codeItem(type)],
    SegmentAlgorithmType: algorithm.type,
    SegmentAlgorithmName: algorithm.type === 'MANUAL' ? undefined : algorithm.name,
  };
}

function dimension(pointer: string, group: string, label: string, uid: string): DicomRecord {
  return {
    DimensionOrganizationUID: uid,
    DimensionIndexPointer: pointer,
    FunctionalGroupPointer: group,
    DimensionDescriptionLabel: label,
  };
}

function sharedGroups({ direction: d, spacingMm: [si, sj, sk] }: Geometry): DicomRecord {
  const axes = [d[0], d[3], d[6], d[1], d[4], d[7]];
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: axes }],
    PixelMeasuresSequence: [{ SliceThickness: sk, SpacingBetweenSlices: sk, PixelSpacing: [sj, si] }],
  };
}

function frameGroups(
  { segment, slice }: FrameToWrite,
  geometry: Geometry,
  frames: readonly FrameToWrite[],
  images: readonly SourceImage[],
): DicomRecord {
  const position = indexToPatient(geometry, [0, 0, slice]);
  const slices = [...new Set(frames.map((frame) => frame.slice))].sort((a, b) => a - b);
  const isHere = (place: Triple | undefined) =>
    place === undefined || place.every((value, axis) => Math.abs(value - (position[axis] as number)) <= samePlaneMm);
  const drawnOn = images.flatMap((image): DicomRecord[] => {
    const item = { ReferencedSOPClassUID: image.sopClassUid, ReferencedSOPInstanceUID: image.sopInstanceUid };
    if (image.framePositions === undefined) return isHere(image.position) ? [item] : [];
    const numbers = image.framePositions.flatMap((place, at) => (isHere(place) ? [at + 1] : []));
    return numbers.length === 0 ? [] : [{ ...item, ReferencedFrameNumber: numbers }];
  });
  return {
    FrameContentSequence: [{ DimensionIndexValues: [segment, slices.indexOf(slice) + 1] }],
    PlanePositionSequence: [{ ImagePositionPatient: position }],
    SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
    DerivationImageSequence: drawnOn.length === 0 ? undefined : [derivation(drawnOn)],
  };
}

function derivation(images: readonly DicomRecord[]): DicomRecord {
  return {
    DerivationCodeSequence: [codeItem(dcm('113076', 'Segmentation'))],
    SourceImageSequence: images.map((image) => ({
      ...image,
      SpatialLocationsPreserved: 'YES',
      PurposeOfReferenceCodeSequence: [codeItem(dcm('121322', 'Source image for image processing operation'))],
    })),
  };
}
