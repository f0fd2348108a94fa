import { copyBlock } from '@cohortium/imaging';
import type { Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extract } from './extract.js';
import { applyFilter } from './filters/apply.js';
import { parseFilterSettings } from './filters/settings.js';
import { gridSource, rememberingSource } from './processing/grid-source.js';
import { resolveSettings } from './settings/resolve.js';

const geometry = (dimensions: Triple, spacingMm: Triple = [1, 1, 1]): Geometry => ({
  dimensions,
  spacingMm,
  originMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});
const grid = geometry([16, 15, 12], [1, 1, 2]);
const place = (at: number, [ni, nj]: Triple) => [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))] as const;
const filled = (value: (i: number, j: number, k: number) => number, at: Geometry = grid) =>
  Float64Array.from({ length: at.dimensions.reduce((a, b) => a * b) }, (_, index) => value(...place(index, at.dimensions)));
const noise = (i: number, j: number, k: number) => ((i * 73 + j * 179 + k * 283 + i * j * 7 + j * k * 11) % 211) - 80;
const ball = (i: number, j: number, k: number) => (i - 9) ** 2 + (j - 8) ** 2 + (2 * (k - 5)) ** 2 < 20;
const image: Volume = { geometry: grid, values: filled(noise) };
const mask: RoiMask = { geometry: grid, voxels: Uint8Array.from(filled((...at) => (ball(...at) ? 1 : 0))) };
const pick = (extraction: ReturnType<typeof extract>, ibsiCode: string, filter: string | null = null) =>
  extraction.features.filter((feature) => feature.ibsiCode === ibsiCode && feature.filter === filter).map(({ value }) => value);

describe('extract', () => {
  it('records settings, what came in, and every step', () => {
    const result = extract(image, mask, resolveSettings({ interpolation: { spacingMm: [1, 1, 1] }, families: ['intensityStatistics'] }));
    expect(result.settingsHash).toMatch(/^[0-9a-f]{64}$/);
    expect(result.image).toEqual({ dimensions: [16, 15, 12], spacingMm: [1, 1, 2] });
    expect(result.mask.voxels).toBe(mask.voxels.reduce((sum, voxel) => sum + voxel, 0));
    expect(result.steps.map(({ step }) => step)).toEqual([
      'maskResampling',
      'interpolation',
      'rounding',
      'resegmentation',
      'discretization',
    ]);
    expect(result.features).toHaveLength(18);
  });

  it('computes all 174 features, texture under each aggregation of the approach', () => {
    const features = (approach: '2D' | '3D') => extract(image, mask, resolveSettings({ approach })).features;
    // 79 without aggregation; 41 under each directional one and 54 under each other one.
    expect(features('3D')).toHaveLength(79 + 41 * 2 + 54);
    expect(features('2D')).toHaveLength(79 + 41 * 4 + 54 * 2);
  });

  it('a constant image stays constant through interpolation and filters: rounding errors are no texture', () => {
    const constant: Volume = { geometry: grid, values: filled(() => 42) };
    const filters = [
      { name: 'laplacianOfGaussian', sigmaMm: 1.5 },
      { name: 'gabor', sigmaMm: 2, wavelengthMm: 2, aspectRatio: 1, orientationStepDegrees: 45 },
      { name: 'laws', kernels: 'L5S5E5', rotationInvariance: 'max' },
      { name: 'separableWavelet', wavelet: 'coif1', subband: 'LLH', rotationInvariance: 'average' },
      { name: 'simoncelli' },
    ].map((filter) => ({ filter }));
    for (const method of ['trilinear', 'tricubicSpline', 'tricubicConvolution']) {
      const result = extract(constant, mask, resolveSettings({ interpolation: { spacingMm: [1.1, 0.9, 1.3], method }, filters }));
      for (const name of [null, ...result.settings.filters.map(({ id }) => id)]) {
        // Range and joint entropy are 0, correlation has no value.
        expect([name, ...pick(result, '2OJQ', name), ...pick(result, 'TU9B', name), ...pick(result, 'NI2N', name)]).toEqual([
          name,
          0,
          0,
          0,
        ]);
      }
      expect(pick(result, 'Q4LE')).toEqual([42]);
    }
  });

  it('a filter response has the statistics of the filtered whole image inside the region', () => {
    const filters = [
      { name: 'mean', supportVoxels: 3 },
      { name: 'laplacianOfGaussian', sigmaMm: 1.5 },
      { name: 'separableWavelet', wavelet: 'db2', subband: 'LHL', rotationInvariance: 'average' },
      { name: 'simoncelli' },
    ];
    const families = ['intensityStatistics'];
    const result = extract(image, mask, resolveSettings({ families, filters: filters.map((filter) => ({ filter, families })) }));
    for (const { id, filter } of result.settings.filters) {
      const response = applyFilter(image, parseFilterSettings(filter)).values;
      const inside = [...response].filter((_, at) => mask.voxels[at] === 1);
      const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
      expect(Math.abs((pick(result, 'Q4LE', id)[0] as number) - mean)).toBeLessThan(1e-9);
      expect(pick(result, '84IY', id)[0]).toBeCloseTo(Math.max(...inside), 9);
    }
  });

  it('filters see the interpolated, rounded image, and keep the intensity mask of the unfiltered one', () => {
    const settings = resolveSettings({
      intensityUnits: 'calibrated',
      interpolation: { spacingMm: [1, 1, 1], intensityRounding: 'nearestInteger' },
      resegmentation: { range: [0, null] },
      families: ['intensityStatistics'],
      filters: [{ filter: { name: 'mean', supportVoxels: 1 }, families: ['intensityStatistics', 'localIntensity', 'glcm'] }],
    });
    const result = extract(image, mask, settings);
    for (const { ibsiCode, value } of result.features.filter(({ filter }) => filter === null))
      expect(pick(result, ibsiCode ?? 'none', 'mean-1')).toEqual([value]);
    const unfiltered = extract(image, mask, resolveSettings({ ...settings, filters: [], families: ['localIntensity', 'glcm'] }));
    for (const code of ['VJGA', '0F91']) expect(pick(result, code, 'mean-1')).toEqual(pick(unfiltered, code));
    expect(result.features.some(({ filter, family }) => filter !== null && family === 'morphology')).toBe(false);
  });

  it('neighborhood families may have distances of their own', () => {
    const at = (ngtdmDistance: number, ngldmDistance: number) =>
      extract(image, mask, resolveSettings({ families: ['ngtdm', 'ngldm'], texture: { ngtdmDistance, ngldmDistance } }));
    const [both, apart, other] = [at(2, 2), at(2, 1), at(1, 1)];
    expect(apart.features).toHaveLength(22);
    expect(pick(apart, 'QCDE')).toEqual(pick(both, 'QCDE'));
    expect(pick(apart, 'SODN')).toEqual(pick(other, 'SODN'));
    expect(pick(apart, 'SODN')).not.toEqual(pick(both, 'SODN'));
  });

  it('is not changed by where the region lies, nor by flipping image and region together', () => {
    const settings = resolveSettings({});
    const flipped = (values: ArrayLike<number>) => filled((i, j, k) => values[15 - i + 16 * (j + 15 * k)] as number);
    const there = extract(image, mask, settings);
    const back = extract(
      { geometry: grid, values: flipped(image.values) },
      { geometry: grid, voxels: Uint8Array.from(flipped(mask.voxels)) },
      settings,
    );
    there.features.forEach(({ value, name }, at) => {
      const other = back.features[at]?.value as number;
      expect([name, Math.abs(value - other) <= 1e-6 * Math.max(1, Math.abs(value))]).toEqual([name, true]);
    });
    const larger = geometry([20, 18, 15], [1, 1, 2]);
    const inside = (values: ArrayLike<number>) => (i: number, j: number, k: number) =>
      i >= 3 && j >= 2 && k >= 1 && i < 19 && j < 17 && k < 13 ? (values[i - 3 + 16 * (j - 2 + 15 * (k - 1))] as number) : 0;
    const moved = extract(
      { geometry: larger, values: filled(inside(image.values), larger) },
      { geometry: larger, voxels: Uint8Array.from(filled(inside(mask.voxels), larger)) },
      resolveSettings({ families: settings.families.filter((family) => family !== 'localIntensity') }),
    );
    moved.features.forEach((feature) => {
      const same = there.features.find(
        ({ ibsiCode, aggregation, name }) => ibsiCode === feature.ibsiCode && aggregation === feature.aggregation && name === feature.name,
      );
      expect([feature.name, Math.abs(feature.value - (same?.value as number)) <= 1e-9 * Math.max(1, Math.abs(feature.value))]).toEqual([
        feature.name,
        true,
      ]);
    });
  });

  it('never gives a number that is none: one voxel, one level, thin voxels, a region at the border', () => {
    const single = Uint8Array.from(mask.voxels, (_, at) => (at === 0 ? 1 : 0));
    const everywhere = new Uint8Array(mask.voxels.length).fill(1);
    const thin = geometry([16, 15, 12], [0.5, 0.5, 5]);
    const flat: Volume = { geometry: grid, values: new Int16Array(mask.voxels.length).fill(7) };
    const cases: readonly (readonly [Volume, RoiMask])[] = [
      [image, { geometry: grid, voxels: single }],
      [flat, mask],
      [flat, { geometry: grid, voxels: single }],
      [image, { geometry: grid, voxels: everywhere }],
      [
        { geometry: thin, values: image.values },
        { geometry: thin, voxels: mask.voxels },
      ],
    ];
    const counts = cases.map(([volume, region]) => {
      const { features, undefinedFeatures } = extract(volume, region, resolveSettings({}));
      expect(features.every(({ value }) => Number.isFinite(value))).toBe(true);
      expect(features.length + undefinedFeatures.length).toBe(215);
      expect(undefinedFeatures.every(({ error }) => error.code === 'RADIOMICS.FEATURE_UNDEFINED')).toBe(true);
      return undefinedFeatures.length;
    });
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[3]).toBe(0);
  });
});

describe('rememberingSource', () => {
  it('reads what the source reads, whatever was read before', () => {
    const source = gridSource(
      image,
      resolveSettings({ interpolation: { spacingMm: [1.5, 1.5, 1.5], method: 'tricubicSpline' } }).interpolation,
    );
    const whole = source.read({ from: [0, 0, 0], to: source.dimensions });
    const coordinate = (axis: 0 | 1 | 2) =>
      fc
        .tuple(fc.nat(source.dimensions[axis] - 1), fc.nat(source.dimensions[axis] - 1))
        .map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const);
    const boxes = fc.array(fc.tuple(coordinate(0), coordinate(1), coordinate(2)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(boxes, (asked) => {
        const remembering = rememberingSource(source);
        for (const [i, j, k] of asked) {
          const box = { from: [i[0], j[0], k[0]], to: [i[1], j[1], k[1]] } as const;
          const expected = copyBlock({ dimensions: source.dimensions, values: whole }, box);
          remembering.read(box).forEach((value, at) => expect(Math.abs(value - (expected[at] as number))).toBeLessThan(1e-9));
        }
      }),
      { numRuns: 20 },
    );
  });
});
