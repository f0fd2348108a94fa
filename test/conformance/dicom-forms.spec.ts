import { DicomObject, decodeFrames, loadCodecs, pixelFormatOf } from '@cohortium/imaging';
import type { VoxelArray } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTool, holds, referenceFolder, scratchRoot } from './dicom-archives.js';

const forms = join(referenceFolder, 'dicom_forms');
const hasForms = holds('dicom_forms', 'DICOM forms');
const tools = ['dcmcjpeg', 'dcmcjpls', 'dcmcrle', 'dcmconv', 'dcmdjpeg', 'dcmdjpls'];
const hasDcmtk = hasForms && tools.every(hasTool);

interface Expected {
  readonly images: readonly {
    readonly file: string;
    readonly rows: number;
    readonly cols: number;
    readonly frames: number;
    readonly pixel_sha256_le: string;
  }[];
  readonly segmentations: readonly {
    readonly file: string;
    readonly frames: number;
    readonly per_segment?: Readonly<Record<string, readonly { readonly frame: number; readonly nonzero: number; readonly sum: number }[]>>;
  }[];
}

const parse = (path: string) => DicomObject.parse(readFileSync(path));
const littleEndian = (values: VoxelArray) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Largest difference of two pixels; infinite where the numbers of pixels differ. */
function furthest(a: VoxelArray, b: VoxelArray): number {
  let most = a.length === b.length ? 0 : Infinity;
  for (let at = 0; at < a.length; at++) most = Math.max(most, Math.abs((a[at] as number) - (b[at] as number)));
  return most;
}

beforeAll(loadCodecs);
afterAll(() => rmSync(scratchRoot, { recursive: true, force: true }));

describe.skipIf(!hasForms)('reference files in several transfer syntaxes', () => {
  const expected = hasForms
    ? (JSON.parse(readFileSync(join(forms, 'expected.json'), 'utf8')) as Expected)
    : { images: [], segmentations: [] };

  it.each(expected.images)('$file: pixels have the stated hash', ({ file, rows, cols, frames, pixel_sha256_le: hash }) => {
    const { format, values } = decodeFrames(parse(join(forms, file)));
    expect([format.rows, format.columns, format.frames]).toEqual([rows, cols, frames]);
    expect(sha256(littleEndian(values))).toBe(hash);
  });

  it.each(expected.segmentations)('$file: frames hold the stated voxels', ({ file, frames, per_segment: segments }) => {
    const { format, values } = decodeFrames(parse(join(forms, file)));
    expect(format.frames).toBe(frames);
    const pixels = format.rows * format.columns;
    for (const stated of Object.values(segments ?? {}).flat()) {
      const frame = Array.from(values.subarray(stated.frame * pixels, (stated.frame + 1) * pixels));
      const found = [frame.filter((value) => value !== 0).length, frame.reduce((sum, value) => sum + value, 0)];
      expect(found).toEqual([stated.nonzero, stated.sum]);
    }
  });
});

describe.skipIf(!hasDcmtk)('the same images written by DCMTK', () => {
  const sources = ['MR_small.dcm', 'emri_small.dcm', 'MR-SIEMENS-DICOM-WithOverlays.dcm'];
  let count = 0;
  /** Writes a file with a tool and decodes it. */
  const written = (tool: string, options: readonly string[], source: string): { values: VoxelArray; path: string } => {
    const path = join(scratchRoot, `${count++}.dcm`);
    execFileSync(tool, [...options, join(forms, source), path], { stdio: 'pipe' });
    return { values: decodeFrames(parse(path)).values, path };
  };

  const lossless: readonly (readonly [name: string, tool: string, options: readonly string[], syntax: string])[] = [
    ...[1, 2, 3, 4, 5, 6, 7].map((predictor) => [`JPEG lossless, predictor ${predictor}`, 'dcmcjpeg', ['+el', '+sv', `${predictor}`], '1.2.840.10008.1.2.4.57'] as const), // prettier-ignore
    ['JPEG lossless, first order prediction', 'dcmcjpeg', ['+e1'], '1.2.840.10008.1.2.4.70'],
    ['JPEG lossless in fragments of 2 kB', 'dcmcjpeg', ['+e1', '+fs', '2'], '1.2.840.10008.1.2.4.70'],
    ['JPEG lossless in fragments without offset table', 'dcmcjpeg', ['+e1', '+fs', '2', '-ot'], '1.2.840.10008.1.2.4.70'],
    ['JPEG-LS', 'dcmcjpls', ['+el'], '1.2.840.10008.1.2.4.80'],
    ['JPEG-LS in fragments of 2 kB without offset table', 'dcmcjpls', ['+el', '+fs', '2', '-ot'], '1.2.840.10008.1.2.4.80'],
    ['RLE', 'dcmcrle', [], '1.2.840.10008.1.2.5'],
    ['RLE without offset table', 'dcmcrle', ['-ot'], '1.2.840.10008.1.2.5'],
    ['deflated', 'dcmconv', ['+td'], '1.2.840.10008.1.2.1.99'],
    ['big endian', 'dcmconv', ['+tb'], '1.2.840.10008.1.2.2'],
    ['implicit', 'dcmconv', ['+ti'], '1.2.840.10008.1.2'],
    ['implicit with undefined lengths', 'dcmconv', ['+ti', '-e'], '1.2.840.10008.1.2'],
  ];
  it.each(lossless)('%s: every pixel as in the source', (name, tool, options, syntax) => {
    // The large image once per family; each file costs a process.
    for (const source of /predictor|fragments|without|undefined/.test(name) ? sources.slice(0, 2) : sources) {
      const { values, path } = written(tool, options, source);
      expect(parse(path).transferSyntax).toBe(syntax);
      expect(furthest(values, decodeFrames(parse(join(forms, source))).values)).toBe(0);
    }
  });

  it('JPEG-LS near-lossless: no pixel further off than was asked for', () => {
    for (const source of sources.slice(1)) {
      const { values, path } = written('dcmcjpls', ['+en', '+md', '2'], source);
      const original = decodeFrames(parse(join(forms, source))).values;
      expect(parse(path).transferSyntax).toBe('1.2.840.10008.1.2.4.81');
      expect(furthest(values, original)).toBeLessThanOrEqual(2);
    }
  });

  const lossy: readonly (readonly [name: string, options: readonly string[], syntax: string])[] = [
    ['JPEG baseline, 8 bits', ['+eb'], '1.2.840.10008.1.2.4.50'],
    ['JPEG extended, 12 bits', ['+ee', '+bt'], '1.2.840.10008.1.2.4.51'],
    ['JPEG extended, 12 bits, with optimized tables', ['+ee', '+bt', '+ho', '+q', '95'], '1.2.840.10008.1.2.4.51'],
  ];
  it.each(lossy)('%s: as DCMTK decodes it, but for the rounding of the inverse transform', (_, options, syntax) => {
    for (const source of sources) {
      const { values, path } = written('dcmcjpeg', options, source);
      expect(parse(path).transferSyntax).toBe(syntax);
      const back = join(scratchRoot, `${count++}.dcm`);
      execFileSync('dcmdjpeg', [path, back], { stdio: 'pipe' });
      const theirs = decodeFrames(parse(back)).values;
      expect(values.length).toBe(theirs.length);
      // ITU T.83 allows inverse transforms to differ by one gray level.
      expect(furthest(values, theirs)).toBeLessThanOrEqual(1);
    }
  });

  it('frames can be told apart by start markers where the offset table is empty', () => {
    const { path } = written('dcmcjpls', ['+el', '+fs', '2', '-ot'], 'emri_small.dcm');
    const object = parse(path);
    expect(object.element('x7fe00010')?.basicOffsetTable).toEqual([]);
    expect(object.element('x7fe00010')?.fragments?.length).toBeGreaterThan(pixelFormatOf(object).frames);
  });
});
