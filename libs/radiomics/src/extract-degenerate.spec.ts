import type { Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { extract } from './extract.js';
import { resolveSettings } from './settings/resolve.js';

/** Regions that are no regular lesion, from image to features: a value, or an error that says what is wrong, never a number out of nothing. */
type Place = (i: number, j: number, k: number) => number;

const noise: Place = (i, j, k) => ((i * 73 + j * 179 + k * 283 + i * j * 7 + j * k * 11) % 211) - 80;
const ball: Place = (i, j, k) => ((i - 8) ** 2 + (j - 7) ** 2 + (k - 6) ** 2 <= 16 ? 1 : 0);

function region(inside: Place, intensity: Place = noise, dimensions: Triple = [16, 14, 12], spacingMm: Triple = [1, 1, 1]) {
  const geometry: Geometry = { dimensions, spacingMm, originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  const [ni, nj, nk] = dimensions;
  const at = (place: Place) =>
    Array.from({ length: ni * nj * nk }, (_, v) => place(v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))));
  const image: Volume = { geometry, values: Float64Array.from(at(intensity)) };
  const mask: RoiMask = { geometry, voxels: Uint8Array.from(at(inside)) };
  return { image, mask };
}

const filters = [
  { name: 'laplacianOfGaussian', sigmaMm: 1.5 },
  { name: 'separableWavelet', wavelet: 'coif1', subband: 'LLH', rotationInvariance: 'average' },
  { name: 'mean', supportVoxels: 3 },
].map((filter) => ({ filter }));
const settings = {
  '3D': resolveSettings({ filters }),
  '2D': resolveSettings({ approach: '2D' }),
  interpolated: resolveSettings({
    interpolation: { spacingMm: [0.9, 0.9, 0.9], method: 'tricubicSpline' },
    resegmentation: { outlierSigma: 3 },
  }),
};

/** How many features a regular lesion has. */
const counted = new Map<string, number>();
function featureCount(name: keyof typeof settings): number {
  const lesion = region(ball);
  const count = counted.get(name) ?? extract(lesion.image, lesion.mask, settings[name]).features.length;
  counted.set(name, count);
  return count;
}

/** Features by code; every value is finite and every feature is there or told. */
function extracted({ image, mask }: ReturnType<typeof region>, name: keyof typeof settings) {
  const { features, undefinedFeatures } = extract(image, mask, settings[name]);
  expect(features.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
  expect(features.length + undefinedFeatures.length).toBe(featureCount(name));
  return {
    features,
    undefinedFeatures,
    value: (code: string) => features.find(({ ibsiCode, filter }) => ibsiCode === code && filter === null)?.value,
  };
}

describe('regions that are no regular lesion', () => {
  const one: Place = (i, j, k) => (i === 5 && j === 5 && k === 5 ? 1 : 0);
  const regions: Readonly<Record<string, ReturnType<typeof region>>> = {
    'one voxel': region(one),
    'two voxels apart': region((i, j, k) => ((i === 5 || i === 12) && j === 5 && k === 5 ? 1 : 0)),
    'a line': region((i, j, k) => (i > 3 && i < 9 && j === 5 && k === 5 ? 1 : 0)),
    'a plane': region((i, j, k) => (i > 3 && i < 9 && j > 3 && j < 9 && k === 5 ? 1 : 0)),
    'the whole image': region(() => 1),
    'a corner of the image': region((i, j, k) => (i < 4 && j < 4 && k < 4 ? 1 : 0)),
    'one gray level': region(ball, () => 42),
    zeros: region(ball, () => 0),
    'a single slice': region((i, j) => ((i - 8) ** 2 + (j - 7) ** 2 <= 16 ? 1 : 0), noise, [16, 14, 1], [1, 1, 3]),
    'voxels of 10 : 1': region(ball, noise, [16, 14, 12], [0.5, 0.5, 5]),
  };

  for (const [name, made] of Object.entries(regions))
    it(`${name}: values that are numbers, and an error for each feature without one`, () => {
      for (const approach of ['3D', '2D'] as const) extracted(made, approach);
      // A voxel of the size of the grid and less covers no new voxel by half only where it lies badly.
      if (name !== 'one voxel' && name !== 'two voxels apart') extracted(made, 'interpolated');
    });

  it('one gray level, one voxel: the values that the standard gives', () => {
    const flat = extracted(
      region(ball, () => 42),
      '3D',
    );
    expect([flat.value('Q4LE'), flat.value('ECT3'), flat.value('TU9B'), flat.value('8ZQL')]).toEqual([42, 0, 0, 1]);
    const single = extracted(region(one), '3D');
    expect([single.value('YEKZ'), single.value('Q4LE'), single.value('TDIC')]).toEqual([1, noise(5, 5, 5), undefined]);
    expect(single.undefinedFeatures.map(({ error }) => error.code)).toEqual(
      single.undefinedFeatures.map(() => 'RADIOMICS.FEATURE_UNDEFINED'),
    );
  });

  it('voxels of 10 : 1: shape is measured in millimeters', () => {
    // 3 x 3 x 3 voxels of 0.5 x 0.5 x 5 mm.
    const box = extracted(
      region((i, j, k) => (i > 5 && i < 9 && j > 5 && j < 9 && k > 5 && k < 9 ? 1 : 0), noise, [16, 14, 12], [0.5, 0.5, 5]),
      '3D',
    );
    expect(box.value('YEKZ')).toBeCloseTo(27 * 1.25, 12);
    // The farthest vertices of the mesh lie half a voxel beyond the centers of opposite faces and edges.
    expect(box.value('L0JK')).toBeCloseTo(Math.hypot(1, 1, 15), 12);
    // Principal axes: 4 sqrt of the sample variance of three layers of nine voxels.
    expect(box.value('TDIC')).toBeCloseTo(4 * Math.sqrt((18 * 25) / 26), 12);
    expect(box.value('7J51')).toBeCloseTo(4 * Math.sqrt((18 * 0.25) / 26), 12);
  });

  it('voxels that are no numbers: an error inside the region, and outside where a filter or a spline reads them', () => {
    const broken = (place: Place, value: number) => region(ball, (i, j, k) => (place(i, j, k) ? value : noise(i, j, k)));
    for (const value of [NaN, Infinity, -Infinity]) {
      const inside = broken((i, j, k) => (i === 8 && j === 7 && k === 6 ? 1 : 0), value);
      const outside = broken((i, j, k) => (i === 0 && j === 0 && k === 0 ? 1 : 0), value);
      for (const name of ['3D', '2D', 'interpolated'] as const)
        expect(() => extract(inside.image, inside.mask, settings[name])).toThrow('RADIOMICS.NOT_FINITE_NEAR_ROI');
      expect(extracted(outside, '2D').features.length).toBeGreaterThan(300);
      expect(() => extract(outside.image, outside.mask, settings['3D'])).toThrow('RADIOMICS.FILTER_NOT_FINITE');
      expect(() => extract(outside.image, outside.mask, settings.interpolated)).toThrow('RADIOMICS.NOT_FINITE_NEAR_ROI');
    }
  });

  it('no voxel at all, or none that interpolation or re-segmentation leaves: an error', () => {
    const empty = region(() => 0);
    expect(() => extract(empty.image, empty.mask, settings['3D'])).toThrow('RADIOMICS.NOTHING_LEFT');
    const single = region(one);
    const coarse = resolveSettings({ interpolation: { spacingMm: [3, 3, 3] } });
    expect(() => extract(single.image, single.mask, coarse)).toThrow('RADIOMICS.NOTHING_LEFT');
    const outOfRange = resolveSettings({ intensityUnits: 'calibrated', resegmentation: { range: [1000, 2000] } });
    expect(() => extract(single.image, single.mask, outOfRange)).toThrow('RADIOMICS.NOTHING_LEFT');
  });
});
