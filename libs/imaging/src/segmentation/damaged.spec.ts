import { isAppError } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { writeDicom } from '../dicom/write-dicom.js';
import type { Geometry } from '../volume.js';
import { rasterizeRegion } from './rasterize.js';
import { readSegmentation, segmentMask } from './read-segmentation.js';
import { readStructureSet } from './read-structure-set.js';
import { writeSegmentation } from './write-segmentation.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const geometry: Geometry = { dimensions: [9, 7, 4], spacingMm: [1, 1, 2], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
const concept = { value: '4147007', scheme: 'SCT', meaning: 'Mass' };
const segment = {
  label: 'A',
  mask: { geometry, voxels: new Uint8Array(252).fill(1) },
  category: concept,
  type: concept,
  algorithm: { type: 'MANUAL', name: '' } as const,
};
const noone = { PatientName: null, PatientID: null, PatientBirthDate: null, PatientSex: null, StudyDate: null, StudyTime: null };
const source = {
  studyUid: '1.2',
  seriesUid: '1.3',
  frameOfReferenceUid: '1.4',
  images: [],
  patientAndStudy: { ...noone, ReferringPhysicianName: null, StudyID: null, AccessionNumber: null },
};
const written = { contentDate: '20260101', contentTime: '120000', software: { name: 'Test', version: '1' }, seriesDescription: 'A' };
const structures = writeDicom({
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3',
  SOPInstanceUID: '1.2.3',
  StructureSetROISequence: [{ ROINumber: 1, ROIName: 'A' }],
  ROIContourSequence: [
    {
      ReferencedROINumber: 1,
      ContourSequence: [{ ContourGeometricType: 'CLOSED_PLANAR', NumberOfContourPoints: 3, ContourData: [1, 1, 2, 6, 1, 2, 3, 5, 2] }],
    },
  ],
});

/** Cut short, or some bytes changed: anywhere, or in lengths and tags at the beginning. */
function damaged(whole: Uint8Array, random: SeededRandom): Uint8Array {
  const bytes = Uint8Array.from(whole);
  if (random.below(4) === 0) return bytes.subarray(0, random.below(bytes.length));
  for (let left = 1 + random.below(12); left > 0; left--) bytes[132 + random.below(bytes.length - 132)] = random.below(256);
  return bytes;
}

describe('damaged segmentations and structure sets', () => {
  it('are read or refused with a reason, and never otherwise', () => {
    const random = new SeededRandom(17);
    const files = [
      ...(['binary', 'fractional'] as const).map((kind) => writeSegmentation([segment], source, { ...written, kind })),
      structures,
    ];
    let refused = 0;
    for (let turn = 0; turn < Math.ceil(600 * scale); turn++) {
      const bytes = damaged(files[turn % 3] as Uint8Array, random);
      try {
        if (turn % 3 === 2) for (const region of readStructureSet(bytes).regions) rasterizeRegion(region, geometry);
        else {
          const segmentation = readSegmentation(bytes, { limitBytes: 2 ** 24 });
          for (const { number } of segmentation.segments) segmentMask(segmentation, number);
        }
      } catch (error) {
        if (!isAppError(error)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100 * scale);
  });
});
