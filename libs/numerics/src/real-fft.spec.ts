import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fft3d } from './fft.js';
import { SeededRandom } from './random.js';
import { inverseRealFftPlanes, realFftPlanes } from './real-fft.js';

const normals = (n: number, seed: number) => {
  const random = new SeededRandom(seed);
  return Float64Array.from({ length: n }, () => random.normal());
};
const size = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 4 }));

describe('realFftPlanes', () => {
  it('is half of the complex transform of each plane, rows in odd and even numbers', () => {
    fc.assert(
      fc.property(size, fc.nat(), ([ni, nj, nk], seed) => {
        const values = normals(ni * nj * nk, seed);
        const half = realFftPlanes(values, [ni, nj, nk]);
        expect(half.hi).toBe(Math.floor(ni / 2) + 1);
        for (let k = 0; k < nk; k++) {
          const real = values.slice(k * ni * nj, (k + 1) * ni * nj);
          const imaginary = new Float64Array(real.length);
          fft3d(real, imaginary, [ni, nj, 1]);
          for (let fj = 0; fj < nj; fj++)
            for (let fi = 0; fi < half.hi; fi++) {
              const at = fi + half.hi * (fj + nj * k);
              expect(Math.abs(half.real[at]! - real[fi + ni * fj]!)).toBeLessThan(1e-11);
              expect(Math.abs(half.imaginary[at]! - imaginary[fi + ni * fj]!)).toBeLessThan(1e-11);
            }
        }
      }),
    );
  });

  it('comes back, in whole or in part', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), ([ni, nj, nk], seed, draws) => {
        const values = normals(ni * nj * nk, seed);
        const [a, b, c, d] = draws as [number, number, number, number];
        const fromJ = a % nj;
        const toJ = fromJ + 1 + (b % (nj - fromJ));
        const fromK = c % nk;
        const toK = fromK + 1 + (d % (nk - fromK));
        const part = inverseRealFftPlanes(realFftPlanes(values, [ni, nj, nk]), [ni, nj], [fromJ, toJ], [fromK, toK]);
        expect(part.length).toBe(ni * (toJ - fromJ) * (toK - fromK));
        let at = 0;
        for (let k = fromK; k < toK; k++)
          for (let j = fromJ; j < toJ; j++)
            for (let i = 0; i < ni; i++) expect(Math.abs(part[at++]! / (ni * nj) - values[i + ni * (j + nj * k)]!)).toBeLessThan(1e-12);
      }),
    );
  });
});
