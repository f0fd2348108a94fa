import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addFixedPoint, bytesToWords, countWords, decodeFixedPoint, encodeFixedPoint, encodedBytes } from './fixed-point.js';
import { scoreWords, statisticWords, wideWords, wordBytes } from './fixed-point.js';
import type { WordFormat } from './fixed-point.js';

const numRuns = Math.max(1, Math.round(300 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));

const formats: readonly WordFormat[] = [wideWords, statisticWords, scoreWords, countWords];
const fractional: readonly WordFormat[] = [wideWords, statisticWords, scoreWords];
const encode = (format: WordFormat, ...values: number[]) => encodeFixedPoint(Float64Array.from(values), format, 'test.sum@1');
const decode = (format: WordFormat, words: Uint32Array) => [...decodeFixedPoint(words, format)];
/** Values of one site must stay below this. */
const limitOf = ({ limbs, fractionLimbs }: WordFormat) => 2 ** (32 * (limbs - fractionLimbs) - 11);
const fractionBits = ({ fractionLimbs }: WordFormat) => 32 * fractionLimbs;

/** The slow twin: a double as an exact ratio, mantissa x 2^exponent. */
function exactly(value: number): { mantissa: bigint; exponent: number } {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(Math.abs(value));
  const raw = bits.readBigUInt64BE();
  const biased = Number(raw >> 52n);
  const fraction = raw & ((1n << 52n) - 1n);
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: value < 0 ? -mantissa : mantissa, exponent: Math.max(1, biased) - 1075 };
}

/** A double in units of the last fraction bit, rounded half away from zero. */
function slowEncode(value: number, format: WordFormat): bigint {
  const { mantissa, exponent } = exactly(value);
  const shift = BigInt(exponent + fractionBits(format));
  if (shift >= 0n) return mantissa << shift;
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  const rounded = (magnitude + (1n << (-shift - 1n))) >> -shift;
  return mantissa < 0n ? -rounded : rounded;
}

/** Words as one signed integer each. */
function toIntegers(words: Uint32Array, { limbs }: WordFormat): bigint[] {
  return Array.from({ length: words.length / limbs }, (_, i) => {
    let value = 0n;
    for (let k = limbs - 1; k >= 0; k--) value = (value << 32n) | BigInt(words[i * limbs + k] as number);
    return BigInt.asIntN(32 * limbs, value);
  });
}

/** |double - integer x 2^-fractionBits| in units of 2^-1074, exact. */
function distance(value: number, integer: bigint, format: WordFormat): bigint {
  const { mantissa, exponent } = exactly(value);
  const difference = (mantissa << BigInt(exponent + 1074)) - (integer << BigInt(1074 - fractionBits(format)));
  return difference < 0n ? -difference : difference;
}

/** Doubles of any size that a format takes, small ones and powers of two included. */
function valuesOf(format: WordFormat): fc.Arbitrary<number> {
  const limit = limitOf(format);
  const mantissa = fc.double({ min: -1, max: 1, noNaN: true });
  const scaled = fc.tuple(mantissa, fc.integer({ min: -140, max: Math.log2(limit) - 1 })).map(([m, e]) => m * 2 ** e);
  const powers = fc.tuple(fc.constantFrom(1, -1), fc.integer({ min: -140, max: Math.log2(limit) - 1 })).map(([s, e]) => s * 2 ** e);
  const any = fc.oneof(scaled, powers, fc.constantFrom(0, -0, 5e-324, 0.1, -1 / 3, 2 ** 53 - 1));
  return (format.fractionLimbs === 0 ? any.map(Math.round) : any).filter((x) => Math.abs(x) < limit);
}

describe.each(formats.map((format) => [format.name, format] as const))('%s words', (_, format) => {
  it('hold exactly what integer arithmetic says: rounded half away from zero at the last fraction bit', () => {
    fc.assert(
      fc.property(fc.array(valuesOf(format), { maxLength: 8 }), (values) => {
        expect(toIntegers(encode(format, ...values), format)).toEqual(values.map((value) => slowEncode(value, format)));
      }),
      { numRuns },
    );
  });

  it('give representable values back to the bit, others within half a unit', () => {
    fc.assert(
      fc.property(valuesOf(format), (value) => {
        const words = encode(format, value);
        const [back] = decode(format, words) as [number];
        const halfUnit = 1n << BigInt(1074 - fractionBits(format) - 1);
        const [integer] = toIntegers(words, format) as [bigint];
        expect(distance(value, integer, format) <= halfUnit).toBe(true);
        if (distance(value, integer, format) === 0n) expect(back + 0).toBe(value + 0);
        expect(Math.abs(back - value)).toBeLessThanOrEqual(2 ** -(fractionBits(format) + 1));
      }),
      { numRuns },
    );
  });

  it('decode integers of any size to within one unit in the last place of the double', () => {
    const bound = (1n << BigInt(32 * format.limbs - 1)) - 1n;
    fc.assert(
      fc.property(fc.bigInt({ min: -bound, max: bound }), fc.nat(32 * format.limbs - 1), (integer, shift) => {
        const value = integer >> BigInt(shift);
        const words = new Uint32Array(format.limbs);
        for (let k = 0; k < format.limbs; k++) words[k] = Number((value >> BigInt(32 * k)) & 0xffffffffn);
        const [decoded] = decode(format, words) as [number];
        const { exponent } = exactly(decoded);
        expect(distance(decoded, value, format) <= 1n << BigInt(exponent + 1074)).toBe(true);
        // Symmetric, so that a total does not lean to one side.
        const opposite = new Uint32Array(format.limbs);
        for (let k = 0; k < format.limbs; k++) opposite[k] = Number((-value >> BigInt(32 * k)) & 0xffffffffn);
        expect(decode(format, opposite)[0]).toBe(0 - decoded);
      }),
      { numRuns },
    );
  });

  it('add like integers, and to the same bits in any order', () => {
    const vectors = fc.array(fc.array(valuesOf(format), { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(vectors, fc.infiniteStream(fc.nat()), (sites, keys) => {
        const terms = sites.map((values) => ({ words: encode(format, ...values), key: keys.next().value as number }));
        const add = (list: readonly { words: Uint32Array }[]) => {
          const total = new Uint32Array(3 * format.limbs);
          for (const { words } of list) addFixedPoint(total, words, format);
          return total;
        };
        const total = add(terms);
        expect(add([...terms].sort((a, b) => a.key - b.key))).toEqual(total);
        expect(add([...terms].reverse())).toEqual(total);
        expect(toIntegers(total, format)).toEqual(
          [0, 1, 2].map((i) => sites.reduce((sum, values) => sum + slowEncode(values[i] as number, format), 0n)),
        );
      }),
      { numRuns },
    );
  });

  it('refuse a value at the limit on either side, and take the last one below it', () => {
    const limit = limitOf(format);
    const last = limit * (1 - 2 ** -53);
    for (const sign of [1, -1]) {
      expect(decode(format, encode(format, sign * last))).toEqual([sign * last]);
      for (const value of [limit, 2 * limit, Number.MAX_VALUE]) {
        expect(() => encode(format, 0, sign * value)).toThrow(
          expect.objectContaining({
            code: 'FEDERATION.OVERFLOW',
            params: { operation: 'test.sum@1', index: 1, bits: 32 * format.limbs },
          }),
        );
      }
    }
  });

  it('do not wrap when 1024 sites send the largest value there is', () => {
    const last = limitOf(format) * (1 - 2 ** -53);
    for (const sign of [1, -1]) {
      const total = new Uint32Array(format.limbs);
      for (let site = 0; site < 1024; site++) addFixedPoint(total, encode(format, sign * last), format);
      expect(decode(format, total)).toEqual([sign * 1024 * last]);
    }
  });

  it.each([NaN, Infinity, -Infinity])('refuse %s', (value) => {
    expect(() => encode(format, 1, 2, value)).toThrow(
      expect.objectContaining({ code: 'FEDERATION.NOT_FINITE', params: { operation: 'test.sum@1', index: 2 } }),
    );
  });

  it('turn a negative zero into zero', () => {
    expect(encode(format, -0)).toEqual(encode(format, 0));
    expect(Object.is(decode(format, encode(format, -0))[0], 0)).toBe(true);
  });

  it('cancel: a value and its opposite add to nothing', () => {
    fc.assert(
      fc.property(valuesOf(format), (value) => {
        const total = encode(format, value);
        addFixedPoint(total, encode(format, -value), format);
        expect(total.every((word) => word === 0)).toBe(true);
      }),
    );
  });

  it('cross as bytes of the declared number, from any offset', () => {
    const words = encode(format, 1, -2, 3);
    const bytes = wordBytes(words);
    expect(bytes.length).toBe(encodedBytes(format, 3));
    for (let offset = 0; offset < 5; offset++) {
      const larger = new Uint8Array(bytes.length + offset);
      larger.set(bytes, offset);
      expect(bytesToWords(larger.subarray(offset), format, 3, 'test.sum@1', 'H1')).toEqual(words);
    }
    for (const length of [bytes.length - 1, bytes.length + 1, 0]) {
      expect(() => bytesToWords(new Uint8Array(length), format, 3, 'test.sum@1', 'H1')).toThrow(
        expect.objectContaining({ code: 'FEDERATION.BAD_LENGTH', params: expect.objectContaining({ site: 'H1', actual: length }) }),
      );
    }
  });
});

describe('fractions', () => {
  it.each(fractional.map((format) => [format.name, format] as const))('of %s words round half away from zero, ties too', (_, format) => {
    const unit = 2 ** -fractionBits(format);
    const cases: [number, bigint][] = [
      [unit, 1n],
      [unit / 2, 1n],
      [unit * (0.5 - 2 ** -50), 0n],
      [unit * 1.5, 2n],
      [unit * 2.5, 3n],
      [5e-324, 0n],
    ];
    for (const [value, expected] of cases) {
      expect(toIntegers(encode(format, value, -value), format)).toEqual([expected, -expected]);
    }
  });

  it('carry through all limbs', () => {
    const almost = 2 ** 53 - 1;
    const words = encode(statisticWords, almost * 2 ** -10, -almost * 2 ** -10);
    expect(decode(statisticWords, words)).toEqual([almost * 2 ** -10, -almost * 2 ** -10]);
    const total = Uint32Array.of(0xffffffff, 0xffffffff, 0xffffffff, 0);
    addFixedPoint(total, Uint32Array.of(1, 0, 0, 0), statisticWords);
    expect(total).toEqual(Uint32Array.of(0, 0, 0, 1));
  });

  it('have no place in counts', () => {
    for (const value of [0.5, -0.25, 1 + 2 ** -40]) {
      expect(() => encode(countWords, 3, value)).toThrow(
        expect.objectContaining({ code: 'FEDERATION.NOT_A_COUNT', params: { operation: 'test.sum@1', index: 1 } }),
      );
    }
  });
});
