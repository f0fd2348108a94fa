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

let entries: ReadonlyMap<string, DictionaryEntry> | undefined;
let representations: ReadonlyMap<string, string> | undefined;

/** Entries by keyword. Loaded at the first question: it takes a tenth of a second, which programs that need no dictionary do not wait for. */
function loaded(): ReadonlyMap<string, DictionaryEntry> {
  if (entries !== undefined) return entries;
  const { nameMap } = (createRequire(import.meta.url)('dcmjs') as DcmjsNames).data.DicomMetaDictionary;
  const found = Object.entries(nameMap).flatMap(([keyword, entry]): [string, DictionaryEntry][] => {
    // Repeating groups, (60xx,3000), are no single tag.
    if (entry === undefined || !/^\([0-9A-F]{4},[0-9A-F]{4}\)$/i.test(entry.tag)) return [];
    return [[keyword, { tag: Number.parseInt(entry.tag.slice(1, 5) + entry.tag.slice(6, 10), 16), vr: entry.vr }]];
  });
  return (entries = new Map(found));
}

/**
 * Looks an attribute up by its keyword, `PixelSpacing`.
 * @returns undefined for a keyword that the standard does not have
 */
export function dictionaryEntry(keyword: string): DictionaryEntry | undefined {
  return loaded().get(keyword);
}

/** Of several representations that the standard names, the one that is right for whatever bytes there are. */
const chosen: Readonly<Record<string, string>> = { xs: 'US', ox: 'OW', lt: 'OW', up: 'UL' };

/** Value representation of a public tag (`00100010`) by PS3.6; undefined for private, repeating and unknown tags. */
export function publicRepresentation(tag: string): string | undefined {
  representations ??= new Map(
    [...loaded().values()].map((entry) => [entry.tag.toString(16).padStart(8, '0'), chosen[entry.vr] ?? entry.vr]),
  );
  return representations.get(tag);
}

/** True for tags of odd groups, private creators included (PS3.5, 7.8). */
export function isPrivateTag(tag: string): boolean {
  return (parseInt(tag.slice(0, 4), 16) & 1) === 1;
}
