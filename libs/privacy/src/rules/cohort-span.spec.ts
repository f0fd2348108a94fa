import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spansFewerThan } from './cohort-span.js';

const cohort = (...ranges: readonly (readonly [number, number])[]) =>
  new Set(ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => `p${from + i}`)));

describe('spansFewerThan', () => {
  it('one cohort, or the same one twice, singles out nobody', () => {
    expect(spansFewerThan([cohort([0, 30])], 5)).toBe(false);
    expect(spansFewerThan([cohort([0, 30]), cohort([0, 30])], 5)).toBe(false);
    expect(spansFewerThan([], 5)).toBe(false);
  });

  it('two cohorts: exactly where they differ by fewer than the minimum', () => {
    for (let less = 1; less <= 7; less++) expect(spansFewerThan([cohort([0, 30]), cohort([less, 30])], 5)).toBe(less < 5);
    // Three leave and three come: the difference describes six people, with opposite signs, and no fewer.
    expect(spansFewerThan([cohort([0, 30]), cohort([3, 33])], 5)).toBe(false);
    expect(spansFewerThan([cohort([0, 30]), cohort([2, 32])], 5)).toBe(true);
  });

  it('a cohort that is itself too small is one', () => {
    expect(spansFewerThan([cohort([0, 4])], 5)).toBe(true);
  });

  it('three cohorts give away what no two of them do', () => {
    // A and B are disjoint, C is both and two people more.
    const cohorts = [cohort([0, 20]), cohort([20, 40]), cohort([0, 42])];
    expect(spansFewerThan(cohorts.slice(0, 2), 5)).toBe(false);
    expect(spansFewerThan(cohorts.slice(1), 5)).toBe(false);
    expect(spansFewerThan([cohorts[0] as Set<string>, cohorts[2] as Set<string>], 5)).toBe(false);
    expect(spansFewerThan(cohorts, 5)).toBe(true);
  });

  it('folds of which each is large enough are safe beside their whole', () => {
    const folds = [0, 1, 2, 3, 4].map((f) => cohort([f * 6, f * 6 + 6]));
    const without = folds.map((_, f) => new Set(folds.filter((__, g) => g !== f).flatMap((fold) => [...fold])));
    expect(spansFewerThan([cohort([0, 30]), ...without], 5)).toBe(false);
    expect(spansFewerThan([cohort([0, 30]), ...without], 7)).toBe(true);
  });

  it('agrees with looking for combinations by hand: every factor from -2 to 2', () => {
    const members = fc.array(fc.subarray([...'abcdefgh'], { minLength: 1 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 4 }), (lists, minimum) => {
        const cohorts = lists.map((list) => new Set(list));
        let found = false;
        const factors = [-2, -1, 0, 1, 2];
        const combine = (at: number, sum: ReadonlyMap<string, number>): void => {
          if (at < cohorts.length) {
            for (const factor of factors) {
              const next = new Map(sum);
              for (const member of cohorts[at] as Set<string>) next.set(member, (next.get(member) ?? 0) + factor);
              combine(at + 1, next);
            }
            return;
          }
          const support = [...sum.values()].filter((x) => x !== 0).length;
          if (support > 0 && support < minimum) found = true;
        };
        combine(0, new Map());
        // Real factors may do more than these five, so the rule may see danger where the search does not, never the other way round.
        if (found) expect(spansFewerThan(cohorts, minimum)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what has too many parts to be understood', () => {
    // Forty people, each told from the others by one of six cohorts that read as bits of their numbers, and everybody.
    const bits = [0, 1, 2, 3, 4, 5].map(
      (b) => new Set(Array.from({ length: 40 }, (_, i) => i).flatMap((i) => ((i >> b) & 1 ? [`p${i}`] : []))),
    );
    expect(spansFewerThan([cohort([0, 40]), ...bits], 12)).toBe(true);
  });
});
