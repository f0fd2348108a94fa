import type { Random } from '@cohortium/kernel';
import { ln } from './special.js';

/**
 * Seeded generator xoshiro128** with SplitMix32 seeding: the same numbers on every machine. Not for secrets.
 * Source: Blackman & Vigna, ACM TOMS 2021, doi 10.1145/3460772.
 * @example new SeededRandom(1).uniform() // a double in [0, 1)
 */
export class SeededRandom implements Random {
  private readonly state = new Uint32Array(4);
  private spare: number | undefined;

  constructor(seed: number) {
    let s = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      s = (s + 0x9e3779b9) >>> 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.state[i] = (z ^ (z >>> 16)) >>> 0;
    }
  }

  /** The next 32 bits, as an unsigned integer. */
  word(): number {
    const s = this.state;
    const [s0, s1, s2, s3] = [s[0] as number, s[1] as number, s[2] as number, s[3] as number];
    const scrambled = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s[2] = s2 ^ s0;
    s[3] = s3 ^ s1;
    s[1] = s1 ^ (s[2] as number);
    s[0] = s0 ^ (s[3] as number);
    s[2] = (s[2] as number) ^ t;
    s[3] = rotate(s[3] as number, 11);
    return scrambled;
  }

  /** Uniform on [0, 1) with 53 bits. */
  uniform(): number {
    return ((this.word() >>> 5) * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }

  /** Uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal by Marsaglia's polar method (doi 10.1137/1006063). */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const r = u * u + v * v;
      if (r <= 0 || r >= 1) continue;
      const factor = Math.sqrt((-2 * ln(r)) / r);
      this.spare = v * factor;
      return u * factor;
    }
  }
}

function rotate(x: number, by: number): number {
  return ((x << by) | (x >>> (32 - by))) >>> 0;
}
