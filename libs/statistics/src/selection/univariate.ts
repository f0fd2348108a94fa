import { chiSquareTail } from '@cohortium/numerics';
import { adjustP } from '../baseline-tests/p-adjust.js';
import type { Adjustment } from '../baseline-tests/p-adjust.js';
import { studentT, welchT } from '../baseline-tests/t-tests.js';
import { rankSumTest } from '../baseline-tests/wilcoxon.js';
import { cellCounts } from '../ranks/order.js';
import { rankCells } from '../ranks/rank-cells.js';
import type { RankRule } from '../ranks/rank-cells.js';
import { fitUnitMoments } from '../units/moments.js';
import type { ArmMoments } from '../units/moments.js';
import type { UnitProgram } from '../units/queries.js';
import { outcomeCorrelations } from './relevance.js';
import { tieBand } from './ties.js';

/** Tests of one column between the two groups of an outcome. */
export const univariateTests = ['welch', 'student', 'wilcoxon', 'score'] as const;
/** See {@link univariateTests}. */
export type UnivariateTest = (typeof univariateTests)[number];

/** What a screen of single columns does. */
export interface UnivariateScreen {
  readonly test: UnivariateTest;
  /** Where the ranks of `wilcoxon` come from. */
  readonly ranks: RankRule;
  readonly adjust: Adjustment | 'none';
  /** Columns whose adjusted p is at most this are kept. */
  readonly alpha: number;
}

/** Result of one column. */
export interface UnivariateResult {
  /** t, Wilcoxon's W of the first group, or the chi-square of the score test; null where the test does not exist. */
  readonly statistic: number | null;
  readonly df: number | null;
  readonly p: number | null;
  readonly holm: number | null;
  readonly bh: number | null;
  readonly adjusted: number | null;
  /** Probability that a value of the second group exceeds one of the first, ties half; with `wilcoxon` only. */
  readonly auc: number | null;
}

/** Screen of one arm. */
export interface ArmScreen {
  readonly results: readonly UnivariateResult[];
  /** Kept columns, smallest p first; equal ones keep their order. */
  readonly kept: readonly number[];
}

type Single = Pick<UnivariateResult, 'statistic' | 'df' | 'p' | 'auc'>;

/**
 * Tests every column between two groups, first group against second, by arm: Welch's or Student's t, Wilcoxon's rank sum (normal
 * approximation with continuity correction), or the score test of a logistic model with that column alone, n r^2 on one degree of
 * freedom. Holm and Benjamini-Hochberg over all columns of the arm.
 */
export async function screenColumns<R>(program: UnitProgram<R>, screen: UnivariateScreen): Promise<ArmScreen[]> {
  const singles =
    screen.test === 'wilcoxon' ? await rankSums(program, screen.ranks) : momentTests(await fitUnitMoments(program), screen.test);
  return singles.map((tests) => {
    const ps = tests.map(({ p }) => p);
    const [holm, bh] = [adjustP(ps, 'holm'), adjustP(ps, 'BH')];
    const adjusted = screen.adjust === 'none' ? ps : adjustP(ps, screen.adjust);
    const pick = (list: readonly (number | null)[], j: number) => list[j] as number | null;
    const results = tests.map((test, j) => ({ ...test, holm: pick(holm, j), bh: pick(bh, j), adjusted: pick(adjusted, j) }));
    const passing = [...results.keys()].filter((j) => {
      const value = pick(adjusted, j);
      return value !== null && value <= screen.alpha * (1 + tieBand);
    });
    return { results, kept: orderByP(passing, (j) => pick(ps, j) as number) };
  });
}

/** By rising p; p values that agree to the tie band (relative) keep their order. */
function orderByP(columns: readonly number[], pOf: (j: number) => number): number[] {
  const rising = columns.slice().sort((a, b) => pOf(a) - pOf(b) || a - b);
  const ordered: number[] = [];
  for (let from = 0; from < rising.length;) {
    const limit = pOf(rising[from] as number) * (1 + tieBand);
    let to = from + 1;
    while (to < rising.length && pOf(rising[to] as number) <= limit) to++;
    ordered.push(...rising.slice(from, to).sort((a, b) => a - b));
    from = to;
  }
  return ordered;
}

function momentTests(moments: readonly ArmMoments[], test: 'welch' | 'student' | 'score'): Single[][] {
  return moments.map((arm) => {
    const { columnCount: p, n, mean, sd } = arm;
    const correlations = outcomeCorrelations(arm);
    const sample = (at: number) => ({ n: n[at] as number, mean: mean[at] as number, variance: (sd[at] as number) ** 2 });
    return Array.from({ length: p }, (_, j): Single => {
      if (test === 'score') {
        const r = correlations[j] as number;
        if (Number.isNaN(r)) return { statistic: null, df: null, p: null, auc: null };
        const chisq = ((n[j] as number) + (n[p + j] as number)) * r * r;
        return { statistic: chisq, df: 1, p: chiSquareTail(chisq, 1), auc: null };
      }
      const found = (test === 'welch' ? welchT : studentT)(sample(j), sample(p + j));
      return { statistic: found?.t ?? null, df: found?.df ?? null, p: found?.p ?? null, auc: null };
    });
  });
}

async function rankSums<R>(program: UnitProgram<R>, rule: RankRule): Promise<Single[][]> {
  const cells = await rankCells(program, rule);
  const counts = await cellCounts(
    program,
    cells.map((columns) => columns.map(({ edges }) => edges)),
  );
  return counts.map((columns) =>
    columns.map((both): Single => {
      const half = both.length / 2;
      const [first, second] = [both.subarray(0, half), both.subarray(half)];
      const test = rankSumTest(first, second);
      if (!test) return { statistic: null, df: null, p: null, auc: null };
      const pairs = sum(first) * sum(second);
      return { statistic: test.w, df: null, p: test.pContinuity, auc: 1 - test.w / pairs };
    }),
  );
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, c) => total + c, 0);
}
