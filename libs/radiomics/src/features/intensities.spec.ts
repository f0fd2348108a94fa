import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Roi } from '../roi/roi.js';
import { histogramFeatures, histogramOf } from './intensity-histogram/features.js';
import { distributionOf, distributionOfCounts } from './intensity-statistics/distribution.js';
import { statisticsFeatures } from './intensity-statistics/features.js';
import { selectRanks } from './intensity-statistics/order-statistics.js';
import { areaUnderCurve, intensityAtVolumeFraction, volumeAtIntensityFraction } from './intensity-volume-histogram/features.js';
import { volumeHistogram } from './intensity-volume-histogram/volume-histogram.js';
import type { VolumeHistogramDiscretization } from './intensity-volume-histogram/volume-histogram.js';
import { intensityPeaks, peakRadiusMm } from './local-intensity/local-means.js';
import { levelGrid } from './texture/level-grid.js';

const values = fc
  .record({ seed: fc.nat(), count: fc.integer({ min: 1, max: 400 }), kinds: fc.integer({ min: 1, max: 500 }) })
  .map(({ seed, count, kinds }) => {
    const random = new SeededRandom(seed);
    return Float64Array.from({ length: count }, () => Math.floor(random.uniform() * kinds) - 100);
  });

/** Percentile of sorted values as most software interpolates it. */
function percentile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below);
}

describe('selectRanks', () => {
  it('puts the values of the ranks in place, whatever the order and however many are equal', () => {
    fc.assert(
      fc.property(values, fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 8 }), (list, shares) => {
        const ranks = [...new Set(shares.map((share) => Math.floor(share * list.length)))].sort((a, b) => a - b);
        const sorted = list.slice().sort();
        const selected = list.slice();
        selectRanks(selected, ranks);
        expect(ranks.map((rank) => selected[rank])).toEqual(ranks.map((rank) => sorted[rank]));
        expect(selected.sort()).toEqual(sorted);
      }),
    );
  });
});

describe('statistics', () => {
  it('equal their definitions', () => {
    fc.assert(
      fc.property(values, (list) => {
        const sorted = list.slice().sort();
        const n = list.length;
        const mean = list.reduce((sum, x) => sum + x, 0) / n;
        const moment = (power: number) => list.reduce((sum, x) => sum + (x - mean) ** power, 0) / n;
        const median = percentile(sorted, 0.5);
        const [p10, p25, p75, p90] = [0.1, 0.25, 0.75, 0.9].map((share) => percentile(sorted, share)) as [number, number, number, number];
        const middle = list.filter((x) => x >= p10 && x <= p90);
        const middleMean = middle.reduce((sum, x) => sum + x, 0) / middle.length;
        const energy = list.reduce((sum, x) => sum + x * x, 0);
        const isConstant = sorted[0] === sorted[n - 1];
        const wanted = [
          mean,
          moment(2),
          isConstant ? 0 : moment(3) / moment(2) ** 1.5,
          isConstant ? 0 : moment(4) / moment(2) ** 2 - 3,
          median,
          sorted[0]!,
          p10,
          p90,
          sorted[n - 1]!,
          p75 - p25,
          sorted[n - 1]! - sorted[0]!,
          list.reduce((sum, x) => sum + Math.abs(x - mean), 0) / n,
          middle.length === 0 ? 0 : middle.reduce((sum, x) => sum + Math.abs(x - middleMean), 0) / middle.length,
          list.reduce((sum, x) => sum + Math.abs(x - median), 0) / n,
          mean === 0 ? NaN : Math.sqrt(moment(2)) / mean,
          p75 + p25 === 0 ? NaN : (p75 - p25) / (p75 + p25),
          energy,
          Math.sqrt(energy / n),
        ];
        const distribution = distributionOf(list);
        statisticsFeatures.forEach(({ name, compute }, f) => {
          const value = compute(distribution);
          // A mean that rounding leaves beside zero makes a large quotient; both sides are then large.
          if (name === 'coefficientOfVariation' && Math.abs(mean) < 1e-9) return;
          const scale = Math.max(1, Math.abs(wanted[f]!));
          if (Number.isNaN(wanted[f])) expect(value, name).toBeNaN();
          else expect(Math.abs(value - wanted[f]!), name).toBeLessThan(1e-9 * scale);
        });
      }),
    );
  });

  it('of counts equal those of the values written out', () => {
    fc.assert(
      fc.property(values, (list) => {
        const levels = [...new Set(list)].sort((a, b) => a - b);
        const counts = Float64Array.from(levels, (level) => list.filter((x) => x === level).length);
        const [a, b] = [distributionOfCounts(Float64Array.from(levels), counts), distributionOf(list)];
        for (const key of Object.keys(b) as (keyof typeof b)[])
          expect(Math.abs(a[key] - b[key])).toBeLessThan(1e-9 * (1 + Math.abs(b[key])));
      }),
    );
  });

  it('shift and scale as they should', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 9 }), fc.integer({ min: -50, max: 50 }), (list, factor, shift) => {
        const before = distributionOf(list);
        const after = distributionOf(list.map((x) => factor * x + shift));
        const value = (code: string, d: typeof before) => statisticsFeatures.find(({ ibsiCode }) => ibsiCode === code)!.compute(d);
        const near = (code: string, wanted: number) =>
          expect(Math.abs(value(code, after) - wanted), code).toBeLessThan(1e-9 * (1 + Math.abs(wanted)));
        for (const code of ['Q4LE', 'Y12H', '1GSF', 'QG58', '8DWT', '84IY']) near(code, factor * value(code, before) + shift);
        for (const code of ['SALO', '2OJQ', '4FUA', 'N72L']) near(code, factor * value(code, before));
        near('ECT3', factor * factor * value('ECT3', before));
        for (const code of ['KE2A', 'IPH6']) near(code, value(code, before));
      }),
    );
  });
});

describe('the histogram', () => {
  const histogram = (levels: number[], levelCount: number) =>
    histogramOf(
      levelGrid({
        dimensions: [levels.length, 1, 1],
        spacingMm: [1, 1, 1],
        levels: Uint16Array.from(levels),
        levelCount,
        binWidth: 1,
        lowerBound: 0,
      }),
    );
  const value = (code: string, levels: number[], levelCount: number) =>
    histogramFeatures.find(({ ibsiCode }) => ibsiCode === code)!.compute(histogram(levels, levelCount));

  it('keeps empty bins in its gradient, with one-sided differences at the ends', () => {
    // Counts 2 0 0 3 1 0: gradient -2 -1 1.5 0.5 -1.5 -1.
    const levels = [1, 1, 4, 4, 4, 5];
    expect(value('12CE', levels, 6)).toBe(1.5);
    expect(value('8E6O', levels, 6)).toBe(3);
    expect(value('VQB3', levels, 6)).toBe(-2);
    expect(value('RHQZ', levels, 6)).toBe(1);
  });

  it('has no gradient with one bin', () => {
    for (const code of ['12CE', '8E6O', 'VQB3', 'RHQZ']) expect(value(code, [1, 1, 1], 1)).toBeNaN();
  });

  it('has as its mode the most frequent level, then the one closest to the mean, then the lower', () => {
    expect(value('AMMC', [1, 2, 2, 9], 9)).toBe(2);
    expect(value('AMMC', [1, 1, 5, 5, 9], 9)).toBe(5);
    expect(value('AMMC', [3, 3, 5, 5], 9)).toBe(3);
  });

  it('has entropy log2 n and uniformity 1 / n where n levels are equally frequent', () => {
    expect(value('TLU2', [1, 3, 5, 7, 1, 3, 5, 7], 8)).toBeCloseTo(2, 12);
    expect(value('BJ5W', [1, 3, 5, 7, 1, 3, 5, 7], 8)).toBeCloseTo(0.25, 12);
    expect(value('TLU2', [4, 4], 8)).toBe(0);
  });
});

describe('the intensity-volume histogram', () => {
  /** The slow twin: levels written out, shares counted one by one. */
  function slow(list: Float64Array, discretization: VolumeHistogramDiscretization) {
    const [min, max] = [Math.min(...list), Math.max(...list)];
    let levels: number[];
    let discretized = [...list];
    if (discretization.method === 'fixedBinNumber') {
      const bins = discretization.binCount;
      levels = Array.from({ length: bins }, (_, b) => b + 1);
      discretized = [...list].map((x) => (max === min ? bins : Math.min(bins, Math.floor((bins * (x - min)) / (max - min)) + 1)));
    } else if (discretization.method === 'fixedBinSize') {
      const [low, high, w] = [discretization.range?.low ?? min, discretization.range?.high ?? max, discretization.binWidth];
      levels = Array.from({ length: Math.max(1, Math.ceil((high - low) / w)) }, (_, b) => low + (b + 0.5) * w);
      discretized = [...list].map((x) => low + (Math.min(levels.length - 1, Math.floor((x - low) / w)) + 0.5) * w);
    } else {
      const [low, high] = [discretization.range?.low ?? min, discretization.range?.high ?? max];
      levels = Array.from({ length: high - low + 1 }, (_, b) => low + b);
    }
    const shares = levels.map((level) => 1 - discretized.filter((x) => x < level - 1e-9).length / list.length);
    const gamma = levels.map((level) => (level - levels[0]!) / (levels[levels.length - 1]! - levels[0]!));
    return {
      volumeAt: (x: number) => Math.max(...shares.filter((_, b) => gamma[b]! >= x - 1e-12)),
      intensityAt: (x: number) => Math.min(...levels.filter((_, b) => shares[b]! <= x + 1e-12)),
      occurring: new Set(discretized).size,
      area: shares.slice(1).reduce((sum, share, b) => sum + ((share + shares[b]!) / 2) * (gamma[b + 1]! - gamma[b]!), 0),
    };
  }

  it('equals its definition for whole intensities, bins of a size and numbers of bins', () => {
    const methods = fc.oneof(
      fc.constant({ method: 'none' } as const),
      fc.constant({ method: 'none', range: { low: -150, high: 450 } } as const),
      fc.record({
        method: fc.constant('fixedBinSize' as const),
        binWidth: fc.constantFrom(0.5, 2.5, 8),
        range: fc.constant({ low: -100 }),
      }),
      fc.record({ method: fc.constant('fixedBinNumber' as const), binCount: fc.integer({ min: 1, max: 64 }) }),
    );
    fc.assert(
      fc.property(values, methods, (list, discretization) => {
        const fast = volumeHistogram(list, discretization);
        const twin = slow(list, discretization);
        for (const fraction of [0.1, 0.9]) {
          const volume = volumeAtIntensityFraction(fast, fraction);
          if (fast.volumeShares.length === 1) expect(volume).toBeNaN();
          else expect(volume).toBeCloseTo(twin.volumeAt(fraction), 12);
          const intensity = intensityAtVolumeFraction(fast, fraction);
          if (Number.isFinite(twin.intensityAt(fraction))) expect(intensity).toBeCloseTo(twin.intensityAt(fraction), 9);
          else expect(intensity).toBeNaN();
        }
        expect(areaUnderCurve(fast)).toBeCloseTo(twin.occurring === 1 ? 0 : twin.area, 9);
      }),
    );
  });

  it('refuses settings that make no histogram', () => {
    const list = Float64Array.of(1, 2);
    const code = (discretization: VolumeHistogramDiscretization) => () => volumeHistogram(list, discretization);
    expect(code({ method: 'fixedBinNumber', binCount: 0 })).toThrow('RADIOMICS.BAD_FEATURE_OPTION');
    expect(code({ method: 'fixedBinSize', binWidth: -1 })).toThrow('RADIOMICS.BAD_FEATURE_OPTION');
    expect(code({ method: 'none', range: { low: 5, high: 2 } })).toThrow('RADIOMICS.BAD_FEATURE_OPTION');
    expect(code({ method: 'fixedBinSize', binWidth: 1e-9 })).toThrow('RADIOMICS.BAD_FEATURE_OPTION');
  });
});

describe('local intensity', () => {
  /** The slow twin: every voxel of the box for every voxel of the mask. */
  function slowPeaks({ dimensions: [ni, nj, nk], spacingMm: [si, sj, sk], intensities, intensityMask }: Roi) {
    const voxels = [...intensityMask.keys()].filter((v) => intensityMask[v] === 1);
    const highest = Math.max(...voxels.map((v) => intensities[v]!));
    const place = (v: number) => [(v % ni) * si, (Math.floor(v / ni) % nj) * sj, Math.floor(v / (ni * nj)) * sk] as const;
    expect(intensities).toHaveLength(ni * nj * nk);
    const means = voxels.map((center) => {
      const near = [...intensities.keys()].filter(
        (v) => Number.isFinite(intensities[v]) && Math.hypot(...place(v).map((x, axis) => x - place(center)[axis]!)) <= peakRadiusMm,
      );
      return near.reduce((sum, v) => sum + intensities[v]!, 0) / near.length;
    });
    return { local: Math.max(...means.filter((_, at) => intensities[voxels[at]!] === highest)), global: Math.max(...means) };
  }

  it('equals the slow twin for any spacing, at the faces of the box, and around missing intensities', () => {
    const side = fc.integer({ min: 1, max: 6 });
    const spacing = fc.constantFrom(0.7, 1, 1.9, 2, 3.1, 6.3, 20);
    fc.assert(
      fc.property(
        fc.nat(),
        fc.tuple(side, side, side),
        fc.tuple(spacing, spacing, spacing),
        fc.boolean(),
        (seed, dimensions, spacingMm, gaps) => {
          const random = new SeededRandom(seed);
          const length = dimensions[0] * dimensions[1] * dimensions[2];
          const intensityMask = Uint8Array.from({ length }, () => (random.uniform() < 0.4 ? 1 : 0));
          intensityMask[0] = 1;
          const intensities = Float64Array.from({ length }, (_, v) =>
            gaps && intensityMask[v] === 0 && random.uniform() < 0.3 ? NaN : Math.floor(10 * random.uniform()),
          );
          const roi = { dimensions, spacingMm, intensities, intensityMask, morphologicalMask: intensityMask };
          const [fast, slow] = [intensityPeaks(roi), slowPeaks(roi)];
          expect(fast.local).toBeCloseTo(slow.local, 9);
          expect(fast.global).toBeCloseTo(slow.global, 9);
        },
      ),
    );
  });

  it('averages over 1 cm^3', () => expect((4 / 3) * Math.PI * peakRadiusMm ** 3).toBeCloseTo(1000, 9));
});
