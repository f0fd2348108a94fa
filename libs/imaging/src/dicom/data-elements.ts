import { inflateRawSync } from 'node:zlib';

/** Sequences within sequences that are read; real objects stay below ten (PS3.5 sets no limit). */
export const nestingLimit = 32;
/** Elements of one object, those of nested items included; an Enhanced MR object of 10,000 frames has about a million. */
export const elementLimit = 2_000_000;
/** Largest inflated form of a deflated data set: a few kilobytes can unpack to a thousand times as much. */
export const inflatedLimitBytes = 2 ** 28;

/** A piece of encapsulated pixel data: bytes of the content from `position` on. */
export interface Fragment {
  readonly position: number;
  readonly length: number;
}

/** One data element (PS3.5, 7.1) of a parsed data set. */
export interface DataElement {
  /** Group and element as one number. */
  readonly tag: number;
  /** Value representation; undefined where the file does not state it. */
  readonly vr: string | undefined;
  readonly dataOffset: number;
  /** Bytes of the value; of an undefined length, those found. Pixel data may state more than the file holds. */
  readonly length: number;
  readonly hadUndefinedLength: boolean;
  /** Items of a sequence. */
  readonly items?: readonly DataSet[];
  /** Pieces of encapsulated pixel data, the offset table left out. */
  readonly fragments?: readonly Fragment[];
  /** Offsets of frames (PS3.5, A.4); empty where the table is empty. */
  readonly basicOffsetTable?: readonly number[];
}

/** Elements of an object or of an item, with the bytes that they refer to. */
export class DataSet {
  private index: Map<number, DataElement> | undefined;

  constructor(
    readonly content: Uint8Array,
    readonly elements: readonly DataElement[],
    readonly littleEndian: boolean,
  ) {}

  find(tag: number): DataElement | undefined {
    if (this.elements.length <= 8) return this.elements.find((element) => element.tag === tag);
    // A damaged or careless file may name an element twice; the first counts.
    this.index ??= new Map([...this.elements].reverse().map((element) => [element.tag, element]));
    return this.index.get(tag);
  }
}

/** A data set with what its file meta information says. */
export interface ParsedFile {
  readonly data: DataSet;
  readonly meta: DataSet;
  readonly transferSyntax: string;
}

const implicitSyntax = '1.2.840.10008.1.2';
const explicitSyntax = '1.2.840.10008.1.2.1';
const deflatedSyntax = '1.2.840.10008.1.2.1.99';
const bigEndianSyntax = '1.2.840.10008.1.2.2';
const itemTag = 0xfffee000;
const itemEnd = 0xfffee00d;
const sequenceEnd = 0xfffee0dd;
const undefinedLength = 0xffffffff;
const shortForms = new Set(
  ['AE', 'AS', 'AT', 'CS', 'DA', 'DS', 'DT', 'FL', 'FD', 'IS', 'LO', 'LT', 'PN', 'SH', 'SL', 'SS', 'ST', 'TM', 'UI', 'UL', 'US'], // prettier-ignore
);

/** True for representations whose length takes four bytes after two reserved ones, those that are yet to come included (PS3.5, 7.1.2). */
export function hasLongLength(vr: string): boolean {
  return !shortForms.has(vr);
}

/** How a data set is written. */
export interface SyntaxForm {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
  readonly deflated: boolean;
}

/** How data sets of a transfer syntax are written (PS3.5, annex A). */
export function syntaxForm(transferSyntax: string): SyntaxForm {
  return {
    explicit: transferSyntax !== implicitSyntax,
    littleEndian: transferSyntax !== bigEndianSyntax,
    deflated: transferSyntax === deflatedSyntax,
  };
}

/** What no guess about a damaged value may pass over. */
class LimitError extends RangeError {}

/**
 * Parses a Part 10 file (PS3.10, 7), or a bare data set that begins with group 0002 or 0008. Values are not copied.
 * @throws RangeError, SyntaxError, or an error of zlib, for what is no data set or exceeds the limits of this module
 */
export function parseFile(bytes: Uint8Array): ParsedFile {
  const start = hasPreamble(bytes) ? 132 : 0;
  if (start === 0) assertBare(bytes);
  const head = new Parser(bytes, true, true);
  const metaElements = head.metaGroup(start);
  const meta = new DataSet(bytes, metaElements, true);
  const stated = textOf(meta, 0x00020010) ?? implicitSyntax;
  // Files without meta information, and some with a wrong one, are explicit all the same: their first element shows it.
  const transferSyntax = stated === implicitSyntax && isRepresentation(bytes, head.position + 4) ? explicitSyntax : stated;
  const { explicit, littleEndian, deflated } = syntaxForm(transferSyntax);
  const content = deflated ? inflate(bytes, head.position) : bytes;
  const parser = new Parser(content, explicit, littleEndian);
  const elements = parser.dataSet(head.position);
  return { data: new DataSet(content, elements, littleEndian), meta, transferSyntax };
}

function hasPreamble(bytes: Uint8Array): boolean {
  return bytes.length >= 132 && bytes[128] === 0x44 && bytes[129] === 0x49 && bytes[130] === 0x43 && bytes[131] === 0x4d;
}

/**
 * True for what begins as a Part 10 file, or as a bare data set of an old archive: with (0008,0001) to (0008,0018), little endian.
 * @param head the first 132 bytes, or more
 */
export function isDicom(head: Uint8Array): boolean {
  return hasPreamble(head) || (head.length >= 16 && head[0] === 8 && head[1] === 0 && (head[2] as number) <= 0x18 && head[3] === 0);
}

/** Returns the header followed by what was deflated, so that offsets stay those of one content. */
function inflate(whole: Uint8Array, position: number): Uint8Array {
  const rest = inflateRawSync(whole.subarray(position), { maxOutputLength: inflatedLimitBytes });
  const joined = new Uint8Array(position + rest.length);
  joined.set(whole.subarray(0, position));
  joined.set(rest, position);
  return joined;
}

function assertBare(bytes: Uint8Array): void {
  const group = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  if (bytes.length < 16 || (group !== 2 && group !== 8) || bytes[3] !== 0) throw new SyntaxError('no DICOM');
}

/** Text of an element of a data set that is known to be one; undefined where absent. */
function textOf(data: DataSet, tag: number): string | undefined {
  const element = data.find(tag);
  if (element === undefined) return undefined;
  let text = '';
  for (let at = 0; at < Math.min(element.length, 128); at++) {
    const code = data.content[element.dataOffset + at] as number;
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text.trim() === '' ? undefined : text.trim();
}

/** Groups 7FE0: what begins there as an item may be a pixel. */
function isPixelGroup(tag: number): boolean {
  return tag >= 0x7fe00000 && tag <= 0x7fe0ffff;
}

function isRepresentation(bytes: Uint8Array, at: number): boolean {
  const [a, b] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  return a >= 0x41 && a <= 0x5a && b >= 0x41 && b <= 0x5a;
}

class Parser {
  position = 0;
  private readonly view: DataView;
  private left = elementLimit;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly explicit: boolean,
    private readonly littleEndian: boolean,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Elements of group 0002, which are explicit and little endian in every file. */
  metaGroup(start: number): DataElement[] {
    const out: DataElement[] = [];
    this.position = start;
    while (this.position + 8 <= this.bytes.length && this.view.getUint16(this.position, true) === 2)
      out.push(this.element(this.bytes.length, this.explicit, 0));
    return out;
  }

  /** The data set that fills the rest of the content. */
  dataSet(start: number): DataElement[] {
    const out: DataElement[] = [];
    this.position = start;
    while (this.position + 8 <= this.bytes.length) {
      // Zeros after the last element fill up a block of a tape or disk.
      if (this.view.getUint32(this.position, true) === 0) break;
      out.push(this.element(this.bytes.length, this.explicit, 0));
    }
    // What is left is too short for an element: fill, or the beginning of one that was cut.
    if (this.bytes.length - this.position < 8 && this.bytes.subarray(this.position).some((byte) => byte !== 0))
      throw new RangeError('element');
    return out;
  }

  private tagAt(at: number): number {
    return this.view.getUint16(at, this.littleEndian) * 65_536 + this.view.getUint16(at + 2, this.littleEndian);
  }

  private element(end: number, explicit: boolean, depth: number): DataElement {
    if (--this.left < 0) throw new LimitError('elements');
    if (this.position + 8 > end) throw new RangeError('element');
    const tag = this.tagAt(this.position);
    let vr: string | undefined;
    let length: number;
    // Without letters where the representation should stand, the element was written in the implicit form.
    if (explicit && isRepresentation(this.bytes, this.position + 4)) {
      vr = String.fromCharCode(this.bytes[this.position + 4] as number, this.bytes[this.position + 5] as number);
      if (hasLongLength(vr)) {
        if (this.position + 12 > end) throw new RangeError('element');
        length = this.view.getUint32(this.position + 8, this.littleEndian);
        this.position += 12;
      } else {
        length = this.view.getUint16(this.position + 6, this.littleEndian);
        this.position += 8;
      }
    } else {
      length = this.view.getUint32(this.position + 4, this.littleEndian);
      this.position += 8;
    }
    return this.value(tag, vr, length, end, explicit, depth);
  }

  private value(tag: number, vr: string | undefined, length: number, end: number, explicit: boolean, depth: number): DataElement {
    const dataOffset = this.position;
    if (length === undefinedLength) {
      if (vr === 'OB' || vr === 'OW' || (tag === 0x7fe00010 && vr !== 'SQ')) return this.encapsulated(tag, vr, end);
      const items = vr === 'UN' && explicit ? this.unknownSequence(end, depth) : this.sequence(end, explicit, depth);
      return { tag, vr, dataOffset, length: this.position - dataOffset, hadUndefinedLength: true, items };
    }
    if (length > end - dataOffset) {
      // Pixels that end early are the business of whoever wants them: the attributes are whole.
      if (depth > 0 || (tag !== 0x7fe00010 && tag !== 0x7fe00008 && tag !== 0x7fe00009)) throw new RangeError('length');
      this.position = end;
      return { tag, vr, dataOffset, length, hadUndefinedLength: false };
    }
    const plain: DataElement = { tag, vr, dataOffset, length, hadUndefinedLength: false };
    const items =
      vr === 'SQ'
        ? this.sequence(dataOffset + length, explicit, depth)
        : (vr === undefined || vr === 'UN') && !isPixelGroup(tag)
          ? this.guessedSequence(dataOffset, length, depth)
          : undefined;
    this.position = dataOffset + length;
    return items === undefined ? plain : { ...plain, items };
  }

  /**
   * A sequence of representation UN and undefined length is in implicit little endian (PS3.5, 6.2.2); some writers leave it in the form of the
   * file, which shows where the other reading fails.
   */
  private unknownSequence(end: number, depth: number): DataSet[] {
    const begin = this.position;
    const inner = this.littleEndian ? this : new Parser(this.bytes, false, true);
    try {
      inner.position = begin;
      inner.left = this.left;
      const items = inner.sequence(end, false, depth);
      this.position = inner.position;
      this.left = inner.left;
      return items;
    } catch (error) {
      if (error instanceof LimitError) throw error;
      this.position = begin;
      return this.sequence(end, true, depth);
    }
  }

  /** Where the representation is not known, a value that begins as an item and reads as items to its end is a sequence (PS3.5, 6.2.2 note 3). */
  private guessedSequence(start: number, length: number, depth: number): DataSet[] | undefined {
    if (length < 8 || this.tagAt(start) !== itemTag) return undefined;
    const first = this.view.getUint32(start + 4, this.littleEndian);
    if (first !== undefinedLength && first > length - 8) return undefined;
    try {
      return this.sequence(start + length, false, depth);
    } catch (error) {
      if (error instanceof LimitError) throw error;
      return undefined;
    }
  }

  /** Items up to the delimiter or to `end`. */
  private sequence(end: number, explicit: boolean, depth: number): DataSet[] {
    if (depth >= nestingLimit) throw new LimitError('nesting');
    const items: DataSet[] = [];
    while (this.position + 8 <= end) {
      const tag = this.tagAt(this.position);
      const length = this.view.getUint32(this.position + 4, this.littleEndian);
      this.position += 8;
      if (tag === sequenceEnd) return items;
      if (tag !== itemTag) throw new RangeError('item');
      if (--this.left < 0) throw new LimitError('elements');
      if (length !== undefinedLength && length > end - this.position) throw new RangeError('item length');
      items.push(new DataSet(this.bytes, this.item(length, end, explicit, depth + 1), this.littleEndian));
    }
    this.position = Math.min(this.position, end);
    return items;
  }

  private item(length: number, end: number, explicit: boolean, depth: number): DataElement[] {
    const out: DataElement[] = [];
    const itemStop = length === undefinedLength ? end : this.position + length;
    while (this.position + 8 <= itemStop) {
      if (this.tagAt(this.position) === itemEnd) {
        this.position += 8;
        if (length === undefinedLength) return out;
        continue;
      }
      out.push(this.element(itemStop, explicit, depth));
    }
    if (length === undefinedLength) throw new RangeError('item without end');
    this.position = itemStop;
    return out;
  }

  /** Fragments of PS3.5, A.4: an item with the offset table, items with pixels, the delimiter. */
  private encapsulated(tag: number, vr: string | undefined, end: number): DataElement {
    const dataOffset = this.position;
    const fragments: Fragment[] = [];
    let basicOffsetTable: number[] | undefined;
    while (this.position + 8 <= end) {
      const found = this.tagAt(this.position);
      const length = this.view.getUint32(this.position + 4, this.littleEndian);
      this.position += 8;
      if (found === sequenceEnd) break;
      if (--this.left < 0) throw new LimitError('elements');
      if (found !== itemTag) throw new RangeError('fragment');
      // A last fragment that ends early is kept: its decoder tells what is missing.
      const held = Math.min(length, end - this.position);
      if (basicOffsetTable === undefined) basicOffsetTable = this.offsets(held);
      else fragments.push({ position: this.position, length: held });
      this.position += held;
    }
    const length = this.position - dataOffset;
    return { tag, vr, dataOffset, length, hadUndefinedLength: true, fragments, basicOffsetTable: basicOffsetTable ?? [] };
  }

  private offsets(length: number): number[] {
    return Array.from({ length: Math.floor(length / 4) }, (_, at) => this.view.getUint32(this.position + 4 * at, this.littleEndian));
  }
}
