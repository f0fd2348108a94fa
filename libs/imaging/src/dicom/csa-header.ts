/** Values of a Siemens CSA header by name; empty values are left out. */
export type CsaHeader = ReadonlyMap<string, readonly string[]>;

/** Largest counts that are believed; real headers have about a hundred elements of up to some hundred items. */
const limits = { elements: 1024, items: 4096 };

/**
 * Parses a Siemens CSA header (0029,xx10 or 0029,xx20), the forms "SV10" and the one before it, as nibabel describes them
 * (https://nipy.org/nibabel/dicom/siemens_csa.html).
 * @returns undefined where the bytes are no such header; damaged ones give what was read before the damage
 */
export function parseCsaHeader(bytes: Uint8Array): CsaHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 16) return undefined;
  const isSecond = bytes[0] === 0x53 && bytes[1] === 0x56 && bytes[2] === 0x31 && bytes[3] === 0x30;
  let at = isSecond ? 8 : 0;
  const count = view.getUint32(at, true);
  if (count < 1 || count > limits.elements) return undefined;
  at += 8;
  const out = new Map<string, readonly string[]>();
  const firstLength = { value: 0 };
  for (let element = 0; element < count && at + 84 <= bytes.length; element++) {
    const name = latin(bytes, at, 64);
    const itemCount = view.getUint32(at + 76, true);
    at += 84;
    if (itemCount > limits.items) return out;
    const values: string[] = [];
    for (let item = 0; item < itemCount; item++) {
      if (at + 16 > bytes.length) return out;
      const length = itemLength(view, at, isSecond, firstLength, element === 0 && item === 0);
      at += 16;
      if (length < 0 || at + length > bytes.length) return out;
      const value = latin(bytes, at, length).trim();
      if (value !== '') values.push(value);
      at += (length + 3) & ~3;
    }
    if (values.length > 0) out.set(name, values);
  }
  return out;
}

/** The older form adds the length of the very first item to every length. */
function itemLength(view: DataView, at: number, isSecond: boolean, first: { value: number }, isFirst: boolean): number {
  if (isSecond) return view.getUint32(at + 4, true);
  const stated = view.getInt32(at, true);
  if (isFirst) first.value = stated;
  const length = stated - first.value;
  return length >= 0 ? length : 0;
}

/** Numbers of an element; undefined where absent or not finite. */
export function csaNumbers(header: CsaHeader | undefined, name: string): readonly number[] | undefined {
  const values = header?.get(name)?.map(Number);
  return values !== undefined && values.length > 0 && values.every(Number.isFinite) ? values : undefined;
}

function latin(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    const code = bytes[at + i] as number;
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}
