import { DicomObject } from '../dicom/dicom-object.js';
import type { FilePlace } from '../dicom/dicom-object.js';
import { syntaxForm } from '../dicom/data-elements.js';
import type { DataElement, DataSet, SyntaxForm } from '../dicom/data-elements.js';
import { publicRepresentation } from '../dicom/dictionary.js';
import { imagingErrors } from '../errors.js';

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
export type Encoding = SyntaxForm;

/** A file taken apart so that it can be written again: every value is a view of its bytes. */
export interface RawFile {
  readonly meta: RawItem;
  readonly transferSyntax: string;
  readonly encoding: Encoding;
  readonly elements: RawItem;
}

const pixelData = 0x7fe00010;
const delimiterBytes = 8;
const noBytes = new Uint8Array(0);

/** {@link elementsOf} of a file. @throws `IMAGING.BAD_DICOM` */
export function parseElements(bytes: Uint8Array, place?: FilePlace): RawFile {
  return elementsOf(DicomObject.parse(bytes, place));
}

/**
 * Elements of an object with all their bytes. What readers of images pass over is refused here: a value that is cut short, pixels without their
 * closing delimiter, a sequence that cannot be taken apart, since what is not understood cannot be written again.
 * @throws `IMAGING.BAD_DICOM`
 */
export function elementsOf(object: DicomObject): RawFile {
  const { data, meta, transferSyntax } = object.parsed;
  try {
    if (data.elements.length === 0) throw new RangeError('no elements');
    return { meta: rawItem(meta), transferSyntax, encoding: syntaxForm(transferSyntax), elements: rawItem(data) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw imagingErrors.error('IMAGING.BAD_DICOM', { ...object.place, problem: 'parse' }, { cause });
  }
}

function rawItem(data: DataSet): RawItem {
  return data.elements.map((element) => rawElement(element, data));
}

function rawElement(element: DataElement, { content, littleEndian }: DataSet): RawElement {
  const tag = element.tag.toString(16).padStart(8, '0');
  const { dataOffset, length, items } = element;
  if (items !== undefined) return { tag, vr: 'SQ', value: noBytes, items: items.map(rawItem) };
  if (dataOffset + length > content.length) throw new RangeError('length');
  const vr = representation(element.vr, tag, littleEndian);
  const value = content.subarray(dataOffset, dataOffset + length);
  if (element.fragments !== undefined) {
    if (element.tag !== pixelData || !endsWithDelimiter(value, littleEndian)) throw new RangeError('undefined length');
    return { tag, vr: vr === 'UN' ? 'OW' : vr, value: value.subarray(0, length - delimiterBytes), encapsulated: true };
  }
  if (vr !== 'SQ') return { tag, vr, value };
  if (length === 0) return { tag, vr, value, items: [] };
  // A sequence by the dictionary whose bytes are none: of unknown representation it stays what it is.
  if (element.vr === 'UN') return { tag, vr: 'UN', value };
  throw new RangeError('sequence');
}

/** A public element that a device without its dictionary stored as UN is in little endian whatever the file is in (PS3.5, 6.2.2). */
function representation(stated: string | undefined, tag: string, littleEndian: boolean): string {
  if (stated !== undefined && (stated !== 'UN' || !littleEndian)) return stated;
  return publicRepresentation(tag) ?? (stated === undefined && tag.endsWith('0000') ? 'UL' : 'UN');
}

function endsWithDelimiter(value: Uint8Array, littleEndian: boolean): boolean {
  if (value.length < delimiterBytes) return false;
  const view = new DataView(value.buffer, value.byteOffset + value.length - delimiterBytes, delimiterBytes);
  return view.getUint16(0, littleEndian) === 0xfffe && view.getUint16(2, littleEndian) === 0xe0dd;
}

/** Bytes as one character each, whatever their character set. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Text of a value without its padding, one character for each byte. */
export function textOf(value: Uint8Array): string {
  return withoutPadding(latin1(value)).trimStart();
}

/** A text without the zeros and blanks at its end. A pattern would look at each of a million zeros of a mask anew. */
export function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\0' || text[end - 1] === ' ')) end--;
  return text.slice(0, end);
}
