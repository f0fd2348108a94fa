import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from './app-error.js';
import { sha256 } from './hash.js';
import { Frozen, FrozenStore, equalBytes, frozenParts, pack, unpack } from './pack.js';
import type { Packable } from './pack.js';

const numRuns = Math.max(1, Math.round(150 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));

const keys = fc
  .oneof(fc.nat(200).map(String), fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom('', 'constructor', 'toString', 'length'))
  .filter((key) => !key.startsWith('$') && key !== '__proto__');
// Negative zero is one number with zero in JSON, so it does not come back with its sign.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x));
const vector = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 }).map((list) => Float64Array.from(list));

/** Values that can be packed, frozen parts included. */
const { node: packable } = fc.letrec<{ node: Packable }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    number,
    vector,
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom<Packable>(null, true, false, 0, '', '10', 1e21),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(keys, tie('node'), { maxKeys: 4, noNullPrototype: true }),
    tie('node').map((value) => new Frozen(value)),
  ),
}));

function roundTrip(value: Packable): Packable {
  const parts = frozenParts(value);
  return unpack(pack(value), (hash) => parts.get(hash));
}

/** A packed value with a header of one's own. */
function packed(header: string, ...vectors: number[]): Uint8Array {
  const text = Buffer.from(header, 'utf8');
  const bytes = new Uint8Array(4 + text.length + 8 * vectors.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(new Uint8Array(Float64Array.from(vectors).buffer), 4 + text.length);
  return bytes;
}

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isAppError(error, 'KERNEL.NOT_CANONICAL')) return String(error.params['reason']);
    throw error;
  }
  return 'accepted';
}

describe('pack and unpack', () => {
  it('give any value back', () => {
    fc.assert(
      fc.property(packable, (value) => {
        expect(roundTrip(value)).toEqual(value);
      }),
      { numRuns },
    );
  });

  it('give equal bytes for equal values, whatever the order in which keys were set', () => {
    fc.assert(
      fc.property(fc.dictionary(keys, packable, { maxKeys: 6, noNullPrototype: true }), fc.infiniteStream(fc.nat(99)), (value, order) => {
        const shuffled = Object.fromEntries(
          Object.entries(value)
            .map((entry) => ({ entry, at: order.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ entry }) => entry),
        );
        expect(equalBytes(pack(shuffled), pack(value))).toBe(true);
      }),
      { numRuns },
    );
  });

  it('keep vectors apart under keys that look like integers, which objects list out of order', () => {
    const value = { 10: Float64Array.of(1, 2), 9: Float64Array.of(3), '09': Float64Array.of(4, 5, 6), a: Float64Array.of() };
    const bytes = pack(value);
    expect(roundTrip(value)).toEqual(value);
    expect(Buffer.from(bytes.subarray(4)).toString('latin1')).toMatch(/^\{"09":\{"\$f64":3\},"10":\{"\$f64":2\},"9":\{"\$f64":1\}/);
    const numbers = new Float64Array(bytes.slice(bytes.length - 48).buffer);
    expect([...numbers]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('keep the bits of every finite double in a vector, the sign of zero too', () => {
    const value = Float64Array.of(-0, 0, 5e-324, -Number.MAX_VALUE, 0.1, 2 ** -1074 * 3);
    const back = roundTrip(value) as Float64Array;
    expect(back).toBeInstanceOf(Float64Array);
    expect([...back].map((x) => (Object.is(x, -0) ? '-0' : String(x)))).toEqual(
      [...value].map((x) => (Object.is(x, -0) ? '-0' : String(x))),
    );
  });

  it('read bytes at any offset', () => {
    const bytes = pack({ a: Float64Array.of(0.5, -3), b: 'x' });
    for (let offset = 0; offset < 9; offset++) {
      const larger = new Uint8Array(bytes.length + offset);
      larger.set(bytes, offset);
      expect(unpack(larger.subarray(offset))).toEqual({ a: Float64Array.of(0.5, -3), b: 'x' });
    }
  });

  it('never read changed bytes as something that packs to other bytes', () => {
    fc.assert(
      fc.property(packable, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, where, flip) => {
        const parts = frozenParts(value);
        const bytes = pack(value);
        bytes[where % bytes.length] = (bytes[where % bytes.length] as number) ^ flip;
        let read: Packable;
        try {
          read = unpack(bytes, (hash) => parts.get(hash));
        } catch (error) {
          expect(isAppError(error, 'KERNEL.NOT_CANONICAL')).toBe(true);
          return;
        }
        expect(equalBytes(pack(read), bytes)).toBe(true);
      }),
      { numRuns: 4 * numRuns },
    );
  });

  it('refuse any beginning of a value, and anything behind it', () => {
    const bytes = pack({ a: Float64Array.of(1, 2), b: [true, null] });
    for (let length = 0; length < bytes.length; length++) expect(refusal(() => unpack(bytes.subarray(0, length)))).not.toBe('accepted');
    expect(refusal(() => unpack(new Uint8Array([...bytes, 0])))).toBe('bytes after the packed value');
  });

  it.each([
    ['another order of keys', packed('{"b":1,"a":2}'), 'another form of the same value'],
    ['spaces', packed('{ "a":1}'), 'another form of the same value'],
    ['another notation of a number', packed('1.0'), 'another form of the same value'],
    ['an escape that is not needed', packed('"\\u0061"'), 'another form of the same value'],
    ['a byte order mark', packed('\ufeff1'), 'another form of the same value'],
    ['a key that stands twice', packed('{"a":1,"a":1}'), 'another form of the same value'],
    ['a vector with more than its length', packed('{"$f64":1,"x":1}', 5), 'another form of the same value'],
    ['a vector of negative length', packed('{"$f64":-1}', 5), 'vector longer than the value'],
    ['a vector of no number of elements', packed('{"$f64":"1"}', 5), 'vector longer than the value'],
    ['a vector longer than the bytes', packed('{"$f64":2}', 5), 'vector longer than the value'],
    ['a vector of astronomic length', packed('{"$f64":9007199254740991}', 5), 'vector longer than the value'],
    ['a vector with NaN', packed('{"$f64":1}', NaN), 'vector element 0 is not finite'],
    ['a vector with infinity', packed('{"$f64":2}', 0, -Infinity), 'vector element 1 is not finite'],
    ['a key with a dollar sign', packed('{"$x":1}'), 'key that starts with $'],
    ['a prototype', packed('{"__proto__":{"a":1}}'), 'key __proto__'],
    ['a frozen part that nobody has', packed(`{"$ref":"${'0'.repeat(64)}"}`), 'frozen part without content'],
    ['a frozen part without a hash', packed('{"$ref":1}'), 'frozen part without content'],
    ['nesting without end', packed('['.repeat(100_000) + ']'.repeat(100_000)), 'nested too deeply'],
    ['no JSON', packed('{'), 'packed header is not JSON'],
    ['no UTF-8', Uint8Array.of(2, 0, 0, 0, 0xff, 0xfe), 'packed header is not JSON'],
    ['a header longer than the value', Uint8Array.of(9, 0, 0, 0, 0x31), 'packed header longer than the value'],
  ])('refuse %s', (_, bytes, reason) => {
    expect(refusal(() => unpack(bytes))).toBe(reason);
  });

  it.each([
    ['NaN', NaN],
    ['infinity in a list', [1, Infinity]],
    ['NaN in a vector', { a: Float64Array.of(1, NaN) }],
    ['a key with a dollar sign', { $f64: 1 }],
    ['a prototype given as a key', JSON.parse('{"__proto__":5,"a":1}') as Packable],
    ['a lone surrogate', 'x\ud800'],
    ['a date', new Date(0) as unknown as Packable],
    ['a function', (() => 1) as unknown as Packable],
    ['a big integer', 1n as unknown as Packable],
  ])('refuse to write %s', (_, value) => {
    expect(refusal(() => pack(value))).not.toBe('accepted');
  });

  it('leaves members out that are undefined', () => {
    expect(equalBytes(pack({ a: 1, b: undefined } as unknown as Packable), pack({ a: 1 }))).toBe(true);
  });
});

describe('frozen parts', () => {
  const inner = new Frozen<Packable>({ weights: Float64Array.of(1, 2, 3) });
  const outer = new Frozen<Packable>({ inner, name: 'outer' });

  it('are named by the hash of their content', () => {
    expect(inner.hash).toBe(sha256(pack({ weights: Float64Array.of(1, 2, 3) })));
    expect(outer.hash).not.toBe(new Frozen<Packable>({ inner: new Frozen<Packable>(1), name: 'outer' }).hash);
  });

  it('cross once, nested ones too, and come back equal', () => {
    const value = { a: outer, b: [outer, inner] };
    expect([...frozenParts(value).keys()].sort()).toEqual([inner.hash, outer.hash].sort());
    expect(pack(value).length).toBeLessThan(3 * 64 + 60);
    expect(roundTrip(value)).toEqual(value);
  });

  it('are refused with the content of another hash', () => {
    expect(refusal(() => unpack(pack(inner), () => outer.bytes))).toBe('frozen part with the content of another hash');
    const store = new FrozenStore();
    store.set(inner.hash, pack({ weights: Float64Array.of(1, 2, 4) }));
    expect(refusal(() => unpack(pack({ a: inner }), store.resolve))).toBe('frozen part with the content of another hash');
  });

  it('are refused when they claim to hold themselves', () => {
    const hash = sha256('x');
    const store = new FrozenStore();
    store.set(hash, packed(`{"$ref":"${hash}"}`));
    expect(refusal(() => unpack(packed(`{"$ref":"${hash}"}`), store.resolve))).toBe('frozen part with the content of another hash');
  });

  it('are unpacked once by a store, whatever the order of arrival', () => {
    const store = new FrozenStore();
    store.set(outer.hash, outer.bytes);
    store.set(inner.hash, inner.bytes);
    const first = unpack(pack({ a: outer }), store.resolve) as { a: Frozen<{ inner: unknown }> };
    const second = unpack(pack([outer, inner]), store.resolve) as readonly unknown[];
    expect(second[0]).toBe(first.a);
    expect(second[1]).toBe(first.a.value.inner);
    store.clear();
    expect(refusal(() => unpack(pack(inner), store.resolve))).toBe('frozen part without content');
  });
});
