import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Roi } from '../roi/roi.js';
import { discretize } from './discretize.js';
import { roundHalfToEven, roundIntensities, settleConstant, summarizeIntensities } from './intensities.js';
import { resegment } from './resegment.js';

const ones = (count: number) => new Uint8Array(count).fill(1);
const row = (values: readonly number[], intensityMask = ones(values.length)): Roi => ({
  dimensions: [values.length, 1, 1],
  spacingMm: [1, 1, 1],
  intensities: Float64Array.from(values),
  morphologicalMask: ones(values.length),
  intensityMask,
});
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe('rounding', () => {
  it('takes halves to the even neighbor, also halves that the weights missed by a rounding error', () => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, 2.6, -0.4].map((x) => roundHalfToEven(x) + 0)).toEqual([-2, -2, 0, 0, 2, 2, 2, 3, 0]);
    const values = Float64Array.of(0.5 - 1e-12, 1.5 - 1e-12, 0.4999, 7);
    roundIntensities(values, 'nearestInteger');
    expect([...values]).toEqual([0, 2, 0, 7]);
    const kept = Float64Array.of(0.3);
    roundIntensities(kept, 'none');
    expect([...kept]).toEqual([0.3]);
  });
});

describe('settleConstant', () => {
  const settled = (values: readonly number[], scale = 0, mask = ones(values.length)) => {
    const array = Float64Array.from(values);
    settleConstant(array, mask, scale);
    return [...array];
  };

  it('makes values equal that differ by rounding, of their own size or of what they were made from', () => {
    expect(settled([42 - 3e-14, 42, 42 + 2e-14])).toEqual([42, 42, 42]);
    expect(settled([-3e-15, 5e-15], 42)).toEqual([0, 0]);
    expect(settled([-0.0121 - 1e-16, -0.0121], 42)).toEqual([-0.0121, -0.0121]);
  });

  it('leaves differences that are more, voxels outside of the mask, and values that are no numbers', () => {
    expect(settled([1, 1 + 1e-9])).toEqual([1, 1 + 1e-9]);
    expect(settled([-3e-15, 5e-15])).toEqual([-3e-15, 5e-15]);
    expect(settled([7, 1 + 1e-14, 1], 0, Uint8Array.of(0, 1, 1))).toEqual([7, 1, 1]);
    expect(settled([1, Infinity])).toEqual([1, Infinity]);
    expect(settled([1, 1, NaN])).toEqual([1, 1, NaN]);
  });
});

describe('summarizeIntensities', () => {
  it('counts the voxels of the mask only', () => {
    expect(summarizeIntensities([1, 2, 3, 100], Uint8Array.of(1, 1, 1, 0))).toEqual({
      count: 3,
      min: 1,
      max: 3,
      mean: 2,
      sd: Math.sqrt(2 / 3),
    });
    expect(summarizeIntensities([5, 7])).toMatchObject({ count: 2, mean: 6, sd: 1 });
  });
});

describe('resegment', () => {
  const intensities = Float64Array.of(-600, -500, 0, 400, 401, 9999);
  const mask = Uint8Array.of(1, 1, 1, 1, 1, 0);

  it('a range keeps its bounds, and may be open', () => {
    const kept = (range: [number | null, number | null] | null) => [
      ...resegment(intensities, mask, { range, outlierSigma: null }).intensityMask,
    ];
    expect(kept([-500, 400])).toEqual([0, 1, 1, 1, 0, 0]);
    expect(kept([0, null])).toEqual([0, 0, 1, 1, 1, 0]);
    expect(kept([null, 0])).toEqual([1, 1, 1, 0, 0, 0]);
    expect(kept(null)).toEqual([...mask]);
  });

  it('outliers are judged by mean and standard deviation of the whole region, and the ranges intersect', () => {
    const values = Float64Array.from([...Array(99).fill(0), 1000, 5]);
    const region = Uint8Array.from([...ones(100), 0]);
    const { intensityMask, step } = resegment(values, region, { range: [-1, 2000], outlierSigma: 3 });
    expect([step.outlierMean, step.outlierSd]).toEqual([10, Math.sqrt((99 * 100 + 990 ** 2) / 100)]);
    expect(step.applied[0]).toBe(-1);
    expect(step.applied[1]).toBeCloseTo(10 + 3 * Math.sqrt(9900), 9);
    expect(step).toMatchObject({ voxelCount: 99, removedCount: 1 });
    expect(intensityMask[99]).toBe(0);
    // The range alone would leave zeros only; the standard deviation of what it leaves is not used.
    expect(resegment(values, region, { range: [null, 500], outlierSigma: 3 }).step.outlierMean).toBe(10);
  });

  it('a region of one intensity has no outliers, whatever rounding does to its mean', () => {
    const { step } = resegment(Float64Array.of(0.1, 0.1, 0.1), ones(3), { range: null, outlierSigma: 3 });
    expect(step).toMatchObject({ voxelCount: 3, removedCount: 0 });
  });

  it('says so when nothing is left', () => {
    expect(() => resegment(intensities, mask, { range: [500, 600], outlierSigma: null })).toThrow('RADIOMICS.NOTHING_LEFT');
  });
});

describe('discretize', () => {
  it('fixed bin number divides the range that occurs', () => {
    const { discretized, step } = discretize(
      row([10, 12.4, 12.5, 19.9, 20, 7], Uint8Array.of(1, 1, 1, 1, 1, 0)),
      { method: 'FBN', bins: 4 },
      null,
    );
    expect([...discretized.levels]).toEqual([1, 1, 2, 4, 4, 0]);
    expect(step).toEqual({ step: 'discretization', method: 'FBN', levelCount: 4, binWidth: 2.5, lowerBound: 10 });
  });

  it('fixed bin number gives a constant region the highest level, as the definition says', () => {
    const { discretized } = discretize(row([3, 3]), { method: 'FBN', bins: 8 }, null);
    expect([[...discretized.levels], discretized.levelCount, discretized.binWidth]).toEqual([[8, 8], 8, null]);
  });

  it('fixed bin number: lowest is 1, highest is Ng, order is kept', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 2, maxLength: 60 }), fc.integer({ min: 2, max: 65_535 }), (values, bins) => {
        fc.pre(Math.max(...values) > Math.min(...values));
        const { levels } = discretize(row(values), { method: 'FBN', bins }, null).discretized;
        const order = values.map((_, at) => at).sort((a, b) => (values[a] as number) - (values[b] as number));
        expect(levels[order[0] as number]).toBe(1);
        expect(levels[order.at(-1) as number]).toBe(bins);
        order.slice(1).forEach((at, n) => expect(levels[at]).toBeGreaterThanOrEqual(levels[order[n] as number] as number));
      }),
    );
  });

  it('fixed bin size starts where it is told', () => {
    const levels = (lowerBound: number | 'resegmentationMinimum' | 'roiMinimum') => {
      const { discretized } = discretize(row([-490, -475, 0, 26]), { method: 'FBS', binWidth: 25, lowerBound }, [-500, 400]);
      return [[...discretized.levels], discretized.levelCount, discretized.lowerBound];
    };
    expect(levels('resegmentationMinimum')).toEqual([[1, 2, 21, 22], 22, -500]);
    expect(levels('roiMinimum')).toEqual([[1, 1, 20, 21], 21, -490]);
    expect(levels(-515)).toEqual([[2, 2, 21, 22], 22, -515]);
    expect(() => levels(-480)).toThrow('1 voxel of the region lie below');
  });

  it('shifting intensities and lower bound together changes no level', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: -1000, max: 1000 }),
        (values, shift) => {
          const levels = (by: number) => [
            ...discretize(row(values.map((x) => x + by)), { method: 'FBS', binWidth: 25, lowerBound: -500 + by }, null).discretized.levels,
          ];
          expect(levels(shift)).toEqual(levels(0));
        },
      ),
    );
  });

  it('refuses more levels than 16 bits hold, and gray levels that are none', () => {
    const fbs = (binWidth: number) => () => discretize(row([0, 65_535]), { method: 'FBS', binWidth, lowerBound: 0 }, null);
    expect(fbs(1)).toThrow('RADIOMICS.TOO_MANY_LEVELS');
    expect(fbs(1.001)).not.toThrow();
    for (const values of [
      [1, 1.5],
      [0, 1],
      [-3, 2],
    ])
      expect(() => discretize(row(values), { method: 'none' }, null)).toThrow('RADIOMICS.NOT_GRAY_LEVELS');
    expect(discretize(row([1, 3, 6]), { method: 'none' }, null).discretized).toMatchObject({ levelCount: 6, binWidth: 1, lowerBound: 1 });
  });
});
