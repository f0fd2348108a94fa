import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetRefuses, foldBudget, nothingSpent, spentOn } from './budget.js';
import type { BudgetEntry, BudgetLimits } from './budget.js';

const noLimits: BudgetLimits = { maxReleases: null, maxExactReleases: null, maxBytes: null, maxRho: null };
const entry = fc.record({
  releaseKey: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
  snapshot: fc.constantFrom('s1', 's2', 's3'),
  study: fc.constantFrom('her2', 'er'),
  bytes: fc.nat(1000),
  rho: fc.constantFrom(0, 0.125, 0.5),
  exact: fc.boolean(),
});
/** As a site writes them: a key always stands for the same release. */
const entries = fc.array(entry, { maxLength: 20 }).map((list) => {
  const first = new Map<string, BudgetEntry>();
  return list.map((e) => first.get(e.releaseKey) ?? (first.set(e.releaseKey, e), e));
});

describe('the release budget', () => {
  it('counts every release once, across studies, and never gives anything back', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const state = foldBudget(list);
        const unique = [...new Map(list.map((e) => [e.releaseKey, e])).values()];
        const spent = spentOn(state, ['s1', 's2', 's3', 's1']);
        expect(spent.releases).toBe(unique.length);
        expect(spent.exactReleases).toBe(unique.filter((e) => e.exact).length);
        expect(spent.bytes).toBe(unique.reduce((s, e) => s + e.bytes, 0));
        expect(spent.rho).toBeCloseTo(
          unique.reduce((s, e) => s + e.rho, 0),
          12,
        );
        let before = nothingSpent;
        for (let n = 0; n <= list.length; n++) {
          const after = spentOn(foldBudget(list.slice(0, n)), ['s1', 's2', 's3']);
          for (const key of ['releases', 'exactReleases', 'bytes', 'rho'] as const) expect(after[key]).toBeGreaterThanOrEqual(before[key]);
          before = after;
        }
      }),
    );
  });

  it('folds in pieces as it does at once, and again changes nothing', () => {
    fc.assert(
      fc.property(entries, fc.nat(20), (list, cut) => {
        const inPieces = foldBudget(list.slice(cut), foldBudget(list.slice(0, cut)));
        expect(inPieces).toEqual(foldBudget(list));
        expect(foldBudget(list, inPieces)).toEqual(inPieces);
      }),
    );
  });

  it('keeps snapshots apart, and joins those that are named together', () => {
    const of = (releaseKey: string, snapshot: string): BudgetEntry => ({
      releaseKey,
      snapshot,
      study: 'x',
      bytes: 10,
      rho: 0.5,
      exact: false,
    });
    const state = foldBudget([of('a', 's1'), of('b', 's2'), of('c', 's2')]);
    expect(spentOn(state, ['s1'])).toEqual({ releases: 1, exactReleases: 0, bytes: 10, rho: 0.5 });
    expect(spentOn(state, ['s1', 's2'])).toEqual({ releases: 3, exactReleases: 0, bytes: 30, rho: 1.5 });
    expect(spentOn(state, ['other'])).toEqual(nothingSpent);
  });

  it('a release with two costs, or with none that is a cost, is a broken record', () => {
    const one: BudgetEntry = { releaseKey: 'a', snapshot: 's', study: 'x', bytes: 10, rho: 0.5, exact: false };
    for (const change of [{ bytes: 9 }, { rho: 0.1 }, { snapshot: 't' }, { exact: true }])
      expect(() => foldBudget([one, { ...one, ...change }])).toThrow('PRIVACY.BUDGET_CONTRADICTED');
    for (const rho of [-0.1, NaN, Infinity]) expect(() => foldBudget([{ ...one, rho }])).toThrow('PRIVACY.BUDGET_CONTRADICTED');
  });

  it('refuses exactly what would exceed a limit', () => {
    const spent = { releases: 9, exactReleases: 4, bytes: 900, rho: 0.9 };
    const cost = { bytes: 100, rho: 0.1, exact: true };
    expect(budgetRefuses(spent, cost, noLimits)).toBe(false);
    expect(budgetRefuses(spent, cost, { maxReleases: 10, maxExactReleases: 5, maxBytes: 1000, maxRho: 1 })).toBe(false);
    expect(budgetRefuses(spent, cost, { ...noLimits, maxReleases: 9 })).toBe(true);
    expect(budgetRefuses(spent, cost, { ...noLimits, maxExactReleases: 4 })).toBe(true);
    expect(budgetRefuses(spent, { ...cost, exact: false }, { ...noLimits, maxExactReleases: 4 })).toBe(false);
    expect(budgetRefuses(spent, cost, { ...noLimits, maxBytes: 999 })).toBe(true);
    expect(budgetRefuses(spent, cost, { ...noLimits, maxRho: 0.95 })).toBe(true);
    for (const rho of [NaN, -1, Infinity]) expect(budgetRefuses(spent, { ...cost, rho }, noLimits)).toBe(true);
  });
});
