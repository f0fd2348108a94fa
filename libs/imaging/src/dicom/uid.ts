import { createHash } from 'node:crypto';

/**
 * A UID that follows from texts: the same texts give the same UID everywhere, others another one. It is a UUID of version 8 (RFC 9562)
 * made of SHA-256 digits, below the root 2.25 (PS3.5, B.2).
 * @example derivedUid('series', '7') // '2.25.' and up to 39 digits
 */
export function derivedUid(...parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  digest[6] = ((digest[6] as number) & 0x0f) | 0x80;
  digest[8] = ((digest[8] as number) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${digest.toString('hex', 0, 16)}`).toString()}`;
}
