import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../geometry/geometry.js';
import type { Geometry } from '../volume.js';
import { boundingBox, boxSize, interpolationGeometry, placeAxis, placeGrid, widenBox } from './grid.js';
import type { WantedSpacing } from './grid.js';
import { interpolationMethods } from './kernel.js';
import type { InterpolationMethod } from './kernel.js';
import { resampleBox } from './resample.js';

const geometry = (dimensions: Triple, spacingMm: Triple): Geometry => ({
  dimensions,
  spacingMm,
  originMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});
/** The whole new grid. */
const whole = (values: ArrayLike<number>, from: Geometry, wanted: WantedSpacing, method: InterpolationMethod) => {
  const placement = placeGrid(from, wanted);
  const to = placement.map(({ count }) => count) as unknown as Triple;
  return {
    placement,
    dimensions: to,
    values: resampleBox({ dimensions: from.dimensions, values }, placement, { from: [0, 0, 0], to }, method),
  };
};

describe('interpolation grid', () => {
  it('is the example of the manual: 4 voxels of 3 mm become 6 of 2 mm around the same center', () => {
    expect(placeAxis(4, 3, 2)).toEqual({ count: 6, start: (3 - (2 / 3) * 5) / 2, step: 2 / 3, isSame: false });
    const grid = interpolationGeometry(geometry([4, 4, 4], [3, 3, 3]), [2, 2, null]);
    expect(grid.dimensions).toEqual([6, 6, 4]);
    expect(grid.spacingMm).toEqual([2, 2, 3]);
    expect(grid.originMm.map((value) => value.toFixed(12))).toEqual(['-0.500000000000', '-0.500000000000', '0.000000000000']);
  });

  it('rounds up, but not for the eighth digit of a spacing', () => {
    expect(placeAxis(10, Math.fround(0.3), 0.3)).toMatchObject({ count: 10, isSame: true });
    expect(placeAxis(20, Math.fround(0.3), 0.6).count).toBe(10);
    expect(placeAxis(10, 0.301, 0.3).count).toBe(11);
    expect(placeAxis(3, 0.1, 5).count).toBe(1);
    expect(placeAxis(7, 1, null)).toEqual({ count: 7, start: 0, step: 1, isSame: true });
  });

  it('boxes widen up to the border', () => {
    const voxels = new Uint8Array(60);
    voxels[1 + 4 * (2 + 5 * 1)] = 1;
    voxels[3 + 4 * (1 + 5 * 2)] = 7;
    const box = boundingBox(voxels, [4, 5, 3]);
    expect(box).toEqual({ from: [1, 1, 1], to: [4, 3, 3] });
    expect(boxSize(box as never)).toEqual([3, 2, 2]);
    expect(widenBox(box as never, [1, 1, 1], [4, 5, 3])).toEqual({ from: [0, 0, 0], to: [4, 4, 3] });
    expect(boundingBox(new Uint8Array(60), [4, 5, 3])).toBeUndefined();
  });
});

describe('resampleBox', () => {
  it('nearest takes the nearest center, linear the mean half way', () => {
    const row = geometry([3, 1, 1], [2, 1, 1]);
    expect([...whole([10, 20, 40], row, [1, null, null], 'nearest').values]).toEqual([10, 10, 20, 20, 40, 40]);
    // Positions -0.25, 0.25, ...: outside the centers the border goes on.
    expect([...whole([10, 20, 40], row, [1, null, null], 'trilinear').values]).toEqual([10, 12.5, 17.5, 25, 35, 40]);
    expect([...whole([10, 20, 40, 0], geometry([4, 1, 1], [1, 1, 1]), [2, null, null], 'trilinear').values]).toEqual([15, 20]);
  });

  it('cubic kernels have the published values half way', () => {
    const row = geometry([8, 1, 1], [1, 1, 1]);
    const impulse = [0, 0, 0, 1, 0, 0, 0, 0];
    // Positions 0.5, 2.5, 4.5, 6.5: Catmull-Rom weighs -1/16, 9/16, 9/16, -1/16.
    expect([...whole(impulse, row, [2, null, null], 'tricubicConvolution').values]).toEqual([0, 9 / 16, -1 / 16, 0]);
  });

  it.each(interpolationMethods)('%s keeps constants and, between voxels, straight lines', (method) => {
    const from = geometry([9, 7, 6], [1.3, 0.8, 2.5]);
    const values = Float64Array.from({ length: 9 * 7 * 6 }, (_, at) => 3 + 2 * (at % 9) - (Math.floor(at / 9) % 7));
    const { placement, dimensions, values: out } = whole(values, from, [0.9, 1.1, 1], method);
    const flat = whole(new Float64Array(values.length).fill(5), from, [0.9, 1.1, 1], method).values;
    expect(Math.max(...flat.map((value) => Math.abs(value - 5)))).toBeLessThan(1e-12);
    if (method === 'nearest') return;
    // A cubic spline feels the end of the straight line for some voxels; the others do not.
    const margin = method === 'trilinear' ? 0 : method === 'tricubicConvolution' ? 1 : 3;
    const tolerance = method === 'tricubicSpline' ? 0.1 : 1e-12;
    for (let j = 0; j < dimensions[1]; j++)
      for (let i = 0; i < dimensions[0]; i++) {
        const x = placement[0].start + i * placement[0].step;
        const y = placement[1].start + j * placement[1].step;
        if (x < margin || y < margin || x > 8 - margin || y > 6 - margin) continue;
        expect(Math.abs((out[i + dimensions[0] * (j + dimensions[1] * 2)] as number) - (3 + 2 * x - y))).toBeLessThan(tolerance);
      }
  });

  it('the spline passes through every voxel and solves the interpolation equations', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 40 }), (samples) => {
        // Three new voxels an old one: every third, from the second on, lies on an old center.
        const out = whole(samples, geometry([samples.length, 1, 1], [3, 1, 1]), [1, null, null], 'tricubicSpline').values;
        samples.forEach((sample, at) => expect(Math.abs((out[3 * at + 1] as number) - sample)).toBeLessThan(1e-9));
        const twin = splineTwin(samples);
        out.forEach((value, at) => expect(Math.abs(value - twin((at - 1) / 3))).toBeLessThan(1e-8));
      }),
      { numRuns: 20 },
    );
  });

  it.each(interpolationMethods)('%s: a block is the same block of the whole', (method) => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: -500, max: 500 })), fc.nat(5), fc.nat(4), fc.nat(3), (stream, i, j, k) => {
        const from = geometry([12, 9, 5], [0.7, 1.1, 3]);
        const values = Float64Array.from({ length: 540 }, () => stream.next().value as number);
        const wanted: WantedSpacing = [1, 0.9, 2];
        const { placement, dimensions, values: all } = whole(values, from, wanted, method);
        const box = { from: [i % dimensions[0], j, k] as Triple, to: [Math.min(i + 3, dimensions[0]), j + 4, k + 2] as Triple };
        const part = resampleBox({ dimensions: from.dimensions, values }, placement, box, method);
        const size = boxSize(box);
        part.forEach((value, at) => {
          const place =
            (at % size[0]) +
            box.from[0] +
            dimensions[0] *
              ((Math.floor(at / size[0]) % size[1]) + box.from[1] + dimensions[1] * (Math.floor(at / (size[0] * size[1])) + box.from[2]));
          expect(Math.abs(value - (all[place] as number))).toBeLessThan(1e-9);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('flipping the image flips the result', () => {
    const from = geometry([11, 1, 1], [1.7, 1, 1]);
    const values = [3, -1, 4, 1, -5, 9, 2, 6, -5, 3, 5];
    for (const method of ['trilinear', 'tricubicSpline', 'tricubicConvolution'] as const) {
      const there = whole(values, from, [1, null, null], method).values;
      const back = whole([...values].reverse(), from, [1, null, null], method).values.reverse();
      there.forEach((value, at) => expect(value).toBeCloseTo(back[at] as number, 10));
    }
  });

  it('a NaN next to a voxel on the grid stays out of it', () => {
    const { values } = whole([1, 2, NaN], geometry([3, 1, 1], [2, 1, 1]), [1, null, null], 'trilinear');
    expect([...values]).toEqual([1, 1.25, 1.75, NaN, NaN, NaN]);
    expect([...whole([1, 2, NaN], geometry([3, 1, 1], [3, 1, 1]), [1, null, null], 'trilinear').values][4]).toBe(2);
  });

  it('a single slice can be interpolated in all directions', () => {
    for (const method of interpolationMethods)
      expect(
        [...whole([7, 7, 7, 7], geometry([2, 2, 1], [2, 2, 4]), [1, 1, 1], method).values].every((value) => Math.abs(value - 7) < 1e-12),
      ).toBe(true);
  });
});

/** The cubic spline by elimination on the full system, the border value going on for 40 voxels on both sides. */
function splineTwin(samples: readonly number[]): (x: number) => number {
  const pad = 40;
  const line = Array.from(
    { length: samples.length + 2 * pad },
    (_, at) => samples[Math.min(Math.max(at - pad, 0), samples.length - 1)] as number,
  );
  // c[n-1]/6 + 4 c[n]/6 + c[n+1]/6 = sample: the Thomas algorithm.
  const factor: number[] = [];
  const right: number[] = [];
  line.forEach((sample, at) => {
    const below = at === 0 ? 0 : 1 / 6;
    const pivot = 4 / 6 - below * (factor[at - 1] ?? 0);
    factor.push(1 / 6 / pivot);
    right.push((sample - below * (right[at - 1] ?? 0)) / pivot);
  });
  const c = [...right];
  for (let at = c.length - 2; at >= 0; at--) c[at] = (right[at] as number) - (factor[at] as number) * (c[at + 1] as number);
  const kernel = (x: number) => (Math.abs(x) < 1 ? 2 / 3 - x * x + Math.abs(x) ** 3 / 2 : Math.abs(x) < 2 ? (2 - Math.abs(x)) ** 3 / 6 : 0);
  return (x) => c.reduce((sum, value, at) => sum + value * kernel(x + pad - at), 0);
}
