import { buildVolume } from '@cohortium/imaging';
import type { DicomObject } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { dicomFile, mrSlice } from '../fixtures/dicom-writer.js';
import type { Elements } from '../fixtures/dicom-writer.js';
import { factsOf, openSeries } from './dicom-archives.js';

describe('facts of vendors', () => {
  const b = (changes: Elements) => factsOf([dicomFile(mrSlice(changes))]).volumes[0];

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
    const spinEcho = { '00080070': ['LO', 'GE MEDICAL SYSTEMS'], '00180020': ['CS', 'SE'], '00430010': ['LO', 'GEMS_PARM_01'] } as const;
    for (const value of ['8\\0\\0\\0', '512\\0\\0\\0']) expect(b({ ...spinEcho, '00431039': ['IS', value] })?.bValue).toBeUndefined();
    expect(b({ ...spinEcho, '00431039': ['IS', '512\\0\\0\\0'], '0008103e': ['LO', 'Ax DWI'] })?.bValue).toBe(512);
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
    expect(b({ '00180024': ['SH', '*ep_b400#2'] })).toMatchObject({ bValue: 400, bValueSource: '(0018,0024)' });
    expect(b({ '00180024': ['SH', 'fl3d1_b800x'] })?.bValue).toBeUndefined();
    // Another owner of the block means something else by the element.
    expect(b({ '00190010': ['LO', 'GEMS_ACQU_01'], '0019100c': ['IS', '800'] })?.bValue).toBeUndefined();
  });

  it('reads b-values of private elements whose representation an archive has lost', () => {
    expect(
      b({ '20010010': ['LO', 'Philips Imaging DD 001'], '20011003': ['UN', new Uint8Array(Float32Array.of(1000).buffer)] })?.bValue,
    ).toBe(1000);
    expect(b({ '00190010': ['LO', 'SIEMENS MR HEADER'], '0019100c': ['UN', Buffer.from('800 ')] })?.bValue).toBe(800);
  });

  it('takes the component of a complex image from the defined terms only', () => {
    expect(b({ '00089208': ['CS', 'PHASE'] })?.component).toBe('PHASE');
    const evil = b({ '00089208': ['CS', 'X/../../../evil'], '00080008': ['CS', 'ORIGINAL\\PRIMARY\\M'] });
    expect(evil?.component).toBe('MAGNITUDE');
  });

  it('field strength in gauss, fat saturation with the attribute that told, times of contrast', () => {
    const of = (changes: Elements) => factsOf([dicomFile(mrSlice(changes))]);
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
    const text = JSON.stringify(factsOf([dicomFile(mrSlice({ '00100010': ['PN', 'Doe^Jane'], '00100020': ['LO', 'MRN-4711'], '00080020': ['DA', '20211224'], '00080022': ['DA', '20211224'], '00080032': ['TM', '091500'], '00080080': ['LO', 'St Elsewhere'], '00181000': ['LO', 'SN-99'] }))])); // prettier-ignore
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
    expect(factsOf([dicomFile(mosaic(['0', '0', '1']))]).volumes[0]).toMatchObject({
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
