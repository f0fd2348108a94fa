import { describe, expect, it } from 'vitest';
import { brentRoot } from './brent-root.js';

describe('brentRoot', () => {
  it('stops where uniroot(function(x) x^3 - 2, c(0, 100)) of R stops, and finds roots to the last bits', () => {
    const f = (x: number) => x ** 3 - 2;
    // R 4.2.2, default tolerance .Machine$double.eps^0.25.
    expect(brentRoot(f, 0, 100, 2 ** -13).root).toBeCloseTo(1.25992105764, 11);
    expect(Math.abs(brentRoot(f, 0, 100, 0).root - Math.cbrt(2))).toBeLessThan(1e-15);
  });

  it('takes a root at the end of the bracket, and refuses a bracket without one', () => {
    expect(brentRoot((x) => x, 0, 1, 1e-9).root).toBe(0);
    expect(() => brentRoot((x) => x + 1, 0, 1, 1e-9)).toThrow(RangeError);
  });
});
