import { isImagingWord } from './clean-text.js';
import { isPrivateTag, publicRepresentation } from '../dicom/dictionary.js';
import { textOf, withoutPadding } from './elements.js';
import type { RawItem } from './elements.js';

/** Attributes whose values point at a person, an examination or a place; person names everywhere come on top. */
const identifyingTags = new Set(
  `00080050 00080080 00080081 00080092 00080094 00081040 00081048 00081050 00081060 00081070 00100020 00100021 00100030 00101000 00101001
  00101005 00101040 00101060 00101080 00101090 00102154 00102160 00102180 00102297 00321032 00380010 00380060 00400006 00401001 00402016 00402017
  00181000 0040a123 00120040 00120042`.split(/\s+/),
);
const wordBreak = /[^0-9A-Za-z\u0080-\u00ff]+/;

/** Values of an object that must not be seen in what is handed on. */
export class Identity {
  private readonly phrases = new Set<string>();
  /** Phrases with one blank for whatever stands between letters and digits: `12-34 56` is found in `12_34_56`. */
  private readonly plainPhrases = new Set<string>();
  private readonly words = new Set<string>();
  private readonly uids = new Set<string>();

  /** Reads an object at every depth, before anything is changed. */
  static of(elements: RawItem): Identity {
    const identity = new Identity();
    identity.collect(elements);
    return identity;
  }

  /** UIDs that belong to this examination and not to the standard. */
  get originalUids(): ReadonlySet<string> {
    return this.uids;
  }

  /**
   * True for a text in which a name, an identifier or an original UID stands: as words of their own, or as a phrase within. Without `words` a
   * short name is not looked for: in a code string it would agree by chance (`MA`, `SE`). With `bytes` phrases count only as they are written:
   * between bytes that are no text, anything could stand.
   */
  isIn(text: string, { words = true, bytes = false }: { readonly words?: boolean; readonly bytes?: boolean } = {}): boolean {
    if (text === '') return false;
    const upper = text.toUpperCase();
    for (const phrase of this.phrases) if (upper.includes(phrase)) return true;
    if (!bytes) {
      const plain = plainly(upper);
      for (const phrase of this.plainPhrases) if (plain.includes(phrase)) return true;
    }
    for (const [run] of text.matchAll(/[0-9.]{10,}/g)) if (this.uids.has(run)) return true;
    return words && upper.split(wordBreak).some((word) => this.words.has(word));
  }

  /** The text without the words that a name or an identifier touches, whatever stands between them. */
  without(text: string): string {
    let plain = plainly(text.toUpperCase());
    let isTouched = false;
    for (const phrase of this.plainPhrases) {
      for (let at = plain.indexOf(phrase); at >= 0; at = plain.indexOf(phrase)) {
        isTouched = true;
        const end = plain.indexOf(' ', at + phrase.length);
        plain = `${plain.slice(0, plain.lastIndexOf(' ', at) + 1)}|${end < 0 ? '' : plain.slice(end)}`;
      }
    }
    return isTouched ? plain : text;
  }

  private collect(elements: RawItem): void {
    for (const { tag, vr, value, items } of elements) {
      for (const item of items ?? []) this.collect(item);
      if (items !== undefined || value.length > 4096) continue;
      const meant = vr === 'UN' && !isPrivateTag(tag) ? (publicRepresentation(tag) ?? vr) : vr;
      if (meant === 'UI') this.addUids(textOf(value));
      else if (meant === 'PN' || identifyingTags.has(tag)) this.addText(textOf(value), meant === 'PN');
    }
  }

  private addUids(text: string): void {
    for (const uid of text.split('\\')) if (uid.length >= 10 && !isStandardUid(uid)) this.uids.add(withoutPadding(uid));
  }

  /**
   * Words are looked for as words. A whole value of five characters that is no word of imaging is also looked for within others.
   */
  private addText(text: string, isName: boolean): void {
    for (const value of text.toUpperCase().split(isName ? /[\\=]/ : '\\')) {
      const whole = value.replace(/\^+$/, '').trim();
      if (whole.length >= 5 && !/^[0\s]+$/.test(whole) && !isImagingWord(whole)) this.phrases.add(whole);
      const plain = plainly(whole);
      if (plain.length >= 5 && !/^[0 ]+$/.test(plain) && !plain.split(' ').every(isImagingWord)) this.plainPhrases.add(plain);
      if (isName && whole.includes('^')) this.phrases.add(whole.replaceAll(/\^+/g, ' '));
      for (const word of value.split(wordBreak)) if (isTelling(word, isName)) this.words.add(word);
    }
  }
}

function plainly(text: string): string {
  return text.split(wordBreak).filter((word) => word !== '').join(' '); // prettier-ignore
}

/**
 * Of names, words from two letters on; of other values, words with digits from four characters on, since "Breast Center" must not forbid
 * "breast". A word of imaging tells nobody's name: it may stay in everybody's descriptions.
 */
function isTelling(word: string, isName: boolean): boolean {
  if (isImagingWord(word)) return false;
  return /\d/.test(word) ? word.length >= 4 && !/^0+$/.test(word) : isName && word.length >= 2;
}

/** UIDs that DICOM itself defines: classes, transfer syntaxes, well-known frames of reference. */
export function isStandardUid(uid: string): boolean {
  return uid === '' || uid.startsWith('1.2.840.10008.');
}
