import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeDicom } from '../dicom/write-dicom.js';
import { indexToPatient } from '../geometry/geometry.js';
import type { Triple } from '../geometry/geometry.js';
import type { Geometry } from '../volume.js';
import { rasterizeRegion } from './rasterize.js';
import { readStructureSet, structureRegion } from './read-structure-set.js';
import { compareFrameOfReference } from './source-series.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
type Point = readonly [number, number];
interface Drawn {
  readonly type?: string;
  readonly slice: number;
  /** In voxels of the image. */
  readonly points: readonly Point[];
}

/** A tilted image: nothing about contours may depend on its axes being those of the patient. */
const image: Geometry = {
  dimensions: [12, 10, 4],
  spacingMm: [0.8, 1.1, 3],
  originMm: [5, -7, 20],
  direction: [0.8, -0.6, 0, 0.48, 0.64, -0.6, 0.36, 0.48, 0.8],
};

function structureSet(drawn: readonly Drawn[], geometry = image): Uint8Array {
  const contour = ({ type = 'CLOSED_PLANAR', slice, points }: Drawn) => ({
    ContourGeometricType: type,
    NumberOfContourPoints: points.length,
    ContourData: points.flatMap(([i, j]) => indexToPatient(geometry, [i, j, slice] as Triple).map((mm) => mm.toFixed(6))),
  });
  return writeDicom({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3',
    SOPInstanceUID: '1.2.3',
    SpecificCharacterSet: 'ISO_IR 192',
    StructureSetROISequence: [
      { ROINumber: 4, ReferencedFrameOfReferenceUID: '1.2.9', ROIName: '病灶', ROIGenerationAlgorithm: 'MANUAL' },
      { ROINumber: 7, ReferencedFrameOfReferenceUID: '1.2.9', ROIName: 'empty' },
    ],
    ROIContourSequence: [{ ReferencedROINumber: 4, ContourSequence: drawn.map(contour) }],
  });
}

const filled = (drawn: readonly Drawn[], tolerance?: number) =>
  rasterizeRegion(structureRegion(readStructureSet(structureSet(drawn)), 4), image, tolerance);
const square = (low: number, high: number): Point[] => [[low, low], [high, low], [high, high], [low, high]]; // prettier-ignore
const rows = (voxels: Uint8Array, slice: number) =>
  Array.from({ length: 10 }, (_, j) => [...voxels.subarray(12 * (j + 10 * slice), 12 * (j + 10 * slice) + 12)].join(''));

describe('rasterizeRegion', () => {
  it('fills what lies inside an odd number of contours: holes, and several parts in a slice', () => {
    const drawn = [square(0.5, 7.5), square(2.5, 5.5), square(8.5, 9.4)].map((points) => ({ slice: 1, points }));
    const { mask, contourCount, sliceCount } = filled(drawn);
    expect(rows(mask.voxels, 1)).toEqual([
      '000000000000', '011111110000', '011111110000', '011000110000', '011000110000', '011000110000',
      '011111110000', '011111110000', '000000000000', '000000000100',
    ]); // prettier-ignore
    expect({ contourCount, sliceCount }).toEqual({ contourCount: 3, sliceCount: 1 });
  });

  it('gives a keyhole the same hole', () => {
    const outer: Point[] = [[0.5, 0.5], [7.5, 0.5], [7.5, 7.5], [0.5, 7.5]];
    const keyhole: Point[] = [...outer, [0.5, 0.5], [2.5, 2.5], [2.5, 5.5], [5.5, 5.5], [5.5, 2.5], [2.5, 2.5], [0.5, 0.5]];
    const two = [outer, square(2.5, 5.5)].map((points) => ({ slice: 2, points }));
    expect(filled([{ slice: 2, points: keyhole }]).mask.voxels).toEqual(filled(two).mask.voxels);
  }); // prettier-ignore

  it('agrees with a test of each center (slow twin) for any polygon', () => {
    // Off the centers, where rounding would decide.
    const part = (most: number) => fc.integer({ min: 0, max: 10 * most }).map((tenths) => tenths / 10 + 0.037);
    const place = fc.tuple(part(11), part(9));
    fc.assert(
      fc.property(fc.array(place, { minLength: 3, maxLength: 9 }), (points) => {
        const region = { ...structureRegion(readStructureSet(structureSet([])), 4), contours: [contourOf(points, 1)] };
        const expected = new Uint8Array(480);
        for (let j = 0; j < 10; j++) for (let i = 0; i < 12; i++) if (isInside(points, i, j)) expected[i + 12 * (j + 10)] = 1;
        if (!expected.includes(1)) expect(() => rasterizeRegion(region, image)).toThrow('REGION.EMPTY');
        else expect(rasterizeRegion(region, image).mask.voxels).toEqual(expected);
      }),
      { numRuns: Math.ceil(150 * scale) },
    );
  });

  it('refuses contours between slices, across slices and beyond the image, and counts slices that were skipped', () => {
    const points = square(1.5, 5.5);
    expect(() => filled([{ slice: 1.4, points }])).toThrow('REGION.BAD_STRUCTURE');
    expect(filled([{ slice: 1.05, points }]).offsetMm).toBeCloseTo(0.15, 3);
    expect(filled([{ slice: 1.4, points }], 0.45).mask.voxels.indexOf(1)).toBeLessThan(240);
    expect(() => filled([{ slice: 9, points }])).toThrow('REGION.BAD_STRUCTURE');
    expect(() => filled([{ slice: 1, points: square(5, 30) }])).toThrow('REGION.BAD_STRUCTURE');
    expect(
      filled([
        { slice: 0, points },
        { slice: 3, points },
      ]).emptySlices,
    ).toBe(2);
  });

  it('finds the plane of the contours where the image has its axes in another order', () => {
    const { spacingMm: [si, sj, sk], direction: d } = image;
    const turned: Geometry = {
      dimensions: [4, 12, 10], spacingMm: [sk, si, sj], originMm: image.originMm,
      direction: [d[2], d[0], d[1], d[5], d[3], d[4], d[8], d[6], d[7]],
    };
    const region = structureRegion(readStructureSet(structureSet([{ slice: 1, points: square(1.5, 5.5) }])), 4);
    const { mask, normalAxis } = rasterizeRegion(region, turned);
    expect(normalAxis).toBe(0);
    expect(mask.voxels.reduce((sum, voxel) => sum + voxel, 0)).toBe(16);
    expect(mask.voxels[1 + 4 * (2 + 12 * 2)]).toBe(1);
  }); // prettier-ignore
});

describe('readStructureSet', () => {
  it('leaves points and open lines out and counts them; malformed contours are refused when asked for', () => {
    const points = square(1.5, 5.5);
    const set = readStructureSet(
      structureSet([
        { type: 'POINT', slice: 0, points: [[1, 1]] },
        { type: 'OPEN_PLANAR', slice: 0, points },
        { slice: 0, points },
      ]),
    );
    const region = structureRegion(set, '病灶');
    expect(region).toMatchObject({ number: 4, name: '病灶', ignored: { POINT: 1, OPEN_PLANAR: 1 }, malformed: [] });
    expect(region.contours).toHaveLength(1);
    expect(() => structureRegion(set)).toThrow('REGION.AMBIGUOUS');
    expect(() => structureRegion(set, 5)).toThrow('REGION.ABSENT');
    expect(() => rasterizeRegion(structureRegion(set, 7), image)).toThrow('REGION.BAD_STRUCTURE');
    expect(() => rasterizeRegion({ ...region, malformed: [2] }, image)).toThrow('REGION.BAD_STRUCTURE');
    expect(() => readStructureSet(writeDicom({ SOPClassUID: '1.2', SOPInstanceUID: '1.3' }))).toThrow('REGION.NOT_A_SEGMENTATION');
  });
});

describe('compareFrameOfReference', () => {
  it('tells same, unknown and different apart, and believes a region that names the series', () => {
    const series = { studyUid: '1', seriesUid: '1.1', frameOfReferenceUid: '1.9', images: [], patientAndStudy: {} as never };
    const region = { frameOfReferenceUid: '1.9', sourceSeriesUids: [] };
    expect(compareFrameOfReference(series, region)).toBe('same');
    expect(compareFrameOfReference(undefined, region)).toBe('unknown');
    expect(compareFrameOfReference(series, { ...region, frameOfReferenceUid: '1.8' })).toBe('different');
    expect(compareFrameOfReference(series, { frameOfReferenceUid: '1.8', sourceSeriesUids: ['1.1'] })).toBe('same');
  });
});

function contourOf(points: readonly Point[], slice: number) {
  return { number: 1, imageUids: [], points: Float64Array.from(points.flatMap(([i, j]) => [...indexToPatient(image, [i, j, slice])])) };
}

/** Crossings of a ray to the right, counted one by one. */
function isInside(points: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  points.forEach(([x0, y0], at) => {
    const [x1, y1] = points[(at + 1) % points.length] as Point;
    if (y0 <= y !== y1 <= y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
  });
  return inside;
}
