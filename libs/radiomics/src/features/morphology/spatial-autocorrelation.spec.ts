import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Roi } from '../../roi/roi.js';
import { pairSums } from './spatial-autocorrelation.js';
import type { PairSums } from './spatial-autocorrelation.js';

function randomRoi(seed: number, dimensions: readonly [number, number, number], spacingMm: readonly [number, number, number]): Roi {
  const random = new SeededRandom(seed);
  const length = dimensions[0] * dimensions[1] * dimensions[2];
  const intensities = Float64Array.from({ length }, () => 1000 + 50 * random.normal());
  const intensityMask = Uint8Array.from({ length }, () => (random.uniform() < 0.6 ? 1 : 0));
  intensityMask[length - 1] = 1;
  return { dimensions, spacingMm, intensities, intensityMask, morphologicalMask: intensityMask };
}

/** The slow twin: the sums as they are defined, over all pairs. */
function slowPairSums({ dimensions: [ni, nj], spacingMm: [si, sj, sk], intensities, intensityMask }: Roi): PairSums {
  const voxels = [...intensityMask.keys()].filter((v) => intensityMask[v] === 1);
  const mean = voxels.reduce((sum, v) => sum + intensities[v]!, 0) / voxels.length;
  const sums = { count: voxels.length, weights: 0, products: 0, squaredDifferences: 0, squares: 0 };
  const place = (v: number) => [(v % ni) * si, (Math.floor(v / ni) % nj) * sj, Math.floor(v / (ni * nj)) * sk] as const;
  for (const a of voxels) {
    sums.squares += (intensities[a]! - mean) ** 2;
    for (const b of voxels) {
      if (a === b) continue;
      const w = 1 / Math.hypot(...place(a).map((x, axis) => x - place(b)[axis]!));
      sums.weights += w;
      sums.products += w * (intensities[a]! - mean) * (intensities[b]! - mean);
      sums.squaredDifferences += w * (intensities[a]! - intensities[b]!) ** 2;
    }
  }
  return sums;
}

describe('pairSums', () => {
  it('equals the sums over all pairs, in boxes of any shape and with any spacing', () => {
    const sides = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }));
    const spacing = fc.double({ min: 0.3, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.nat(), sides, fc.tuple(spacing, spacing, spacing), (seed, dimensions, spacingMm) => {
        const roi = randomRoi(seed, dimensions, spacingMm);
        const [fast, slow] = [pairSums(roi), slowPairSums(roi)];
        expect(fast.count).toBe(slow.count);
        // Convolution rounds relative to the largest terms: sum w for the weights, sum w (sum of squares) / N for the others.
        const scale = slow.weights + 1;
        expect(Math.abs(fast.weights - slow.weights)).toBeLessThan(1e-11 * scale);
        expect(Math.abs(fast.squares - slow.squares)).toBeLessThan(1e-9 * (slow.squares + 1));
        expect(Math.abs(fast.products - slow.products)).toBeLessThan(1e-10 * scale * (slow.squares + 1));
        expect(Math.abs(fast.squaredDifferences - slow.squaredDifferences)).toBeLessThan(1e-10 * scale * (slow.squares + 1));
      }),
    );
  });

  it('equals the sums over all pairs where lines of the transform come in several blocks', () => {
    // 24 frequencies along every axis: 169 lines of the kernel, an odd number above two blocks.
    for (const [dimensions, spacingMm] of [
      [
        [12, 12, 12],
        [1, 1, 1],
      ],
      [
        [11, 12, 11],
        [0.5, 0.5, 5],
      ],
    ] as const) {
      const roi = randomRoi(7, dimensions, spacingMm);
      const [fast, slow] = [pairSums(roi), slowPairSums(roi)];
      expect(Math.abs(fast.weights / slow.weights - 1)).toBeLessThan(1e-11);
      expect(Math.abs(fast.products - slow.products)).toBeLessThan((1e-11 * slow.weights * slow.squares) / slow.count);
      expect(Math.abs(fast.squaredDifferences / slow.squaredDifferences - 1)).toBeLessThan(1e-11);
    }
  });

  it('of a constant region has no squares at all', () => {
    const roi = { ...randomRoi(3, [4, 4, 4], [1, 1, 1]), intensities: new Float64Array(64).fill(0.1) };
    expect(pairSums(roi).squares).toBe(0);
  });

  it('of a single voxel has no pairs', () => {
    const intensityMask = new Uint8Array(8);
    intensityMask[5] = 1;
    const roi = { ...randomRoi(1, [2, 2, 2], [1, 1, 1]), intensityMask, morphologicalMask: intensityMask };
    expect(pairSums(roi)).toEqual({ count: 1, weights: 0, products: 0, squaredDifferences: 0, squares: 0 });
  });
});
