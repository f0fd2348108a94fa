import {
  DeidentificationProfile,
  DicomObject,
  SiteKey,
  deidentify,
  observeTimes,
  parseElements,
  relateTimes,
  textOf,
} from '@cohortium/imaging';
import type { DeidentificationOption, RawItem } from '@cohortium/imaging';
import { findProgram } from '@cohortium/testkit';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const reference = process.env['COHORTIUM_REFERENCE'] ?? '';
const scratch = mkdtempSync(join(tmpdir(), 'cohortium-deidentification-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const has = existsSync(join(reference, 'dicom_forms')) && existsSync(join(reference, 'mr_multivendor'));
if (!has) console.warn('skipped: de-identification of real files: COHORTIUM_REFERENCE has no dicom_forms or mr_multivendor');

if (findProgram('dciodvfy') === undefined)
  console.warn('skipped: form of de-identified files: dciodvfy is not installed (apt-get install dicom3tools)');

const key = new SiteKey(new Uint8Array(32).fill(9));

/** DICOM files of a folder, archives unpacked. */
function filesOf(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(reference, folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.name.endsWith('.dcm')) found.push(path);
    if (!entry.name.endsWith('dcm.tar.gz') && entry.name !== 'dicom.tar.gz') continue;
    const target = mkdtempSync(join(scratch, 'a-'));
    execFileSync('tar', ['-xzf', path, '-C', target]);
    for (const inner of readdirSync(target, { recursive: true, withFileTypes: true })) if (inner.isFile()) found.push(join(inner.parentPath, inner.name)); // prettier-ignore
  }
  return found.sort();
}

/** Values of an object, at every depth, that point at somebody: names, identifiers, dates, and UIDs that are no class or syntax. */
function identifiers(elements: RawItem): string[] {
  return elements.flatMap(({ tag, vr, value, items }) => {
    if (items !== undefined) return items.flatMap(identifiers);
    const wanted = vr === 'PN' || vr === 'UI' || ['00100020', '00080050', '00181000', '00100030', '00080080', '00081010'].includes(tag);
    return wanted ? textOf(value).split(/[\\\0]/).filter((text) => text.length >= 6 && !text.startsWith('1.2.840.10008.')) : []; // prettier-ignore
  });
}

function pixels(bytes: Uint8Array): string {
  const found = parseElements(bytes).elements.find(({ tag }) => tag.startsWith('7fe0'));
  return found === undefined ? 'none' : createHash('sha256').update(found.value).digest('hex');
}

describe.skipIf(!has)('de-identification of real files', () => {
  const options: DeidentificationOption[] = [
    'cleanDescriptors',
    'retainModifiedDates',
    'retainSafePrivate',
    'retainPatientCharacteristics',
  ];

  it('takes single and multi-frame objects of every syntax and maker, segmentations and maps; pixels and syntax stay, identifiers go', () => {
    const files = [...filesOf('dicom_forms'), ...filesOf('mr_multivendor').filter((_, at) => at % 9 === 0)];
    expect(files.length).toBeGreaterThan(30);
    for (const path of files) {
      const bytes = readFileSync(path);
      const before = parseElements(bytes);
      // Frames of one object repeat the same few thousands of times.
      const wanted = new Set(identifiers(before.elements));
      for (const chosen of [[], options]) {
        const result = deidentify(bytes, {
          key,
          profile: new DeidentificationProfile(chosen),
          identity: { patientId: 'somebody', issuer: '' },
        });
        const after = parseElements(result.bytes);
        expect(after.transferSyntax, basename(path)).toBe(before.transferSyntax);
        expect(pixels(result.bytes), basename(path)).toBe(pixels(bytes));
        const text = Buffer.from(result.bytes).toString('latin1');
        for (const value of wanted) {
          // One institution is called as the maker, which stays.
          if (value === 'TOSHIBA') continue;
          // Digits alone may stand within a number of the geometry.
          const found = text.includes(value) && (!/^\d+$/.test(value) || new RegExp(`(?<![\\d.])${value}(?!\\d)`).test(text));
          expect(found, `${basename(path)} ${value}`).toBe(false);
        }
        const object = DicomObject.parse(result.bytes);
        expect([object.text('x00120062'), object.text('x00080016'), object.uint16('x00280010')]).toEqual(['YES', ...[DicomObject.parse(bytes)].flatMap((original) => [original.text('x00080016'), original.uint16('x00280010')])]); // prettier-ignore
      }
    }
  });

  it.skipIf(findProgram('dciodvfy') === undefined)('makes no error of form that was not there before, by dciodvfy', () => {
    const errorsOf = (bytes: Uint8Array) => {
      const path = join(scratch, 'checked.dcm');
      writeFileSync(path, bytes);
      const { stderr } = spawnSync('dciodvfy', [path], { encoding: 'utf8' });
      return new Set(stderr.split('\n').filter((line) => line.startsWith('Error')));
    };
    for (const folder of ['uih_dwi', 'philips_dwi', 'toshiba_adc', 'siemens_xa10_enhanced']) {
      const bytes = readFileSync(filesOf(`mr_multivendor/${folder}`)[0] as string);
      const before = errorsOf(bytes);
      const after = errorsOf(
        deidentify(bytes, { key, profile: new DeidentificationProfile(options), identity: { patientId: 'somebody', issuer: '' } }).bytes,
      );
      expect(
        [...after].filter((line) => !before.has(line)),
        folder,
      ).toEqual([]);
    }
  });

  it('reads b-values of United Imaging and Philips before private attributes go, and writes them as the standard one', () => {
    const expected = readFileSync(join(reference, 'mr_multivendor/uih_dwi/reference.bval'), 'utf8').trim().split(/\s+/).map(Number);
    const read = (folder: string) =>
      filesOf(folder).map((path) => DicomObject.parse(deidentify(readFileSync(path), { key, profile: new DeidentificationProfile([]), identity: { patientId: 'somebody', issuer: '' } }).bytes)); // prettier-ignore
    const uih = read('mr_multivendor/uih_dwi');
    const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
    const found = sorted(uih.map((object) => object.float64('x00189087') ?? NaN));
    sorted(expected).forEach((value, at) => expect(found[at]).toBeCloseTo(value, 2));
    expect(uih.every((object) => object.tags().every((tag) => parseInt(tag.slice(1, 5), 16) % 2 === 0))).toBe(true);
    expect([...new Set(read('mr_multivendor/philips_dwi').map((object) => object.float64('x00189087')))].sort()).toEqual([0, 2000]);
  });
});

const hasBreast = existsSync(join(reference, 'breast_dce/ucsf_br_06'));
if (!hasBreast) console.warn('skipped: phase times of the breast DCE: COHORTIUM_REFERENCE has no breast_dce');

describe.skipIf(!hasBreast)('values that depend on time', () => {
  it('finds the phases of the breast DCE by their distances in time and tells no date', () => {
    const target = mkdtempSync(join(scratch, 'b-'));
    execFileSync('tar', ['-xzf', join(reference, 'breast_dce/ucsf_br_06/dce.dcm.tar.gz'), '-C', target]);
    const paths = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)); // prettier-ignore
    const derived = relateTimes(paths.map((path) => observeTimes(DicomObject.parse(readFileSync(path)))));
    const counts = new Map<number | null, number>();
    for (const { contentSecondsFromSeriesStart } of derived) counts.set(contentSecondsFromSeriesStart, (counts.get(contentSecondsFromSeriesStart) ?? 0) + 1); // prettier-ignore
    expect([...counts].sort()).toEqual([[0, 60], [407, 60], [761, 60]]); // prettier-ignore
    expect(JSON.stringify(derived.map((one) => ({ ...one, sopInstanceUid: '', seriesUid: '', imagingStudyUid: '' })))).not.toMatch(/\d{8}/); // prettier-ignore
  });
});
