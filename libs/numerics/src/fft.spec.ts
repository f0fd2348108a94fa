import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fft3d, fftLength, FftPlan } from './fft.js';
import { SeededRandom } from './random.js';

/** The slow twin: the sum of the definition. */
function slowTransform(real: Float64Array, imaginary: Float64Array, sign: number): [Float64Array, Float64Array] {
  const n = real.length;
  const outReal = new Float64Array(n);
  const outImaginary = new Float64Array(n);
  for (let f = 0; f < n; f++) {
    for (let t = 0; t < n; t++) {
      const angle = (sign * 2 * Math.PI * ((f * t) % n)) / n;
      outReal[f]! += real[t]! * Math.cos(angle) - imaginary[t]! * Math.sin(angle);
      outImaginary[f]! += real[t]! * Math.sin(angle) + imaginary[t]! * Math.cos(angle);
    }
  }
  return [outReal, outImaginary];
}

const normals = (n: number, seed: number) => {
  const random = new SeededRandom(seed);
  return Float64Array.from({ length: n }, () => random.normal());
};
const largestGap = (a: Float64Array, b: Float64Array) => a.reduce((gap, x, i) => Math.max(gap, Math.abs(x - b[i]!)), 0);

describe('fftLength', () => {
  it('is the next product of 2, 3 and 5', () => {
    expect([0, 1, 7, 11, 13, 17, 31, 127, 129, 199, 487].map(fftLength)).toEqual([1, 1, 8, 12, 15, 18, 32, 128, 135, 200, 500]);
  });
});

describe('FftPlan', () => {
  it('equals the sum of the definition at every length, both ways, any number of lines', () => {
    for (let n = 1; n <= 70; n++) {
      for (const inverse of [false, true]) {
        const lines = (n % 3) + 1;
        const real = normals(n * lines, n);
        const imaginary = normals(n * lines, 1000 + n);
        const wanted = Array.from({ length: lines }, (_, b) => {
          const line = (x: Float64Array) => Float64Array.from({ length: n }, (_, t) => x[t * lines + b]!);
          return slowTransform(line(real), line(imaginary), inverse ? 1 : -1);
        });
        new FftPlan(n).transform(real, imaginary, lines, inverse);
        for (let b = 0; b < lines; b++) {
          for (let f = 0; f < n; f++) {
            // Rounding of the slow sum itself grows like n eps.
            expect(Math.abs(real[f * lines + b]! - wanted[b]![0][f]!)).toBeLessThan(4e-14 * n);
            expect(Math.abs(imaginary[f * lines + b]! - wanted[b]![1][f]!)).toBeLessThan(4e-14 * n);
          }
        }
      }
    }
  });

  it('keeps energy (Parseval) and comes back, at lengths with large primes too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(), (n, seed) => {
        const real = normals(n, seed);
        const imaginary = normals(n, seed + 1);
        const [originalReal, originalImaginary] = [real.slice(), imaginary.slice()];
        const energy = (x: Float64Array, y: Float64Array) => x.reduce((sum, v, i) => sum + v * v + y[i]! * y[i]!, 0);
        const before = energy(real, imaginary);
        const plan = new FftPlan(n);
        plan.transform(real, imaginary, 1);
        expect(Math.abs(energy(real, imaginary) / n / before - 1)).toBeLessThan(1e-12);
        plan.transform(real, imaginary, 1, true);
        expect(
          largestGap(
            real.map((x) => x / n),
            originalReal,
          ),
        ).toBeLessThan(1e-12);
        expect(
          largestGap(
            imaginary.map((x) => x / n),
            originalImaginary,
          ),
        ).toBeLessThan(1e-12);
      }),
    );
  });

  it('has exact roots at the quarters: a unit impulse gives 1, -i, -1, i', () => {
    const real = Float64Array.of(0, 1, 0, 0);
    const imaginary = new Float64Array(4);
    new FftPlan(4).transform(real, imaginary, 1);
    expect([...real]).toEqual([1, 0, -1, 0]);
    expect([...imaginary].map((x) => x + 0)).toEqual([0, -1, 0, 1]);
  });
});

describe('fft3d', () => {
  it('turns a plane wave into one peak, on a box with three different lengths', () => {
    const [ni, nj, nk] = [12, 7, 10];
    const real = new Float64Array(ni * nj * nk);
    const imaginary = new Float64Array(ni * nj * nk);
    for (let k = 0, at = 0; k < nk; k++) {
      for (let j = 0; j < nj; j++) {
        for (let i = 0; i < ni; i++, at++) {
          const angle = 2 * Math.PI * ((5 * i) / ni + (2 * j) / nj + (9 * k) / nk);
          real[at] = Math.cos(angle);
          imaginary[at] = Math.sin(angle);
        }
      }
    }
    fft3d(real, imaginary, [ni, nj, nk]);
    const peak = 5 + ni * (2 + nj * 9);
    real.forEach((x, at) => expect(x).toBeCloseTo(at === peak ? ni * nj * nk : 0, 9));
    imaginary.forEach((x) => expect(x).toBeCloseTo(0, 9));
  });

  it('convolves: the product of two transforms is the transform of the circular convolution', () => {
    const n: [number, number, number] = [4, 5, 3];
    const size = 60;
    const a = normals(size, 1);
    const b = normals(size, 2);
    const slow = new Float64Array(size);
    const index = (i: number, j: number, k: number) => (i % 4) + 4 * ((j % 5) + 5 * (k % 3));
    for (let x = 0; x < size; x++) {
      for (let y = 0; y < size; y++) {
        const at = index((x % 4) + (y % 4), (Math.floor(x / 4) % 5) + (Math.floor(y / 4) % 5), Math.floor(x / 20) + Math.floor(y / 20));
        slow[at]! += a[x]! * b[y]!;
      }
    }
    const [ai, bi] = [new Float64Array(size), new Float64Array(size)];
    fft3d(a, ai, n);
    fft3d(b, bi, n);
    const re = a.map((x, f) => x * b[f]! - ai[f]! * bi[f]!);
    const im = a.map((x, f) => x * bi[f]! + ai[f]! * b[f]!);
    fft3d(re, im, n, true);
    expect(
      largestGap(
        re.map((x) => x / size),
        slow,
      ),
    ).toBeLessThan(1e-12);
  });
});
