import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexToPatient, readNifti, writeDicom, writeNifti } from '@cohortium/imaging';
import type { DicomRecord, Geometry } from '@cohortium/imaging';
import { SeededRandom } from '@cohortium/numerics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../main.js';

const geometry: Geometry = {
  dimensions: [24, 20, 12],
  spacingMm: [1, 1, 2],
  originMm: [-10, 5, 30],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const count = 24 * 20 * 12;
const place = (at: number) => [at % 24, Math.floor(at / 24) % 20, Math.floor(at / 480)] as const;
const inBody = (i: number, j: number) => (i - 12) ** 2 + (j - 10) ** 2 < 81;
const inLesion = (i: number, j: number, k: number) => (i - 10) ** 2 + (j - 10) ** 2 + (2 * (k - 5)) ** 2 <= 16;
const lesion = Uint8Array.from({ length: count }, (_, at) => (inLesion(...place(at)) ? 1 : 0));
const lesionCount = lesion.reduce((sum, voxel) => sum + voxel, 0);

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'regions-spec-'));
  const random = new SeededRandom(2);
  const voxel = (at: number) => {
    const [i, j, k] = place(at);
    return Math.round((inLesion(i, j, k) ? 300 : inBody(i, j) ? 90 : 3) + 3 * random.normal() + 10);
  };
  const values = Int16Array.from({ length: count }, (_, at) => voxel(at));
  mkdirSync(file('series'));
  for (let k = 0; k < 12; k++) writeFileSync(file(`series/${k}.dcm`), slice(k, values));
  // Before and after contrast in one series: the body is the same, the lesion takes up.
  mkdirSync(file('dynamic'));
  const before = values.map((value, at) => (lesion[at] === 1 ? 110 : value));
  for (const [phase, of] of [before, values].entries())
    for (let k = 0; k < 12; k++) {
      const number = 12 * phase + k + 1;
      const over = { SOPInstanceUID: `1.2.826.0.1.10.${number}`, SeriesInstanceUID: '1.2.826.0.1.11', InstanceNumber: number };
      const time = { TemporalPositionIdentifier: phase + 1, AcquisitionTime: `12000${phase}`, AcquisitionNumber: phase + 1 };
      writeFileSync(file(`dynamic/${number}.dcm`), slice(k, of, { ...over, ...time }));
    }
  writeFileSync(file('image.nii'), writeNifti({ geometry, values }));
  writeFileSync(file('mask.nii'), writeNifti({ geometry, values: lesion }));
  writeFileSync(file('structures.dcm'), structures());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function slice(k: number, values: Int16Array, over: DicomRecord = {}): Uint8Array {
  const [rows, columns] = [20, 24];
  return writeDicom({
    ...study(),
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.4',
    SOPInstanceUID: `1.2.826.0.1.9.${k + 1}`,
    SeriesInstanceUID: '1.2.826.0.1.8',
    Modality: 'MR',
    ImagePositionPatient: indexToPatient(geometry, [0, 0, k]),
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    PixelSpacing: [1, 1],
    SliceThickness: 2,
    Rows: rows,
    Columns: columns,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    PixelData: values.slice(480 * k, 480 * (k + 1)),
    ...over,
  });
}

function study(): DicomRecord {
  return {
    PatientName: 'Phantom^A',
    PatientID: 'P1',
    PatientBirthDate: null,
    PatientSex: null,
    StudyInstanceUID: '1.2.826.0.1.7',
    StudyDate: '20260101',
    StudyTime: '120000',
    ReferringPhysicianName: null,
    StudyID: 'a study identifier that is too long',
    AccessionNumber: null,
    FrameOfReferenceUID: '1.2.826.0.1.6',
    PositionReferenceIndicator: null,
  };
}

/** A square with a square hole on two slices, and a point. */
function structures(): Uint8Array {
  const contour = (type: string, k: number, points: readonly (readonly [number, number])[]) => ({
    ContourGeometricType: type,
    NumberOfContourPoints: points.length,
    ContourData: points.flatMap(([i, j]) => [...indexToPatient(geometry, [i, j, k])]),
  });
  const square = (k: number, a: number, b: number) => contour('CLOSED_PLANAR', k, [[a, a], [b, a], [b, b], [a, b]]); // prettier-ignore
  return writeDicom({
    ...study(),
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3',
    SOPInstanceUID: '1.2.826.0.1.5',
    Modality: 'RTSTRUCT',
    StructureSetROISequence: [{ ROINumber: 3, ROIName: 'Lesion', ReferencedFrameOfReferenceUID: '1.2.826.0.1.6' }],
    ROIContourSequence: [
      {
        ReferencedROINumber: 3,
        ContourSequence: [square(4, 4.5, 12.5), square(4, 6.5, 8.5), square(5, 4.5, 12.5), contour('POINT', 4, [[1, 1]])],
      },
    ],
  });
}

/** Runs `cohortium region ...` in this process with JSON output. */
async function region(...argv: string[]): Promise<{ code: number; json: Record<string, never>; stderr: string }> {
  return cohortium('region', ...argv, '--json', '--lang', 'en');
}

async function cohortium(...argv: string[]): Promise<{ code: number; json: Record<string, never>; stderr: string }> {
  const out = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      out[name] += String(text);
      return true;
    }),
  );
  try {
    const code = await main(argv);
    return { code, json: JSON.parse(out.stdout || '{}') as Record<string, never>, stderr: out.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const voxelsOf = (path: string): number[] => Array.from(readNifti(readFileSync(path)).values);

describe('cohortium region mask and export-seg', () => {
  it('fills the contours of a structure set, with holes, and says what was left out', async () => {
    const { code, json, stderr } = await region('from-rtstruct', file('structures.dcm'), '--image', file('series'), '--roi', 'Lesion', '--out', file('rt.nii.gz')); // prettier-ignore
    expect(code).toBe(0);
    expect(json).toMatchObject({ voxels: 64 + 64 - 4, region: { kind: 'structureSet', number: 3, frameOfReference: 'same', contours: { count: 3, slices: 2, ignored: 1 } } }); // prettier-ignore
    expect(stderr).toContain('1 point or open line was left out');
    expect(statSync(file('rt.nii.gz')).mode & 0o777).toBe(0o600);
  });

  it('exports a segmentation that comes back as it was, and that other tools read', async () => {
    const written = await region('export-seg', '--mask', file('mask.nii'), file('structures.dcm'), '--name', 'Tumor', 'Drawn', '--image', file('series'), '--out', file('seg.dcm')); // prettier-ignore
    expect(written.code).toBe(0);
    const { json } = await region('list', file('seg.dcm'));
    expect(json).toMatchObject({ kind: 'binary', sourceSeriesUids: ['1.2.826.0.1.8'], frameOfReferenceUid: '1.2.826.0.1.6', regions: [{ label: 'Tumor', voxels: lesionCount }, { label: 'Drawn', voxels: 124 }] }); // prettier-ignore
    const back = await region('from-seg', file('seg.dcm'), '--image', file('image.nii'), '--segment', '1', '--out', file('back.nii'));
    expect(back.json).toMatchObject({ region: { kind: 'binary', number: 1, frameOfReference: 'unknown', placement: { method: 'exact' } } });
    expect([...voxelsOf(file('back.nii'))]).toEqual([...lesion]);
    if (!existsSync('/usr/bin/dciodvfy')) console.warn('skipped: conformance of the segmentation: dciodvfy (dicom3tools) is not installed');
    else expect(verified(file('seg.dcm'))).not.toMatch(/^Error/m);
  });

  it('asks which region is meant, and refuses another grid unless told to resample', async () => {
    expect((await region('mask', file('seg.dcm'), '--image', file('series'), '--out', file('x.nii'))).json).toMatchObject({ error: { code: 'REGION.AMBIGUOUS' } }); // prettier-ignore
    const shifted = { geometry: { ...geometry, originMm: [-9.5, 5, 30] as const }, values: new Int16Array(count) };
    writeFileSync(file('shifted.nii'), writeNifti(shifted));
    const onto = ['mask', file('seg.dcm'), '--label', '1', '--image', file('shifted.nii'), '--out', file('moved.nii')];
    const refused = await region(...onto);
    expect(refused.code).toBe(2);
    expect(refused.json).toMatchObject({ error: { code: 'REGION.OFF_GRID' } });
    expect((await region(...onto, '--resample', 'nearest')).json).toMatchObject({ region: { placement: { method: 'nearest' } } });
  });
});

describe('cohortium region ring, compare, grow, segment and perturb', () => {
  it('makes rings that end at the body, one file each', async () => {
    const { code, json } = await region('ring', '--mask', file('mask.nii'), '--mm', '2,4,8', '--image', file('image.nii'), '--out', file('rings')); // prettier-ignore
    expect(code).toBe(0);
    const { bands, cumulative } = json as unknown as Record<
      'bands' | 'cumulative',
      { voxelCount: number; outsideBody: number; out: string }[]
    >;
    expect(bands).toHaveLength(3);
    expect(bands[2]?.outsideBody).toBeGreaterThan(0);
    expect(voxelsOf(cumulative[2]?.out as string).reduce((sum, voxel) => sum + voxel, 0)).toBe(cumulative[2]?.voxelCount);
  });

  it('grows a lesion from a click and from a box that agrees with the true one', async () => {
    for (const start of [
      ['--seed', '10,10,5'],
      ['--seed-mm', '0.2,15,40'],
      ['--box', '4,4,2,16,16,8'],
    ]) {
      expect((await region('grow', '--image', file('series'), ...start, '--out', file('grown.nii.gz'))).code).toBe(0);
      const { json } = await region('compare', file('mask.nii'), file('grown.nii.gz'));
      expect(json['dice']).toBeGreaterThan(0.97);
    }
    const phases = ['grow', '--image', file('dynamic'), '--phases', '1,0', '--seed', '10,10,5', '--out', file('grown.nii.gz')];
    expect((await region(...phases)).json).toMatchObject({ phases: [1, 0], isCut: false });
    expect((await region('compare', file('mask.nii'), file('grown.nii.gz'))).json['dice']).toBeGreaterThan(0.99);
    const placed = await region('mask', file('mask.nii'), '--image', file('dynamic'), '--out', file('x.nii'));
    expect(placed.json).toMatchObject({ voxels: lesionCount, region: { placement: { method: 'exact' } } });
    expect((await region('grow', '--image', file('series'), '--out', file('x.nii'))).json).toMatchObject({ error: { code: 'CLI.USAGE' } });
  });

  it('runs a model in ONNX as it is worked out by hand', async () => {
    await region('example-model', '--out', file('example.onnx'));
    const { code, json } = await region(
      'segment',
      '--image',
      file('image.nii'),
      '--model',
      file('example.onnx'),
      '--out',
      file('model.nii'),
    );
    expect(code).toBe(0);
    const values = voxelsOf(file('image.nii'));
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    const expected = Uint8Array.from({ length: count }, (_, at) => {
      const [i, j, k] = place(at);
      let sum = 0;
      for (const c of [k - 1, k, k + 1])
        for (const b of [j - 1, j, j + 1])
          for (const a of [i - 1, i, i + 1])
            if (a >= 0 && b >= 0 && c >= 0 && a < 24 && b < 20 && c < 12) sum += ((values[a + 24 * (b + 20 * c)] as number) - mean) / sd;
      return sum / 27 >= 2 ? 1 : 0;
    });
    expect([...voxelsOf(file('model.nii'))]).toEqual([...expected]);
    expect(json).toMatchObject({ voxels: expected.reduce((sum, voxel) => sum + voxel, 0), blocks: 1 });
    const refused = await region('segment', '--image', file('image.nii'), '--model', file('mask.nii'), '--out', file('x.nii'));
    expect(refused).toMatchObject({ code: 2, json: { error: { code: 'REGION.BAD_MODEL' } } });
  });

  it('perturbs image and region into a list of cases, the same for the same seed', async () => {
    const run = (out: string) =>
      region('perturb', '--image', file('series'), '--mask', file('mask.nii'), '--rotate', '-4,4', '--volume', '0.1', '--noise', '--contour', '--out', file(out)); // prettier-ignore
    const { code, json } = await run('p1');
    await run('p2');
    expect(code).toBe(0);
    expect(json['pairs']).toHaveLength(2);
    expect(readFileSync(file('p1/cases.csv'), 'utf8')).toBe(
      'case,image,mask\n1,image-1.nii.gz,mask-1.nii.gz\n2,image-2.nii.gz,mask-2.nii.gz\n',
    );
    for (const name of ['image-2.nii.gz', 'mask-2.nii.gz'])
      expect(readFileSync(file(`p1/${name}`)).equals(readFileSync(file(`p2/${name}`)))).toBe(true);
  });

  it('takes a segmentation and a structure set in an extraction, and gives the features of the mask', async () => {
    const features = async (mask: string, ...argv: string[]) => {
      const { json } = await cohortium('extract', '--image', file('series'), '--mask', file(mask), '--settings', 'ibsi-phantom', '--json', ...argv); // prettier-ignore
      return json as unknown as { features: unknown; mask: { label: number | null; region?: { kind: string } } };
    };
    const [plain, seg] = [await features('mask.nii'), await features('seg.dcm', '--label', '1')];
    expect(seg.features).toEqual(plain.features);
    expect(seg.mask).toMatchObject({ label: 1, region: { kind: 'binary', frameOfReference: 'same', placement: { method: 'exact' } } });
    const [drawn, contours] = [await features('rt.nii.gz'), await features('structures.dcm', '--label', '3')];
    expect(contours.features).toEqual(drawn.features);
  });
});

/** What the validator says. */
function verified(path: string): string {
  return execFileSync('sh', ['-c', `dciodvfy '${path}' 2>&1 || true`], { encoding: 'utf8' });
}
