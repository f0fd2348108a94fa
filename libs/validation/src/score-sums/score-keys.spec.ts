import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOfKey, keysOf, samePrefix, scoreOfKey, withBits } from './score-keys.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const keyOf = (x: number) => {
  const { high, low } = keysOf(Float64Array.of(x));
  return [high[0] as number, low[0] as number] as const;
};

describe('keys of scores', () => {
  it('are in the order of the scores', () =>
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [ha, la] = keyOf(a);
        const [hb, lb] = keyOf(b);
        const order = ha - hb || la - lb;
        expect(Math.sign(order)).toBe(a === b ? 0 : a < b ? -1 : 1);
      }),
    ));

  it('give the score back, both zeros as 0', () => {
    fc.assert(
      fc.property(finite, (x) => {
        expect(scoreOfKey(...keyOf(x))).toBe(x === 0 ? 0 : x);
      }),
    );
    expect(keyOf(-0)).toEqual(keyOf(0));
  });

  it('are rebuilt from their bits, a few at a time', () =>
    fc.assert(
      fc.property(finite, fc.integer({ min: 1, max: 12 }), (x, most) => {
        const [high, low] = keyOf(x);
        let built = [0, 0] as readonly [number, number];
        for (let depth = 0; depth < 64;) {
          const width = Math.min(most, 32 - (depth % 32));
          built = withBits(...built, depth, width, bitsOfKey(high, low, depth, width));
          depth += width;
          expect(samePrefix(...built, high, low, depth)).toBe(true);
        }
        expect(built).toEqual([high, low]);
      }),
    ));

  it('differ in their prefix from the first bit on that differs', () => {
    const [high, low] = keyOf(0.3);
    expect(samePrefix(high, low, high, (low ^ 1) >>> 0, 63)).toBe(true);
    expect(samePrefix(high, low, high, (low ^ 1) >>> 0, 64)).toBe(false);
    expect(samePrefix(high, low, (high ^ 1) >>> 0, low, 31)).toBe(true);
    expect(samePrefix(high, low, (high ^ 1) >>> 0, low, 32)).toBe(false);
    expect(samePrefix(high, low, 0, 0, 0)).toBe(true);
  });
});
