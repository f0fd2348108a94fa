import { isAppError } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { waveletSubbands } from './separable-wavelet.js';
import { filterCodes, filterSettingsSchema, parseFilterSettings } from './settings.js';
import { analysisPair, waveletNames } from './wavelets.js';

function refusal(input: unknown): string {
  try {
    parseFilterSettings(input);
  } catch (error) {
    if (isAppError(error, 'RADIOMICS.BAD_FILTER')) return String(error.params.path);
    throw error;
  }
  return 'accepted';
}

describe('filter settings', () => {
  it('write every default out', () => {
    expect(parseFilterSettings({ name: 'mean', supportVoxels: 5 })).toEqual({
      name: 'mean',
      dimensions: '3D',
      supportVoxels: 5,
      boundary: 'mirror',
    });
    expect(parseFilterSettings({ name: 'laplacianOfGaussian', sigmaMm: 3 })).toEqual({
      name: 'laplacianOfGaussian',
      dimensions: '3D',
      sigmaMm: 3,
      truncationSigma: 4,
      rieszOrder: null,
      boundary: 'mirror',
    });
    expect(parseFilterSettings({ name: 'gabor', sigmaMm: 5, wavelengthMm: 2, aspectRatio: 1.5 })).toEqual({
      name: 'gabor',
      dimensions: '3D',
      sigmaMm: 5,
      wavelengthMm: 2,
      aspectRatio: 1.5,
      orientationDegrees: 0,
      orientationStepDegrees: null,
      pooling: 'average',
      response: 'modulus',
      boundary: 'mirror',
    });
    expect(parseFilterSettings({ name: 'simoncelli' })).toEqual({
      name: 'simoncelli',
      dimensions: '3D',
      level: 1,
      rieszOrder: null,
      boundary: 'periodic',
    });
    const full = parseFilterSettings({ name: 'laws', kernels: 'L5E5' });
    expect(parseFilterSettings(full)).toEqual(full);
  });

  it('refuse what is unknown, missing or out of range, and say where', () => {
    expect(refusal({ name: 'mean', supportVoxels: 4 })).toBe('supportVoxels');
    expect(refusal({ name: 'mean' })).toBe('supportVoxels');
    expect(refusal({ name: 'mean', supportVoxels: 3, suport: 5 })).toBe('/');
    expect(refusal({ name: 'median' })).toBe('name');
    expect(refusal({ name: 'laplacianOfGaussian', sigmaMm: 0 })).toBe('sigmaMm');
    expect(refusal({ name: 'laplacianOfGaussian', sigmaMm: 1, rieszOrder: [1, 0] })).toBe('rieszOrder');
    expect(refusal({ name: 'laplacianOfGaussian', sigmaMm: 1, rieszOrder: [0, 0, 0] })).toBe('rieszOrder');
    expect(refusal({ name: 'laplacianOfGaussian', sigmaMm: 1, rieszOrder: [1, 0], dimensions: '2D' })).toBe('accepted');
    expect(refusal({ name: 'laws', kernels: 'E5' })).toBe('kernels');
    expect(refusal({ name: 'laws', kernels: 'E5L5S5W5' })).toBe('kernels');
    expect(refusal({ name: 'gabor', sigmaMm: 1, wavelengthMm: 1, aspectRatio: 1, orientationStepDegrees: 50 })).toBe(
      'orientationStepDegrees',
    );
    expect(refusal({ name: 'gabor', sigmaMm: 1, wavelengthMm: 1, aspectRatio: 1, orientationStepDegrees: 22.5 })).toBe('accepted');
    expect(refusal({ name: 'separableWavelet', wavelet: 'db21', subband: 'LL' })).toBe('wavelet');
    expect(refusal({ name: 'separableWavelet', wavelet: 'db2', subband: 'LX' })).toBe('subband');
    expect(refusal({ name: 'simoncelli', boundary: 'mirror' })).toBe('boundary');
    expect(refusal(null)).toBe('/');
  });

  it('have a JSON Schema that names every filter and its code', () => {
    const schema = JSON.stringify(z.toJSONSchema(filterSettingsSchema, { io: 'input' }));
    for (const name of Object.keys(filterCodes)) expect(schema).toContain(`"const":"${name}"`);
    expect(schema).toContain('"additionalProperties":false');
  });
});

describe('wavelets', () => {
  it('are all there, by their names in PyWavelets', () => {
    expect(waveletNames).toHaveLength(1 + 20 + 19 + 6 + 15 + 15);
    expect(waveletNames).toContain('rbio6.8');
  });

  it('have a low-pass filter that keeps a constant (times root 2) and a high-pass filter that removes it', () => {
    for (const name of waveletNames) {
      const { low, high } = analysisPair(name);
      const sum = (taps: readonly number[]) => taps.reduce((total, tap) => total + tap, 0);
      expect([low.length % 2, high.length - low.length]).toEqual([0, 0]);
      // The discrete Meyer wavelet is an approximation, tabulated as such.
      const allowed = name === 'dmey' ? 2e-3 : 1e-10;
      expect(Math.abs(sum(low) - Math.SQRT2), name).toBeLessThan(allowed);
      expect(Math.abs(sum(high)), name).toBeLessThan(allowed);
    }
  });

  it('that are orthogonal have filters of length 1, at right angles to each other and to their even shifts', () => {
    for (const name of waveletNames.filter((other) => !/^(r?bio|rbio|dmey)/.test(other))) {
      const { low, high } = analysisPair(name);
      const product = (a: readonly number[], b: readonly number[], shift: number) =>
        a.reduce((sum, tap, n) => sum + tap * (b[n + shift] ?? 0), 0);
      for (let shift = 0; shift < low.length; shift += 2) {
        const one = shift === 0 ? 1 : 0;
        expect(Math.abs(product(low, low, shift) - one), name).toBeLessThan(1e-9);
        expect(Math.abs(product(high, high, shift) - one), name).toBeLessThan(1e-9);
        expect(Math.abs(product(low, high, shift)), name).toBeLessThan(1e-9);
      }
    }
  });

  it('have sub-bands for every word of two or three letters', () => {
    expect(waveletSubbands('2D')).toEqual(['LL', 'LH', 'HL', 'HH']);
    expect(waveletSubbands('3D')).toEqual(['LLL', 'LLH', 'LHL', 'LHH', 'HLL', 'HLH', 'HHL', 'HHH']);
  });
});
