import { DicomObject, decodeFrames, loadCodecs } from '@cohortium/imaging';
import fc from 'fast-check';
import { constants, deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame, encodeRle } from '../fixtures/dicom-encoders.js';
import { dicomFile, mrSlice } from '../fixtures/dicom-writer.js';
import type { Elements } from '../fixtures/dicom-writer.js';
import { htj2kFrames, htj2kPixels } from '../fixtures/htj2k.js';
import { failure } from './dicom-archives.js';

beforeAll(loadCodecs);

const values = (elements: Elements, syntax?: string) => [...decodeFrames(DicomObject.parse(dicomFile(elements, { syntax }))).values];
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

  it.each([8, 10, 12, 16])('of JPEG 2000 with %i bits come back', async (bits) => {
    const stored = Array.from({ length: width * height }, (_, at) => (at * 37) % 2 ** bits);
    const bytes = bits === 8 ? Uint8Array.from(stored) : words(...stored);
    const frame = even(await encodeFrame('jpeg2000', { width, height, bytes, bits }));
    const form: Elements = { '00280101': ['US', [bits]], '00280102': ['US', [bits - 1]] };
    expect(values(mrSlice({ ...form, '7fe00010': ['OB', { fragments: [frame] }] }, [width, height]), '1.2.840.10008.1.2.4.90')).toEqual(
      stored,
    );
  });

  it('of high-throughput JPEG 2000 are those that another program wrote', () => {
    const one = (frame: string, more: Elements = {}) =>
      mrSlice({ '7fe00010': ['OB', { fragments: [even(Buffer.from(frame, 'base64'))] }], ...more }, [24, 16]);
    const signed: Elements = { '00280101': ['US', [16]], '00280102': ['US', [15]], '00280103': ['US', [1]] };
    for (const syntax of ['1.2.840.10008.1.2.4.201', '1.2.840.10008.1.2.4.202', '1.2.840.10008.1.2.4.203']) {
      expect(values(one(htj2kFrames.unsigned), syntax)).toEqual(htj2kPixels);
      expect(values(one(htj2kFrames.signed, signed), syntax)).toEqual(htj2kPixels.map((value) => value - 2000));
    }
    const half = htj2kFrames.unsigned.slice(0, 600);
    expect(failure(() => values(one(half), '1.2.840.10008.1.2.4.201'))).toBe('IMAGING.BAD_DICOM pixels');
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
    expect(failure(() => values(one(rle), '1.2.840.10008.1.2.4.102'))).toBe('IMAGING.UNSUPPORTED transferSyntax');
    const jpeg = await encodeFrame('jpeg', { width, height, bytes: bytes.subarray(0, width * height), bits: 8 });
    const twelve = Uint8Array.from(jpeg);
    const frameAt = twelve.findIndex((byte, at) => byte === 0xff && (twelve[at + 1] === 0xc0 || twelve[at + 1] === 0xc2));
    twelve.set([0xff, 0xc9, 0, 11, 12], frameAt);
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
