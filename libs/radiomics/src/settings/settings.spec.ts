import { describe, expect, it } from 'vitest';
import { isPreset, settingsPresets } from './presets.js';
import { parseSettings, resolveExtractionSettings, resolveSettings, settingsHash } from './resolve.js';
import { familyNames } from './settings.schema.js';

describe('settings', () => {
  it('every default is written out', () => {
    expect(resolveSettings({})).toEqual({
      schemaVersion: 1,
      profile: 'ibsi',
      name: 'custom',
      sequence: null,
      approach: '3D',
      intensityUnits: 'arbitrary',
      maskResampling: 'refuse',
      interpolation: null,
      resegmentation: { range: null, outlierSigma: null },
      discretization: { method: 'FBN', bins: 32 },
      ivhDiscretization: { method: 'FBN', bins: 1000 },
      aggregations: ['3D:averaged', '3D:merged', '3D'],
      families: [...familyNames],
      texture: {
        cmDistance: 1,
        cmSymmetry: 'symmetric',
        distanceWeighting: 'none',
        szmLinkageDistance: 1,
        dzmLinkageDistance: 1,
        dzmZoneDistanceNorm: 'manhattan',
        ngtdmDistance: 1,
        ngldmDistance: 1,
        ngldmCoarseness: 0,
      },
      filters: [],
    });
    expect(resolveSettings({ interpolation: { spacingMm: [1, 1, 1] } }).interpolation).toEqual({
      method: 'trilinear',
      spacingMm: [1, 1, 1],
      gridAlignment: 'center',
      gridDimensions: 'roundUp',
      extrapolation: 'nearest',
      intensityRounding: 'none',
      roiMethod: 'trilinear',
      roiPartialVolume: 0.5,
    });
  });

  it('an unknown key is an error that says where', () => {
    expect(() => parseSettings({ binwidth: 25 })).toThrow('at (root)');
    expect(() => parseSettings({ texture: { cmDistanc: 1 } })).toThrow('at texture');
    expect(() => parseSettings({ discretization: { method: 'FBN', binWidth: 3 } })).toThrow('at discretization');
    expect(() => parseSettings({ sequences: { T1: { aproach: '2D' } } })).toThrow('at sequences.T1');
    expect(() => parseSettings({ interpolation: { spacingMm: [1, 1] } })).toThrow('at interpolation.spacingMm');
    expect(() => parseSettings({ interpolation: { spacingMm: [1, 1, -1] } })).toThrow('at interpolation.spacingMm.2');
    expect(() => parseSettings('ibsi-a')).toThrow('RADIOMICS.BAD_SETTINGS');
  });

  it('contradictions are errors', () => {
    const conflict = (document: unknown) => () => resolveSettings(document);
    expect(conflict({ resegmentation: { range: [0, 100] } })).toThrow('arbitrary intensity units allow no re-segmentation range');
    expect(conflict({ discretization: { method: 'FBS', binWidth: 25 } })).toThrow('lower bound');
    expect(conflict({ discretization: { method: 'FBS', binWidth: 25, lowerBound: 'roiMinimum' } })).not.toThrow();
    expect(
      conflict({ intensityUnits: 'calibrated', resegmentation: { range: [null, 5] }, discretization: { method: 'FBS', binWidth: 25 } }),
    ).toThrow('lower bound');
    expect(conflict({ intensityUnits: 'calibrated', resegmentation: { range: [5, 4] } })).toThrow('empty');
    expect(conflict({ ivhDiscretization: { method: 'FBS', binWidth: 1 } })).toThrow('SETTINGS_CONFLICT');
    expect(conflict({ approach: '2D', interpolation: { spacingMm: [1, 1, 1] } })).toThrow('across slices');
    expect(conflict({ aggregations: ['3D'], families: ['glcm'] })).toThrow('glcm');
    expect(conflict({ aggregations: ['3D:merged'], families: ['glszm'] })).toThrow('glszm');
    expect(conflict({ aggregations: ['3D:merged'], families: ['glcm', 'morphology'] })).not.toThrow();
  });

  it('filters get names, defaults and the families that describe a response', () => {
    const filter = { name: 'laplacianOfGaussian', sigmaMm: 3 };
    const { filters } = resolveSettings({ filters: [{ filter }, { id: 'mine', filter }] });
    expect(filters.map(({ id }) => id)).toEqual(['log-3mm', 'mine']);
    expect(filters[0]).toMatchObject({
      filter: { truncationSigma: 4, boundary: 'mirror' },
      discretization: { method: 'FBN', bins: 32 },
      ivhDiscretization: { method: 'FBN', bins: 1000 },
      families: familyNames.filter((family) => family !== 'morphology' && family !== 'localIntensity'),
    });
    expect(() => resolveSettings({ filters: [{ filter }, { filter }] })).toThrow('two filters are called log-3mm');
    expect(() => resolveSettings({ filters: [{ filter, discretization: { method: 'FBS', binWidth: 2 } }] })).toThrow('lower bound');
    expect(() => resolveSettings({ filters: [{ filter: { ...filter, sigma: 3 } }] })).toThrow('at filters.0.filter');
    expect(() => resolveSettings({ aggregations: ['3D:merged'], families: ['glcm'], filters: [{ filter, families: ['ngtdm'] }] })).toThrow(
      'ngtdm',
    );
  });

  it('equal settings have equal hashes, however they were written', () => {
    const hash = (document: unknown) => settingsHash(resolveSettings(document));
    expect(hash({ approach: '3D', discretization: { method: 'FBN' } })).toBe(hash({}));
    expect(hash({ discretization: { method: 'FBN', bins: 33 } })).not.toBe(hash({}));
  });

  it('settings that an extraction recorded can be used again', () => {
    for (const [name, preset] of Object.entries(settingsPresets)) {
      const recorded = resolveExtractionSettings(preset, name === 'breast-mr' ? 'ADC' : undefined);
      const again = resolveExtractionSettings(JSON.parse(JSON.stringify(recorded)));
      expect(again).toEqual(recorded);
      expect(settingsHash(again)).toBe(settingsHash(recorded));
    }
  });

  it('a sequence changes what it names and nothing else', () => {
    const document = {
      resegmentation: { outlierSigma: 3 },
      sequences: {
        ADC: { intensityUnits: 'calibrated', resegmentation: { range: [0, 4000] }, discretization: { method: 'FBS', binWidth: 50 } },
      },
    };
    expect(resolveSettings(document)).toMatchObject({
      sequence: null,
      resegmentation: { range: null, outlierSigma: 3 },
      discretization: { method: 'FBN' },
    });
    expect(resolveSettings(document, 'ADC')).toMatchObject({
      sequence: 'ADC',
      approach: '3D',
      resegmentation: { range: [0, 4000], outlierSigma: null },
      discretization: { method: 'FBS', binWidth: 50, lowerBound: 'resegmentationMinimum' },
    });
    expect(() => resolveSettings(document, 'T9')).toThrow('The settings know no sequence T9; they know ADC');
    expect(() => resolveSettings({}, 'constructor')).toThrow('they know none');
    expect(() => resolveSettings({ requireSequence: true })).toThrow('need a sequence');
  });
});

describe('presets', () => {
  it('all resolve; only breast-mr needs a sequence', () => {
    for (const [name, preset] of Object.entries(settingsPresets)) {
      expect(isPreset(name)).toBe(true);
      const sequence = name === 'breast-mr' ? 'T1' : undefined;
      expect(resolveExtractionSettings(preset, sequence).name).toBe(name);
    }
    expect(isPreset('toString')).toBe(false);
    expect(() => resolveSettings(settingsPresets['breast-mr'])).toThrow('T1, T2, DCE');
  });

  it('breast MR without units has a fixed bin number and no range; maps with units keep extremes', () => {
    for (const sequence of ['T1', 'T2', 'DCE', 'subtraction', 'DWI'])
      expect(resolveSettings(settingsPresets['breast-mr'], sequence)).toMatchObject({
        intensityUnits: 'arbitrary',
        discretization: { method: 'FBN', bins: 32 },
        resegmentation: { range: null, outlierSigma: 3 },
        ivhDiscretization: { method: 'FBN', bins: 1000 },
      });
    expect(resolveSettings(settingsPresets['breast-mr'], 'ADC')).toMatchObject({
      intensityUnits: 'calibrated',
      resegmentation: { range: null, outlierSigma: null },
    });
  });

  it('configurations D and E are those of the manual', () => {
    expect(resolveSettings(settingsPresets['ibsi-d'])).toMatchObject({
      approach: '3D',
      interpolation: {
        method: 'trilinear',
        spacingMm: [2, 2, 2],
        intensityRounding: 'nearestInteger',
        roiMethod: 'trilinear',
        roiPartialVolume: 0.5,
      },
      resegmentation: { range: null, outlierSigma: 3 },
      discretization: { method: 'FBN', bins: 32 },
      ivhDiscretization: { method: 'none' },
    });
    expect(resolveSettings(settingsPresets['ibsi-e'])).toMatchObject({
      interpolation: { method: 'tricubicSpline', spacingMm: [2, 2, 2], roiMethod: 'trilinear' },
      resegmentation: { range: [-1000, 400], outlierSigma: 3 },
      discretization: { method: 'FBN', bins: 32 },
      ivhDiscretization: { method: 'FBN', bins: 1000 },
    });
  });
});
