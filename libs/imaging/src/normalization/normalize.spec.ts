import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byLandmarks, byQuantiles, byReferenceTissue, learnScale, zScore } from './normalize.js';
import type { Normalized } from './normalize.js';

const image = fc.uniqueArray(fc.integer({ min: 1, max: 4000 }), { minLength: 20, maxLength: 80 });
const region = (values: readonly number[]) => Uint8Array.from(values, (_, at) => (at % 4 === 3 ? 0 : 1));
const scale = { percentiles: [1, 25, 50, 75, 99], landmarks: [0, 20, 45, 70, 100] };

const methods: Readonly<Record<string, readonly [seesOffset: boolean, normalize: (values: readonly number[]) => Normalized]>> = {
  zScore: [false, (values) => zScore(values, region(values))],
  quantile: [false, (values) => byQuantiles(values, [5, 95], region(values))],
  landmarks: [false, (values) => byLandmarks(values, scale, region(values))],
  referenceTissue: [true, (values) => byReferenceTissue(values, region(values))],
};

describe('normalization', () => {
  it.each(Object.entries(methods))('%s gives the same image whatever scale (and offset) the scanner used', (_, [seesOffset, normalize]) => {
    fc.assert(
      fc.property(
        image,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -500, max: 500, noNaN: true }),
        (values, by, plus) => {
          const other = values.map((value) => by * value + (seesOffset ? 0 : plus));
          const [a, b] = [normalize(values).values, normalize(other).values];
          a.forEach((value, at) => expect(Math.abs(value - (b[at] as number))).toBeLessThan(1e-3 * (1 + Math.abs(value))));
        },
      ),
    );
  });

  it('does what its record says', () => {
    const values = [0, 10, 20, 30, 40, 1000];
    const inside = Uint8Array.of(1, 1, 1, 1, 1, 0);
    expect(zScore(values, inside).record).toEqual({ method: 'zScore', regionVoxels: 5, offset: 20, scale: Math.sqrt(200) });
    expect([...byReferenceTissue(values, inside).values]).toEqual([0, 0.5, 1, 1.5, 2, 50]);
    expect([...byQuantiles(values, [0, 100], inside).values]).toEqual([0, 0.25, 0.5, 0.75, 1, 25]);
    expect([...byLandmarks(values, { percentiles: [0, 50, 100], landmarks: [0, 80, 100] }, inside).values.slice(0, 5)]).toEqual([
      0, 40, 80, 90, 100,
    ]);
  });

  it('learns a scale as the mean of images, each brought onto 0 to 100', () => {
    const learned = learnScale([{ values: [0, 1, 4] }, { values: [10, 16, 18] }], [0, 50, 100]);
    expect(learned.landmarks).toEqual([0, 50, 100]);
  });

  it('refuses regions without voxels or without contrast', () => {
    const code = (action: () => unknown) => {
      try {
        action();
      } catch (error) {
        return (error as { code: string }).code;
      }
      return '';
    };
    for (const normalize of [
      zScore,
      (v: number[], m?: Uint8Array) => byQuantiles(v, [1, 99], m),
      (v: number[], m?: Uint8Array) => byLandmarks(v, scale, m),
    ]) {
      expect(code(() => normalize([1, 2], Uint8Array.of(0, 0)))).toBe('IMAGING.EMPTY_MASK');
      expect(code(() => normalize([7, 7, 7]))).toBe('IMAGING.FLAT_REGION');
    }
    expect(code(() => byReferenceTissue([-1, 0], Uint8Array.of(1, 1)))).toBe('IMAGING.FLAT_REGION');
  });
});
