import { gzipSync } from 'node:zlib';
import { isAppError } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { describeGeometry } from '../geometry/geometry.js';
import { readNrrd } from './nrrd.js';
import { imageFormatOf, readVolume } from './volume-file.js';
import { writeNifti } from './write-nifti.js';

const voxels = Int16Array.from([1, -2, 3, 400, -500, 6, 7, 8]);
const raw = new Uint8Array(voxels.buffer);
const lines = {
  type: 'short',
  dimension: '3',
  space: 'left-posterior-superior',
  sizes: '2 2 2',
  'space directions': '(0.5,0,0) (0,-2,0) (0, 0, 3)',
  kinds: 'domain domain domain',
  endian: 'little',
  encoding: 'raw',
  'space origin': '(10,-20,30)',
};
const file = (changes: Record<string, string | undefined> = {}, data: Uint8Array = raw): Uint8Array => {
  const fields = Object.entries({ ...lines, ...changes }).filter(([, value]) => value !== undefined);
  const text = `NRRD0004\n# a comment\n${fields.map(([field, value]) => `${field}: ${value}`).join('\n')}\nkey:=value with: colon\n\n`;
  return Buffer.concat([Buffer.from(text, 'latin1'), data]);
};
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
  return 'no error';
};

describe('readNrrd', () => {
  it('reads raw and gzip, attached and detached', () => {
    const zipped = new Uint8Array(gzipSync(raw));
    const detached = (bytes: Uint8Array) => (name: string) => (name === 'voxels.raw' ? bytes : undefined);
    const read = [
      readNrrd(file()),
      readNrrd(file({ encoding: 'gzip' }, zipped)),
      readNrrd(file({ 'data file': 'voxels.raw' }, new Uint8Array()), detached(raw)),
      readNrrd(file({ encoding: 'gz', 'data file': 'voxels.raw' }, new Uint8Array()), detached(zipped)),
    ];
    for (const { values, geometry } of read) {
      expect(values).toEqual(voxels);
      expect(describeGeometry(geometry)).toBe('2x2x2, 0.5x2x3 mm, @(10, -20, 30), [1 0 0; 0 -1 0; 0 0 1]');
    }
    expect(codeOf(() => readNrrd(file({ 'data file': 'voxels.raw' })))).toBe('IMAGING.BAD_NRRD');
    expect(codeOf(() => readNrrd(file({ 'data file': 'other.raw' }), detached(raw)))).toBe('IMAGING.BAD_NRRD');
  });

  it('turns every named patient space into LPS', () => {
    const described = (space: string | undefined) => describeGeometry(readNrrd(file({ space })).geometry);
    expect(described('right-anterior-superior')).toBe('2x2x2, 0.5x2x3 mm, @(-10, 20, 30), [-1 0 0; 0 1 0; 0 0 1]');
    expect(described('LAS')).toBe('2x2x2, 0.5x2x3 mm, @(10, 20, 30), [1 0 0; 0 1 0; 0 0 1]');
    expect(described(undefined)).toBe(described('lps'));
    expect(codeOf(() => described('scanner-xyz'))).toBe('IMAGING.UNSUPPORTED');
  });

  it('has the spacings and directions of ITK to the last bit', () => {
    // Read by SimpleITK 2.5.7. 49 times the inverse of 49 is not 1.
    const { geometry } = readNrrd(file({ 'space directions': '(49,0,0) (0,0.4,0.3) (0,-0.6,0.8)' }));
    expect(geometry.spacingMm).toEqual([49, 0.5, 1]);
    expect(geometry.direction[0]).toBe(0.9999999999999999);
  });

  it('takes spacings where there are no directions', () => {
    const { geometry } = readNrrd(
      file({ space: undefined, 'space directions': undefined, 'space origin': undefined, spacings: '0.5 2 3' }),
    );
    expect(describeGeometry(geometry)).toBe('2x2x2, 0.5x2x3 mm, @(0, 0, 0), [1 0 0; 0 1 0; 0 0 1]');
  });

  it('knows byte orders, storage types and skips', () => {
    const big = raw.slice();
    for (let at = 0; at < big.length; at += 2) big.subarray(at, at + 2).reverse();
    expect(readNrrd(file({ endian: 'big' }, big)).values).toEqual(voxels);
    const bytes = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 255]);
    expect(readNrrd(file({ type: 'unsigned char', endian: undefined }, bytes)).values).toEqual(bytes);
    expect([...readNrrd(file({ type: 'long long' }, new Uint8Array(BigInt64Array.from([...voxels].map(BigInt)).buffer))).values]).toEqual([
      ...voxels,
    ]);
    const withJunk = Buffer.concat([Buffer.from('a line\nabc'), raw]);
    expect(readNrrd(file({ 'line skip': '1', 'byte skip': '3' }, withJunk)).values).toEqual(voxels);
    expect(readNrrd(file({ 'byte skip': '-1' }, withJunk)).values).toEqual(voxels);
  });

  it('an extra axis is passed over only if it holds a single value', () => {
    const fourth = (size: string) =>
      file({ dimension: '4', sizes: `${size} 2 2 2`, 'space directions': `none ${lines['space directions']}` });
    expect(readNrrd(fourth('1')).values).toEqual(voxels);
    expect(codeOf(() => readNrrd(fourth('3')))).toBe('IMAGING.NOT_THREE_DIMENSIONAL');
    const flat = readNrrd(file({ dimension: '2', sizes: '2 4', 'space directions': '(1,0,0) (0,2,0)' }));
    expect(describeGeometry(flat.geometry)).toBe('2x4x1, 1x2x1 mm, @(10, -20, 30), [1 0 0; 0 1 0; 0 0 1]');
  });

  it('refuses what it cannot use, with a code for each', () => {
    const code = (changes: Record<string, string | undefined>, data?: Uint8Array) => codeOf(() => readNrrd(file(changes, data)));
    expect(codeOf(() => readNrrd(new Uint8Array(20)))).toBe('IMAGING.BAD_NRRD');
    expect(codeOf(() => readNrrd(Buffer.from('NRRD0004\nno field here\n\n')))).toBe('IMAGING.BAD_NRRD');
    for (const field of ['type', 'dimension', 'sizes', 'endian', 'encoding']) expect(code({ [field]: undefined })).toBe('IMAGING.BAD_NRRD');
    expect(code({ sizes: '2 2' })).toBe('IMAGING.BAD_NRRD');
    expect(code({ sizes: '2 2 0' })).toBe('IMAGING.BAD_NRRD');
    expect(code({ endian: 'middle' })).toBe('IMAGING.BAD_NRRD');
    expect(code({ 'byte skip': '-2' })).toBe('IMAGING.BAD_NRRD');
    expect(code({ 'space origin': '(a,b,c)' })).toBe('IMAGING.BAD_NRRD');
    expect(code({ type: 'block' })).toBe('IMAGING.UNSUPPORTED');
    expect(code({ encoding: 'bzip2' })).toBe('IMAGING.UNSUPPORTED');
    expect(code({ 'space units': '"um" "um" "um"' })).toBe('IMAGING.UNSUPPORTED');
    expect(code({ 'data file': 'LIST' })).toBe('IMAGING.UNSUPPORTED');
    expect(code({ 'data file': 'slice%03d.raw 1 10 1' })).toBe('IMAGING.UNSUPPORTED');
    expect(code({ 'space directions': '(0.5,0,0) (0.1,2,0) (0,0,3)' })).toBe('IMAGING.BAD_GEOMETRY');
    expect(code({ 'space directions': '(0.5,0,0) (0,0,0) (0,0,3)' })).toBe('IMAGING.BAD_GEOMETRY');
    expect(code({ sizes: '2000 2000 2000' })).toBe('IMAGING.TOO_LARGE');
    expect(code({}, raw.subarray(1))).toBe('IMAGING.TRUNCATED');
    expect(code({ 'byte skip': '-1' }, raw.subarray(1))).toBe('IMAGING.TRUNCATED');
    expect(code({ encoding: 'gzip' })).toBe('IMAGING.BAD_GZIP');
  });
});

describe('readVolume', () => {
  it('tells formats by their content', () => {
    const nifti = writeNifti(readNrrd(file()));
    expect([file(), nifti, new Uint8Array(gzipSync(nifti))].map(imageFormatOf)).toEqual(['nrrd', 'nifti', 'nifti']);
    expect(readVolume(nifti).values).toEqual(voxels);
    expect(readVolume(file()).values).toEqual(voxels);
    expect(codeOf(() => imageFormatOf(Buffer.from('plain text')))).toBe('IMAGING.UNKNOWN_FORMAT');
    expect(codeOf(() => imageFormatOf(gzipSync('plain text')))).toBe('IMAGING.UNKNOWN_FORMAT');
  });
});
