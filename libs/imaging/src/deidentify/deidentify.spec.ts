import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsaHeader } from '../dicom/csa-header.js';
import { syntaxForm } from '../dicom/data-elements.js';
import { DicomObject } from '../dicom/dicom-object.js';
import { cleanDescription } from './clean-text.js';
import { deidentify } from './deidentify.js';
import { latin1, parseElements } from './elements.js';
import type { RawElement, RawItem } from './elements.js';
import { publicRepresentation } from '../dicom/dictionary.js';
import { SiteKey } from './keyed.js';
import { DeidentificationProfile, deidentificationOptions, deidentificationTable, tableRows } from './profile.js';
import type { DeidentificationOption } from './profile.js';
import { textElement } from './rewrite.js';
import { writeElements } from './write-elements.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const key = new SiteKey(new Uint8Array(32).fill(3));
/** Implicit and explicit little endian, explicit big endian, deflated. */
const syntaxes = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2', '1.2.840.10008.1.2.1.99'];
const mr = '1.2.840.10008.5.1.4.1.1.4';
const noBytes = new Uint8Array(0);

function file(elements: RawItem, syntax = '1.2.840.10008.1.2.1'): Uint8Array {
  const meta = [textElement('00020002', 'UI', mr), textElement('00020003', 'UI', '1.2.3.4.5.6.7.8.9'), textElement('00020010', 'UI', syntax), textElement('00020016', 'AE', 'SENDERAE')]; // prettier-ignore
  const sorted = [...elements].sort((a, b) => (a.tag < b.tag ? -1 : 1));
  return writeElements({ meta, encoding: syntaxForm(syntax), elements: sorted });
}

function sequence(tag: string, ...items: RawItem[]): RawElement {
  return { tag, vr: 'SQ', value: noBytes, items };
}

const base = [
  textElement('00080016', 'UI', mr),
  textElement('00080018', 'UI', '1.2.276.0.7230010.3.1'),
  textElement('0020000d', 'UI', '1.2.276.0.7230010.3.2'),
  textElement('0020000e', 'UI', '1.2.276.0.7230010.3.3'),
  textElement('00100010', 'PN', 'Kowalska^Anna'),
  textElement('00100020', 'LO', 'HN-004711'),
  textElement('00100030', 'DA', '19630412'),
];

function run(elements: RawItem, options: DeidentificationOption[] = [], syntax?: string) {
  const result = deidentify(file(elements, syntax), { key, profile: new DeidentificationProfile(options) });
  return { ...result, object: DicomObject.parse(result.bytes), text: latin1(result.bytes) };
}

describe('the table', () => {
  it('is whole: 647 rows of the pinned edition, each tag once', () => {
    expect(deidentificationTable.rowCount).toBe(647);
    expect(tableRows()).toHaveLength(647);
    const count = (column: string) => tableRows().filter((row) => column in row).length;
    expect(Object.keys(deidentificationOptions).map(count)).toEqual([1, 60, 57, 10, 19, 169, 169, 134, 3, 4]);
    const basic = Object.fromEntries([...new Set(tableRows().map((row) => row.basic))].sort().map((code) => [code, tableRows().filter((row) => row.basic === code).length])); // prettier-ignore
    expect(basic).toEqual({ D: 92, U: 55, X: 409, 'X/D': 22, 'X/Z': 11, 'X/Z/D': 8, 'X/Z/U*': 2, Z: 42, 'Z/D': 6 });
  });

  it('knows an action for every code', () => {
    const profile = new DeidentificationProfile([]);
    for (const { tag } of tableRows()) if (tag !== 'private' && !tag.includes('x')) expect(profile.actionFor(tag)).toMatch(/^(remove|empty|dummy|uid|walk)$/); // prettier-ignore
  });
});

/** Letters that no word of imaging and no base 32 pseudonym shares. */
const marker = fc.string({ unit: fc.constantFrom(...'qjvkwxQJVKWX'), minLength: 9, maxLength: 14 });
const texts = new Set(['LO', 'SH', 'ST', 'LT', 'UT', 'UC', 'PN', 'AE', 'CS']);

/** An element for a tag that identifies somebody, or undefined where the representation has no room for it. */
function marked(tag: string, word: string, day: string, time: string): RawElement | undefined {
  const vr = publicRepresentation(tag) ?? 'LO';
  if (vr === 'UI') return textElement(tag, vr, `1.2.276.77.${Number.parseInt(tag, 16)}`);
  if (vr === 'DA') return textElement(tag, vr, day);
  if (vr === 'TM') return textElement(tag, vr, time);
  if (vr === 'DT') return textElement(tag, vr, `${day}${time}`);
  if (vr === 'SQ') return sequence(tag, [textElement('00400007', 'LO', word), textElement('00081155', 'UI', '1.2.276.78.1'), textElement('00100020', 'LO', word)]); // prettier-ignore
  if (vr === 'OB' || vr === 'UN') return { tag, vr, value: Buffer.from(word.padEnd(16, ' ')) };
  return texts.has(vr) ? textElement(tag, vr, word) : undefined;
}

describe('de-identification', () => {
  it('leaves none of the values that identify anybody, whatever the encoding, depth and options', () => {
    const options = fc.subarray(Object.keys(deidentificationOptions) as DeidentificationOption[]).filter((chosen) => !(chosen.includes('retainFullDates') && chosen.includes('retainModifiedDates'))); // prettier-ignore
    const day = fc.integer({ min: 1950, max: 2024 }).map((year) => `${year}0817`);
    fc.assert(
      fc.property(options, fc.constantFrom(...syntaxes), marker, day, fc.boolean(), (chosen, syntax, word, date, enhanced) => {
        const profile = new DeidentificationProfile(chosen);
        const time = '101530.918273';
        const gone = tableRows().map(({ tag }) => tag).filter((tag) => /^[0-9a-f]{8}$/.test(tag) && tag >= '00080000' && tag !== '00080018' && tag !== '0020000d' && tag !== '0020000e' && profile.actionFor(tag) !== 'keep'); // prettier-ignore
        const everything = gone.flatMap((tag) => marked(tag, word, date, time) ?? []);
        const frame = sequence('52009230', [
          sequence('00209111', everything),
          sequence('00099901', everything),
          textElement('00090010', 'LO', word),
        ]);
        const elements = [
          ...base.filter(({ tag }) => !everything.some((other) => other.tag === tag)),
          ...everything,
          textElement('00090010', 'LO', word),
          { tag: '00091001', vr: 'UN', value: Buffer.from(word.padEnd(20, ' ')) },
          { tag: '60000022', vr: 'LO', value: Buffer.from(word.padEnd(20, ' ')) },
          { tag: '60003000', vr: 'OW', value: Buffer.from(word.padEnd(20, ' ')) },
          { tag: '50000040', vr: 'SH', value: Buffer.from(word.padEnd(16, ' ')) },
          textElement('00181261', 'LO', word),
          ...(enhanced ? [frame] : []),
        ];
        const result = deidentify(file(elements, syntax), { key, profile, identity: { patientId: word, issuer: '' } });
        const parsed = parseElements(result.bytes);
        const text = latin1(writeElements({ ...parsed, encoding: { ...parsed.encoding, deflated: false } }));
        expect(text.toUpperCase()).not.toContain(word.toUpperCase());
        expect(text).not.toContain('SENDERAE');
        if (!chosen.includes('retainUids')) expect(text).not.toMatch(/1\.2\.276\.7[78]|7230010/);
        if (!chosen.includes('retainFullDates')) {
          expect(text).not.toMatch(new RegExp(`(?<!\\d)${date}(?!\\d{2})`));
          expect(text).not.toContain(time);
        }
      }),
      { numRuns: Math.ceil(24 * scale) },
    );
  });

  it('replaces the person, sets the markers with the codes of the options and says what became of dates', () => {
    const { object, pseudonym } = run(base, ['cleanDescriptors', 'retainModifiedDates']);
    expect(pseudonym).toMatch(/^P-[0-9A-HJKMNP-TV-Z]{10}$/);
    expect([object.text('x00100010'), object.text('x00100020')]).toEqual([pseudonym, pseudonym]);
    expect(object.text('x00120062')).toBe('YES');
    expect(object.items('x00120064').map((item) => item.text('x00080100'))).toEqual(['113100', '113107', '113105']);
    expect(object.text('x00280303')).toBe('MODIFIED');
    expect(run(base).object.text('x00280303')).toBe('REMOVED');
  });

  it('maps one UID to one UID everywhere: references within a study stay together, another key tears them apart', () => {
    const reference = sequence('00081115', [
      sequence('00081199', [textElement('00081150', 'UI', mr), textElement('00081155', 'UI', '1.2.276.0.7230010.3.1')]),
    ]);
    const { object } = run([...base, reference]);
    expect(object.item('x00081115')?.item('x00081199')?.text('x00081155')).toBe(object.text('x00080018'));
    expect(object.text('x00020003')).toBe(object.text('x00080018'));
    expect(object.text('x00080018')).toMatch(/^2\.25\.\d{37,39}$/);
    expect(object.item('x00081115')?.item('x00081199')?.text('x00081150')).toBe(mr);
    const other = deidentify(file(base), { key: new SiteKey(new Uint8Array(32).fill(4)), profile: new DeidentificationProfile([]) });
    expect(other.sopInstanceUid).not.toBe(object.text('x00080018'));
    expect(other.pseudonym).not.toBe(object.text('x00100010'));
  });

  it('moves date and time of an event together, by the same step for all images of a participant', () => {
    const at = (date: string, time: string) => {
      const { object } = run([...base, textElement('00080022', 'DA', date), textElement('00080032', 'TM', time)], ['retainModifiedDates']);
      return [object.text('x00080022') as string, object.text('x00080032') as string] as const;
    };
    const seconds = ([date, time]: readonly [string, string]) => Date.UTC(+date.slice(0, 4), +date.slice(4, 6) - 1, +date.slice(6)) / 1000 + +time.slice(0, 2) * 3600 + +time.slice(2, 4) * 60 + +time.slice(4); // prettier-ignore
    const [before, after] = [at('20240229', '235958.500000'), at('20240301', '000103.250000')];
    expect(before[0]).not.toMatch(/^2024(0229|0301)/);
    expect(seconds(after) - seconds(before)).toBeCloseTo(64.75, 6);
  });

  it('moves all dates of one examination by the same days, whichever of them states a time', () => {
    const day = '20240301';
    const days = (times: readonly (readonly [string, string, string])[], inner: RawItem = []) => {
      const dates = ['00080020', '00080021', '00080022', '00080023'].map((tag) => textElement(tag, 'DA', day));
      const { object } = run([...base, ...dates, ...times.map(([tag, vr, text]) => textElement(tag, vr, text)), sequence('00081140', inner)], ['retainModifiedDates']); // prettier-ignore
      const item = object.item('x00081140');
      return ['x00080020', 'x00080021', 'x00080022', 'x00080023', 'x0008002a'].map((tag) => object.text(tag)?.slice(0, 8)).concat(item?.text('x00080020'), item?.text('x0008002a')).filter((text) => text !== undefined); // prettier-ignore
    };
    const noon = days([['00080032', 'TM', '120000']])[0];
    const night = days([['00080032', 'TM', '001500']])[0];
    expect(night).not.toBe(noon);
    const inner = [textElement('00080020', 'DA', day), textElement('0008002a', 'DT', day)];
    for (const time of [
      ['00080032', 'TM', '0015'],
      ['0008002a', 'DT', `${day}001500`],
      ['00080033', 'TM', '00:15:00'],
      ['00080031', 'TM', '00'],
      ['00080030', 'TM', '001500.5'],
    ] as const)
      // prettier-ignore
      expect(new Set(days([time], inner)), time[0]).toEqual(new Set([night]));
    expect(new Set(days([['00080032', 'TM', 'unknown'], ['00080031', 'TM', '0015']]))).toEqual(new Set([night])); // prettier-ignore
    expect(days([['00080032', 'TM', '1200']], [textElement('00080020', 'DA', day), textElement('00080030', 'TM', '0015')]).at(-1)).toBe(night); // prettier-ignore
  });

  it('empties what is kept by kind where it holds a name, in any writing', () => {
    const name = Buffer.from([0xc1, 0xf5, 0xd3, 0xf1, 0x5e, 0xc3, 0xb7]);
    const { object, counts } = run([
      ...base.filter(({ tag }) => tag !== '00100010'),
      textElement('00080005', 'CS', 'GB18030'),
      { tag: '00100010', vr: 'PN', value: name },
      { tag: '00081090', vr: 'LO', value: Buffer.concat([Buffer.from('Scanner '), name.subarray(0, 4)]) },
      textElement('00080070', 'LO', 'SIEMENS'),
      textElement('00180024', 'SH', 'x HN-004711'),
    ]);
    expect([object.text('x00080070'), object.text('x00081090'), object.text('x00180024')]).toEqual(['SIEMENS', 'REMOVED', 'REMOVED']);
    expect(counts['identifierInText']).toBe(2);
  });

  it('takes what is anonymous already, and names that are also a maker, a code or a word of imaging', () => {
    for (const name of ['REMOVED', 'ANONYMIZED', 'Philips^Field', 'Ma^Se', 'YES', 'Of^Table', 'Breast^DCM']) {
      const { object } = run([
        ...base.filter(({ tag }) => tag !== '00100010'),
        textElement('00100010', 'PN', name),
        textElement('00080070', 'LO', 'Philips Medical Systems'),
        textElement('00180015', 'CS', 'BREAST'),
        textElement('00180020', 'CS', 'SE'),
        textElement('00181030', 'LO', 'anything'),
      ]);
      expect([object.text('x00080070'), object.text('x00180015'), object.text('x00180020'), object.text('x00181030')], name).toEqual(['Philips Medical Systems', 'BREAST', 'SE', 'REMOVED']); // prettier-ignore
    }
  });

  it('keeps pixels byte for byte, in fragments too, and the transfer syntax', () => {
    const fragments = Buffer.from([0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0, 0xe0, 4, 0, 0, 0, 1, 2, 3, 4]);
    const elements = [...base, { tag: '7fe00010', vr: 'OB', value: fragments, encapsulated: true as const }];
    const meta = [textElement('00020010', 'UI', '1.2.840.10008.1.2.4.70')];
    const bytes = writeElements({ meta, encoding: syntaxForm('1.2.840.10008.1.2.1'), elements: [...elements].sort((a, b) => (a.tag < b.tag ? -1 : 1)) }); // prettier-ignore
    const result = parseElements(deidentify(bytes, { key, profile: new DeidentificationProfile([]) }).bytes);
    expect(result.transferSyntax).toBe('1.2.840.10008.1.2.4.70');
    expect(Buffer.from(result.elements.at(-1)?.value ?? noBytes)).toEqual(fragments);
  });

  it('saves the b-value of a private attribute in the standard one, in the byte order of the file', () => {
    for (const syntax of syntaxes) {
      const siemens = [textElement('00190010', 'LO', 'SIEMENS MR HEADER'), textElement('0019100c', 'IS', '800')];
      const { object } = run([...base, ...siemens], [], syntax);
      expect(object.float64('x00189087')).toBe(800);
      expect(object.has('x0019100c')).toBe(false);
      expect(run([...base, ...siemens], ['retainSafePrivate'], syntax).object.text('x0019100c')).toBe('800');
    }
  });

  it('keeps of a Siemens header what stacks a mosaic and weights diffusion, and nothing that names anybody', () => {
    const element = (name: string, values: readonly string[]) => {
      const items = values.map((value) => {
        const head = Buffer.alloc(16);
        head.writeUInt32LE(value.length, 4);
        return Buffer.concat([head, Buffer.from(value), Buffer.alloc((4 - (value.length % 4)) % 4)]);
      });
      const head = Buffer.alloc(84);
      head.write(name, 'latin1');
      head.writeUInt32LE(values.length, 76);
      return Buffer.concat([head, ...items]);
    };
    const start = Buffer.from([0x53, 0x56, 0x31, 0x30, 4, 3, 2, 1, 4, 0, 0, 0, 77, 0, 0, 0]);
    const header = Buffer.concat([start, element('B_value', ['800']), element('SliceNormalVector', ['0.0', '-1.0', '0.0']), element('PatientName', ['Kowalska']), element('NumberOfImagesInMosaic', ['see HN-004711'])]); // prettier-ignore
    const csa = [textElement('00290010', 'LO', 'SIEMENS CSA HEADER'), { tag: '00291010', vr: 'OB', value: header }, { tag: '00291020', vr: 'OB', value: header }]; // prettier-ignore
    const kept = run([...base, ...csa], ['retainSafePrivate']).object;
    const read = parseCsaHeader(kept.bytes('x00291010') ?? noBytes);
    expect([...(read ?? [])]).toEqual([['B_value', ['800']], ['SliceNormalVector', ['0.0', '-1.0', '0.0']]]); // prettier-ignore
    expect(kept.has('x00291020')).toBe(false);
    expect(run([...base, ...csa]).object.has('x00291010')).toBe(false);
    expect(run([...base, ...csa]).object.float64('x00189087')).toBe(800);
  });

  it('keeps of safe private attributes only what is physics', () => {
    const element = (value: RawElement) => run([...base, textElement('00190010', 'LO', 'SIEMENS MR HEADER'), value], ['retainSafePrivate']).object.has(`x${value.tag}`); // prettier-ignore
    expect([textElement('0019100c', 'IS', '800'), textElement('0019100d', 'CS', 'DIRECTIONAL'), { tag: '00191027', vr: 'FD', value: new Uint8Array(48) }, { tag: '0019100c', vr: 'UN', value: Buffer.from('1000') }].map(element)).toEqual([true, true, true, true]); // prettier-ignore
    expect(
      [textElement('0019100c', 'LO', 'somebody else'), { tag: '0019100c', vr: 'UN', value: Buffer.from('Somebody') }].map(element),
    ).toEqual([false, false]);
  });

  it('keeps safe private attributes only under their creator', () => {
    const foreign = [textElement('00190010', 'LO', 'SOMEBODY ELSE'), textElement('0019100c', 'IS', '800')];
    expect(run([...base, ...foreign], ['retainSafePrivate']).object.tags().filter((tag) => tag.startsWith('x0019'))).toEqual([]); // prettier-ignore
  });

  it('refuses what attributes cannot tell: burned-in text, captured screens, no participant', () => {
    const refused = (elements: RawItem, problem: string) => expect(() => run(elements)).toThrow(expect.objectContaining({ code: 'IMAGING.CANNOT_DEIDENTIFY', params: expect.objectContaining({ problem }) })); // prettier-ignore
    refused([...base, textElement('00280301', 'CS', 'YES')], 'burnedIn');
    refused([...base, textElement('00280302', 'CS', 'YES')], 'recognizable');
    refused([textElement('00080016', 'UI', '1.2.840.10008.5.1.4.1.1.7'), ...base.slice(1)], 'kind');
    refused([...base, { tag: '60000102', vr: 'US', value: Uint8Array.of(12, 0) }], 'overlayInPixels');
    refused(base.filter(({ tag }) => tag !== '00100020'), 'noPatientId'); // prettier-ignore
    const accepted = deidentify(file([...base, textElement('00280301', 'CS', 'YES')]), {
      key,
      profile: new DeidentificationProfile([]),
      accepted: ['burnedIn'],
    });
    expect(accepted.risks).toEqual(['burnedIn']);
  });

  it('cleans descriptions by what may stay', () => {
    expect(cleanDescription('Ax T1 DYN Pre/Post 3.0mm - Mrs. Kowalska 12.04.1963 b800 20240102')).toBe('ax_t1_dyn_pre_post_3_0mm_b800');
    expect(run([...base, textElement('0008103e', 'LO', 't2_tirm sag KOWALSKA')], ['cleanDescriptors']).object.text('x0008103e')).toBe(
      't2_tirm_sag',
    );
    expect(run([...base, textElement('0008103e', 'LO', 't2_tirm sag')]).object.has('x0008103e')).toBe(false);
  });

  it('drops groups of bare numbers, and identifiers in whatever way their parts are joined', () => {
    expect(['GEB 12 03 61', 'phone 06 12 34 56 78 t2', '12 Mai 61 sag', 'ax 3.0mm b800', 't1 phase 2'].map(cleanDescription)).toEqual(['', 't2', 'sag', 'ax_3_0mm_b800', 't1_phase_2']); // prettier-ignore
    const described = (id: string, text: string, tag = '0008103e') =>
      run([...base.filter(({ tag: other }) => other !== '00100020'), textElement('00100020', 'LO', id), textElement(tag, 'LO', text)], ['cleanDescriptors']).object.text(`x${tag}`); // prettier-ignore
    expect(described('12 34 56', 'T1 12 34 56')).toBe('t1');
    expect(described('12-b34 5', 'T1_12_b34_5 sag')).toBe('t1_sag');
    expect(described('t2 5mm 7', 'T1 t2/5mm-7')).toBe('t1');
    expect(described('12-34-56', 'coil 12_34_56', '00181250')).toBe('REMOVED');
    expect(described('12 34', 'sag 12\\b34')).toBe('sag_12\\b34');
    expect(described('sag 12 b34', 'sag 12\\b34')).toBeUndefined();
  });

  it('knows a person in every character set, whether accents are composed or not', () => {
    const pseudonymOf = (set: string, id: Buffer) => {
      const elements = [
        ...base.filter(({ tag }) => tag !== '00100020'),
        textElement('00080005', 'CS', set),
        { tag: '00100020', vr: 'LO', value: id },
      ];
      return run(elements).pseudonym;
    };
    const composed = pseudonymOf('ISO_IR 192', Buffer.from('M\u00fc71 '));
    expect(pseudonymOf('ISO_IR 192', Buffer.from('Mu\u030871'))).toBe(composed);
    expect(pseudonymOf('ISO_IR 100', Buffer.from('M\u00fc71', 'latin1'))).toBe(composed);
    expect(composed).toBe(key.pseudonym({ patientId: 'M\u00fc71', issuer: '' }).code);
    expect(pseudonymOf('GB18030', Buffer.from('4711'))).toBe(pseudonymOf('ISO_IR 100', Buffer.from('4711')));
  });

  it('caps ages that point at few', () => {
    const age = (text: string) =>
      run([...base, textElement('00101010', 'AS', text)], ['retainPatientCharacteristics']).object.text('x00101010');
    expect([age('054Y'), age('097Y')]).toEqual(['054Y', '090Y']);
  });

  it('takes options that exclude each other for a mistake, and a short key', () => {
    expect(() => new DeidentificationProfile(['retainFullDates', 'retainModifiedDates'])).toThrow(expect.objectContaining({ code: 'IMAGING.DEIDENTIFICATION_OPTIONS' })); // prettier-ignore
    expect(() => new SiteKey(new Uint8Array(16))).toThrow(expect.objectContaining({ code: 'IMAGING.SHORT_KEY' }));
  });

  it('neither crashes nor lets through what is damaged: a parsed result or a known error', () => {
    const whole = file([...base, sequence('00081140', [textElement('00081155', 'UI', '1.2.276.1.1')])]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }),
        fc.nat({ max: whole.length }),
        (flips, cut) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, value] of flips) bytes[at] = value;
          const damaged = cut % 3 === 0 ? bytes.subarray(0, cut) : bytes;
          try {
            DicomObject.parse(deidentify(damaged, { key, profile: new DeidentificationProfile([]) }).bytes);
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^IMAGING\./) as string });
          }
        },
      ),
      { numRuns: Math.ceil(300 * scale) },
    );
  });
});
