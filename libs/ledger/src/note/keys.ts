import { ledgerErrors } from '../errors.js';
import { hexOf, sha256Bytes } from '../merkle/hash.js';

/** Signature types of C2SP signed-note: a plain Ed25519 signature, and the timestamped cosignature of a witness. */
export const signatureTypes = { ed25519: 1, cosignature: 4 } as const;
/** One of {@link signatureTypes}. */
export type SignatureType = (typeof signatureTypes)[keyof typeof signatureTypes];

/** Bytes of an Ed25519 public key (RFC 8032). */
export const publicKeyBytes = 32;
/** Bytes of an Ed25519 signature. */
export const signatureBytes = 64;

/** A key that signatures are checked with. */
export interface VerifierKey {
  readonly name: string;
  readonly type: SignatureType;
  readonly publicKey: Uint8Array;
}

/** First four bytes of SHA-256(name || 0x0A || type || public key), as C2SP signed-note recommends. */
export function keyIdOf({ name, type, publicKey }: VerifierKey): Uint8Array {
  return sha256Bytes(Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), Uint8Array.of(type), publicKey])).subarray(0, 4);
}

/** A key as one line: `name+id+base64(type || key)`. */
export function formatKey(key: VerifierKey): string {
  const material = Buffer.concat([Uint8Array.of(key.type), key.publicKey]);
  return `${key.name}+${hexOf(keyIdOf(key))}+${material.toString('base64')}`;
}

/** Reads what {@link formatKey} writes. @throws `LEDGER.BAD_KEY` */
export function parseKey(line: string): VerifierKey {
  const bad = (reason: string): Error => ledgerErrors.error('LEDGER.BAD_KEY', { reason });
  const [name, id, ...rest] = line.split('+');
  const encoded = rest.join('+');
  if (name === undefined || id === undefined || encoded === '') throw bad('parts');
  if (!isKeyName(name)) throw bad('name');
  const material = decodeBase64(encoded);
  if (material === undefined || material.length !== 1 + publicKeyBytes) throw bad('key');
  const type = Object.values(signatureTypes).find((known) => known === material[0]);
  if (type === undefined) throw bad('type');
  const key = { name, type, publicKey: material.subarray(1) };
  if (hexOf(keyIdOf(key)) !== id) throw bad('id');
  return key;
}

/** Names of keys are not empty and hold neither spaces nor plus signs (C2SP signed-note). */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\s+\p{Z}\p{Cc}\p{Surrogate}]/u.test(name);
}

/** Bytes of a standard base64 text in its one form; undefined for any other text. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
