import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DicomObject } from './dicom-object.js';
import { derivedUid } from './uid.js';
import { writeDicom } from './write-dicom.js';
import type { DicomRecord } from './write-dicom.js';

const mr = '1.2.840.10008.5.1.4.1.1.4';
const base: DicomRecord = { SOPClassUID: mr, SOPInstanceUID: derivedUid('object') };
const read = (record: DicomRecord) => DicomObject.parse(writeDicom({ ...base, ...record }));

describe('writeDicom', () => {
  it('writes what the reader of this library reads back, whatever the representation', () => {
    const object = read({
      PatientName: 'Synthetic^One',
      ImageType: ['ORIGINAL', 'PRIMARY'],
      PixelSpacing: [0.1 + 0.2, 1e-7],
      InstanceNumber: 12,
      Rows: 2,
      BitsAllocated: 16,
      DiffusionBValue: 800.5,
      ReferencedFrameNumber: [1, 2],
      LongitudinalTemporalOffsetFromEvent: null,
      RealWorldValueMappingSequence: [{ RealWorldValueSlope: 1e-6 }, {}],
      DimensionIndexPointer: 'ImagePositionPatient',
      PixelData: Uint16Array.of(1, 2, 65_535),
      x00191008: { vr: 'LO', value: 'PRIVATE' },
      x0019100c: { vr: 'IS', value: 50 },
    });
    expect(object.transferSyntax).toBe('1.2.840.10008.1.2.1');
    expect(object.text('x00100010')).toBe('Synthetic^One');
    expect(object.texts('x00080008')).toEqual(['ORIGINAL', 'PRIMARY']);
    expect(object.decimals('x00280030')).toEqual([0.3, 1e-7]);
    expect(object.uint16('x00280010')).toBe(2);
    expect(object.float64('x00189087')).toBe(800.5);
    expect(object.texts('x00081160')).toEqual(['1', '2']);
    expect(object.has('x00120052')).toBe(true);
    expect(object.items('x00409096').map((item) => item.float64('x00409225'))).toEqual([1e-6, undefined]);
    expect(object.bytes('x00209165')).toEqual(Uint8Array.of(0x20, 0, 0x32, 0));
    expect(object.bytes('x7fe00010')).toEqual(Uint8Array.of(1, 0, 2, 0, 255, 255));
    expect(object.decimal('x0019100c')).toBe(50);
  });

  it('settles representations by signedness and depth, in items too', () => {
    const vr = (record: DicomRecord, tag: string) => read(record).element(tag)?.vr;
    expect(vr({ PixelRepresentation: 1, PixelPaddingValue: -5 }, 'x00280120')).toBe('SS');
    expect(vr({ PixelRepresentation: 0, PixelPaddingValue: 5 }, 'x00280120')).toBe('US');
    expect(vr({ BitsAllocated: 1, PixelData: Uint8Array.of(1) }, 'x7fe00010')).toBe('OB');
    const mapped = read({ PixelRepresentation: 1, RealWorldValueMappingSequence: [{ RealWorldValueFirstValueMapped: -1 }] });
    expect(mapped.item('x00409096')?.element('x00409216')?.vr).toBe('SS');
  });

  it('gives the same bytes in whatever order attributes stand, all elements even and ascending', () => {
    const attribute = fc.oneof(
      fc.record({
        key: fc.constantFrom('PatientID', 'StudyID', 'SeriesDescription'),
        value: fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
      }),
      fc.record({ key: fc.constantFrom('EchoTime', 'RepetitionTime'), value: fc.double({ noNaN: true, min: -1e300, max: 1e300 }) }),
      fc.record({ key: fc.constantFrom('PixelData'), value: fc.uint8Array({ maxLength: 9 }) }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(attribute, { selector: ({ key }) => key }), (list) => {
        const record = Object.fromEntries(list.map(({ key, value }) => [key, value]));
        const reversed = Object.fromEntries([...list].reverse().map(({ key, value }) => [key, value]));
        const bytes = writeDicom({ ...base, ...record });
        expect(writeDicom({ ...reversed, ...base })).toEqual(bytes);
        const object = DicomObject.parse(bytes);
        for (const tag of object.tags()) expect((object.element(tag)?.length ?? 0) % 2).toBe(0);
        const echo = record['EchoTime'] as number | undefined;
        if (echo !== undefined) {
          expect(object.text('x00180081')?.length).toBeLessThanOrEqual(16);
          // 16 characters hold at least 8 digits, the exponent and both signs.
          expect(Math.abs((object.decimal('x00180081') as number) - echo)).toBeLessThanOrEqual(1e-8 * Math.abs(echo) + 1e-300);
        }
      }),
    );
  });

  it('writes compressed pixels as fragments under their own syntax', () => {
    const bytes = writeDicom(
      { ...base, PixelData: { fragments: [new Uint8Array(0), Uint8Array.of(1, 2, 3)] } },
      { transferSyntax: '1.2.840.10008.1.2.5' },
    );
    const object = DicomObject.parse(bytes);
    expect(object.transferSyntax).toBe('1.2.840.10008.1.2.5');
    expect(object.element('x7fe00010')?.fragments?.map(({ length }) => length)).toEqual([4]);
  });

  it('writes a text too long for its length field as UN, and UTF-8 as it is', () => {
    const object = read({ SpecificCharacterSet: 'ISO_IR 192', ImageComments: 'x'.repeat(70_000), PatientName: '合成^一' });
    expect(object.element('x00204000')).toMatchObject({ vr: 'UN', length: 70_000 });
    expect(new TextDecoder().decode(object.bytes('x00100010')).trim()).toBe('合成^一');
  });

  it('refuses what is no DICOM', () => {
    expect(() => writeDicom({ SOPClassUID: mr })).toThrow(/SOPInstanceUID/);
    expect(() => read({ NoSuchThing: 1 })).toThrow(/NoSuchThing/);
    expect(() => read({ x00191008: 'untyped' })).toThrow(/representation/);
    expect(() => read({ InstanceNumber: 1.5 })).toThrow(/whole/);
    expect(() => read({ EchoTime: NaN })).toThrow(/numbers/);
    expect(() => read({ Rows: 1, x00280010: { vr: 'US', value: 1 } })).toThrow(/twice/);
    expect(() => read({ RealWorldValueMappingSequence: 'text' })).toThrow(/records/);
  });

  it('derives valid UIDs from texts: equal for equal, others for others', () => {
    expect(derivedUid('a', 'b')).toBe(derivedUid('a', 'b'));
    expect(derivedUid('a', 'b')).not.toBe(derivedUid('ab'));
    expect(derivedUid('a')).toMatch(/^2\.25\.[1-9][0-9]{30,38}$/);
  });

  it('is parsed by DCMTK without a word', (context) => {
    if (spawnSync('dcmdump', ['--version']).error) context.skip('dcmdump of DCMTK is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-write-'));
    try {
      const file = join(folder, '1.dcm');
      writeFileSync(
        file,
        writeDicom({
          ...base,
          Rows: 1,
          RealWorldValueMappingSequence: [{ LUTLabel: 'A', RealWorldValueSlope: 2 }, {}],
          PixelData: Uint16Array.of(7),
        }),
      );
      const { status, stdout, stderr } = spawnSync('dcmdump', [file], { encoding: 'utf8' });
      expect(status).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toContain('RealWorldValueMappingSequence');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
