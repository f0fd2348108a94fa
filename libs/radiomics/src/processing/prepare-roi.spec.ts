import { boundingBox, boxSize, placeGrid, resampleBox } from '@cohortium/imaging';
import type { Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../settings/resolve.js';
import type { IbsiSettings } from '../settings/resolve.js';
import { prepareRoi, segmentRegion } from './prepare-roi.js';

const geometry = (dimensions: Triple, spacingMm: Triple = [1, 1, 1]): Geometry => ({
  dimensions,
  spacingMm,
  originMm: [5, -7, 11],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});
const volume = (grid: Geometry, value: (i: number, j: number, k: number) => number): Volume => {
  const [ni, nj, nk] = grid.dimensions;
  return {
    geometry: grid,
    values: Float64Array.from({ length: ni * nj * nk }, (_, at) => value(at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj)))),
  };
};
const region = (grid: Geometry, inside: (i: number, j: number, k: number) => boolean): RoiMask => ({
  geometry: grid,
  voxels: Uint8Array.from(volume(grid, (i, j, k) => (inside(i, j, k) ? 1 : 0)).values),
});
const settings = (changes: Record<string, unknown> = {}): IbsiSettings =>
  resolveSettings({ families: ['intensityStatistics'], ...changes });
const noise = (i: number, j: number, k: number) => ((i * 73 + j * 179 + k * 283 + i * j * 7) % 211) - 80;
const count = (voxels: Uint8Array) => voxels.reduce((sum, voxel) => sum + voxel, 0);

describe('prepareRoi', () => {
  it('without interpolation cuts the region out as it is', () => {
    const grid = geometry([9, 8, 7]);
    const { roi, box, discretized, steps } = prepareRoi(
      volume(grid, noise),
      region(grid, (i, j, k) => i > 1 && i < 5 && j === 3 && k > 4),
      settings(),
    );
    expect(box).toEqual({ from: [2, 3, 5], to: [5, 4, 7] });
    expect(roi.dimensions).toEqual([3, 1, 2]);
    expect([...roi.intensities]).toEqual([5, 6].flatMap((k) => [2, 3, 4].map((i) => noise(i, 3, k))));
    expect(roi.intensityMask).toEqual(roi.morphologicalMask);
    expect(discretized.levels).toHaveLength(6);
    expect(steps.map(({ step }) => step)).toEqual(['maskResampling', 'interpolation', 'rounding', 'resegmentation', 'discretization']);
  });

  it('a block around the region is what interpolating the whole image gives there', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('nearest', 'trilinear', 'tricubicSpline', 'tricubicConvolution'),
        fc.constantFrom('nearest', 'trilinear'),
        fc.tuple(fc.nat(7), fc.nat(6), fc.nat(4)),
        fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })),
        (method, roiMethod, from, size) => {
          const grid = geometry([10, 9, 6], [0.8, 1.25, 2]);
          const wanted = [1, 0.9, 1.5] as const;
          const image = volume(grid, noise);
          const mask = region(grid, (...at) =>
            at.every((index, axis) => index >= (from[axis] as number) && index < (from[axis] as number) + (size[axis] as number)),
          );
          const placement = placeGrid(grid, wanted);
          const dimensions = placement.map((axis) => axis.count) as unknown as Triple;
          const whole = (values: ArrayLike<number>, by: 'nearest' | 'trilinear' | 'tricubicSpline' | 'tricubicConvolution') =>
            resampleBox({ dimensions: grid.dimensions, values }, placement, { from: [0, 0, 0], to: dimensions }, by);
          const expectedMask = Uint8Array.from(whole(mask.voxels, roiMethod), (fraction) => (fraction >= 0.5 - 1e-9 ? 1 : 0));
          const interpolation = { spacingMm: [...wanted], method, roiMethod };
          if (count(expectedMask) === 0) {
            expect(() => prepareRoi(image, mask, settings({ interpolation }))).toThrow('RADIOMICS.NOTHING_LEFT');
            return;
          }
          const { roi, box } = prepareRoi(image, mask, settings({ interpolation }));
          expect(box).toEqual(boundingBox(expectedMask, dimensions));
          const expectedValues = whole(image.values, method);
          const [ni, nj] = boxSize(box);
          roi.intensities.forEach((value, at) => {
            const place = [
              (at % ni) + box.from[0],
              (Math.floor(at / ni) % nj) + box.from[1],
              Math.floor(at / (ni * nj)) + box.from[2],
            ] as const;
            const there = place[0] + dimensions[0] * (place[1] + dimensions[1] * place[2]);
            // A region of one value is settled to ten digits (settleConstant).
            const expected = expectedValues[there] as number;
            expect(Math.abs(value - expected)).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected)));
            expect(roi.morphologicalMask[at]).toBe(expectedMask[there]);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a voxel half covered belongs to the region at a partial volume of 0.5, and not above', () => {
    // 3 mm to 2 mm: new centers lie half way between old ones.
    const grid = geometry([4, 1, 1], [3, 1, 1]);
    const mask = region(grid, (i) => i === 1);
    const covered = (roiPartialVolume: number) =>
      prepareRoi(volume(grid, noise), mask, settings({ interpolation: { spacingMm: [2, 1, 1], roiPartialVolume } })).box;
    expect(placeGrid(grid, [2, 1, 1])[0].start + 2 * placeGrid(grid, [2, 1, 1])[0].step).toBeCloseTo(7 / 6);
    expect(covered(0.5)).toEqual({ from: [1, 0, 0], to: [3, 1, 1] });
    expect(covered(0.51)).toEqual({ from: [2, 0, 0], to: [3, 1, 1] });
  });

  it('local intensity wants 6.2 mm around the region, cut at the border of the image', () => {
    const grid = geometry([30, 30, 3], [1, 3, 5]);
    const { box } = prepareRoi(
      volume(grid, noise),
      region(grid, (i, j, k) => i === 15 && j === 1 && k === 1),
      resolveSettings({ families: ['localIntensity'] }),
    );
    expect(box).toEqual({ from: [9, 0, 0], to: [22, 4, 3] });
  });

  it('masks stay apart: re-segmentation changes the intensity mask only', () => {
    const grid = geometry([5, 1, 1]);
    const changes = { intensityUnits: 'calibrated', resegmentation: { range: [1, 3] } };
    const { roi } = prepareRoi(
      volume(grid, (i) => i),
      region(grid, () => true),
      settings(changes),
    );
    expect([...roi.intensityMask]).toEqual([0, 1, 1, 1, 0]);
    expect([...roi.morphologicalMask]).toEqual([1, 1, 1, 1, 1]);
  });

  it('moving the region inside a larger image changes nothing but its place', () => {
    const small = geometry([6, 6, 6]);
    const large = geometry([12, 12, 11]);
    const inside = (i: number, j: number, k: number) => (i - 2) ** 2 + (j - 2) ** 2 + (k - 2) ** 2 < 4.5;
    const interpolation = { spacingMm: [0.5, 0.5, 0.5], method: 'nearest', roiMethod: 'nearest' };
    const there = prepareRoi(volume(small, noise), region(small, inside), settings({ interpolation }));
    const moved = prepareRoi(
      volume(large, (i, j, k) => noise(i - 3, j - 4, k - 2)),
      region(large, (i, j, k) => inside(i - 3, j - 4, k - 2)),
      settings({ interpolation }),
    );
    expect(moved.roi).toEqual(there.roi);
    expect(moved.discretized).toEqual(there.discretized);
  });

  it('a whole grid can be asked for', () => {
    const grid = geometry([6, 5, 4], [1, 1, 2]);
    const { block } = segmentRegion(
      volume(grid, noise),
      region(grid, (i, j, k) => i + j + k === 0),
      settings({ interpolation: { spacingMm: [1, 1, 1] } }),
      Infinity,
    );
    expect(block.box).toEqual({ from: [0, 0, 0], to: [6, 5, 8] });
  });
});

describe('degenerate input', () => {
  const grid = geometry([5, 4, 3]);
  const everywhere = region(grid, () => true);

  it('an empty mask, and a region smaller than the new voxels, are refused', () => {
    expect(() =>
      prepareRoi(
        volume(grid, noise),
        region(grid, () => false),
        settings(),
      ),
    ).toThrow('RADIOMICS.NOTHING_LEFT');
    const interpolation = { spacingMm: [10, 10, 10] };
    const single = region(grid, (i, j, k) => i === 4 && j === 0 && k === 0);
    expect(() => prepareRoi(volume(grid, noise), single, settings({ interpolation }))).toThrow(
      'No voxel of the region is left after interpolation (1 voxel before)',
    );
  });

  it('one voxel, one gray level and a single slice go through', () => {
    const one = prepareRoi(
      volume(grid, noise),
      region(grid, (i, j, k) => i === 0 && j === 3 && k === 2),
      settings(),
    );
    expect([one.roi.dimensions, [...one.discretized.levels]]).toEqual([[1, 1, 1], [32]]);
    expect([
      ...new Set(
        prepareRoi(
          volume(grid, () => 7),
          everywhere,
          settings(),
        ).discretized.levels,
      ),
    ]).toEqual([32]);
    const flat = geometry([5, 4, 1], [1, 1, 10]);
    const interpolated = prepareRoi(
      volume(flat, noise),
      region(flat, () => true),
      settings({ interpolation: { spacingMm: [1, 1, 1] } }),
    );
    expect(interpolated.roi.dimensions).toEqual([5, 4, 10]);
  });

  it('values that are no numbers are refused inside the region and ignored outside', () => {
    const holed = volume(grid, (i, j, k) => (i === 0 ? NaN : i === 4 ? Infinity : noise(i, j, k)));
    expect(() => prepareRoi(holed, everywhere, settings())).toThrow('24 voxels of the region have no finite intensity');
    const middle = region(grid, (i) => i === 2);
    expect(() => prepareRoi(holed, middle, settings())).not.toThrow();
    expect(() => prepareRoi(holed, middle, settings({ interpolation: { spacingMm: [1, 1, 0.5] } }))).not.toThrow();
    expect(() => prepareRoi(holed, middle, settings({ interpolation: { spacingMm: [0.5, 1, 1], method: 'tricubicSpline' } }))).toThrow(
      'after interpolation',
    );
  });

  it('a mask on another grid is refused, or resampled when asked for, and that is recorded', () => {
    const shifted: RoiMask = { geometry: { ...grid, originMm: [6, -7, 11] }, voxels: everywhere.voxels };
    expect(() => prepareRoi(volume(grid, noise), shifted, settings())).toThrow('IMAGING.GEOMETRY_DIFFERS');
    const { steps, roi } = prepareRoi(volume(grid, noise), shifted, settings({ maskResampling: 'nearest' }));
    expect(steps[0]).toEqual({ step: 'maskResampling', method: 'nearest' });
    expect(roi.dimensions).toEqual([4, 4, 3]);
  });
});
