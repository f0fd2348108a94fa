import { canonicalJson, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';

/** Stands before everything that is hashed, signed or derived here, so that no byte string of another protocol means something in this one. */
const domain = 'cohortium.secagg.v1';

/** Bytes of a statement: its purpose, then its fields, in one form (RFC 8785). */
export function statementBytes(purpose: string, fields: object): Uint8Array {
  return Buffer.from(canonicalJson([domain, purpose, fields]), 'utf8');
}

/** Hash of a statement. */
export function statementHash(purpose: string, fields: object): Sha256 {
  return sha256(statementBytes(purpose, fields));
}

/** The same function, which remembers what it said of an object for as long as the object lives. Only for objects that never change. */
export function remembered<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Bytes of lower-case hexadecimal of a stated length; undefined for any other text. */
export function fromHex(text: unknown, byteCount: number): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length !== 2 * byteCount || !/^[0-9a-f]*$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'hex'));
}
