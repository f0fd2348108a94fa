import { cleanDescription } from './clean-text.js';
import { dateTimeParts, secondsOfTime } from '../dicom/dicom-time.js';
import { shiftDate, shiftDateTime, shiftTime } from './dates.js';
import type { DateShift } from './dates.js';
import { isPrivateTag, publicRepresentation } from '../dicom/dictionary.js';
import { textOf, withoutPadding } from './elements.js';
import type { RawElement, RawItem } from './elements.js';
import { isStandardUid } from './identity.js';
import type { Identity } from './identity.js';
import type { Action, DeidentificationProfile } from './profile.js';
import { safeCsaHeader } from './safe-csa.js';
import { isCsaHeader, isSafePrivate } from './safe-private.js';

/** What one object is rewritten with. */
export interface RewriteContext {
  readonly profile: DeidentificationProfile;
  readonly identity: Identity;
  readonly pseudonym: string;
  readonly shift: DateShift;
  /** Time of the examination, see {@link timeOfExamination}. */
  readonly time: string | undefined;
  readonly mapUid: (uid: string) => string;
  /** How often each thing was done, for the record; never with a value. */
  readonly counts: Map<string, number>;
}

const freeText = new Set(['LO', 'SH', 'ST', 'LT', 'UT', 'UC']);
/** Representations of text in which names and identifiers are looked for. */
export const checkedText = new Set(['LO', 'SH', 'ST', 'LT', 'UT', 'UC', 'UR', 'AE', 'PN', 'CS']);
const dateKinds = new Set(['DA', 'TM', 'DT']);
/** Dates that turn with the time of the same event. */
const timesOfDates: Readonly<Record<string, string>> = {
  '00080012': '00080013',
  '00080020': '00080030',
  '00080021': '00080031',
  '00080022': '00080032',
  '00080023': '00080033',
  '00080024': '00080034',
  '00080025': '00080035',
  '00181012': '00181014',
  '00181200': '00181201',
  '00400002': '00400003',
  '00400244': '00400245',
  '00400250': '00400251',
  '00700082': '00700083',
  '30060008': '30060009',
  '300a0006': '300a0007',
};
/**
 * Texts outside the table that say what a device and a method are and that readers of images need: maker, model, software, sequence and coil,
 * codes with their meaning, units, labels of segments. They are kept unless one holds an identifier.
 */
const keptTexts = new Set(
  `00080070 00081090 00180085 00181020 00180024 00181250 00181251 00189005 00189041 00189047 00181160 00181210 00180031 00180034 00281054 00281055 00283003 00080100
  00080102 00080103 00080104 00080119 00620005 00620009 00620020 00209421 00209238 00700080 00540410`.split(/\s+/),
);
/** Groups whose bulk bytes are pixels, tables of colors or waveforms. */
const bulkGroups = new Set(['7fe0', '0028', '5400', '0066', '0022', '0048', '0040']);
const encryptedAttributes = '04000500';
/** A sequence that enhanced images must have, with or without items (PS3.3, C.7.6.14). */
const acquisitionContext = '00400555';
const noBytes = new Uint8Array(0);

/** Elements of one item after the table has been applied to them and, through sequences, to what lies beneath. */
export function rewriteItem(elements: RawItem, context: RewriteContext): RawItem {
  const kept: RawElement[] = [];
  for (const element of elements) {
    if (element.tag.endsWith('0000') || element.tag < '00080000') continue;
    const next = element.tag === '00100010' || element.tag === '00100020' ? textElement(element.tag, element.vr, context.pseudonym) : rewriteElement(element, elements, context); // prettier-ignore
    if (next !== undefined) kept.push(next);
  }
  return withoutIdleCreators(kept).sort((a, b) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0));
}

/** An element of plain ASCII text, padded as its representation wants. */
export function textElement(tag: string, vr: string, text: string): RawElement {
  const padded = text.length % 2 === 0 ? text : `${text}${vr === 'UI' ? '\0' : ' '}`;
  return { tag, vr, value: Buffer.from(padded, 'latin1') };
}

function rewriteElement(element: RawElement, item: RawItem, context: RewriteContext): RawElement | undefined {
  const stated = context.profile.actionFor(element.tag);
  const action = stated === 'outside' ? outsideTable(element, context) : stated;
  if (action === 'safePrivate') {
    const kept = safePrivate(element, item, context);
    if (kept === undefined) count(context, 'private');
    return kept;
  }
  if (action !== 'keep' && action !== 'walk') count(context, isPrivateTag(element.tag) ? 'private' : action);
  // A sequence without items is no dummy: where it may be absent, it is.
  const isHollow = element.items !== undefined && (action === 'empty' || action === 'dummy') && element.tag !== acquisitionContext;
  if (isHollow && context.profile.basicCode(element.tag)?.startsWith('X')) return undefined;
  switch (action) {
    case 'remove':
      return undefined;
    case 'empty':
      return emptied(element);
    case 'dummy':
      return dummy(element);
    case 'uid':
      return withUids(element, context);
    case 'shift':
      return shifted(element, item, context);
    case 'clean':
      return cleaned(element, context);
    case 'walk':
      return element.items === undefined ? emptied(element) : walked(element, context);
    default:
      return keptAsIs(element, context);
  }
}

/** What is done with a public attribute that the table does not name. Whatever could hold an identifier by its representation is not left as it is. */
function outsideTable({ tag, vr, items }: RawElement, { profile }: RewriteContext): Action {
  if (publicRepresentation(tag) === undefined || tag === encryptedAttributes || vr === 'UN') return 'remove';
  if (items !== undefined) return 'walk';
  if (vr === 'UI') return profile.has('retainUids') ? 'keep' : 'uid';
  if (dateKinds.has(vr)) return profile.has('retainFullDates') ? 'keep' : profile.has('retainModifiedDates') ? 'shift' : 'empty';
  if (freeText.has(vr)) return keptTexts.has(tag) ? 'keep' : 'clean';
  if (vr === 'PN' || vr === 'AE' || vr === 'UR') return 'empty';
  if (vr === 'OB') return bulkGroups.has(tag.slice(0, 4)) ? 'keep' : 'remove';
  return 'keep';
}

/** A private element under the Retain Safe Private Option: known by its creator, and of a form in which nobody can be named. */
function safePrivate(element: RawElement, item: RawItem, context: RewriteContext): RawElement | undefined {
  const { tag } = element;
  if (/^....00[1-9a-f]/.test(tag)) return element;
  const owner = item.find((other) => other.tag === `${tag.slice(0, 4)}00${tag.slice(4, 6)}`);
  const creator = owner === undefined ? '' : textOf(owner.value);
  if (isCsaHeader(tag, creator)) {
    const value = safeCsaHeader(element.value);
    return value === undefined ? undefined : { tag, vr: element.vr, value };
  }
  if (!isSafePrivate(tag, creator)) return undefined;
  return element.items !== undefined
    ? walked(element, context)
    : holdsPhysics(element) && !holdsIdentity(element, context)
      ? element
      : undefined;
}

function holdsIdentity({ vr, value }: RawElement, { identity }: RewriteContext): boolean {
  return checkedText.has(vr) && identity.isIn(textOf(value), { words: vr !== 'CS' });
}

const numericKinds = new Set(['DS', 'FD', 'FL', 'IS', 'SL', 'SS', 'UL', 'US']);

/** Numbers, in binary or in digits, or one code word; bytes of unknown representation only where they are few and no text. */
function holdsPhysics({ vr, value }: RawElement): boolean {
  const text = textOf(value);
  if (/^[-+.\deE\\ ]*$/.test(text) || (vr === 'CS' && /^[A-Z_ ]{0,16}$/.test(text))) return true;
  if (vr !== 'UN') return numericKinds.has(vr) && vr !== 'DS' && vr !== 'IS';
  return value.length <= 256 && value.length % 2 === 0 && !/[A-Za-z\x80-\xff]{3}/.test(text);
}

/** A creator without elements of its own says nothing; one that nobody knows might. */
function withoutIdleCreators(elements: readonly RawElement[]): RawElement[] {
  return elements.filter(
    ({ tag }) =>
      !isPrivateTag(tag) ||
      !/^....00[1-9a-f]/.test(tag) ||
      elements.some((other) => other.tag.slice(0, 6) === `${tag.slice(0, 4)}${tag.slice(6)}`),
  );
}

function emptied(element: RawElement): RawElement {
  return element.items === undefined ? { tag: element.tag, vr: element.vr, value: noBytes } : { ...element, items: [] };
}

const dummies: Readonly<Record<string, string>> = {
  DA: '19000101',
  TM: '000000',
  DT: '19000101000000',
  DS: '0',
  IS: '0',
  AS: '000Y',
  PN: 'REMOVED',
  LO: 'REMOVED',
  SH: 'REMOVED',
  ST: 'REMOVED',
  LT: 'REMOVED',
  UT: 'REMOVED',
  UC: 'REMOVED',
  CS: 'REMOVED',
  AE: 'REMOVED',
};

/** True for a value that de-identification itself put in, and which may agree with the name of somebody who was called REMOVED before. */
export function isDummy({ vr, value }: RawElement): boolean {
  return dummies[vr] !== undefined && textOf(value) === dummies[vr];
}

function dummy(element: RawElement): RawElement {
  const text = element.items === undefined ? dummies[element.vr] : undefined;
  return text === undefined ? emptied(element) : textElement(element.tag, element.vr, text);
}

function withUids(element: RawElement, { mapUid }: RewriteContext): RawElement {
  if (element.items !== undefined || (element.vr !== 'UI' && element.vr !== 'UN')) return emptied(element);
  const uids = textOf(element.value)
    .split('\\')
    .map(withoutPadding)
    .map((uid) => (isStandardUid(uid) ? uid : mapUid(uid)));
  return textElement(element.tag, 'UI', uids.join('\\'));
}

function shifted(element: RawElement, item: RawItem, context: RewriteContext): RawElement | undefined {
  const { tag, vr, value } = element;
  if (!dateKinds.has(vr)) return undefined;
  const timeTag = timesOfDates[tag];
  const { shift } = context;
  const times = [timeTag === undefined ? undefined : firstText(item, timeTag), timeOfExamination(item), context.time].filter((time) => time !== undefined); // prettier-ignore
  const move = (text: string) =>
    text === ''
      ? ''
      : vr === 'DA'
        ? shiftDate(text, shift, ...times)
        : vr === 'TM'
          ? shiftTime(text, shift)
          : shiftDateTime(text, shift, ...times);
  return textElement(tag, vr, textOf(value).split('\\').map((text) => move(text.trim())).join('\\')); // prettier-ignore
}

const acquisitionDateTime = '0008002a';
/** AcquisitionTime, AcquisitionDateTime, ContentTime, SeriesTime, StudyTime. */
const timesOfExamination = ['00080032', acquisitionDateTime, '00080033', '00080031', '00080030'];

/**
 * The first readable time that an item states. Dates without a time of their own turn with it, so that all dates of one examination move by
 * the same days.
 */
export function timeOfExamination(item: RawItem): string | undefined {
  return timesOfExamination
    .map((tag) => {
      const text = firstText(item, tag);
      return tag === acquisitionDateTime && text !== undefined ? dateTimeParts(text).time : text;
    })
    .find((time) => time !== undefined && secondsOfTime(time) !== undefined);
}

function firstText(item: RawItem, tag: string): string | undefined {
  const element = item.find((other) => other.tag === tag);
  return element && textOf(element.value).split('\\')[0];
}

/** The Clean options, and texts outside the table: only words of imaging stay; what is left empty by them is absent or a dummy. */
function cleaned(element: RawElement, context: RewriteContext): RawElement | undefined {
  if (element.items !== undefined) return walked(element, context);
  if (!freeText.has(element.vr)) return undefined;
  const parts = element.vr === 'LO' || element.vr === 'SH' ? textOf(element.value).split('\\') : [textOf(element.value)];
  const limit = element.vr === 'SH' ? 16 : 64;
  const cleanedParts = parts
    .map((part) => cleanDescription(context.identity.without(part)))
    .map((text) => (context.identity.isIn(text) ? '' : text.slice(0, limit)));
  const areNumbers = cleanedParts.filter((text) => /^\d+$/.test(text)).length > 1;
  const texts = areNumbers ? cleanedParts.map((text) => (/^\d+$/.test(text) ? '' : text)) : cleanedParts;
  if (texts.some((text) => text !== '') && !context.identity.isIn(texts.join('\\')))
    return textElement(element.tag, element.vr, texts.join('\\'));
  const code = context.profile.basicCode(element.tag);
  if (code === 'X') return undefined;
  return code === 'Z' || parts.every((part) => part.trim() === '') ? emptied(element) : dummy(element);
}

function walked(element: RawElement, context: RewriteContext): RawElement {
  return { ...element, items: (element.items ?? []).map((item) => rewriteItem(item, context)) };
}

function keptAsIs(element: RawElement, context: RewriteContext): RawElement {
  if (element.items !== undefined) return walked(element, context);
  if (element.tag === '00101010') return cappedAge(element);
  const text = textOf(element.value);
  // A series number can be the hospital's own number of the person; short ones agree by chance.
  const isChecked = checkedText.has(element.vr) || (element.vr === 'IS' && text.length >= 5);
  if (!isChecked || !context.identity.isIn(text, { words: element.vr !== 'CS' })) return element;
  count(context, 'identifierInText');
  return freeText.has(element.vr) ? dummy(element) : emptied(element);
}

/** Ages above 89 years point at few people (45 CFR 164.514(b)(2)(i)(C)). */
function cappedAge(element: RawElement): RawElement {
  const [, years] = /^(\d{3})Y$/.exec(textOf(element.value)) ?? [];
  return years !== undefined && Number(years) > 89 ? textElement(element.tag, element.vr, '090Y') : element;
}

function count({ counts }: RewriteContext, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
