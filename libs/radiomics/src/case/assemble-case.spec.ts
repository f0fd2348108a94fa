import { DicomObject, writeDicom } from '@cohortium/imaging';
import type { DicomRecord, SeriesRole } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { assembleCase } from './assemble-case.js';

/** A slice of one value. */
function slice(z: number, value: number, over: DicomRecord): DicomObject {
  const record: DicomRecord = {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.4',
    Modality: 'MR',
    Manufacturer: 'SIEMENS',
    StudyInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2.3.4',
    AcquisitionDate: '20260101',
    RepetitionTime: 5,
    EchoTime: 1.2,
    FlipAngle: 10,
    SliceThickness: 3,
    ImagePositionPatient: [0, 0, 3 * z],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: 2,
    Columns: 2,
    PixelSpacing: [2, 1],
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 0,
    PixelData: new Uint8Array(new Uint16Array(4).fill(value).buffer),
    ...over,
  };
  return DicomObject.parse(writeDicom(record));
}

const kinds = ['FAT', 'IN_PHASE', 'OPP_PHASE', 'WATER'] as const;
type Kind = (typeof kinds)[number];

/** Phases of a chemical shift acquisition; only water changes, and its values say which phase it is. */
function dixon(seriesOf: (kind: Kind, phase: number) => string): DicomObject[] {
  return [0, 1, 2].flatMap((phase) =>
    kinds.flatMap((kind, at) =>
      [0, 1].map((z) =>
        slice(z, kind === 'WATER' ? 1000 + phase : 10 * at, {
          SOPInstanceUID: `1.2.3.9.${phase}.${at}.${z}`,
          SeriesInstanceUID: seriesOf(kind, phase),
          SeriesDescription: 't1_vibe_dixon_dyn',
          ContrastBolusAgent: 'Gd',
          ImageType: ['DERIVED', 'PRIMARY', 'M', 'ND', 'DIXON', kind],
          AcquisitionTime: `10${10 + phase}00`,
        }),
      ),
    ),
  );
}

describe('the dynamic series of a case', () => {
  it.each<[string, (kind: Kind, phase: number) => string]>([
    ['all in one series', () => '1.2.3.4'],
    ['a series for each kind', (kind) => `1.2.3.4.${kinds.indexOf(kind) + 1}`],
    ['a series for each kind and phase', (kind, phase) => `1.2.3.4.${10 * phase + kinds.indexOf(kind) + 1}`],
  ])('is the water of a Dixon acquisition, never its fat (%s)', (_, seriesOf) => {
    const { input, problems } = assembleCase(dixon(seriesOf));
    const { dce } = input.images;
    expect(dce?.phases.map(({ values }) => [...new Set(values)])).toEqual([[1000], [1001], [1002]]);
    expect([dce?.minutes, dce?.beforeCount, problems]).toEqual([[0, 1, 2], 1, []]);
  });

  it('is what a person says it is, phases and all', () => {
    const uid = '1.2.3.4';
    const objects = [0, 1].flatMap((phase) => [0, 1].map((z) => slice(z, 7 + phase, { SOPInstanceUID: `1.2.8.${phase}.${z}`, SeriesDescription: 'unknown', RepetitionTime: 1000, EchoTime: 40, AcquisitionTime: `10${10 + phase}00` }))); // prettier-ignore
    expect(assembleCase(objects).input.images.dce).toBeUndefined();
    const { dce } = assembleCase(objects, new Map<string, SeriesRole>([[uid, 'dce']])).input.images;
    expect([dce?.phases.map(({ values }) => values[0]), dce?.beforeCount]).toEqual([[7, 8], 1]);
  });
});

describe('a single image of a case', () => {
  it('is the water of a Dixon acquisition', () => {
    const objects = kinds.flatMap((kind, at) => [0, 1].map((z) => slice(z, at, { SOPInstanceUID: `1.2.7.${at}.${z}`, SeriesDescription: 't2_dixon', RepetitionTime: 4000, EchoTime: 90, FlipAngle: 150, ImageType: ['DERIVED', 'PRIMARY', 'M', 'DIXON', kind] }))); // prettier-ignore
    const { t2w } = assembleCase(objects).input.images;
    expect([...new Set(t2w?.values)]).toEqual([kinds.indexOf('WATER')]);
  });
});
