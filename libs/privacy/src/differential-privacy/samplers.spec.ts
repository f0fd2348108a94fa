import { chiSquareTail } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bernoulliExp, discreteGaussian, discreteLaplace, floorSqrt, fractionOf } from './discrete-gaussian.js';
import type { Fraction } from './discrete-gaussian.js';
import { SeededStream, UniformIntegers } from './secure-random.js';
import { SkellamSampler } from './skellam.js';

const seedOf = (n: number) => new Uint8Array(32).fill(n);
const randomOf = (n: number) => new UniformIntegers(new SeededStream(seedOf(n)));
const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? '1');
const draws = Math.max(5000, Math.round(20_000 * scale));

/**
 * p value of a chi-square test of draws against probabilities; cells that expect fewer than 8 are joined with their inner or outer neighbor. Seeds
 * are fixed, so a test either always passes or always fails; 1e-4 is a bound that a right sampler misses for one seed in ten thousand.
 */
function goodnessOfFit(samples: readonly number[], probability: (x: number) => number, reach: number): number {
  const count = new Map<number, number>();
  for (const x of samples) count.set(Math.max(-reach, Math.min(reach, x)), (count.get(Math.max(-reach, Math.min(reach, x))) ?? 0) + 1);
  let statistic = 0;
  let cells = 0;
  let observed = 0;
  let expected = 0;
  let seen = 0;
  for (let x = -reach; x <= reach; x++) {
    observed += count.get(x) ?? 0;
    expected += probability(x) * samples.length;
    if (expected < 8) continue;
    seen += expected;
    statistic += (observed - expected) ** 2 / expected;
    cells++;
    [observed, expected] = [0, 0];
  }
  // What is left lies in the outer tail: one more cell that expects next to nothing.
  if (observed > 0 || expected > 0) {
    statistic += (observed - expected) ** 2 / Math.max(expected, 1e-300);
    cells++;
  }
  expect(seen).toBeGreaterThan(samples.length * 0.99);
  return chiSquareTail(statistic, cells - 1);
}

describe('SeededStream', () => {
  it('is AES-256-CTR with a zero IV (NIST FIPS 197, appendix C.3 applied to the counter block)', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    // AES-256 of the all-zero block under 00 01 ... 1f.
    expect(Buffer.from(new SeededStream(key).bytes(16)).toString('hex')).toBe('f29000b62a499fd0a9f39a6add2e7780');
  });

  it('is one stream however it is asked, and another for another seed', () => {
    const whole = new SeededStream(seedOf(1)).bytes(10_000);
    const pieces = new SeededStream(seedOf(1));
    const parts = [1, 4095, 1, 5000, 903].map((n) => pieces.bytes(n));
    expect(Buffer.concat(parts)).toEqual(Buffer.from(whole));
    expect(new SeededStream(seedOf(2)).bytes(10_000)).not.toEqual(whole);
    expect(() => new SeededStream(new Uint8Array(16))).toThrow(RangeError);
  });
});

describe('uniform integers', () => {
  it('lie in the range and are uniform for every small range', () => {
    for (let n = 1; n <= 17; n++) {
      const random = randomOf(n);
      const samples = Array.from({ length: 4000 }, () => Number(random.below(BigInt(n))));
      expect(samples.every((x) => x >= 0 && x < n)).toBe(true);
      if (n > 1) expect(goodnessOfFit(samples, (x) => (x >= 0 && x < n ? 1 / n : 0), n)).toBeGreaterThan(1e-4);
    }
    expect(() => randomOf(1).below(0n)).toThrow(RangeError);
  });

  it('reach the ends of a large range', () => {
    const random = randomOf(3);
    const n = (1n << 127n) + 1n;
    const samples = Array.from({ length: 2000 }, () => random.below(n));
    expect(samples.every((x) => x < n)).toBe(true);
    const upper = samples.filter((x) => x * 2n >= n).length;
    // Binomial(2000, 1/2): four standard deviations.
    expect(Math.abs(upper - 1000)).toBeLessThan(4 * Math.sqrt(500));
  });
});

describe('exact building blocks', () => {
  it.each([
    [0n, 1n],
    [1n, 3n],
    [1n, 1n],
    [7n, 2n],
  ])('Bernoulli(e^-(%d/%d))', (numerator, denominator) => {
    const random = randomOf(11);
    let hits = 0;
    for (let i = 0; i < draws; i++) if (bernoulliExp(random, { numerator, denominator })) hits++;
    const p = Math.exp(-Number(numerator) / Number(denominator));
    expect(Math.abs(hits - draws * p)).toBeLessThanOrEqual(4 * Math.sqrt(draws * p * (1 - p)));
  });

  it.each([1, 3, 10])('discrete Laplace of scale %d', (t) => {
    const random = randomOf(20 + t);
    const samples = Array.from({ length: draws }, () => Number(discreteLaplace(random, BigInt(t))));
    const q = Math.exp(-1 / t);
    expect(goodnessOfFit(samples, (x) => ((1 - q) / (1 + q)) * q ** Math.abs(x), 30 * t)).toBeGreaterThan(1e-4);
  });

  it('floorSqrt and fractionOf are exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 200n }), (n) => {
        const root = floorSqrt(n);
        expect(root * root <= n && (root + 1n) * (root + 1n) > n).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (x) => {
        const { numerator, denominator } = fractionOf(x);
        expect(Number(numerator) / Number(denominator)).toBe(x);
      }),
    );
    expect(() => fractionOf(0)).toThrow(RangeError);
    expect(() => fractionOf(Infinity)).toThrow(RangeError);
  });
});

function gaussianProbability(sigma: number): (x: number) => number {
  let total = 0;
  for (let x = -Math.ceil(40 * sigma); x <= 40 * sigma; x++) total += Math.exp(-(x * x) / (2 * sigma * sigma));
  return (x) => Math.exp(-(x * x) / (2 * sigma * sigma)) / total;
}

/** P(k) from the power series of the modified Bessel function: the slow twin, for small variances. */
function skellamProbability(variance: number): (k: number) => number {
  return (k) => {
    const half = variance / 2;
    const order = Math.abs(k);
    let term = 1;
    for (let i = 1; i <= order; i++) term *= half / i;
    let sum = 0;
    for (let m = 0; m < 400 && term > sum * 1e-18; m++) {
      sum += term;
      term *= (half * half) / ((m + 1) * (m + 1 + order));
    }
    return Math.exp(-variance) * sum;
  };
}

describe('discrete Gaussian', () => {
  it.each<[string, Fraction, number]>([
    ['sigma 1/2', { numerator: 1n, denominator: 4n }, 0.5],
    ['sigma^2 2', { numerator: 2n, denominator: 1n }, Math.SQRT2],
    ['sigma 5', { numerator: 25n, denominator: 1n }, 5],
    ['sigma 19.7', { numerator: 38809n, denominator: 100n }, 19.7],
  ])('follows its distribution: %s', (_, variance, sigma) => {
    const random = randomOf(30);
    const samples = Array.from({ length: draws }, () => Number(discreteGaussian(random, variance)));
    expect(goodnessOfFit(samples, gaussianProbability(sigma), Math.ceil(12 * sigma))).toBeGreaterThan(1e-4);
  });

  it('has its mean and variance at the size of fixed-point words', () => {
    const sigma = 2n ** 70n;
    const random = randomOf(31);
    const units = Array.from(
      { length: 4000 },
      () => Number(discreteGaussian(random, { numerator: sigma * sigma, denominator: 1n })) / 2 ** 70,
    );
    const mean = units.reduce((s, x) => s + x, 0) / units.length;
    const variance = units.reduce((s, x) => s + x * x, 0) / units.length;
    // Standard errors 1/sqrt(n) and sqrt(2/n): four of each.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(4000));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000));
  });

  it('is the same noise for the same seed', () => {
    const draw = (n: number) =>
      Array.from(
        { length: 50 },
        (
          (random) => () =>
            discreteGaussian(random, { numerator: 10_000n, denominator: 1n })
        )(randomOf(n)),
      );
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  it('refuses a variance of nothing', () => {
    expect(() => discreteGaussian(randomOf(1), { numerator: 0n, denominator: 1n })).toThrow(RangeError);
  });
});

describe('Skellam', () => {
  it.each([0.01, 1, 7.5, 60])('the table of variance %d is the Bessel series', (variance) => {
    const sampler = new SkellamSampler(fractionOf(variance));
    const exact = skellamProbability(variance);
    for (let k = -40; k <= 40; k++) expect(sampler.probability(k)).toBeCloseTo(exact(k), 14);
  });

  it('has variance v, total 1 and is symmetric at large v', () => {
    const variance = 500 ** 2;
    const sampler = new SkellamSampler(fractionOf(variance));
    let total = 0;
    let second = 0;
    for (let k = -8000; k <= 8000; k++) {
      total += sampler.probability(k);
      second += k * k * sampler.probability(k);
      expect(sampler.probability(k)).toBe(sampler.probability(-k));
    }
    expect(total).toBeCloseTo(1, 12);
    expect(second / variance).toBeCloseTo(1, 11);
  });

  it('the sum of two is one of the summed variance', () => {
    const [a, b, sum] = [2.5, 4, 6.5].map((v) => new SkellamSampler(fractionOf(v))) as [SkellamSampler, SkellamSampler, SkellamSampler];
    for (let k = -20; k <= 20; k++) {
      let convolved = 0;
      for (let i = -60; i <= 60; i++) convolved += a.probability(i) * b.probability(k - i);
      expect(convolved).toBeCloseTo(sum.probability(k), 13);
    }
  });

  it.each([0.5, 9, 400])('draws follow the table: variance %d', (variance) => {
    const sampler = new SkellamSampler(fractionOf(variance));
    const random = randomOf(40);
    const samples = Array.from({ length: draws }, () => Number(sampler.sample(random)));
    expect(goodnessOfFit(samples, (k) => sampler.probability(k), Math.ceil(12 * Math.sqrt(variance)) + 10)).toBeGreaterThan(1e-4);
  });

  it('refuses what it has no table for', () => {
    expect(() => new SkellamSampler({ numerator: 0n, denominator: 1n })).toThrow(RangeError);
    expect(() => new SkellamSampler({ numerator: 10n ** 8n, denominator: 1n })).toThrow(RangeError);
  });
});
