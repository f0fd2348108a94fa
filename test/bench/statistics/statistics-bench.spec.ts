import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { coefficientDifference, largestDifference } from './comparison.mjs';
import { medianRun } from './merge.mjs';
import { coldRounds, downBytes, federated } from './own.mjs';
import { report } from './report.mjs';
import type { Run } from './report.mjs';
import { dealFolds } from './tables.mjs';

/** That the benchmark runs and tells what it measured; how long anything takes is no matter of a test. */
const machine = { cpu: 'a processor', cores: 2, memoryGib: 4, platform: 'linux', node: '20', load: 0.2 };
const settings = { alpha: 0.5, nlambda: 8, lambda_min_ratio: 0.2, tolerance: 1e-7 };
const job = { data: { kind: 'made', rows: 90, features: 12, sites: 3, seed: 2 }, settings, folds: 3 } as const;

function runOf(value: number, name = 'rounds504'): Run {
  const rows = [
    { figure: 'rounds', value, unit: '' },
    { figure: 'roundsRatio', value: value / 10, unit: '', target: '<= 1.5', met: value <= 15 },
    { figure: 'glmnet', who: '', absent: 'no Rscript' },
  ];
  const growth = [{ by: 'rows' as const, size: 200, rounds: 14, megabytes: 30, seconds: value, cpuSeconds: value, peakMib: value }];
  const cases = [{ name, rows, growth }];
  return { schemaVersion: 1, benchmark: 'statistics', quick: false, date: '2026-01-01', machine, cases };
}

beforeEach(() => vi.stubEnv('COHORTIUM_LANG', 'en'));
afterEach(() => vi.unstubAllEnvs());

describe('the benchmark of statistics', () => {
  it('measures rounds, bytes and exactness of a cross-validation and of single models', async () => {
    const fit = await federated(job);
    expect(fit.violation).toBeLessThanOrEqual(settings.tolerance);
    expect(fit.models).toHaveLength(settings.nlambda);
    expect(fit.upLargest).toBeLessThanOrEqual(fit.up);
    const down = await downBytes(job);
    expect(down.largest).toBeGreaterThan(0);
    expect(down.largest).toBeLessThanOrEqual(down.all);
    const cold = await coldRounds({ ...job, lambda: fit.lambda, stride: 4 });
    expect(cold.models).toBe(settings.nlambda + job.folds * 3);
    expect(cold.rounds).toBeGreaterThan(4);
  });

  it('deals folds of equal size, the same each time', () => {
    const folds = dealFolds(10, 3, 7);
    expect([1, 2, 3].map((fold) => folds.filter((each) => each === fold).length)).toEqual([4, 3, 3]);
    expect(dealFolds(10, 3, 7)).toEqual(folds);
  });

  it('compares sparse coefficients with dense ones', () => {
    const models: { intercept: number; terms: Record<string, number> }[] = [
      { intercept: 1, terms: {} },
      { intercept: 2, terms: { b: 3 } },
    ];
    const own = { names: ['a', 'b'], models };
    expect(coefficientDifference(own, { coefficients: Float64Array.of(1, 0, 0, 2, 0, 3) })).toBe(0);
    expect(coefficientDifference(own, { coefficients: Float64Array.of(1, 0, 0, 2, 0.5, 3) })).toBe(0.5);
    expect(largestDifference([1, 2], [1, NaN])).toBeNaN();
  });

  it('takes medians of runs figure by figure, holds the target to the median, and adds other cases', () => {
    const { cases } = medianRun([runOf(12), runOf(20), runOf(16), runOf(1, 'besideGlmnet')]);
    expect(cases.map(({ name }) => name)).toEqual(['rounds504', 'besideGlmnet']);
    expect(cases[0]?.rows[1]).toMatchObject({ value: 1.6, met: false });
    expect(cases[0]?.growth?.[0]?.seconds).toBe(16);
    expect(() => medianRun([runOf(1), { ...runOf(1), quick: true }])).toThrow('not comparable');
  });

  it('says when a target was missed, why a peer is absent, and how figures grow', () => {
    const text = report({ ...runOf(20), markdown: true });
    expect(text).toContain('| 2 |  | <= 1.5 MISSED |');
    expect(text).toContain('absent: no Rscript');
    expect(text).toContain('| 200 rows | 14 | 30 | 20 | 20 | 20 |');
    vi.stubEnv('COHORTIUM_LANG', 'zh');
    expect(report({ ...runOf(20), markdown: false })).toContain('未达到');
  });
});
