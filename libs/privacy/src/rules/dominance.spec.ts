import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestShare } from './dominance.js';

describe('largestShare', () => {
  it('is what the largest contributors add to the worst element', () => {
    const rows = [
      [1, 10],
      [1, 1],
      [2, -1],
    ].map((row) => Float64Array.from(row));
    expect(largestShare(rows, 2, 1)).toBeCloseTo(10 / 12, 15);
    expect(largestShare(rows, 2, 2)).toBeCloseTo(11 / 12, 15);
    expect(largestShare(rows, 2, 3)).toBe(1);
  });

  it('signs do not hide a large value behind its opposite', () => {
    expect(largestShare([Float64Array.of(100), Float64Array.of(-100), Float64Array.of(1)], 1, 2)).toBeCloseTo(200 / 201, 15);
  });

  it('an element of nobody has no share, one of a single person all of it', () => {
    expect(largestShare([Float64Array.of(0), Float64Array.of(0)], 1, 1)).toBe(0);
    expect(largestShare([Float64Array.of(0, 1), Float64Array.of(0, 0)], 2, 1)).toBe(1);
    expect(largestShare([], 3, 1)).toBe(0);
  });

  it('agrees with sorting', () => {
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 }))
      .chain(([d, n]) =>
        fc.array(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: d, maxLength: d }), { minLength: n, maxLength: n }),
      );
    fc.assert(
      fc.property(matrix, fc.integer({ min: 1, max: 5 }), (rows, contributors) => {
        const d = (rows[0] as number[]).length;
        let worst = 0;
        for (let j = 0; j < d; j++) {
          const sizes = rows.map((row) => Math.abs(row[j] as number)).sort((a, b) => b - a);
          const total = sizes.reduce((s, x) => s + x, 0);
          if (total > 0) worst = Math.max(worst, sizes.slice(0, contributors).reduce((s, x) => s + x, 0) / total);
        }
        const found = largestShare(
          rows.map((row) => Float64Array.from(row)),
          d,
          contributors,
        );
        expect(found).toBeCloseTo(worst, 12);
      }),
    );
  });

  it('refuses what is no contribution', () => {
    expect(() => largestShare([Float64Array.of(NaN)], 1, 1)).toThrow(RangeError);
    expect(() => largestShare([Float64Array.of(1, 2)], 1, 1)).toThrow(RangeError);
  });
});
