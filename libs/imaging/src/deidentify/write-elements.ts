import { deflateRawSync } from 'node:zlib';
import { implementation } from '../dicom/write-dicom.js';
import { hasLongLength } from '../dicom/data-elements.js';
import type { Encoding, RawElement, RawFile, RawItem } from './elements.js';

const explicitLittleEndian: Encoding = { explicit: true, littleEndian: true, deflated: false };
const undefinedLength = 0xffffffff;
/** UID of this implementation. */
export const implementationClassUid = implementation.classUid;

/**
 * Writes a file: a preamble of zeros, the meta information with its length, the data set in its own encoding. Values are copied as they
 * are; sequences and items get stated lengths, which says the same in fewer bytes.
 */
export function writeElements({ meta, encoding, elements }: Omit<RawFile, 'transferSyntax'>): Uint8Array {
  const metaBytes = join(dataSet(meta, explicitLittleEndian));
  const head = new Uint8Array(144);
  head.set([0x44, 0x49, 0x43, 0x4d, 2, 0, 0, 0, 0x55, 0x4c, 4, 0], 128);
  new DataView(head.buffer).setUint32(140, metaBytes.length, true);
  const body = dataSet(elements, encoding);
  return join([head, metaBytes, ...(encoding.deflated ? [even(deflateRawSync(join(body)))] : body)]);
}

function dataSet(elements: RawItem, encoding: Encoding): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const element of elements) writeElement(element, encoding, parts);
  return parts;
}

function writeElement(element: RawElement, encoding: Encoding, parts: Uint8Array[]): void {
  if (element.items !== undefined) {
    const inner = element.items.flatMap((item) => {
      const body = dataSet(item, encoding);
      return [delimiter(0xe000, lengthOf(body), encoding), ...body];
    });
    parts.push(header(element.tag, 'SQ', lengthOf(inner), encoding));
    for (const part of inner) parts.push(part);
  } else if (element.encapsulated) {
    parts.push(header(element.tag, element.vr, undefinedLength, encoding), element.value, delimiter(0xe0dd, 0, encoding));
  } else {
    const value = even(element.value);
    parts.push(header(element.tag, element.vr, value.length, encoding), value);
  }
}

function header(tag: string, vr: string, length: number, { explicit, littleEndian }: Encoding): Uint8Array {
  // A value that came from a form with longer lengths (PS3.5, 6.2.2, note 2).
  const stated = explicit && !hasLongLength(vr) && length > 0xfffe ? 'UN' : vr;
  const long = explicit && hasLongLength(stated);
  const bytes = new Uint8Array(long ? 12 : 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, parseInt(tag.slice(0, 4), 16), littleEndian);
  view.setUint16(2, parseInt(tag.slice(4), 16), littleEndian);
  if (explicit) for (const at of [0, 1]) bytes[4 + at] = stated.charCodeAt(at);
  if (!explicit) view.setUint32(4, length, true);
  else if (long) view.setUint32(8, length, littleEndian);
  else view.setUint16(6, length, littleEndian);
  return bytes;
}

function delimiter(element: number, length: number, { littleEndian }: Encoding): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xfffe, littleEndian);
  view.setUint16(2, element, littleEndian);
  view.setUint32(4, length, littleEndian);
  return bytes;
}

function even(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const padded = new Uint8Array(bytes.length + 1);
  padded.set(bytes);
  return padded;
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What a file says about the data set that follows. */
export interface FileHeader {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  /** Application entity that the object came from (0002,0016); left out where empty. */
  readonly sourceTitle: string;
}

/** Puts a data set, as it came over a network, into a Part 10 file; its bytes are copied as they are. */
export function wrapDataSet(
  { sopClassUid, sopInstanceUid, transferSyntax, sourceTitle }: FileHeader,
  dataSetBytes: readonly Uint8Array[],
): Uint8Array {
  const meta = [
    { tag: '00020001', vr: 'OB', value: Uint8Array.of(0, 1) },
    uid('00020002', sopClassUid),
    uid('00020003', sopInstanceUid),
    uid('00020010', transferSyntax),
    uid('00020012', implementationClassUid),
    { tag: '00020013', vr: 'SH', value: Buffer.from('COHORTIUM_1 ', 'latin1') },
    ...(sourceTitle === '' ? [] : [{ tag: '00020016', vr: 'AE', value: Buffer.from(sourceTitle.slice(0, 16).padEnd(16, ' '), 'latin1') }]),
  ];
  return join([writeElements({ meta, encoding: explicitLittleEndian, elements: [] }), ...dataSetBytes]);
}

function uid(tag: string, text: string): RawElement {
  return { tag, vr: 'UI', value: even(Buffer.from(text.slice(0, 64), 'latin1')) };
}
