import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adcMap, fitAdc } from './adc.js';
import { fitIvim } from './ivim.js';

const b = [0, 10, 50, 100, 200, 400, 800];
const decay = (parts: readonly (readonly [number, number])[]) =>
  b.map((value) => parts.reduce((sum, [amplitude, d]) => sum + amplitude * Math.exp(-value * d), 0));

describe('fitAdc', () => {
  it('finds the coefficient of one exponential in 10^-6 mm^2/s, whatever the amplitude', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 4e-3, noNaN: true }), fc.double({ min: 1, max: 1e4, noNaN: true }), (d, amplitude) => {
        const fit = fitAdc(decay([[amplitude, d]]), b);
        expect(Math.abs(fit.adc / (1e6 * d) - 1)).toBeLessThan(1e-9);
        expect(Math.abs(fit.s0 / amplitude - 1)).toBeLessThan(1e-9);
      }),
    );
  });

  it('leaves out signals that have no logarithm, and says so where too few stay', () => {
    expect(fitAdc([100, 50, 0], [0, 1000, 2000]).adc).toBeCloseTo(1000 * Math.log(2), 6);
    expect(fitAdc([100, 0, -3], [0, 1000, 2000]).adc).toBeNaN();
  });

  it('maps each voxel as it fits one, and refuses b-values that cannot carry a fit', () => {
    expect([
      ...adcMap(
        [
          [100, 80],
          [40, 60],
        ],
        [0, 800],
      ),
    ]).toEqual([fitAdc([100, 40], [0, 800]).adc, fitAdc([80, 60], [0, 800]).adc]);
    for (const values of [
      [0, 0],
      [0, -5],
      [0, NaN],
    ])
      expect(() => adcMap([[1], [1]], values)).toThrow(expect.objectContaining({ code: 'IMAGING.BAD_DIFFUSION' }));
  });
});

describe('fitIvim', () => {
  it('finds two exponentials', () => {
    const fit = fitIvim(
      decay([
        [900, 1.1e-3],
        [100, 0.02],
      ]),
      b,
    );
    expect(fit.diffusion).toBeCloseTo(1100, 2);
    expect(fit.pseudoDiffusion).toBeCloseTo(20000, 0);
    expect(fit.perfusionFraction).toBeCloseTo(0.1, 6);
    expect(fit.s0).toBeCloseTo(1000, 2);
  });

  it('sees one exponential where there is one', () => {
    expect(fitIvim(decay([[500, 1e-3]]), b)).toMatchObject({ perfusionFraction: 0, diffusion: expect.closeTo(1000, 6) as number });
  });

  it('refuses three b-values', () => {
    expect(() => fitIvim([3, 2, 1], [0, 100, 800])).toThrow(expect.objectContaining({ code: 'IMAGING.BAD_DIFFUSION' }));
  });
});
