import { describe, expect, it } from 'vitest';
import { isParameterFile, resolveExtractionSettings, settingsHash } from '../settings/resolve.js';
import { settingsPresets } from '../settings/presets.js';
import { pyradiomicsClassNames, pyradiomicsFeatureNames } from './feature-classes.js';
import { pyradiomicsDefaults } from './parameters.schema.js';
import type { PyradiomicsSettings } from './parameters.schema.js';

const resolve = (document: unknown) => resolveExtractionSettings(document) as PyradiomicsSettings;

describe('PyRadiomics parameter files', () => {
  it('are told from our own settings by their keys', () => {
    for (const key of ['setting', 'imageType', 'featureClass', 'voxelSetting']) expect(isParameterFile({ [key]: {} })).toBe(true);
    expect([{}, { approach: '3D' }, { profile: 'ibsi', setting: {} }, null, 'setting'].map(isParameterFile)).toEqual(Array(5).fill(false));
  });

  it('have every default written out, an image and all classes where they name none', () => {
    const settings = resolve({ setting: {} });
    expect(settings).toMatchObject({ profile: 'pyradiomics', setting: pyradiomicsDefaults, imageType: { Original: {} }, voxelSetting: {} });
    expect(Object.keys(settings.featureClass)).toEqual(pyradiomicsClassNames);
    expect(resolve({ featureClass: { glcm: null, firstorder: [], shape: ['MeshVolume', 'Compactness1'] } }).featureClass).toEqual({
      shape: ['MeshVolume', 'Compactness1'],
      firstorder: pyradiomicsFeatureNames('firstorder', false),
      glcm: pyradiomicsFeatureNames('glcm', false),
    });
  });

  it('the preset is PyRadiomics without a file: no shape of slices, nothing deprecated', () => {
    const { featureClass } = resolve(settingsPresets.pyradiomics);
    expect(Object.values(featureClass).flat()).toHaveLength(107);
    expect(featureClass).not.toHaveProperty('shape2D');
  });

  it('every key of the reference schema is taken', () => {
    const setting = {
      ...{ minimumROIDimensions: 1, minimumROISize: 10, geometryTolerance: 1e-4, correctMask: true, additionalInfo: false, label: 2 },
      ...{ label_channel: 1, binWidth: 5.5, binCount: 16, normalize: true, normalizeScale: 100, removeOutliers: 3 },
      ...{ resampledPixelSpacing: [1, 1, 0], interpolator: 'sitkLinear', padDistance: 10, distances: [1, 2], force2D: true },
      ...{ force2Ddimension: 1, resegmentRange: [-3, 3], resegmentMode: 'sigma', resegmentShape: true, preCrop: true },
      ...{ sigma: ['2.0'], start_level: 1, level: 2, wavelet: 'db4', gradientUseSpacing: false, lbp2DRadius: 2, lbp2DSamples: 12 },
      ...{ lbp2DMethod: 'var', lbp3DLevels: 3, lbp3DIcosphereRadius: 2, lbp3DIcosphereSubdivision: 2, voxelArrayShift: 300 },
      ...{ symmetricalGLCM: false, weightingNorm: 'euclidean', gldm_a: 1 },
    };
    expect(Object.keys(setting).sort()).toEqual(Object.keys(pyradiomicsDefaults).sort());
    const voxelSetting = { kernelRadius: 2, maskedKernel: true, initValue: 0, voxelBatch: 10000 };
    expect(resolve({ setting, voxelSetting })).toMatchObject({ setting, voxelSetting });
    expect(resolve({ imageType: { Original: setting } }).imageType).toEqual({ Original: setting });
  });

  it('an empty value is the default, but for the interpolator, where it means none', () => {
    const empty = Object.fromEntries(Object.keys(pyradiomicsDefaults).map((key) => [key, null]));
    expect(resolve({ setting: empty }).setting).toEqual({ ...pyradiomicsDefaults, interpolator: null });
    expect(resolve({ setting: null, imageType: { Wavelet: null } }).imageType).toEqual({ Wavelet: {} });
    expect(resolve({ setting: { interpolator: 3 } }).setting.interpolator).toBe('sitkBSpline');
  });

  it('an unknown key, class, image or feature is an error that names it, and so is a value that cannot be', () => {
    const fails = (document: object) => () => resolve(document);
    expect(fails({ setting: { binWith: 25 } })).toThrow(/at setting: .*"binWith"/);
    expect(fails({ setting: {}, extra: 1 })).toThrow(/"extra"/);
    expect(fails({ imageType: { Laplace: {} } })).toThrow(/at imageType: .*"Laplace"/);
    expect(fails({ imageType: { LoG: { sigmas: [1] } } })).toThrow(/at imageType.LoG: .*"sigmas"/);
    expect(fails({ featureClass: { glcmm: null } })).toThrow(/at featureClass: .*"glcmm"/);
    expect(fails({ featureClass: { glcm: ['Homogenity'] } })).toThrow('glcm has no feature Homogenity');
    expect(fails({ setting: { geometryTolerance: 0 } })).toThrow(/at setting.geometryTolerance/);
    expect(fails({ setting: { binWidth: 0 } })).toThrow(/at setting.binWidth/);
    expect(fails({ setting: { wavelet: 'db99' } })).toThrow(/at setting.wavelet/);
    expect(fails({ setting: { resampledPixelSpacing: [1, 1] } })).toThrow(/at setting.resampledPixelSpacing/);
    expect(fails({ setting: { sigma: ['0.0'] } })).toThrow(/at setting.sigma/);
    expect(() => resolveExtractionSettings({ setting: {} }, 'T1')).toThrow('know no sequence T1');
  });

  it('recorded settings can be used again and have the same hash; what is written otherwise and means the same has it too', () => {
    const written = {
      setting: { binWidth: 25, interpolator: 3 },
      imageType: { LoG: { sigma: [1.5, '2.0'] } },
      featureClass: { ngtdm: [] },
    };
    const recorded = resolve(written);
    const again = resolve(JSON.parse(JSON.stringify(recorded)));
    expect(again).toEqual(recorded);
    expect(settingsHash(again)).toBe(settingsHash(recorded));
    expect(settingsHash(resolve({ imageType: { LoG: { sigma: ['1.5', '2.0'] } }, featureClass: { ngtdm: null } }))).toBe(
      settingsHash(recorded),
    );
    expect(settingsHash(resolve({ imageType: { LoG: { sigma: [1.5, 2] } }, featureClass: { ngtdm: null } }))).not.toBe(
      settingsHash(recorded),
    );
  });
});
