import type { FilePlace } from '../dicom/dicom-object.js';
import { DicomObject } from '../dicom/dicom-object.js';
import { imagingErrors } from '../errors.js';
import { elementsOf, latin1, textOf, withoutPadding } from './elements.js';
import type { RawElement, RawFile, RawItem } from './elements.js';
import { Identity } from './identity.js';
import type { PatientIdentity, SiteKey } from './keyed.js';
import { bValueOf } from './b-value.js';
import { deidentificationOptions, deidentificationTable } from './profile.js';
import type { DeidentificationProfile } from './profile.js';
import { pixelRisks } from './refusals.js';
import type { PixelRisk } from './refusals.js';
import { checkedText, isDummy, rewriteItem, textElement, timeOfExamination } from './rewrite.js';
import type { RewriteContext } from './rewrite.js';
import { implementationClassUid, writeElements } from './write-elements.js';

/** How objects are de-identified. */
export interface DeidentificationRequest {
  readonly key: SiteKey;
  readonly profile: DeidentificationProfile;
  /** Risks that a person looked at and accepts; the others refuse the object. */
  readonly accepted?: readonly PixelRisk[];
  /** Who it is, for objects whose images do not say it or say it wrongly. */
  readonly identity?: PatientIdentity;
}

/** A de-identified object. */
export interface Deidentified {
  readonly bytes: Uint8Array;
  readonly pseudonym: string;
  /** Digest of the identity, to find two people under one pseudonym. */
  readonly identityDigest: string;
  /** New UIDs, as they stand in the bytes. */
  readonly imagingStudyUid: string;
  readonly seriesUid: string;
  readonly sopInstanceUid: string;
  /** Warnings and accepted risks. */
  readonly risks: readonly PixelRisk[];
  /** How often each action was taken. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * De-identifies one object by the Basic Application Level Confidentiality Profile and options (PS3.15, Annex E): the table at every depth,
 * attributes outside it by their representation, private ones gone or known to be safe, UIDs and pseudonym by the site's key, markers set.
 * Pixel data and transfer syntax stay as they are, byte for byte.
 * @throws `IMAGING.BAD_DICOM`, `IMAGING.CANNOT_DEIDENTIFY`, `IMAGING.IDENTITY_LEFT`
 */
export function deidentify(bytes: Uint8Array, request: DeidentificationRequest, place: FilePlace = { file: 1, count: 1 }): Deidentified {
  const object = DicomObject.parse(bytes, place);
  const file = elementsOf(object);
  const risks = pixelRisks(file);
  const refusal = risks.find((risk) => risk !== 'maybeBurnedIn' && !(request.accepted ?? []).includes(risk));
  if (refusal !== undefined) throw refuse(place, refusal);
  const patient = request.identity ?? patientIdentityOf(object);
  if (patient === undefined) throw refuse(place, 'noPatientId');
  const { code, digest } = request.key.pseudonym(patient);
  const retainUids = request.profile.has('retainUids');
  const context: RewriteContext = {
    profile: request.profile,
    identity: Identity.of(file.elements),
    pseudonym: code,
    shift: request.key.dateShift(patient),
    time: timeOfExamination(file.elements),
    mapUid: (uid) => (retainUids ? uid : request.key.uid(uid)),
    counts: new Map(),
  };
  const elements = withMarkers(rewriteItem(firstOfEach(file.elements), context), context, withBValue(object, file));
  const text = (tag: string) => textOf(elements.find((element) => element.tag === tag)?.value ?? new Uint8Array(0));
  if (text('00080018') === '' || text('0020000d') === '' || text('0020000e') === '') throw refuse(place, 'noUid');
  assertNothingLeft(elements, context, retainUids, place);
  const meta = metaInformation(text('00080016'), text('00080018'), file.transferSyntax);
  return {
    bytes: writeElements({ meta, encoding: file.encoding, elements }),
    pseudonym: code,
    identityDigest: digest,
    imagingStudyUid: text('0020000d'),
    seriesUid: text('0020000e'),
    sopInstanceUid: text('00080018'),
    risks,
    counts: Object.fromEntries([...context.counts].sort()),
  };
}

/**
 * Who an object is about, by PatientID (0010,0020) and IssuerOfPatientID (0010,0021): text of its character set in composed form (Unicode NFC),
 * so that the same person has the same identity in files of different character sets. Undefined where it has no PatientID.
 */
export function patientIdentityOf(object: DicomObject): PatientIdentity | undefined {
  const patientId = object.text('x00100020')?.normalize('NFC');
  return patientId === undefined ? undefined : { patientId, issuer: object.text('x00100021')?.normalize('NFC') ?? '' };
}

function refuse({ file, count }: FilePlace, problem: string): Error {
  return imagingErrors.error('IMAGING.CANNOT_DEIDENTIFY', { file, count, problem });
}

/** Of elements that stand twice, our readers see the first. */
function firstOfEach(elements: RawItem): RawItem {
  const seen = new Set<string>();
  return elements.filter(({ tag }) => !seen.has(tag) && seen.add(tag));
}

/** The b-value as the standard attribute, since private ones go: once for a single-frame image that lacks it. */
function withBValue(object: DicomObject, { elements, encoding }: RawFile): RawElement | undefined {
  if (elements.some(({ tag }) => tag === '00189087' || tag === '52009230')) return undefined;
  const found = bValueOf(object);
  if (found === undefined) return undefined;
  const value = new Uint8Array(8);
  new DataView(value.buffer).setFloat64(0, found.value, encoding.littleEndian);
  return { tag: '00189087', vr: 'FD', value };
}

function withMarkers(elements: RawItem, { profile, pseudonym }: RewriteContext, bValue: RawElement | undefined): RawItem {
  const codes = [
    { code: '113100', meaning: 'Basic Application Confidentiality Profile' },
    ...profile.options.map((option) => deidentificationOptions[option]),
  ];
  const dates = profile.has('retainFullDates') ? 'UNMODIFIED' : profile.has('retainModifiedDates') ? 'MODIFIED' : 'REMOVED';
  const set: RawElement[] = [
    textElement('00100010', 'PN', pseudonym),
    textElement('00100020', 'LO', pseudonym),
    textElement('00120062', 'CS', 'YES'),
    textElement('00120063', 'LO', `Cohortium\\PS3.15 Table E.1-1 of ${deidentificationTable.edition.slice(-10)}`),
    {
      tag: '00120064',
      vr: 'SQ',
      value: new Uint8Array(0),
      items: codes.map(({ code, meaning }) => [
        textElement('00080100', 'SH', code),
        textElement('00080102', 'SH', 'DCM'),
        textElement('00080104', 'LO', meaning),
      ]),
    },
    textElement('00280303', 'CS', dates),
    ...(bValue === undefined ? [] : [bValue]),
  ];
  const tags = new Set(set.map(({ tag }) => tag));
  return [...elements.filter(({ tag }) => !tags.has(tag)), ...set].sort((a, b) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0));
}

function metaInformation(sopClassUid: string, sopInstanceUid: string, transferSyntax: string): RawItem {
  return [
    { tag: '00020001', vr: 'OB', value: Uint8Array.of(0, 1) },
    textElement('00020002', 'UI', sopClassUid),
    textElement('00020003', 'UI', sopInstanceUid),
    textElement('00020010', 'UI', transferSyntax),
    textElement('00020012', 'UI', implementationClassUid),
    textElement('00020013', 'SH', 'COHORTIUM_1'),
  ];
}

/** Numbers are no identifiers, though their digits may agree with one; pixels are not text. */
const unchecked = new Set(['DS', 'IS', 'FD', 'FL', 'OD', 'OF', 'OL', 'OV', 'OW', 'SL', 'SS', 'SV', 'UL', 'US', 'UV', 'AT']);

/** Attributes that this step writes. */
const ownTags = new Set(['00100010', '00100020', '00120062', '00120063', '00120064', '00280303']);

/** A second look at the result, which knows nothing of the table. @throws `IMAGING.IDENTITY_LEFT` */
function assertNothingLeft(elements: RawItem, context: RewriteContext, retainUids: boolean, { file, count }: FilePlace): void {
  const look = (item: RawItem): void => {
    for (const element of item) {
      const { tag, vr, value, items } = element;
      if (ownTags.has(tag) || isDummy(element)) continue;
      for (const inner of items ?? []) look(inner);
      if (items !== undefined || unchecked.has(vr) || tag.startsWith('7fe0') || value.length > 1_000_000) continue;
      const text = latin1(value);
      const left = vr === 'UI' ? !retainUids && text.split('\\').some((uid) => context.identity.originalUids.has(withoutPadding(uid))) : context.identity.isIn(text, { words: vr !== 'CS', bytes: !checkedText.has(vr) }); // prettier-ignore
      if (left) throw imagingErrors.error('IMAGING.IDENTITY_LEFT', { file, count, attribute: `(${tag.slice(0, 4)},${tag.slice(4)})` });
    }
  };
  look(elements);
}
