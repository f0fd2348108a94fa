import {
  DicomObject,
  assignRole,
  buildVolume,
  decodeFrames,
  hasPixels,
  loadCodecs,
  readImageHeader,
  seriesFacts,
  splitSeries,
} from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeFrame, encodeRle } from '../fixtures/dicom-encoders.js';
import { dicomFile, mrSlice } from '../fixtures/dicom-writer.js';
import type { Elements } from '../fixtures/dicom-writer.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
/** At the scale of the full suite, ten thousand. */
const mutations = Math.min(10_000, Math.max(300, Math.round(300 * scale ** 2)));
const reference = process.env['COHORTIUM_REFERENCE'];
if (!reference) console.warn('COHORTIUM_REFERENCE is not set: only files made here are mutated');

/** Whole files of every form, from which damaged ones are made. */
async function seeds(): Promise<Buffer[]> {
  const [columns, rows] = [64, 48];
  const bytes = new Uint8Array(2 * columns * rows).map((_, at) => (at % 2 === 0 ? (at * 7) % 251 : at % 5));
  const raster = { width: columns, height: rows, bytes, bits: 16 };
  const slice = (changes: Elements) =>
    mrSlice({ '00280101': ['US', [16]], '00280102': ['US', [15]], '7fe00010': ['OW', bytes], ...changes }, [columns, rows]);
  const packed = (fragment: Uint8Array, changes: Elements = {}) => slice({ '7fe00010': ['OB', { fragments: [fragment] }], ...changes });
  const eight: Elements = { '00280100': ['US', [8]], '00280101': ['US', [8]], '00280102': ['US', [7]] };
  const grey = { width: columns, height: rows, bytes: bytes.subarray(0, columns * rows), bits: 8 };
  const plane = (z: number): Elements => ({
    '00209113': ['SQ', [{ '00200032': ['DS', `0\\0\\${z}`] }]],
    '00209111': ['SQ', [{ '00209128': ['UL', [z + 1]] }]],
  });
  const enhanced = slice({
    '00280008': ['IS', '2'],
    '7fe00010': ['OW', Buffer.concat([bytes, bytes])],
    '52009229': [
      'SQ',
      [
        {
          '00209116': ['SQ', [{ '00200037': ['DS', '1\\0\\0\\0\\1\\0'] }]],
          '00289110': ['SQ', [{ '00280030': ['DS', '1\\1'], '00180050': ['DS', '1'] }]],
        },
      ],
    ],
    '52009230': ['SQ', [plane(0), plane(1)]],
  });
  const deflated = dicomFile(slice({}), { syntax: '1.2.840.10008.1.2.1.99' });
  const body = deflated.indexOf(Buffer.from([8, 0, 8, 0]));
  return [
    dicomFile(slice({})),
    dicomFile(slice({}), { syntax: '1.2.840.10008.1.2' }),
    dicomFile(slice({}), { syntax: '1.2.840.10008.1.2.2' }),
    Buffer.concat([deflated.subarray(0, body), deflateRawSync(deflated.subarray(body))]),
    dicomFile(enhanced, { undefinedLengths: true }),
    dicomFile(enhanced, { syntax: '1.2.840.10008.1.2' }),
    dicomFile(packed(encodeRle(bytes)), { syntax: '1.2.840.10008.1.2.5' }),
    dicomFile(packed(await encodeFrame('jpegLs', raster)), { syntax: '1.2.840.10008.1.2.4.80' }),
    dicomFile(packed(await encodeFrame('jpeg2000', raster)), { syntax: '1.2.840.10008.1.2.4.90' }),
    dicomFile(packed(await encodeFrame('jpeg', grey), eight), { syntax: '1.2.840.10008.1.2.4.50' }),
    ...referenceSeeds(),
  ];
}

function referenceSeeds(): Buffer[] {
  if (!reference) return [];
  const folder = join(reference, 'dicom_forms');
  return readdirSync(folder).filter((name) => name.endsWith('.dcm') && !name.startsWith('MR-SIEMENS')).map((name) => readFileSync(join(folder, name))); // prettier-ignore
}

/** One damaged copy: flipped bytes, a cut, lengths and counts without bound, sequences within sequences, repeated or missing pieces. */
function mutate(file: Buffer, pick: (below: number) => number): Buffer {
  const out = Buffer.from(file);
  const place = () => (pick(3) === 0 ? pick(out.length) : pick(Math.min(out.length, 2048)));
  switch (pick(7)) {
    case 0:
      for (let flips = 1 + pick(20); flips > 0; flips--) out[place()] = pick(256);
      return out;
    case 1:
      return out.subarray(0, pick(out.length));
    case 2:
      for (let bombs = 1 + pick(4); bombs > 0; bombs--)
        out.writeUInt32LE([0xffffffff, 0x7fffffff, 0xfffffffe, 0x10000000][pick(4)] as number, Math.min(place(), out.length - 4));
      return out;
    case 3:
      for (let bombs = 1 + pick(3); bombs > 0; bombs--)
        out.writeUInt16LE([0xffff, 0x8000, 0x4000, 0][pick(4)] as number, Math.min(place(), out.length - 2));
      return out;
    case 4: {
      const depth = 1 + pick(pick(2) === 0 ? 40 : 20_000);
      const one = Buffer.concat([
        Buffer.from([0x40, 0, 0x30, 0xa7, 0x53, 0x51, 0, 0]),
        Buffer.alloc(4, 0xff),
        Buffer.from([0xfe, 0xff, 0, 0xe0]),
        Buffer.alloc(4, 0xff),
      ]);
      const at = 132 + pick(Math.max(1, Math.min(out.length, 1024) - 132));
      return Buffer.concat([out.subarray(0, at), ...Array.from({ length: depth }, () => one), out.subarray(at)]);
    }
    case 5: {
      const [from, length] = [pick(out.length), pick(4096)];
      return Buffer.concat([out.subarray(0, from + length), out.subarray(from)]);
    }
    default: {
      const from = pick(out.length);
      return Buffer.concat([out.subarray(0, from), out.subarray(Math.min(out.length, from + 1 + pick(64)))]);
    }
  }
}

/** Everything that is done with a file on its way in. */
function readWhole(bytes: Uint8Array): 'read' | 'no image' {
  const object = DicomObject.parse(bytes);
  if (!hasPixels(object)) return 'no image';
  const header = readImageHeader(object);
  const plans = splitSeries([header]);
  assignRole(seriesFacts([header], plans, 0));
  // Some of the real files have pixels without a place in space.
  if (plans.every(({ problem }) => problem !== undefined)) decodeFrames(object);
  else for (const plan of plans) buildVolume(plan, () => object);
  return 'read';
}

describe('damaged DICOM files', () => {
  it(`${mutations} of them give a typed error or an image, each within seconds, all within a gibibyte`, async () => {
    const whole = await seeds();
    await loadCodecs();
    for (const seed of whole) expect(readWhole(seed)).toBe('read');
    const random = new SeededRandom(20_261_129);
    const pick = (below: number) => Math.floor(random.uniform() * below);
    const outcomes: Record<string, number> = {};
    let [slowestMs, peakBytes] = [0, 0];
    for (let at = 0; at < mutations; at++) {
      await loadCodecs();
      const bytes = mutate(whole[at % whole.length] as Buffer, pick);
      const start = performance.now();
      let outcome: string;
      try {
        outcome = readWhole(bytes);
      } catch (error) {
        if (!isAppError(error)) throw new Error(`mutation ${at} of seed ${at % whole.length}`, { cause: error });
        outcome = error.code;
      }
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      slowestMs = Math.max(slowestMs, performance.now() - start);
      if (at % 16 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
    }
    console.log(
      `${mutations} files: ${JSON.stringify(outcomes)}; slowest ${slowestMs.toFixed(0)} ms, memory at most ${Math.round(peakBytes / 2 ** 20)} MiB`,
    );
    expect(slowestMs).toBeLessThan(10_000);
    expect(peakBytes).toBeLessThan(2 ** 30);
  });

  it('sequences deeper than any real object end the reading, not the stack', () => {
    const open = (vr: string) => Buffer.concat([Buffer.from([0x40, 0, 0x30, 0xa7]), Buffer.from(vr), Buffer.from([0, 0]), Buffer.alloc(4, 0xff), Buffer.from([0xfe, 0xff, 0, 0xe0]), Buffer.alloc(4, 0xff)]); // prettier-ignore
    const head = dicomFile({ '00080060': ['CS', 'MR'] });
    for (const depth of [33, 100_000])
      for (const vr of ['SQ', 'UN']) {
        const bytes = Buffer.concat([head, ...Array.from({ length: depth }, () => open(vr))]);
        expect(() => DicomObject.parse(bytes)).toThrow(expect.objectContaining({ code: 'IMAGING.BAD_DICOM' }));
      }
  });
});
