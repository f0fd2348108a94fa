import { describe, expect, it } from 'vitest';
import { confusionAt, sensitivity, specificity } from './threshold.js';
import { wilsonInterval } from './wilson.js';

describe('confusionAt', () => {
  it('calls a score at the threshold positive, also when it falls short in its last bits', () => {
    const outcome = Float64Array.of(1, 1, 1, 0, 0, 0);
    const scores = Float64Array.of(0.2, 0.2 - 1e-12, 0.2 - 1e-6, 0.1, 0.2 + 1e-12, 0.9);
    expect(confusionAt(outcome, scores, 0.2)).toEqual({ truePositives: 2, falseNegatives: 1, trueNegatives: 1, falsePositives: 2 });
    expect(confusionAt(outcome, scores, 0.2, 0).truePositives).toBe(1);
  });

  it('leaves a share without trials empty', () => {
    const confusion = confusionAt(Float64Array.of(0, 0), Float64Array.of(0.1, 0.9), 0.5);
    expect(sensitivity(confusion)).toEqual({ value: NaN, interval: null });
    expect(specificity(confusion).value).toBe(0.5);
  });
});

describe('wilsonInterval', () => {
  it('holds the shares that the score test does not reject', () => {
    const z = 1.959963984540054;
    for (const [successes, trials] of [
      [1, 10],
      [7, 9],
      [120, 132],
    ] as const) {
      const interval = wilsonInterval(successes, trials);
      // Both bounds solve |x/n - p| = z sqrt(p (1 - p) / n).
      for (const p of [interval?.low ?? NaN, interval?.high ?? NaN]) {
        expect(Math.abs(successes / trials - p)).toBeCloseTo(z * Math.sqrt((p * (1 - p)) / trials), 14);
      }
    }
  });

  it('ends exactly at 0 and 1', () => {
    expect(wilsonInterval(0, 7)?.low).toBe(0);
    expect(wilsonInterval(7, 7)?.high).toBe(1);
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});
