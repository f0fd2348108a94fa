import { TextDecoder } from 'node:util';
import { imagingErrors } from '../errors.js';
import { DataSet, parseFile } from './data-elements.js';
import type { DataElement, ParsedFile } from './data-elements.js';

/** Where a file stands among those read together; names may identify a participant and are never shown. */
export interface FilePlace {
  /** From 1. */
  readonly file: number;
  readonly count: number;
}

/** Binary numbers by value representation: bytes and reader. */
const binary: Readonly<Record<string, readonly [size: number, read: (view: DataView, at: number, little: boolean) => number]>> = {
  US: [2, (view, at, little) => view.getUint16(at, little)],
  SS: [2, (view, at, little) => view.getInt16(at, little)],
  UL: [4, (view, at, little) => view.getUint32(at, little)],
  SL: [4, (view, at, little) => view.getInt32(at, little)],
  FL: [4, (view, at, little) => view.getFloat32(at, little)],
  FD: [8, (view, at, little) => view.getFloat64(at, little)],
  UV: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  SV: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
};

/** Numbers of the tags that were asked for: the same few hundred for every frame. */
const keys = new Map<string, number>();

/** Attributes of a DICOM object or of one item of a sequence. Tags are written `x00280010`. */
export class DicomObject {
  private constructor(
    private readonly data: DataSet,
    /** UID of the transfer syntax that the file meta information states; Implicit VR Little Endian where it states none (PS3.5, 10.1). */
    readonly transferSyntax: string,
    private readonly meta: DataSet | undefined,
    private readonly decoder: TextDecoder,
    /** Where the file stands among those read together, for errors about it. */
    readonly place: FilePlace,
  ) {}

  /**
   * Parses a Part 10 file, or a bare data set that begins with group 0008. Pixels stay where they are; nesting and the number of elements are
   * limited while parsing (see `data-elements.ts`).
   * @throws `IMAGING.BAD_DICOM`
   */
  static parse(bytes: Uint8Array, place: FilePlace = { file: 1, count: 1 }): DicomObject {
    try {
      const { data, meta, transferSyntax } = parseFile(bytes);
      return new DicomObject(data, transferSyntax, meta, decoderOf(data), place);
    } catch (cause) {
      throw imagingErrors.error('IMAGING.BAD_DICOM', { file: place.file, count: place.count, problem: 'parse' }, { cause });
    }
  }

  /** True where the attribute is present, with or without a value. */
  has(tag: string): boolean {
    return this.element(tag) !== undefined;
  }

  /** Tags in ascending order. */
  tags(): readonly string[] {
    const tags = [...(this.meta?.elements ?? []), ...this.data.elements].map(({ tag }) => `x${tag.toString(16).padStart(8, '0')}`);
    return [...new Set(tags)].sort();
  }

  /** Text of an attribute, all values joined by backslashes; undefined where absent or empty. */
  text(tag: string): string | undefined {
    const bytes = this.bytes(tag);
    if (bytes === undefined) return undefined;
    const stop = bytes.indexOf(0);
    const text = this.decoder.decode(stop < 0 ? bytes : bytes.subarray(0, stop)).trim();
    return text === '' ? undefined : text;
  }

  /** Values of a text attribute; empty where absent. */
  texts(tag: string): readonly string[] {
    return this.text(tag)?.split('\\').map((part) => part.trim()) ?? []; // prettier-ignore
  }

  /** Values of a decimal or integer string (DS, IS); undefined where absent or where one of them is no finite number. */
  decimals(tag: string): readonly number[] | undefined {
    const parts = this.texts(tag).map((part) => (part === '' ? NaN : Number(part)));
    return parts.length > 0 && parts.every(Number.isFinite) ? parts : undefined;
  }

  /** First value of a decimal or integer string (DS, IS). */
  decimal(tag: string): number | undefined {
    return this.decimals(tag)?.[0];
  }

  /**
   * Numbers of an attribute in whatever representation the file states; undefined where absent or not finite.
   * @param assumed the representation of the data dictionary, for files that state none (implicit form) or UN
   */
  numbers(tag: string, assumed: string): readonly number[] | undefined {
    const element = this.element(tag);
    if (element === undefined) return undefined;
    const vr = element.vr === undefined || element.vr === 'UN' ? assumed : element.vr;
    const form = binary[vr];
    if (form === undefined) return this.decimals(tag);
    const [size, read] = form;
    const bytes = this.bytes(tag);
    if (bytes === undefined || bytes.length < size) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = Array.from({ length: Math.floor(bytes.length / size) }, (_, at) => read(view, at * size, this.data.littleEndian));
    return values.every(Number.isFinite) ? values : undefined;
  }

  /** First of {@link numbers}. */
  number(tag: string, assumed: string): number | undefined {
    return this.numbers(tag, assumed)?.[0];
  }

  /** A 16-bit unsigned value (US) in the object's byte order. */
  uint16(tag: string, index = 0): number | undefined {
    return this.binaryValue(tag, 'US', index);
  }

  /** A 32-bit unsigned value (UL). */
  uint32(tag: string, index = 0): number | undefined {
    return this.binaryValue(tag, 'UL', index);
  }

  /** A 32-bit floating point value (FL). */
  float32(tag: string, index = 0): number | undefined {
    return this.binaryValue(tag, 'FL', index);
  }

  /** A 64-bit floating point value (FD). */
  float64(tag: string, index = 0): number | undefined {
    return this.binaryValue(tag, 'FD', index);
  }

  /** Items of a sequence; empty where absent. */
  items(tag: string): readonly DicomObject[] {
    return (this.element(tag)?.items ?? []).map((item) => new DicomObject(item, this.transferSyntax, undefined, this.decoder, this.place));
  }

  /** First item of a sequence. */
  item(tag: string): DicomObject | undefined {
    const item = this.element(tag)?.items?.[0];
    return item && new DicomObject(item, this.transferSyntax, undefined, this.decoder, this.place);
  }

  /** Bytes of an attribute as they stand in the file, without a copy; undefined where absent or cut short. */
  bytes(tag: string): Uint8Array | undefined {
    const element = this.element(tag);
    if (element === undefined || element.dataOffset + element.length > this.content.length) return undefined;
    return this.content.subarray(element.dataOffset, element.dataOffset + element.length);
  }

  /** The parsed element, for readers of encapsulated pixels and of value representations. */
  element(tag: string): DataElement | undefined {
    let key = keys.get(tag);
    if (key === undefined) keys.set(tag, (key = parseInt(tag.slice(1), 16)));
    return key < 0x00030000 ? this.meta?.find(key) : this.data.find(key);
  }

  /** The bytes that offsets of elements refer to: the file, or its inflated form. */
  get content(): Uint8Array {
    return this.data.content;
  }

  /** What the file was parsed into, for who takes all of it apart. */
  get parsed(): ParsedFile {
    return { data: this.data, meta: this.meta ?? new DataSet(this.content, [], true), transferSyntax: this.transferSyntax };
  }

  /** False for Explicit VR Big Endian. */
  get littleEndian(): boolean {
    return this.data.littleEndian;
  }

  private binaryValue(tag: string, vr: 'US' | 'UL' | 'FL' | 'FD', index: number): number | undefined {
    const [size, read] = binary[vr] as (typeof binary)[string];
    const element = this.element(tag);
    const at = (element?.dataOffset ?? 0) + size * index;
    if (element === undefined || element.length < size * (index + 1) || at + size > this.content.length) return undefined;
    return read(new DataView(this.content.buffer, this.content.byteOffset + at, size), 0, this.data.littleEndian);
  }
}

/** Reader of text by Specific Character Set (PS3.3, C.12.1.1.2): UTF-8 and the Chinese sets; others by their Latin letters. */
function decoderOf(data: DataSet): TextDecoder {
  const element = data.find(0x00080005);
  const name = element
    ? String.fromCharCode(...data.content.subarray(element.dataOffset, element.dataOffset + Math.min(element.length, 64)))
    : '';
  if (name.includes('ISO_IR 192')) return new TextDecoder('utf-8');
  if (name.includes('GB18030') || name.includes('GBK') || name.includes('ISO 2022 IR 58')) return new TextDecoder('gb18030');
  return new TextDecoder('latin1');
}
