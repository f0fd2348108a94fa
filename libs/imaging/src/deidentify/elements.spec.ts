import { describe, expect, it } from 'vitest';
import { deidentify } from './deidentify.js';
import { latin1, parseElements } from './elements.js';
import type { Encoding, RawItem } from './elements.js';
import { SiteKey } from './keyed.js';
import { DeidentificationProfile } from './profile.js';
import { textElement } from './rewrite.js';
import { writeElements } from './write-elements.js';

const key = new SiteKey(new Uint8Array(32).fill(3));
const mr = '1.2.840.10008.5.1.4.1.1.4';
const explicit: Encoding = { explicit: true, littleEndian: true, deflated: false };
const base = [
  textElement('00080016', 'UI', mr),
  textElement('00080018', 'UI', '1.2.276.0.7230010.3.1'),
  textElement('0020000d', 'UI', '1.2.276.0.7230010.3.2'),
  textElement('0020000e', 'UI', '1.2.276.0.7230010.3.3'),
  textElement('00100020', 'LO', 'HN-004711'),
];

function file(elements: RawItem): Uint8Array {
  const meta = [textElement('00020002', 'UI', mr), textElement('00020010', 'UI', '1.2.840.10008.1.2.1')];
  const sorted = [...elements].sort((a, b) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0));
  return writeElements({ meta, encoding: explicit, elements: sorted });
}

function run(elements: RawItem) {
  const result = deidentify(file(elements), { key, profile: new DeidentificationProfile([]) });
  return { pseudonym: result.pseudonym, text: latin1(result.bytes) };
}

describe('elements', () => {
  it('reads a sequence of unknown representation in implicit form, or in the form of the file', () => {
    const inner = textElement('00100010', 'PN', 'Kowalska^Anna');
    for (const isExplicit of [false, true]) {
      const item = writeElements({ meta: [], encoding: { ...explicit, explicit: isExplicit }, elements: [inner] }).subarray(144);
      const sequenceBytes = Buffer.concat([Buffer.from([0x09, 0, 1, 0x10, 0x55, 0x4e, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0, 0xe0]), Buffer.from(Uint32Array.of(item.length).buffer), item, Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])]); // prettier-ignore
      const parsed = parseElements(Buffer.concat([file(base), sequenceBytes]));
      expect(parsed.elements.at(-1)?.items?.[0]?.[0]).toMatchObject({ tag: '00100010', vr: 'PN' });
    }
  });

  it('are those of readers of images: files without meta information, or with a wrong one, and the first of two', () => {
    const whole = file(base);
    const body = whole.subarray(144 + new DataView(whole.buffer, whole.byteOffset).getUint32(140, true));
    const told = (elements: RawItem) => elements.map(({ tag, vr, value }) => [tag, vr, latin1(value)]);
    const wanted = told(parseElements(whole).elements);
    for (const bytes of [body, Buffer.concat([whole.subarray(0, 132), body])]) {
      const { elements, transferSyntax } = parseElements(bytes);
      expect([transferSyntax, told(elements)]).toEqual(['1.2.840.10008.1.2.1', wanted]);
    }
    const twice = run([...base, textElement('00100020', 'LO', 'HN-009999')]);
    expect(twice.pseudonym).toBe(run(base).pseudonym);
    expect(twice.text).not.toContain('HN-00');
  });

  it('refuses what it could not write again: pixels and items that are cut short', () => {
    const cut = [
      { tag: '7fe00010', vr: 'OW', value: new Uint8Array(64) },
      { tag: '7fe00010', vr: 'OB', value: Buffer.from([0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0, 0xe0, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]), encapsulated: true as const }, // prettier-ignore
      { tag: '00081140', vr: 'SQ', value: new Uint8Array(0), items: [[textElement('00081155', 'UI', '1.2.3')]] },
    ];
    for (const last of cut) {
      const bytes = file([...base, last]);
      expect(() => parseElements(bytes)).not.toThrow();
      expect(() => parseElements(bytes.subarray(0, bytes.length - 6))).toThrow('IMAGING.BAD_DICOM');
    }
  });

  it('looks at a mask of millions of zeros once: half a second, not an hour', () => {
    const before = process.cpuUsage().user;
    run([...base, { tag: '7fe00010', vr: 'OW', value: Buffer.alloc(2 ** 22).fill(1, 2 ** 22 - 2) }]);
    expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(10);
  });

  it('takes representations that are yet to come with their long lengths', () => {
    const parsed = parseElements(Buffer.concat([file(base), Buffer.from([0xe0, 0x7f, 2, 0, 0x4f, 0x58, 0, 0, 2, 0, 0, 0, 7, 8])]));
    expect(parsed.elements.at(-1)).toMatchObject({ tag: '7fe00002', vr: 'OX' });
  });
});
