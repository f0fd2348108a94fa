import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kruskalWallis, oneWayAnova, welchAnova } from './analysis-of-variance.js';
import { chiSquareTest } from './chi-square.js';
import { exactTableTest } from './fisher-table.js';
import { fourfoldTest } from './fisher.js';
import { kolmogorovTail, kolmogorovTest } from './kolmogorov.js';
import { adjustP } from './p-adjust.js';
import { shapiroTest, shapiroWeights } from './shapiro.js';
import { meanDifference, pairedT, studentT, welchT } from './t-tests.js';
import type { Sample } from './t-tests.js';
import { rankSumTest, signedRankTest } from './wilcoxon.js';

// scipy 1.17.1 on made-up samples, and enumeration with whole numbers; test/golden/statistics/baseline_tests.py made them.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../test/golden/statistics/baseline-tests.json'), 'utf8')) as {
  readonly shapiro: readonly { x: number[]; w: number; p: number }[];
  readonly rankSum: readonly { x: number[]; y: number[]; w: number; pContinuity: number; pNoContinuity: number; pExact: number | null }[];
  readonly signedRank: readonly { d: number[]; v: number; pContinuity: number; pNoContinuity: number; pExact: number | null }[];
  readonly twoSamples: readonly {
    x: number[];
    y: number[];
    welch: { t: number; df: number; p: number };
    student: { t: number; df: number; p: number };
    ks: { d: number; pLimit: number };
  }[];
  readonly several: readonly { groups: number[][]; kruskal: { chisq: number; p: number }; anova: FP; welch: FP }[];
  readonly fourfold: readonly { table: number[][]; p: number; oddsRatio: number | null; limits: (number | null)[] }[];
  readonly exactTable: readonly { table: number[][]; p: number }[];
  readonly chiSquare: readonly { table: number[][]; chisq: number; df: number; p: number; pYates: number | null }[];
  readonly adjust: { p: number[]; BH: number[]; BY: number[] };
};
interface FP {
  readonly f: number;
  readonly p: number;
}

/** Both sides are closed forms of a few hundred numbers in doubles: 1e-10 of the value leaves room for two ways of rounding. */
const relative = 1e-10;

function expectClose(found: number | null | undefined, expected: number | null, allowed = relative): void {
  if (expected === null) expect(found).toBeNull();
  else expect(Math.abs((found as number) - expected)).toBeLessThanOrEqual(allowed * Math.abs(expected));
}

function sampleOf(x: readonly number[]): Sample {
  const mean = x.reduce((sum, v) => sum + v / x.length, 0);
  return { n: x.length, mean, variance: x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (x.length - 1) };
}

/** Counts of each sample at the distinct values of all. */
function countsOf(...samples: readonly (readonly number[])[]): number[][] {
  const distinct = [...new Set(samples.flat())].sort((a, b) => a - b);
  return samples.map((x) => distinct.map((value) => x.filter((v) => v === value).length));
}

describe('Shapiro-Wilk', () => {
  it.each(golden.shapiro.map((example) => [example.x.length, example] as const))('of %i values equals scipy', (n, { x, w, p }) => {
    const { mean, variance } = sampleOf(x);
    const z = [...x].sort((a, b) => a - b).map((v) => (v - mean) / Math.sqrt(variance));
    const weights = shapiroWeights(n);
    const product = z.reduce((sum, v, i) => sum + v * (weights[i] as number), 0);
    const found = shapiroTest(n, weights, product, n - 1);
    // scipy takes its normal scores from algorithm AS 111, good to about 1e-9; R's are exact, and test/conformance compares with R to 1e-8.
    expectClose(found.w, w, 1e-8);
    expectClose(found.p, p, 1e-6);
  });

  it('weights are antisymmetric and of norm 1', () => {
    for (const n of [3, 4, 5, 6, 17, 100]) {
      const weights = shapiroWeights(n);
      for (let i = 0; i < n; i++) expect((weights[i] as number) + (weights[n - 1 - i] as number)).toBe(0);
      expect(weights.reduce((sum, a) => sum + a * a, 0)).toBeCloseTo(1, 12);
    }
  });
});

describe('tests of two samples', () => {
  it.each(golden.twoSamples)('t tests and Kolmogorov-Smirnov equal scipy', ({ x, y, welch, student, ks }) => {
    const found = { welch: welchT(sampleOf(x), sampleOf(y)), student: studentT(sampleOf(x), sampleOf(y)) };
    for (const key of ['t', 'df', 'p'] as const) {
      expectClose(found.welch?.[key], welch[key]);
      expectClose(found.student?.[key], student[key]);
    }
    const [a, b] = countsOf(x, y) as [number[], number[]];
    expectClose(kolmogorovTest(a, b)?.d, ks.d);
    // R ends the series early, and so do we: see kolmogorovTail.
    expect(Math.abs((kolmogorovTest(a, b)?.pAsymptotic as number) - ks.pLimit)).toBeLessThan(4e-5);
  });

  it.each(golden.rankSum)("Wilcoxon's rank sum equals scipy", ({ x, y, ...expected }) => {
    const found = rankSumTest(...(countsOf(x, y) as [number[], number[]]));
    expectClose(found?.w, expected.w);
    expectClose(found?.pContinuity, expected.pContinuity);
    expectClose(found?.pNoContinuity, expected.pNoContinuity);
    expectClose(found?.pExact, expected.pExact);
  });

  it("knows R's example of exact tests: wilcox.test of permeability constants, W = 35, p = 0.2544", () => {
    const x = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const y = [1.15, 0.88, 0.9, 0.74, 1.21];
    const found = rankSumTest(...(countsOf(x, y) as [number[], number[]]));
    expect(found?.w).toBe(35);
    expect(found?.pExact).toBeCloseTo(0.2544, 4);
  });

  it.each(golden.signedRank)("Wilcoxon's signed rank equals scipy", ({ d, ...expected }) => {
    const sizes = d.filter((v) => v !== 0).map(Math.abs);
    const distinct = [...new Set(sizes)].sort((a, b) => a - b);
    const positive = distinct.map((value) => d.filter((v) => v === value).length);
    const all = distinct.map((value) => sizes.filter((v) => v === value).length);
    const found = signedRankTest(positive, all, d.includes(0));
    expectClose(found?.v, expected.v);
    expectClose(found?.pContinuity, expected.pContinuity);
    expectClose(found?.pNoContinuity, expected.pNoContinuity);
    expectClose(found?.pExact, expected.pExact);
  });

  it('exact distributions of ranks sum to one: the smallest statistic has the probability of one arrangement', () => {
    // 2 / C(9, 4) and 2 / 2^6.
    expectClose(rankSumTest([1, 1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1, 1])?.pExact, 2 / 126);
    expectClose(signedRankTest([0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], false)?.pExact, 2 / 64);
  });

  it('do not exist without spread or without values', () => {
    const flat = { n: 3, mean: 2, variance: 0 };
    expect(welchT(flat, flat)).toBeNull();
    expect(studentT(flat, flat)).toBeNull();
    expect(pairedT(flat)).toBeNull();
    expect(welchT({ n: 1, mean: 0, variance: 0 }, { n: 5, mean: 1, variance: 1 })).toBeNull();
    expect(meanDifference(flat, flat)).toEqual({ smd: null, smdPooled: null });
    expect(rankSumTest([2], [0])).toBeNull();
    expect(rankSumTest([2], [2])).toMatchObject({ w: 2, pContinuity: null, pNoContinuity: null, pExact: null });
    expect(signedRankTest([], [], true)).toBeNull();
    expect(kolmogorovTest([0], [3])).toBeNull();
  });
});

it('the limiting distribution of Kolmogorov joins at 1 and has its known values', () => {
  // Smirnov 1948: K(1.36) = 0.9505, K(1.63) = 0.9902.
  expect(1 - kolmogorovTail(1.36)).toBeCloseTo(0.9505, 3);
  expect(1 - kolmogorovTail(1.63)).toBeCloseTo(0.9902, 3);
  // R's series has one term just below 1, and misses exp(-9 pi^2 / 8) sqrt(2 pi) = 3.8e-5.
  expect(Math.abs(kolmogorovTail(1 - 1e-9) - kolmogorovTail(1))).toBeLessThan(4e-5);
  expect(kolmogorovTail(0)).toBe(1);
});

describe('tests of several samples', () => {
  it.each(golden.several)('equal scipy', ({ groups, kruskal, anova, welch }) => {
    const samples = groups.map(sampleOf);
    expectClose(kruskalWallis(countsOf(...groups))?.chisq, kruskal.chisq);
    expectClose(kruskalWallis(countsOf(...groups))?.p, kruskal.p);
    expectClose(oneWayAnova(samples)?.f, anova.f);
    expectClose(oneWayAnova(samples)?.p, anova.p);
    expectClose(welchAnova(samples)?.f, welch.f);
    expectClose(welchAnova(samples)?.p, welch.p);
  });

  it("knows R's example of Hollander & Wolfe: Kruskal-Wallis 0.77143, p = 0.68", () => {
    const found = kruskalWallis(countsOf([2.9, 3.0, 2.5, 2.6, 3.2], [3.8, 2.7, 4.0, 2.4], [2.8, 3.4, 3.7, 2.2, 2.0]));
    expect(found?.chisq).toBeCloseTo(0.77143, 5);
    expect(found?.p).toBeCloseTo(0.68, 2);
  });

  it('leave out empty groups, and do not exist for one group or one value', () => {
    const [a, b] = countsOf([1, 2, 3], [2, 5]) as [number[], number[]];
    expect(kruskalWallis([a, a.map(() => 0), b])).toEqual(kruskalWallis([a, b]));
    expect(kruskalWallis([a])).toBeNull();
    expect(kruskalWallis([[3], [4]])).toBeNull();
    expect(oneWayAnova([sampleOf([1, 2])])).toBeNull();
    expect(welchAnova([sampleOf([1, 2]), { n: 3, mean: 1, variance: 0 }])).toBeNull();
  });
});

describe('tables', () => {
  it.each(golden.chiSquare)('chi-square equals scipy', ({ table, ...expected }) => {
    const found = chiSquareTest(table);
    expectClose(found?.chisq, expected.chisq);
    expectClose(found?.p, expected.p);
    expectClose(found?.pYates, expected.pYates);
    expect(found?.df).toBe(expected.df);
  });

  it('leaves out empty rows and columns', () => {
    expect(
      chiSquareTest([
        [3, 0, 4],
        [0, 0, 0],
        [5, 0, 6],
      ]),
    ).toEqual(
      chiSquareTest([
        [3, 4],
        [5, 6],
      ]),
    );
    expect(chiSquareTest([[3, 4]])).toBeNull();
  });

  it.each(golden.fourfold)("Fisher's exact test of %j equals scipy", ({ table, p, oddsRatio, limits }) => {
    const found = fourfoldTest(table);
    expectClose(found?.p, p, 1e-9);
    // scipy's roots end at 1e-12 of the odds ratio or its reciprocal, about.
    expectClose(found?.exactOddsRatio, oddsRatio, 1e-8);
    limits.forEach((limit, k) => expectClose(found?.exactLimits[k], limit, 1e-8));
    // Where R's search stops: half its tolerance on (0, 1), or that of the reciprocal.
    if (oddsRatio !== null && oddsRatio > 0)
      expect(Math.abs((found?.oddsRatio as number) - oddsRatio)).toBeLessThan(2 ** -13 * Math.max(1, oddsRatio * oddsRatio));
  });

  it("knows R's example: Fisher's tea, OR 6.408309 (0.2117329, 621.9337505), p = 0.4857", () => {
    const found = fourfoldTest([
      [3, 1],
      [1, 3],
    ]);
    expect(found?.p).toBeCloseTo(0.4857, 4);
    expect(found?.oddsRatio).toBeCloseTo(6.408309, 6);
    expect(found?.limits[0]).toBeCloseTo(0.2117329, 7);
    expect(found?.limits[1]).toBeCloseTo(621.9337505, 6);
  });

  it("knows R's example of a larger table: job satisfaction, p = 0.7827", () => {
    const table = [
      [1, 3, 10, 6],
      [2, 3, 10, 7],
      [1, 6, 14, 12],
      [0, 1, 9, 11],
    ];
    expect((exactTableTest(table) as { p: number }).p).toBeCloseTo(0.7827, 4);
  });

  it.each(golden.exactTable)('exact p of %j equals enumeration', ({ table, p }) => {
    expectClose(exactTableTest(table).p, p);
    const turned = (table[0] as number[]).map((_, j) => table.map((row) => row[j] as number));
    expectClose(exactTableTest(turned).p, p);
  });

  it('exact p of 2 x 2 tables are the same either way', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 4, maxLength: 4 }), ([a = 0, b = 0, c = 0, d = 0]) => {
        const one = fourfoldTest([
          [a, b],
          [c, d],
        ]);
        const two = exactTableTest([
          [a, b],
          [c, d],
        ]);
        if (one === null) expect(two).toMatchObject({ p: null, reason: 'oneRowOrColumn' });
        else expectClose(two.p, one.p, 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  it('gives up on tables that no one can enumerate', { timeout: 60_000 }, () => {
    const row = [40, 51, 60, 60, 80, 90];
    expect(exactTableTest([row, row, row.map((x) => x + 3), row.slice().reverse(), row.map((x) => x + 7)])).toEqual({
      p: null,
      reason: 'tooLarge',
    });
  });
});

describe('adjusted p values', () => {
  it('equal scipy', () => {
    for (const method of ['BH', 'BY'] as const)
      adjustP(golden.adjust.p, method).forEach((p, k) => expectClose(p, golden.adjust[method][k] as number));
  });

  it('by hand: Bonferroni, Holm and Hochberg; missing ones stay missing', () => {
    const p = [0.01, null, 0.04, 0.03];
    const rounded = (values: readonly (number | null)[]) => values.map((v) => (v === null ? null : Number(v.toFixed(12))));
    expect(rounded(adjustP(p, 'bonferroni'))).toEqual([0.03, null, 0.12, 0.09]);
    expect(rounded(adjustP(p, 'holm'))).toEqual([0.03, null, 0.06, 0.06]);
    expect(rounded(adjustP(p, 'hochberg'))).toEqual([0.03, null, 0.04, 0.04]);
  });
});
