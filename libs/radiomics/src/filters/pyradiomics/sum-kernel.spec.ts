import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { PlainSums } from './line-sums.js';
import { sumKernel } from './sum-kernel.js';
import type { SumKernel } from './sum-kernel.js';

const random = new SeededRandom(5);
const noise = (length: number) => Float64Array.from({ length }, () => 1000 * random.normal());

/** Sums of two lines by the kernel and by its slow twin. */
function both(
  values: Float64Array,
  weights: Float64Array,
  count: number,
  step: number,
  first: number,
  second: number,
): [number[], number[]] {
  const kernel = sumKernel() as SumKernel;
  const place = kernel.load(values, weights, count) as number;
  const blocks = weights.length / (4 * count);
  kernel.sum(place + 8 * first, place + 8 * second, 8 * step, count, blocks);
  const plain = new PlainSums(values, { start: 0, count, step, lines: 2, line: 1, groups: 1, group: 0 }, weights);
  plain.sum(first, second);
  return [[...kernel.sums.subarray(0, 8 * blocks)], [...plain.sums]];
}

describe('sums of lines in WebAssembly', () => {
  it.each([
    [1, 1],
    [2, 1],
    [7, 3],
    [45, 2],
    [300, 6],
    [2700, 6],
  ])('have the bits of the same loop in the language: %s values, %s blocks of answers', (count, blocks) => {
    const step = 3;
    const values = noise(step * count + 11);
    const [found, wanted] = both(values, noise(4 * count * blocks), count, step, 2, 10);
    expect(found).toEqual(wanted);
  });

  it('take the values of one large block after another, and again', () => {
    const [one, other] = [noise(50_000), noise(120_000)];
    const weights = noise(4 * 2 * 20);
    for (const values of [one, other, one, one.subarray(0, 40_000), other]) {
      const [found, wanted] = both(values, weights, 20, 1500, 1, 4321);
      expect(found).toEqual(wanted);
    }
  });

  it('leave to the language what does not fit', () => {
    const kernel = sumKernel() as SumKernel;
    expect(kernel.load(new Float64Array(2 ** 23 + 1), noise(8), 2)).toBeUndefined();
    expect(kernel.load(noise(10), new Float64Array(2 ** 16 + 4), 2 ** 14 + 1)).toBeUndefined();
    expect(kernel.load(noise(10), new Float64Array(4 * 129), 1)).toBeUndefined();
  });
});
