import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import type { Branded } from './ids.js';

/** SHA-256 as 64 lower-case hexadecimal digits. */
export type Sha256 = Branded<'Sha256'>;

/** SHA-256 of bytes, or of a text in UTF-8. */
export function sha256(data: Uint8Array | string): Sha256 {
  return createHash('sha256').update(data).digest('hex') as Sha256;
}

/** SHA-256 of the RFC 8785 form of a value. */
export function hashJson(value: unknown): Sha256 {
  return sha256(canonicalJson(value));
}
