import { inflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import type { DataSet, Element } from 'dicom-parser';
import { imagingErrors } from '../errors.js';
import { defaultLimitBytes } from '../readers/bytes.js';

/** Sequences within sequences that are read; real objects stay below ten (PS3.5 sets no limit). */
const nestingLimit = 32;
/** Elements of one object, those of nested items included; an Enhanced MR object of 10,000 frames has about a million. */
const elementLimit = 4_000_000;

/** Where a file stands among those read together; names may identify a participant and are never shown. */
export interface FilePlace {
  /** From 1. */
  readonly file: number;
  readonly count: number;
}

/** Attributes of a DICOM object or of one item of a sequence. Tags are written `x00280010`. */
export class DicomObject {
  private constructor(
    private readonly data: DataSet,
    /** UID of the transfer syntax that the file meta information states; Implicit VR Little Endian where it states none (PS3.5, 10.1). */
    readonly transferSyntax: string,
  ) {}

  /**
   * Parses a Part 10 file, or a bare data set in implicit little endian. Pixels stay where they are.
   * @throws `IMAGING.BAD_DICOM`
   */
  static parse(bytes: Uint8Array, { file, count }: FilePlace = { file: 1, count: 1 }): DicomObject {
    try {
      const data = dicomParser.parseDicom(bytes, { inflater: inflater as unknown as (arr: Uint8Array, position: number) => void });
      assertWithinLimits(data);
      return new DicomObject(data, data.string('x00020010') ?? '1.2.840.10008.1.2');
    } catch (cause) {
      throw imagingErrors.error('IMAGING.BAD_DICOM', { file, count, problem: 'parse' }, { cause });
    }
  }

  /** True where the attribute is present, with or without a value. */
  has(tag: string): boolean {
    return this.data.elements[tag] !== undefined;
  }

  /** Tags in ascending order. */
  tags(): readonly string[] {
    return Object.keys(this.data.elements).sort();
  }

  /** Text of an attribute, all values joined by backslashes; undefined where absent or empty. */
  text(tag: string): string | undefined {
    const text = this.data.string(tag)?.trim();
    return text === undefined || text === '' ? undefined : text;
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

  /** A 16-bit unsigned value (US) in the object's byte order. */
  uint16(tag: string, index = 0): number | undefined {
    return this.holds(tag, 2 * (index + 1)) ? this.data.uint16(tag, index) : undefined;
  }

  /** A 32-bit unsigned value (UL). */
  uint32(tag: string, index = 0): number | undefined {
    return this.holds(tag, 4 * (index + 1)) ? this.data.uint32(tag, index) : undefined;
  }

  /** A 32-bit floating point value (FL). */
  float32(tag: string, index = 0): number | undefined {
    return this.holds(tag, 4 * (index + 1)) ? this.data.float(tag, index) : undefined;
  }

  /** A 64-bit floating point value (FD). */
  float64(tag: string, index = 0): number | undefined {
    return this.holds(tag, 8 * (index + 1)) ? this.data.double(tag, index) : undefined;
  }

  /** Items of a sequence; empty where absent. */
  items(tag: string): readonly DicomObject[] {
    return (this.data.elements[tag]?.items ?? []).flatMap(({ dataSet }) =>
      dataSet === undefined ? [] : [new DicomObject(dataSet, this.transferSyntax)],
    );
  }

  /** First item of a sequence. */
  item(tag: string): DicomObject | undefined {
    return this.items(tag)[0];
  }

  /** Bytes of an attribute as they stand in the file, without a copy. */
  bytes(tag: string): Uint8Array | undefined {
    const element = this.data.elements[tag];
    if (element === undefined || element.dataOffset + element.length > this.data.byteArray.length) return undefined;
    return (this.data.byteArray as Uint8Array).subarray(element.dataOffset, element.dataOffset + element.length);
  }

  /** The parsed element, for readers of encapsulated pixels and of value representations. */
  element(tag: string): Element | undefined {
    return this.data.elements[tag];
  }

  /** The bytes that offsets of elements refer to: the file, or its inflated form. */
  get content(): Uint8Array {
    return this.data.byteArray as Uint8Array;
  }

  private holds(tag: string, length: number): boolean {
    const element = this.data.elements[tag];
    return element !== undefined && element.length >= length && element.dataOffset + length <= this.data.byteArray.length;
  }
}

/** Returns the header followed by what was deflated, as the parser expects; its declared type says otherwise. */
function inflater(whole: Uint8Array, position: number): Uint8Array {
  const rest = inflateRawSync(whole.subarray(position), { maxOutputLength: defaultLimitBytes });
  const joined = new Uint8Array(position + rest.length);
  joined.set(whole.subarray(0, position));
  joined.set(rest, position);
  return joined;
}

/** @throws RangeError for more nesting or elements than any real object has */
function assertWithinLimits(data: DataSet): void {
  let left = elementLimit;
  const walk = (level: DataSet, depth: number): void => {
    if (depth > nestingLimit) throw new RangeError('nesting');
    for (const { items } of Object.values(level.elements)) {
      if (--left < 0) throw new RangeError('elements');
      for (const item of items ?? []) if (item.dataSet !== undefined) walk(item.dataSet, depth + 1);
    }
  };
  walk(data, 0);
}
