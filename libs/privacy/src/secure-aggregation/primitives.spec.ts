import { addFixedPoint, subtractFixedPoint, wordBytes } from '@cohortium/federation';
import type { WordFormat } from '@cohortium/federation';
import { seededSecrets } from '@cohortium/testkit';
import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newSigner, rosterOf, signerOf } from './ed25519.js';
import { fromHex, hex } from './encoding.js';
import { fieldPrime, invert, readElement, reduce, writeElement } from './field.js';
import { agreementOf, deriveKey, isUsablePublicKey, newSecretKey, publicKeyOf } from './key-agreement.js';
import { addKeystreams } from './keystream.js';
import { ShareJoiner, splitSecret } from './shamir.js';
import { openShares, sealShares } from './share-box.js';

const bytes = (text: string): Uint8Array => fromHex(text, text.length / 2) as Uint8Array;
const element = fc.bigInt({ min: 0n, max: fieldPrime - 1n });
const random = seededSecrets('primitives');

describe('the field', () => {
  it('has a prime order (Miller and Rabin, 40 bases) just below 2^256', () => {
    const power = (base: bigint, exponent: bigint): bigint => {
      let [result, square] = [1n, base % fieldPrime];
      for (let rest = exponent; rest > 0n; rest >>= 1n) {
        if (rest & 1n) result = (result * square) % fieldPrime;
        square = (square * square) % fieldPrime;
      }
      return result;
    };
    let [odd, twos] = [fieldPrime - 1n, 0];
    while ((odd & 1n) === 0n) [odd, twos] = [odd >> 1n, twos + 1];
    for (let base = 2n; base < 42n; base++) {
      let x = power(base, odd);
      let passes = x === 1n || x === fieldPrime - 1n;
      for (let i = 1; i < twos && !passes; i++) {
        x = (x * x) % fieldPrime;
        passes = x === fieldPrime - 1n;
      }
      expect(passes).toBe(true);
    }
    expect(fieldPrime.toString(2)).toHaveLength(256);
  });

  it('reads 32 bytes below the prime, and no others', () => {
    expect(readElement(writeElement(fieldPrime - 1n))).toBe(fieldPrime - 1n);
    expect(readElement(bytes(fieldPrime.toString(16)))).toBeUndefined();
    expect(readElement(new Uint8Array(31))).toBeUndefined();
  });

  it('inverts', () => {
    fc.assert(fc.property(element, (a) => void expect(a === 0n || reduce(a * invert(a)) === 1n).toBe(true)));
    expect(() => invert(0n)).toThrow(RangeError);
  });
});

describe('shares', () => {
  const setting = fc.integer({ min: 1, max: 12 }).chain((count) =>
    fc.record({
      secret: element,
      count: fc.constant(count),
      threshold: fc.integer({ min: 1, max: count }),
      order: fc.shuffledSubarray(Array.from({ length: count }, (_, i) => i + 1)),
    }),
  );

  it('give the secret from any threshold of them, and agree', () => {
    fc.assert(
      fc.property(setting, ({ secret, count, threshold, order }) => {
        const shares = splitSecret(secret, threshold, count, random);
        if (order.length < threshold) {
          expect(() => new ShareJoiner(order, threshold)).toThrow(RangeError);
          return;
        }
        const joiner = new ShareJoiner(order, threshold);
        const some = order.map((place) => shares[place - 1] as bigint);
        expect(joiner.secret(some)).toBe(secret);
        expect(joiner.agrees(some)).toBe(true);
      }),
    );
  });

  it('that are more than the threshold show a changed one, whichever it is', () => {
    fc.assert(
      fc.property(setting, fc.nat(), element, ({ secret, count, threshold }, which, off) => {
        fc.pre(count > threshold && off !== 0n);
        const shares = splitSecret(secret, threshold, count, random);
        const at = which % count;
        shares[at] = reduce((shares[at] as bigint) + off);
        const places = shares.map((_, i) => i + 1);
        expect(new ShareJoiner(places, threshold).agrees(shares)).toBe(false);
      }),
    );
  });

  it('below the threshold fit every secret', () => {
    const shares = splitSecret(5n, 3, 4, random).slice(0, 2);
    // For any other secret there is a third share with which these two give it.
    const other = 77n;
    const joiner = new ShareJoiner([1, 2, 3], 3);
    const [zero, one] = [joiner.secret([...shares, 0n]), joiner.secret([...shares, 1n])];
    const third = reduce((other - zero) * invert(one - zero));
    expect(joiner.secret([...shares, third])).toBe(other);
  });
});

describe('X25519', () => {
  it('agrees with the vectors of RFC 7748 section 5.2', () => {
    const scalar = bytes('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
    const point = bytes('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
    expect(hex(agreementOf(scalar)(point) as Uint8Array)).toBe('c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552');
  });

  it('gives both ends the same secret, and another one with every other key', () => {
    const [a, b, c] = [newSecretKey(random), newSecretKey(random), newSecretKey(random)];
    const shared = agreementOf(a)(publicKeyOf(b));
    expect(agreementOf(b)(publicKeyOf(a))).toEqual(shared);
    expect(agreementOf(a)(publicKeyOf(c))).not.toEqual(shared);
  });

  it('refuses points of low order, forms above the prime, and other lengths', () => {
    const little = (value: bigint): Uint8Array => bytes(value.toString(16).padStart(64, '0')).reverse();
    const prime = 2n ** 255n - 19n;
    const low = [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ].map(bytes);
    const above = [prime, prime + 1n, prime + 9n, 2n ** 255n + 9n].map(little);
    for (const key of [...low, ...above, new Uint8Array(31), new Uint8Array(33)]) {
      expect(isUsablePublicKey(key)).toBe(false);
      expect(agreementOf(newSecretKey(random))(key)).toBeUndefined();
    }
    expect(isUsablePublicKey(little(9n))).toBe(true);
  });
});

describe('derived keys and keystreams', () => {
  it('HKDF-SHA256 is that of RFC 5869, written out', () => {
    const [ikm, salt, info] = [random.bytes(32), random.bytes(32), random.bytes(40)];
    const prk = createHmac('sha256', salt).update(ikm).digest();
    const expected = createHmac('sha256', prk).update(info).update(Uint8Array.of(1)).digest();
    expect(hex(deriveKey(ikm, salt, info))).toBe(expected.toString('hex'));
  });

  it('AES-256-CTR from counter zero has its known first block', () => {
    // AES-256 of a zero block under a zero key (FIPS 197; NIST AESAVS, GFSbox/KeySbox zero case).
    const words = new Uint32Array(4);
    addKeystreams(words, { name: 'wide', limbs: 1, fractionLimbs: 0 }, [{ key: new Uint8Array(32), sign: 1 }]);
    expect(hex(wordBytes(words))).toBe('dc95c078a2408989ad48a21492842087');
  });

  it('needs keys of 32 bytes', () => {
    expect(() =>
      addKeystreams(new Uint32Array(4), { name: 'wide', limbs: 1, fractionLimbs: 0 }, [{ key: new Uint8Array(4), sign: 1 }]),
    ).toThrow();
  });

  it('cancels against itself, whatever the length, the width and the pieces', () => {
    const sizes = [1, 3, 2047, 2048, 2049, 9000];
    for (const limbs of [1, 2, 4, 8]) {
      const format: WordFormat = { name: 'wide', limbs, fractionLimbs: 0 };
      for (const length of sizes) {
        const original = new Uint32Array(random.bytes(4 * limbs * length).slice().buffer);
        const words = original.slice();
        const [a, b] = [random.bytes(32), random.bytes(32)];
        addKeystreams(words, format, [
          { key: a, sign: 1 },
          { key: b, sign: -1 },
        ]);
        expect(words).not.toEqual(original);
        addKeystreams(words, format, [{ key: b, sign: 1 }]);
        addKeystreams(words, format, [{ key: a, sign: -1 }]);
        expect(words).toEqual(original);
      }
    }
  });

  it('subtraction undoes addition', () => {
    fc.assert(
      fc.property(fc.uint32Array({ minLength: 8, maxLength: 8 }), fc.uint32Array({ minLength: 8, maxLength: 8 }), (a, b) => {
        const format: WordFormat = { name: 'wide', limbs: 4, fractionLimbs: 2 };
        const words = a.slice();
        addFixedPoint(words, b, format);
        subtractFixedPoint(words, b, format);
        expect(words).toEqual(a);
      }),
    );
  });
});

describe('boxes', () => {
  const [key, aad] = [random.bytes(32), random.bytes(50)];
  const shares = [
    { maskKey: 5n, seed: fieldPrime - 1n },
    { maskKey: 0n, seed: 1n },
  ];

  it('open for their ends only, and not when a bit has changed', () => {
    const box = sealShares(key, aad, shares, random);
    expect(openShares(key, aad, box, 2)).toEqual(shares);
    expect(openShares(random.bytes(32), aad, box, 2)).toBeUndefined();
    expect(openShares(key, random.bytes(50), box, 2)).toBeUndefined();
    expect(openShares(key, aad, box, 1)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat({ max: 8 * box.length - 1 }), (bit) => {
        const changed = box.slice();
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(openShares(key, aad, changed, 2)).toBeUndefined();
      }),
    );
  });
});

describe('Ed25519', () => {
  it('agrees with the first vector of RFC 8032 section 7.1', () => {
    const signer = signerOf(bytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'));
    expect(signer.publicKey).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(hex(signer.sign(new Uint8Array(0)))).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('verifies what the pinned key signed, and nothing else', () => {
    const [signer, other] = [newSigner(random), newSigner(random)];
    const roster = rosterOf(new Map([['A' as never, signer.publicKey]]));
    const message = random.bytes(10);
    expect(roster.verify('A' as never, message, signer.sign(message))).toBe(true);
    expect(roster.verify('A' as never, message, other.sign(message))).toBe(false);
    expect(roster.verify('B' as never, message, signer.sign(message))).toBe(false);
    expect(roster.verify('A' as never, message, new Uint8Array(3))).toBe(false);
    expect(roster.signingKey('B' as never)).toBeUndefined();
  });
});
