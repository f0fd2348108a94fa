import { readFileSync } from 'node:fs';
import { normalTail } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { analyticGaussianSigma, gaussianDelta, gaussianEpsilon, lnNormalTail } from './analytic-gaussian.js';

const golden = JSON.parse(readFileSync(new URL('../../../../test/golden/privacy/differential-privacy.json', import.meta.url), 'utf8')) as {
  analyticGaussian: { epsilon: number; delta: number; sigma: number }[];
};

describe('lnNormalTail', () => {
  it('agrees with the tail itself where that does not underflow, on both sides of the switch', () => {
    for (const z of [-3, 0, 5, 24.9, 25, 25.1, 30, 37]) expect(lnNormalTail(z) / Math.log(normalTail(z))).toBeCloseTo(1, 11);
  });

  it('goes on where the tail underflows (value from mpmath 1.4.1: log(erfc(100 / sqrt(2)) / 2))', () => {
    expect(lnNormalTail(100)).toBeCloseTo(-5005.5242086942050886, 8);
  });
});

describe('gaussianDelta', () => {
  // google/differential-privacy, python/dp_accounting/pld/privacy_loss_mechanism_test.py: test_gaussian_get_delta_for_epsilon, to 7 places.
  it.each([
    [1, 1, 1, 0.12693674],
    [2, 2, 1, 0.12693674],
    [1, 3, 1, 0.78760074],
    [2, 6, 1, 0.78760074],
    [1, 1, 2, 0.02092364],
    [5, 5, 2, 0.02092364],
    [1, 1, 0, 0.38292492],
  ])('sigma %d, sensitivity %d, epsilon %d: %d', (sigma, sensitivity, epsilon, delta) => {
    expect(gaussianDelta(epsilon, sensitivity / sigma)).toBeCloseTo(delta, 7);
  });
});

describe('analyticGaussianSigma', () => {
  it('agrees with dp_accounting', () => {
    // Their root search stops at 1e-14, and conditioning adds a few digits: 1e-9 is what both can be trusted for.
    for (const { epsilon, delta, sigma } of golden.analyticGaussian)
      expect(Math.abs(analyticGaussianSigma(epsilon, delta) / sigma - 1), `${epsilon} ${delta}`).toBeLessThan(1e-9);
  });

  it('is inverse to gaussianEpsilon, and on the safe side', () => {
    for (const epsilon of [1e-3, 0.1, 1, 10, 1e3])
      for (const delta of [1e-10, 1e-5, 0.1]) {
        const sigma = analyticGaussianSigma(epsilon, delta);
        expect(gaussianDelta(epsilon, 1 / sigma)).toBeLessThanOrEqual(delta);
        expect(gaussianEpsilon(delta, 1 / sigma) / epsilon).toBeCloseTo(1, 6);
      }
  });

  it('shows that the classical formula promises too much for large epsilon and wastes for small', () => {
    const classical = (epsilon: number) => Math.sqrt(2 * Math.log(1.25e5)) / epsilon;
    // Claimed 10, 20, 50; true 10.4, 25.4, 96: federation figures of the protocol's design.
    expect(gaussianEpsilon(1e-5, 1 / classical(10))).toBeCloseTo(10.4, 1);
    expect(gaussianEpsilon(1e-5, 1 / classical(20))).toBeCloseTo(25.4, 1);
    expect(gaussianEpsilon(1e-5, 1 / classical(50))).toBeCloseTo(96, 0);
    expect(analyticGaussianSigma(0.5, 1e-5)).toBeLessThan(classical(0.5));
  });
});
