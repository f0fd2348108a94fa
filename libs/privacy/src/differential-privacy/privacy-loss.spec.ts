import { readFileSync } from 'node:fs';
import { normalTail } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussianDelta, gaussianEpsilon } from './analytic-gaussian.js';
import { reportEpsilon } from './accounting.js';
import { composeLosses, deltaOfLoss, discreteGaussianLoss, epsilonOfLoss, gaussianLoss, selfComposed } from './privacy-loss.js';
import type { PrivacyLoss } from './privacy-loss.js';
import { epsilonOfRenyi, epsilonOfRho, gaussianRenyi, gaussianRho, renyiOrders, simpleEpsilonOfRho } from './renyi.js';

interface Composition {
  readonly count: number;
  readonly sigma: number;
  readonly pld: number;
  readonly rdp: number;
}
const golden = JSON.parse(readFileSync(new URL('../../../../test/golden/privacy/differential-privacy.json', import.meta.url), 'utf8')) as {
  delta: number;
  compositions: Composition[];
  mixed: { releases: { count: number; sigma: number }[]; pld: number; rdp: number };
  discreteGaussian: { sigma: number; sensitivity: number; count: number; epsilon: number }[];
};
const { delta } = golden;

function massOf({ lowest, mass }: PrivacyLoss): Record<number, number> {
  return Object.fromEntries([...mass].map((p, i) => [lowest + i, p] as const).filter(([, p]) => p > 0));
}

function expectMass(loss: PrivacyLoss, expected: Readonly<Record<number, number>>): void {
  const actual = massOf(loss);
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [cell, p] of Object.entries(expected)) expect(actual[Number(cell)], cell).toBeCloseTo(p, 7);
}

describe('loss of the Gaussian mechanism', () => {
  const tailMass = normalTail(0.9);
  // google/differential-privacy, python/dp_accounting/dp_accounting/pld/privacy_loss_distribution_test.py (pessimistic, no connected dots):
  // test_gaussian_varying_standard_deviation_and_sensitivity and test_gaussian_discretization, to 7 places.
  it.each<[number, number, Record<number, number>]>([
    [1, 1, { 2: 0.12447741, 1: 0.38292492, 0: 0.24173034, [-1]: 0.0668072 }],
    [
      2,
      1,
      { [-3]: 0.00620967, [-2]: 0.01654047, [-1]: 0.04405707, 0: 0.09184805, 1: 0.14988228, 2: 0.19146246, 3: 0.19146246, 4: 0.12447741 },
    ],
    [1, 0.5, { 3: 0.12447741, 2: 0.19146246, 1: 0.19146246, 0: 0.14988228, [-1]: 0.09184805, [-2]: 0.0668072 }],
    [
      1,
      0.3,
      {
        5: 0.05790353,
        4: 0.10261461,
        3: 0.1155939,
        2: 0.11908755,
        1: 0.11220275,
        0: 0.09668214,
        [-1]: 0.07618934,
        [-2]: 0.0549094,
        [-3]: 0.0361912,
        [-4]: 0.04456546,
      },
    ],
  ])('ratio %d, interval %d', (ratio, interval, expected) => {
    const loss = gaussianLoss(ratio, { interval, tailMass });
    expectMass(loss, expected);
    expect(loss.infinity).toBeCloseTo(tailMass, 12);
  });

  it('bounds the exact delta from above, closely', () => {
    for (const ratio of [0.05, 0.3, 1, 4])
      for (const epsilon of [0, 0.1, 1, 3]) {
        const bound = deltaOfLoss(gaussianLoss(ratio), epsilon);
        const exact = gaussianDelta(epsilon, ratio);
        expect(bound).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
        // Rounding a loss up by at most 1e-4 adds at most that share of the mass above it.
        expect(bound).toBeLessThanOrEqual(exact + 1.1e-4 * normalTail(epsilon / ratio - ratio / 2) + 1e-14);
      }
  });
});

describe('loss of the discrete Gaussian', () => {
  // The same file: test_discrete_gaussian_varying_sigma_and_sensitivity and test_discrete_gaussian_truncation, to 7 places.
  it.each<[number, number, number, Record<number, number>, number]>([
    [1, 1, 1, { 5000: 0.45186276, [-5000]: 0.27406862 }, 0.27406862],
    [1, 2, 1, { 0: 0.27406862 }, 0.72593138],
    [3, 1, 1, { 556: 0.34579116, [-555]: 0.32710442 }, 0.32710442],
    [1, 1, 2, { 15000: 0.24420134, 5000: 0.40261995, [-5000]: 0.24420134, [-15000]: 0.05448868 }, 0.05448868],
  ])('sigma %d, sensitivity %d, bound %d', (sigma, sensitivity, bound, expected, infinity) => {
    const loss = discreteGaussianLoss(sigma, sensitivity, bound);
    expectMass(loss, expected);
    expect(loss.infinity).toBeCloseTo(infinity, 7);
  });

  it('agrees with dp_accounting after composition', () => {
    // Both round up to a grid of 1e-4; their bound on the support differs from this one by tails of 1e-10 or less.
    for (const { sigma, sensitivity, count, epsilon } of golden.discreteGaussian) {
      const loss = selfComposed(discreteGaussianLoss(sigma, sensitivity, Math.ceil(9 * sigma)), count);
      expect(Math.abs(epsilonOfLoss(loss, delta) - epsilon)).toBeLessThan(2e-4 * count + 1e-3 * epsilon);
    }
  });
});

describe('composition', () => {
  /** The slow twin: every pair of losses. */
  function naive(a: PrivacyLoss, b: PrivacyLoss): Map<number, number> {
    const out = new Map<number, number>();
    a.mass.forEach((p, i) =>
      b.mass.forEach((q, j) => out.set(a.lowest + b.lowest + i + j, (out.get(a.lowest + b.lowest + i + j) ?? 0) + p * q)),
    );
    return out;
  }

  it('is the convolution', () => {
    const some = fc.record({
      lowest: fc.integer({ min: -50, max: 50 }),
      weights: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(some, some, fc.double({ min: 0, max: 0.2, noNaN: true }), (x, y, infinity) => {
        const make = ({ lowest, weights }: typeof x): PrivacyLoss => {
          const total = weights.reduce((s, w) => s + w, 1e-9);
          return { interval: 0.1, lowest, mass: Float64Array.from(weights, (w) => (w / total) * (1 - infinity)), infinity };
        };
        const [a, b] = [make(x), make(y)];
        const composed = composeLosses(a, b, 0);
        const expected = naive(a, b);
        composed.mass.forEach((p, i) => expect(p).toBeCloseTo(expected.get(composed.lowest + i) ?? 0, 13));
        expect(composed.infinity).toBeGreaterThanOrEqual(2 * infinity - infinity * infinity);
        expect(composed.infinity).toBeLessThan(2 * infinity - infinity * infinity + 1e-12);
      }),
      { numRuns: 100 },
    );
  });

  it('of Gaussians is a Gaussian of the joined ratio, bounded from above', () => {
    const composed = composeLosses(selfComposed(gaussianLoss(0.3), 5), gaussianLoss(0.4));
    const ratio = Math.sqrt(5 * 0.09 + 0.16);
    const epsilon = epsilonOfLoss(composed, 1e-6);
    expect(epsilon).toBeGreaterThan(gaussianEpsilon(1e-6, ratio));
    expect(epsilon).toBeLessThan(gaussianEpsilon(1e-6, ratio) + 6e-4);
    expect(deltaOfLoss(composed, epsilon)).toBeCloseTo(1e-6, 12);
  });

  it('refuses different grids', () => {
    expect(() => composeLosses(gaussianLoss(1, { interval: 0.1, tailMass: 1e-9 }), gaussianLoss(1))).toThrow(RangeError);
  });

  // google/differential-privacy, pld_privacy_accountant_test.py: test_gaussian_basic.
  it('three Gaussians of sigma sqrt(3) are one of sigma 1', () => {
    const composed = selfComposed(gaussianLoss(1 / Math.sqrt(3)), 3);
    expect(Math.abs(deltaOfLoss(composed, 1) - 0.126936)).toBeLessThan(1e-3);
    expect(Math.abs(epsilonOfLoss(composed, 0.126936) - 1)).toBeLessThan(1e-3);
  });

  it('an infinite loss is never explained away', () => {
    expect(epsilonOfLoss({ interval: 1, lowest: 0, mass: Float64Array.of(0.9), infinity: 0.1 }, 0.05)).toBe(Infinity);
    expect(epsilonOfLoss({ interval: 1, lowest: 0, mass: Float64Array.of(0.9), infinity: 0.1 }, 0.1)).toBe(0);
  });
});

describe('published and recomputed epsilons', () => {
  // T releases, sigma / Delta, and epsilon at delta 1e-5: exact (= composed loss), Renyi, simple zCDP, basic composition.
  it.each([
    [1, 4, 0.926, 1.012, 1.231, 1.21],
    [20, 4, 4.98, 5.38, 5.99, 27.1],
    [20, 10, 1.76, 1.91, 2.25, 10.9],
    [50, 10, 2.94, 3.19, 3.64, 28.0],
    [100, 20, 1.99, 2.17, 2.52, 28.6],
  ])('%d releases at sigma %d', (count, sigma, exact, renyi, simple, basic) => {
    const rho = count * gaussianRho(1 / sigma);
    const { fromLoss, fromRho } = reportEpsilon([{ count, ratio: 1 / sigma }], rho, delta);
    // Three figures are printed; rounding losses up may cost half a percent.
    expect(Math.abs(fromLoss / exact - 1)).toBeLessThan(0.01);
    expect(fromLoss).toBeGreaterThan(gaussianEpsilon(delta, Math.sqrt(count) / sigma));
    expect(Math.abs(fromRho / renyi - 1)).toBeLessThan(0.005);
    expect(Math.abs(simpleEpsilonOfRho(rho, delta) / simple - 1)).toBeLessThan(0.003);
    const classical = (count * Math.sqrt(2 * Math.log((1.25 * count) / delta))) / sigma;
    expect(Math.abs(classical / basic - 1)).toBeLessThan(0.005);
  });

  it('agrees with dp_accounting 0.6.0', () => {
    for (const { count, sigma, pld, rdp } of golden.compositions) {
      const { fromLoss, fromRho } = reportEpsilon([{ count, ratio: 1 / sigma }], count * gaussianRho(1 / sigma), delta);
      // Theirs connects dots (both sides), this one only rounds up: never below, and at most one percent above.
      expect(fromLoss).toBeGreaterThan(pld * (1 - 1e-4));
      expect(fromLoss).toBeLessThan(pld * 1.01);
      expect(Math.abs(fromRho / rdp - 1)).toBeLessThan(1e-9);
    }
    const { releases, pld, rdp } = golden.mixed;
    const rho = releases.reduce((sum, { count, sigma }) => sum + count * gaussianRho(1 / sigma), 0);
    const mixed = reportEpsilon(
      releases.map(({ count, sigma }) => ({ count, ratio: 1 / sigma })),
      rho,
      delta,
    );
    expect(mixed.fromLoss).toBeGreaterThan(pld * (1 - 1e-4));
    expect(mixed.fromLoss).toBeLessThan(pld * 1.01);
    expect(Math.abs(mixed.fromRho / rdp - 1)).toBeLessThan(1e-9);
  });

  it('Renyi: values of dp_accounting tests (rdp_privacy_accountant_test.py)', () => {
    // test_compute_rdp_gaussian, test_compute_epsilon_delta_pure_dp, test_compute_epsilon_delta_gaussian
    expect(gaussianRenyi(3.14159, 1 / 2.71828)).toBeCloseTo(3.14159 / (2 * 2.71828 ** 2), 12);
    const orders = Array.from({ length: 31 }, (_, i) => i + 2);
    expect(epsilonOfRenyi(orders, () => 1.1, 1e-5)).toBeCloseTo(1.32783806176, 10);
    const fine = Array.from({ length: 98_999 }, (_, i) => 1.001 + 0.001 * i);
    expect(epsilonOfRenyi(fine, (order) => gaussianRenyi(order, 1 / 4.530877117), 1e-6)).toBeCloseTo(1, 7);
  });

  it('cross-check: the composed loss never exceeds Renyi, nor Renyi the simple zCDP bound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 2, max: 60, noNaN: true }), (count, sigma) => {
        const rho = count * gaussianRho(1 / sigma);
        const { fromLoss, fromRho } = reportEpsilon([{ count, ratio: 1 / sigma }], rho, 1e-6);
        expect(fromLoss).toBeLessThan(fromRho * 1.001);
        // Whole orders are a little coarser than the best real one where that is small.
        expect(fromRho).toBeLessThan(simpleEpsilonOfRho(rho, 1e-6) * 1.02);
        expect(epsilonOfRho(rho, 1e-6)).toBeCloseTo(
          epsilonOfRenyi(renyiOrders, (order) => gaussianRenyi(order, Math.sqrt(count) / sigma), 1e-6),
          9,
        );
      }),
      { numRuns: 15 },
    );
  });
});
