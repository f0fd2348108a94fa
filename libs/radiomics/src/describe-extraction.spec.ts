import type { Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { describeExtraction, extract } from './extract.js';
import { settingsPresets } from './settings/presets.js';
import { resolveExtractionSettings } from './settings/resolve.js';

/** Whole gray levels from 1, so that settings without discretization can use them too. */
function phantom(dimensions: Triple): { readonly image: Volume; readonly mask: RoiMask } {
  const geometry: Geometry = { dimensions, spacingMm: [1, 1, 2], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  const [ni, nj, nk] = dimensions;
  const values = new Float64Array(ni * nj * nk);
  const voxels = new Uint8Array(values.length);
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        values[at] = 1 + ((i * 73 + j * 179 + k * 283 + i * j * 7 + j * k * 11) % 29);
        voxels[at] = Number((i - ni / 2) ** 2 + (j - nj / 2) ** 2 + 4 * (k - (nk - 1) / 2) ** 2 < 60);
      }
  return { image: { geometry, values }, mask: { geometry, voxels } };
}

/** Names and everything else of what is extracted, which must be what the settings say beforehand. */
function assertDescribed(document: unknown, sequence?: string, { image, mask } = phantom([24, 22, 12])): number {
  const settings = resolveExtractionSettings(document, sequence);
  const { features, undefinedFeatures } = extract(image, mask, settings);
  expect(undefinedFeatures.map(({ error }) => error.message)).toEqual([]);
  expect(features.map(({ value: _value, ...feature }) => feature)).toEqual(describeExtraction(settings));
  return features.length;
}

describe('features that settings ask for', () => {
  it.each(Object.entries(settingsPresets))('%s: are those that are extracted, in this order', (_name, preset) => {
    const sequences = 'sequences' in preset ? Object.keys(preset.sequences) : [undefined];
    for (const sequence of sequences) expect(assertDescribed(preset, sequence)).toBeGreaterThan(90);
  });

  it('are so with filters, chosen families and neighborhoods of two sizes', () => {
    const filters = [
      { filter: { name: 'laplacianOfGaussian', sigmaMm: 2 } },
      { id: 'mine', filter: { name: 'mean', supportVoxels: 3 }, families: ['ngldm', 'ngtdm', 'localIntensity'] },
    ];
    assertDescribed({ filters, texture: { ngtdmDistance: 2 } });
    assertDescribed({ approach: '2D', families: ['ngldm', 'glcm', 'gldzm'], aggregations: ['2.5D', '2D', '2.5D:merged', '2D:averaged'] });
  });

  it('are so with every image of PyRadiomics', () => {
    const imageType = {
      Wavelet: { level: 2, start_level: 1 },
      LoG: { sigma: ['1.0', 2], weightingNorm: 'euclidean' },
      ...Object.fromEntries(
        ['Original', 'Square', 'SquareRoot', 'Logarithm', 'Exponential', 'Gradient', 'LBP2D', 'LBP3D'].map((name) => [name, {}]),
      ),
    };
    const featureClass = { shape: null, firstorder: null, glcm: ['Idm', 'Contrast'], ngtdm: null };
    const all = assertDescribed({ setting: { binCount: 16 }, imageType, featureClass });
    // 14 of shape; 18 + 2 + 5 of each of 7 single images, 3 of spheres, 2 Laplacians and 15 sub-bands.
    expect(all).toBe(14 + 25 * (7 + 3 + 2 + 15));
    assertDescribed(
      { setting: { binCount: 16, force2D: true }, imageType: { Wavelet: {}, Original: {} } },
      undefined,
      phantom([24, 22, 1]),
    );
  });

  it('a feature that a region has no value of is among them', () => {
    const { image, mask } = phantom([24, 22, 12]);
    const settings = resolveExtractionSettings({});
    const flat = { ...image, values: image.values.map(() => 7) };
    const { features, undefinedFeatures } = extract(flat, mask, settings);
    expect(undefinedFeatures.length).toBeGreaterThan(0);
    expect(features.length + undefinedFeatures.length).toBe(describeExtraction(settings).length);
  });
});
