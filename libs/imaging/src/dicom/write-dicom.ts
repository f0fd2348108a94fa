import type { VoxelArray } from '../volume.js';
import { dictionaryEntry } from './dictionary.js';
import { ElementWriter, isBinaryNumber } from './element-writer.js';

/** A value with its representation, for private attributes and for those whose representation the caller knows better. */
export interface TypedValue {
  /** Value representation, `LO`. */
  readonly vr: string;
  readonly value: DicomValue;
}

/** Compressed pixels: the basic offset table, which may be empty, and then the fragments (PS3.5, A.4). */
export interface EncapsulatedPixels {
  readonly fragments: readonly Uint8Array[];
}

/** Value of an attribute. Null and empty arrays are written without a value; typed arrays are binary values (OB, OW, OF, OD, ...). */
export type DicomValue =
  string | number | null | readonly string[] | readonly number[] | readonly DicomRecord[] | Uint8Array | VoxelArray | EncapsulatedPixels;

/** Attributes by keyword (`PatientName`), or by tag (`x00191008`) with their representation. Undefined ones are left out. */
export interface DicomRecord {
  readonly [attribute: string]: DicomValue | TypedValue | undefined;
}

/** Explicit VR Little Endian, the transfer syntax of what is written here. */
export const explicitLittleEndian = '1.2.840.10008.1.2.1';
/** UID of this implementation (PS3.7, D.3.3.2), a UUID under 2.25, and its name. */
export const implementation = { classUid: '2.25.311790423568740223903129046211174362119', versionName: 'COHORTIUM_1' } as const;
const pixelData = 0x7fe00010;
const tagPattern = /^x[0-9a-f]{8}$/;

/** How a file is written. */
export interface WriteOptions {
  /** States another syntax for pixels that are compressed already; the attributes stay explicit little endian. */
  readonly transferSyntax?: string;
}

/**
 * A Part 10 file in explicit little endian. The same record gives the same bytes, in whatever order its attributes are given: nothing is
 * invented, so the UIDs are part of the record. Text is written as it is, in UTF-8; what is beyond ASCII needs the attribute
 * SpecificCharacterSet `ISO_IR 192`. Decimal strings are rounded to 16 characters.
 * @param record attributes with SOPClassUID and SOPInstanceUID; group 0002 is made
 * @throws RangeError for a record that is no DICOM: unknown keyword, no UIDs, a value that its representation cannot hold
 * @example writeDicom({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.4', SOPInstanceUID: derivedUid('a'), Rows: 2 })
 */
export function writeDicom(record: DicomRecord, { transferSyntax = explicitLittleEndian }: WriteOptions = {}): Uint8Array {
  const { SOPClassUID: classUid, SOPInstanceUID: instanceUid } = record;
  if (typeof classUid !== 'string' || typeof instanceUid !== 'string')
    throw new RangeError('a record needs SOPClassUID and SOPInstanceUID');
  const meta = new ElementWriter(512);
  writeRecord(meta, {
    FileMetaInformationVersion: Uint8Array.of(0, 1),
    MediaStorageSOPClassUID: classUid,
    MediaStorageSOPInstanceUID: instanceUid,
    TransferSyntaxUID: transferSyntax,
    ImplementationClassUID: implementation.classUid,
    ImplementationVersionName: implementation.versionName,
  });
  const file = new ElementWriter(4096 + 2 * pixelBytes(record['PixelData']));
  file.raw(new Uint8Array(128));
  file.raw(Uint8Array.of(0x44, 0x49, 0x43, 0x4d));
  file.numbers(0x00020000, 'UL', [meta.length]);
  file.raw(meta.whole());
  writeRecord(file, record);
  return file.whole();
}

function pixelBytes(value: DicomRecord[string]): number {
  return ArrayBuffer.isView(value) ? value.byteLength : 0;
}

/** What the representation of some attributes depends on; items of sequences inherit it (PS3.5, A.2). */
interface PixelFacts {
  readonly isSigned: boolean;
  readonly bitsAllocated: number;
}

interface Attribute {
  readonly tag: number;
  readonly vr: string;
  readonly value: DicomValue;
}

function writeRecord(writer: ElementWriter, record: DicomRecord, inherited: PixelFacts = { isSigned: false, bitsAllocated: 16 }): void {
  const facts = {
    isSigned: record['PixelRepresentation'] === undefined ? inherited.isSigned : record['PixelRepresentation'] === 1,
    bitsAllocated: typeof record['BitsAllocated'] === 'number' ? record['BitsAllocated'] : inherited.bitsAllocated,
  };
  const attributes: Attribute[] = [];
  for (const key in record) {
    const given = record[key];
    if (given !== undefined) attributes.push(attributeOf(key, given, facts));
  }
  attributes.sort((a, b) => a.tag - b.tag);
  for (let at = 0; at < attributes.length; at++) {
    const attribute = attributes[at] as Attribute;
    if (attribute.tag === attributes[at - 1]?.tag) throw new RangeError(`attribute ${hex(attribute.tag)} is given twice`);
    writeAttribute(writer, attribute, facts);
  }
}

function attributeOf(key: string, given: DicomValue | TypedValue, facts: PixelFacts): Attribute {
  const isTyped = given !== null && typeof given === 'object' && 'vr' in given && typeof given.vr === 'string';
  const value = isTyped ? (given as TypedValue).value : (given as DicomValue);
  const stated = isTyped ? (given as TypedValue).vr : undefined;
  if (tagPattern.test(key)) {
    if (stated === undefined) throw new RangeError(`attribute ${key} needs a value representation`);
    return { tag: Number.parseInt(key.slice(1), 16), vr: stated, value };
  }
  const entry = dictionaryEntry(key);
  if (entry === undefined) throw new RangeError(`the data dictionary has no attribute ${key}`);
  return { tag: entry.tag, vr: stated ?? settled(entry.vr, value, facts), value };
}

/** The representation of attributes that have several (PS3.5, A.2). */
function settled(vr: string, value: DicomValue, { isSigned, bitsAllocated }: PixelFacts): string {
  if (vr === 'xs') return isSigned ? 'SS' : 'US';
  if (vr === 'ox') return bitsAllocated <= 8 || isEncapsulated(value) ? 'OB' : 'OW';
  return vr === 'lt' ? 'OW' : vr;
}

function writeAttribute(writer: ElementWriter, { tag, vr, value }: Attribute, facts: PixelFacts): void {
  if (vr === 'SQ') writeItems(writer, tag, value, facts);
  else if (isEncapsulated(value)) writeFragments(writer, tag, value.fragments);
  else if (value === null) writer.header(tag, vr, 0);
  else if (ArrayBuffer.isView(value)) writer.element(tag, vr, littleEndianBytes(value));
  else writeValues(writer, tag, vr, (Array.isArray(value) ? value : [value]) as readonly (string | number)[]);
}

function writeValues(writer: ElementWriter, tag: number, vr: string, values: readonly (string | number)[]): void {
  if (vr === 'AT') writer.element(tag, vr, tagBytes(values));
  else if (isBinaryNumber(vr)) {
    const numbers = values.map((one) => finite(one, tag));
    writer.numbers(tag, vr, numbers);
  } else {
    const texts = values.map((one) => (typeof one === 'string' ? one : numberText(one, vr, tag)));
    writer.text(tag, vr, texts.join('\\'));
  }
}

function writeItems(writer: ElementWriter, tag: number, value: DicomValue, facts: PixelFacts): void {
  const items = value === null ? [] : value;
  if (!Array.isArray(items) || items.some((item) => typeof item !== 'object')) throw new RangeError(`sequence ${hex(tag)} needs records`);
  const lengthAt = writer.header(tag, 'SQ', 0);
  const begin = writer.length;
  for (const item of items as readonly DicomRecord[]) {
    writer.tag(0xfffee000);
    writer.uint32(0);
    const itemBegin = writer.length;
    writeRecord(writer, item, facts);
    writer.patchUint32(itemBegin - 4, writer.length - itemBegin);
  }
  writer.patchUint32(lengthAt, writer.length - begin);
}

function writeFragments(writer: ElementWriter, tag: number, fragments: readonly Uint8Array[]): void {
  if (tag !== pixelData) throw new RangeError('only pixel data are encapsulated');
  writer.header(tag, 'OB', 0xffffffff);
  for (const fragment of fragments) {
    writer.tag(0xfffee000);
    writer.uint32(fragment.length + (fragment.length % 2));
    writer.raw(fragment);
    if (fragment.length % 2 === 1) writer.raw(Uint8Array.of(0));
  }
  writer.tag(0xfffee0dd);
  writer.uint32(0);
}

function isEncapsulated(value: DicomValue): value is EncapsulatedPixels {
  return value !== null && typeof value === 'object' && 'fragments' in value && Array.isArray(value.fragments);
}

const isLittleEndianMachine = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function littleEndianBytes(value: Uint8Array | VoxelArray): Uint8Array {
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (isLittleEndianMachine || value.BYTES_PER_ELEMENT === 1) return bytes;
  const size = value.BYTES_PER_ELEMENT;
  return Uint8Array.from(bytes, (_, at) => bytes[at - (at % size) + size - 1 - (at % size)] as number);
}

/** Tags as values: group and element, 16 bits each. */
function tagBytes(values: readonly (string | number)[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, at) => {
    const tag = typeof value === 'number' ? value : (dictionaryEntry(value)?.tag ?? Number.parseInt(value.slice(1), 16));
    view.setUint16(4 * at, tag >>> 16, true);
    view.setUint16(4 * at + 2, tag & 0xffff, true);
  });
  return bytes;
}

function finite(value: string | number, tag: number): number {
  const number = Number(value);
  if (!Number.isFinite(number)) throw new RangeError(`attribute ${hex(tag)} needs numbers`);
  return number;
}

/** Longest decimal string (PS3.5, table 6.2-1). */
const decimalLength = 16;

/** A number as text: whole for IS, as many digits as fit for DS. */
function numberText(value: number, vr: string, tag: number): string {
  const number = finite(value, tag) + 0;
  if (vr === 'IS' && !Number.isInteger(number)) throw new RangeError(`attribute ${hex(tag)} needs a whole number`);
  let text = String(number);
  for (let digits = 16; text.length > decimalLength && vr === 'DS'; digits--) {
    const rounded = finite(number.toPrecision(digits), tag);
    const [plain, exponential] = [String(rounded), rounded.toExponential()];
    text = plain.length <= exponential.length ? plain : exponential;
  }
  return text;
}

function hex(tag: number): string {
  const digits = tag.toString(16).padStart(8, '0');
  return `(${digits.slice(0, 4)},${digits.slice(4)})`;
}
