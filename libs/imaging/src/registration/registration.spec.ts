import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Geometry, Volume } from '../volume.js';
import { displacementOf, transformImage, transformMask } from './apply-transform.js';
import { defaultRegistration, registerImages } from './register.js';
import { similarity } from './similarity.js';
import { pointMap, rotationMatrix } from './spatial-transform.js';
import type { SpatialTransform } from './spatial-transform.js';

const n = 32;
/** Oblique, and not cubic: a mistake in an axis would show. */
const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
const geometry: Geometry = {
  dimensions: [n, n, 24],
  spacingMm: [1.5, 1.2, 2],
  originMm: [-30, 12, 5],
  direction: [c, -s, 0, s, c, 0, 0, 0, 1],
};

/** Blobs in a body whose points are moved by `by` (millimeters along the grid), seen with another contrast. */
function body(by: readonly [number, number, number], contrast: (value: number) => number = (value) => value): Volume {
  const values = new Float32Array(n * n * 24);
  const blobs: readonly (readonly number[])[] = [
    [24, 19, 24, 90, 14],
    [16, 14, 20, 60, 5],
    [30, 24, 30, 50, 6],
    [22, 26, 14, 70, 4],
    [34, 12, 26, 40, 5],
  ];
  for (let k = 0, at = 0; k < 24; k++)
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++, at++) {
        const [x, y, z] = [1.5 * i - by[0], 1.2 * j - by[1], 2 * k - by[2]];
        let value = 0;
        for (const [a, b, d, height, width] of blobs as readonly (readonly [number, number, number, number, number])[])
          value += height * Math.exp(-((x - a) ** 2 + (y - b) ** 2 + (z - d) ** 2) / (2 * width * width));
        values[at] = contrast(value);
      }
  return { geometry, values };
}

const shift: SpatialTransform = { kind: 'rigid', angles: [0, 0, 0], shiftMm: [3, -2.4, 4], centerMm: [0, 0, 0] };

describe('transforms', () => {
  it('a rotation keeps lengths, whatever the angles', () => {
    fc.assert(
      fc.property(
        fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -3, max: 3, noNaN: true }))) as fc.Arbitrary<[number, number, number]>,
        (angles) => {
          const r = rotationMatrix(angles);
          for (let a = 0; a < 3; a++)
            for (let b = 0; b < 3; b++)
              expect([0, 1, 2].reduce((sum, k) => sum + (r[3 * a + k] as number) * (r[3 * b + k] as number), 0)).toBeCloseTo(
                a === b ? 1 : 0,
                12,
              );
        },
      ),
    );
  });

  it('a spline of equal coefficients shifts what it reaches and nothing else', () => {
    const spline: SpatialTransform = {
      kind: 'spline',
      size: [5, 5, 5],
      originMm: [0, 0, 0],
      spacingMm: [10, 10, 10],
      coefficients: [1, 2, 3].flatMap((value) => Array.from({ length: 125 }, () => value)),
    };
    const moved = (at: [number, number, number]) => {
      const point = Float64Array.from(at);
      pointMap([spline, shift])(point);
      return [...point].map((value) => Number(value.toFixed(9)));
    };
    expect(moved([20, 15, 25])).toEqual([24, 14.6, 32]);
    expect(moved([5, 15, 25])).toEqual([8, 12.6, 29]);
  });

  it('carries an image back by a known shift, and a mask by its nearest voxels', () => {
    const [fixed, moving] = [body([0, 0, 0]), body([3, -2.4, 4])];
    const back = transformImage(moving, geometry, [shift]);
    let worst = 0;
    back.forEach((value, at) => (worst = Number.isNaN(value) ? worst : Math.max(worst, Math.abs(value - (fixed.values[at] as number)))));
    expect(worst).toBeLessThan(1e-3);
    expect(back.some(Number.isNaN)).toBe(true);
    const mask = { geometry, voxels: Uint8Array.from(moving.values, (value) => (value > 80 ? 1 : 0)) };
    const carried = transformMask(mask, geometry, [shift]).voxels;
    const wrong = carried.reduce((sum: number, voxel, at) => sum + (voxel === ((fixed.values[at] as number) > 80 ? 1 : 0) ? 0 : 1), 0);
    expect(wrong).toBe(0);
    expect(displacementOf(geometry, [shift])).toMatchObject({ meanMm: expect.closeTo(Math.hypot(3, 2.4, 4), 9) as number, foldedShare: 0 });
  });

  it('brings an image of another grid onto this one', () => {
    const fine: Geometry = { ...geometry, dimensions: [n * 2, n, 24], spacingMm: [0.75, 1.2, 2] };
    const { values } = body([0, 0, 0]);
    const doubled = { geometry: fine, values: transformImage({ geometry, values }, fine, []) };
    const again = transformImage(doubled, geometry, []);
    again.forEach((value, at) => {
      // The finer grid begins half a fine voxel later than the coarse one, which lies outside there.
      if (!Number.isNaN(value)) expect(Math.abs(value - (values[at] as number))).toBeLessThan(1e-3);
    });
    expect(again.filter(Number.isNaN).length).toBeLessThan(0.1 * again.length);
  });
});

describe('similarity', () => {
  it('is highest for an image and itself, and mutual information does not care for contrast', () => {
    const random = new SeededRandom(5);
    const image = Float64Array.from({ length: 5000 }, () => random.uniform());
    const other = Float64Array.from({ length: 5000 }, () => random.uniform());
    expect(similarity(image, image)).toMatchObject({ correlation: expect.closeTo(1, 12) as number, voxels: 5000 });
    expect(
      similarity(
        image,
        image.map((x) => -x),
      ).correlation,
    ).toBeCloseTo(-1, 12);
    expect(
      similarity(
        image,
        image.map((x) => -x),
      ).mutualInformation,
    ).toBeCloseTo(similarity(image, image).mutualInformation, 1);
    expect(similarity(image, other).mutualInformation).toBeLessThan(0.2);
    expect(similarity(image, image).mutualInformation).toBeGreaterThan(3);
    expect(similarity([1, 1, NaN], [1, 2, 3])).toMatchObject({ correlation: null, voxels: 2 });
  });
});

describe('registerImages', () => {
  const quick = { ...defaultRegistration, resolutions: 2, iterations: 80, samples: 1500 };

  it('finds a known shift between images of different contrast within a third of a voxel, twice alike', async () => {
    const [fixed, moving] = [body([0, 0, 0]), body([3, -2.4, 4], (value) => 300 / (1 + value / 40))];
    const found = await registerImages(fixed, moving, quick);
    const point = Float64Array.of(24, 18, 24);
    pointMap(found.transforms)(point);
    expect(point[0]).toBeCloseTo(27, 0);
    expect(Math.abs((point[0] as number) - 27)).toBeLessThan(0.5);
    expect(Math.abs((point[1] as number) - 15.6)).toBeLessThan(0.5);
    expect(Math.abs((point[2] as number) - 28)).toBeLessThan(0.6);
    expect(found.after.mutualInformation).toBeGreaterThan(found.before.mutualInformation + 0.2);
    expect((await registerImages(fixed, moving, quick)).transforms).toEqual(found.transforms);
  });

  it('follows a bend that no rigid transform can', async () => {
    const plain = body([0, 0, 0]);
    const texture = (at: number) =>
      Math.sin((at % n) * 0.9) * Math.cos((Math.floor(at / n) % n) * 0.7) * Math.sin(Math.floor(at / n / n) * 0.8 + 1);
    const fixed: Volume = { geometry, values: Float32Array.from(plain.values, (value, at) => value * (1 + 0.5 * texture(at))) };
    const bend: SpatialTransform = {
      kind: 'spline',
      size: [9, 9, 9],
      originMm: [-20, -20, -20],
      spacingMm: [12, 12, 12],
      coefficients: Array.from({ length: 3 * 729 }, (_, at) => (at < 729 ? 3.5 * Math.sin(1.3 * (Math.floor(at / 9) % 9)) : 0)),
    };
    const moving: Volume = { geometry, values: transformImage(fixed, geometry, [bend]).map((value) => (Number.isNaN(value) ? 0 : value)) };
    const found = await registerImages(fixed, moving, { ...quick, resolutions: 1, iterations: 80, kind: 'deformable', gridSpacingMm: 12 });
    expect(1 - (found.after.correlation as number)).toBeLessThan(0.5 * (1 - (found.before.correlation as number)));
    expect(found.after.mutualInformation).toBeGreaterThan(found.before.mutualInformation);
    expect(found.displacement.foldedShare).toBe(0);
  });

  it('refuses images that do not meet or have no contrast', async () => {
    const fixed = body([0, 0, 0]);
    const far = { ...fixed, geometry: { ...geometry, originMm: [500, 0, 0] as const } };
    await expect(registerImages(fixed, far, quick)).rejects.toMatchObject({ code: 'IMAGING.REGISTRATION_FAILED' });
    const flat = { geometry, values: new Float32Array(n * n * 24).fill(3) };
    await expect(registerImages(fixed, flat, quick)).rejects.toMatchObject({ code: 'IMAGING.REGISTRATION_FAILED' });
  });
});
