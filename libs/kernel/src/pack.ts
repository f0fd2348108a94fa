import { canonicalJson } from './canonical-json.js';
import { kernelErrors } from './errors.js';
import { sha256 } from './hash.js';
import type { Sha256 } from './hash.js';

/** What {@link pack} can write: JSON with vectors of doubles and frozen parts as leaves. */
export type Packable =
  null | boolean | number | string | Float64Array | Frozen<Packable> | readonly Packable[] | { readonly [key: string]: Packable };

/**
 * A part of some parameters that stays the same over many rounds. It is named by its hash, so its content crosses the wire once
 * and results derived from it can be remembered.
 */
export class Frozen<T> {
  readonly hash: Sha256;
  readonly bytes: Uint8Array;
  constructor(readonly value: T) {
    this.bytes = pack(value as Packable);
    this.hash = sha256(this.bytes);
  }
}

/** All frozen parts below a value, by hash. */
export function frozenParts(value: Packable, into = new Map<Sha256, Uint8Array>()): Map<Sha256, Uint8Array> {
  if (value instanceof Frozen) {
    into.set(value.hash, value.bytes);
    frozenParts(value.value, into);
  } else if (Array.isArray(value)) value.forEach((item) => frozenParts(item, into));
  else if (value !== null && typeof value === 'object' && !(value instanceof Float64Array)) {
    for (const item of Object.values(value)) frozenParts(item as Packable, into);
  }
  return into;
}

/** Finds a frozen part by its hash: the part itself or its content. */
export type ResolveFrozen = (hash: Sha256) => Frozen<Packable> | Uint8Array | undefined;

/** Frozen parts that have arrived. Each is unpacked once, so that what is derived from it can be remembered by identity. */
export class FrozenStore {
  private readonly contents = new Map<Sha256, Uint8Array>();
  private readonly parts = new Map<Sha256, Frozen<Packable>>();

  /** Keeps content under the hash it was announced by. */
  set(hash: Sha256, content: Uint8Array): void {
    if (!this.parts.has(hash)) this.contents.set(hash, content);
  }

  /** Forgets everything. */
  clear(): void {
    this.contents.clear();
    this.parts.clear();
  }

  /** The part of a hash; undefined where it has not arrived. @throws `KERNEL.NOT_CANONICAL` for content of another hash */
  readonly resolve = (hash: Sha256): Frozen<Packable> | undefined => {
    const known = this.parts.get(hash);
    if (known) return known;
    const content = this.contents.get(hash);
    if (content === undefined) return undefined;
    const part = unpackFrozen(hash, content, this.resolve);
    this.parts.set(hash, part);
    this.contents.delete(hash);
    return part;
  };
}

/** Levels of nesting that {@link unpack} reads; messages need fewer than ten, and more could exhaust the stack. */
const maxDepth = 64;

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * One byte string per value: `u32 length | canonical JSON | doubles (little endian)`. Vectors appear in the JSON as
 * `{"$f64": length}` in the order of their bytes, frozen parts as `{"$ref": hash}`.
 * @throws `KERNEL.NOT_CANONICAL` for numbers that are not finite, also inside vectors, for keys that start with `$` and for the key
 * `__proto__`
 */
export function pack(value: Packable): Uint8Array {
  if (!littleEndian) throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: 'big-endian machine' });
  const vectors: Float64Array[] = [];
  const header = Buffer.from(canonicalJson(describe(value, vectors)), 'utf8');
  const total = vectors.reduce((sum, v) => sum + v.byteLength, 4 + header.length);
  const bytes = new Uint8Array(total);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  let at = 4 + header.length;
  for (const vector of vectors) {
    bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), at);
    at += vector.byteLength;
  }
  return bytes;
}

function describe(value: Packable, vectors: Float64Array[]): unknown {
  if (value instanceof Float64Array) {
    for (let i = 0; i < value.length; i++) {
      if (!Number.isFinite(value[i])) throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: `vector element ${i} is not finite` });
    }
    vectors.push(value);
    return { $f64: value.length };
  }
  if (value instanceof Frozen) return { $ref: value.hash };
  if (Array.isArray(value)) return value.map((item) => describe(item, vectors));
  if (value !== null && typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    // A date or another kind of array would be written by its enumerable members, which is not what it is.
    if (prototype !== Object.prototype && prototype !== null)
      throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: 'object of a class' });
    // Sorted here so that vectors are numbered in the order in which canonical JSON prints them.
    const keys = Object.keys(value).sort();
    const out: Record<string, unknown> = {};
    for (const key of keys) {
      if (key.startsWith('$')) throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: 'key that starts with $' });
      // Setting it would change the prototype of `out` instead of adding a member: the key would vanish without a word.
      if (key === '__proto__') throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: 'key __proto__' });
      const item = (value as Record<string, Packable | undefined>)[key];
      if (item !== undefined) out[key] = describe(item, vectors);
    }
    return out;
  }
  return value;
}

/**
 * Reads what {@link pack} wrote; any other form of the same value is refused.
 * @param resolve content of a frozen part by its hash
 * @throws `KERNEL.NOT_CANONICAL`
 */
export function unpack(bytes: Uint8Array, resolve: ResolveFrozen = () => undefined): Packable {
  const refuse = (reason: string) => kernelErrors.error('KERNEL.NOT_CANONICAL', { reason });
  if (bytes.length < 4) throw refuse('packed value shorter than its header');
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (headerLength > bytes.length - 4) throw refuse('packed header longer than the value');
  let tree: unknown;
  try {
    tree = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 4 + headerLength)));
  } catch (cause) {
    throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: 'packed header is not JSON' }, { cause });
  }
  const reader = { bytes, at: 4 + headerLength, resolve };
  const value = rebuild(tree, reader, refuse, 0);
  if (reader.at !== bytes.length) throw refuse('bytes after the packed value');
  if (!equalBytes(pack(value), bytes)) throw refuse('another form of the same value');
  return value;
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly resolve: ResolveFrozen;
}

function rebuild(node: unknown, reader: Reader, refuse: (reason: string) => Error, depth: number): Packable {
  if (depth > maxDepth) throw refuse('nested too deeply');
  if (Array.isArray(node)) return node.map((item) => rebuild(item, reader, refuse, depth + 1));
  if (node === null || typeof node !== 'object') return node as Packable;
  const record = node as Record<string, unknown>;
  if ('$f64' in record) {
    const length = record['$f64'];
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0 || length * 8 > reader.bytes.length - reader.at)
      throw refuse('vector longer than the value');
    const out = new Float64Array(length);
    new Uint8Array(out.buffer).set(reader.bytes.subarray(reader.at, reader.at + length * 8));
    reader.at += length * 8;
    return out;
  }
  if ('$ref' in record) {
    const content = typeof record['$ref'] === 'string' ? reader.resolve(record['$ref'] as Sha256) : undefined;
    if (content === undefined) throw refuse('frozen part without content');
    return content instanceof Frozen ? content : unpackFrozen(record['$ref'] as Sha256, content, reader.resolve);
  }
  const out: Record<string, Packable> = {};
  for (const key of Object.keys(record).sort()) {
    if (key === '__proto__') throw refuse('key __proto__');
    out[key] = rebuild(record[key], reader, refuse, depth + 1);
  }
  return out;
}

/** The hash is compared before anything is read, so that content cannot refer to itself. */
function unpackFrozen(hash: Sha256, content: Uint8Array, resolve: ResolveFrozen): Frozen<Packable> {
  if (sha256(content) !== hash)
    throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: 'frozen part with the content of another hash' });
  return new Frozen(unpack(content, resolve));
}

/** True when both hold the same bytes. Not for secrets: the time depends on the content. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
