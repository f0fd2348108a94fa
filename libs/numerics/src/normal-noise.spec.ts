import { describe, expect, it } from 'vitest';
import { normalNoise } from './normal-noise.js';
import { SeededRandom } from './random.js';
import { normalCdf } from './special.js';

describe('normalNoise', () => {
  const count = 200_000;
  const random = new SeededRandom(5);
  const drawn = Float64Array.from({ length: count }, () => normalNoise(random)).sort();

  it('follows the normal distribution (Kolmogorov-Smirnov at 0.1 %)', () => {
    let most = 0;
    drawn.forEach((x, at) => {
      const expected = normalCdf(x, 0, 1);
      most = Math.max(most, Math.abs(expected - at / count), Math.abs(expected - (at + 1) / count));
    });
    // The quantile of the Kolmogorov distribution at 0.999 is 1.95.
    expect(most).toBeLessThan(1.95 / Math.sqrt(count));
  });

  it('has the right tails and is not correlated in sequence', () => {
    const beyond = drawn.filter((x) => Math.abs(x) > 3.442619855899).length;
    // Expected 115; six standard deviations are 64.
    expect(Math.abs(beyond - 2 * count * normalCdf(-3.442619855899, 0, 1))).toBeLessThan(64);
    const fresh = new SeededRandom(9);
    let product = 0;
    let last = normalNoise(fresh);
    for (let n = 0; n < count; n++) {
      const next = normalNoise(fresh);
      product += last * next;
      last = next;
    }
    expect(Math.abs(product / count)).toBeLessThan(5 / Math.sqrt(count));
  });

  it('gives the same values for the same seed', () => {
    const take = () => {
      const own = new SeededRandom(1);
      return [normalNoise(own), normalNoise(own), normalNoise(own)];
    };
    expect(take()).toEqual(take());
  });
});
