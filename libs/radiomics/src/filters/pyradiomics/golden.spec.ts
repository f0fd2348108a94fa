import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Box, Triple, Volume } from '@cohortium/imaging';
import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { pyradiomicsLog, pyradiomicsLogFits, pyradiomicsLogName, pyradiomicsLogs } from './laplacian.js';
import { pyradiomicsGradient, pyradiomicsPointFilters, pyradiomicsPointwise } from './pointwise.js';
import { pyradiomicsWavelets } from './stationary-wavelet.js';
import type { PyradiomicsWaveletSettings } from './stationary-wavelet.js';

// Written by the libraries that PyRadiomics calls; test/golden/radiomics/pyradiomics_filters.py made it.
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../../test/golden/radiomics/pyradiomics-filters.json'), 'utf8'),
) as {
  readonly size: Triple;
  readonly spacingMm: Triple;
  readonly image: readonly number[];
  readonly log: Readonly<Record<string, readonly number[]>>;
  readonly logOfDoubles: readonly number[];
  readonly wavelets: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  readonly gradient: readonly number[];
  readonly gradientPerVoxel: readonly number[];
  readonly pointwise: Readonly<Record<string, readonly number[]>>;
};

const geometry = {
  dimensions: golden.size,
  spacingMm: golden.spacingMm,
  originMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;
const image: Volume = { geometry, values: Int16Array.from(golden.image) };
const box: Box = { from: [2, 1, 3], to: [5, 6, 7] };

/** Largest difference in units of the largest value. */
function worst(found: Volume, wanted: readonly number[]): number {
  expect(found.values.length).toBe(wanted.length);
  const scale = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, at) => Math.abs((found.values[at] as number) - value))) / scale;
}

/** The values of the box in a whole response. */
function inBox(values: ArrayLike<number>): number[] {
  const [ni, nj] = golden.size;
  const kept: number[] = [];
  for (let k = box.from[2]; k < box.to[2]; k++)
    for (let j = box.from[1]; j < box.to[1]; j++)
      for (let i = box.from[0]; i < box.to[0]; i++) kept.push(values[i + ni * (j + nj * k)] as number);
  return kept;
}

describe('image types of PyRadiomics', () => {
  // SimpleITK stores the magnitude in single precision.
  const single = 1e-7;

  it.each(Object.keys(golden.log))('LoG, sigma %s mm, has the bits of SimpleITK', (sigma) => {
    const wanted = Float32Array.from(golden.log[sigma] as readonly number[]);
    expect([...pyradiomicsLog(image, Number(sigma)).values]).toEqual([...wanted]);
  });

  it('LoG of an image in double precision, as SimpleITK', () => {
    const doubles: Volume = { geometry, values: Float64Array.from(golden.image) };
    expect([...pyradiomicsLog(doubles, 1.7).values]).toEqual([...Float32Array.from(golden.logOfDoubles)]);
  });

  it('LoG of a block has the bits of the whole', () => {
    const block = pyradiomicsLog(image, 1.7, box);
    expect(block.geometry.dimensions).toEqual([3, 5, 4]);
    expect(block.geometry.originMm).toEqual([2 * 0.8, 1.1, 7.5]);
    expect([...block.values]).toEqual(inBox(pyradiomicsLog(image, 1.7).values));
  });

  it('LoG of a block far from the ends of the image does not read them, and has the bits of the whole', () => {
    const dimensions: Triple = [90, 6, 7];
    const random = new SeededRandom(11);
    const values = Float64Array.from({ length: 90 * 6 * 7 }, () => Math.round(1000 * random.normal()));
    const long = { geometry: { ...geometry, dimensions, spacingMm: [1, 1, 1] as const }, values };
    const middle: Box = { from: [44, 1, 2], to: [47, 5, 6] };
    const whole = pyradiomicsLog(long, 1.2).values;
    const wanted: number[] = [];
    for (let k = 2; k < 6; k++)
      for (let j = 1; j < 5; j++) for (let i = 44; i < 47; i++) wanted.push(whole[i + 90 * (j + 6 * k)] as number);
    values[0] = NaN;
    expect([...pyradiomicsLog(long, 1.2, middle).values]).toEqual(wanted);
    expect(() => pyradiomicsLog(long, 1.2)).toThrow(/1 voxel /);
  });

  it('LoG at several scales, of which the widest reads the most, has the bits of each alone, whatever the numbers of voxels and answers', () => {
    const dimensions: Triple = [37, 41, 33];
    const random = new SeededRandom(12);
    const values = Int16Array.from({ length: 37 * 41 * 33 }, () => Math.round(1000 * random.normal()));
    const noise = { geometry: { ...geometry, dimensions, spacingMm: [1, 1.5, 1.2] as const }, values };
    const boxes: readonly Box[] = [
      { from: [17, 20, 16], to: [18, 22, 19] },
      { from: [16, 18, 14], to: [20, 23, 21] },
      { from: [12, 15, 13], to: [25, 24, 18] },
      { from: [5, 19, 15], to: [32, 21, 19] },
      { from: [0, 18, 26], to: [7, 41, 33] },
    ];
    for (const part of boxes)
      for (const sigmas of [
        [0.4, 0.7, 2],
        [1.1, 0.5],
      ]) {
        const together = [...pyradiomicsLogs(noise, sigmas, part)].map((response) => [...response.values]);
        expect(together).toEqual(sigmas.map((sigma) => [...pyradiomicsLog(noise, sigma, part).values]));
        const whole = pyradiomicsLog(noise, sigmas[0] as number).values;
        const wanted: number[] = [];
        for (let k = part.from[2]; k < part.to[2]; k++)
          for (let j = part.from[1]; j < part.to[1]; j++)
            for (let i = part.from[0]; i < part.to[0]; i++) wanted.push(whole[i + 37 * (j + 41 * k)] as number);
        // The whole runs the recursion, the block sums; both round to single precision after each pass.
        const scale = Math.max(...wanted.map(Math.abs));
        wanted.forEach((value, at) => expect(Math.abs((together[0]?.[at] as number) - value)).toBeLessThan(4e-7 * scale));
      }
  });

  it('LoG needs four voxels along every axis, as ITK does', () => {
    const thin = { geometry: { ...geometry, dimensions: [5, 5, 3] as const }, values: new Float64Array(75) };
    expect(() => pyradiomicsLog(thin, 1)).toThrow(/3 voxels along axis k/);
    expect(
      [1, 2].map((sigma) =>
        pyradiomicsLogFits(
          { ...thin, geometry: { ...thin.geometry, dimensions: [5, 5, 5] as const, spacingMm: [0.4, 1, 1] as const } },
          sigma,
        ),
      ),
    ).toEqual([true, false]);
    expect(pyradiomicsLogName('1.0')).toBe('log-sigma-1-0-mm-3D');
  });

  const settings: Readonly<Record<string, PyradiomicsWaveletSettings>> = {
    coif1: {},
    'db2-level2-start1': { wavelet: 'db2', level: 2, startLevel: 1 },
    'rbio2.2-slices': { wavelet: 'rbio2.2', sliceAxis: 2 },
    dmey: { wavelet: 'dmey' },
  };

  it.each(Object.keys(golden.wavelets))('wavelet sub-bands %s, as PyWavelets', (name) => {
    const wanted = golden.wavelets[name] as Readonly<Record<string, readonly number[]>>;
    const found = new Map(pyradiomicsWavelets(image, settings[name]).map((band) => [band.name, band.image]));
    if (name !== 'dmey') expect([...found.keys()]).toEqual(Object.keys(wanted));
    // Ten digits are written.
    for (const [band, values] of Object.entries(wanted)) expect(worst(found.get(band) as Volume, values)).toBeLessThan(1e-9);
  });

  it('wavelet sub-bands of a block are those of the whole', () => {
    const whole = pyradiomicsWavelets(image);
    pyradiomicsWavelets(image, {}, box).forEach((band, n) => {
      expect(band.name).toBe(whole[n]?.name);
      inBox((whole[n] as { image: Volume }).image.values).forEach((value, at) => expect(band.image.values[at]).toBeCloseTo(value, 9));
    });
  });

  it('gradient magnitude, as SimpleITK', () => {
    expect(worst(pyradiomicsGradient(image), golden.gradient)).toBeLessThan(single);
    expect(worst(pyradiomicsGradient(image, false), golden.gradientPerVoxel)).toBeLessThan(single);
    expect(inBox(pyradiomicsGradient(image).values)).toEqual([...pyradiomicsGradient(image, true, box).values]);
  });

  it.each(pyradiomicsPointFilters)('%s', (name) => {
    const whole = pyradiomicsPointwise(image, name);
    expect(worst(whole, golden.pointwise[name] as readonly number[])).toBeLessThan(1e-9);
    // The scale is that of the whole image.
    expect([...pyradiomicsPointwise(image, name, box).values]).toEqual(inBox(whole.values));
  });
});
