import { describe, expect, it } from 'vitest';
import { SeededRandom } from './random.js';
import { symmetricEigen } from './symmetric-eigen.js';

function randomSymmetric(random: SeededRandom, n: number, rank: number): Float64Array {
  const rows = Array.from({ length: rank }, () => Float64Array.from({ length: n }, () => random.normal()));
  return Float64Array.from({ length: n * n }, (_, k) =>
    rows.reduce((sum, row) => sum + (row[Math.floor(k / n)] as number) * (row[k % n] as number), 0),
  );
}

/** Largest |A v - lambda v| over all eigenpairs, and |V'V - 1|. */
function misses(matrix: Float64Array, n: number): { equation: number; orthogonal: number } {
  const { values, vectors } = symmetricEigen(matrix, n);
  let equation = 0;
  let orthogonal = 0;
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++) {
      let product = 0;
      let dot = 0;
      for (let j = 0; j < n; j++) {
        product += (matrix[i * n + j] as number) * (vectors[j * n + k] as number);
        dot += (vectors[j * n + i] as number) * (vectors[j * n + k] as number);
      }
      equation = Math.max(equation, Math.abs(product - (values[k] as number) * (vectors[i * n + k] as number)));
      orthogonal = Math.max(orthogonal, Math.abs(dot - Number(i === k)));
    }
  return { equation, orthogonal };
}

describe('symmetricEigen', () => {
  it('knows the eigenvalues of a matrix in closed form', () => {
    // Second differences: 2 - 2 cos(k pi / (n + 1)); n = 3 gives 2 + sqrt 2, 2, 2 - sqrt 2.
    const { values, vectors } = symmetricEigen(Float64Array.of(2, -1, 0, -1, 2, -1, 0, -1, 2), 3);
    [2 + Math.SQRT2, 2, 2 - Math.SQRT2].forEach((value, k) => expect(values[k]).toBeCloseTo(value, 14));
    // (1, -sqrt 2, 1) / 2 with the largest component made positive; of two equal ones the first is.
    [-0.5, Math.SQRT1_2, -0.5].forEach((value, i) => expect(vectors[3 * i]).toBeCloseTo(value, 14));
    [Math.SQRT1_2, 0, -Math.SQRT1_2].forEach((value, i) => expect(vectors[3 * i + 1]).toBeCloseTo(value, 14));
  });

  // The backward error is a small multiple of n eps |A|; |A| is about n here.
  it.each([1, 2, 3, 5, 20, 60])('solves A v = lambda v with orthonormal vectors, n = %i', (n) => {
    const random = new SeededRandom(n);
    for (const rank of [n, Math.ceil(n / 2)]) {
      const { equation, orthogonal } = misses(randomSymmetric(random, n, rank), n);
      expect(equation).toBeLessThan(1e-14 * n * n + 1e-14);
      expect(orthogonal).toBeLessThan(1e-14 * n);
    }
  });

  it('takes equal eigenvalues, zeros and negative ones', () => {
    expect([...symmetricEigen(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), 3).values]).toEqual([1, 1, 1]);
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
    const { values } = symmetricEigen(Float64Array.of(0, 2, 2, 0), 2);
    expect(values[0]).toBeCloseTo(2, 14);
    expect(values[1]).toBeCloseTo(-2, 14);
  });
});
