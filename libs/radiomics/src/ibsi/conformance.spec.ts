import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNifti, toRoiMask } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { checkRows, summarizeChecks } from './checked-rows.js';
import { computeDataset, ibsiDatasets } from './datasets.js';
import { checkFiltered, parseFilteredTable } from './filtered-statistics.js';
import { parseReferenceTable } from './reference-table.js';
import { checkResponseMap, responseMapTests } from './response-maps.js';
import type { ResponseMapTest } from './response-maps.js';

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

describe.skipIf(!reference)('IBSI chapter 2', () => {
  const folder = join(reference ?? '', 'ibsi2');
  const read = (kind: string, name: string) => readNifti(readFileSync(join(folder, kind, `${name}.nii.gz`)));
  const maps = reference ? readdirSync(join(folder, 'response_maps')).map((name) => name.replace('.nii.gz', '')) : [];

  it.each(maps)('response map %s', (name) => {
    const id = name.replaceAll('_', '.');
    expect(
      checkResponseMap(id, read('phantoms', (responseMapTests[id] as ResponseMapTest).phantom), read('response_maps', name)),
    ).toMatchObject({ feature: id, pass: true });
  });

  it('the parameters of the tests are those of the reference data', () => {
    const { phase1 } = JSON.parse(readFileSync(join(folder, 'tests.json'), 'utf8')) as {
      phase1: Record<string, { phantom: string; boundary: string }>;
    };
    for (const [name, { phantom, boundary }] of Object.entries(phase1)) {
      const test = responseMapTests[name.replaceAll('_', '.')];
      expect([name, test?.phantom, test?.filter.boundary]).toEqual([name, phantom, boundary]);
    }
  });

  it('statistics of the filtered CT phantom: every row of the table', () => {
    const image = readNifti(readFileSync(join(folder, '../ibsi1/ct_phantom/image.nii.gz')));
    const mask = toRoiMask(readNifti(readFileSync(join(folder, '../ibsi1/ct_phantom/mask.nii.gz'))));
    const table = parseFilteredTable(readFileSync(join(folder, 'reference_features_phase2.csv'), 'utf8'));
    const ids = [...new Set(table.map(({ filterId }) => filterId))];
    expect(ids.length).toBe(12);
    const rows = ids.flatMap((id) =>
      checkFiltered(
        id,
        table.filter(({ filterId }) => filterId === id),
        image,
        mask,
      ),
    );
    expect(
      rows
        .filter(({ pass }) => !pass)
        .map(({ dataset, feature, value, reference: wanted, tolerance }) => ({ dataset, feature, value, wanted, tolerance })),
    ).toEqual([]);
  }, 300_000);
});
