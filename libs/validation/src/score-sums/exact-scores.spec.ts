import { pooledFederationOf, scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnSource } from './column-source.js';
import type { ColumnEntry } from './column-source.js';
import { keySearch } from './evaluation.js';
import { distinctScores, orderStatistics } from './exact-scores.js';
import { scoreQueries } from './score-queries.js';

const queries = scoreQueries(columnSource);

function entry(score: string): ColumnEntry {
  return { score, outcome: 'y', event: null, missingOutcome: 'exclude', transform: 'none', needs: [], within: [] };
}

/** A table of scores s and t dealt to three sites. */
function tableOf(scores: readonly number[]): TestTable {
  return {
    site: scores.map((_, i) => ['A', 'B', 'C'][i % 3] as string),
    features: { names: ['s', 't', 'y'], values: Float64Array.from(scores.flatMap((s, i) => [s, i % 4 === 0 ? NaN : -s, i % 2])) },
  };
}

function searchOf(table: TestTable, federation = simulatedFederationOf(table)) {
  return keySearch({ federation, scope: scopeOf(table), queries, source: { entries: [entry('s'), entry('t')] }, entryCount: 2 });
}

/** Distinct values with their class counts, by the definition. */
function slowTwin(scores: readonly number[], negated: boolean) {
  const counts = new Map<number, [number, number]>();
  scores.forEach((s, i) => {
    if (negated && i % 4 === 0) return;
    const value = negated ? 0 - s : s + 0;
    const own = counts.get(value) ?? [0, 0];
    own[i % 2 === 1 ? 0 : 1]++;
    counts.set(value, own);
  });
  const values = [...counts.keys()].sort((a, b) => a - b);
  return { values, positives: values.map((v) => counts.get(v)?.[0]), negatives: values.map((v) => counts.get(v)?.[1]) };
}

const scoreLists = fc.array(
  fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -0, 0.1, 0.2, 1, -1, 1e-300, 5e-324, 0.1 + 2 ** -55)),
  { minLength: 1, maxLength: 40 },
);

describe('exact scores over sites', () => {
  it('are every distinct double with its class counts, ties, signs and subnormal numbers included', async () => {
    await fc.assert(
      fc.asyncProperty(scoreLists, async (scores) => {
        const found = await distinctScores(searchOf(tableOf(scores)));
        [false, true].forEach((negated, k) => {
          const { values, positives, negatives } = found[k] as (typeof found)[number];
          expect({ values: [...values], positives: [...positives], negatives: [...negatives] }).toEqual(slowTwin(scores, negated));
        });
      }),
      { numRuns: 40 },
    );
  });

  it('order statistics are those of the sorted scores; ranks that nobody has give NaN', async () => {
    await fc.assert(
      fc.asyncProperty(scoreLists, async (scores) => {
        const sorted = scores.map((s) => s + 0).sort((a, b) => a - b);
        const ranks = [1, Math.ceil(sorted.length / 2), sorted.length, sorted.length + 1];
        const [found] = await orderStatistics(searchOf(tableOf(scores)), [ranks, []]);
        expect([...(found as Float64Array)]).toEqual(ranks.map((rank) => sorted[rank - 1] ?? NaN));
      }),
      { numRuns: 40 },
    );
  });

  it('takes few rounds, and no round of more than 1 MB', async () => {
    const random = new SeededRandom(1);
    const rounds = async (scores: readonly number[]) => {
      const sizes: number[] = [];
      const table = tableOf(scores);
      const federation = simulatedFederationOf(table, (site, _request, answer) => {
        if (site === 'A' && answer.state === 'released') sizes.push(answer.bytes.length);
      });
      await distinctScores(searchOf(table, federation));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2 ** 20);
      return sizes.length;
    };
    const draws = Array.from({ length: 3000 }, () => random.uniform());
    expect(await rounds(draws)).toBeLessThanOrEqual(9);
    expect(await rounds(draws.map((x) => Math.round(x * 1000) / 1000))).toBeLessThanOrEqual(6);
    expect(await rounds(draws.map((x) => Math.round(x * 10) / 10))).toBeLessThanOrEqual(4);
  });

  it('is the same over one stacked table', async () => {
    const table = tableOf([0.3, 0.3, 0.1, 0.9, 0.3, 0.7]);
    const [overSites, pooled] = [
      await distinctScores(searchOf(table)),
      await distinctScores(searchOf(table, pooledFederationOf(table) as never)),
    ];
    expect(pooled).toEqual(overSites);
  });
});
