import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@cohortium/kernel';
import { readNifti, writeNifti } from '@cohortium/imaging';
import type { ExtractedFeature } from '@cohortium/radiomics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../main.js';
import { wideCsv } from './feature-tables.js';

const phantom = fileURLToPath(new URL('../../../../test/fixtures/ibsi-digital-phantom', import.meta.url));
const image = join(phantom, 'image.nii.gz');
const mask = join(phantom, 'mask.nii.gz');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'radiomics-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command line in this process. */
async function cohortium(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const out = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      out[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main(argv), ...out };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const extract = (...argv: string[]) => cohortium('extract', '--image', image, '--mask', mask, '--settings', 'ibsi-phantom', ...argv);

describe('cohortium extract with a PyRadiomics parameter file', () => {
  const parameters = `# as PyRadiomics users write it
setting:
  binWidth: 1
  force2D: false
  label: 1
  resampledPixelSpacing:
imageType:
  Original: {}
  LoG:
    sigma: [1.0, 2, 2.5]
    binWidth: 0.5
  Wavelet: {}
featureClass:
  shape:
  firstorder: []
  glcm: ['Idm', 'MCC']
`;
  const run = (text: string, ...argv: string[]) => {
    const settings = join(folder, 'Params.yaml');
    writeFileSync(settings, text);
    return cohortium('extract', '--image', image, '--mask', mask, '--settings', settings, ...argv);
  };

  it('takes it unchanged and gives the names of PyRadiomics', async () => {
    const { code, stdout, stderr } = await run(parameters, '--json');
    expect(code, stderr).toBe(0);
    const document = JSON.parse(stdout) as { features: { name: string; family: string; filter: string | null }[] } & Record<
      string,
      unknown
    >;
    expect(document).toMatchObject({
      settings: { profile: 'pyradiomics', setting: { binWidth: 1, padDistance: 5 }, imageType: { LoG: { sigma: ['1.0', '2', '2.5'] } } },
      settingsHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      mask: { label: 1, voxels: 74 },
      diagnostics: expect.arrayContaining([{ name: 'diagnostics_Mask-original_VoxelNum', value: 74 }]),
      undefinedFeatures: [],
    });
    const names = document.features.map(({ name }) => name);
    // 14 of shape, then 18 + 2 for each of 1 + 3 + 8 images.
    expect(names).toHaveLength(14 + 20 * 12);
    for (const name of [
      'original_shape_MeshVolume',
      'log-sigma-1-0-mm-3D_glcm_Idm',
      'log-sigma-2-mm-3D_firstorder_Mean',
      'wavelet-LLH_glcm_MCC',
    ])
      expect(names).toContain(name);
    expect(document.features.at(-1)).toMatchObject({ family: 'glcm', aggregation: '3D:averaged', filter: 'wavelet-LLL' });
  });

  it('the recorded settings give the same features again', async () => {
    const first = JSON.parse((await run(parameters, '--json')).stdout) as { settings: object; settingsHash: string; features: unknown };
    const again = JSON.parse((await run(JSON.stringify(first.settings), '--json')).stdout) as typeof first;
    expect(again).toEqual({ ...first });
  });

  it('writes CSV: rows of diagnostics and features of one region, a column per name for many', async () => {
    const { stdout } = await run(parameters, '--csv');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('name,ibsiCode,family,aggregation,filter,value,unit');
    expect(lines).toContain('diagnostics_Mask-original_BoundingBox,,diagnostics,,,"(0, 0, 0, 5, 4, 4)",');
    expect(lines.find((line) => line.startsWith('original_glcm_Idm,'))).toMatch(/^original_glcm_Idm,WF0Z,glcm,3D:averaged,,0\.\d+,1$/);
    expect(lines.find((line) => line.startsWith('original_glcm_MCC,'))).toMatch(/^original_glcm_MCC,,glcm,3D:averaged,,0\.\d+,1$/);
    const { features } = JSON.parse((await run(parameters, '--json')).stdout) as { features: ExtractedFeature[] };
    const [header] = wideCsv([{ name: 'a', features }]).split('\n');
    expect(header?.split(',').slice(0, 2)).toEqual(['case', 'original_shape_Elongation']);
    expect(header?.split(',').at(-1)).toBe('wavelet-LLL_glcm_MCC');
  });

  it('refuses what PyRadiomics does not know', async () => {
    const refused = async (text: string) => {
      const { code, stderr } = await run(text);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('setting: {binWith: 25}')).toContain('binWith');
    expect(await refused('featureClass: {glcm: [Idmm]}')).toContain('Idmm');
    expect(await refused('setting: {label: 7}')).toContain('7');
  });

  it('a wide tolerance of a file is taken, and grids that it would let pass are refused all the same', async () => {
    expect((await run('setting: {geometryTolerance: 0.01}')).code).toBe(0);
    const moved = readNifti(readFileSync(mask));
    const [x, y, z] = moved.geometry.originMm;
    const file = join(folder, 'moved.nii');
    writeFileSync(file, writeNifti({ ...moved, geometry: { ...moved.geometry, originMm: [x + 0.005, y, z] } }));
    const { code, stderr } = await run('setting: {geometryTolerance: 0.01}', '--mask', file);
    expect([code, stderr]).toEqual([2, expect.stringContaining('IMAGING.GEOMETRY_DIFFERS')]);
  });

  it('--label comes before the label of the file', async () => {
    const { code } = await run('setting: {label: 7}\nfeatureClass: {firstorder: [Mean]}', '--label', '1', '--json');
    expect(code).toBe(0);
  });
});

describe('cohortium extract', () => {
  it('prints one JSON object with settings, hashes, software and features', async () => {
    const { code, stdout } = await extract('--json');
    const document = JSON.parse(stdout) as Record<string, unknown> & { features: Record<string, unknown>[] };
    expect(code).toBe(0);
    expect(document).toMatchObject({
      schemaVersion: 1,
      settings: { name: 'ibsi-phantom', profile: 'ibsi', texture: { cmDistance: 1 } },
      settingsHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      software: { name: 'cohortium' },
      image: { hash: sha256(readFileSync(image)), dimensions: [5, 4, 4], spacingMm: [2, 2, 2] },
      mask: { hash: sha256(readFileSync(mask)), label: null, voxels: 74 },
      undefinedFeatures: [],
    });
    expect(document.features).toHaveLength(487);
    expect(document.features[0]).toEqual({
      name: 'volumeMesh',
      ibsiCode: 'RNU0',
      family: 'morphology',
      aggregation: null,
      filter: null,
      value: expect.closeTo(556.33, 1),
      unit: 'mm3',
    });
    expect(document.features.find(({ ibsiCode }) => ibsiCode === 'GYBY')).toMatchObject({ family: 'glcm', aggregation: '2D:averaged' });
  });

  it('writes a file whole, for its owner only, in the form that its name asks for', async () => {
    const json = join(folder, 'new', 'f.json');
    const csv = join(folder, 'f.csv');
    expect(await extract('--out', json)).toMatchObject({ code: 0, stdout: expect.stringContaining(json) });
    expect(JSON.parse((await extract('--json', '--out', csv)).stdout)).toMatchObject({ schemaVersion: 1, out: csv, features: 487 });
    expect((JSON.parse(readFileSync(json, 'utf8')) as { features: unknown[] }).features).toHaveLength(487);
    const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(488);
    expect(lines[0]).toBe('name,ibsiCode,family,aggregation,filter,value,unit');
    expect(statSync(csv).mode & 0o777).toBe(0o600);
  });

  it('shows a table to people and CSV on demand', async () => {
    expect((await extract()).stdout).toContain('volumeMesh');
    expect((await extract('--csv')).stdout.split('\n')[1]).toMatch(/^volumeMesh,RNU0,morphology,,,556\.3\d+,mm3$/);
    expect((await extract('--lang', 'zh')).stderr).toContain('74 个体素，487 个特征');
  });

  it('reads settings from YAML, with filters and a sequence', async () => {
    const settings = join(folder, 'settings.yaml');
    writeFileSync(settings, 'families: [intensityStatistics]\nfilters:\n  - {filter: {name: mean, supportVoxels: 3}, families: [intensityStatistics]}\nsequences:\n  T2: {discretization: {method: FBN, bins: 4}}\n'); // prettier-ignore
    const { stdout } = await cohortium('extract', '--image', image, '--mask', mask, '--settings', settings, '--sequence', 'T2', '--json');
    const { settings: used, features } = JSON.parse(stdout) as {
      settings: object;
      features: { filter: string | null; name: string; value: number }[];
    };
    expect(used).toMatchObject({ sequence: 'T2', discretization: { bins: 4 } });
    expect(features.map(({ filter }) => filter)).toEqual([...Array<null>(18).fill(null), ...Array<string>(18).fill('mean-3')]);
    expect(features[0]?.value).not.toBe(features[18]?.value);
  });

  it('a region of one voxel yields what is defined and says what is not', async () => {
    const { geometry, values } = readNifti(readFileSync(mask));
    const single = join(folder, 'single.nii');
    writeFileSync(single, writeNifti({ geometry, values: Uint8Array.from(values, (_, at) => (at === 21 ? 1 : 0)) }));
    const { code, stdout, stderr } = await cohortium('extract', '--image', image, '--mask', single, '--settings', 'ibsi-phantom', '--json');
    const { features, undefinedFeatures } = JSON.parse(stdout) as {
      features: { value: number }[];
      undefinedFeatures: { code: string; message: string }[];
    };
    expect(code).toBe(0);
    expect(features.every(({ value }) => Number.isFinite(value))).toBe(true);
    expect(features.length + undefinedFeatures.length).toBe(487);
    expect(undefinedFeatures.length).toBeGreaterThan(0);
    expect(undefinedFeatures.every(({ code: own }) => own === 'RADIOMICS.FEATURE_UNDEFINED')).toBe(true);
    expect(stderr).toContain('no value for this region');
  });

  it.each([
    [['extract', '--settings', 'ibsi-a'], 'CLI.USAGE'],
    [['extract', '--settings', 'ibsi-a', '--image', image], 'CLI.USAGE'],
    [['extract', '--settings', 'ibsi-a', '--batch', 'x.csv', '--image', image], 'CLI.USAGE'],
    [['extract', '--settings', 'ibsi-a', '--image', image, '--mask', mask, '--csv', '--json'], 'CLI.USAGE'],
    [['extract', '--settings', 'ibsi-a', '--image', image, '--mask', mask, '--label', 'one'], 'CLI.USAGE'],
    [['extract', '--settings', 'ibsi-z', '--image', image, '--mask', mask], 'CLI.UNKNOWN_SETTINGS'],
    [['extract', '--settings', 'breast-mr', '--image', image, '--mask', mask], 'RADIOMICS.UNKNOWN_SEQUENCE'],
    [['extract', '--settings', 'ibsi-phantom', '--image', 'none.nii', '--mask', mask], 'CLI.CANNOT_READ'],
    [['extract', '--settings', 'ibsi-phantom', '--image', import.meta.filename, '--mask', mask], 'IMAGING.UNKNOWN_FORMAT'],
    [['extract', '--settings', 'ibsi-phantom', '--image', phantom, '--mask', mask], 'IMAGING.BAD_DICOM'],
    [['extract', '--settings', 'ibsi-phantom', '--image', image, '--mask', mask, '--label', '3'], 'IMAGING.LABEL_ABSENT'],
    [['extract', '--settings', 'ibsi-c', '--image', image, '--mask', mask], 'no error'],
  ])('%j: %s', async (argv, expected) => {
    const { code, stderr } = await cohortium(...argv);
    expect(code).toBe(expected === 'no error' ? 0 : 2);
    if (expected !== 'no error') expect(stderr).toContain(expected);
  });

  it('a settings file that is no YAML is refused by line', async () => {
    const settings = join(folder, 'settings.yaml');
    writeFileSync(settings, 'name: a\ntexture: {cmDistance: 1\n');
    const { code, stderr } = await cohortium('extract', '--image', image, '--mask', mask, '--settings', settings);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/CLI\.NOT_YAML: .*settings\.yaml is not valid YAML or JSON: [23]:/)]);
  });
});

describe('cohortium ibsi-selftest', () => {
  it('passes on the digital phantom that ships', async () => {
    const { code, stdout, stderr } = await cohortium('ibsi-selftest', '--json');
    expect(code).toBe(0);
    expect(stderr).toContain('Only the digital phantom');
    const { summary, rows } = JSON.parse(stdout) as { summary: object; rows: object[] };
    expect(summary).toMatchObject({ rows: 487, compared: 482, passed: 482, failed: 0, notStandardized: 5 });
    expect(rows[0]).toEqual({
      dataset: 'digital phantom',
      family: 'Morphology',
      feature: 'Volume (mesh)',
      ibsiCode: 'RNU0',
      aggregation: '',
      aggregationCode: '',
      value: expect.closeTo(556.33, 1),
      reference: 556,
      tolerance: 4,
      consensus: 'very strong',
      compared: true,
      pass: true,
    });
  });

  it('one wrong reference value gives exit code 6 and names the row', async () => {
    const ibsi1 = join(folder, 'ibsi1');
    mkdirSync(join(ibsi1, 'digital_phantom'), { recursive: true });
    for (const name of ['image.nii.gz', 'mask.nii.gz']) cpSync(join(phantom, name), join(ibsi1, 'digital_phantom', name));
    const table = readFileSync(join(phantom, 'reference_digital_phantom.csv'), 'utf8');
    writeFileSync(join(ibsi1, 'reference_digital_phantom.csv'), table.replace('stat_mean,2.15,0', 'stat_mean,2.16,0'));
    const { code, stdout, stderr } = await cohortium('ibsi-selftest', '--data', folder);
    expect(code).toBe(6);
    expect(stderr).toContain('FAIL digital phantom: Mean (Q4LE): 2.1486486486486487, reference 2.16 +- 0');
    expect(stdout).toContain('1 row fails.');
  });

  it('a folder without reference data is refused', async () => {
    expect(await cohortium('ibsi-selftest', '--data', folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CLI.NO_REFERENCE'),
    });
  });
});

describe('cohortium ibsi-check', () => {
  const csv = (text: string) => {
    const path = join(folder, 'tool.csv');
    writeFileSync(path, text);
    return path;
  };

  it('our own CSV passes in every row', async () => {
    const { stdout } = await extract('--csv');
    expect(await cohortium('ibsi-check', '--csv', csv(stdout), '--dataset', 'phantom')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Every row that has a reference value passes.'),
    });
  });

  it('reads codes with either name of an aggregation, tags, and passes over what is absent', async () => {
    const check = async (text: string) => {
      const { code, stdout } = await cohortium('ibsi-check', '--csv', csv(text), '--dataset', 'phantom', '--json');
      const { passed, missing } = (JSON.parse(stdout) as { summary: { passed: number; missing: number } }).summary;
      return [code, passed, missing];
    };
    expect(await check('ibsi_code,aggregation,value\nGYBY,3D_merged,0.509\nGYBY,ITBB,0.503\nGYBY,2D:averaged,0.519\n')).toEqual([
      0, 3, 484,
    ]);
    expect(await check('tag,value\nstat_mean,2.149\nivh_v10,0.324\n')).toEqual([0, 2, 485]);
    expect(await check('ibsi_code,feature,value\nBC2M,Volume fraction at 90% intensity,0.0946\nQ4LE,,NaN\n')).toEqual([0, 1, 486]);
    expect(await check('tag,value\nstat_mean,2.2\n')).toEqual([6, 0, 486]);
  });

  it('refuses what cannot be compared', async () => {
    const code = async (text: string, dataset = 'phantom') =>
      (await cohortium('ibsi-check', '--csv', csv(text), '--dataset', dataset, '--data', folder)).stderr.split(':')[0];
    expect(await code('tag,value\nfoo,1\n')).toBe('CLI.NOTHING_MATCHED');
    expect(await code('tag,number\nfoo,1\n')).toBe('RADIOMICS.BAD_REFERENCE_TABLE');
    expect(await code('name,value\nfoo,1\n')).toBe('RADIOMICS.BAD_REFERENCE_TABLE');
    expect(await code('tag,value\nstat_mean,1\n', 'D')).toBe('CLI.NO_REFERENCE');
    expect(await code('tag,value\nstat_mean,1\n', 'F')).toBe('CLI.USAGE');
  });
});
