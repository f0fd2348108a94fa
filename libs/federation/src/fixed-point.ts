import { federationErrors } from './errors.js';

/**
 * Two's-complement fixed-point words of `limbs` 32-bit limbs, the lowest `fractionLimbs` of them behind the binary point.
 * Integer sums do not depend on the order of their terms, so a total is the same bits in whatever order sites answer.
 */
export interface WordFormat {
  readonly name: 'wide' | 'statistic' | 'score' | 'count';
  readonly limbs: number;
  readonly fractionLimbs: number;
}

/** 256 bits, 2^-128 to 2^127: first and second moments of raw features. */
export const wideWords: WordFormat = { name: 'wide', limbs: 8, fractionLimbs: 4 };
/** 128 bits, 2^-64 to 2^63: everything on standardized values. */
export const statisticWords: WordFormat = { name: 'statistic', limbs: 4, fractionLimbs: 2 };
/** 64 bits, 2^-32 to 2^31: means of scores near 1, which a query scales up by a power of two first; half the bytes of a statistic. */
export const scoreWords: WordFormat = { name: 'score', limbs: 2, fractionLimbs: 1 };
/** 64-bit integers: counts. Fractions are an error. */
export const countWords: WordFormat = { name: 'count', limbs: 2, fractionLimbs: 0 };

/** Bits left free above a single site's largest value, so that sums of up to 1024 sites cannot wrap. */
const headroomBits = 10;

/** Bytes of one vector of a format. */
export function encodedBytes(format: WordFormat, length: number): number {
  return format.limbs * 4 * length;
}

/**
 * Doubles as little-endian fixed-point words, exact down to the last fraction bit and rounded half away from zero below it.
 * @throws `FEDERATION.NOT_FINITE`, `FEDERATION.OVERFLOW`, `FEDERATION.NOT_A_COUNT` (a fraction in {@link countWords}): fails closed,
 * nothing is clipped
 */
export function encodeFixedPoint(values: Float64Array, format: WordFormat, operation: string): Uint32Array {
  const { limbs, fractionLimbs } = format;
  const out = new Uint32Array(limbs * values.length);
  if (limbs === 2 && fractionLimbs === 1 && encodeTwoLimbs(values, out)) return out;
  const limit = 2 ** (32 * (limbs - fractionLimbs) - 1 - headroomBits);
  const units = unitsOf(format);
  const half = (units[0] as number) / 2;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) throw federationErrors.error('FEDERATION.NOT_FINITE', { operation, index: i });
    let rest = value < 0 ? -value : value;
    if (rest >= limit) throw federationErrors.error('FEDERATION.OVERFLOW', { operation, index: i, bits: limbs * 32 });
    const base = i * limbs;
    // Subtracting a whole multiple of the limb's unit from a double is exact.
    for (let k = limbs - 1; k >= 0; k--) {
      const unit = units[k] as number;
      if (rest < unit) continue;
      const digit = Math.floor(rest / unit);
      rest -= digit * unit;
      out[base + k] = digit;
    }
    if (fractionLimbs === 0 && rest > 0) throw federationErrors.error('FEDERATION.NOT_A_COUNT', { operation, index: i });
    if (rest >= half) addOne(out, base, limbs);
    if (value < 0) negate(out, base, limbs);
  }
  return out;
}

/**
 * The same for words of 64 bits with 32 behind the point, a vector of which may have a million elements: 32-bit arithmetic, and no branch on the
 * sign, which no processor foresees.
 * @returns false where an element has no such word
 */
function encodeTwoLimbs(values: Float64Array, out: Uint32Array): boolean {
  const limit = 2 ** (31 - headroomBits);
  const signed = new Int32Array(out.buffer);
  const bits = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] as number);
    // NaN fails the comparison.
    if (!(size < limit)) return false;
    const whole = size | 0;
    const fraction = (size - whole) * 2 ** 32;
    const floor = fraction >>> 0;
    // Twice the rest is 1 or more from one half on; then the lower limb may become 2^32, which is 0 with a carry.
    const up = ((fraction - floor) * 2) | 0;
    const low = (floor + up) | 0;
    const high = whole + (low === 0 ? up : 0);
    // All ones below zero: the complement, plus one below.
    const sign = (bits[2 * i + 1] as number) >> 31;
    signed[2 * i] = (low ^ sign) - sign;
    signed[2 * i + 1] = (high ^ sign) - (low === 0 ? sign : 0);
  }
  return true;
}

/** Value of the lowest bit of each limb. */
function unitsOf({ limbs, fractionLimbs }: WordFormat): Float64Array {
  return Float64Array.from({ length: limbs }, (_, k) => 2 ** (32 * (k - fractionLimbs)));
}

function addOne(words: Uint32Array, base: number, limbs: number): void {
  for (let k = 0; k < limbs; k++) {
    const next = ((words[base + k] as number) + 1) >>> 0;
    words[base + k] = next;
    if (next !== 0) return;
  }
}

function negate(words: Uint32Array, base: number, limbs: number): void {
  for (let k = 0; k < limbs; k++) words[base + k] = ~(words[base + k] as number) >>> 0;
  addOne(words, base, limbs);
}

/**
 * Adds `terms` into `total`, both of one format: integer addition with carry inside each word. 32-bit integer arithmetic with the
 * carry from the sign bits: `npm run bench -- federation` compares it with doubles and with 64-bit BigInt limbs.
 */
export function addFixedPoint(total: Uint32Array, terms: Uint32Array, format: WordFormat): void {
  const { limbs } = format;
  if (limbs === 2) return addWordsOfTwoLimbs(total, terms);
  for (let base = 0; base < total.length; base += limbs) {
    let carry = 0;
    for (let at = base; at < base + limbs; at++) {
      const a = (total[at] as number) | 0;
      const b = (terms[at] as number) | 0;
      const sum = (((a + b) | 0) + carry) | 0;
      total[at] = sum;
      // The top bit carries where both had it, or where one had it and the sum has lost it.
      carry = ((a & b) | ((a | b) & ~sum)) >>> 31;
    }
  }
}

/** {@link addFixedPoint} without its inner loop, which takes most of the time where words are short: masks of model weights are such words. */
function addWordsOfTwoLimbs(total: Uint32Array, terms: Uint32Array): void {
  for (let at = 0; at < total.length; at += 2) {
    const a = (total[at] as number) | 0;
    const b = (terms[at] as number) | 0;
    const sum = (a + b) | 0;
    total[at] = sum;
    const carry = ((a & b) | ((a | b) & ~sum)) >>> 31;
    total[at + 1] = ((((total[at + 1] as number) | 0) + ((terms[at + 1] as number) | 0)) | 0) + carry;
  }
}

/** Takes `terms` from `total`, both of one format: the inverse of {@link addFixedPoint}, whatever the words mean. */
export function subtractFixedPoint(total: Uint32Array, terms: Uint32Array, format: WordFormat): void {
  // a - b is the complement of (the complement of a) + b.
  for (let i = 0; i < total.length; i++) total[i] = ~(total[i] as number);
  addFixedPoint(total, terms, format);
  for (let i = 0; i < total.length; i++) total[i] = ~(total[i] as number);
}

/** Doubles nearest to fixed-point words (summed from the low limb up, each step rounded once). */
export function decodeFixedPoint(words: Uint32Array, format: WordFormat): Float64Array {
  const { limbs } = format;
  if (limbs === 2) return decodeTwoLimbs(words, format);
  const units = unitsOf(format);
  const out = new Float64Array(words.length / limbs);
  const magnitude = new Uint32Array(limbs);
  for (let i = 0; i < out.length; i++) {
    const base = i * limbs;
    for (let k = 0; k < limbs; k++) magnitude[k] = words[base + k] as number;
    const negative = (magnitude[limbs - 1] as number) > 0x7fffffff;
    if (negative) negate(magnitude, 0, limbs);
    let value = 0;
    for (let k = 0; k < limbs; k++) value += (magnitude[k] as number) * (units[k] as number);
    out[i] = negative ? -value : value;
  }
  return out;
}

/** {@link decodeFixedPoint} for words of two limbs, without a branch on the sign. */
function decodeTwoLimbs(words: Uint32Array, format: WordFormat): Float64Array {
  const [lower, upper] = unitsOf(format) as unknown as readonly [number, number];
  const out = new Float64Array(words.length / 2);
  for (let i = 0; i < out.length; i++) {
    const low = (words[2 * i] as number) | 0;
    const high = (words[2 * i + 1] as number) | 0;
    const sign = high >> 31;
    const magnitude = (((low ^ sign) - sign) >>> 0) * lower + (((high ^ sign) - (low === 0 ? sign : 0)) >>> 0) * upper;
    out[i] = magnitude * (1 + 2 * sign);
  }
  return out;
}

/** The bytes of words, without copying. */
export function wordBytes(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Words of received bytes (copied, so that alignment does not matter). @throws `FEDERATION.BAD_LENGTH` */
export function bytesToWords(bytes: Uint8Array, format: WordFormat, length: number, operation: string, site: string): Uint32Array {
  const expected = encodedBytes(format, length);
  if (bytes.length !== expected) throw federationErrors.error('FEDERATION.BAD_LENGTH', { operation, site, actual: bytes.length, expected });
  const words = new Uint32Array(expected / 4);
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

/** The same words to be read and not written: the bytes themselves where they lie on whole words. @throws `FEDERATION.BAD_LENGTH` */
export function wordsToRead(bytes: Uint8Array, format: WordFormat, length: number, operation: string, site: string): Uint32Array {
  if (bytes.byteOffset % 4 !== 0 || bytes.length !== encodedBytes(format, length))
    return bytesToWords(bytes, format, length, operation, site);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
