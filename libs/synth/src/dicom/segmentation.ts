import { indexToPatient, writeSegmentation } from '@cohortium/imaging';
import type { CodedConcept, SegmentToWrite, SourceImage } from '@cohortium/imaging';
import { classicInstanceUid, mrImageStorage } from './classic-images.js';
import type { WrittenObject } from './classic-images.js';
import { enhancedInstanceUid, enhancedMrStorage } from './enhanced-images.js';
import type { Examined } from './identity.js';
import type { DicomSeries } from './series-list.js';

/** Where the lesions were drawn: a series and one of its volumes. */
export interface DrawnOn {
  readonly series: DicomSeries;
  /** Place of the volume within the series, from 0. */
  readonly stack: number;
  readonly isEnhanced: boolean;
}

const sct = (value: string, meaning: string): CodedConcept => ({ value, scheme: 'SCT', meaning });
/** When lesions were drawn, seconds from the beginning of the examination. */
const drawnAtSeconds = 3600;

/**
 * The lesions as a binary segmentation, one segment each, with references to the images on which they were drawn.
 * @param labels number of the lesion from 1 in every voxel of the series' grid, else 0
 */
export function lesionSegmentation(who: Examined, labels: Uint8Array, drawn: DrawnOn): WrittenObject {
  const { geometry } = drawn.series.images;
  const { participant, shared } = who;
  const numbers = [...new Set(labels)].filter((label) => label > 0).sort((a, b) => a - b);
  const segments = numbers.map((label): SegmentToWrite => ({
    label: label === 1 ? 'Index lesion' : `Lesion ${label}`,
    mask: { geometry, voxels: labels.map((value) => (value === label ? 1 : 0)) },
    category: sct('49755003', 'Morphologically Abnormal Structure'),
    type: sct('4147007', 'Mass'),
    algorithm: { type: 'MANUAL', name: 'phantom' },
  }));
  const text = (keyword: string) => (shared[keyword] as string | null | undefined) ?? null;
  const bytes = writeSegmentation(
    segments,
    {
      studyUid: who.uid('study'),
      seriesUid: who.uid('series', drawn.series.folder),
      frameOfReferenceUid: who.uid('frame of reference'),
      images: sourceImages(who, drawn),
      patientAndStudy: {
        PatientName: text('PatientName'),
        PatientID: text('PatientID'),
        PatientBirthDate: text('PatientBirthDate'),
        PatientSex: text('PatientSex'),
        StudyDate: text('StudyDate'),
        StudyTime: text('StudyTime'),
        ReferringPhysicianName: text('ReferringPhysicianName'),
        StudyID: text('StudyID'),
        AccessionNumber: text('AccessionNumber'),
      },
    },
    {
      contentDate: participant.studyDate,
      contentTime: who.timeOf(drawnAtSeconds),
      software: { name: 'cohortium synth', version: '1' },
      seriesDescription: 'Lesions',
    },
  );
  return { name: '900-seg/1.dcm', bytes };
}

/** The images of one volume of a series. */
function sourceImages(who: Examined, { series, stack, isEnhanced }: DrawnOn): readonly SourceImage[] {
  const { geometry } = series.images;
  if (isEnhanced) return [{ sopClassUid: enhancedMrStorage, sopInstanceUid: enhancedInstanceUid(who, series), position: undefined }];
  return Array.from({ length: geometry.dimensions[2] }, (_, slice) => ({
    sopClassUid: mrImageStorage,
    sopInstanceUid: classicInstanceUid(who, series, stack, slice),
    position: indexToPatient(geometry, [0, 0, slice]),
  }));
}
