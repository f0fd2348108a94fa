import { SeededRandom } from '@cohortium/numerics';
import { pooledFederationOf, scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { fitIcc } from './fit.js';
import { intraclassCorrelations } from './icc.js';
import { ratingQueries } from './query.js';

const queries = ratingQueries('full');
const leaveOut = ratingQueries('leaveOneSiteOut');

/** Ratings in long form: participant x rater, one column each; NaN is missing, undefined a row that is not there. */
function longTable(columns: Readonly<Record<string, readonly (readonly (number | undefined)[])[]>>, siteCount: number): TestTable {
  const names = Object.keys(columns);
  const first = columns[names[0] as string] as readonly (readonly (number | undefined)[])[];
  const site: string[] = [];
  const participants: string[] = [];
  const values: number[] = [];
  first.forEach((row, s) =>
    row.forEach((_, rater) => {
      if (row[rater] === undefined) return;
      site.push(`S${s % siteCount}`);
      participants.push(`P${s}`);
      values.push(...names.map((name) => columns[name]?.[s]?.[rater] as number), rater);
    }),
  );
  return { site, participants, features: { names: [...names, 'rater'], values: Float64Array.from(values) } };
}

function fit(table: TestTable, raters: number, { heldOut = [null] as (string | null)[], pooled = false } = {}) {
  const columns = table.features.names.filter((name) => name !== 'rater');
  const ratings = { columns, rater: 'rater', codes: Array.from({ length: raters }, (_, k) => k) };
  const federation = pooled ? pooledFederationOf(table) : simulatedFederationOf(table);
  return fitIcc({ federation, queries: heldOut.some(Boolean) ? leaveOut : queries, scope: scopeOf(table), ratings, heldOut, level: 0.95 });
}

/** Shrout & Fleiss 1979, table 2: six targets by four judges. */
const shroutFleiss = [
  [9, 2, 5, 8],
  [6, 1, 3, 2],
  [8, 4, 6, 8],
  [7, 1, 2, 6],
  [10, 5, 6, 9],
  [6, 2, 4, 7],
];

describe('intraclass correlations', () => {
  it('of Shrout & Fleiss equal psych', async () => {
    const [arm] = await fit(longTable({ rating: shroutFleiss }, 3), 4);
    const found = Object.fromEntries((arm?.columns[0]?.icc ?? []).map((form) => [form.type, form]));
    // psych 2.2.9, as in validation-statistics C.13; digits as printed.
    const golden = { ICC1: 0.165742, ICC2: 0.289764, ICC3: 0.714841, ICC1k: 0.442797, ICC2k: 0.620051, ICC3k: 0.909316 };
    for (const [type, value] of Object.entries(golden)) expect(found[type]?.icc).toBeCloseTo(value, 6);
    expect(found['ICC2']).toMatchObject({ df1: 5, df2: 15 });
    expect(found['ICC2']?.f).toBeCloseTo(11.0272, 4);
    expect(found['ICC2']?.lower).toBeCloseTo(0.0188, 4);
    expect(found['ICC2']?.upper).toBeCloseTo(0.7611, 4);
    expect(found['ICC1']?.p).toBeCloseTo(0.1648, 4);
    expect(found['ICC1']?.lower).toBeCloseTo(-0.1329, 4);
  });

  it('take the mean squares of the two-way analysis of variance', async () => {
    const [arm] = await fit(longTable({ rating: shroutFleiss }, 2), 4);
    // By hand: SS between targets 56.2083, between judges 97.4583, residual 15.2917.
    const { msb, msj, mse, msw } = arm?.columns[0]?.squares as { msb: number; msj: number; mse: number; msw: number };
    expect(msb).toBeCloseTo(56.208333333 / 5, 8);
    expect(msj).toBeCloseTo(97.458333333 / 3, 8);
    expect(mse).toBeCloseTo(15.291666667 / 15, 8);
    expect(msw).toBeCloseTo((97.458333333 + 15.291666667) / 18, 8);
  });

  it('leave out participants whom a rater missed, by column, and count them', async () => {
    const complete = shroutFleiss.slice(0, 5);
    const gap = shroutFleiss.map((row, s) => (s === 5 ? [6, NaN, 4, 7] : row));
    const absent = shroutFleiss.map((row, s) => (s === 5 ? [6, undefined, 4, 7] : row));
    const [expected] = await fit(longTable({ rating: complete }, 3), 4);
    const [withGap] = await fit(longTable({ rating: gap }, 3), 4);
    const [withoutRow] = await fit(longTable({ rating: absent }, 3), 4);
    expect(withGap?.columns).toEqual(expected?.columns);
    expect(withoutRow?.columns).toEqual(expected?.columns);
    expect([expected?.incomplete, withGap?.incomplete, withoutRow?.incomplete]).toEqual([0, 0, 1]);
  });

  it('keep participants within a site and count rows that repeat a rater', async () => {
    const table = longTable({ rating: shroutFleiss }, 3);
    const [repeated] = await fit({ ...table, participants: table.participants?.map((name) => (name === 'P3' ? 'P0' : name)) ?? [] }, 4);
    expect(repeated?.duplicates).toBe(4);
  });

  it('hold sites out: the arm equals the table without the site', async () => {
    const table = longTable({ rating: shroutFleiss }, 3);
    const arms = await fit(table, 4, { heldOut: ['S0', 'S1', 'S2'] });
    for (const [k, arm] of arms.entries()) {
      const [alone] = await fit(longTable({ rating: shroutFleiss.filter((_, s) => s % 3 !== k) }, 2), 4);
      expect(arm.columns[0]?.icc?.[1]?.icc).toBeCloseTo(alone?.columns[0]?.icc?.[1]?.icc as number, 12);
    }
  });

  it('say why there is none: constant, perfect, one participant', async () => {
    const flat = shroutFleiss.map((row) => row.map(() => 0.1));
    const same = shroutFleiss.map(([x = 0]) => [x / 3, x / 3, x / 3, x / 3]);
    const [arm] = await fit(longTable({ flat, same }, 3), 4);
    expect(arm?.columns[0]).toMatchObject({ icc: null, reason: 'constant' });
    for (const form of arm?.columns[1]?.icc ?? []) expect(form).toMatchObject({ icc: 1, f: null, p: null, lower: null, upper: null });
    const [one] = await fit(longTable({ rating: shroutFleiss.slice(0, 1) }, 1), 4);
    expect(one?.columns[0]).toMatchObject({ icc: null, reason: 'tooFewParticipants' });
  });

  it('lose nothing where participants differ far less than their level, and equal the pooled twin', async () => {
    const random = new SeededRandom(2);
    const base = shroutFleiss.map((row) => row.map((x) => x + random.normal()));
    // Squares of 1e8 have an ulp of 2: the textbook formula would lose every digit.
    const shifted = base.map((row) => row.map((x) => x + 1e8));
    const [arm] = await fit(longTable({ base, shifted }, 3), 4);
    const [twin] = await fit(longTable({ base, shifted }, 3), 4, { pooled: true });
    for (let k = 0; k < 6; k++) {
      const [a, b] = [0, 1].map((j) => arm?.columns[j]?.icc?.[k]?.icc as number) as [number, number];
      // Values near 1e8 are rounded to 1.5e-8.
      expect(Math.abs(a - b)).toBeLessThan(1e-7);
      expect(Math.abs(b - (twin?.columns[1]?.icc?.[k]?.icc as number))).toBeLessThan(1e-12);
    }
  });

  it('have no reliability of a mean where participants do not differ', () => {
    const forms = intraclassCorrelations({ participants: 4, raters: 2, msb: 0, msj: 1, mse: 1, msw: 1 }, 0.95);
    expect(forms?.find(({ type }) => type === 'ICC3k')?.icc).toBeNull();
    expect(forms?.find(({ type }) => type === 'ICC3')?.icc).toBe(-1);
  });
});
