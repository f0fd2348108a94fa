import { createRequire } from 'node:module';

/** An attribute as the data dictionary (PS3.6) lists it. */
export interface DictionaryEntry {
  /** Group and element as one number, `0x00280010`. */
  readonly tag: number;
  /** Value representation; `xs`, `ox` and `lt` where it depends on other attributes. */
  readonly vr: string;
}

/** The part of dcmjs that is used: its names of attributes. */
interface DcmjsNames {
  readonly data: { readonly DicomMetaDictionary: { readonly nameMap: Readonly<Record<string, { tag: string; vr: string } | undefined>> } };
}

let names: DcmjsNames['data']['DicomMetaDictionary']['nameMap'] | undefined;
const known = new Map<string, DictionaryEntry>();

/**
 * Looks an attribute up by its keyword, `PixelSpacing`. The dictionary is loaded at the first question: it takes a tenth of a second, which
 * programs that write no DICOM do not wait for.
 * @returns undefined for a keyword that the standard does not have
 */
export function dictionaryEntry(keyword: string): DictionaryEntry | undefined {
  const kept = known.get(keyword);
  if (kept !== undefined) return kept;
  names ??= (createRequire(import.meta.url)('dcmjs') as DcmjsNames).data.DicomMetaDictionary.nameMap;
  const entry = names[keyword];
  // Repeating groups, (60xx,3000), are no single tag.
  if (entry === undefined || !/^\([0-9A-F]{4},[0-9A-F]{4}\)$/i.test(entry.tag)) return undefined;
  const made = { tag: Number.parseInt(entry.tag.slice(1, 5) + entry.tag.slice(6, 10), 16), vr: entry.vr };
  known.set(keyword, made);
  return made;
}
