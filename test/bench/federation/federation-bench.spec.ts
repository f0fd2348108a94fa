import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { growth, roundFigures, stepFigures } from './in-process.mjs';
import { medianRun } from './merge.mjs';
import type { Run } from './merge.mjs';
import { quantile } from './measuring.mjs';
import { report } from './report.mjs';
import { wordAddition } from './word-addition.mjs';

/** That the benchmark runs and tells what it measured; how long anything takes is no matter of a test. */
const machine = { cpu: 'a processor', cores: 2, memoryGib: 4, platform: 'linux', node: '20', load: 0.2 };

function runOf(value: number): Run {
  const figure = {
    name: 'roundMedian',
    value,
    unit: 'ms',
    target: '<= 150',
    met: value <= 150,
    ratio: { to: 'pooled', value: value / 10 },
  };
  const done = { name: 'rounds8InProcess', seconds: value, rss: { thisProcess: value }, figures: [figure] };
  const grown = { name: 'growthInProcess', seconds: 1, rss: {}, growth: [{ sites: 2, length: 100, seconds: value }] };
  return { schemaVersion: 1, benchmark: 'federation', quick: false, date: '2026-01-01', machine, cases: [done, grown] };
}

beforeEach(() => vi.stubEnv('COHORTIUM_LANG', 'en'));
afterEach(() => vi.unstubAllEnvs());

describe('the benchmark of the federation', () => {
  it('finds that all ways to add words give the same words', async () => {
    const times = await wordAddition({ words: 999, repetitions: 1 });
    expect(Object.keys(times)).toEqual(['implemented', 'doubleLimbs', 'bigUint64', 'float64']);
  });

  it('measures rounds, their steps and their growth', async () => {
    const figures = await roundFigures({ sites: 3, length: 5, warmUp: 0, count: 2, leastPerSecond: 1e-9 });
    expect(figures.find(({ name }) => name === 'roundsPerSecond')?.met).toBe(true);
    for (const { value } of [...figures, ...(await stepFigures({ sites: 2, length: 5, count: 1 }))])
      expect(value).toBeGreaterThanOrEqual(0);
    const cells = await growth({ sites: [2, 3], lengths: [10, 4_000_000], mostWords: 100 });
    expect(cells.map(({ sites, length }) => [sites, length])).toEqual([
      [2, 10],
      [3, 10],
    ]);
  });

  it('takes the smallest value with a share of all values at or below it', () => {
    expect([0, 0.05, 0.5, 0.95, 1].map((q) => quantile([4, 1, 3, 2], q))).toEqual([1, 1, 2, 4, 4]);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('takes medians of runs figure by figure, and holds the target to the median', () => {
    const { cases } = medianRun([runOf(100), runOf(400), runOf(200)]);
    expect(cases[0]?.figures?.[0]).toMatchObject({ value: 200, met: false, ratio: { value: 20 } });
    expect(cases[0]).toMatchObject({ seconds: 200, rss: { thisProcess: 200 } });
    expect(cases[1]?.growth?.[0]?.seconds).toBe(200);
    expect(() => medianRun([runOf(1), { ...runOf(1), quick: true }])).toThrow('not comparable');
  });

  it('says when the machine was busy, and when a target was missed', () => {
    const calm = report({ ...runOf(100), markdown: true });
    expect(calm).toContain('| 100 | ms | <= 150 met |');
    expect(report({ ...runOf(200), markdown: false })).toContain('MISSED');
    const busy = report({ ...runOf(100), machine: { ...machine, load: 9 }, markdown: true });
    expect(busy.split('\n').length).toBe(calm.split('\n').length + 1);
    vi.stubEnv('COHORTIUM_LANG', 'zh');
    expect(report({ ...runOf(200), markdown: false })).toContain('未达到');
  });
});
