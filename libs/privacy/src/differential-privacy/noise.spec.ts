import { addFixedPoint, countWords, decodeFixedPoint, encodeFixedPoint, scoreWords, statisticWords } from '@cohortium/federation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrateSigma, releaseRho } from './accounting.js';
import { gaussianEpsilon } from './analytic-gaussian.js';
import { clippedSum, clipToGrid, squaredNorm } from './clip.js';
import { noiseGrid } from './grid.js';
import type { NoiseClause } from './grid.js';
import { drawNoise, honestSites, noiseSeed, noiseWords } from './noise.js';
import { distributedGaussianRho, gaussianRho, skellamRenyi, skellamRho } from './renyi.js';

const gaussian: NoiseClause = { mechanism: 'discreteGaussian', sigma: 4, l2Sensitivity: 1, delta: 1e-5 };
const skellam: NoiseClause = { ...gaussian, mechanism: 'skellam' };

describe('the grid of a clause', () => {
  it('is a power of two, fine, and never finer than the words', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        (l2Sensitivity, ratio) => {
          for (const mechanism of ['discreteGaussian', 'skellam'] as const) {
            const clause = { mechanism, sigma: ratio * l2Sensitivity, l2Sensitivity, delta: 1e-5 };
            const { step, bound } = noiseGrid(clause, statisticWords);
            expect(Number.isInteger(Math.log2(step))).toBe(true);
            expect(bound * step).toBeLessThanOrEqual(l2Sensitivity);
            expect((bound + 1) * step).toBeGreaterThan(l2Sensitivity);
            expect(bound).toBeGreaterThan(mechanism === 'skellam' ? 80 : 65_000);
          }
        },
      ),
    );
    expect(noiseGrid({ ...gaussian, l2Sensitivity: 3, sigma: 10 }, countWords)).toEqual({ step: 1, bound: 3 });
  });

  it.each<[string, Partial<NoiseClause>]>([
    ['notPositive', { sigma: 0 }],
    ['notPositive', { l2Sensitivity: Number.NaN }],
    ['notPositive', { sigma: Infinity }],
    ['delta', { delta: 0 }],
    ['delta', { delta: 1 }],
    ['tooFine', { sigma: 1e30 }],
  ])('refuses (%s)', (reason, changes) => {
    expect(() => noiseGrid({ ...gaussian, ...changes }, statisticWords)).toThrow(
      expect.objectContaining({ code: 'PRIVACY.BAD_NOISE', params: { reason } }),
    );
  });

  it('refuses a bound below one step of the words', () => {
    expect(() => noiseGrid({ ...gaussian, l2Sensitivity: 0.5 }, countWords)).toThrow('PRIVACY.BAD_NOISE');
  });
});

describe('clipping', () => {
  const contribution = fc
    .array(fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ noNaN: true, noDefaultInfinity: true })), {
      minLength: 1,
      maxLength: 12,
    })
    .map((a) => Float64Array.from(a));

  it('never exceeds the bound, in whole numbers, whatever comes in', () => {
    fc.assert(
      fc.property(contribution, fc.constantFrom(1, 7, 65_536, 2 ** 40), (c, bound) => {
        const clipped = clipToGrid(c, { step: 2 ** -16, bound });
        expect(clipped.every(Number.isSafeInteger)).toBe(true);
        expect(squaredNorm(clipped) <= BigInt(bound) ** 2n).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves short contributions alone but for rounding, and keeps the direction of long ones', () => {
    const grid = { step: 2 ** -16, bound: 65_536 };
    expect(clipToGrid(Float64Array.of(0.5, -0.25, 0), grid)).toEqual(Float64Array.of(32_768, -16_384, 0));
    const long = clipToGrid(Float64Array.of(300, -400), grid);
    expect(long[0]).toBeCloseTo(0.6 * 65_536, -1);
    expect(long[1]).toBeCloseTo(-0.8 * 65_536, -1);
  });

  it('refuses what is not finite', () => {
    expect(() => clipToGrid(Float64Array.of(1, NaN), { step: 1, bound: 1 })).toThrow(RangeError);
    expect(() => clipToGrid(Float64Array.of(Infinity), { step: 1, bound: 1 })).toThrow(RangeError);
  });

  it('adding or removing one participant moves the sum by the bound at most', () => {
    const grid = { step: 2 ** -10, bound: 1024 };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.double({ min: -9, max: 9, noNaN: true })), { minLength: 1 }),
        (people) => {
          const rows = people.map((pair) => Float64Array.from(pair));
          const all = clippedSum(rows, 2, grid);
          const without = clippedSum(rows.slice(1), 2, grid);
          expect(squaredNorm(all.map((x, j) => x - (without[j] as number))) <= 1024n ** 2n).toBe(true);
        },
      ),
    );
  });
});

describe('noise of a release', () => {
  const secret = new Uint8Array(32).fill(9);

  it('has one seed per secret and release key', () => {
    expect(noiseSeed(secret, 'a')).toEqual(noiseSeed(secret, 'a'));
    expect(noiseSeed(secret, 'a')).not.toEqual(noiseSeed(secret, 'b'));
    expect(noiseSeed(new Uint8Array(32), 'a')).not.toEqual(noiseSeed(secret, 'a'));
    expect(noiseSeed(secret, 'a')).toHaveLength(32);
    expect(() => noiseSeed(new Uint8Array(16), 'a')).toThrow(RangeError);
  });

  it.each([gaussian, skellam])('$mechanism: has the standard deviation of the clause, and words that carry it exactly', (clause) => {
    for (const words of [statisticWords, scoreWords]) {
      const grid = noiseGrid(clause, words);
      const noise = drawNoise(clause, grid, 1, 3000, noiseSeed(secret, words.name));
      const variance = noise.reduce((s, x) => s + (x * grid.step) ** 2, 0) / noise.length;
      // Relative standard error of a variance is sqrt(2 / n): four of them.
      expect(Math.abs(variance / clause.sigma ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / noise.length));
      const encoded = noiseWords(noise, grid, words, 'test');
      expect(decodeFixedPoint(encoded, words)).toEqual(noise.map((x) => x * grid.step));
    }
  });

  it.each([gaussian, skellam])('$mechanism: honest sites together add the noise of the clause', (clause) => {
    const grid = noiseGrid(clause, statisticWords);
    const sites = 5;
    const honest = honestSites(sites, true);
    expect(honest).toBe(4);
    const total = encodeFixedPoint(new Float64Array(2000), statisticWords, 'test');
    for (let site = 0; site < honest; site++) {
      const noise = drawNoise(clause, grid, honest, 2000, noiseSeed(secret, `site ${site}`));
      addFixedPoint(total, noiseWords(noise, grid, statisticWords, 'test'), statisticWords);
    }
    const variance = decodeFixedPoint(total, statisticWords).reduce((s, x) => s + x * x, 0) / 2000;
    expect(Math.abs(variance / clause.sigma ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / 2000));
  });

  it('counts on a site alone where contributions are opened one by one', () => {
    expect([3, 4, 8].map((n) => honestSites(n, true))).toEqual([3, 3, 6]);
    expect(honestSites(8, false)).toBe(1);
  });
});

describe('what a release costs', () => {
  it('a discrete Gaussian costs what the Gaussian does', () => {
    const rho = releaseRho(gaussian, noiseGrid(gaussian, statisticWords), 1, 1000);
    expect(rho / gaussianRho(1 / 4)).toBeCloseTo(1, 12);
    // Many sites' discrete Gaussians, at thousands of steps per standard deviation: no visible correction.
    expect(releaseRho(gaussian, noiseGrid(gaussian, statisticWords), 4, 1000) / rho).toBeCloseTo(1, 12);
  });

  it('the correction for sums of discrete Gaussians shows where steps are coarse', () => {
    expect(distributedGaussianRho(1, 1, 1, 10)).toBe(0.5);
    // tau = 10 e^(-pi^2) for two parties of sigma 1: Theorem 1 by hand.
    const tau = 10 * Math.exp(-(Math.PI ** 2));
    const epsilon = Math.min(Math.sqrt(1 / 2 + (tau * 10) / 2), 1 / Math.SQRT2 + tau * Math.sqrt(10));
    expect(distributedGaussianRho(1, 1, 2, 10)).toBeCloseTo((epsilon * epsilon) / 2, 14);
  });

  it('Skellam costs a little more, and the rate bounds its divergence at every whole order', () => {
    const grid = noiseGrid(skellam, statisticWords);
    const rho = releaseRho(skellam, grid, 1, 1000);
    expect(rho).toBeGreaterThan(gaussianRho((grid.bound * grid.step) / 4));
    expect(rho).toBeLessThan(gaussianRho(1 / 4) * 1.01);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 500 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 64 }), (order, l2, d) => {
        const sensitivities = { l1: Math.min(l2 * Math.sqrt(d), l2 * l2), l2 };
        const variance = (3 * l2) ** 2;
        expect(skellamRenyi(order, sensitivities, variance)).toBeLessThanOrEqual(order * skellamRho(sensitivities, variance) * (1 + 1e-12));
      }),
    );
  });

  it('calibration: 20 releases at the sigma it names have the wanted epsilon', () => {
    const sigma = calibrateSigma({ epsilon: 2, delta: 1e-5 }, 3, 20);
    expect(gaussianEpsilon(1e-5, (Math.sqrt(20) * 3) / sigma)).toBeCloseTo(2, 9);
  });
});
