import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAppError } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { describeGeometry } from '../geometry/geometry.js';
import { readDicomSlices } from './dicom-series.js';
import { readNifti } from './nifti.js';

const reference = process.env['COHORTIUM_REFERENCE'];
if (!reference) console.warn('COHORTIUM_REFERENCE is not set: real DICOM files are not read');

/** A data set of a plain MR slice; each element is [tag, representation, value]. */
type Elements = Record<string, readonly [vr: string, value: string | readonly number[] | Uint8Array]>;
const base: Elements = {
  '0020000e': ['UI', '1.2.3'],
  '00180050': ['DS', '2.5'],
  '00200032': ['DS', '-10\\5\\0'],
  '00200037': ['DS', '1\\0\\0\\0\\1\\0'],
  '00280002': ['US', [1]],
  '00280004': ['CS', 'MONOCHROME2'],
  '00280010': ['US', [2]],
  '00280011': ['US', [3]],
  '00280030': ['DS', '2\\0.5'],
  '00280100': ['US', [16]],
  '00280101': ['US', [12]],
  '00280102': ['US', [11]],
  '00280103': ['US', [1]],
  '7fe00010': ['OW', Uint8Array.from([1, 0, 0xff, 0x0f, 3, 0, 4, 0, 5, 0, 6, 0xf0])],
};

function slice(changes: Record<string, Elements[string] | undefined> = {}, syntax = '1.2.840.10008.1.2.1'): Uint8Array {
  const meta = element('00020010', ['UI', syntax]);
  const all = Object.entries({ ...base, ...changes }).filter((entry): entry is [string, Elements[string]] => entry[1] !== undefined);
  const body = all.sort(([a], [b]) => (a < b ? -1 : 1)).map(([tag, content]) => element(tag, content));
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element('00020000', ['UL', uint32(meta.length)]), meta, ...body]);
}

function uint32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function element(tag: string, [vr, value]: Elements[string]): Buffer {
  const content =
    value instanceof Uint8Array
      ? Buffer.from(value)
      : typeof value === 'string'
        ? Buffer.from(value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' '))
        : Buffer.from(Uint16Array.from(value).buffer);
  const long = vr === 'OW';
  const header = Buffer.alloc(long ? 12 : 8);
  header.writeUInt16LE(parseInt(tag.slice(0, 4), 16), 0);
  header.writeUInt16LE(parseInt(tag.slice(4), 16), 2);
  header.write(vr, 4, 'latin1');
  if (long) header.writeUInt32LE(content.length, 8);
  else header.writeUInt16LE(content.length, 6);
  return Buffer.concat([header, content]);
}

const stack = (positions: readonly number[], changes: (at: number) => Record<string, Elements[string] | undefined> = () => ({})) =>
  positions.map((z, at) => ({
    name: `${String(at).padStart(3, '0')}.dcm`,
    bytes: slice({ '00200032': ['DS', `-10\\5\\${z}`], ...changes(at) }),
  }));
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
  return 'no error';
};

describe('readDicomSlices', () => {
  it('orders slices along their normal and drops bits that are not stored', () => {
    const { geometry, values } = readDicomSlices(stack([7, 3, 5], (at) => ({ '00281052': ['DS', String(at * 100)] })));
    expect(describeGeometry(geometry)).toBe('3x2x3, 0.5x2x2 mm, @(-10, 5, 3), [1 0 0; 0 1 0; 0 0 1]');
    expect([...values]).toEqual([101, 99, 103, 104, 105, 106, 201, 199, 203, 204, 205, 206, 1, -1, 3, 4, 5, 6]);
    expect(values).toBeInstanceOf(Int32Array);
  });

  it('rescales each slice by its own slope', () => {
    const { values } = readDicomSlices(stack([0, 1], (at) => ({ '00281053': ['DS', at === 0 ? '0.5' : '2'], '00281052': ['DS', '1'] })));
    expect([...values]).toEqual([1.5, 0.5, 2.5, 3, 3.5, 4, 3, -1, 7, 9, 11, 13]);
  });

  it('reads unsigned, 8-bit and big-endian pixels', () => {
    const unsigned = readDicomSlices(stack([0, 1], () => ({ '00280103': ['US', [0]] })));
    expect([...unsigned.values].slice(0, 6)).toEqual([1, 4095, 3, 4, 5, 6]);
    const bytes = readDicomSlices(
      stack([0, 1], () => ({
        '00280100': ['US', [8]],
        '00280101': ['US', [8]],
        '00280102': ['US', [7]],
        '00280103': ['US', [0]],
        '7fe00010': ['OW', Uint8Array.from([1, 2, 3, 4, 5, 250])],
      })),
    );
    expect([...bytes.values].slice(0, 6)).toEqual([1, 2, 3, 4, 5, 250]);
  });

  it('a single slice takes its thickness, and must have one', () => {
    expect(describeGeometry(readDicomSlices(stack([4])).geometry)).toBe('3x2x1, 0.5x2x2.5 mm, @(-10, 5, 4), [1 0 0; 0 1 0; 0 0 1]');
    expect(codeOf(() => readDicomSlices(stack([4], () => ({ '00180050': undefined }))))).toBe('IMAGING.UNEVEN_SLICES');
  });

  it('passes over objects that are no images', () => {
    const structureSet = { name: 'rs.dcm', bytes: slice({ '00280010': undefined, '7fe00010': undefined }) };
    expect(readDicomSlices([structureSet, ...stack([0, 1])]).geometry.dimensions).toEqual([3, 2, 2]);
    expect(codeOf(() => readDicomSlices([structureSet]))).toBe('IMAGING.NO_SLICES');
    expect(codeOf(() => readDicomSlices([]))).toBe('IMAGING.NO_SLICES');
  });

  it('refuses stacks that are no volume, with a code for each', () => {
    const code = (positions: readonly number[], changes?: Parameters<typeof stack>[1]) =>
      codeOf(() => readDicomSlices(stack(positions, changes)));
    const second = (change: Record<string, Elements[string] | undefined>) => (at: number) => (at === 1 ? change : {});
    expect(code([0, 1, 3])).toBe('IMAGING.UNEVEN_SLICES');
    expect(code([0, 1, 2.005, 3])).toBe('no error');
    expect(code([0, 1, 1])).toBe('IMAGING.UNEVEN_SLICES');
    expect(code([0, 1], second({ '00200032': ['DS', '-9\\5\\1'] }))).toBe('IMAGING.UNEVEN_SLICES');
    expect(code([0, 1], second({ '0020000e': ['UI', '1.2.4'] }))).toBe('IMAGING.SEVERAL_SERIES');
    expect(code([0, 1], second({ '00280011': ['US', [2]] }))).toBe('IMAGING.SLICES_DIFFER');
    expect(code([0, 1], second({ '00280030': ['DS', '2\\1'] }))).toBe('IMAGING.SLICES_DIFFER');
    expect(code([0, 1], second({ '00200037': ['DS', '1\\0\\0\\0\\0\\1'] }))).toBe('IMAGING.SLICES_DIFFER');
    expect(codeOf(() => readDicomSlices(stack([0, 1]), { limitBytes: 47 }))).toBe('IMAGING.TOO_LARGE');
    expect(codeOf(() => readDicomSlices(stack([0, 1]), { limitBytes: 48 }))).toBe('no error');
  });

  it('refuses files that are no plain slices, without showing their names', () => {
    const code = (changes: Record<string, Elements[string] | undefined>, syntax?: string) =>
      codeOf(() => readDicomSlices([{ name: 'doe_jane.dcm', bytes: slice(changes, syntax) }]));
    for (const tag of ['0020000e', '00200032', '00200037', '00280030', '00280011', '00280100'])
      expect(code({ [tag]: undefined })).toBe('IMAGING.BAD_DICOM');
    expect(code({ '00200032': ['DS', '1\\2'] })).toBe('IMAGING.BAD_DICOM');
    expect(code({ '00200032': ['DS', '1\\2\\x'] })).toBe('IMAGING.BAD_DICOM');
    expect(code({ '7fe00010': ['OW', new Uint8Array(10)] })).toBe('IMAGING.BAD_DICOM');
    expect(code({}, '1.2.840.10008.1.2.4.70')).toBe('IMAGING.BAD_DICOM');
    expect(code({}, '1.2.840.10008.1.2.4.100')).toBe('IMAGING.UNSUPPORTED');
    expect(code({ '00280008': ['IS', '3'] })).toBe('IMAGING.BAD_DICOM');
    expect(code({ '00280004': ['CS', 'RGB'] })).toBe('IMAGING.UNSUPPORTED');
    expect(codeOf(() => readDicomSlices([{ name: 'doe_jane.dcm', bytes: Buffer.from('no DICOM at all') }]))).toBe('IMAGING.BAD_DICOM');
    expect(() => readDicomSlices([{ name: 'doe_jane.dcm', bytes: new Uint8Array(10) }])).toThrow(/^((?!doe).)*$/s);
  });

  it.skipIf(!reference)('the CT phantom is the same from DICOM and from NIfTI', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-dicom-'));
    try {
      execFileSync('tar', ['-xzf', join(reference as string, 'ibsi1/ct_phantom/dicom.tar.gz'), '-C', folder]);
      const load = (sub: string) => readdirSync(join(folder, sub)).map((name) => ({ name, bytes: readFileSync(join(folder, sub, name)) }));
      const dicom = readDicomSlices([...load('image'), ...load('mask')]);
      const nifti = readNifti(readFileSync(join(reference as string, 'ibsi1/ct_phantom/image.nii.gz')));
      expect(dicom.geometry.dimensions).toEqual([204, 201, 60]);
      // The NIfTI copy runs against the patient axes in j; the voxels are compared by position.
      const [ni, nj, nk] = [204, 201, 60];
      let different = 0;
      const flipped = (nifti.geometry.direction[4] as number) < 0;
      for (let k = 0, at = 0; k < nk; k++)
        for (let j = 0; j < nj; j++)
          for (let i = 0; i < ni; i++, at++)
            if (dicom.values[at] !== Math.round(nifti.values[i + ni * ((flipped ? nj - 1 - j : j) + nj * k)] as number)) different++;
      expect(different).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
