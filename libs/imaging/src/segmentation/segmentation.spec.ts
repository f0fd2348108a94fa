import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DicomObject } from '../dicom/dicom-object.js';
import { writeDicom } from '../dicom/write-dicom.js';
import type { DicomRecord, EncapsulatedPixels, WriteOptions } from '../dicom/write-dicom.js';
import { indexToPatient } from '../geometry/geometry.js';
import type { Geometry, RoiMask } from '../volume.js';
import { placeMask } from './place-mask.js';
import { onlySegment, readSegmentation, segmentMask, segmentVoxelCounts } from './read-segmentation.js';
import type { SourceSeries } from './source-series.js';
import { writeSegmentation } from './write-segmentation.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const concept = { value: '4147007', scheme: 'SCT', meaning: 'Mass' };
const algorithm = { type: 'MANUAL', name: '' } as const;
const options = { contentDate: '20260101', contentTime: '120000', software: { name: 'Test', version: '1' }, seriesDescription: 'Regions' };
const source: SourceSeries = {
  studyUid: '1.2.3',
  seriesUid: '1.2.3.4',
  frameOfReferenceUid: '1.2.3.5',
  images: [],
  patientAndStudy: {
    PatientName: 'A^B',
    PatientID: 'A',
    PatientBirthDate: null,
    PatientSex: null,
    StudyDate: null,
    StudyTime: null,
    ReferringPhysicianName: null,
    StudyID: null,
    AccessionNumber: null,
  },
};

interface Frame {
  readonly segment?: number;
  readonly z: number;
  readonly values: readonly number[];
  readonly shift?: number;
}

/** A segmentation of 3 columns and 3 rows, so that frames of single bits end within a byte. */
function segmentation(frames: readonly Frame[], over: DicomRecord = {}, bits = 1, write: WriteOptions = {}): Uint8Array {
  const values = frames.flatMap((frame) => [...frame.values]);
  const packed = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, at) => (packed[at >> 3] = (packed[at >> 3] as number) | (value << (at & 7))));
  return writeDicom({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.4',
    SOPInstanceUID: '1.2.3.4.5',
    Modality: 'SEG',
    SegmentationType: 'BINARY',
    Rows: 3,
    Columns: 3,
    NumberOfFrames: frames.length,
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
    SegmentSequence: [...new Set(frames.map(({ segment = 1 }) => segment))].map((SegmentNumber) => ({
      SegmentNumber,
      SegmentLabel: `S${SegmentNumber}`,
    })),
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
        PixelMeasuresSequence: [{ PixelSpacing: [2, 1], SliceThickness: 5 }],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames.map(({ segment = 1, z, shift = 0 }) => ({
      PlanePositionSequence: [{ ImagePositionPatient: [10 + shift, 20, z] }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
    })),
    PixelData: bits === 1 ? packed : Uint8Array.from(values),
    ...over,
  }, write); // prettier-ignore
}

const corner = [1, 0, 0, 0, 0, 0, 0, 0, 0];
const row = [0, 0, 0, 1, 1, 1, 0, 0, 0];
const full = [1, 1, 1, 1, 1, 1, 1, 1, 1];

describe('readSegmentation', () => {
  it('places frames by their positions, whatever their order, and leaves missing slices empty', () => {
    const read = readSegmentation(
      segmentation([
        { z: 9, values: row },
        { z: 0, values: corner },
        { z: 3, values: full },
      ]),
    );
    expect(read.geometry).toEqual({
      dimensions: [3, 3, 4],
      spacingMm: [1, 2, 3],
      originMm: [10, 20, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    });
    const { voxels } = segmentMask(read, 1);
    expect([...voxels]).toEqual([...corner, ...full, ...corner.map(() => 0), ...row]);
  });

  it('keeps segments apart that overlap', () => {
    const read = readSegmentation(
      segmentation([
        { z: 0, values: row },
        { segment: 2, z: 0, values: full },
      ]),
    );
    expect([...segmentMask(read, 1).voxels]).toEqual(row);
    expect([...segmentMask(read, 2).voxels]).toEqual(full);
    expect(() => onlySegment(read)).toThrow('REGION.AMBIGUOUS');
    expect(() => segmentMask(read, 3)).toThrow('REGION.ABSENT');
  });

  it('takes the numbers of a label map as they are stored, whatever their colors, and its background for no region', () => {
    const background = { type: { CodeValue: '125040', CodingSchemeDesignator: 'DCM', CodeMeaning: 'Background' } };
    const segments = [0, 1].map((SegmentNumber) => ({
      SegmentNumber,
      SegmentLabel: `S${SegmentNumber}`,
      SegmentedPropertyTypeCodeSequence: [SegmentNumber === 0 ? background.type : { ...background.type, CodeValue: '108369006' }],
    }));
    for (const PhotometricInterpretation of ['MONOCHROME2', 'PALETTE COLOR']) {
      const over = { SegmentationType: 'LABELMAP', SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.7', SegmentSequence: segments, PhotometricInterpretation }; // prettier-ignore
      const read = readSegmentation(segmentation([{ z: 0, values: row }], over, 8));
      expect([read.kind, onlySegment(read)]).toEqual(['labelmap', 1]);
      expect([...segmentMask(read, 1).voxels]).toEqual(row);
    }
  });

  it('finds the distance of slices of which no two are neighbors, and takes the thickness for a single one', () => {
    const gaps = readSegmentation(
      segmentation([
        { z: 0, values: row },
        { z: 4, values: row },
        { z: 10, values: row },
      ]),
    );
    expect(gaps.geometry.spacingMm[2]).toBeCloseTo(2, 9);
    expect(gaps.geometry.dimensions[2]).toBe(6);
    expect(readSegmentation(segmentation([{ z: 0, values: row }])).geometry.spacingMm[2]).toBe(5);
  });

  it('believes the stated distance where all gaps are multiples of it', () => {
    const spacingOf = (z: readonly number[], stated: number, thickness: number) => {
      const measures = { PixelSpacing: [2, 1], SliceThickness: thickness, SpacingBetweenSlices: stated };
      const shared = [{ PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }], PixelMeasuresSequence: [measures] }];
      const bytes = segmentation(
        z.map((at) => ({ z: at, values: row })),
        { SharedFunctionalGroupsSequence: shared },
      );
      const { spacingMm, dimensions } = readSegmentation(bytes).geometry;
      return [Math.round(spacingMm[2] * 1000) / 1000, dimensions[2]];
    };
    expect(spacingOf([0, 30], 3, 3)).toEqual([3, 11]);
    expect(spacingOf([0, 31], 3, 3)).toEqual([31, 2]);
    expect(spacingOf([0, 3, 6], 5, 3)).toEqual([3, 3]);
    // Stated is what lies empty between slices of 3 mm.
    expect(spacingOf([0, 3.3, 6.6], 0.3, 3)).toEqual([3.3, 3]);
  });

  it('takes a fractional voxel from the threshold on', () => {
    const values = [0, 50, 99, 100, 150, 200, 0, 0, 0];
    const over = { SegmentationType: 'FRACTIONAL', SegmentationFractionalType: 'OCCUPANCY', MaximumFractionalValue: 200 };
    const read = readSegmentation(segmentation([{ z: 0, values }], over, 8));
    expect(read.fractional).toEqual({ type: 'OCCUPANCY', maximum: 200 });
    expect([...segmentMask(read, 1).voxels]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0]);
    expect([...segmentMask(read, 1, 0.25).voxels]).toEqual([0, 1, 1, 1, 1, 1, 0, 0, 0]);
    expect(segmentVoxelCounts(read, 0.25).get(1)).toBe(5);
    expect(() => segmentMask(read, 1, 0)).toThrow('REGION.BAD_OPTION');
  });

  it('reads label maps', () => {
    const over = {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.7',
      SegmentationType: 'LABELMAP',
      SegmentSequence: [{ SegmentNumber: 1 }, { SegmentNumber: 7 }],
    };
    const read = readSegmentation(segmentation([{ z: 0, values: [0, 1, 7, 7, 0, 0, 0, 0, 1] }], over, 8));
    expect([...segmentMask(read, 7).voxels]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect([...segmentMask(read, 1).voxels]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 1]);
    expect([...segmentVoxelCounts(read)]).toEqual([[1, 2], [7, 2]]); // prettier-ignore
  });

  it('decodes run lengths and frames that are deflated one by one', () => {
    const values = [0, 0, 9, 9, 9, 9, 1, 2, 3];
    const over = { SegmentationType: 'FRACTIONAL', MaximumFractionalValue: 9 };
    // Segment header: one segment from byte 64 on; a literal run of 2, a repeat run of 4, a literal run of 3.
    const rle = new Uint8Array(76);
    new DataView(rle.buffer).setUint32(0, 1, true);
    new DataView(rle.buffer).setUint32(4, 64, true);
    rle.set([1, 0, 0, 253, 9, 2, 1, 2, 3, 128], 64);
    const deflated = Uint8Array.from(deflateRawSync(Uint8Array.from(values)));
    for (const [fragment, transferSyntax] of [[rle, '1.2.840.10008.1.2.5'], [deflated, '1.2.840.10008.1.2.8.1']] as const) {
      const fragments: EncapsulatedPixels = { fragments: [new Uint8Array(0), fragment] };
      const bytes = segmentation([{ z: 0, values }], { ...over, PixelData: fragments }, 8, { transferSyntax });
      expect([...readSegmentation(bytes).pixels(0)], transferSyntax).toEqual(values);
    } // prettier-ignore
  });

  it('refuses what contradicts itself, with the frame', () => {
    const frame = { z: 0, values: row };
    const refused = (bytes: Uint8Array) => expect(() => readSegmentation(bytes)).toThrow('REGION.BAD_SEGMENTATION');
    refused(segmentation([frame, { ...frame, z: 3 }], { NumberOfFrames: 1 }));
    expect(() => readSegmentation(segmentation([frame, { ...frame, z: 3 }], { PixelData: Uint8Array.of(1) }))).toThrow('IMAGING.BAD_DICOM');
    expect(() => readSegmentation(segmentation([frame], { NumberOfFrames: 0 }))).toThrow('IMAGING.BAD_DICOM');
    refused(segmentation([frame], { SegmentSequence: [{ SegmentNumber: 2 }] }));
    refused(segmentation([frame], { SegmentationType: 'SOMETHING' }));
    refused(segmentation([frame, frame]));
    refused(segmentation([frame, { ...frame, z: 3, shift: 1 }]));
    refused(segmentation([frame, { ...frame, z: 3 }, { ...frame, z: 3.37 }, { ...frame, z: 9.13 }]));
    refused(segmentation([frame], { SharedFunctionalGroupsSequence: [{}] }));
    expect(() => readSegmentation(segmentation([frame], { SOPClassUID: '1.2.840.10008.5.1.4.1.1.4' }))).toThrow(
      'REGION.NOT_A_SEGMENTATION',
    );
  });
});

describe('writeSegmentation', () => {
  const geometry: Geometry = {
    dimensions: [5, 3, 4],
    spacingMm: [0.7, 0.9, 2.5],
    originMm: [-12.345678, 3.25, 100.5],
    direction: [0, 0, 1, 0.8, -0.6, 0, 0.6, 0.8, 0],
  };
  const segment = (mask: RoiMask, label = 'A') => ({ label, mask, category: concept, type: concept, algorithm });

  it('is read back as it was, voxel by voxel and place by place', () => {
    const voxel = fc.uint8Array({ minLength: 60, maxLength: 60, max: 1 });
    fc.assert(
      fc.property(voxel, voxel, fc.boolean(), (a, b, isFractional) => {
        if (!a.includes(1) || !b.includes(1)) return;
        const written = writeSegmentation([segment({ geometry, voxels: a }), segment({ geometry, voxels: b }, 'B')], source, {
          ...options,
          kind: isFractional ? 'fractional' : 'binary',
        });
        const read = readSegmentation(written);
        expect([...placeMask(segmentMask(read, 1), geometry).mask.voxels]).toEqual([...a]);
        expect([...placeMask(segmentMask(read, 2), geometry).mask.voxels]).toEqual([...b]);
        expect(read.frameOfReferenceUid).toBe('1.2.3.5');
      }),
      { numRuns: Math.ceil(60 * scale) },
    );
  });

  it('refers to the images, and of multi-frame ones to the frames, that lie where its own frames do', () => {
    const at = (k: number) => indexToPatient(geometry, [0, 0, k]);
    const images = [
      { sopClassUid: '1.1', sopInstanceUid: '1.10', position: at(1) },
      { sopClassUid: '1.1', sopInstanceUid: '1.11', position: at(2) },
      { sopClassUid: '1.2', sopInstanceUid: '1.12', position: undefined, framePositions: [at(0), at(2), at(2), at(3)] },
    ];
    const voxels = Uint8Array.from({ length: 60 }, (_, place) => (Math.floor(place / 15) === 2 ? 1 : 0));
    const written = writeSegmentation([segment({ geometry, voxels })], { ...source, images }, options);
    const [frame] = DicomObject.parse(written).items('x52009230');
    const sources = frame?.item('x00089124')?.items('x00082112') ?? [];
    expect(sources.map((item) => [item.text('x00081155'), item.text('x00081160')])).toEqual([['1.11', undefined], ['1.12', '2\\3']]); // prettier-ignore
    expect(readSegmentation(written).sourceInstanceUids).toEqual(['1.10', '1.11', '1.12']);
  });

  it('writes equal bytes for equal calls, shares to within half a step, and labels in any script', () => {
    const mask = { geometry, voxels: new Uint8Array(60).fill(1) };
    const shares = Float64Array.from({ length: 60 }, (_, at) => at / 59);
    const write = () => writeSegmentation([{ ...segment(mask, '肿块'), shares }], source, { ...options, kind: 'fractional' });
    expect(Buffer.from(write()).equals(Buffer.from(write()))).toBe(true);
    const read = readSegmentation(write());
    expect(read.segments[0]?.label).toBe('肿块');
    expect([...Array(4).keys()].flatMap((k) => [...read.pixels(k)])).toEqual([...shares].map((share) => Math.round(255 * share)));
    expect(() => writeSegmentation([segment({ geometry, voxels: new Uint8Array(60) })], source, options)).toThrow('REGION.EMPTY');
  });
});

describe('placeMask', () => {
  const image: Geometry = { dimensions: [4, 5, 6], spacingMm: [1, 2, 3], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  const single = (geometry: Geometry, at: number): RoiMask => {
    const voxels = new Uint8Array(geometry.dimensions[0] * geometry.dimensions[1] * geometry.dimensions[2]);
    voxels[at] = 1;
    return { geometry, voxels };
  };

  it('finds each voxel again on a grid with its axes in another order and direction', () => {
    // i runs along -z of the image, j along x, k along y.
    const turned: Geometry = { dimensions: [6, 4, 5], spacingMm: [3, 1, 2], originMm: [0, 0, 15], direction: [0, 1, 0, 0, 0, 1, -1, 0, 0] };
    const { mask, method } = placeMask(single(turned, 2 + 6 * (3 + 4 * 1)), image);
    expect(method).toBe('exact');
    expect(mask.voxels.indexOf(1)).toBe(3 + 4 * (1 + 5 * 3));
  });

  it('refuses half a voxel of offset, tilt and voxels beyond the image, and resamples only when asked', () => {
    const shifted = { ...image, originMm: [0.5, 0, 0] as const };
    expect(() => placeMask(single(shifted, 0), image)).toThrow('REGION.OFF_GRID');
    expect(placeMask(single(shifted, 0), image, 'nearest')).toMatchObject({ method: 'nearest', lostVoxels: 0 });
    expect(() => placeMask(single({ ...image, spacingMm: [1, 2.5, 3] }, 0), image)).toThrow('REGION.OFF_GRID');
    const below = { ...image, originMm: [0, 0, -3] as const };
    expect(() => placeMask(single(below, 0), image)).toThrow('REGION.OFF_GRID');
    expect(placeMask(single(below, 20), image).mask.voxels[0]).toBe(1);
    expect(() => placeMask({ geometry: image, voxels: new Uint8Array(120) }, image)).toThrow('REGION.EMPTY');
  });

  it('takes every second slice of the image for what it is', () => {
    const sparse: Geometry = { ...image, dimensions: [4, 5, 3], spacingMm: [1, 2, 6] };
    expect(placeMask(single(sparse, 1 + 20 * 2), image).mask.voxels.indexOf(1)).toBe(1 + 20 * 4);
  });
});
