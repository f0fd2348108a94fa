import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from './random.js';
import { normalCdf } from './special.js';

/** The slow twin: xoshiro128** as its paper prints it (Blackman & Vigna 2021, doi 10.1145/3460772), in big integers. */
function slowUniform(seed: number): () => number {
  const word = (x: bigint) => BigInt.asUintN(32, x);
  const rotate = (x: bigint, by: bigint) => word((x << by) | (x >> (32n - by)));
  let state = word(BigInt(seed));
  const s = [0, 1, 2, 3].map(() => {
    state = word(state + 0x9e3779b9n);
    let z = state;
    z = word((z ^ (z >> 16n)) * 0x85ebca6bn);
    z = word((z ^ (z >> 13n)) * 0xc2b2ae35n);
    return z ^ (z >> 16n);
  }) as [bigint, bigint, bigint, bigint];
  const next = () => {
    const result = word(rotate(word(s[1] * 5n), 7n) * 9n);
    const t = word(s[1] << 9n);
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
    return result;
  };
  return () => Number(((next() >> 5n) << 26n) | (next() >> 6n)) / 2 ** 53;
}

describe('SeededRandom', () => {
  it('is xoshiro128** to the bit, for any seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (seed) => {
        const fast = new SeededRandom(seed);
        const slow = slowUniform(seed);
        for (let i = 0; i < 20; i++) expect(fast.uniform()).toBe(slow());
      }),
    );
  });

  // Recorded from this generator after it had passed the tests below: they must never move, since cohorts are made from them.
  it.each([
    [
      0,
      [0.8868539502021594, 0.012474988946590604, 0.032522145755498943, 0.024408060085556516],
      [0.12177618600477014, 0.49342493394909925, -0.5381877552332646, 1.6753298369058043],
    ],
    [
      1,
      [0.5686059948349658, 0.8893939367683266, 0.4705824180198359, 0.35296769838967534],
      [0.1681321120958473, 0.9542843185011038, -0.43060011100390955, -2.1521865881858235],
    ],
    [
      20260101,
      [0.7353227631347607, 0.062007964473888455, 0.881675142982102, 0.01745501653703041],
      [0.07085856392313614, -0.13188476216123043, 0.7103084510426707, 0.12008106004127432],
    ],
    [
      4294967295,
      [0.19461841469507213, 0.5485967281391287, 0.2282790634437124, 0.856209721965931],
      [-1.3691942349566795, 0.2178859604105225, -0.4019053010782091, 0.5268735540518286],
    ],
  ])('gives known numbers for seed %i', (seed, uniforms, normals) => {
    const random = new SeededRandom(seed);
    expect(uniforms.map(() => random.uniform())).toEqual(uniforms);
    const other = new SeededRandom(seed);
    expect(normals.map(() => other.normal())).toEqual(normals);
  });

  it('takes seeds modulo 2^32', () => {
    expect(new SeededRandom(2 ** 32 + 5).uniform()).toBe(new SeededRandom(5).uniform());
    expect(new SeededRandom(-1).uniform()).toBe(new SeededRandom(0xffffffff).uniform());
  });

  it('is uniform on [0, 1): chi-square over 64 cells, pairs over 16 x 16, mean and variance', () => {
    const random = new SeededRandom(7);
    const n = 65_536;
    const draws = Array.from({ length: n }, () => random.uniform());
    expect(draws.every((u) => u >= 0 && u < 1)).toBe(true);
    const chiSquare = (cells: number[], expected: number) => cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    const single = new Array<number>(64).fill(0);
    const pairs = new Array<number>(256).fill(0);
    draws.forEach((u, i) => {
      single[Math.floor(64 * u)]! += 1;
      if (i % 2 === 1) pairs[16 * Math.floor(16 * u) + Math.floor(16 * (draws[i - 1] as number))]! += 1;
    });
    // Five standard deviations around the mean of a chi-square with k degrees of freedom (k, 2 k).
    expect(Math.abs(chiSquare(single, n / 64) - 63)).toBeLessThan(5 * Math.sqrt(2 * 63));
    expect(Math.abs(chiSquare(pairs, n / 512) - 255)).toBeLessThan(5 * Math.sqrt(2 * 255));
    const mean = draws.reduce((sum, u) => sum + u, 0) / n;
    const variance = draws.reduce((sum, u) => sum + (u - mean) ** 2, 0) / n;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
  });

  it('uses all 53 bits', () => {
    const random = new SeededRandom(3);
    let or = 0n;
    let and = (1n << 53n) - 1n;
    for (let i = 0; i < 200; i++) {
      const bits = BigInt(random.uniform() * 2 ** 53);
      or |= bits;
      and &= bits;
    }
    expect([or, and]).toEqual([(1n << 53n) - 1n, 0n]);
  });

  it('below(bound) covers 0 to bound - 1 evenly', () => {
    const random = new SeededRandom(11);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(10_000 * (6 / 7)));
    expect(random.below(1)).toBe(0);
  });

  it('normal() is standard normal: Kolmogorov-Smirnov, and no correlation between the two of a pair', () => {
    const random = new SeededRandom(13);
    const n = 20_000;
    const draws = Array.from({ length: n }, () => random.normal());
    const sorted = [...draws].sort((a, b) => a - b);
    const gap = Math.max(...sorted.map((x, i) => Math.abs(normalCdf(x, 0, 1) - (i + 0.5) / n)));
    // P(D > 2 / sqrt(n)) is about 7e-4.
    expect(gap).toBeLessThan(2 / Math.sqrt(n));
    let correlation = 0;
    for (let i = 0; i < n; i += 2) correlation += (draws[i] as number) * (draws[i + 1] as number);
    expect(Math.abs(correlation / (n / 2))).toBeLessThan(5 / Math.sqrt(n / 2));
  });
});
