import { describe, expect, it } from 'vitest';
import { brier } from './brier.js';

describe('brier', () => {
  it('is the mean squared error, its interval that of a mean', () => {
    // Squared errors .01 .04 .25 .09: mean .0975, SD .1072..., SE .0536...
    const { brier: score, interval } = brier(Float64Array.of(0, 1, 1, 0), Float64Array.of(0.1, 0.8, 0.5, 0.3));
    expect(score).toBeCloseTo(0.0975, 15);
    const squares = [0.01, 0.04, 0.25, 0.09];
    const se = Math.sqrt(squares.reduce((s, q) => s + (q - 0.0975) ** 2, 0) / 3 / 4);
    expect(interval?.low).toBe(0);
    expect(interval?.high).toBeCloseTo(0.0975 + 1.959963984540054 * se, 14);
  });

  it('has no interval without variance or with one participant', () => {
    expect(brier(Float64Array.of(0, 0, 0), new Float64Array(3).fill(0.3)).interval).toBeNull();
    expect(brier(Float64Array.of(1), Float64Array.of(0.3)).interval).toBeNull();
    expect(brier(new Float64Array(0), new Float64Array(0)).brier).toBeNaN();
  });

  it('refuses probabilities outside 0 to 1', () => {
    expect(() => brier(Float64Array.of(0, 1), Float64Array.of(0.2, 1.01))).toThrow(/VALIDATION.BAD_SCORES/);
  });
});
