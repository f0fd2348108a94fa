import { DicomObject, buildVolume, decodeFrames, pixelFormatOf, readDicomSlices, readDicomVolumes } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import dicomParser from 'dicom-parser';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dicomFile, mrSlice } from '../fixtures/dicom-writer.js';
import type { Elements } from '../fixtures/dicom-writer.js';
import { factsOf, failure, holds, openSeries, referenceFolder } from './dicom-archives.js';

const bigEndian = '1.2.840.10008.1.2.2';

/** Meta information that holds a transfer syntax of 20 bytes, or nothing. */
function metaElement(syntax: Buffer | undefined): Buffer {
  if (syntax === undefined) return Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, 0, 0, 0, 0]);
  return Buffer.concat([Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, 28, 0, 0, 0, 2, 0, 0x10, 0, 0x55, 0x49, 20, 0]), syntax]);
}

/** The stored values of a slice, changed. */
function pixelsOf(change: (value: number) => number): Buffer {
  const bytes = mrSlice()['7fe00010']?.[1] as Uint8Array;
  const [from, to] = [new DataView(bytes.buffer, bytes.byteOffset, bytes.length), Buffer.alloc(bytes.length)];
  for (let at = 0; at < bytes.length; at += 2) to.writeUInt16LE(Math.round(change(from.getUint16(at, true))), at);
  return to;
}

describe('volumes of a series', () => {
  const at = (z: number, changes: Elements = {}): Buffer => dicomFile(mrSlice({ '00200032': ['DS', `-10\\5\\${z}`], ...changes }));
  const stack = (changes: (z: number) => Elements = () => ({}), count = 3) =>
    Array.from({ length: count }, (_, z) => at(2 * z, { '00200013': ['IS', `${z + 1}`], ...changes(z) }));
  const labels = (files: readonly Uint8Array[]) =>
    factsOf(files).volumes.map(({ phase, bValue, echoTimeMs, component, startSeconds, slices }) => [
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
      ['TriggerTime', (phase) => (phase === 0 ? {} : { '00181060': ['DS', '61500'] }), [0, 61.5]],
      ['ContentTime', (phase) => ({ '00080033': ['TM', `10${20 + phase}00`] }), [0, 60]],
      ['InstanceNumber', (phase, z) => ({ '00200013': ['IS', `${10 * phase + z}`] }), [undefined, undefined]],
    ];
    for (const [source, changes, starts] of ways) {
      // The later phase comes first.
      const files = [2, 1].flatMap((phase) => stack((z) => changes(phase % 2 === 0 ? 1 : 0, z)));
      const found = factsOf(files);
      expect([source, found.phaseSource, found.phases]).toEqual([source, source, 2]);
      expect(found.volumes.map(({ startSeconds }) => startSeconds)).toEqual(starts);
    }
  });

  it('begin at 0 where the first phase, or a part of it, lacks a trigger time', () => {
    // GE counts from the first slice, whose 0 is not written; the others of that phase have theirs.
    const partly = (phase: number, z: number) => (phase + z === 0 ? undefined : (['DS', `${60_000 * phase + 10 * z}`] as const));
    const files = [0, 1, 2].flatMap((phase) => stack((z) => ({ '00200100': ['IS', `${phase + 1}`], '00181060': partly(phase, z) })));
    const found = factsOf(files);
    expect(found.timeSource).toBe('TriggerTime');
    expect(found.volumes.map(({ startSeconds }) => startSeconds)).toEqual([0, 60, 120]);
  });

  it('of Philips scanners are comparable where their scale differs, and rescaled as stated where it does not', () => {
    // Both images hold the same signals: stored value = signal x scale slope.
    const phase = (number: number, scale: number, creator = 'Philips MR Imaging DD 001') =>
      stack(() => ({
        '00200100': ['IS', `${number}`],
        '00281053': ['DS', '2'],
        '00281052': ['DS', '0'],
        '20050010': ['LO', creator],
        '2005100e': ['FL', [scale]],
        '7fe00010': ['OW', pixelsOf((value) => value * scale * 500)],
      }));
    const values = (files: readonly Uint8Array[]) =>
      readDicomVolumes(files.map((bytes, index) => ({ name: `${index}`, bytes }))).volumes.map((volume) => [...volume.values]);
    const [first, second] = values([...phase(1, 0.002), ...phase(2, 0.004)]);
    const equal = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * Math.abs(b);
    expect(first?.every((value, voxel) => equal(value, second?.[voxel] as number))).toBe(true);
    // The smaller scale stands for both: signals of 0.002 are rescaled as they are stored, times two.
    expect(first).toEqual(values(phase(1, 0.002))[0]);
    expect(values([...phase(1, 0.004), ...phase(2, 0.004)])[1]).toEqual(values(phase(2, 0.004))[0]);
    // Without that vendor's block the element means something else.
    const [other, same] = values([...phase(1, 0.002, 'SOMEBODY'), ...phase(2, 0.004, 'SOMEBODY')]);
    expect(same).toEqual(other?.map((value) => 2 * value));
  });

  it('of water and fat are told apart by the words of each maker', () => {
    const parts: readonly (readonly [string, string, string])[] = [
      ['DERIVED\\PRIMARY\\M\\ND\\DIXON\\WATER', 'vibe', 'water'],
      ['ORIGINAL\\PRIMARY\\F\\F\\DERIVED', 'mDIXON', 'fat'],
      ['DERIVED\\PRIMARY\\DIXON\\IN_PHASE', 'dyn', 'in-phase'],
      ['DERIVED\\PRIMARY\\M\\OPP_PHASE', 'dyn', 'out-phase'],
      ['ORIGINAL\\PRIMARY\\OTHER', 'WATER: Ax LAVA-Flex', 'water'],
      ['ORIGINAL\\PRIMARY\\OTHER', 'OutPhase: Ax LAVA-Flex', 'out-phase'],
    ];
    for (const [type, description, wanted] of parts) {
      const facts = factsOf(stack(() => ({ '00080008': ['CS', type], '0008103e': ['LO', description] })));
      expect([type, facts.volumes[0]?.waterFat]).toEqual([type, wanted]);
    }
    expect(factsOf(stack(() => ({ '0008103e': ['LO', 'T1 water excitation'] }))).volumes[0]?.waterFat).toBeUndefined();
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

  it('come from files without preamble, without meta information, or with a syntax that is not theirs', () => {
    const metaOf = (file: Buffer) => 132 + 12 + file.readUInt32LE(140);
    const named = (file: Buffer, syntax: string) => {
      const text = Buffer.from(`${syntax}\0`.padEnd(20, '\0'));
      return Buffer.concat([file.subarray(0, 132), metaElement(syntax === '' ? undefined : text), file.subarray(metaOf(file))]);
    };
    const [explicit, implicit, big] = ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2', bigEndian].map((syntax) =>
      dicomFile(mrSlice({ '00200032': ['DS', '-10\\5\\0'] }), { syntax }),
    ) as [Buffer, Buffer, Buffer];
    const voxels = (file: Buffer) => [...readDicomSlices([{ name: 'a', bytes: file }]).values];
    const wanted = voxels(explicit);
    for (const file of [explicit, implicit]) {
      expect(voxels(file.subarray(metaOf(file)))).toEqual(wanted);
      expect(voxels(Buffer.concat([file.subarray(0, 132), file.subarray(metaOf(file))]))).toEqual(wanted);
      expect(voxels(named(file, ''))).toEqual(wanted);
    }
    expect(voxels(named(explicit, '1.2.840.10008.1.2'))).toEqual(wanted);
    expect(voxels(named(implicit, '1.2.840.10008.1.2.1'))).toEqual(wanted);
    // A data set in big endian tells of itself only by its syntax.
    expect(failure(() => voxels(big.subarray(metaOf(big))))).toBe('IMAGING.BAD_DICOM parse');
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
      const found = factsOf([bytes]);
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
