import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNifti } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { aggregationCodes } from '../ibsi/aggregation-codes.js';
import { parseReferenceTable } from '../ibsi/reference-table.js';
import type { ReferenceRow } from '../ibsi/reference-table.js';
import type { FeatureValue } from '../roi/roi.js';
import { aggregations } from '../roi/roi.js';
import { computeFeatures, describeFeatures } from './compute-features.js';
import { featureFamilies } from './feature.js';

const reference = process.env.COHORTIUM_REFERENCE;
if (!reference) console.warn('COHORTIUM_REFERENCE is not set: the features are not compared with the tables of the IBSI.');
const path = (file: string) => join(reference as string, 'ibsi1', file);

/** The name that IBSI prints, in lower camel case. */
const camelCase = (name: string) =>
  name
    .replaceAll('%', ' percent')
    .replaceAll("'", '')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word, at) => (at === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join('');

function phantomFeatures(): FeatureValue[] {
  const image = readNifti(readFileSync(path('digital_phantom/image.nii.gz')));
  const mask = Uint8Array.from(readNifti(readFileSync(path('digital_phantom/mask.nii.gz'))).values);
  const { dimensions, spacingMm } = image.geometry;
  const intensities = Float64Array.from(image.values);
  const levels = Uint16Array.from(intensities, (x, v) => (mask[v] === 1 ? x : 0));
  return computeFeatures(
    { dimensions, spacingMm, intensities, morphologicalMask: mask, intensityMask: mask },
    { dimensions, spacingMm, levels, levelCount: 6, binWidth: 1, lowerBound: 1 },
    { aggregations, ivh: { method: 'none' } },
  );
}

describe('the catalog of features', () => {
  it('has 174 features: 29, 2, 18, 23, 7, 25, 16, 16, 16, 5 and 17 by family', () => {
    const features = describeFeatures();
    expect(features).toHaveLength(174);
    const counts = Object.keys(featureFamilies).map((family) => features.filter((feature) => feature.family === family).length);
    expect(counts).toEqual([29, 2, 18, 23, 7, 25, 16, 16, 16, 5, 17]);
    expect(new Set(features.map(({ family, name }) => `${family} ${name}`)).size).toBe(174);
    // Two features of the intensity-volume histogram share BC2M, two share GBPN.
    expect(new Set(features.map(({ ibsiCode }) => ibsiCode)).size).toBe(172);
    for (const { ibsiCode } of features) expect(ibsiCode).toMatch(/^[0-9A-Z]{4}$/);
  });
});

describe.skipIf(!reference)('the digital phantom of the IBSI', () => {
  const rows = reference ? parseReferenceTable(readFileSync(path('reference_digital_phantom.csv'), 'utf8')) : [];
  const values = reference ? phantomFeatures() : [];
  const familyOf = (row: ReferenceRow) => Object.entries(featureFamilies).find(([, { name }]) => name === row.family);
  const valueOf = (row: ReferenceRow) =>
    values.find(
      ({ family, name, ibsiCode, aggregation }) =>
        family === familyOf(row)?.[0] &&
        name === camelCase(row.feature) &&
        ibsiCode === row.ibsiCode &&
        (aggregation === undefined ? '' : aggregationCodes[aggregation]) === row.aggregationCode,
    );

  it('has a value under the name, code and aggregation of each of the 487 rows, and no other', () => {
    expect(rows).toHaveLength(487);
    expect(rows.filter((row) => valueOf(row) === undefined)).toEqual([]);
    expect(values).toHaveLength(487);
  });

  it.each(Object.values(featureFamilies).map(({ name }) => name))('%s: every row passes the comparison rule', (family) => {
    const compared = rows.filter((row) => row.family === family && row.value !== null);
    expect(compared.length).toBeGreaterThan(0);
    for (const row of compared) {
      // The rule: round to 3 significant figures, then the tolerance (0 for most rows of the phantom).
      const rounded = Number((valueOf(row) as FeatureValue).value.toPrecision(3));
      const gap = Math.abs(rounded - (row.value as number));
      expect(gap, `${row.feature} ${row.aggregation}: ${rounded}`).toBeLessThanOrEqual(
        (row.tolerance as number) + 1e-12 * Math.abs(rounded),
      );
    }
  });

  it('compares 482 rows; OMBB, MVEE and the area under the volume histogram have no reference', () => {
    const open = rows.filter(({ value }) => value === null).map(({ ibsiCode }) => ibsiCode);
    expect(open).toEqual(['ZH1A', 'IQYR', 'SWZ1', 'BRI8', '9CMM']);
  });
});
