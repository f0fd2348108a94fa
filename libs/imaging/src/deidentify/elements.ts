import { inflateRawSync } from 'node:zlib';
import { imagingErrors } from '../errors.js';
import { defaultLimitBytes } from '../readers/bytes.js';
import type { FilePlace } from '../dicom/dicom-object.js';
import { publicRepresentation } from './dictionary.js';

/** One data element with its value as it stands in the file; `items` instead of a value for a sequence. */
export interface RawElement {
  /** Group and element, eight lower-case hexadecimal digits. */
  readonly tag: string;
  /** As the file states it, else by the data dictionary, else UN. */
  readonly vr: string;
  readonly value: Uint8Array;
  readonly items?: readonly RawItem[];
  /** Pixel data in fragments: `value` holds their items without the closing delimiter. */
  readonly encapsulated?: true;
}

/** Elements of one item, in the order of the file. */
export type RawItem = readonly RawElement[];

/** How a data set is written. */
export interface Encoding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
  readonly deflated: boolean;
}

/** A file taken apart so that it can be written again: every value is a view of its bytes. */
export interface RawFile {
  readonly meta: RawItem;
  readonly transferSyntax: string;
  readonly encoding: Encoding;
  readonly elements: RawItem;
}

const implicitLittleEndian = '1.2.840.10008.1.2';
const deflatedSyntax = '1.2.840.10008.1.2.1.99';
const explicitBigEndian = '1.2.840.10008.1.2.2';
/** Real objects stay below ten. */
const nestingLimit = 32;
const elementLimit = 4_000_000;
/** Representations with a length of 16 bits; all others, those that are yet to come included, have 32 (PS3.5, 7.1.2). */
const shortRepresentations = new Set(
  ['AE', 'AS', 'AT', 'CS', 'DA', 'DS', 'DT', 'FL', 'FD', 'IS', 'LO', 'LT', 'PN', 'SH', 'SL', 'SS', 'ST', 'TM', 'UI', 'UL', 'US'], // prettier-ignore
);
const undefinedLength = 0xffffffff;
const itemTag = 'fffee000';
const itemEnd = 'fffee00d';
const sequenceEnd = 'fffee0dd';
const noBytes = new Uint8Array(0);

/** True where the length of an explicit element takes 32 bits. */
export function hasLongLength(vr: string): boolean {
  return !shortRepresentations.has(vr);
}

/**
 * Takes a Part 10 file, or a bare data set in implicit little endian, apart.
 * @throws `IMAGING.BAD_DICOM`
 */
export function parseElements(bytes: Uint8Array, { file, count }: FilePlace = { file: 1, count: 1 }): RawFile {
  try {
    return parseFile(bytes);
  } catch (cause) {
    throw imagingErrors.error('IMAGING.BAD_DICOM', { file, count, problem: 'parse' }, { cause });
  }
}

function parseFile(bytes: Uint8Array): RawFile {
  const part10 = bytes.length >= 132 && latin1(bytes.subarray(128, 132)) === 'DICM';
  const reader = new Reader(bytes, part10 ? 132 : 0, { explicit: true, littleEndian: true });
  const meta = part10 ? reader.metaInformation() : [];
  const stated = meta.find(({ tag }) => tag === '00020010');
  const transferSyntax = stated === undefined ? implicitLittleEndian : textOf(stated.value);
  const encoding: Encoding = {
    explicit: transferSyntax !== implicitLittleEndian,
    littleEndian: transferSyntax !== explicitBigEndian,
    deflated: transferSyntax === deflatedSyntax,
  };
  const content = encoding.deflated
    ? new Uint8Array(inflateRawSync(bytes.subarray(reader.at), { maxOutputLength: defaultLimitBytes }))
    : bytes;
  const elements = new Reader(content, encoding.deflated ? 0 : reader.at, encoding).elements();
  if (elements.length === 0) throw new RangeError('no elements');
  return { meta, transferSyntax, encoding, elements };
}

class Reader {
  private readonly view: DataView;
  private left = elementLimit;

  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
    private readonly encoding: { readonly explicit: boolean; readonly littleEndian: boolean },
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Group 0002, which is always in explicit little endian. */
  metaInformation(): RawItem {
    const meta: RawElement[] = [];
    while (this.at + 8 <= this.bytes.length && this.view.getUint16(this.at, true) === 2) meta.push(this.element(0));
    return meta;
  }

  /** All elements to the end; zeros that only pad the file are passed over. */
  elements(): RawItem {
    const found: RawElement[] = [];
    while (this.at < this.bytes.length) {
      if (this.bytes.length - this.at < 8 || this.tag() === '00000000') {
        if (this.bytes.subarray(this.at).every((byte) => byte === 0)) break;
      }
      found.push(this.element(0));
    }
    return found;
  }

  private element(depth: number): RawElement {
    if (depth > nestingLimit || --this.left < 0) throw new RangeError('nesting or elements');
    const tag = this.tag();
    this.at += 4;
    const { vr, length } = this.encoding.explicit ? this.explicitHeader(tag) : this.implicitHeader(tag);
    if (length === undefinedLength) return this.ofUndefinedLength(tag, vr, depth);
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('length');
    if (vr === 'SQ') return { tag, vr, value: noBytes, items: this.items(end, depth, this.encoding) };
    const value = this.bytes.subarray(this.at, end);
    this.at = end;
    if (vr === 'UN') return fromUnknown(tag, value, this.encoding, depth, () => --this.left);
    return { tag, vr, value };
  }

  private explicitHeader(tag: string): { vr: string; length: number } {
    const vr = latin1(this.bytes.subarray(this.at, this.at + 2));
    if (!/^[A-Z]{2}$/.test(vr)) throw new RangeError(`representation of ${tag}`);
    if (!shortRepresentations.has(vr)) {
      const length = this.view.getUint32(this.at + 4, this.encoding.littleEndian);
      this.at += 8;
      return { vr, length };
    }
    const length = this.view.getUint16(this.at + 2, this.encoding.littleEndian);
    this.at += 4;
    return { vr, length };
  }

  private implicitHeader(tag: string): { vr: string; length: number } {
    const length = this.view.getUint32(this.at, true);
    this.at += 4;
    return { vr: publicRepresentation(tag) ?? (tag.endsWith('0000') ? 'UL' : 'UN'), length };
  }

  /**
   * A sequence, or pixel data in fragments. A sequence of representation UN is in implicit little endian (PS3.5, 6.2.2); some writers leave it
   * in the encoding of the file, which shows where the other reading fails.
   */
  private ofUndefinedLength(tag: string, vr: string, depth: number): RawElement {
    if (tag === '7fe00010' && vr !== 'SQ') return this.fragments(tag, vr);
    if (vr !== 'SQ' && vr !== 'UN') throw new RangeError('undefined length');
    const begin = { at: this.at, left: this.left };
    if (vr === 'UN' && this.encoding.explicit) {
      try {
        return { tag, vr: 'SQ', value: noBytes, items: this.items(Infinity, depth, { explicit: false, littleEndian: true }) };
      } catch {
        Object.assign(this, begin);
      }
    }
    return { tag, vr: 'SQ', value: noBytes, items: this.items(Infinity, depth, this.encoding) };
  }

  private fragments(tag: string, vr: string): RawElement {
    const begin = this.at;
    for (;;) {
      const next = this.tag();
      const length = this.view.getUint32(this.at + 4, true);
      const end = this.at + 8 + length;
      if (next === sequenceEnd) {
        const value = this.bytes.subarray(begin, this.at);
        this.at += 8;
        return { tag, vr, value, encapsulated: true };
      }
      if (next !== itemTag || end > this.bytes.length) throw new RangeError('fragment');
      this.at = end;
    }
  }

  private items(end: number, depth: number, encoding: { readonly explicit: boolean; readonly littleEndian: boolean }): RawItem[] {
    const inner = encoding === this.encoding ? this : new Reader(this.bytes, this.at, encoding);
    inner.left = this.left;
    const items: RawItem[] = [];
    while (inner.at < end) {
      const tag = inner.tag();
      const length = inner.view.getUint32(inner.at + 4, encoding.littleEndian);
      inner.at += 8;
      if (tag === sequenceEnd) break;
      if (tag !== itemTag) throw new RangeError('item');
      items.push(inner.item(length === undefinedLength ? Infinity : inner.at + length, depth + 1));
    }
    if (end !== Infinity && inner.at !== end) throw new RangeError('sequence');
    this.at = inner.at;
    this.left = inner.left;
    return items;
  }

  private item(end: number, depth: number): RawItem {
    if (end !== Infinity && end > this.bytes.length) throw new RangeError('item');
    const elements: RawElement[] = [];
    while (this.at < end) {
      if (this.tag() === itemEnd) {
        this.at += 8;
        return elements;
      }
      elements.push(this.element(depth));
    }
    if (this.at !== end) throw new RangeError('item');
    return elements;
  }

  private tag(): string {
    const { littleEndian } = this.encoding;
    const tag = this.view.getUint16(this.at, littleEndian) * 65536 + this.view.getUint16(this.at + 2, littleEndian);
    return tag.toString(16).padStart(8, '0');
  }

  /** Items of a sequence that was stored as UN with a stated length; undefined where the bytes are none. */
  static unknownSequence(value: Uint8Array, depth: number): RawItem[] | undefined {
    try {
      return new Reader(value, 0, { explicit: false, littleEndian: true }).items(value.length, depth, {
        explicit: false,
        littleEndian: true,
      });
    } catch {
      return undefined;
    }
  }
}

/** A public element that a device without its dictionary stored as UN: its bytes are in implicit little endian whatever the file is in. */
function fromUnknown(
  tag: string,
  value: Uint8Array,
  encoding: { readonly littleEndian: boolean },
  depth: number,
  count: () => number,
): RawElement {
  const vr = publicRepresentation(tag);
  if (vr === undefined || !encoding.littleEndian) return { tag, vr: 'UN', value };
  if (vr !== 'SQ') return { tag, vr, value };
  count();
  const items = value.length === 0 ? [] : Reader.unknownSequence(value, depth);
  return items === undefined ? { tag, vr: 'UN', value } : { tag, vr, value: noBytes, items };
}

/** Bytes as one character each, whatever their character set. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Text of a value without its padding, one character for each byte. */
export function textOf(value: Uint8Array): string {
  return latin1(value).replace(/[\0 ]+$/, '').trimStart(); // prettier-ignore
}
