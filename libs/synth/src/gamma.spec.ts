import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { gamma, inverseGamma } from './gamma.js';

const seed = Number(process.env['COHORTIUM_SEED'] ?? 20_240_601);

function moments(draw: () => number, count: number): { mean: number; variance: number } {
  const values = Array.from({ length: count }, draw);
  const mean = values.reduce((sum, x) => sum + x, 0) / count;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count };
}

describe('gamma', () => {
  it.each([1, 2.5, 9])(`has mean and variance of its shape %f (seed ${seed})`, (shape) => {
    const random = new SeededRandom(seed);
    const { mean, variance } = moments(() => gamma(random, shape), 40_000);
    // Five standard errors of the mean; the variance of the sample variance is (kurtosis + 2) var^2 / n with kurtosis 6 / shape.
    expect(Math.abs(mean - shape)).toBeLessThan(5 * Math.sqrt(shape / 40_000));
    expect(Math.abs(variance - shape)).toBeLessThan(5 * shape * Math.sqrt((6 / shape + 2) / 40_000));
  });

  it(`its inverse has the mean asked for (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    const { mean } = moments(() => inverseGamma(random, 10, 1.3), 40_000);
    // The variance of an inverse gamma is mean^2 / (shape - 2).
    expect(Math.abs(mean - 1.3)).toBeLessThan(5 * Math.sqrt(1.3 ** 2 / 8 / 40_000));
  });
});
