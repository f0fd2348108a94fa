import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CooccurrenceSummary } from '../features/glcm/summary.js';
import { summarizeCooccurrence } from '../features/glcm/summary.js';
import { maximalCorrelation } from './maximal-correlation.js';

/** The summary of a matrix from its dense counts. */
function summaryOf(counts: readonly (readonly number[])[]): CooccurrenceSummary {
  const cells = counts.flatMap((row, i) => row.map((count, j) => ({ i: i + 1, j: j + 1, count }))).filter(({ count }) => count > 0);
  return summarizeCooccurrence({
    levels: Float64Array.from(counts, (_, i) => i + 1),
    levelCount: counts.length,
    rows: Int32Array.from(cells, ({ i }) => i),
    columns: Int32Array.from(cells, ({ j }) => j),
    counts: Float64Array.from(cells, ({ count }) => count),
  });
}

/** Q as the definition writes it, with PyRadiomics' epsilon. */
function definition(counts: readonly (readonly number[])[]): number[][] {
  const total = counts.flat().reduce((sum, count) => sum + count, 0);
  const p = counts.map((row) => row.map((count) => count / total));
  const px = p.map((row) => row.reduce((sum, share) => sum + share, 0));
  const py = p.map((_, k) => p.reduce((sum, row) => sum + (row[k] as number), 0));
  return p.map((row, i) =>
    p.map((other) =>
      row.reduce((sum, share, k) => sum + (share * (other[k] as number)) / ((px[i] as number) * (py[k] as number) + Number.EPSILON), 0),
    ),
  );
}

/** Coefficients of the characteristic polynomial, the highest first (Faddeev and LeVerrier). */
function characteristic(q: readonly (readonly number[])[]): number[] {
  const n = q.length;
  const times = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
    a.map((row) => b.map((_, j) => row.reduce((sum, value, k) => sum + value * ((b[k] as number[])[j] as number), 0)));
  const coefficients = [1];
  let m = q.map((row) => row.map(() => 0));
  for (let k = 1; k <= n; k++) {
    m = times(q, m).map((row, i) => row.map((value, j) => value + (i === j ? (coefficients[k - 1] as number) : 0)));
    const trace = times(q, m).reduce((sum, row, i) => sum + (row[i] as number), 0);
    coefficients.push(-trace / k);
  }
  return coefficients;
}

/** The second largest root of a polynomial with real roots, by bisection between its largest root and the critical point below it. */
function secondRoot(q: readonly (readonly number[])[]): number {
  const polynomial = characteristic(q);
  const valueAt = (x: number) => polynomial.reduce((value, coefficient) => value * x + coefficient, 0);
  // Roots of a small matrix with shares as entries lie in [0, 1]; scan down from 1 for the second change of sign.
  const steps = 20_000;
  const roots: number[] = [];
  for (let s = steps; s > 0 && roots.length < 2; s--) {
    let [low, high] = [(s - 1) / steps - 1e-9, s / steps + 1e-9];
    if (valueAt(low) * valueAt(high) > 0) continue;
    for (let turn = 0; turn < 80; turn++) {
      const middle = (low + high) / 2;
      if (valueAt(low) * valueAt(middle) <= 0) high = middle;
      else low = middle;
    }
    if (roots.length === 0 || Math.abs((roots[0] as number) - low) > 1e-6) roots.push(low);
  }
  return roots[1] ?? 0;
}

const counts = (size: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: size, maxLength: size }), { minLength: size, maxLength: size });

describe('maximal correlation', () => {
  it('of two levels is the absolute correlation of the fourfold table', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 4, maxLength: 4 }), ([a, b, c, d]) => {
        const [n11, n12, n21, n22] = [a as number, b as number, c as number, d as number];
        const phi = (n11 * n22 - n12 * n21) / Math.sqrt((n11 + n12) * (n21 + n22) * (n11 + n21) * (n12 + n22));
        const found = maximalCorrelation(
          summaryOf([
            [n11, n12],
            [n21, n22],
          ]),
        );
        // A root near 0 keeps half of the digits.
        expect(Math.abs(found - Math.abs(phi))).toBeLessThan(1e-7);
        if (Math.abs(phi) > 1e-3) expect(found).toBeCloseTo(Math.abs(phi), 10);
      }),
    );
  });

  it('is the root of the second eigenvalue of the definition', () => {
    fc.assert(
      fc.property(counts(4), (given) => {
        // A diagonal, so that every level has neighbors, and symmetric counts as of a region.
        const dense = given.map((row, i) => row.map((count, j) => count + ((given[j] as number[])[i] as number) + (i === j ? 2 : 0)));
        const wanted = secondRoot(definition(dense));
        fc.pre(wanted > 1e-4 && wanted < 1 - 1e-4);
        expect(maximalCorrelation(summaryOf(dense))).toBeCloseTo(Math.sqrt(wanted), 6);
      }),
      { numRuns: 30 },
    );
  });

  it('is 1 for one level, and 0 for levels that are independent', () => {
    expect(maximalCorrelation(summaryOf([[7]]))).toBe(1);
    const independent = [1, 2, 3].map((a) => [2, 4, 6].map((b) => a * b));
    expect(maximalCorrelation(summaryOf(independent))).toBeLessThan(1e-7);
  });

  it('is 1 for two groups of levels that never meet, less what the epsilon takes from a rare one', () => {
    const rare = (many: number) =>
      summaryOf([
        [many, many / 2, 0, 0],
        [many / 2, many, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 0],
      ]);
    expect(maximalCorrelation(rare(40))).toBeCloseTo(1, 10);
    // px = py = 1 / total for the pair, so its eigenvalue is 1 / (1 + epsilon total^2).
    const total = 3 * 1e6 + 2;
    expect(maximalCorrelation(rare(1e6))).toBeCloseTo(Math.sqrt(1 / (1 + Number.EPSILON * total * total)), 8);
  });
});
