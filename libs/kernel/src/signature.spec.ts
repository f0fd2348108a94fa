import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ed25519Signer, ed25519Verifier } from './signature.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('Ed25519', () => {
  // RFC 8032, section 7.1, tests 1, 2, 3 and "SHA(abc)".
  it.each([
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ])('gives the key and the signature of RFC 8032 for %s', (seed, publicKey, message, signature) => {
    const signer = ed25519Signer(hex(seed));
    expect(toHex(signer.publicKey)).toBe(publicKey);
    expect(toHex(signer.sign(hex(message)))).toBe(signature);
    expect(ed25519Verifier.verify(hex(publicKey), hex(message), hex(signature))).toBe(true);
  });

  it('refuses whatever was changed by one bit', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), bytes, fc.nat(), fc.constantFrom(0, 1, 2), (seed, message, at, what) => {
        const signer = ed25519Signer(seed);
        const parts = [signer.publicKey.slice(), message.slice(), signer.sign(message)] as const;
        expect(ed25519Verifier.verify(...parts)).toBe(true);
        const target = parts[what];
        const bit = at % (target.length * 8);
        target[bit >> 3] = (target[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(ed25519Verifier.verify(...parts)).toBe(false);
      }),
    );
  });

  it('refuses keys of small order, under which one signature fits any message', () => {
    // R = identity, S = 0 verifies under the identity key for every message where nobody looks at the key.
    const identity = hex('0100000000000000000000000000000000000000000000000000000000000000');
    const signature = new Uint8Array(64);
    signature[0] = 1;
    for (const key of [identity, hex('00'.repeat(32)), hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85')])
      for (const text of ['yes', 'no']) expect(ed25519Verifier.verify(key, Buffer.from(text), signature)).toBe(false);
  });

  it('refuses other lengths without throwing, and other seeds by a typed error', () => {
    const { publicKey, sign } = ed25519Signer(new Uint8Array(32).fill(7));
    const message = new Uint8Array(3);
    expect(ed25519Verifier.verify(publicKey.subarray(1), message, sign(message))).toBe(false);
    expect(ed25519Verifier.verify(publicKey, message, sign(message).subarray(1))).toBe(false);
    expect(() => ed25519Signer(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'KERNEL.BAD_SIGNING_KEY' }));
  });
});
