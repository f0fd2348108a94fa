import {
  DicomObject,
  buildVolume,
  decodeFrames,
  earliestSeconds,
  loadCodecs,
  pixelFormatOf,
  readDicomSlices,
  readDicomVolumes,
  seriesFacts,
} from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import dicomParser from 'dicom-parser';
import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { constants, deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame, encodeRle } from '../fixtures/dicom-encoders.js';
import { dicomFile, mrSlice } from '../fixtures/dicom-writer.js';
import type { Elements } from '../fixtures/dicom-writer.js';
import { holds, openSeries, referenceFolder } from './dicom-archives.js';

beforeAll(loadCodecs);

const values = (elements: Elements, syntax?: string) => [...decodeFrames(DicomObject.parse(dicomFile(elements, { syntax }))).values];
/** Code and deciding word of an error. */
const failure = (action: () => unknown): string => {
  try {
    action();
    return 'no error';
  } catch (error) {
    if (isAppError(error)) return [error.code, error.params['problem'] ?? error.params['kind']].filter(Boolean).join(' ');
    throw error;
  }
};
const facts = (files: readonly Uint8Array[]) => {
  const { headers, plans } = openSeries(files);
  return seriesFacts(headers, plans, earliestSeconds(headers));
};
const bigEndian = '1.2.840.10008.1.2.2';
const words = (...list: number[]) => new Uint8Array(Uint16Array.from(list).buffer);
const swapped = (bytes: Uint8Array, size: number) =>
  Uint8Array.from(bytes, (_, at) => bytes[at - (at % size) + size - 1 - (at % size)] as number);
const small = (changes: Elements) => mrSlice(changes, [3, 2]);

describe('stored values', () => {
  const eight: Elements = { '00280100': ['US', [8]], '00280101': ['US', [8]], '00280102': ['US', [7]] };

  it('8, 16 and 32 bits, signed and not, in both byte orders', () => {
    const bytes = Uint8Array.from([1, 2, 3, 4, 200, 255]);
    expect(values(small({ ...eight, '7fe00010': ['OB', bytes] }))).toEqual([1, 2, 3, 4, 200, 255]);
    expect(values(small({ ...eight, '00280103': ['US', [1]], '7fe00010': ['OB', bytes] }))).toEqual([1, 2, 3, 4, -56, -1]);
    // Two pixels of 8 bits in each word of OW: the word is swapped.
    expect(values(small({ ...eight, '7fe00010': ['OW', swapped(bytes, 2)] }), bigEndian)).toEqual([1, 2, 3, 4, 200, 255]);
    expect(values(small({ ...eight, '7fe00010': ['OB', bytes] }), bigEndian)).toEqual([1, 2, 3, 4, 200, 255]);
    const long = new Uint8Array(Int32Array.from([-1, 2, 3e9, -2e9, 0, 7]).buffer);
    const wide: Elements = { '00280100': ['US', [32]], '00280101': ['US', [32]], '00280102': ['US', [31]] };
    expect(values(small({ ...wide, '7fe00010': ['OW', long] }))).toEqual([4294967295, 2, 3e9, 2294967296, 0, 7]);
    expect(values(small({ ...wide, '00280103': ['US', [1]], '7fe00010': ['OW', swapped(long, 4)] }), bigEndian)).toEqual([
      -1, 2, -1294967296, -2e9, 0, 7,
    ]);
  });

  it('signs are extended from the stored bits, overlays above and below them ignored', () => {
    const signed: Elements = { '00280103': ['US', [1]] };
    expect(values(small({ ...signed, '7fe00010': ['OW', words(0x0fff, 0xf001, 0x07ff, 0x0800, 0x1800, 0xf800)] }))).toEqual([
      -1, 1, 2047, -2048, -2048, -2048,
    ]);
    // Stored in the upper 12 of 16 bits: what is below does not count.
    const upper: Elements = { '00280102': ['US', [15]] };
    expect(values(small({ ...upper, '7fe00010': ['OW', words(0xfff7, 0x0018, 0x0010, 0, 0x8000, 0x7ff0)] }))).toEqual([
      4095, 1, 1, 0, 2048, 2047,
    ]);
  });

  it('single bits run across frames; floats and doubles stay what they are', () => {
    const bits = small({
      '00280008': ['IS', '3'],
      '00280100': ['US', [1]],
      '00280101': ['US', [1]],
      '00280102': ['US', [0]],
      '7fe00010': ['OB', Uint8Array.from([0b01100101, 0b10110010, 0b10])],
    });
    expect(values(bits)).toEqual([1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1]);
    const doubles = [0.1, -1e300, 3, 4, 5, 1e-300];
    expect(values(small({ '7fe00010': undefined, '7fe00009': ['OD', new Uint8Array(Float64Array.from(doubles).buffer)] }))).toEqual(
      doubles,
    );
    const floats = new Uint8Array(Float32Array.from([0.5, -2, 3, 4, 5, 6]).buffer);
    expect(values(small({ '7fe00010': undefined, '7fe00008': ['OF', swapped(floats, 4)] }), bigEndian)).toEqual([0.5, -2, 3, 4, 5, 6]);
  });

  it('any 16-bit image comes back from every lossless form', async () => {
    const [width, height] = [40, 33];
    const sample = fc.uint8Array({ minLength: 2 * width * height, maxLength: 2 * width * height });
    await fc.assert(
      fc.asyncProperty(sample, fc.boolean(), async (noise, isSmooth) => {
        const bytes = isSmooth ? words(...Array.from({ length: width * height }, (_, at) => (at * at) % 1000)) : noise;
        const whole: Elements = { '00280101': ['US', [16]], '00280102': ['US', [15]] };
        const expected = [...new Uint16Array(bytes.slice().buffer)];
        const packed = (fragment: Uint8Array): Elements =>
          mrSlice({ ...whole, '7fe00010': ['OB', { fragments: [fragment] }] }, [width, height]);
        const raster = { width, height, bytes, bits: 16 };
        expect(values(packed(encodeRle(bytes)), '1.2.840.10008.1.2.5')).toEqual(expected);
        expect(values(packed(deflateRawSync(bytes)), '1.2.840.10008.1.2.8.1')).toEqual(expected);
        expect(values(packed(await encodeFrame('jpegLs', raster)), '1.2.840.10008.1.2.4.80')).toEqual(expected);
        expect(values(packed(await encodeFrame('jpeg2000', raster)), '1.2.840.10008.1.2.4.90')).toEqual(expected);
      }),
      { numRuns: 4 },
    );
  });

  it('signed pixels come back from JPEG-LS and JPEG 2000', async () => {
    const [width, height] = [40, 33];
    const stored = Int16Array.from({ length: width * height }, (_, at) => ((at * 91) % 4000) - 2000);
    const bytes = new Uint8Array(stored.buffer);
    const element = (fragment: Uint8Array): Elements =>
      mrSlice(
        { '00280101': ['US', [16]], '00280102': ['US', [15]], '00280103': ['US', [1]], '7fe00010': ['OB', { fragments: [fragment] }] },
        [width, height],
      );
    expect(values(element(await encodeFrame('jpegLs', { width, height, bytes, bits: 16 })), '1.2.840.10008.1.2.4.80')).toEqual([...stored]);
    expect(
      values(element(await encodeFrame('jpeg2000', { width, height, bytes, bits: 16, isSigned: true })), '1.2.840.10008.1.2.4.90'),
    ).toEqual([...stored]);
  });
});

describe('compressed frames', () => {
  const [width, height] = [40, 33];
  const planes = [1, 2, 3].map((by) => words(...Array.from({ length: width * height }, (_, at) => (at * by * by) % 4096)));
  const expected = planes.flatMap((bytes) => [...new Uint16Array(bytes.buffer)]);
  const multi = (fragments: readonly Uint8Array[], more: Elements = {}, offsets?: readonly number[]): Elements =>
    mrSlice({ '00280008': ['IS', '3'], '7fe00010': ['OB', { fragments, ...(offsets && { offsets }) }], ...more }, [width, height]);
  const halves = (bytes: Uint8Array) => [bytes.subarray(0, 200), bytes.subarray(200)];
  const even = (bytes: Uint8Array) => (bytes.length % 2 === 0 ? bytes : Uint8Array.from([...bytes, 0]));

  it('are told apart by either offset table, one fragment each, or their start markers', async () => {
    const frames = (await Promise.all(planes.map((bytes) => encodeFrame('jpegLs', { width, height, bytes, bits: 16 })))).map(even);
    const syntax = '1.2.840.10008.1.2.4.80';
    const lengths = frames.map(({ length }) => length + 16);
    const offsets = [0, lengths[0] as number, (lengths[0] as number) + (lengths[1] as number)];
    expect(values(multi(frames), syntax)).toEqual(expected);
    expect(values(multi(frames.flatMap(halves)), syntax)).toEqual(expected);
    expect(values(multi(frames.flatMap(halves), {}, offsets), syntax)).toEqual(expected);
    const extended: Elements = { '7fe00001': ['OV', offsets], '7fe00002': ['OV', frames.map(({ length }) => length)] };
    expect(values(multi(frames.flatMap(halves), extended), syntax)).toEqual(expected);
    expect(failure(() => values(multi(frames.slice(1)), syntax))).toBe('IMAGING.BAD_DICOM frames');
    expect(failure(() => values(multi([...frames, ...frames.slice(1)]), syntax))).toBe('IMAGING.BAD_DICOM frames');
  });

  it('of another size, cut short, or in a form without codec give a typed error', async () => {
    const one = (fragment: Uint8Array, more: Elements = {}) =>
      mrSlice({ '7fe00010': ['OB', { fragments: [fragment] }], ...more }, [width, height]);
    const bytes = planes[0] as Uint8Array;
    for (const [codec, syntax] of [
      ['jpegLs', '1.2.840.10008.1.2.4.80'],
      ['jpeg2000', '1.2.840.10008.1.2.4.90'],
    ] as const) {
      // prettier-ignore
      const whole = await encodeFrame(codec, { width, height, bytes, bits: 16 });
      expect(failure(() => values(one(whole, { '00280011': ['US', [width - 1]] }), syntax))).toBe('IMAGING.BAD_DICOM size');
      expect(failure(() => values(one(whole.subarray(0, whole.length / 2)), syntax))).toBe('IMAGING.BAD_DICOM pixels');
      expect(failure(() => values(one(Uint8Array.from([1, 2, 3, 4])), syntax))).toBe('IMAGING.BAD_DICOM compressed');
    }
    const rle = encodeRle(bytes);
    expect(failure(() => values(one(rle.subarray(0, rle.length - 40)), '1.2.840.10008.1.2.5'))).toBe('IMAGING.BAD_DICOM compressed');
    expect(failure(() => values(one(rle), '1.2.840.10008.1.2.4.201'))).toBe('IMAGING.UNSUPPORTED transferSyntax');
    const jpeg = await encodeFrame('jpeg', { width, height, bytes: bytes.subarray(0, width * height), bits: 8 });
    const twelve = Uint8Array.from(jpeg);
    const frameAt = twelve.findIndex((byte, at) => byte === 0xff && (twelve[at + 1] === 0xc0 || twelve[at + 1] === 0xc2));
    twelve.set([0xff, 0xc1, 0, 11, 12], frameAt);
    expect(failure(() => values(one(twelve), '1.2.840.10008.1.2.4.51'))).toBe('IMAGING.UNSUPPORTED codec');
  });

  it('are refused by what they would need, before anything is allocated', () => {
    const huge: Elements = { '00280010': ['US', [65_535]], '00280011': ['US', [65_535]], '00280008': ['IS', '1000000'] };
    expect(failure(() => values(mrSlice(huge)))).toBe('IMAGING.BAD_DICOM pixels');
    const header = Uint8Array.from([0xff, 0xd8, 0xff, 0xf7, 0, 11, 16, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0, 0xff, 0xd9]);
    const blank: Elements = { ...huge, '00280008': ['IS', '1'], '7fe00010': ['OB', { fragments: [header] }] };
    expect(failure(() => values(mrSlice(blank), '1.2.840.10008.1.2.4.80'))).toBe('IMAGING.TOO_LARGE');
    const object = DicomObject.parse(dicomFile(mrSlice()));
    expect(failure(() => decodeFrames(object, { limitBytes: 95 }))).toBe('IMAGING.TOO_LARGE');
    expect(failure(() => decodeFrames(object, { limitBytes: 96 }))).toBe('no error');
    // Blocks that end at a byte can be repeated: a small file that unpack to 272 MiB.
    const block = deflateRawSync(Buffer.alloc(2 ** 24), { finishFlush: constants.Z_SYNC_FLUSH });
    const body = Buffer.concat(Array.from({ length: 17 }, () => block));
    const bomb = Buffer.concat([dicomFile({}, { syntax: '1.2.840.10008.1.2.1.99' }), body]);
    expect(failure(() => DicomObject.parse(bomb))).toBe('IMAGING.BAD_DICOM parse');
  });
});

describe('facts of vendors', () => {
  const b = (changes: Elements) => facts([dicomFile(mrSlice(changes))]).volumes[0];

  it('reads b-values from the private elements of four vendors, in whatever block they stand', () => {
    expect(b({ '00190010': ['LO', 'SIEMENS MR HEADER'], '0019100c': ['IS', '800'] })).toMatchObject({
      bValue: 800,
      bValueSource: '(0019,100C)',
    });
    expect(b({ '00190011': ['LO', 'SIEMENS MR HEADER'], '0019110c': ['IS', '400'] })).toMatchObject({ bValue: 400 });
    expect(b({ '00430010': ['LO', 'GEMS_PARM_01'], '00431039': ['IS', '1000000600\\8\\0\\0'] })).toMatchObject({
      bValue: 600,
      bValueSource: '(0043,1039)',
    });
    expect(b({ '00430010': ['LO', 'GEMS_PARM_01'], '00431039': ['IS', '700\\8\\0\\0'], '00180020': ['CS', 'EP\\SE'] })).toMatchObject({
      bValue: 700,
    });
    expect(b({ '00430010': ['LO', 'GEMS_PARM_01'], '00431039': ['IS', '8\\0\\0\\0'] })?.bValue).toBeUndefined();
    expect(b({ '20010010': ['LO', 'Philips Imaging DD 001'], '20011003': ['FL', [1500]] })).toMatchObject({
      bValue: 1500,
      bValueSource: '(2001,1003)',
    });
    expect(b({ '00650010': ['LO', 'Image Private Header'], '00651009': ['FD', [928.25]] })).toMatchObject({
      bValue: 928.25,
      bValueSource: '(0065,1009)',
    });
    expect(b({ '00189087': ['FD', [50]], '00190010': ['LO', 'SIEMENS MR HEADER'], '0019100c': ['IS', '800'] })).toMatchObject({
      bValue: 50,
      bValueSource: '(0018,9087)',
    });
    // Another owner of the block means something else by the element.
    expect(b({ '00190010': ['LO', 'GEMS_ACQU_01'], '0019100c': ['IS', '800'] })?.bValue).toBeUndefined();
  });

  it('reads b-values of private elements whose representation an archive has lost', () => {
    expect(
      b({ '20010010': ['LO', 'Philips Imaging DD 001'], '20011003': ['UN', new Uint8Array(Float32Array.of(1000).buffer)] })?.bValue,
    ).toBe(1000);
    expect(b({ '00190010': ['LO', 'SIEMENS MR HEADER'], '0019100c': ['UN', Buffer.from('800 ')] })?.bValue).toBe(800);
  });

  it('field strength in gauss, fat saturation with the attribute that told, times of contrast', () => {
    const of = (changes: Elements) => facts([dicomFile(mrSlice(changes))]);
    expect(of({ '00180087': ['DS', '15000'] }).fieldStrengthTesla).toBe(1.5);
    expect(of({ '00180087': ['DS', '3'] }).fieldStrengthTesla).toBe(3);
    const fat = (changes: Elements) => of(changes).fatSaturation;
    expect(fat({ '00180022': ['CS', 'PFP\\FS'] })).toEqual({ value: true, source: '(0018,0022)' });
    expect(fat({ '00180022': ['CS', 'PFP'] })).toEqual({ value: false, source: '(0018,0022)' });
    expect(fat({ '0008103e': ['LO', 't1_fl3d_tra_dyna_spair'] })).toEqual({ value: true, source: '(0008,103E)' });
    expect(fat({ '0008103e': ['LO', 't1_tse_tra_non_fs'] })).toEqual({ value: false, source: '(0008,103E)' });
    expect(fat({ '00189025': ['CS', 'FAT'] })).toEqual({ value: true, source: '(0018,9025)' });
    expect(fat({})).toBeUndefined();
    const contrast = of({
      '00180010': ['LO', 'Gadobutrol'],
      '00181042': ['TM', '101500'],
      '00080022': ['DA', '20200101'],
      '00080032': ['TM', '101632.5'],
    });
    expect(contrast).toMatchObject({ contrastAgent: 'Gadobutrol', contrastDelaySeconds: 92.5 });
  });

  it('facts hold nobody: no name, number or date of a person, institution or device', () => {
    const text = JSON.stringify(facts([dicomFile(mrSlice({ '00100010': ['PN', 'Doe^Jane'], '00100020': ['LO', 'MRN-4711'], '00080020': ['DA', '20211224'], '00080022': ['DA', '20211224'], '00080032': ['TM', '091500'], '00080080': ['LO', 'St Elsewhere'], '00181000': ['LO', 'SN-99'] }))])); // prettier-ignore
    for (const secret of ['Doe', '4711', '20211224', '1640', 'Elsewhere', 'SN-99']) expect(text).not.toContain(secret);
  });
});

/** A CSA header of the form "SV10". */
function csaHeader(elements: Readonly<Record<string, readonly string[]>>): Uint8Array {
  const int = (...list: number[]) => Buffer.from(Int32Array.from(list).buffer);
  const entries = Object.entries(elements).map(([name, list]) => {
    const items = list.map((text) => {
      const bytes = Buffer.from(`${text}\0`, 'latin1');
      return Buffer.concat([int(bytes.length, bytes.length, 77, bytes.length), bytes, Buffer.alloc(-bytes.length & 3)]);
    });
    return Buffer.concat([
      Buffer.from(name.padEnd(64, '\0'), 'latin1'),
      int(list.length),
      Buffer.from('FD\0\0'),
      int(3, items.length, 77),
      ...items,
    ]);
  });
  return Buffer.concat([Buffer.from('SV10'), Buffer.from([4, 3, 2, 1]), int(entries.length, 77), ...entries]);
}

describe('Siemens mosaics', () => {
  const [columns, rows, count] = [4, 3, 7];
  const side = 3;
  /** Pixel value: slice, row, column. */
  const pixel = (slice: number, row: number, column: number) => 100 * slice + 10 * row + column;
  const mosaic = (normal: readonly string[], changes: Elements = {}): Elements => {
    const pixels = new Uint16Array(side * rows * side * columns);
    for (let slice = 0; slice < count; slice++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          pixels[(Math.floor(slice / side) * rows + row) * side * columns + (slice % side) * columns + column] = pixel(slice, row, column);
    return mrSlice(
      {
        '00080008': ['CS', 'ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC'],
        '00180088': ['DS', '3'],
        '00280030': ['DS', '2\\2'],
        '00290010': ['LO', 'SIEMENS CSA HEADER'],
        '00291010': [
          'OB',
          csaHeader({
            NumberOfImagesInMosaic: [`${count}`],
            SliceNormalVector: normal,
            B_value: ['800'],
            DiffusionGradientDirection: ['0.6', '0', '0.8'],
          }),
        ],
        '7fe00010': ['OW', new Uint8Array(pixels.buffer)],
        ...changes,
      },
      [side * columns, side * rows],
    );
  };

  it('become slices at their own positions, along the normal of the header', () => {
    for (const [normal, originZ] of [
      [['0', '0', '1'], 0],
      [['0', '0', '-1'], -18],
    ] as const) {
      // prettier-ignore
      const { objects, plans } = openSeries([dicomFile(mosaic(normal))]);
      const { geometry, values: voxels } = buildVolume(plans[0] as never, (image) => objects[image] as DicomObject);
      // The position of the mosaic is that of its corner: (side - 1) / 2 slices right and down.
      expect(geometry).toMatchObject({ dimensions: [columns, rows, count], spacingMm: [2, 2, 3], originMm: [-10 + 8, 5 + 6, originZ] });
      const order = originZ === 0 ? (slice: number) => slice : (slice: number) => count - 1 - slice;
      const expected = Array.from({ length: count }, (_, k) => Array.from({ length: rows * columns }, (__, at) => pixel(order(k), Math.floor(at / columns), at % columns))).flat(); // prettier-ignore
      expect([...voxels]).toEqual(expected);
    }
  });

  it('tell b-value and direction by their header', () => {
    expect(facts([dicomFile(mosaic(['0', '0', '1']))]).volumes[0]).toMatchObject({
      bValue: 800,
      bValueSource: 'CSA B_value',
      direction: [0.6, 0, 0.8],
      directionAxes: 'patient',
    });
  });

  it('with a damaged header stay the image that they are', () => {
    const broken = mosaic(['0', '0', '1'], {
      '00291010': ['OB', Uint8Array.from([0x53, 0x56, 0x31, 0x30, 4, 3, 2, 1, 0xff, 0xff, 0xff, 0x7f, 77, 0, 0, 0])],
    });
    expect(openSeries([dicomFile(broken)]).plans[0]?.geometry?.dimensions).toEqual([side * columns, side * rows, 1]);
  });
});

describe('volumes of a series', () => {
  const at = (z: number, changes: Elements = {}): Buffer => dicomFile(mrSlice({ '00200032': ['DS', `-10\\5\\${z}`], ...changes }));
  const stack = (changes: (z: number) => Elements = () => ({}), count = 3) =>
    Array.from({ length: count }, (_, z) => at(2 * z, { '00200013': ['IS', `${z + 1}`], ...changes(z) }));
  const labels = (files: readonly Uint8Array[]) =>
    facts(files).volumes.map(({ phase, bValue, echoTimeMs, component, startSeconds, slices }) => [
      phase,
      bValue,
      echoTimeMs,
      component,
      startSeconds,
      slices,
    ]);

  it('are split by b-value, echo and component', () => {
    const b = [0, 800].flatMap((value) => stack(() => ({ '00189087': ['FD', [value]] })));
    expect(labels(b).map((label) => label[1])).toEqual([0, 800]);
    const echoes = [2.5, 5].flatMap((value) => stack(() => ({ '00180081': ['DS', `${value}`] })));
    expect(labels(echoes).map((label) => label[2])).toEqual([2.5, 5]);
    const parts = ['M', 'P'].flatMap((value) => stack(() => ({ '00080008': ['CS', `ORIGINAL\\PRIMARY\\${value}\\ND`] })));
    expect(labels(parts).map((label) => label[3])).toEqual(['MAGNITUDE', 'PHASE']);
  });

  it('are split in time by the first attribute that tells them apart, and ordered by it', () => {
    const ways: readonly (readonly [string, (phase: number, z: number) => Elements, readonly (number | undefined)[]])[] = [
      ['TemporalPosition', (phase, z) => ({ '00200100': ['IS', `${phase}`], '00080032': ['TM', `1000${10 + phase}.${z}`] }), [0, 1]],
      ['AcquisitionNumber', (phase) => ({ '00200012': ['IS', `${phase}`], '00080032': ['TM', `1000${10 + 30 * phase}`] }), [0, 30]],
      ['TriggerTime', (phase) => ({ '00181060': ['DS', `${phase * 61_500}`] }), [0, 61.5]],
      ['ContentTime', (phase) => ({ '00080033': ['TM', `10${20 + phase}00`] }), [0, 60]],
      ['InstanceNumber', (phase, z) => ({ '00200013': ['IS', `${10 * phase + z}`] }), [undefined, undefined]],
    ];
    for (const [source, changes, starts] of ways) {
      // The later phase comes first.
      const files = [2, 1].flatMap((phase) => stack((z) => changes(phase % 2 === 0 ? 1 : 0, z)));
      const found = facts(files);
      expect([source, found.phaseSource, found.phases]).toEqual([source, source, 2]);
      expect(found.volumes.map(({ startSeconds }) => startSeconds)).toEqual(starts);
    }
  });

  it('of a 2D sequence, whose slices each have a time, stay whole', () => {
    expect(labels(stack((z) => ({ '00080032': ['TM', `10000${z}`] })))).toEqual([[undefined, undefined, undefined, 'MAGNITUDE', 0, 3]]);
  });

  it('name the slice that is missing, doubled, shifted or misplaced, by number and position', () => {
    const problem = (files: readonly Uint8Array[]) => {
      const { problem: found } = openSeries(files).plans[0] ?? {};
      return isAppError(found) ? { code: found.code, ...found.params } : undefined;
    };
    expect(problem(stack((z) => (z < 3 ? {} : { '00200032': ['DS', '-10\\5\\8'] }), 4))).toMatchObject({
      code: 'IMAGING.UNEVEN_SLICES',
      problem: 'gap',
      slice: 3,
      instance: 3,
      position: '4.00',
      least: '2.000',
      most: '4.000',
    });
    expect(problem([...stack(), at(2, { '00200013': ['IS', '9'] })])).toMatchObject({ problem: 'duplicate', slice: 3, position: '2.00' });
    expect(problem(stack((z) => ({ '00200032': ['DS', `-10\\${5 + 0.3 * z}\\${2 * z}`] })))).toMatchObject({
      problem: 'shifted',
      shift: '0.300',
      slice: 2,
      instance: 2,
    });
    expect(problem(stack((z) => ({ '00200032': ['DS', `-10\\5\\${2 * z + (z === 2 ? 0.1 : 0)}`] })))).toMatchObject({ problem: 'gap' });
  });

  it('take an object that was sent twice once', () => {
    const files = stack((z) => ({ '00080018': ['UI', `1.9.${z}`] }));
    expect(labels([...files, ...files])).toHaveLength(1);
    expect(labels([...files, ...files])[0]?.[5]).toBe(3);
  });

  it('come from one call with their facts, or as one volume where there is one', () => {
    const named = (files: readonly Uint8Array[]) => files.map((bytes, index) => ({ name: `${index}`, bytes }));
    const b = [800, 0].flatMap((value) => stack(() => ({ '00189087': ['FD', [value]], '00281053': ['DS', `${value + 1}`] })));
    const { volumes, series } = readDicomVolumes(named(b));
    expect(volumes.map(({ facts: { bValue }, geometry }) => [bValue, geometry.dimensions])).toEqual([[0, [8, 6, 3]], [800, [8, 6, 3]]]); // prettier-ignore
    expect(series.bValues.map(({ value }) => value)).toEqual([0, 800]);
    expect(volumes[1]?.values.map((value) => value / 801)).toEqual(Float64Array.from(volumes[0]?.values ?? []));
    expect(failure(() => readDicomSlices(named(b)))).toBe('IMAGING.SEVERAL_VOLUMES');
  });

  it('of Enhanced objects follow the functional groups, also where archives lost the representations', () => {
    const plane = (z: number, time: number, value: number): Elements => ({
      '00209113': ['SQ', [{ '00200032': ['DS', `0\\0\\${z}`] }]],
      '00209111': ['SQ', [{ '00209128': ['UL', [time]], '00189074': ['DT', `20200101${100_000 + time * 20}.5`] }]],
      '00189117': [
        'SQ',
        [{ '00189075': ['CS', value === 0 ? 'NONE' : 'ISOTROPIC'], ...(value > 0 && { '00189087': ['FD', [value]] as const }) }],
      ],
      '00289145': ['SQ', [{ '00281052': ['DS', '0'], '00281053': ['DS', `${time}`] }]],
    });
    const groups = [plane(3, 1, 0), plane(0, 1, 0), plane(0, 2, 0), plane(3, 2, 0), plane(0, 1, 600), plane(3, 1, 600)];
    const one = mrSlice()['7fe00010']?.[1] as Uint8Array;
    const enhanced = mrSlice({ '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.4.1'], '00280008': ['IS', '6'], '00200032': undefined, '00200037': undefined, '00280030': undefined, '7fe00010': ['OW', Buffer.concat(groups.map((_, frame) => one.map((byte) => (byte + frame) & 7)))], '52009229': ['SQ', [{ '00209116': ['SQ', [{ '00200037': ['DS', '1\\0\\0\\0\\1\\0'] }]], '00289110': ['SQ', [{ '00280030': ['DS', '1\\1'], '00180050': ['DS', '3'] }]] }]], '52009230': ['SQ', groups] }); // prettier-ignore
    const written = [
      dicomFile(enhanced),
      dicomFile(enhanced, { undefinedLengths: true }),
      dicomFile(enhanced, { syntax: '1.2.840.10008.1.2' }),
      dicomFile(enhanced, { syntax: bigEndian }),
    ];
    for (const bytes of written.slice(0, 3)) {
      const found = facts([bytes]);
      expect(found.volumes.map(({ phase, bValue, startSeconds, slices }) => [phase, bValue, startSeconds, slices])).toEqual([[1, 0, 0, 2], [2, 0, 20, 2], [undefined, 600, 0, 2]]); // prettier-ignore
      const { objects, plans } = openSeries([bytes]);
      const volume = buildVolume(plans[1] as never, (image) => objects[image] as DicomObject);
      const [low, high] = [2, 3].map((frame) => decodeFrames(objects[0] as DicomObject).values.slice(48 * frame, 48 * frame + 48)) as [
        Uint16Array,
        Uint16Array,
      ];
      expect([...volume.values]).toEqual([...low, ...high].map((value) => 2 * value));
    }
    expect(pixelFormatOf(DicomObject.parse(written[3] as Buffer)).frames).toBe(6);
  });
});

const hasForms = holds('dicom_forms', 'attributes against dicom-parser');

describe.skipIf(!hasForms)('attributes', () => {
  it('stand where another parser finds them, in every reference file', () => {
    const folder = join(referenceFolder, 'dicom_forms');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.dcm'));
    let compared = 0;
    for (const name of files) {
      const bytes = readFileSync(join(folder, name));
      const theirs = dicomParser.parseDicom(bytes);
      const ours = DicomObject.parse(bytes);
      expect([...ours.tags()]).toEqual(Object.keys(theirs.elements).sort());
      for (const [tag, element] of Object.entries(theirs.elements)) {
        const mine = ours.element(tag);
        expect([name, tag, mine?.dataOffset, mine?.items?.length ?? 0]).toEqual([
          name,
          tag,
          element.dataOffset,
          element.items?.length ?? 0,
        ]);
        if (element.fragments === undefined && element.items === undefined)
          expect([name, tag, mine?.length]).toEqual([name, tag, element.length]);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(1000);
  });
});
