import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Geometry, RoiMask, Triple, Volume } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { extract } from '../extract.js';
import { resolveExtractionSettings } from '../settings/resolve.js';
import type { Interpolator } from './resampling/interpolators.js';
import { resampleOnto } from './resampling/resample.js';

// Written by PyRadiomics 3.0.1 and SimpleITK; test/golden/radiomics/pyradiomics_profile.py made it.
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../test/golden/radiomics/pyradiomics-profile.json'), 'utf8'),
) as {
  readonly size: Triple;
  readonly spacingMm: Triple;
  readonly originMm: Triple;
  readonly direction: Geometry['direction'];
  readonly image: readonly number[];
  readonly region: readonly number[];
  readonly cases: readonly {
    readonly name: string;
    readonly pixels?: 'float32';
    readonly parameters: object;
    readonly features: Readonly<Record<string, number>>;
  }[];
  readonly resampled: Readonly<
    Record<
      string,
      { readonly spacingMm: Triple; readonly by: Readonly<Record<string, { readonly size: Triple; readonly values: readonly number[] }>> }
    >
  >;
};

const { size: dimensions, spacingMm, originMm, direction } = golden;
const geometry: Geometry = { dimensions, spacingMm, originMm, direction };
const image: Volume = { geometry, values: Int16Array.from(golden.image) };

/** The region; for the shape of a slice, its slice 3. */
function maskOf(name: string): RoiMask {
  const sliceVoxels = dimensions[0] * dimensions[1];
  const isKept = (at: number) => name !== 'one-slice' || Math.floor(at / sliceVoxels) === 3;
  return { geometry, voxels: Uint8Array.from(golden.region, (voxel, at) => (isKept(at) ? voxel : 0)) };
}

describe('PyRadiomics 3.0.1', () => {
  it.each(golden.cases)('$name', ({ name, pixels, parameters, features: wanted }) => {
    const volume: Volume = pixels === 'float32' ? { geometry, values: Float32Array.from(golden.image) } : image;
    const { features, undefinedFeatures } = extract(volume, maskOf(name), resolveExtractionSettings(parameters));
    expect(undefinedFeatures).toEqual([]);
    expect(features.map((feature) => feature.name).sort()).toEqual(Object.keys(wanted).sort());
    // Thirteen digits are written; moments near 0 are differences of sums that agree to 1e-12 of the terms.
    for (const { name: feature, value } of features) {
      const reference = wanted[feature] as number;
      const deviation = Math.abs(value - reference) / Math.max(Math.abs(reference), 1e-3);
      expect(deviation, `${feature}: ${value}, PyRadiomics ${reference}`).toBeLessThan(1e-9);
    }
  });
});

describe('resampling', () => {
  const cases = Object.entries(golden.resampled).flatMap(([grid, { spacingMm: spacing, by }]) =>
    Object.entries(by).map(([name, { size, values }]) => ({ grid, name, spacing, size, values })),
  );

  it.each(cases)('$name onto a grid $grid voxel centers', ({ name, spacing, size, values }) => {
    const target: Geometry = { dimensions: size, spacingMm: spacing, originMm, direction };
    const found = resampleOnto(image, target, `sitk${name}` as Interpolator).values;
    const differing = values.filter((value, at) => found[at] !== value).length;
    // SimpleITK cuts fractions off, so where a sum is a whole number its last bit decides. The interpolators in use have the same bits;
    // sines, cosines and error functions of the others come from another library.
    const isExact = ['NearestNeighbor', 'Linear', 'BSpline'].includes(name);
    expect(differing).toBeLessThanOrEqual(isExact ? 0 : 0.01 * values.length);
  });
});
