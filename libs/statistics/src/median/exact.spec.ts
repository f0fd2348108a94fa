import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactMedians } from './exact.js';
import type { MedianBracket } from './exact.js';

const numRuns = Math.max(1, Math.round(100 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));

function trueMedian(column: readonly number[]): number {
  const sorted = [...column].sort((a, b) => a - b);
  const at = (rank: number) => sorted[rank - 1] as number;
  return (at(Math.floor((sorted.length + 1) / 2)) + at(Math.ceil((sorted.length + 1) / 2))) / 2;
}

function bracketOf(columns: readonly (readonly number[])[]): MedianBracket {
  const mean = columns.map((column) => (column.length === 0 ? 0 : column.reduce((sum, x) => sum + x, 0) / column.length));
  const sd = columns.map((column, j) =>
    column.length < 2 ? 0 : Math.sqrt(column.reduce((sum, x) => sum + (x - (mean[j] as number)) ** 2, 0) / (column.length - 1)),
  );
  return { observed: Float64Array.from(columns, (c) => c.length), mean: Float64Array.from(mean), sd: Float64Array.from(sd) };
}

/** Medians by asking only how many values are at or below thresholds; counts how often that was. */
async function ask(arms: readonly (readonly (readonly number[])[])[]) {
  let rounds = 0;
  const medians = await exactMedians(arms.map(bracketOf), (thresholds, perFeature) => {
    rounds++;
    return Promise.resolve(
      thresholds.map((vector, a) =>
        vector.map((threshold, k) => (arms[a]?.[Math.floor(k / perFeature)] ?? []).filter((x) => x <= threshold).length),
      ),
    );
  });
  return { medians, rounds };
}

/** 1e-12 SD, and the rounding of the values themselves. */
function allowed(column: readonly number[]): number {
  const { sd } = bracketOf([column]);
  return 1e-12 * (sd[0] as number) + 4 * 2 ** -52 * Math.max(...column.map(Math.abs));
}

describe('exactMedians', () => {
  const value = fc
    .oneof(
      fc.double({ min: -1e3, max: 1e3, noNaN: true }),
      fc.integer({ min: -3, max: 3 }),
      fc.double({ min: -1, max: 1, noNaN: true }).map((x) => x ** 9 * 1e9),
    )
    .map((x) => (Math.abs(x) < 1e-100 ? 0 : x)); // the squares of smaller numbers vanish

  it('equal the mean of the two middle values to 1e-12 SD: ties, even and odd, outliers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(value, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 4 }), async (columns) => {
        const { medians } = await ask([columns]);
        columns.forEach((column, j) => {
          expect(Math.abs((medians[0]?.[j] as number) - trueMedian(column))).toBeLessThanOrEqual(allowed(column));
        });
      }),
      { numRuns },
    );
  });

  it.each([
    ['one value', [3.25]],
    ['two values', [-1, 5]],
    ['two camps, where the median is one SD from the mean', [0, 0, 0, 0, 1, 1, 1, 1]],
    ['two camps of odd size', [0, 0, 0, 0, 1, 1, 1, 1, 1]],
    ['a constant', [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]],
    ['far from zero', [1e9 + 1, 1e9 + 2, 1e9 + 4]],
    ['tiny units', [1e-12, 3e-12, 9e-12, 1e-11]],
    ['one huge outlier', [1, 2, 3, 4, 1e12]],
    ['negative zero', [-0, 0, -0]],
  ])('of %s', async (_, column) => {
    const { medians } = await ask([[column]]);
    expect(Math.abs((medians[0]?.[0] as number) - trueMedian(column))).toBeLessThanOrEqual(allowed(column));
  });

  it('take the same 11 rounds for any number of features and arms, and arms do not mix', async () => {
    const arms = [
      [
        [1, 2, 3],
        [7, 7, 9, 9],
      ],
      [
        [1, 2],
        [7, 9, 9],
      ],
    ];
    const { medians, rounds } = await ask(arms);
    expect(rounds).toBe(11);
    expect(medians.map((m) => [...m].map((x) => Math.round(x * 1e9) / 1e9))).toEqual([
      [2, 8],
      [1.5, 9],
    ]);
  });

  it('of a feature that nobody has is the center of its bracket', async () => {
    expect([...((await ask([[[]]])).medians[0] as Float64Array)]).toEqual([0]);
  });
});
