import { extract, resolveExtractionSettings } from '@cohortium/radiomics';
import { describe, expect, it } from 'vitest';
import { baselineImage, baselineMask, baselineVariants, pyradiomicsFolder } from './pyradiomics-reference.js';
import type { BaselineVariant } from './pyradiomics-reference.js';

if (!pyradiomicsFolder) console.warn('The PyRadiomics baseline is skipped: COHORTIUM_REFERENCE names no folder with pyradiomics.');

/** The baseline is printed with 12 digits; sums of a few thousand terms in another order differ in the 13th. */
const relativeTolerance = 1e-11;

/** A parameter file with the settings of a variant, and nothing else. */
const parameters = ({ setting, imageType, classes }: BaselineVariant) => ({
  setting,
  imageType,
  featureClass: Object.fromEntries(classes.map((name) => [name, null])),
});

/** Values that come from the surface mesh. */
const meshFeatures = ['MeshVolume', 'Sphericity', 'SurfaceArea', 'SurfaceVolumeRatio'].map((name) => `original_shape_${name}`);
const isOf13 = ({ pyradiomicsVersion }: BaselineVariant) => pyradiomicsVersion.startsWith('1.3');

function misses(variant: BaselineVariant, document: object, tolerance: number): readonly string[] {
  const { features, undefinedFeatures } = extract(
    baselineImage(variant.case),
    baselineMask(variant.case, variant.variant),
    resolveExtractionSettings(document),
  );
  expect(undefinedFeatures).toEqual([]);
  const found = new Map(features.map(({ name, value }) => [name, value]));
  // Of a whole class every feature is in the baseline, and no other.
  expect([...found.keys()].sort()).toEqual([...variant.expected.keys()].sort());
  return [...variant.expected].flatMap(([name, wanted]) => {
    const value = found.get(name) as number;
    return Math.abs(value - wanted) <= tolerance * Math.abs(wanted) ? [] : [`${name}: ${value}, baseline ${wanted}`];
  });
}

describe.skipIf(!pyradiomicsFolder)('PyRadiomics baseline', () => {
  const variants = pyradiomicsFolder ? baselineVariants() : [];

  it('has rows for every variant', () => {
    expect(variants.length).toBeGreaterThanOrEqual(14);
    expect(variants.reduce((sum, { expected }) => sum + expected.size, 0)).toBeGreaterThanOrEqual(1029);
    expect(variants.filter(({ expected }) => expected.size === 0)).toEqual([]);
  });

  it.each(variants)('$id: every row; the parameter file as it is, with the mesh of the release that wrote the baseline', (variant) => {
    const document = isOf13(variant) ? { ...parameters(variant), meshRelease: '1.3' } : parameters(variant);
    expect(misses(variant, document, relativeTolerance)).toEqual([]);
  });

  it.each(variants.filter(isOf13))('$id: with the mesh of release 3 only what lacked a triangle differs', (variant) => {
    const wrong = misses(variant, parameters(variant), relativeTolerance).map((line) => line.slice(0, line.indexOf(':')));
    // Of both regions only that of brain1 has a cube of the case that lacked a triangle.
    expect(wrong.sort()).toEqual(variant.id === 'brain1' ? meshFeatures : []);
  });
});
