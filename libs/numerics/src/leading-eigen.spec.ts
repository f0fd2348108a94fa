import { describe, expect, it } from 'vitest';
import { leadingEigen } from './leading-eigen.js';
import { SeededRandom } from './random.js';
import { symmetricEigen } from './symmetric-eigen.js';

/** Covariance of correlated columns: eigenvalues fall as those of real features do. */
function covariance(seed: number, n: number, rows: number): Float64Array {
  const random = new SeededRandom(seed);
  const data = Array.from({ length: rows }, () => {
    const common = [random.normal(), random.normal(), random.normal()];
    return Float64Array.from({ length: n }, (_, j) => (common[j % 3] as number) * (1 + (j % 3)) + random.normal());
  });
  return Float64Array.from({ length: n * n }, (_, at) =>
    data.reduce((sum, row) => sum + ((row[Math.floor(at / n)] as number) * (row[at % n] as number)) / rows, 0),
  );
}

describe('leadingEigen', () => {
  it('has the value and vector of the docstring', () => {
    const { values, vectors } = leadingEigen(Float64Array.of(2, 1, 1, 2), 2, 1);
    expect(values[0]).toBeCloseTo(3, 14);
    vectors.forEach((value) => expect(value).toBeCloseTo(Math.SQRT1_2, 14));
  });

  it.each([
    [1, 5, 40],
    [2, 60, 200],
    [3, 40, 12],
  ])('finds what the whole decomposition finds, with the same signs (seed %i, %i columns, %i rows)', (seed, n, rows) => {
    const matrix = covariance(seed, n, rows);
    const whole = symmetricEigen(matrix, n);
    const { values, vectors } = leadingEigen(matrix, n, 2);
    for (let k = 0; k < 2; k++) {
      expect(Math.abs((values[k] as number) / (whole.values[k] as number) - 1)).toBeLessThan(1e-12);
      // A vector is as good as its residual over the gap to the next value, which is at least a tenth of the largest here.
      for (let i = 0; i < n; i++)
        expect(Math.abs((vectors[2 * i + k] as number) - (whole.vectors[i * n + k] as number))).toBeLessThan(1e-11);
    }
  });

  it('takes matrices without any gap, of zeros, and of one column', () => {
    const identity = Float64Array.from({ length: 144 }, (_, at) => Number(at % 13 === 0));
    expect([...leadingEigen(identity, 12, 2).values]).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
    expect([...leadingEigen(new Float64Array(9), 3, 2).values]).toEqual([0, 0]);
    expect([...leadingEigen(Float64Array.of(4), 1, 2).values]).toEqual([4]);
  });
});
