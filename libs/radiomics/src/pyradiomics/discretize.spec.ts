import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelsOf } from './discretize.js';
import { pyradiomicsDefaults } from './parameters.schema.js';
import type { PyradiomicsSetting } from './parameters.schema.js';

const discretized = (values: readonly number[], setting: Partial<PyradiomicsSetting>) =>
  levelsOf(
    { dimensions: [values.length, 1, 1], spacingMm: [1, 1, 1], intensities: values, mask: new Uint8Array(values.length).fill(1) },
    { ...pyradiomicsDefaults, ...setting },
  );
const levels = (values: readonly number[], setting: Partial<PyradiomicsSetting>) => [...discretized(values, setting).levels];

describe('gray levels', () => {
  it('of a width begin at a multiple of it; an intensity on an edge belongs to the level above, the largest one too', () => {
    // The example of PyRadiomics' documentation: edges 50, 75, 100, 125, 150, 175.
    expect(levels([54, 74.9, 75, 166], { binWidth: 25 })).toEqual([1, 1, 2, 5]);
    expect(levels([50, 100], { binWidth: 25 })).toEqual([1, 3]);
    expect(levels([-30, -25, 0], { binWidth: 25 })).toEqual([1, 2, 3]);
    expect(discretized([54, 166], { binWidth: 25 })).toMatchObject({ levelCount: 5, binWidth: 25, lowerBound: 50 });
  });

  it('of a count cut the range into equal parts; the largest intensity belongs to the last', () => {
    expect(levels([0, 4.9, 5, 10], { binCount: 2 })).toEqual([1, 1, 2, 2]);
    // A flat region has a range of 1 around its intensity.
    expect(levels([7, 7], { binCount: 64 })).toEqual([33, 33]);
    expect(levels([7, 7], { binWidth: 25 })).toEqual([1, 1]);
  });

  it('are those of a search among the edges', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -500, max: 500, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0.5, max: 60, noNaN: true }),
        (values, binWidth) => {
          const { levels: found, lowerBound, binWidth: width } = discretized(values, { binWidth });
          values.forEach((value, at) => {
            const level = found[at] as number;
            expect(lowerBound + (level - 1) * (width as number)).toBeLessThanOrEqual(value);
            expect(lowerBound + level * (width as number)).toBeGreaterThan(value);
          });
          expect(Math.min(...found)).toBe(1);
        },
      ),
    );
  });

  it('beyond 16 bits are an error', () => {
    expect(() => levels([0, 1e6], { binWidth: 1 })).toThrow('RADIOMICS.TOO_MANY_LEVELS');
  });
});
