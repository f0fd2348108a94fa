import { fromHex } from './encoding.js';
import type { SecretRandom } from './ports.js';

/** Largest prime below 2^256, so that every element has one form of 32 bytes. */
export const fieldPrime = 2n ** 256n - 189n;
/** Bytes of an element. */
export const elementBytes = 32;

/** Reads 32 bytes, the highest first; undefined for another length and for numbers that are not below the prime. */
export function readElement(bytes: Uint8Array): bigint | undefined {
  if (bytes.length !== elementBytes) return undefined;
  const value = BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`);
  return value < fieldPrime ? value : undefined;
}

/** The 32 bytes of an element, the highest first. */
export function writeElement(element: bigint): Uint8Array {
  return fromHex(element.toString(16).padStart(2 * elementBytes, '0'), elementBytes) as Uint8Array;
}

/** Remainder between 0 and the prime. */
export function reduce(value: bigint): bigint {
  const rest = value % fieldPrime;
  return rest < 0n ? rest + fieldPrime : rest;
}

/** Multiplicative inverse by the extended algorithm of Euclid. @throws RangeError for zero, which has none */
export function invert(element: bigint): bigint {
  let [high, low] = [fieldPrime, reduce(element)];
  if (low === 0n) throw new RangeError('zero has no inverse');
  let [previous, current] = [0n, 1n];
  while (low !== 1n) {
    const quotient = high / low;
    [high, low] = [low, high - quotient * low];
    [previous, current] = [current, previous - quotient * current];
  }
  return reduce(current);
}

/** A uniform element: numbers above the prime are drawn again (once in 2^248 draws). */
export function randomElement(random: SecretRandom): bigint {
  for (;;) {
    const element = readElement(random.bytes(elementBytes));
    if (element !== undefined) return element;
  }
}
