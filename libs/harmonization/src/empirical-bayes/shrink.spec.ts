import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchMoments } from './parametric.js';
import { shrinkBatch } from './shrink.js';
import type { ShrinkRule } from './shrink.js';

const rule: ShrinkRule = { eb: true, parametric: true, likelihood: 'double', meanOnly: false, zeroVarianceIsOne: false };
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const all = (p: number) => Array.from({ length: p }, (_, f) => f);

/** Standardized rows of a batch and their moments. */
function batchOf(seed: number, n: number, p: number): { z: number[][]; moments: BatchMoments } {
  const random = new SeededRandom(seed);
  const shift = all(p).map(() => random.normal());
  const spread = all(p).map(() => 0.5 + random.uniform());
  const z = Array.from({ length: n }, () => all(p).map((f) => (shift[f] as number) + (spread[f] as number) * random.normal()));
  const mean = all(p).map((f) => z.reduce((sum, row) => sum + (row[f] as number), 0) / n);
  const squares = Float64Array.from(all(p), (f) => z.reduce((sum, row) => sum + ((row[f] as number) - (mean[f] as number)) ** 2, 0));
  const moments = {
    n: new Float64Array(p).fill(n),
    gammaHat: Float64Array.from(mean),
    deltaHat: squares.map((value) => value / (n - 1)),
    squares,
  };
  return { z, moments };
}

/** What the definition gives for a feature, and the logarithm of the largest likelihood. */
interface SlowStar {
  readonly gamma: number;
  readonly delta: number;
  readonly largest: number;
}

/** int.eprior over rows, by its definition; likelihoods over the largest of them, since all may underflow. */
function slowNonParametric(z: number[][], { gammaHat, deltaHat }: BatchMoments): SlowStar[] {
  return [...gammaHat.keys()].map((f) => {
    const others = [...gammaHat.keys()].filter((k) => k !== f);
    const logs = others.map((k) => {
      const [g, d] = [gammaHat[k] as number, deltaHat[k] as number];
      return z.reduce((sum, row) => sum - ((row[f] as number) - g) ** 2 / (2 * d) - Math.log(2 * Math.PI * d) / 2, 0);
    });
    const largest = Math.max(...logs);
    let [total, gamma, delta] = [0, 0, 0];
    others.forEach((k, i) => {
      const density = Math.exp((logs[i] as number) - largest);
      total += density;
      gamma += density * (gammaHat[k] as number);
      delta += density * (deltaHat[k] as number);
    });
    return { gamma: gamma / total, delta: delta / total, largest };
  });
}

describe('shrinkBatch', () => {
  it('non-parametric: equals the definition over rows, both ways of forming likelihoods', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 9 }), (seed, n, p) => {
        const { z, moments } = batchOf(seed, n, p);
        const slow = slowNonParametric(z, moments);
        for (const likelihood of ['double', 'log'] as const) {
          const found = shrinkBatch(moments, all(p), { ...rule, parametric: false, likelihood }, 'A');
          slow.forEach(({ gamma, delta, largest }, f) => {
            // Near the smallest doubles the engines lose digits, and so does the rule that follows them.
            if (likelihood === 'double' && largest > -745 && largest < -640) return;
            // Rounding of n products and of exponents of some hundreds.
            expect(Math.abs((found.gammaStar[f] as number) - gamma)).toBeLessThan(1e-10 * Math.max(1, Math.abs(gamma)));
            expect(Math.abs((found.deltaStar[f] as number) - delta)).toBeLessThan(1e-10 * delta);
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('non-parametric: batches of any size give numbers, the same ones as logarithms', () => {
    const { moments } = batchOf(5, 3000, 12);
    const found = shrinkBatch(moments, all(12), { ...rule, parametric: false }, 'A');
    const exact = shrinkBatch(moments, all(12), { ...rule, parametric: false, likelihood: 'log' }, 'A');
    expect(found.gammaStar).toEqual(exact.gammaStar);
    expect([...found.deltaStar].every((value) => value > 0)).toBe(true);
    // With 3000 rows each feature takes the estimates of the one other feature that is nearest to it.
    for (const [f, gamma] of found.gammaStar.entries())
      expect([...moments.gammaHat].filter((_, k) => k !== f).some((other) => Math.abs(other - gamma) < 1e-6)).toBe(true);
  });

  it('means only: (tau2 gammaHat + gammaBar) / (tau2 + 1), all variances 1', () => {
    const { moments } = batchOf(9, 20, 6);
    const found = shrinkBatch(moments, all(6), { ...rule, meanOnly: true }, 'A');
    const mean = [...moments.gammaHat].reduce((a, b) => a + b, 0) / 6;
    const tau2 = [...moments.gammaHat].reduce((sum, g) => sum + (g - mean) ** 2, 0) / 5;
    found.gammaStar.forEach((value, f) => expect(value).toBeCloseTo((tau2 * (moments.gammaHat[f] as number) + mean) / (tau2 + 1), 13));
    expect([...found.deltaStar]).toEqual(all(6).map(() => 1));
    expect(found.prior).toMatchObject({ aPrior: null, bPrior: null });
  });

  it('without empirical Bayes keeps what each feature has', () => {
    const { moments } = batchOf(11, 8, 3);
    const found = shrinkBatch(moments, [0, 2], { ...rule, eb: false }, 'A');
    expect([found.gammaStar[0], found.deltaStar[2]]).toEqual([moments.gammaHat[0], moments.deltaHat[2]]);
    expect([found.gammaStar[1], found.deltaStar[1], found.prior]).toEqual([0, 1, null]);
  });

  it('a variance of 0 becomes 1 where neuroCombat is followed', () => {
    const { moments } = batchOf(13, 8, 4);
    moments.deltaHat[2] = 0;
    moments.squares[2] = 0;
    expect(shrinkBatch(moments, all(4), { ...rule, zeroVarianceIsOne: true }, 'A').deltaHat[2]).toBe(1);
    expect(shrinkBatch(moments, all(4), rule, 'A').deltaHat[2]).toBe(0);
  });

  it('refuses priors over a single feature', () => {
    const { moments } = batchOf(3, 8, 2);
    expect(() => shrinkBatch(moments, [1], rule, 'A')).toThrow('HARMONIZATION.TOO_FEW_FEATURES');
    expect(shrinkBatch(moments, [], rule, 'A').prior).toBeNull();
  });
});
