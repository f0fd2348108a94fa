import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bilinear, independentColumns, invertPositive, packTriangle, submatrix, triangleLength, unpackTriangle } from './symmetric.js';

/** Random square matrices of order 1 to 6 with entries from -2 to 2. */
const square = fc
  .integer({ min: 1, max: 6 })
  .chain((n) =>
    fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: n * n, maxLength: n * n }).map((values) => ({ n, values })),
  );

/** X'X + I: positive definite. */
function crossProduct(values: readonly number[], n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, k) => {
    const [a, b] = [Math.floor(k / n), k % n];
    let sum = a === b ? 1 : 0;
    for (let i = 0; i < n; i++) sum += (values[i * n + a] as number) * (values[i * n + b] as number);
    return sum;
  });
}

describe('symmetric matrices', () => {
  it('pack and unpack are inverse', () => {
    fc.assert(
      fc.property(square, ({ n, values }) => {
        const matrix = crossProduct(values, n);
        const packed = packTriangle(matrix, n);
        expect(packed.length).toBe(triangleLength(n));
        expect(unpackTriangle(packed, n)).toEqual(matrix);
      }),
    );
  });

  it('unpacks from the middle of a vector, row by row', () =>
    expect(unpackTriangle(Float64Array.of(9, 9, 1, 2, 3), 2, 2)).toEqual(Float64Array.of(1, 2, 2, 3)));

  it('an inverse times its matrix is the identity, and is symmetric to the bit', () => {
    fc.assert(
      fc.property(square, ({ n, values }) => {
        const matrix = crossProduct(values, n);
        const inverse = invertPositive(matrix, n) as Float64Array;
        for (let a = 0; a < n; a++) {
          for (let b = 0; b < n; b++) {
            let sum = 0;
            for (let k = 0; k < n; k++) sum += (matrix[a * n + k] as number) * (inverse[k * n + b] as number);
            // Condition numbers stay below 1 + 6 * 6 * 4.
            expect(sum).toBeCloseTo(a === b ? 1 : 0, 11);
            expect(inverse[a * n + b]).toBe(inverse[b * n + a]);
          }
        }
      }),
    );
  });

  it('a singular matrix has no inverse', () => expect(invertPositive(Float64Array.of(1, 1, 1, 1), 2)).toBeNull());

  it('redundant columns are the later ones', () => {
    // Columns: a, 2a, b, a + b, 0.
    const rows = [
      [1, 2, 0, 1, 0],
      [2, 4, 1, 3, 0],
      [-1, -2, 3, 2, 0],
    ];
    const cross = Float64Array.from({ length: 25 }, (_, k) =>
      rows.reduce((sum, row) => sum + (row[Math.floor(k / 5)] as number) * (row[k % 5] as number), 0),
    );
    expect([...independentColumns(cross, 5, 1e-12)]).toEqual([1, 0, 1, 0, 0]);
    expect([...independentColumns(cross, 5, 1e-12, Uint8Array.of(0, 1, 1, 1, 1))]).toEqual([0, 1, 1, 0, 0]);
  });

  it('parts and forms', () => {
    const matrix = Float64Array.of(1, 2, 3, 2, 5, 6, 3, 6, 9);
    expect(submatrix(matrix, 3, [0, 2])).toEqual(Float64Array.of(1, 3, 3, 9));
    expect(bilinear(matrix, 3, [1, 0, -1], [0, 1, 1])).toBe(2 + 3 - 6 - 9);
  });
});
