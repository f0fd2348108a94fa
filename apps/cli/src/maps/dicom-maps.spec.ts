import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNifti, readSourceSeries, writeDicom, writeNifti, writeSegmentation } from '@cohortium/imaging';
import type { DicomRecord, Geometry } from '@cohortium/imaging';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../main.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'dicom-maps-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function cohortium(...argv: string[]): Promise<{ code: number; stderr: string }> {
  const out = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      out[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main([...argv, '--lang', 'en']), ...out };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const map = (name: string) => [...readNifti(readFileSync(join(folder, 'out', `${name}.nii.gz`))).values];
const slices = 3;
const geometry: Geometry = {
  dimensions: [4, 4, slices],
  spacingMm: [1, 2, 3],
  originMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const frameOfReference = '1.2.9';

/** A slice whose every pixel has one value. */
function slice(name: string, z: number, value: number, over: DicomRecord): void {
  const at = join(folder, 'series', `${name}-${z}.dcm`);
  mkdirSync(join(folder, 'series'), { recursive: true });
  const record: DicomRecord = {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.4',
    SOPInstanceUID: `1.2.3.${[...name].map((letter) => letter.charCodeAt(0)).join('')}.${z}`,
    Modality: 'MR',
    StudyInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2.3.4',
    FrameOfReferenceUID: frameOfReference,
    AcquisitionDate: '20260101',
    SliceThickness: 3,
    ImagePositionPatient: [0, 0, 3 * z],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: 4,
    Columns: 4,
    PixelSpacing: [2, 1],
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 0,
    PixelData: new Uint8Array(Uint16Array.from({ length: 16 }, () => value).buffer),
    ...over,
  };
  writeFileSync(at, writeDicom(record));
}

const series = () => join(folder, 'series');
const out = () => ['--out', join(folder, 'out')];

describe('series of water and fat', () => {
  // Water doubles after contrast, fat stays.
  const signals = { WATER: [100, 200, 150], FAT: [300, 300, 300] } as const;
  function writeDixon(ofSeries: (kind: 'WATER' | 'FAT') => string): void {
    for (const kind of ['WATER', 'FAT'] as const)
      signals[kind].forEach((value, phase) => {
        for (let z = 0; z < slices; z++)
          slice(`${kind}${phase}`, z, value, {
            ImageType: ['DERIVED', 'PRIMARY', 'M', 'ND', 'DIXON', kind],
            SeriesInstanceUID: ofSeries(kind),
            AcquisitionTime: `10${10 + phase}00`,
            EchoTime: 1.2,
          });
      });
  }

  it.each([
    ['in one series', () => '1.2.3.4'],
    ['in a series each', (kind: string) => (kind === 'WATER' ? '1.2.3.4' : '1.2.3.5')],
  ])('are not computed with each other; --kind takes one of them (%s)', async (_, ofSeries) => {
    writeDixon(ofSeries);
    const mixed = await cohortium('map', 'dce', '--image', series(), ...out());
    expect(mixed.code).toBe(2);
    expect(mixed.stderr).toContain('CLI.MIXED_IMAGES');
    expect(mixed.stderr).toContain('fat, TE 1.2 ms; water, TE 1.2 ms');
    expect((await cohortium('map', 'dce', '--image', series(), '--kind', 'water', ...out())).code).toBe(0);
    expect(new Set(map('pe1'))).toEqual(new Set([100]));
    expect(new Set(map('wash-out'))).toEqual(new Set([-50]));
    const absent = await cohortium('map', 'dce', '--image', series(), '--kind', 'phase', ...out());
    expect([absent.code, absent.stderr.includes('CLI.KIND_ABSENT')]).toEqual([2, true]);
  });
});

describe('--mask of a map', () => {
  const drawn = Uint8Array.from({ length: 48 }, (_, at) => (at % 16 === 5 || at === 22 ? 1 : 0));
  const concept = { value: '4147007', scheme: 'SCT', meaning: 'Mass' };
  beforeEach(() => {
    for (const [at, b] of [0, 500, 1000].entries())
      for (let z = 0; z < slices; z++)
        slice(`b${at}`, z, Math.round(20_000 * Math.exp(-b * 1e-3)), { DiffusionBValue: b, ImageType: ['ORIGINAL', 'PRIMARY', 'M'] });
  });
  const fitted = () => map('adc').map((value) => (Number.isFinite(value) ? 1 : 0));
  const adc = (mask: string, ...more: string[]) => cohortium('map', 'adc', '--image', series(), '--mask', mask, ...more, ...out());

  function segmentationFile(frame = frameOfReference): string {
    const source = readSourceSeries([{ name: 'b0', bytes: readFileSync(join(series(), 'b0-0.dcm')) }]);
    if (source === undefined) throw new Error('no image');
    const algorithm = { type: 'MANUAL', name: '' } as const;
    const segments = [drawn.map((voxel) => 1 - voxel), drawn].map((voxels, at) => ({ label: `part ${at + 1}`, mask: { geometry, voxels }, category: concept, type: concept, algorithm })); // prettier-ignore
    const other = frame === frameOfReference ? {} : { frameOfReferenceUid: frame, seriesUid: '1.9', images: [] };
    const options = { contentDate: '20260101', contentTime: '120000', software: { name: 'T', version: '1' }, seriesDescription: 'R' };
    const path = join(folder, 'seg.dcm');
    writeFileSync(path, writeSegmentation(segments, { ...source, ...other }, options));
    return path;
  }

  it('is a label map, or one segment of a DICOM segmentation by number or name', async () => {
    const nifti = join(folder, 'mask.nii');
    writeFileSync(nifti, writeNifti({ geometry, values: Float32Array.from(drawn, (voxel) => 7 * voxel) }));
    for (const mask of [nifti, `${nifti}#7`, `${segmentationFile()}#2`, `${segmentationFile()}#part 2`]) {
      expect([mask, await adc(mask)]).toMatchObject([mask, { code: 0 }]);
      expect(fitted()).toEqual([...drawn]);
    }
    expect((await adc(segmentationFile())).stderr).toContain('REGION.AMBIGUOUS');
    expect((await adc(`${segmentationFile()}#3`)).stderr).toContain('REGION.ABSENT');
  });

  it('is a region of an RT structure set', async () => {
    // A square around the centers of two voxels by two, in the second slice.
    const contour = [0.5, 1, 3, 2.5, 1, 3, 2.5, 5, 3, 0.5, 5, 3];
    const path = join(folder, 'rtstruct.dcm');
    const set: DicomRecord = {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.481.3',
      SOPInstanceUID: '1.2.3.9',
      Modality: 'RTSTRUCT',
      StructureSetROISequence: [{ ROINumber: 4, ROIName: 'GTV', ReferencedFrameOfReferenceUID: frameOfReference }],
      ROIContourSequence: [
        {
          ReferencedROINumber: 4,
          ContourSequence: [{ ContourGeometricType: 'CLOSED_PLANAR', NumberOfContourPoints: 4, ContourData: contour }],
        },
      ],
    };
    writeFileSync(path, writeDicom(set));
    for (const mask of [path, `${path}#GTV`, `${path}#4`]) {
      expect((await adc(mask)).code).toBe(0);
      expect(fitted()).toEqual(Array.from({ length: 48 }, (_, at) => ([21, 22, 25, 26].includes(at) ? 1 : 0)));
    }
  });

  it('is refused where it was drawn in another frame of reference, unless told otherwise', async () => {
    const mask = `${segmentationFile('1.2.99')}#2`;
    expect((await adc(mask)).stderr).toContain('REGION.OTHER_FRAME_OF_REFERENCE');
    expect((await adc(mask, '--any-frame-of-reference')).code).toBe(0);
    expect(fitted()).toEqual([...drawn]);
  });
});
