import { describe, expect, it } from 'vitest';
import { cubicSpline, linearInterpolation } from './spline.js';

describe('cubicSpline', () => {
  it('is exact for cubics, inside and beyond the last point', () => {
    const x = Float64Array.of(-2, -1, 0.5, 1, 3, 4);
    const f = (u: number) => 1 - 2 * u + 0.5 * u ** 2 + 0.25 * u ** 3;
    const at = Float64Array.of(-1.7, -0.3, 0.5, 2.2, 4, 4.5);
    cubicSpline(x, x.map(f), at).forEach((value, k) => expect(value).toBeCloseTo(f(at[k] as number), 12));
  });

  it('goes through its points, also when there are two or three', () => {
    for (const x of [Float64Array.of(1, 2), Float64Array.of(1, 2, 4), Float64Array.of(1, 2, 4, 7)]) {
      const y = x.map((u) => Math.sqrt(u));
      cubicSpline(x, y, x).forEach((value, k) => expect(value).toBeCloseTo(y[k] as number, 14));
    }
  });

  it('three points: the parabola', () =>
    expect(cubicSpline(Float64Array.of(0, 1, 3), Float64Array.of(0, 1, 9), Float64Array.of(2))[0]).toBeCloseTo(4, 12));
});

describe('linearInterpolation', () => {
  const x = Float64Array.of(3, 1, 2);
  const y = Float64Array.of(30, 10, 40);
  it('reads between points in any order', () => {
    expect(linearInterpolation(x, y, 1.5)).toBe(25);
    expect(linearInterpolation(x, y, 2.5)).toBe(35);
    expect(linearInterpolation(x, y, 3)).toBe(30);
    expect(linearInterpolation(x, y, 1)).toBe(10);
  });
  it('is null outside, and averages ties', () => {
    expect(linearInterpolation(x, y, 0.99)).toBeNull();
    expect(linearInterpolation(x, y, 3.01)).toBeNull();
    expect(linearInterpolation(Float64Array.of(1, 1, 2), Float64Array.of(0, 2, 5), 1)).toBe(1);
  });
});
