import { Frozen } from '@cohortium/kernel';
import { rowsFromTable } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atRisk, survivalCellsQuery } from './cells-query.js';
import type { SurvivalCells } from './cells-query.js';
import { curveQuantile, kaplanMeier, survivalInterval } from './kaplan-meier.js';
import { addLogRank, emptyLogRank, logRankTest } from './logrank.js';
import { siteLogRankQuery } from './logrank-query.js';
import { riskCount, survivalRows } from './survival-rows.js';

/** Freireich et al. 1963: weeks of remission (censored: negative), placebo first. */
const weeks = [
  ...[1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23],
  ...[6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35],
];
const rows = rowsFromTable({
  site: weeks.map((_, i) => 'AB'[i % 2] as string),
  features: { names: ['time', 'event'], values: Float64Array.from(weeks.flatMap((w) => [Math.abs(w), Number(w > 0)])) },
  covariates: { group: Float64Array.from(weeks, (_, i) => Number(i >= 21)) },
});
const spec = { time: 'time', event: { column: 'event', code: null }, strata: [{ column: 'group', codes: [0, 1] }], needs: [] };
const times = Float64Array.from(new Set(weeks.map(Math.abs))).sort();

function cellsAt(at: Float64Array, rule: 'exact' | 'up'): SurvivalCells[] {
  const params = { spec: new Frozen(spec), times: at, rule };
  return survivalCellsQuery.read(survivalCellsQuery.local(rows, params), params);
}

describe('remission of leukemia', () => {
  const [placebo, treated] = cellsAt(times, 'exact') as [SurvivalCells, SurvivalCells];

  it('survfit: survival, Greenwood errors, medians', () => {
    const curve = kaplanMeier(times, treated);
    const at = (week: number) => times.indexOf(week);
    // summary(survfit(Surv(time, event) ~ group)): 6 weeks 0.857 (0.0764), 10 weeks 0.753 (0.0963), 23 weeks 0.448 (0.1346).
    for (const [week, survival, error] of [
      [6, 0.857, 0.0764],
      [10, 0.753, 0.0963],
      [23, 0.448, 0.1346],
    ] as const) {
      const s = curve.survival[at(week)] as number;
      expect(s).toBeCloseTo(survival, 3);
      expect(s * (curve.logError[at(week)] as number)).toBeCloseTo(error, 4);
    }
    expect(curveQuantile(times, curve.survival, 0.5)).toBe(23);
    expect(curveQuantile(times, kaplanMeier(times, placebo).survival, 0.5)).toBe(8);
    expect(atRisk(treated)[0]).toBe(21);
  });

  it('survdiff: chi-square 16.8, expected 10.7 and 19.3', () => {
    const sums = emptyLogRank(2);
    addLogRank(sums, [placebo, treated], 0);
    expect(logRankTest(sums)?.chisq).toBeCloseTo(16.793, 3);
    expect(sums.expected[0]).toBeCloseTo(10.749, 3);
    expect([...sums.observed]).toEqual([21, 9]);
    const peto = emptyLogRank(2);
    addLogRank(peto, [placebo, treated], 1);
    expect(logRankTest(peto)?.chisq).toBeCloseTo(14.46, 1);
  });

  it('within sites it is the sum over sites', () => {
    const params = { spec: new Frozen(spec), rho: 0 };
    const both = siteLogRankQuery.local(rows, params);
    const alone = ['A', 'B'].map((site) => {
      const kept = weeks.map((_, i) => i).filter((i) => 'AB'[i % 2] === site);
      return siteLogRankQuery.local(
        rowsFromTable({
          site: kept.map(() => site),
          features: {
            names: ['time', 'event'],
            values: Float64Array.from(kept.flatMap((i) => [Math.abs(weeks[i] as number), Number((weeks[i] as number) > 0)])),
          },
          covariates: { group: Float64Array.from(kept, (i) => Number(i >= 21)) },
        }),
        params,
      );
    });
    both.forEach((value, k) => expect(value).toBeCloseTo((alone[0]?.[k] as number) + (alone[1]?.[k] as number), 12));
  });
});

describe('pieces', () => {
  it('rows fall to the last observed time that is not later, or to the next grid point', () => {
    const at = [2, 4, 6];
    expect([1, 2, 3, 4, 6, 7].map((time) => riskCount(at, time, 'exact'))).toEqual([0, 1, 1, 2, 3, 3]);
    expect([1, 2, 3, 4, 6, 7].map((time) => riskCount(at, time, 'up'))).toEqual([1, 1, 2, 2, 3, 4]);
  });

  it('every row is counted once', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.constantFrom('exact' as const, 'up' as const),
        (list, rule) => {
          const cells = cellsAt(Float64Array.from(list).sort(), rule);
          const total = cells.reduce((sum, c) => sum + c.before + c.beyond + [...c.events, ...c.censored].reduce((a, b) => a + b, 0), 0);
          expect(total).toBe(weeks.length);
        },
      ),
    );
  });

  it('without censoring survival is the share that is left', () => {
    const cells = { events: Float64Array.of(2, 1, 3, 4), censored: new Float64Array(4), before: 0, beyond: 0 };
    const curve = kaplanMeier(Float64Array.of(1, 2, 3, 4), cells);
    [0.8, 0.7, 0.4, 0].forEach((share, k) => expect(curve.survival[k]).toBeCloseTo(share, 14));
    // Greenwood then is the binomial variance.
    expect((curve.survival[2] as number) * (curve.logError[2] as number)).toBeCloseTo(Math.sqrt((0.4 * 0.6) / 10), 14);
    expect(curveQuantile(curve.times, Float64Array.of(0.8, 0.5, 0.5, 0.2), 0.5)).toBe(3);
    expect(curveQuantile(curve.times, Float64Array.of(0.8, 0.7, 0.6, 0.5), 0.5)).toBe(4);
    expect(curveQuantile(curve.times, curve.survival, 0.1)).toBe(1);
    expect(curveQuantile(curve.times, Float64Array.of(0.9, 0.8, 0.7, 0.6), 0.5)).toBeNull();
  });

  it('intervals at the ends', () => {
    expect(survivalInterval(1, 0, 'log-log', 0.95)).toEqual([1, 1]);
    expect(survivalInterval(0, Infinity, 'log', 0.95)).toEqual([NaN, NaN]);
    expect(survivalInterval(0.95, 0.1, 'plain', 0.95)[1]).toBe(1);
    expect(survivalInterval(0.05, 2, 'plain', 0.95)[0]).toBe(0);
    expect(survivalInterval(0.9, 0.1, 'log', 0.95)[1]).toBe(1);
  });

  it('a test needs two groups that could have had events', () => {
    const cells = { events: Float64Array.of(1, 2), censored: new Float64Array(2), before: 0, beyond: 0 };
    const never = { events: new Float64Array(2), censored: new Float64Array(2), before: 5, beyond: 0 };
    const sums = emptyLogRank(2);
    addLogRank(sums, [cells, never], 0);
    expect(logRankTest(sums)).toBeNull();
  });

  it('rows of categories that are not declared are left out', () => {
    expect(survivalRows(rows, { ...spec, strata: [{ column: 'group', codes: [1] }] }).time.length).toBe(21);
  });
});
