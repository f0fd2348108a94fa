import { describe, expect, it } from 'vitest';
import { gaussHermite } from './gauss-hermite.js';

/** Moments of the standard normal distribution: 0 for odd powers, (k - 1)!! for even ones. */
function moment(power: number): number {
  if (power % 2 === 1) return 0;
  let value = 1;
  for (let k = power - 1; k > 1; k -= 2) value *= k;
  return value;
}

describe('gaussHermite', () => {
  it.each([1, 2, 3, 5, 10, 20, 25])('%i points: exact for polynomials up to degree 2 n - 1', (points) => {
    const { nodes, weights } = gaussHermite(points);
    for (let power = 0; power < 2 * points; power++) {
      let sum = 0;
      let size = 0;
      nodes.forEach((x, k) => {
        sum += (weights[k] as number) * x ** power;
        size += (weights[k] as number) * Math.abs(x) ** power;
      });
      // Relative to the sum of absolute terms: powers amplify the last bit of a node by their degree.
      expect(Math.abs(sum - moment(power)) / Math.max(size, 1e-300)).toBeLessThan(1e-13 * (1 + power));
    }
  });

  it('10 points as in lme4 GHrule(10), largest node', () => {
    const { nodes, weights } = gaussHermite(10);
    expect(nodes[9]).toBeCloseTo(4.859462828332312, 13);
    expect(weights[9]).toBeCloseTo(4.310652630718287e-6, 18);
    expect(nodes[0]).toBe(-(nodes[9] as number));
  });

  it('100 points are still a rule; 0, 101 and 2.5 are none', () => {
    const { nodes, weights } = gaussHermite(100);
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 13);
    nodes.forEach((x, k) => k > 0 && expect(x).toBeGreaterThan(nodes[k - 1] as number));
    for (const points of [0, 101, 2.5]) expect(() => gaussHermite(points)).toThrow(RangeError);
  });
});
