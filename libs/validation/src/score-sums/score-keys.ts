/** Doubles as 64-bit whole numbers that are in the same order, in two halves. */
export interface ScoreKeys {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

/**
 * Keys of doubles: their bits, with the sign bit turned for positive and all bits turned for negative numbers. Ascending doubles have
 * ascending keys, so that a search over the 64 bits of a key finds any score exactly, whatever its scale. -0 has the key of 0.
 */
export function keysOf(scores: Float64Array): ScoreKeys {
  const plain = scores.map((x) => (x === 0 ? 0 : x));
  const bits = new Uint32Array(plain.buffer);
  const high = new Uint32Array(scores.length);
  const low = new Uint32Array(scores.length);
  for (let i = 0; i < scores.length; i++) {
    const h = bits[2 * i + 1] as number;
    const negative = h >>> 31 === 1;
    high[i] = negative ? ~h : h ^ 0x80000000;
    low[i] = negative ? ~(bits[2 * i] as number) : (bits[2 * i] as number);
  }
  return { high, low };
}

/** The double of a key. */
export function scoreOfKey(high: number, low: number): number {
  const bits = new Uint32Array(2);
  const negative = high >>> 31 === 0;
  bits[1] = negative ? ~high : high ^ 0x80000000;
  bits[0] = negative ? ~low : low;
  return new Float64Array(bits.buffer)[0] as number;
}

/** Bits `from` ... `from + width - 1` of a key, counted from its highest; they may not cross bit 32. */
export function bitsOfKey(high: number, low: number, from: number, width: number): number {
  const half = from < 32 ? high : low;
  const at = from % 32;
  return (half << at) >>> (32 - width);
}

/** A key with the bits `from` ... `from + width - 1` set to a number; they were 0 before. */
export function withBits(high: number, low: number, from: number, width: number, bits: number): readonly [number, number] {
  const moved = (bits << (32 - (from % 32) - width)) >>> 0;
  return from < 32 ? [(high | moved) >>> 0, low] : [high, (low | moved) >>> 0];
}

/** Whether two keys agree in their first `depth` bits. */
export function samePrefix(highA: number, lowA: number, highB: number, lowB: number, depth: number): boolean {
  if (depth === 0) return true;
  if (depth <= 32) return highA >>> (32 - depth) === highB >>> (32 - depth);
  return highA === highB && (depth === 64 ? lowA === lowB : lowA >>> (64 - depth) === lowB >>> (64 - depth));
}
