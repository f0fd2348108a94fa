import { hasLongLength } from './data-elements.js';

/** Padded with NUL instead of a blank. */
const padZero = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UI', 'UN']);

/** Writes bytes of data elements in explicit little endian into a buffer that grows. */
export class ElementWriter {
  private bytes: Uint8Array;
  private view: DataView;
  private at = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.at;
  }

  /** What was written, without a copy. */
  whole(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }

  /** Makes room for `count` more bytes and returns where they begin. */
  private take(count: number): number {
    const begin = this.at;
    const needed = begin + count;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.at = needed;
    return begin;
  }

  tag(tag: number): void {
    const at = this.take(4);
    this.view.setUint16(at, tag >>> 16, true);
    this.view.setUint16(at + 2, tag & 0xffff, true);
  }

  uint32(value: number): void {
    this.view.setUint32(this.take(4), value, true);
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.take(bytes.length));
  }

  /** Sets a length that was not known when it was written. */
  patchUint32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  /**
   * Tag, representation and length of an element; the value follows. A value too long for the length field of its representation is
   * written as UN (PS3.5, 6.2.2).
   * @returns the offset of a 32-bit length, else -1
   */
  header(tag: number, vr: string, length: number): number {
    this.tag(tag);
    const stated = !hasLongLength(vr) && length > 0xfffe ? 'UN' : vr;
    const isLong = hasLongLength(stated);
    const at = this.take(isLong ? 8 : 4);
    this.view.setUint8(at, stated.charCodeAt(0));
    this.view.setUint8(at + 1, stated.charCodeAt(1));
    if (!isLong) {
      this.view.setUint16(at + 2, length, true);
      return -1;
    }
    this.view.setUint16(at + 2, 0, true);
    this.view.setUint32(at + 4, length, true);
    return at + 4;
  }

  /** A whole element of bytes, padded to an even length. */
  element(tag: number, vr: string, value: Uint8Array): void {
    const isOdd = value.length % 2 === 1;
    this.header(tag, vr, value.length + (isOdd ? 1 : 0));
    this.raw(value);
    if (isOdd) this.view.setUint8(this.take(1), padZero.has(vr) ? 0 : 0x20);
  }

  /** A whole element of text; ASCII is written without a detour. */
  text(tag: number, vr: string, value: string): void {
    let isAscii = true;
    for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0x7f) isAscii = false;
    if (!isAscii) {
      this.element(tag, vr, new TextEncoder().encode(value));
      return;
    }
    const isOdd = value.length % 2 === 1;
    this.header(tag, vr, value.length + (isOdd ? 1 : 0));
    const at = this.take(value.length + (isOdd ? 1 : 0));
    for (let i = 0; i < value.length; i++) this.bytes[at + i] = value.charCodeAt(i);
    if (isOdd) this.bytes[at + value.length] = padZero.has(vr) ? 0 : 0x20;
  }

  /** A whole element of binary numbers. @throws RangeError for a representation that holds none */
  numbers(tag: number, vr: string, values: ArrayLike<number>): void {
    const kind = numberKinds[vr];
    if (kind === undefined) throw new RangeError(`${vr} holds no binary numbers`);
    this.header(tag, vr, kind.size * values.length);
    const at = this.take(kind.size * values.length);
    for (let i = 0; i < values.length; i++) kind.set(this.view, at + i * kind.size, values[i] as number);
  }
}

/** How one number of a binary representation is written. */
interface NumberKind {
  readonly size: number;
  set(view: DataView, at: number, value: number): void;
}

const numberKinds: Readonly<Record<string, NumberKind>> = {
  US: { size: 2, set: (view, at, value) => view.setUint16(at, value, true) },
  SS: { size: 2, set: (view, at, value) => view.setInt16(at, value, true) },
  UL: { size: 4, set: (view, at, value) => view.setUint32(at, value, true) },
  SL: { size: 4, set: (view, at, value) => view.setInt32(at, value, true) },
  FL: { size: 4, set: (view, at, value) => view.setFloat32(at, value, true) },
  FD: { size: 8, set: (view, at, value) => view.setFloat64(at, value, true) },
  UV: { size: 8, set: (view, at, value) => view.setBigUint64(at, BigInt(value), true) },
  SV: { size: 8, set: (view, at, value) => view.setBigInt64(at, BigInt(value), true) },
};

/** True for representations whose values are binary numbers. */
export function isBinaryNumber(vr: string): boolean {
  return numberKinds[vr] !== undefined;
}
