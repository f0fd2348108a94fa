import { indexToPatient, writeDicom } from '@cohortium/imaging';
import type { DicomRecord } from '@cohortium/imaging';
import { dynamicBeginSeconds } from '../images/examination.js';
import type { Stack } from '../images/examination.js';
import type { Examined } from './identity.js';
import { acquisitionRecord, contrastRecord } from './sequence.js';
import type { DicomSeries } from './series-list.js';
import { diffusionTags, imageType, phaseTags } from './vendor-tags.js';

/** MR Image Storage. */
export const mrImageStorage = '1.2.840.10008.5.1.4.1.1.4';

/** An object and where it is kept. */
export interface WrittenObject {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** UID of one image of a series. */
export function classicInstanceUid({ uid }: Examined, { folder }: DicomSeries, stack: number, slice: number): string {
  return uid('instance', folder, String(stack), String(slice));
}

/** Attributes that all images of a series share, whatever their form. */
export function seriesRecord(who: Examined, series: DicomSeries): DicomRecord {
  const { images, folder, number, description } = series;
  const first = images.stacks[0] as Stack;
  return {
    ...who.shared,
    SeriesInstanceUID: who.uid('series', folder),
    SeriesNumber: number,
    SeriesDescription: description,
    ProtocolName: description,
    SeriesTime: who.timeOf(first.seconds),
    InstanceCreationTime: who.timeOf(first.seconds + 90),
  };
}

/** Stored values: twelve or sixteen bits, signed with GE. */
export function pixelRecord({ images }: DicomSeries, isSigned: boolean): DicomRecord {
  const [columns, rows] = images.geometry.dimensions;
  const bits = isSigned ? 16 : images.bits;
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    BitsAllocated: 16,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: isSigned ? 1 : 0,
  };
}

/** Writes a series as MR Image Storage, one object per slice and volume. */
export function* classicImages(who: Examined, series: DicomSeries): Iterable<WrittenObject> {
  const { images } = series;
  const { scanner } = who.site;
  const { vendor } = scanner;
  const [, rows, slices] = images.geometry.dimensions;
  const [columnMm, rowMm, sliceMm] = images.geometry.spacingMm;
  const [columns] = images.geometry.dimensions;
  const common: DicomRecord = {
    ...seriesRecord(who, series),
    ...acquisitionRecord(scanner, images.kind),
    // Stored values of sixteen bits would turn negative where they are signed.
    ...pixelRecord(series, vendor === 'ge' && images.bits === 12),
    ...(images.kind === 'dce' ? contrastRecord(who.timeOf(dynamicBeginSeconds + who.participant.times.arrivalSeconds)) : {}),
    SOPClassUID: mrImageStorage,
    Laterality: who.participant.laterality,
    ImageType: imageType(vendor, images.kind),
    ImageComments: 'SYNTHETIC',
    PixelSpacing: [rowMm, columnMm],
    SliceThickness: sliceMm,
    SpacingBetweenSlices: sliceMm,
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    AcquisitionMatrix: images.kind === 'dwi' || images.kind === 'adc' ? [columns, 0, 0, rows] : [0, columns, rows, 0],
    ...(images.slope === 1 ? {} : { RescaleSlope: images.slope, RescaleIntercept: 0, RescaleType: 'normalized' }),
  };
  let instance = 0;
  for (const [stackAt, stack] of images.stacks.entries()) {
    const perStack: DicomRecord = {
      ...common,
      ...phaseTags(vendor, stack, series.phaseCount, dynamicBeginSeconds, who.timeOf),
      ...(stack.bValue === undefined ? {} : diffusionTags(vendor, stack.bValue)),
    };
    for (let slice = 0; slice < slices; slice++) {
      const position = indexToPatient(images.geometry, [0, 0, slice]);
      instance++;
      const bytes = writeDicom({
        ...perStack,
        SOPInstanceUID: classicInstanceUid(who, series, stackAt, slice),
        InstanceNumber: instance,
        ImagePositionPatient: position,
        SliceLocation: position[2],
        PixelData: stack.stored.subarray(slice * rows * columns, (slice + 1) * rows * columns),
      });
      yield { name: `${series.folder}/${instance}.dcm`, bytes };
    }
  }
}
