import { Frozen } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { pooledFederationOf, scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unitQueries } from '../units/queries.js';
import { columnSource, designSource } from '../units/units.js';
import type { GroupSpec } from '../units/units.js';
import { pruneCorrelated } from './correlated.js';
import { selectByCorrelation } from './correlation-filter.js';
import { mutualInformation, selectByMrmr } from './mrmr.js';
import { bestOf, exceeds, orderByScore, reaches } from './ties.js';
import { screenColumns } from './univariate.js';
import { selectByVariance } from './variance.js';
import { z } from 'zod';

const queries = unitQueries('full', 'column', columnSource);
const leaveOut = unitQueries('leaveOneSiteOut', 'column', columnSource);
const columns = ['signal', 'copy', 'noise', 'weak', 'flat'];

/** 90 rows at three sites; the outcome `y` follows `signal`; `copy` nearly repeats it; `weak` helps a little. */
function table(): TestTable {
  const random = new SeededRandom(21);
  const values = Array.from({ length: 90 }, () => {
    const [signal, weak] = [random.normal(), random.normal()];
    const y = Number(1.5 * signal + 0.8 * weak + random.normal() > 0);
    return [signal, signal + 0.1 * random.normal(), random.normal(), weak, 4, y];
  });
  return {
    site: values.map((_, i) => `S${i % 3}`),
    features: { names: [...columns, 'y'], values: Float64Array.from(values.flat()) },
    outcome: Float64Array.from(values, (row) => row[5] as number),
  };
}

function programOf(made: TestTable, { heldOut = [null] as (string | null)[], outcome = true } = {}) {
  const group: GroupSpec = outcome ? { by: 'column', column: 'y', count: 2 } : { by: 'none' };
  const recipe = new Frozen({ columns, needs: [], group });
  const arms = heldOut.map((site) => ({ heldOut: site, recipe }));
  return { federation: simulatedFederationOf(made), queries: heldOut.some(Boolean) ? leaveOut : queries, scope: scopeOf(made), arms };
}

function withoutSite(made: TestTable, site: string): TestTable {
  const kept = made.site.flatMap((code, i) => (code === site ? [] : [i]));
  const width = made.features.names.length;
  return {
    site: kept.map((i) => made.site[i] as string),
    features: {
      names: made.features.names,
      values: Float64Array.from(kept.flatMap((i) => [...made.features.values.subarray(i * width, (i + 1) * width)])),
    },
    outcome: Float64Array.from(kept, (i) => made.outcome?.[i] as number),
  };
}

const sites = ['S0', 'S1', 'S2'];

describe('every selection learns without the held-out site', () => {
  const cases = {
    variance: (program: ReturnType<typeof programOf>) => selectByVariance(program, 'sample', 0.9),
    correlation: (program: ReturnType<typeof programOf>) =>
      selectByCorrelation(program, {
        kind: { kind: 'spearman', ranks: { kind: 'exact' } },
        cutoff: 0.7,
        rule: { rule: 'greedy' },
        priority: 'outcome',
      }),
    univariate: (program: ReturnType<typeof programOf>) =>
      screenColumns(program, { test: 'wilcoxon', ranks: { kind: 'exact' }, adjust: 'BH', alpha: 0.05 }),
    mrmr: (program: ReturnType<typeof programOf>) =>
      selectByMrmr(program, { measure: { kind: 'bins', bins: 3 }, criterion: 'MID', count: 3 }),
  };
  it.each(Object.entries(cases))('%s', async (_, select) => {
    const made = table();
    const arms = await select(programOf(made, { heldOut: sites }));
    for (const [k, site] of sites.entries()) {
      const [alone] = await select(programOf(withoutSite(made, site)));
      expect(arms[k]?.kept).toEqual(alone?.kept);
    }
  });
});

describe('selections', () => {
  it('by variance leave out constant columns whatever the limit', async () => {
    const [arm] = await selectByVariance(programOf(table(), { outcome: false }), 'sd', 0);
    expect(arm?.kept).toEqual([0, 1, 2, 3]);
    expect(arm?.scores[4]).toBe(0);
  });

  it('by correlation keep the column closer to the outcome, and list what is constant', async () => {
    const filter = { kind: { kind: 'pearson' }, cutoff: 0.9, rule: { rule: 'cluster', linkage: 'complete' } } as const;
    const [ordered] = await selectByCorrelation(programOf(table()), { ...filter, priority: 'order' });
    expect(ordered).toMatchObject({ kept: [0, 2, 3], constant: [4], clusters: [[0, 1], [2], [3]] });
    expect(ordered?.removed[0]).toMatchObject({ column: 1, keptColumn: 0 });
    const [closest] = await selectByCorrelation(programOf(table()), { ...filter, priority: 'outcome' });
    const scores = closest?.scores as Float64Array;
    expect(closest?.kept.includes((scores[0] as number) > (scores[1] as number) ? 0 : 1)).toBe(true);
  });

  it.each(['welch', 'student', 'wilcoxon', 'score'] as const)('by %s find the signal, adjusted for all columns', async (test) => {
    const [arm] = await screenColumns(programOf(table()), { test, ranks: { kind: 'exact' }, adjust: 'holm', alpha: 0.01 });
    expect(arm?.kept.slice(0, 2).sort()).toEqual([0, 1]);
    expect(arm?.results[4]).toMatchObject({ p: null, adjusted: null });
    const [first] = arm?.results ?? [];
    expect(first?.holm as number).toBeGreaterThanOrEqual(first?.p as number);
    expect(first?.bh as number).toBeLessThanOrEqual(first?.holm as number);
    if (test === 'wilcoxon') expect(first?.auc as number).toBeGreaterThan(0.8);
  });

  it.each(['correlation', 'gaussian', 'bins'] as const)('by mRMR (%s) take the signal once, then what is new', async (kind) => {
    const measure = kind === 'bins' ? { kind, bins: 3 } : { kind };
    const [arm] = await selectByMrmr(programOf(table()), { measure, criterion: 'MID', count: 2 });
    expect([0, 1]).toContain(arm?.kept[0]);
    expect(arm?.kept[1]).toBe(3);
    expect(arm?.relevance[4]).toBeNaN();
    const [all] = await selectByMrmr(programOf(table()), { measure, criterion: 'MIQ', count: 99 });
    expect([...(all?.kept ?? [])].sort()).toEqual([0, 1, 2, 3]);
  });

  it('run on a prepared design as on columns', async () => {
    const made = table();
    const width = made.features.names.length;
    const source = designSource((rows) => {
      const values = Float64Array.from(
        { length: rows.rowCount * 5 },
        (_, at) => rows.features[Math.floor(at / 5) * width + (at % 5)] as number,
      );
      return { rowCount: rows.rowCount, columnCount: 5, values };
    }, z.strictObject({}));
    const recipe = new Frozen({ design: {}, columnCount: 5, groupByOutcome: true });
    const program = {
      federation: pooledFederationOf(made),
      queries: unitQueries('full', 'design', source),
      scope: scopeOf(made),
      arms: [{ heldOut: null, recipe }],
    };
    const spec = { measure: { kind: 'bins', bins: 3 }, criterion: 'MIQ', count: 3 } as const;
    const [onDesign] = await selectByMrmr(program, spec);
    const [onColumns] = await selectByMrmr(programOf(made), spec);
    expect(onDesign?.kept).toEqual(onColumns?.kept);
  });
});

/** caret::findCorrelation_exact as its R source proceeds, on a copy that turns to NaN. */
function caretTwin(matrix: Float64Array, p: number, cutoff: number): number[] {
  const mean = (list: readonly number[]) => {
    const known = list.filter((x) => !Number.isNaN(x));
    return known.reduce((sum, x) => sum + x, 0) / known.length;
  };
  const size = (j: number, k: number) => (j === k ? NaN : Math.abs(matrix[j * p + k] as number));
  const all = Array.from({ length: p }, (_, j) => j);
  const order = all
    .map((j) => ({ j, m: mean(all.map((k) => size(k, j))) }))
    .sort((a, b) => b.m - a.m || a.j - b.j)
    .map(({ j }) => j);
  const x2 = order.map((j) => order.map((k) => size(j, k)));
  const deleted = new Set<number>();
  for (let i = 0; i < p - 1; i++) {
    for (let j = i + 1; j < p; j++) {
      if (deleted.has(i) || deleted.has(j) || !(size(order[i] as number, order[j] as number) > cutoff)) continue;
      const own = mean(x2[i] as number[]);
      const others = mean(x2.filter((_, row) => row !== j).flat());
      const gone = own > others ? i : j;
      deleted.add(gone);
      x2.forEach((row, k) =>
        row.forEach((_, l) => {
          if (k === gone || l === gone) row[l] = NaN;
        }),
      );
    }
  }
  return all.filter((j) => !deleted.has(order.indexOf(j)));
}

describe('pruneCorrelated', () => {
  const made = fc.tuple(fc.integer({ min: 2, max: 9 }), fc.integer()).map(([p, seed]) => {
    const random = new SeededRandom(seed);
    const rows = Array.from({ length: 12 }, () => {
      const common = random.normal();
      return Array.from({ length: p }, (_, j) => common * (j % 3) + random.normal());
    });
    const norm = (j: number) => Math.sqrt(rows.reduce((sum, row) => sum + (row[j] as number) ** 2, 0));
    const dot = (j: number, k: number) => rows.reduce((sum, row) => sum + (row[j] as number) * (row[k] as number), 0);
    const matrix = Float64Array.from({ length: p * p }, (_, at) => {
      const [j, k] = [Math.floor(at / p), at % p];
      return j === k ? 1 : dot(j, k) / (norm(j) * norm(k));
    });
    return { p, matrix };
  });

  it('as caret equals a slow twin', () => {
    fc.assert(
      fc.property(made, fc.constantFrom(0.3, 0.5, 0.7, 0.9), ({ p, matrix }, cutoff) => {
        expect(pruneCorrelated(matrix, p, cutoff, { rule: 'caret' }, [...Array(p).keys()]).kept).toEqual(caretTwin(matrix, p, cutoff));
      }),
      { numRuns: 300 },
    );
  });

  it('greedily keeps a maximal set without a correlated pair', () => {
    fc.assert(
      fc.property(made, ({ p, matrix }) => {
        const { kept } = pruneCorrelated(matrix, p, 0.5, { rule: 'greedy' }, [...Array(p).keys()]);
        const tooClose = (j: number, k: number) => Math.abs(matrix[j * p + k] as number) > 0.5;
        for (const j of kept) for (const k of kept) expect(j !== k && tooClose(j, k)).toBe(false);
        for (let j = 0; j < p; j++) expect(kept.includes(j) || kept.some((k) => tooClose(j, k))).toBe(true);
      }),
    );
  });

  it('of single linkage makes the connected components', () => {
    const matrix = Float64Array.of(1, 0.8, 0, 0, 0.8, 1, 0.75, 0, 0, 0.75, 1, 0.1, 0, 0, 0.1, 1);
    const clusters = (linkage: 'single' | 'complete' | 'average') =>
      pruneCorrelated(matrix, 4, 0.7, { rule: 'cluster', linkage }, [2, 1, 0, 3]);
    expect(clusters('single')).toEqual({ kept: [2, 3], clusters: [[0, 1, 2], [3]] });
    expect(clusters('complete').clusters).toEqual([[0, 1], [2], [3]]);
    // Average distance of {0, 1} to 2: (1 + 0.25) / 2 > 0.3.
    expect(clusters('average')).toEqual({ kept: [1, 2, 3], clusters: [[0, 1], [2], [3]] });
  });
});

describe('ties', () => {
  it('keep their order', () => {
    expect(orderByScore([1, 3, 3 + 1e-12, 2, NaN])).toEqual([1, 2, 3, 0, 4]);
    expect(orderByScore([-Infinity, 0, Infinity])).toEqual([2, 1, 0]);
    expect(bestOf([4, 5, 6], (k) => (k === 5 ? 1 + 1e-11 : 1))).toBe(4);
    expect(bestOf([4, 5, 6], (k) => (k === 5 ? 1.1 : 1))).toBe(5);
    expect(bestOf([], () => 1)).toBeUndefined();
    expect([reaches(0.75 - 1e-12, 0.75), reaches(0.7499, 0.75), reaches(NaN, 0)]).toEqual([true, false, false]);
    expect([exceeds(0.9 + 1e-12, 0.9), exceeds(0.9001, 0.9), exceeds(0, 0)]).toEqual([false, true, false]);
  });
});

it('mutual information is 0 under independence and ln 2 for a copy of a fair coin', () => {
  expect(mutualInformation(Float64Array.of(10, 20, 30, 60), 2)).toBeCloseTo(0, 14);
  expect(mutualInformation(Float64Array.of(5, 0, 0, 5), 2)).toBeCloseTo(Math.LN2, 14);
  expect(mutualInformation(Float64Array.of(0, 0, 0, 0), 2)).toBe(0);
});
