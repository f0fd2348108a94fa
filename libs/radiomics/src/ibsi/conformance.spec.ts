import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNifti, toRoiMask } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { checkRows, summarizeChecks } from './checked-rows.js';
import { computeDataset, ibsiDatasets } from './datasets.js';
import { parseReferenceTable } from './reference-table.js';

const reference = process.env['COHORTIUM_REFERENCE'];
if (!reference) console.warn('COHORTIUM_REFERENCE is not set: the CT phantom is not compared');
const fixtures = fileURLToPath(new URL('../../../../test/fixtures/ibsi-digital-phantom', import.meta.url));

const check = (name: keyof typeof ibsiDatasets, files: { image: string; mask: string; table: string }) => {
  const image = readNifti(readFileSync(files.image));
  const mask = toRoiMask(readNifti(readFileSync(files.mask)));
  return checkRows(parseReferenceTable(readFileSync(files.table, 'utf8')), computeDataset(name, image, mask));
};
const failures = (rows: ReturnType<typeof check>) =>
  rows
    .filter(({ pass }) => !pass)
    .map(({ feature, aggregation, value, reference: wanted, tolerance }) => ({ feature, aggregation, value, wanted, tolerance }));

describe('IBSI chapter 1', () => {
  it('digital phantom: every row of the standard', () => {
    const files = {
      image: join(fixtures, 'image.nii.gz'),
      mask: join(fixtures, 'mask.nii.gz'),
      table: join(fixtures, 'reference_digital_phantom.csv'),
    };
    const rows = check('phantom', files);
    expect(failures(rows)).toEqual([]);
    expect(summarizeChecks(rows)).toMatchObject({ rows: 487, compared: 482, passed: 482, failed: 0, missing: 0, notStandardized: 5 });
  });

  it.skipIf(!reference).each([
    ['A', 411],
    ['B', 411],
    ['C', 275],
  ] as const)('configuration %s: every row of the standard', (name, count) => {
    const folder = join(reference as string, 'ibsi1');
    const { image, mask, table } = ibsiDatasets[name];
    const rows = check(name, { image: join(folder, image), mask: join(folder, mask), table: join(folder, table) });
    expect(failures(rows)).toEqual([]);
    expect(summarizeChecks(rows)).toMatchObject({ rows: count, compared: count - 5, passed: count - 5, missing: 0 });
  });
});
