import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readNifti } from '@cohortium/imaging';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeFrame } from '../fixtures/dicom-encoders.js';
import { dicomFile, mrSlice } from '../fixtures/dicom-writer.js';
import type { Elements } from '../fixtures/dicom-writer.js';
import { main } from '../../apps/cli/src/main.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'intake-series-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

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

const person: Elements = {
  '00100010': ['PN', 'Doe^Jane'],
  '00100020': ['LO', 'MRN-4711'],
  '00100030': ['DA', '19700203'],
  '00080020': ['DA', '20211224'],
  '00080022': ['DA', '20211224'],
};
const times = (tr: number, te: number): Elements => ({ '00180080': ['DS', `${tr}`], '00180081': ['DS', `${te}`] });

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}

/** Three phases, a diffusion series and a map, among files that cannot be used. */
async function fill(): Promise<void> {
  const slice = (uid: string, number: number, z: number, changes: Elements) =>
    mrSlice({
      ...person,
      '0020000e': ['UI', `1.2.3.${uid}`],
      '00200011': ['IS', `${number}`],
      '00200032': ['DS', `-10\\5\\${z}`],
      ...changes,
    });
  for (const phase of [1, 2, 3])
    for (const z of [0, 2]) {
      const elements = slice('1', 1, z, { ...times(4.5, 1.8), '00080070': ['LO', 'SIEMENS'], '0008103e': ['LO', 't1_dyna'], '00180022': ['CS', 'FS'], '00200100': ['IS', `${phase}`], '00080032': ['TM', `0915${10 * phase}`] }); // prettier-ignore
      write(`JaneDoe/dce/${9 - phase}-${z}.dcm`, dicomFile(elements));
    }
  const bytes = mrSlice()['7fe00010']?.[1] as Uint8Array;
  const fragment = await encodeFrame('jpegLs', { width: 8, height: 6, bytes, bits: 16 });
  for (const b of [0, 800])
    for (const z of [0, 2]) {
      const elements = slice('2', 2, z, { ...times(7000, 80), '00180020': ['CS', 'EP\\SE'], '00189087': ['FD', [b]], '7fe00010': ['OB', { fragments: [fragment] }] }); // prettier-ignore
      write(`JaneDoe/${b}-${z}`, dicomFile(elements, { syntax: '1.2.840.10008.1.2.4.80' }));
    }
  const map = slice('3', 3, 0, { '00080008': ['CS', 'DERIVED\\PRIMARY\\ADC'], '00281054': ['LO', '10^-6 mm2/s'] });
  write('JaneDoe/map.dcm', dicomFile({ ...map, '00100020': ['LO', 'MRN-0815'], '0020000d': ['UI', '1.9'] }));
  write('JaneDoe/rs.dcm', dicomFile({ ...person, '00080060': ['CS', 'RTSTRUCT'], '0020000d': ['UI', '1.2.3'] }));
  write('JaneDoe/cut.dcm', dicomFile(slice('1', 1, 4, times(4.5, 1.8))).subarray(0, -40));
  write('JaneDoe/torn.dcm', dicomFile(slice('1', 1, 4, times(4.5, 1.8))).subarray(0, 300));
  write('JaneDoe/notes.txt', Buffer.from('no DICOM'));
  write('.hidden/x.dcm', dicomFile(mrSlice()));
}

interface ScanJson {
  readonly studies: readonly { readonly series: readonly { readonly ordinal: number; readonly role: string; readonly facts: { readonly seriesUid: string; readonly volumes: readonly { readonly role: string; readonly startSeconds?: number; readonly bValue?: number }[] }; readonly passport?: { readonly verdict: string } }[]; readonly others: object; readonly participant: number; readonly passport?: { readonly verdict: string } }[]; // prettier-ignore
  readonly problems: readonly { readonly file: number; readonly code: string }[];
  readonly [key: string]: unknown;
}

describe('cohortium intake scan', () => {
  it('lists studies, series and volumes of a mixture, and reasons for what cannot be used', async () => {
    await fill();
    const { code, stdout, stderr } = await cohortium('intake', 'scan', folder, '--json');
    expect(code, stderr).toBe(0);
    const scan = JSON.parse(stdout) as ScanJson;
    expect(scan).toMatchObject({ schemaVersion: 1, files: 15, dicomFiles: 14, passedOver: 1, participants: 2 });
    const [first, second] = scan.studies;
    expect(first?.series.map(({ role, facts }) => [role, facts.volumes.map((volume) => [volume.role, volume.startSeconds])])).toEqual([
      ['dce', [['dce-pre', 0], ['dce-phase-1', 10], ['dce-phase-2', 20]]], // prettier-ignore
      ['dwi', [['dwi-b0', undefined], ['dwi-b800', undefined]]], // prettier-ignore
    ]);
    expect(first?.others).toEqual({ RTSTRUCT: 1 });
    expect(second?.series.map(({ role }) => role)).toEqual(['adc']);
    expect(scan.problems.map(({ code: reason }) => reason)).toEqual(['IMAGING.BAD_DICOM', 'IMAGING.BAD_DICOM']);
    expect(scan['scannerMatrix']).toMatchObject([{ manufacturer: null, role: 'adc' }, { manufacturer: null, role: 'dwi' }, { manufacturer: 'SIEMENS', role: 'dce', series: 1 }]); // prettier-ignore
  });

  it('shows nobody: no name, number, date or path, in either form and language', async () => {
    await fill();
    for (const options of [['--json'], [], ['--lang', 'zh']]) {
      const { stdout, stderr } = await cohortium('intake', 'scan', folder, ...options);
      for (const secret of ['Doe', '4711', '0815', '19700203', '2021', 'cut.dcm']) expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('tells people the same in both languages', async () => {
    await fill();
    const english = await cohortium('intake', 'scan', folder);
    expect(english.stdout).toMatch(/1 +dce +\d+ % +t1_dyna +6 +3\/3 +8x6x2, 0.5x2x2 mm +3 at 0, 10, 20 s/);
    expect(english.stderr).toMatch(/IMAGING\.BAD_DICOM: DICOM file \d+ of 15/);
    const chinese = await cohortium('intake', 'scan', folder, '--lang', 'zh');
    expect(chinese.stdout).toContain('影像检查 1，参与者 1');
    expect(chinese.stderr).toMatch(/第 \d+ 个 DICOM 文件（共 15 个）无法使用/);
  });

  it('judges series by rules, refuses with exit code 3, and follows a correction', async () => {
    await fill();
    const rules = join(folder, '.rules.yaml');
    writeFileSync(rules, 'dce: {required: true, phases: {min: 3}, sliceThicknessMm: {max: 2.4}}\nadc: {required: true}\n');
    const { code, stdout, stderr } = await cohortium('intake', 'scan', folder, '--rules', rules);
    expect(code).toBe(3);
    expect(stdout).toMatch(/dce .*refuse/);
    expect(stderr).toContain('Series 1 (dce): refused: sliceThicknessMm is 2.5 at (0018,0050); allowed: <= 2.4');
    expect(stderr).toContain('Imaging study 1: refused: adc is missing');
    writeFileSync(rules, 'dce: {phases: {min: 3}}\nt2w: {echoTimeMs: {min: 80}}\n');
    const corrected = await cohortium('intake', 'scan', folder, '--rules', rules, '--role', '2=t2w', '--json');
    expect(corrected.code).toBe(0);
    const series = (JSON.parse(corrected.stdout) as ScanJson).studies[0]?.series[1];
    expect(series).toMatchObject({
      role: 't2w',
      confidence: 1,
      correction: { from: 'dwi' },
      passport: { verdict: 'pass', findings: [{ rule: 'echoTimeMs', value: 80 }] },
    });
    writeFileSync(rules, 'dce: {phasez: 3}\n');
    expect((await cohortium('intake', 'scan', folder, '--rules', rules)).stderr).toContain('IMAGING.BAD_RULES');
    expect((await cohortium('intake', 'scan', folder, '--role', '2=t3')).code).toBe(2);
  });

  it('refuses a folder that is absent, and one without images', async () => {
    expect((await cohortium('intake', 'scan', join(folder, 'none'))).stderr).toContain('CLI.CANNOT_READ');
    writeFileSync(join(folder, 'notes.txt'), 'no DICOM');
    const { code, stderr } = await cohortium('intake', 'scan', folder);
    expect([code, stderr.includes('IMAGING.NO_SLICES')]).toEqual([2, true]);
  });
});

describe('cohortium intake convert', () => {
  it('writes each volume with its facts; the voxels are those of the slices', async () => {
    await fill();
    const out = join(folder, 'out');
    const { code, stdout, stderr } = await cohortium('intake', 'convert', join(folder, 'JaneDoe'), '--out', out, '--json');
    expect(code, stderr).toBe(0);
    const { volumes } = JSON.parse(stdout) as { volumes: { file: string; role: string; series: number; sha256: string }[] };
    expect(volumes.map(({ file }) => file)).toEqual(['s001-v001-dce-pre.nii.gz', 's001-v002-dce-phase-1.nii.gz', 's001-v003-dce-phase-2.nii.gz', 's002-v001-dwi-b0.nii.gz', 's002-v002-dwi-b800.nii.gz', 's003-v001-adc.nii.gz']); // prettier-ignore
    expect(readdirSync(out).sort()).toEqual(
      [...volumes.flatMap(({ file }) => [file, file.replace('.nii.gz', '.json')]), 'volumes.json'].sort(),
    );
    const bytes = mrSlice()['7fe00010']?.[1] as Uint8Array;
    const stored = [...new Uint16Array(bytes.slice().buffer)].map((value) => value & 0xfff);
    for (const { file } of volumes.slice(0, 5)) {
      const volume = readNifti(readFileSync(join(out, file)));
      expect(volume.geometry).toMatchObject({ dimensions: [8, 6, 2], spacingMm: [0.5, 2, 2], originMm: [-10, 5, 0] });
      expect([...volume.values]).toEqual([...stored, ...stored]);
    }
    const sidecar = JSON.parse(readFileSync(join(out, 's001-v002-dce-phase-1.json'), 'utf8')) as object;
    expect(sidecar).toMatchObject({
      role: 'dce-phase-1',
      series: 1,
      volume: 2,
      volumes: 3,
      FrameTimesStart: [10],
      RepetitionTime: 0.0045,
      EchoTime: 0.0018,
      facts: { phase: 2, startSeconds: 10 },
    });
    expect(JSON.parse(readFileSync(join(out, 's002-v002-dwi-b800.json'), 'utf8'))).toMatchObject({
      BValues: [800],
      facts: { bValueSource: '(0018,9087)' },
    });
    expect(JSON.parse(readFileSync(join(out, 's003-v001-adc.json'), 'utf8'))).toMatchObject({ Units: '10^-6 mm2/s' });
    expect(statSync(join(out, 's001-v001-dce-pre.nii.gz')).mode & 0o777).toBe(0o600);
    expect(gunzipSync(readFileSync(join(out, volumes[0]?.file as string))).readInt16LE(70)).toBe(4);
  });

  it('takes single series by number or UID, replaces what it wrote, and leaves the files of others alone', async () => {
    await fill();
    const out = join(folder, 'out');
    const convert = (...options: string[]) => cohortium('intake', 'convert', join(folder, 'JaneDoe'), '--out', out, ...options);
    expect((await convert('--series', '1.2.3.2')).code).toBe(0);
    expect(readdirSync(out)).toContain('s002-v002-dwi-b800.nii.gz');
    expect((await convert('--series', '3')).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['s003-v001-adc.json', 's003-v001-adc.nii.gz', 'volumes.json']);
    expect((await convert('--series', '9')).stderr).toContain('IMAGING.NO_SLICES');
    writeFileSync(join(out, 'mine.txt'), 'mine');
    expect((await convert()).stderr).toContain('CLI.OUT_NOT_OURS');
  });

  it('writes what is whole where a slice is missing, and says which', async () => {
    await fill();
    rmSync(join(folder, 'JaneDoe/dce/7-0.dcm'));
    rmSync(join(folder, 'JaneDoe/dce/7-2.dcm'));
    for (const z of [0, 2, 6])
      write(`JaneDoe/dce/7-${z}.dcm`, dicomFile(mrSlice({ ...person, ...times(4.5, 1.8), '0020000e': ['UI', '1.2.3.1'], '00200032': ['DS', `-10\\5\\${z}`], '00200013': ['IS', `${z + 1}`], '00200100': ['IS', '2'], '00080032': ['TM', '091520'] }))); // prettier-ignore
    const { code, stderr } = await cohortium('intake', 'convert', join(folder, 'JaneDoe/dce'), '--out', join(folder, 'out'));
    expect(code).toBe(0);
    expect(stderr).toContain('Not written: series 1, volume 2: IMAGING.UNEVEN_SLICES');
    expect(stderr).toContain('InstanceNumber 3');
    expect(readdirSync(join(folder, 'out'))).toContain('s001-v003-dce-phase-2.nii.gz');
  });

  it('leaves nothing behind where the folder cannot be written', async () => {
    await fill();
    mkdirSync(join(folder, 'locked'));
    chmodSync(join(folder, 'locked'), 0o500);
    const { code } = await cohortium('intake', 'convert', join(folder, 'JaneDoe'), '--out', join(folder, 'JaneDoe/map.dcm'));
    expect(code).toBe(2);
    expect(readdirSync(join(folder, 'JaneDoe')).filter((name) => name.includes('partial'))).toEqual([]);
  });
});
