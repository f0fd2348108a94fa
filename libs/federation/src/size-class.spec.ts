import { pack } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packSummary, sizeClass, unpackSummary } from './size-class.js';

describe('size classes', () => {
  it('are powers of two from 512', () => {
    expect([0, 508, 509, 1020, 1021, 100_000].map(sizeClass)).toEqual([512, 512, 1024, 1024, 2048, 131_072]);
  });

  it('a summary comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.oneof(fc.integer(), fc.string({ unit: 'grapheme-ascii' }))),
        (value) => {
          const bytes = packSummary(value as Packable);
          expect(bytes.length).toBe(sizeClass(pack(value as Packable).length));
          expect(unpackSummary(bytes)).toEqual(value);
        },
      ),
    );
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['shorter', (bytes) => bytes.subarray(0, 511)],
    ['a larger class than needed', (bytes) => Uint8Array.from([...bytes, ...new Uint8Array(512)])],
    ['something in the padding', (bytes) => bytes.with(511, 1)],
    ['another length', (bytes) => bytes.with(0, (bytes[0] as number) + 1)],
    ['a length beyond its end', (bytes) => bytes.with(1, 255)],
    ['nothing at all', () => new Uint8Array(0)],
  ])('carry nothing else: %s', (_, change) => {
    expect(() => unpackSummary(change(packSummary({ a: 1 })))).toThrow('KERNEL.NOT_CANONICAL');
  });
});
