import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexToPatient, patientToIndex } from '../../geometry/geometry.js';
import type { Triple } from '../../geometry/geometry.js';
import type { Geometry, RoiMask, Volume } from '../../volume.js';
import { adaptVolume } from './adapt-volume.js';
import { interpolateMaskOnto, resampleVolumeOnto } from './affine-resample.js';
import { noiseLevel } from './noise-level.js';
import { perturb } from './perturb.js';
import { randomizeContour, supervoxels } from './supervoxels.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const geometry: Geometry = {
  dimensions: [30, 28, 14],
  spacingMm: [1, 1.2, 2],
  originMm: [-10, 4, 30],
  direction: [0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1],
};
const size = 30 * 28 * 14;
const places = (visit: (i: number, j: number, k: number) => number) =>
  Float64Array.from({ length: size }, (_, at) => visit(at % 30, Math.floor(at / 30) % 28, Math.floor(at / 840)));
const inLesion = (i: number, j: number, k: number) => (i - 14) ** 2 + (1.2 * (j - 13)) ** 2 + (2 * (k - 7)) ** 2 <= 49;
const mask: RoiMask = { geometry, voxels: Uint8Array.from(places((i, j, k) => (inLesion(i, j, k) ? 1 : 0))) };
const random = new SeededRandom(11);
const volume: Volume = { geometry, values: places((i, j, k) => (inLesion(i, j, k) ? 80 : 20) + 2 * random.normal()) };
/** Equality of large arrays; a matcher would look at every voxel by itself. */
const isSame = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).every((value, at) => value === b[at]);
const count = (voxels: Uint8Array) => voxels.reduce((sum, voxel) => sum + voxel, 0);

describe('perturb', () => {
  it('gives equal bits for equal seeds, and others for others', () => {
    const settings = { noise: true, rotationDegrees: 4, translationVoxels: [0.25, 0.5, 0], volumeShare: 0.1, contour: true } as const;
    const [a, b, c] = [1, 1, 2].map((seed) => perturb(volume, mask, settings, new SeededRandom(seed)));
    expect(isSame(a!.volume.values, b!.volume.values) && isSame(a!.mask.voxels, b!.mask.voxels)).toBe(true);
    expect(a!.volume.geometry).toEqual(b!.volume.geometry);
    expect(isSame(a!.volume.values, c!.volume.values)).toBe(false);
  });

  it('leaves everything as it is without settings', () => {
    const { volume: image, mask: region, noiseSd, voxelCount } = perturb(volume, mask, {}, new SeededRandom(1));
    expect(image).toBe(volume);
    expect(region).toBe(mask);
    expect({ noiseSd, voxelCount }).toEqual({ noiseSd: null, voxelCount: count(mask.voxels) });
  });

  it('moves the grid and not the patient: a field that is linear in space keeps its values at each place', () => {
    const field = (at: Triple, of: Geometry) => {
      const [x, y, z] = indexToPatient(of, at);
      return 3 * x - 2 * y + 0.5 * z;
    };
    const linear = { geometry, values: places((i, j, k) => field([i, j, k], geometry)) };
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -4, max: 4 }), (rotationDegrees, quarter) => {
        const shift = quarter / 4;
        const moved = perturb(linear, mask, { rotationDegrees, translationVoxels: [shift, -shift, shift] }, new SeededRandom(1));
        const center = [14, 13, 7] as const;
        for (const [i, j, k] of [center, [10, 12, 6], [18, 9, 8]] as Triple[])
          expect(moved.volume.values[i + 30 * (j + 28 * k)]).toBeCloseTo(field([i, j, k], moved.volume.geometry), 6);
        // The center of the region stays the fixed point, but for the shift.
        const now = patientToIndex(moved.volume.geometry, indexToPatient(geometry, center));
        expect(Math.max(...now.map((index, axis) => Math.abs(index - center[axis]! + [shift, -shift, shift][axis]!)))).toBeLessThan(0.05);
        // A sphere of seven slices: half-way positions count as inside.
        expect(Math.abs(moved.voxelCount / count(mask.voxels) - 1)).toBeLessThan(0.1);
      }),
      { numRuns: Math.ceil(10 * scale) },
    );
  });

  it('adds as much noise as there is', () => {
    const { volume: noisy, noiseSd } = perturb(volume, mask, { noise: true }, new SeededRandom(5));
    expect(noiseSd).toBeGreaterThan(1.8);
    expect(noiseSd).toBeLessThan(2.3);
    const added = Float64Array.from(noisy.values, (value, at) => value - volume.values[at]!);
    expect(Math.sqrt(added.reduce((sum, value) => sum + value * value, 0) / size) / noiseSd!).toBeCloseTo(1, 1);
  });

  it('refuses what cannot be', () => {
    expect(() => perturb(volume, mask, { volumeShare: -1 }, new SeededRandom(1))).toThrow('REGION.BAD_OPTION');
    expect(() => perturb(volume, mask, { rotationDegrees: NaN }, new SeededRandom(1))).toThrow('REGION.BAD_OPTION');
    expect(() => perturb(volume, { geometry, voxels: new Uint8Array(size) }, {}, new SeededRandom(1))).toThrow('REGION.EMPTY');
  });
});

describe('adaptVolume', () => {
  it('changes a region by exactly the wanted number of voxels, growing around it and shrinking inside it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -90, max: 150 }), fc.integer({ min: 1, max: 99 }), (percent, seed) => {
        const before = count(mask.voxels);
        const after = adaptVolume(mask.voxels, geometry.dimensions, percent / 100, new SeededRandom(seed));
        expect(count(after)).toBe(Math.max(1, Math.round(before * (1 + percent / 100))));
        const kept = mask.voxels.every((voxel, at) => (percent < 0 ? after[at]! <= voxel : after[at]! >= voxel));
        expect(kept).toBe(true);
      }),
      { numRuns: Math.ceil(20 * scale) },
    );
  });
});

describe('randomizeContour', () => {
  it('keeps supervoxels that the region fills, leaves out those that it hardly touches, and follows borders in the image', () => {
    const region = randomizeContour(volume, mask, new SeededRandom(9));
    const both = region.voxels.reduce((sum, voxel, at) => sum + voxel * mask.voxels[at]!, 0);
    expect((2 * both) / (count(region.voxels) + count(mask.voxels))).toBeGreaterThan(0.85);
    const labels = supervoxels(Float64Array.from(volume.values), geometry.dimensions, geometry.spacingMm);
    const parts = new Set(labels).size;
    // 28 ml in parts of at least 20 voxels of 2.4 mm3.
    expect(parts).toBeGreaterThan(300);
    // With the lesion four noise widths brighter, parts lie inside or outside of it.
    const inside = new Map<number, [number, number]>();
    labels.forEach((label, at) => {
      const [a, b] = inside.get(label) ?? [0, 0];
      inside.set(label, [a + mask.voxels[at]!, b + 1]);
    });
    const mixed = [...inside.values()].filter(([a, b]) => a / b > 0.1 && a / b < 0.9).length;
    expect(mixed / parts).toBeLessThan(0.02);
  });

  it('never loses a region of one voxel', () => {
    const single = { geometry, voxels: Uint8Array.from(mask.voxels, (_, at) => (at === 14 + 30 * (13 + 28 * 7) ? 1 : 0)) };
    expect(count(randomizeContour(volume, single, new SeededRandom(1)).voxels)).toBeGreaterThan(0);
  });
});

describe('resampling onto any grid', () => {
  it('gives the values back on the same grid', () => {
    expect(isSame(resampleVolumeOnto(volume, { ...geometry }).values, volume.values)).toBe(true);
    expect(isSame(interpolateMaskOnto(mask, { ...geometry }).voxels, mask.voxels)).toBe(true);
  });
});

describe('noiseLevel', () => {
  it('sees white noise and no anatomy', () => {
    const level = (values: Float64Array) =>
      noiseLevel({ dimensions: geometry.dimensions, values }, { from: [0, 0, 0], to: geometry.dimensions });
    const random = new SeededRandom(2);
    const flat = level(places(() => 7 * random.normal()));
    expect(flat).toBeGreaterThan(6.5);
    expect(flat).toBeLessThan(7.5);
    expect(level(places((i, j) => 30 * i - 4 * j))).toBeLessThan(1e-9);
    expect(noiseLevel({ dimensions: [3, 3, 1], values: new Float64Array(9) }, { from: [0, 0, 0], to: [3, 3, 1] })).toBe(0);
  });
});
