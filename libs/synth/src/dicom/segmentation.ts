import { indexToPatient, writeDicom } from '@cohortium/imaging';
import type { DicomRecord, Geometry } from '@cohortium/imaging';
import { classicInstanceUid, mrImageStorage } from './classic-images.js';
import type { WrittenObject } from './classic-images.js';
import { code, enhancedFrameNumber, enhancedInstanceUid, enhancedMrStorage } from './enhanced-images.js';
import type { Examined } from './identity.js';
import type { DicomSeries } from './series-list.js';

const segmentationStorage = '1.2.840.10008.5.1.4.1.1.66.4';

/** Where the lesions were drawn: a series and one of its volumes. */
export interface DrawnOn {
  readonly series: DicomSeries;
  /** Place of the volume within the series, from 0. */
  readonly stack: number;
  readonly isEnhanced: boolean;
}

/**
 * The lesions as a binary segmentation (PS3.3, A.51): one segment per lesion, one frame per slice that has voxels of it, each with a reference to
 * the image on which it was drawn.
 * @param labels number of the lesion from 1 in every voxel of the series' grid, else 0
 */
export function lesionSegmentation(who: Examined, labels: Uint8Array, drawn: DrawnOn): WrittenObject {
  const { geometry } = drawn.series.images;
  const frames = framesOf(labels, geometry);
  const segments = [...new Set(frames.map(({ segment }) => segment))];
  const [columns, rows] = geometry.dimensions;
  const [columnMm, rowMm, sliceMm] = geometry.spacingMm;
  const bytes = writeDicom({
    ...who.shared,
    ...headRecord(who),
    SegmentSequence: segments.map(segmentItem),
    ReferencedSeriesSequence: [referencedSeries(who, drawn, frames)],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    NumberOfFrames: frames.length,
    SharedFunctionalGroupsSequence: [
      {
        PixelMeasuresSequence: [{ PixelSpacing: [rowMm, columnMm], SliceThickness: sliceMm, SpacingBetweenSlices: sliceMm }],
        PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames.map(({ segment, slice }) => ({
      DerivationImageSequence: [derivation(who, drawn, slice)],
      FrameContentSequence: [{ DimensionIndexValues: [segment, slice + 1] }],
      PlanePositionSequence: [{ ImagePositionPatient: indexToPatient(geometry, [0, 0, slice]) }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
    })),
    PixelData: packBits(labels, frames, rows * columns),
  });
  return { name: '900-seg/1.dcm', bytes };
}

/** When lesions were drawn, seconds from the beginning of the examination. */
const drawnAtSeconds = 3600;

/** Attributes that do not depend on the lesions. */
function headRecord(who: Examined): DicomRecord {
  const organization = who.uid('dimensions', 'segmentation');
  const pointer = (attribute: string, group: string): DicomRecord => ({
    DimensionOrganizationUID: organization,
    DimensionIndexPointer: attribute,
    FunctionalGroupPointer: group,
  });
  return {
    Modality: 'SEG',
    SOPClassUID: segmentationStorage,
    SOPInstanceUID: who.uid('segmentation'),
    SeriesInstanceUID: who.uid('series', 'segmentation'),
    SeriesNumber: 900,
    SeriesDescription: 'Lesions',
    SeriesTime: who.timeOf(drawnAtSeconds),
    ContentTime: who.timeOf(drawnAtSeconds),
    InstanceCreationTime: who.timeOf(drawnAtSeconds),
    AcquisitionDate: undefined,
    InstanceNumber: 1,
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentLabel: 'LESIONS',
    ContentDescription: 'Lesions of the phantom',
    ContentCreatorName: 'Cohortium^Synth',
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    SegmentationType: 'BINARY',
    SegmentsOverlap: 'NO',
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organization }],
    DimensionIndexSequence: [
      pointer('ReferencedSegmentNumber', 'SegmentIdentificationSequence'),
      pointer('ImagePositionPatient', 'PlanePositionSequence'),
    ],
  };
}

interface Frame {
  readonly segment: number;
  readonly slice: number;
}

function framesOf(labels: Uint8Array, { dimensions: [columns, rows, slices] }: Geometry): readonly Frame[] {
  const found = new Set<number>();
  for (let at = 0; at < labels.length; at++)
    if (labels[at] !== 0) found.add((labels[at] as number) * slices + Math.floor(at / (rows * columns)));
  return [...found].sort((a, b) => a - b).map((key) => ({ segment: Math.floor(key / slices), slice: key % slices }));
}

/** One bit per pixel, the lowest of a byte first, without gaps between frames (PS3.5, 8.1.1). */
function packBits(labels: Uint8Array, frames: readonly Frame[], pixels: number): Uint8Array {
  const out = new Uint8Array(Math.ceil((frames.length * pixels) / 8));
  frames.forEach(({ segment, slice }, frame) => {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const bit = frame * pixels + pixel;
      if (labels[slice * pixels + pixel] === segment) out[bit >> 3] = (out[bit >> 3] as number) | (1 << (bit & 7));
    }
  });
  return out;
}

function segmentItem(segment: number): DicomRecord {
  return {
    SegmentNumber: segment,
    SegmentLabel: segment === 1 ? 'Index lesion' : `Lesion ${segment}`,
    SegmentAlgorithmType: 'MANUAL',
    SegmentedPropertyCategoryCodeSequence: [code('49755003', 'SCT', 'Morphologically Abnormal Structure')],
    SegmentedPropertyTypeCodeSequence: [code('4147007', 'SCT', 'Mass')],
    AnatomicRegionSequence: [code('76752008', 'SCT', 'Breast')],
  };
}

/** The image on which a slice was drawn, as an item of a sequence of references. */
function sourceImage(who: Examined, { series, stack, isEnhanced }: DrawnOn, slice: number): DicomRecord {
  if (!isEnhanced)
    return { ReferencedSOPClassUID: mrImageStorage, ReferencedSOPInstanceUID: classicInstanceUid(who, series, stack, slice) };
  return {
    ReferencedSOPClassUID: enhancedMrStorage,
    ReferencedSOPInstanceUID: enhancedInstanceUid(who, series),
    ReferencedFrameNumber: enhancedFrameNumber(stack, slice, series.images.geometry.dimensions[2]),
  };
}

function derivation(who: Examined, drawn: DrawnOn, slice: number): DicomRecord {
  return {
    DerivationCodeSequence: [code('113076', 'DCM', 'Segmentation')],
    SourceImageSequence: [
      {
        ...sourceImage(who, drawn, slice),
        PurposeOfReferenceCodeSequence: [code('121322', 'DCM', 'Source image for image processing operation')],
      },
    ],
  };
}

/** Every instance that frames refer to, once. */
function referencedSeries(who: Examined, drawn: DrawnOn, frames: readonly Frame[]): DicomRecord {
  const slices = drawn.isEnhanced ? [0] : [...new Set(frames.map(({ slice }) => slice))].sort((a, b) => a - b);
  return {
    SeriesInstanceUID: who.uid('series', drawn.series.folder),
    ReferencedInstanceSequence: slices.map((slice) => {
      const { ReferencedFrameNumber: _, ...instance } = sourceImage(who, drawn, slice);
      return instance;
    }),
  };
}
