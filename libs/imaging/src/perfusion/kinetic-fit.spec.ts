import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parkerAif, plasmaFromBlood } from './arterial-input.js';
import { convolveExponential } from './exponential-convolution.js';
import { fitStates, KineticFit } from './kinetic-fit.js';
import { kineticTable } from './kinetic-table.js';

const minutes = Float64Array.from({ length: 40 }, (_, i) => i * 0.15);
const plasmaMm = plasmaFromBlood(parkerAif(minutes.map((t) => t - 0.3)));
const table = kineticTable(minutes, { minutes, plasmaMm });

/** The curve of given parameters, from the exact convolution. */
function curve(ktrans: number, kep: number, vp: number): Float64Array {
  const response = new Float64Array(minutes.length);
  convolveExponential(minutes, plasmaMm, kep, response);
  return response.map((b, t) => ktrans * b + vp * (plasmaMm[t] as number));
}

/** Slow twin: the sum of squares at a kep, Ktrans and vp solved from the exact response. */
function residual(concentration: Float64Array, kep: number, extended: boolean): number {
  const response = new Float64Array(minutes.length);
  convolveExponential(minutes, plasmaMm, kep, response);
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, value, t) => sum + value * (b[t] as number), 0);
  const [n, p, q] = [dot(response, response), dot(response, plasmaMm), dot(plasmaMm, plasmaMm)];
  const [d, e] = [dot(response, concentration), dot(plasmaMm, concentration)];
  const candidates = [
    [Math.max(0, d / n), 0],
    ...(extended
      ? [
          [0, Math.max(0, e / q)],
          [(d * q - e * p) / (n * q - p * p), (e * n - d * p) / (n * q - p * p)],
        ]
      : []),
  ].filter(([k, v]) => (k as number) >= 0 && (v as number) >= 0);
  return Math.min(
    ...candidates.map(([k, v]) =>
      concentration.reduce(
        (sum, c, t) => sum + (c - (k as number) * (response[t] as number) - (v as number) * (plasmaMm[t] as number)) ** 2,
        0,
      ),
    ),
  );
}

describe('KineticFit', () => {
  it('finds the parameters of a curve without noise', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        (ktrans, ve, vp) => {
          const fit = new KineticFit(table, true).fit(curve(ktrans, ktrans / ve, vp));
          // At fast washout the response nears the shape of the input, and the two terms can hardly be told apart: over 20,000 curves the
          // largest difference was 3.3e-7 up to 16 per minute, 1.0e-5 beyond.
          const tolerance = ktrans / ve < 16 ? 1e-6 : 1e-4;
          expect(fit.state).toBe(fitStates.ok);
          expect(Math.abs(fit.ktransPerMin / ktrans - 1)).toBeLessThan(tolerance);
          expect(Math.abs(fit.ve / ve - 1)).toBeLessThan(tolerance);
          expect(Math.abs(fit.vp - vp)).toBeLessThan(tolerance);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([false, true])('leaves no more than the best of 4,000 rates does, with noise (extended %s)', (extended) => {
    const random = new SeededRandom(20261128);
    const fit = new KineticFit(table, extended);
    for (let n = 0; n < 12; n++) {
      const noisy = curve(0.05 + random.uniform(), 0.1 + 3 * random.uniform(), extended ? 0.1 * random.uniform() : 0).map(
        (c) => c + 0.4 * (random.uniform() - 0.5),
      );
      let least = Infinity;
      for (let g = 0; g < 4000; g++) least = Math.min(least, residual(noisy, 1e-4 * 1e6 ** (g / 3999), extended));
      const found = fit.fit(noisy);
      expect(found.rmsMm ** 2 * minutes.length).toBeLessThanOrEqual(least * (1 + 1e-6));
    }
  });

  it('scales: twice the concentration is twice Ktrans and the same kep', () => {
    const fit = new KineticFit(table, false);
    const one = { ...fit.fit(curve(0.2, 0.7, 0.03)) };
    const two = { ...fit.fit(curve(0.4, 0.7, 0.06)) };
    expect(two.ktransPerMin / one.ktransPerMin).toBeCloseTo(2, 12);
    expect(two.kepPerMin).toBeCloseTo(one.kepPerMin, 10);
  });

  it.each([
    ['no uptake', new Float64Array(40).fill(-0.1), fitStates.noUptake],
    ['a signal without concentration', new Float64Array(40).fill(NaN), fitStates.notFinite],
    ['washout beyond the range', plasmaMm, fitStates.atBound],
  ])('says of %s that it is no fit', (_, concentration, state) => {
    expect(new KineticFit(table, false).fit(concentration).state).toBe(state);
  });
});

describe('kineticTable', () => {
  it('lets an input that begins with a jump begin there, and not at the image before', () => {
    const images = [0, 1, 2, 3, 4];
    const input = { minutes: [1.5, 10], plasmaMm: [1, 1] };
    const { response, from, step, times } = kineticTable(images, input);
    const row = 100;
    const k = Math.exp(from + row * step);
    images.forEach((t, at) => expect(response[row * times + at]).toBeCloseTo(t < 1.5 ? 0 : (1 - Math.exp(-k * (t - 1.5))) / k, 7));
  });

  it.each([
    [
      [0, 1, 1],
      [0, 1, 2],
    ],
    [[0], [1]],
    [[0, 1], [1]],
  ])('refuses times %j with input %j', (times, input) => {
    expect(() => kineticTable(times, { minutes: times, plasmaMm: input })).toThrow(
      expect.objectContaining({ code: 'IMAGING.BAD_PERFUSION' }),
    );
  });
});
