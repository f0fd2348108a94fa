import type { Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { extract } from '../extract.js';
import { settingsPresets } from '../settings/presets.js';
import { resolveExtractionSettings } from '../settings/resolve.js';

const geometryOf = (dimensions: Triple, originMm: Triple = [0, 0, 0]): Geometry => ({
  dimensions,
  spacingMm: [1, 1, 2],
  originMm,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});
const geometry = geometryOf([8, 7, 6]);
const noise = Int16Array.from({ length: 8 * 7 * 6 }, (_, at) => (at * 73 + (at % 7) * 31) % 211);
const image = (values: Volume['values'] = noise): Volume => ({ geometry, values });
const maskOf = (...places: readonly Triple[]): RoiMask => {
  const voxels = new Uint8Array(8 * 7 * 6);
  for (const [i, j, k] of places) voxels[i + 8 * (j + 7 * k)] = 1;
  return { geometry, voxels };
};
const block = (size: number, start = 1): RoiMask => {
  const range = Array.from({ length: size }, (_, n) => n + start);
  return maskOf(...range.flatMap((i) => range.flatMap((j) => range.map((k): Triple => [i, j, k]))));
};
const run = (volume: Volume, mask: RoiMask, document: object = settingsPresets.pyradiomics) =>
  extract(volume, mask, resolveExtractionSettings(document));
const valuesOf = ({ features }: ReturnType<typeof run>) => new Map(features.map(({ name, value }) => [name, value]));

describe('regions that are no regular lesion', () => {
  it('too small a region is an error that says by what', () => {
    expect(() => run(image(), maskOf([3, 3, 3]))).toThrow('it has a single voxel');
    expect(() => run(image(), maskOf([3, 3, 3], [4, 3, 3]))).toThrow('more than one voxel along 1 axis');
    expect(() => run(image(), block(2), { setting: { minimumROISize: 8 } })).toThrow('it has 8 voxels');
    expect(() => run(image(), block(2), { setting: { resegmentRange: [1e4] } })).toThrow('RADIOMICS.NOTHING_LEFT');
    const one = image(noise.map((_, at) => (at === 1 + 8 * (1 + 7) ? 9 : 0)));
    expect(() => run(one, block(2), { setting: { resegmentRange: [5] } })).toThrow('after re-segmentation: it has a single voxel');
  });

  it('two voxels, one apart from the other: what has no value is listed with its reason', () => {
    const result = run(image(), maskOf([1, 1, 1], [4, 5, 3]));
    expect(result.features.every(({ value }) => Number.isFinite(value))).toBe(true);
    const names = result.undefinedFeatures.map(({ error }) => error.params['feature']);
    // Neither co-occurrence nor runs, and nothing between the percentiles of two intensities.
    expect(names).toHaveLength(24 + 16 + 1);
    expect(names).toContain('original_firstorder_RobustMeanAbsoluteDeviation');
    expect(result.undefinedFeatures.every(({ error }) => error.code === 'RADIOMICS.FEATURE_UNDEFINED')).toBe(true);
    expect(result.undefinedFeatures[0]?.error.message).toContain('has no value for this region');
    // Voxels without neighbors count as tone differences of 0.
    expect(valuesOf(result).get('original_ngtdm_Coarseness')).toBe(1e6);
  });

  it('a flat region has the values that PyRadiomics documents', () => {
    const values = valuesOf(run(image(new Float64Array(noise.length).fill(0.1)), block(3), { setting: { binWidth: 1 } }));
    const expected = { glcm_Correlation: 1, glcm_MCC: 1, glcm_Imc1: 0, glcm_Imc2: 0, firstorder_Skewness: 0, firstorder_Kurtosis: 0 };
    for (const [name, value] of Object.entries(expected)) expect(values.get(`original_${name}`), name).toBeCloseTo(value, 12);
    expect(values.get('original_ngtdm_Coarseness')).toBe(1e6);
    expect(values.get('original_ngtdm_Busyness')).toBe(0);
    // -log2(1 + epsilon), as PyRadiomics has it.
    expect((values.get('original_firstorder_Entropy') as number) / -3.203426503814917e-16).toBeCloseTo(1, 12);
  });

  it('one slice and a region at the border have all features', () => {
    const slice = maskOf(...Array.from({ length: 12 }, (_, n): Triple => [n % 4, Math.floor(n / 4), 0]));
    const result = run(image(), slice);
    expect(result.undefinedFeatures).toEqual([]);
    expect(valuesOf(result).get('original_shape_LeastAxisLength')).toBe(0);
  });

  it('the shape of a slice needs one slice and force2D; otherwise its features are listed', () => {
    const reason = (setting: object, mask: RoiMask) => run(image(), mask, { setting, featureClass: { shape2D: null } }).undefinedFeatures;
    expect(reason({ force2D: true }, block(3))).toHaveLength(9);
    expect(reason({}, block(3))[0]?.error.message).toContain('3 slices and force2D is off');
    const column = maskOf([2, 1, 1], [2, 2, 1], [2, 1, 2], [2, 2, 2]);
    expect(reason({ force2D: true, force2Ddimension: 2 }, column)).toEqual([]);
  });

  it('distances that reach out of the region leave the other classes as they are', () => {
    const { features, undefinedFeatures } = run(image(), block(3), { setting: { distances: [5] } });
    expect(new Set(undefinedFeatures.map(({ error }) => error.params['family']))).toEqual(new Set(['glcm', undefined]));
    expect(features.some(({ family }) => family === 'glrlm')).toBe(true);
  });

  it('a sigma that is too wide for the image is listed by the name of its image', () => {
    const { features, undefinedFeatures } = run(image(), block(3), {
      imageType: { LoG: { sigma: ['1.0', '50.0'] } },
      featureClass: { firstorder: ['Mean'] },
    });
    expect(features.map(({ name }) => name)).toEqual(['log-sigma-1-0-mm-3D_firstorder_Mean']);
    expect(undefinedFeatures.map(({ filter, error }) => [filter, error.code])).toEqual([
      ['log-sigma-50-0-mm-3D', 'RADIOMICS.FILTER_TOO_SMALL'],
    ]);
  });

  it('voxels without finite intensity are errors, never NaN', () => {
    const values = Float32Array.from(noise);
    values[2 + 8 * (2 + 7 * 2)] = NaN;
    expect(() => run(image(values), block(3))).toThrow('RADIOMICS.NOT_FINITE_NEAR_ROI');
    expect(() => run(image(values), block(2, 3), { setting: { normalize: true } })).toThrow('RADIOMICS.NOTHING_TO_NORMALIZE');
    expect(() => run(image(values), block(2, 4), { imageType: { Square: {} } })).toThrow('RADIOMICS.FILTER_NOT_FINITE');
    // Beside the region it does no harm, and no diagnostic is NaN.
    const { diagnostics } = run(image(values), block(2, 4));
    expect(diagnostics.map(({ name }) => name)).not.toContain('diagnostics_Image-original_Mean');
    const constant = image(new Float32Array(noise.length).fill(3));
    expect(() => run(constant, block(3), { setting: { normalize: true } })).toThrow('all its voxels have the same intensity');
  });

  it('a mask on another grid is an error unless it is to be resampled, and then recorded', () => {
    const moved: RoiMask = { geometry: geometryOf([8, 7, 6], [1, 0, 0]), voxels: block(3).voxels };
    expect(() => run(image(), moved)).toThrow('IMAGING.GEOMETRY_DIFFERS');
    const corrected = run(image(), moved, { setting: { correctMask: true } });
    expect(corrected.steps[0]).toEqual({ step: 'maskResampling', method: 'nearest' });
    expect(corrected.diagnostics.map(({ name }) => name)).toContain('diagnostics_Mask-corrected_VoxelNum');
    const same = run(image(), block(3, 1), { featureClass: { shape: ['MeshVolume'] } });
    expect(valuesOf(corrected).get('original_shape_MeshVolume')).toBe(valuesOf(same).get('original_shape_MeshVolume'));
    const away: RoiMask = { geometry: geometryOf([8, 7, 6], [6, 0, 0]), voxels: block(3).voxels };
    expect(() => run(image(), away, { setting: { correctMask: true } })).toThrow('RADIOMICS.REGION_OUTSIDE_IMAGE');
  });
});

describe('diagnostics and steps', () => {
  it('say what came in and what was done, under the names of PyRadiomics', () => {
    const setting = { normalize: true, resampledPixelSpacing: [2, 2, 2], resegmentRange: [-3, 3], resegmentMode: 'sigma', binCount: 8 };
    const result = run(image(), block(4), { setting });
    expect(result.steps.map(({ step }) => step)).toEqual([
      'maskResampling',
      'normalization',
      'interpolation',
      'resegmentation',
      'discretization',
    ]);
    const values = new Map(result.diagnostics.map(({ name, value }) => [name, value]));
    expect(values.get('diagnostics_Image-original_Size')).toEqual([8, 7, 6]);
    expect(values.get('diagnostics_Mask-original_BoundingBox')).toEqual([1, 1, 1, 4, 4, 4]);
    expect(values.get('diagnostics_Mask-original_VoxelNum')).toBe(64);
    expect(values.get('diagnostics_Mask-original_VolumeNum')).toBe(1);
    expect(values.get('diagnostics_Mask-original_CenterOfMassIndex')).toEqual([2.5, 2.5, 2.5]);
    expect(values.has('diagnostics_Mask-interpolated_Mean')).toBe(true);
    expect(values.has('diagnostics_Mask-resegmented_VoxelNum')).toBe(true);
    expect(run(image(), block(4), { setting: { additionalInfo: false } }).diagnostics).toEqual([]);
  });
});
