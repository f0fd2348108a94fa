import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choleskyFactor, choleskySolve } from './cholesky.js';
import { SeededRandom } from './random.js';

/** The slow twin: Gaussian elimination with partial pivoting. */
function gauss(matrix: Float64Array, n: number, right: Float64Array): Float64Array {
  const rows = Array.from({ length: n }, (_, i) => [...matrix.subarray(i * n, (i + 1) * n), right[i] as number]);
  for (let c = 0; c < n; c++) {
    const pivot = rows
      .slice(c)
      .reduce((best, row, k) => (Math.abs(row[c] as number) > Math.abs(rows[best]?.[c] as number) ? c + k : best), c);
    [rows[c], rows[pivot]] = [rows[pivot] as number[], rows[c] as number[]];
    const top = rows[c] as number[];
    for (const row of rows.slice(c + 1)) {
      const factor = (row[c] as number) / (top[c] as number);
      for (let k = c; k <= n; k++) row[k] = (row[k] as number) - factor * (top[k] as number);
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    const row = rows[i] as number[];
    let sum = row[n] as number;
    for (let k = i + 1; k < n; k++) sum -= (row[k] as number) * (x[k] as number);
    x[i] = sum / (row[i] as number);
  }
  return x;
}

/** A'A + ridge for a random A of n + 3 rows: positive definite. */
function positiveDefinite(seed: number, n: number, ridge: number): Float64Array {
  const random = new SeededRandom(seed);
  const a = Array.from({ length: n + 3 }, () => Array.from({ length: n }, () => random.normal()));
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return a.reduce((sum, row) => sum + (row[i] as number) * (row[j] as number), i === j ? ridge : 0);
  });
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const sizes = fc.integer({ min: 1, max: 12 });

describe('Cholesky', () => {
  it('factor times its transpose is the matrix, and the factor is lower triangular', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, n) => {
        const matrix = positiveDefinite(seed, n, 0.1);
        const factor = choleskyFactor(matrix, n) as Float64Array;
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            if (j > i) expect(factor[i * n + j]).toBe(0);
            let product = 0;
            for (let k = 0; k < n; k++) product += (factor[i * n + k] as number) * (factor[j * n + k] as number);
            const scale = Math.sqrt((matrix[i * n + i] as number) * (matrix[j * n + j] as number));
            expect(Math.abs(product - (matrix[i * n + j] as number))).toBeLessThan(1e-14 * n * scale);
          }
        }
      }),
    );
  });

  it('solves as Gaussian elimination does', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, n) => {
        const matrix = positiveDefinite(seed, n, 0.5);
        const random = new SeededRandom(seed + 1);
        const right = Float64Array.from({ length: n }, () => random.normal());
        const expected = gauss(matrix, n, right);
        const solution = choleskySolve(choleskyFactor(matrix, n) as Float64Array, n, right.slice());
        const size = Math.max(...expected.map(Math.abs));
        for (let i = 0; i < n; i++)
          expect(Math.abs((solution[i] as number) - (expected[i] as number))).toBeLessThan(1e-11 * Math.max(1, size));
      }),
    );
  });

  it('solves in place', () => {
    const right = Float64Array.of(8, 11);
    expect(choleskySolve(choleskyFactor(Float64Array.of(4, 0, 0, 1), 2) as Float64Array, 2, right)).toBe(right);
    expect([...right]).toEqual([2, 11]);
  });

  it.each([
    ['a zero matrix', [0, 0, 0, 0]],
    ['a singular one', [1, 1, 1, 1]],
    ['an indefinite one', [1, 2, 2, 1]],
    ['a negative one', [-1, 0, 0, -1]],
    ['NaN', [NaN, 0, 0, 1]],
    ['one that is singular to working precision', [1, 1, 1, 1 + 1e-13]],
  ])('finds no factor of %s', (_, values) => {
    expect(choleskyFactor(Float64Array.from(values), 2)).toBeNull();
  });

  it('judges singularity relative to the diagonal, so units do not matter', () => {
    const scaled = (s: number) => Float64Array.of(1, 0.5 * s, 0.5 * s, s * s);
    for (const s of [1e-12, 1e-3, 1e8]) expect(choleskyFactor(scaled(s), 2)).not.toBeNull();
    expect(choleskyFactor(Float64Array.of(1, 1, 1, 1 + 1e-9), 2)).not.toBeNull();
    expect(choleskyFactor(Float64Array.of(1, 1, 1, 1 + 1e-9), 2, 1e-6)).toBeNull();
  });

  it('of nothing is nothing', () => expect(choleskyFactor(new Float64Array(0), 0)).toEqual(new Float64Array(0)));
});
