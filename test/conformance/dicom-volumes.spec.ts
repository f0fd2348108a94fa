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
