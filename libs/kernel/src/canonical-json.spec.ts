import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';
import { hashJson, sha256 } from './hash.js';

// The examples are those of RFC 8785 (JSON Canonicalization Scheme), sections 3.2.2 to 3.2.4 and appendix B.
describe('canonicalJson', () => {
  it('prints the sample of section 3.2.2 as section 3.2.3 does', () => {
    const sample = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],` +
        String.raw`"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    ) as unknown;
    expect(canonicalJson(sample)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('gives the UTF-8 bytes of section 3.2.4', () => {
    const bytes = Buffer.from(canonicalJson({ literals: [null, true, false], string: '€$' }), 'utf8').toString('hex');
    expect(bytes).toContain('22737472696e67223a22e282ac24227d');
  });

  it('sorts keys by UTF-16 code units, as in section 3.2.3', () => {
    const keys = {
      '€': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '😀': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(canonicalJson(keys).replace(/"[^"]*":"([^"]*)"/g, '$1')).toBe(
      '{Carriage Return,One,Control,Latin Small Letter O With Diaeresis,Euro Sign,Emoji: Grinning Face,Hebrew Letter Dalet With Dagesh}',
    );
  });

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('prints the double %s of appendix B as %s', (hex, text) => {
    expect(canonicalJson(Buffer.from(hex, 'hex').readDoubleBE())).toBe(text);
  });

  it.each([
    ['NaN (appendix B)', NaN],
    ['infinity (appendix B)', { a: [-Infinity] }],
    ['a lone surrogate (section 3.2.2.2)', { a: '\udead' }],
    ['a lone surrogate in a key', { 'a\ud83d': 1 }],
    ['undefined', undefined],
    ['undefined in a list', [1, undefined]],
    ['a hole in a list', [, 1]],
    ['a big integer', 1n],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a vector', Float64Array.of(1)],
    ['a symbol', Symbol('x')],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'KERNEL.NOT_CANONICAL' }));
  });

  it('says where the trouble is', () => {
    expect(() => canonicalJson({ a: [{ b: NaN }] })).toThrow('$.a[0].b');
  });

  it('keeps a member called __proto__, and takes emoji for what they are', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"b":1,"a":"😀"}}'))).toBe('{"__proto__":{"a":"😀","b":1}}');
  });

  it.each([
    ['keys that look like array indices, which engines move to the front', { '10': 1, '9': 2, a: 3 }, '{"10":1,"9":2,"a":3}'],
    ['the same inside what is in order', { a: [{ '2': 0, '10': 0 }], b: 1 }, '{"a":[{"10":0,"2":0}],"b":1}'],
    ['members without a value', { a: undefined, b: [{ c: undefined }] }, '{"b":[{}]}'],
    ['the same out of order', { b: undefined, a: { z: 1, y: undefined, x: [] } }, '{"a":{"x":[],"z":1}}'],
    ['negative zero', { b: -0, a: [-0] }, '{"a":[0],"b":0}'],
    ['a member named toJSON, which is no function', { toJSON: 1, a: 2 }, '{"a":2,"toJSON":1}'],
    ['an object without prototype', Object.assign(Object.create(null) as object, { b: 1, a: 2 }), '{"a":2,"b":1}'],
  ])('prints %s', (_, value, text) => expect(canonicalJson(value)).toBe(text));

  // The independent twin is the package of the authors of RFC 8785; names and strings are drawn from what engines and escapes treat apart.
  const nastyText = fc.oneof(
    fc.constantFrom('', '0', '9', '10', '4294967294', '4294967295', '-1', '01', '1e3', '__proto__', 'constructor', 'toString', 'length'),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
    fc.string({
      unit: fc.constantFrom('"', '\\', '/', '\u0000', '\b', '\u001f', '\u007f', '\u2028', '€', '\ufb33', '\uffff', '😀'),
      maxLength: 4,
    }),
  );
  const nastyNumber = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(-0, 5e-324, 1e21, 1e-7, 2 ** 53, -(2 ** 53), 1.7976931348623157e308, 0.1 + 0.2),
  );
  const { nasty } = fc.letrec<{ nasty: unknown }>((tie) => ({
    nasty: fc.oneof(
      { depthSize: 'medium' },
      nastyText,
      nastyNumber,
      fc.constantFrom(null, true, false),
      fc.array(tie('nasty'), { maxLength: 4 }),
      fc.uniqueArray(fc.tuple(nastyText, tie('nasty')), { maxLength: 5, selector: ([key]) => key }).map(objectOf),
    ),
  }));

  it('prints what the package of the authors of RFC 8785 prints, whatever the order of the members', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        const text = canonicalJson(value);
        expect(text).toBe(canonicalize(value));
        // Read back, members stand in order, and the engine's own writer does the work.
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('prints one text for one value, from which it can be read back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });
});

/** An object with these members in this order, a member called __proto__ included. */
function objectOf(members: readonly (readonly [string, unknown])[]): object {
  const made = {};
  for (const [key, value] of members) Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true });
  return made;
}

describe('hashes', () => {
  it('are SHA-256 (NIST FIPS 180-2, appendix B.1) of bytes, of texts in UTF-8 and of canonical JSON', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256('abc')).toBe(abc);
    expect(sha256(Uint8Array.of(0x61, 0x62, 0x63))).toBe(abc);
    expect(sha256('€')).toBe(sha256(Uint8Array.of(0xe2, 0x82, 0xac)));
    expect(hashJson({ b: 1, a: [2] })).toBe(sha256('{"a":[2],"b":1}'));
  });
});
