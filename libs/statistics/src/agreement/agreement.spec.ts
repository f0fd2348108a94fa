import { SeededRandom } from '@cohortium/numerics';
import { scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { unitQueries } from '../units/queries.js';
import { agreementOf } from './agreement.js';
import { differenceSource } from './differences.js';
import { fitAgreement } from './fit.js';

const differences = unitQueries('full', 'difference', differenceSource);

function fit(x: readonly number[], y: readonly number[], ranks: { kind: 'exact' } | { kind: 'grid'; bins: number } = { kind: 'exact' }) {
  const rows = x.flatMap((value, i) => [
    [value, 0, i],
    [y[i] as number, 1, i],
  ]);
  const table: TestTable = {
    site: rows.map(([, , i]) => `S${(i as number) % 3}`),
    participants: rows.map(([, , i]) => `P${i}`),
    features: { names: ['v', 'rater'], values: Float64Array.from(rows.flatMap(([value, rater]) => [value as number, rater as number])) },
  };
  const ratings = { columns: ['v'], rater: 'rater', codes: [0, 1] };
  return fitAgreement({ federation: simulatedFederationOf(table), differences, scope: scopeOf(table), ratings, level: 0.95, ranks });
}

describe('agreement of two raters', () => {
  it('is what the formulas say, on a small example by hand', async () => {
    const [found] = await fit([1, 2, 3, 4], [2, 2, 4, 6]);
    // Means 2.5 and 3.5; sums of squares 5 and 11, of products 7; differences -1, 0, -1, -2.
    const { ccc, meanDifference, sdDifference, withinSd, repeatability, loaLower, pearson } = found?.agreement as NonNullable<
      typeof found
    >['agreement'] &
      object;
    expect(ccc).toBeCloseTo((2 * 7) / (5 + 11 + 4 * 1), 14);
    expect(pearson).toBeCloseTo(7 / Math.sqrt(55), 14);
    expect(meanDifference).toBe(-1);
    expect(sdDifference).toBeCloseTo(Math.sqrt(2 / 3), 14);
    expect(withinSd).toBeCloseTo(Math.sqrt(6 / 8), 14);
    expect(repeatability).toBeCloseTo(1.96 * Math.SQRT2 * Math.sqrt(0.75), 14);
    expect(loaLower).toBeCloseTo(-1 - 1.96 * Math.sqrt(2 / 3), 14);
  });

  it("ranks differences as R's depression example: V = 40, p = 0.03906", async () => {
    const first = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const [found] = await fit(first, second);
    expect(found?.signedRank?.v).toBe(40);
    expect(found?.signedRank?.pExact).toBeCloseTo(0.03906, 5);
  });

  it('leaves zeros out of the ranks and has no exact p then', async () => {
    const [found] = await fit([1, 2, 3, 5], [1, 3, 1, 2]);
    // Differences 0, -1, 2, 3: ranks 1, 2, 3 of which 2 + 3 are positive.
    expect(found?.signedRank).toMatchObject({ v: 5, pExact: null });
  });

  it('turns around when raters change places', async () => {
    const random = new SeededRandom(8);
    const x = Array.from({ length: 30 }, () => random.normal());
    const y = x.map((value) => 0.8 * value + 0.3 + 0.4 * random.normal());
    const [[one], [two]] = await Promise.all([fit(x, y), fit(y, x)]);
    expect(two?.agreement?.ccc).toBeCloseTo(one?.agreement?.ccc as number, 14);
    expect(two?.agreement?.cccLower).toBeCloseTo(one?.agreement?.cccLower as number, 13);
    expect(two?.agreement?.meanDifference).toBeCloseTo(-(one?.agreement?.meanDifference as number), 14);
    expect(two?.signedRank?.pExact).toBeCloseTo(one?.signedRank?.pExact as number, 14);
  });

  it('finds its ranks on a grid about as well', async () => {
    const random = new SeededRandom(9);
    const x = Array.from({ length: 60 }, () => random.normal());
    const y = x.map((value) => value + 0.2 + 0.5 * random.normal());
    const [exact] = await fit(x, y);
    const [grid] = await fit(x, y, { kind: 'grid', bins: 512 });
    // Ties within 1/50 of an SD move V by a few ranks of 1830.
    expect(Math.abs((grid?.signedRank?.v as number) - (exact?.signedRank?.v as number))).toBeLessThan(20);
  });

  it('is perfect, constant or absent in the limits', async () => {
    const [perfect] = await fit([1, 2, 4], [1, 2, 4]);
    expect(perfect?.agreement).toMatchObject({ ccc: 1, cccLower: null, withinSd: 0, pairedTP: null });
    expect(perfect?.signedRank).toBeNull();
    const [flat] = await fit([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]);
    expect(flat?.agreement?.ccc).toBeNull();
    const moments = { n: 1, meanX: 0, meanY: 0, xx: 0, yy: 0, xy: 0, meanDifference: 0, differenceSquares: 0 };
    expect(agreementOf(moments, 0.95)).toBeNull();
  });
});
