import { readDicomSlices, readNifti, writeNifti } from '@cohortium/imaging';
import type { Volume } from '@cohortium/imaging';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../apps/cli/src/main.js';

const reference = process.env['COHORTIUM_REFERENCE'] ?? '';
const scratch = mkdtempSync(join(tmpdir(), 'cohortium-maps-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const has = (topic: string) => {
  const is = existsSync(join(reference, topic));
  if (!is) console.warn(`skipped: maps from DICOM: COHORTIUM_REFERENCE has no ${topic}`);
  return is;
};

/** Unpacks an archive into a folder of its own. */
function unpacked(archive: string, name: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  execFileSync('tar', ['-xzf', join(reference, archive), '-C', folder]);
  return folder;
}

interface Answer {
  readonly settings: Record<string, unknown>;
  readonly results: Record<string, unknown>;
}

/** Runs a command in this process and returns its JSON. */
async function run(...argv: string[]): Promise<Answer> {
  let stdout = '';
  let stderr = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
  try {
    const code = await main([...argv, '--json']);
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return JSON.parse(stdout) as Answer;
}

const map = (folder: string, name: string): Volume => readNifti(readFileSync(join(scratch, folder, `${name}.nii.gz`)));
const series = (folder: string): Volume =>
  readDicomSlices(
    readdirSync(folder)
      .filter((name) => name.endsWith('.dcm'))
      .map((name) => ({ name, bytes: readFileSync(join(folder, name)) })),
  );

describe.skipIf(!has('breast_dce'))('cohortium map on UCSF-BR-06', () => {
  const truth = JSON.parse(readFileSync(join(reference, 'breast_dce/ucsf_br_06/expected.json'), 'utf8')) as {
    ftv: { published: { voxels: number }[] };
  };

  it('dce: times from the files, PE1 of the vendor at every voxel, its ratio up to rounding, the published volume', async () => {
    const [dce, pe1, ser] = ['dce', 'pe1', 'ser'].map((name) => unpacked(`breast_dce/ucsf_br_06/${name}.dcm.tar.gz`, name)) as [
      string,
      string,
      string,
    ];
    const made = await run('map', 'dce', '--image', dce, '--voi-from', pe1, '--out', join(scratch, 'breast'));
    expect(made.settings).toMatchObject({ phases: 3, secondsFromFirst: [0, 407, 761], timesFrom: 'image' });
    const [ours, theirs] = [map('breast', 'pe1').values, series(pe1).values];
    expect(
      Array.from(theirs).reduce((wrong, stored, at) => wrong + (stored !== 0 && Math.trunc(ours[at] as number) !== stored ? 1 : 0), 0),
    ).toBe(0);
    const [ratio, stored] = [map('breast', 'ser').values, series(ser).values];
    const off = (at: number) => Math.abs(Math.min(3, Math.max(0, ratio[at] as number)) - (stored[at] as number)) > 0.00051;
    expect(Array.from(stored).reduce((wrong, value, at) => wrong + (value !== 0 && off(at) ? 1 : 0), 0)).toBe(0);
    const volume = (answer: Answer) => (answer.results['functionalTumorVolume'] as { voxels: number }).voxels;
    const [all, washout] = truth.ftv.published.map(({ voxels }) => voxels) as [number, number];
    expect(Math.abs(volume(made) - all)).toBeLessThanOrEqual(10);
    const counted = await run('map', 'ftv', '--ser', ser, '--voi-from', ser, '--out', join(scratch, 'ftv'));
    expect(volume(counted)).toBe(all);
    const limited = await run('map', 'ftv', '--ser', ser, '--voi-from', ser, '--min-ser', '0.9', '--out', join(scratch, 'ftv'));
    expect(Math.abs(volume(limited) - washout)).toBeLessThanOrEqual(10);
  });
});

describe.skipIf(!has('dce_pk'))('cohortium map kinetic on the QIBA reference object (1,321 big-endian files)', () => {
  it('Ktrans and ve of every voxel within 2 %, times and echo from the files', async () => {
    const truth = JSON.parse(readFileSync(join(reference, 'dce_pk/qiba_v6_tofts/truth.json'), 'utf8')) as {
      T1_tissue_ms: number;
      T1_blood_ms: number;
      haematocrit: number;
      rows_aif: [number, number];
      patches: { rows: [number, number]; cols: [number, number]; ktrans_per_min: number; ve: number }[];
    };
    const folder = unpacked('dce_pk/qiba_v6_tofts/dicom.tar.gz', 'qiba');
    const first = readdirSync(folder).find((name) => name.endsWith('.dcm')) as string;
    const { geometry } = readDicomSlices([{ name: first, bytes: readFileSync(join(folder, first)) }]);
    const [columns, rows] = geometry.dimensions;
    const inside = (name: string, is: (i: number, j: number) => boolean) => {
      const voxels = Uint8Array.from({ length: columns * rows }, (_, at) => (is(at % columns, Math.floor(at / columns)) ? 1 : 0));
      writeFileSync(join(scratch, name), writeNifti({ geometry, values: voxels }));
      return join(scratch, name);
    };
    const vessel = inside('vessel.nii', (_, j) => j >= truth.rows_aif[0] && j < truth.rows_aif[1]);
    const within = (value: number, [from, to]: [number, number]) => value >= from && value < to;
    const patchAt = (i: number, j: number) => truth.patches.find((patch) => within(j, patch.rows) && within(i, patch.cols));
    const tissue = inside('tissue.nii', (i, j) => patchAt(i, j) !== undefined);
    const options = ['--model', 'tofts', '--aif-mask', vessel, '--aif-t1', `${truth.T1_blood_ms}`, '--t1', `${truth.T1_tissue_ms}`];
    const common = ['--hematocrit', `${truth.haematocrit}`, '--mask', tissue, '--out', join(scratch, 'kinetic')];
    const made = await run('map', 'kinetic', '--image', folder, ...options, ...common);
    expect(made.settings).toMatchObject({ phases: 1321, timesFrom: 'image', concentration: { repetitionTimeMs: 5, flipAngleDeg: 30 } });
    expect(made.results).toMatchObject({ fitted: 3000, failedShare: 0 });
    const [ktrans, ve] = [map('kinetic', 'ktrans').values, map('kinetic', 've').values];
    let worst = 0;
    for (let at = 0; at < columns * rows; at++) {
      const patch = patchAt(at % columns, Math.floor(at / columns));
      if (patch === undefined) continue;
      worst = Math.max(worst, Math.abs((ktrans[at] as number) / patch.ktrans_per_min - 1), Math.abs((ve[at] as number) / patch.ve - 1));
    }
    console.log(`QIBA v6 by the command line: largest deviation of 3,000 voxels ${(100 * worst).toFixed(2)} %`);
    expect(worst).toBeLessThan(0.02);
  });
});

describe.skipIf(!has('mr_multivendor'))('cohortium map adc on scanners of several makers', () => {
  it.each([
    ['uih_dwi', [1, 16]],
    ['philips_dwi', [1, 1]],
  ] as const)('%s: b-values from the files, directions of one b-value averaged', async (name, sizes) => {
    const made = await run(
      'map',
      'adc',
      '--image',
      unpacked(`mr_multivendor/${name}/dicom.tar.gz`, name),
      '--out',
      join(scratch, `${name}-adc`),
    );
    const groups = made.settings['groups'] as { b: number; images: number }[];
    expect(groups.map(({ images }) => images)).toEqual(sizes);
    expect(made.results['median'] as number).toBeGreaterThan(100);
    expect(made.results['median'] as number).toBeLessThan(3300);
  });

  it('toshiba_adc: no unit is stated; the only plausible one is taken, a named one wins', async () => {
    const folder = unpacked('mr_multivendor/toshiba_adc/dicom.tar.gz', 'toshiba_adc');
    const made = await run('map', 'adc', '--vendor-map', folder, '--out', join(scratch, 'toshiba'));
    expect(made.settings).toMatchObject({ vendorMap: { statedUnit: null, unit: '10^-6 mm^2/s', basis: 'range' } });
    const named = await run('map', 'adc', '--vendor-map', folder, '--unit', '10^-5 mm^2/s', '--out', join(scratch, 'toshiba'));
    expect(named.results['median']).toBe(10 * (made.results['median'] as number));
  });
});
