import { SeededRandom, logistic, logit } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrationInTheLarge, calibrationSlope } from './recalibration.js';
import type { Recalibration } from './recalibration.js';

function simulate(seed: number, n: number, intercept: number, slope: number) {
  const random = new SeededRandom(seed);
  const lp = Float64Array.from({ length: n }, () => 2 * random.uniform() + 2 * random.uniform() - 3);
  return { lp, outcome: lp.map((x) => (random.uniform() < logistic(intercept + slope * x) ? 1 : 0)) };
}

function value(result: Recalibration) {
  if (result.state !== 'ok') throw new Error(`no estimate: ${result.reason}`);
  return result;
}

describe('calibrationInTheLarge', () => {
  it('solves its score equation: expected events at the shifted predictor equal the observed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: -1, max: 1, noNaN: true }), (seed, shift) => {
        const { lp, outcome } = simulate(seed, 200, shift, 1);
        const observed = outcome.reduce((s, y) => s + y, 0);
        fc.pre(observed > 0 && observed < 200);
        const { estimate, standardError } = value(calibrationInTheLarge(outcome, lp));
        const p = lp.map((x) => logistic(x + estimate));
        expect(Math.abs(p.reduce((s, q) => s + q, 0) - observed)).toBeLessThan(1e-9);
        expect(standardError).toBeCloseTo(1 / Math.sqrt(p.reduce((s, q) => s + q * (1 - q), 0)), 10);
      }),
    );
  });

  it('is the logit of the share, less the offset, for a constant predictor', () => {
    const outcome = Float64Array.of(1, 0, 0, 1, 0, 0, 0, 0, 1, 0);
    expect(value(calibrationInTheLarge(outcome, new Float64Array(10).fill(-0.4))).estimate).toBeCloseTo(logit(0.3) + 0.4, 12);
  });

  it('does not exist with one class', () => {
    for (const y of [0, 1]) {
      expect(calibrationInTheLarge(new Float64Array(20).fill(y), new Float64Array(20))).toEqual({ state: 'error', reason: 'notConverged' });
    }
  });
});

describe('calibrationSlope', () => {
  it('solves both score equations and its error follows the inverse information', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.2, max: 2, noNaN: true }), (seed, slope) => {
        const { lp, outcome } = simulate(seed, 300, 0.3, slope);
        const result = calibrationSlope(outcome, lp);
        fc.pre(result.state === 'ok');
        const { estimate, standardError } = value(result);
        // The intercept that goes with the slope is calibration-in-the-large on the scaled predictor.
        const scaled = lp.map((x) => estimate * x);
        const a = value(calibrationInTheLarge(outcome, scaled)).estimate;
        const p = scaled.map((x) => logistic(a + x));
        expect(Math.abs(p.reduce((s, q, i) => s + (q - (outcome[i] as number)) * (lp[i] as number), 0))).toBeLessThan(1e-8);
        const w = p.map((q) => q * (1 - q));
        const sum = (f: (i: number) => number) => w.reduce((s, v, i) => s + v * f(i), 0);
        const mean = sum((i) => lp[i] as number) / sum(() => 1);
        expect(standardError).toBeCloseTo(1 / Math.sqrt(sum((i) => ((lp[i] as number) - mean) ** 2)), 9);
      }),
    );
  });

  it('scales inversely with the predictor and ignores its origin', () => {
    const { lp, outcome } = simulate(7, 400, 0, 1);
    const slope = value(calibrationSlope(outcome, lp)).estimate;
    expect(
      value(
        calibrationSlope(
          outcome,
          lp.map((x) => 1000 * x + 50),
        ),
      ).estimate,
    ).toBeCloseTo(slope / 1000, 14);
  });

  it('does not exist where a cut separates the classes, in either direction, also with a tie at the cut', () => {
    const none = { state: 'error', reason: 'notConverged' };
    const outcome = Float64Array.of(0, 0, 0, 1, 1, 1);
    expect(calibrationSlope(outcome, Float64Array.of(-3, -2, -1, 1, 2, 3))).toEqual(none);
    expect(calibrationSlope(outcome, Float64Array.of(3, 2, 1, -1, -2, -3))).toEqual(none);
    expect(calibrationSlope(outcome, Float64Array.of(-3, -2, 0, 0, 2, 3))).toEqual(none);
    expect(calibrationSlope(new Float64Array(6), Float64Array.of(-3, -2, 0, 0, 2, 3))).toEqual(none);
  });

  it('exists, far out, where classes barely overlap', () => {
    const lp = Float64Array.from({ length: 40 }, (_, i) => i);
    const outcome = lp.map((x) => (x === 19 || x > 20 ? 1 : 0));
    const { estimate, low, high, iterations } = value(calibrationSlope(outcome, lp));
    expect(estimate).toBeGreaterThan(0.5);
    expect(low).toBeLessThan(estimate);
    expect(high).toBeGreaterThan(estimate);
    expect(iterations).toBeLessThan(30);
  });

  it('says so where all predictions are the same', () => {
    expect(calibrationSlope(Float64Array.of(0, 1, 0), new Float64Array(3).fill(-1.2))).toEqual({
      state: 'error',
      reason: 'constantPredictor',
    });
  });
});
