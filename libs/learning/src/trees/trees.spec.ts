import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PooledFederation } from '@cohortium/federation';
import type { Federation } from '@cohortium/federation';
import { parseSiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { rowsFromTable, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { edgesOfCounts } from './edges.js';
import { fitBoostedTrees } from './fit.js';
import type { BoostedTrees, BoostOptions } from './fit.js';
import type { TreeTask } from './inputs.js';
import { bestSplit } from './split.js';
import { isLeaf, marginOf } from './tree.js';
import type { Tree } from './tree.js';

const options: BoostOptions = {
  rounds: 6,
  learningRate: 0.3,
  maxDepth: 3,
  lambda: 1,
  gamma: 0,
  minChildWeight: 1,
  minChildRows: 1,
  bins: 16,
  grid: 400,
  baseScore: null,
};

/** Rows with gaps at three sites; the outcome depends on two inputs and on whether one is missing. */
function madeTable(seed: number, n = 240): TestTable {
  const random = new SeededRandom(seed);
  const values: number[] = [];
  const outcome: number[] = [];
  for (let i = 0; i < n; i++) {
    const [a, b, c] = [random.normal(), random.normal(), random.below(3)];
    const missing = random.uniform() < 0.2;
    const eta = 1.2 * a + (b > 0 ? 0.8 : -0.8) * (c - 1) + (missing ? 1 : 0);
    outcome.push(Number(random.uniform() < 1 / (1 + Math.exp(-eta))));
    values.push(a, missing ? NaN : b, c, random.normal());
  }
  return {
    site: Array.from({ length: n }, (_, i) => `S${1 + (i % 3)}`),
    features: { names: ['a', 'b', 'c', 'noise'], values: Float64Array.from(values) },
    covariates: { y: Float64Array.from(outcome) },
  };
}

const task: TreeTask = {
  inputs: ['a', 'b', 'c', 'noise'].map((column) => ({ column, code: null })),
  outcome: { column: 'y', positive: [1] },
};

function run(table: TestTable, federation: Federation, asked: Partial<BoostOptions> = {}, what = task): Promise<BoostedTrees> {
  return fitBoostedTrees(
    federation,
    what,
    { ...options, ...asked },
    { name: 'training', sites: [...new Set(table.site)].sort().map(parseSiteId) },
  );
}

const pooledOf = (table: TestTable) => new PooledFederation((sites) => rowsFromTable(tableOfSites(table, sites)));

/** The same by recursion over rows, on given edges: every division tried by summing its rows anew. */
function slowTrees(x: number[][], y: number[], edges: readonly Float64Array[], start: number, asked: BoostOptions): number[] {
  const margins = y.map(() => start);
  const score = (g: number, h: number) => (g * g) / (h + asked.lambda);
  for (let round = 0; round < asked.rounds; round++) {
    const p = margins.map((m) => 1 / (1 + Math.exp(-m)));
    const sums = (rows: number[]) => ({
      g: rows.reduce((sum, i) => sum + (p[i] as number) - (y[i] as number), 0),
      h: rows.reduce((sum, i) => sum + (p[i] as number) * (1 - (p[i] as number)), 0),
    });
    const steps: [number, number][] = [];
    const grow = (rows: number[], depth: number): void => {
      const total = sums(rows);
      let best = { gain: 1e-6, left: [] as number[], right: [] as number[] };
      if (depth < asked.maxDepth) {
        edges.forEach((list, f) => {
          const gaps = rows.filter((i) => Number.isNaN(x[i]?.[f]));
          for (const edge of [...list, Infinity]) {
            for (const missingLeft of gaps.length > 0 ? [true, false] : [true]) {
              const left = rows.filter((i) => (Number.isNaN(x[i]?.[f]) ? missingLeft : (x[i]?.[f] as number) <= edge));
              const right = rows.filter((i) => !left.includes(i));
              if (left.length === 0 || right.length === 0) continue;
              const [a, b] = [sums(left), sums(right)];
              if (a.h < asked.minChildWeight || b.h < asked.minChildWeight) continue;
              const gain = score(a.g, a.h) + score(b.g, b.h) - score(total.g, total.h);
              if (gain > best.gain + 1e-9 * (1 + best.gain)) best = { gain, left, right };
            }
          }
        });
      }
      if (best.left.length === 0) for (const i of rows) steps.push([i, (-asked.learningRate * total.g) / (total.h + asked.lambda)]);
      else [best.left, best.right].forEach((side) => grow(side, depth + 1));
    };
    grow([...y.keys()], 0);
    for (const [i, step] of steps) margins[i] = (margins[i] as number) + step;
  }
  return margins;
}

function inputsOf(table: TestTable): { x: number[][]; y: number[] } {
  const rows = rowsFromTable(table);
  const p = rows.featureNames.length;
  return {
    x: Array.from({ length: rows.rowCount }, (_, i) => [...rows.features.subarray(i * p, (i + 1) * p)]),
    y: [...(rows.covariates['y'] as Float64Array)],
  };
}

describe('boosted trees', () => {
  it('equal the slow recursion over rows', async () => {
    const table = madeTable(1, 90);
    const asked = { ...options, rounds: 3, bins: 6 };
    const found = await run(table, simulatedFederationOf(table), asked);
    const { x, y } = inputsOf(table);
    const slow = slowTrees(x, y, found.edges, found.start, asked);
    x.forEach((row, i) =>
      expect(Math.abs(marginOf(found.trees, found.start, (f) => row[f] as number) - (slow[i] as number))).toBeLessThan(1e-8),
    );
  });

  it.each([1, 2, 3, 4, 5])('federated and pooled trees are the same to the bit (seed %i)', async (seed) => {
    const table = madeTable(seed);
    const [federated, pooled] = [await run(table, simulatedFederationOf(table)), await run(table, pooledOf(table))];
    const shape = ({ trees }: BoostedTrees) => trees.map(({ nodes }) => nodes.map((node) => (isLeaf(node) ? node : { ...node, gain: 0 })));
    expect(shape(federated)).toEqual(shape(pooled));
    federated.deviance.forEach((value, k) => expect(Math.abs(value - (pooled.deviance[k] as number))).toBeLessThan(1e-9));
  });

  it('lower the deviance of the training rows with every tree', async () => {
    const { deviance, trees } = await run(madeTable(9), simulatedFederationOf(madeTable(9)), { rounds: 12 });
    expect(deviance.length).toBe(13);
    for (let k = 1; k < deviance.length; k++) expect(deviance[k] as number).toBeLessThan(deviance[k - 1] as number);
    expect(trees.every(({ nodes }) => nodes.length > 1)).toBe(true);
  });

  it('finds that an input is missing to be informative', async () => {
    const random = new SeededRandom(3);
    const n = 200;
    const gap = Array.from({ length: n }, () => random.uniform() < 0.4);
    const table: TestTable = {
      site: gap.map((_, i) => `S${1 + (i % 2)}`),
      features: { names: ['a'], values: Float64Array.from(gap, (missing) => (missing ? NaN : random.normal())) },
      covariates: { y: Float64Array.from(gap, (missing) => Number(random.uniform() < (missing ? 0.9 : 0.1))) },
    };
    const { trees } = await run(
      table,
      simulatedFederationOf(table),
      { rounds: 1, maxDepth: 1 },
      { ...task, inputs: [{ column: 'a', code: null }] },
    );
    const tree = trees[0] as Tree;
    expect(tree.nodes[0]).toMatchObject({ feature: 0, missingLeft: false, edge: Number.MAX_VALUE });
    expect(marginOf(trees, 0, () => NaN)).toBeGreaterThan(marginOf(trees, 0, () => 5));
  });

  it('refuses one class and inputs that do not vary', async () => {
    const table = madeTable(2);
    const constant = { ...table, covariates: { y: new Float64Array(240).fill(1) } };
    await expect(run(constant, simulatedFederationOf(constant))).rejects.toThrow('LEARNING.ONE_CLASS');
    const flat = { ...table, features: { names: ['a', 'b', 'c', 'noise'], values: new Float64Array(960) } };
    await expect(run(flat, simulatedFederationOf(flat))).rejects.toThrow('LEARNING.NO_INPUT_VARIES');
  });
});

interface Golden {
  readonly x: (number | null)[][];
  readonly y: number[];
  readonly cases: {
    params: Record<'max_depth' | 'learning_rate' | 'lambda' | 'min_child_weight' | 'gamma', number>;
    rounds: number;
    margins: number[];
  }[];
}

describe('against XGBoost 3.2.0 (test/golden/learning)', () => {
  const golden = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../../test/golden/learning/boosted-trees.json'), 'utf8'),
  ) as Golden;
  const table: TestTable = {
    site: golden.y.map((_, i) => `S${1 + (i % 4)}`),
    features: { names: ['a', 'b', 'c'], values: Float64Array.from(golden.x.flat(), (value) => value ?? NaN) },
    covariates: { y: Float64Array.from(golden.y) },
  };

  it.each(golden.cases)('margins of its predictions: $params', async ({ params, rounds, margins }) => {
    const asked = {
      rounds,
      maxDepth: params.max_depth,
      learningRate: params.learning_rate,
      lambda: params.lambda,
      minChildWeight: params.min_child_weight,
      gamma: params.gamma,
      baseScore: 0.5,
    };
    const { trees, start } = await run(table, simulatedFederationOf(table), asked, {
      ...task,
      inputs: ['a', 'b', 'c'].map((column) => ({ column, code: null })),
    });
    // XGBoost works in single precision, which holds 7 digits.
    golden.x.forEach((row, i) =>
      expect(Math.abs(marginOf(trees, start, (f) => row[f] ?? NaN) - (margins[i] as number))).toBeLessThan(2e-6),
    );
  });
});

describe('parts of trees', () => {
  it('edges divide filled cells, at about equal counts where there are more than bins', () => {
    expect([...edgesOfCounts([0, 1, 2, 3], [1, 0, 1, 2, 0], 4)]).toEqual([0, 2]);
    expect([...edgesOfCounts([1, 2, 3, 4, 5, 6, 7], [5, 5, 5, 5, 5, 5, 5, 5], 4)]).toEqual([2, 4, 6]);
    expect([...edgesOfCounts([], [9], 4)]).toEqual([]);
    expect([...edgesOfCounts([1, 2], [100, 1, 1], 3)].length).toBeLessThanOrEqual(2);
  });

  it('equal gains go to the first input and the lowest edge', () => {
    const cells = Float64Array.of(-2, 1, 4, 0, 0, 0, 2, 1, 4, 0, 0, 0);
    const split = bestSplit({ cells: [cells, cells] }, { lambda: 1, gamma: 0, minChildWeight: 0.5, minChildRows: 1 });
    expect(split).toMatchObject({ feature: 0, bin: 0, gain: 4 });
    expect(bestSplit({ cells: [cells] }, { lambda: 1, gamma: 0, minChildWeight: 2, minChildRows: 1 })).toBeNull();
    expect(bestSplit({ cells: [cells] }, { lambda: 1, gamma: 0, minChildWeight: 0, minChildRows: 5 })).toBeNull();
    expect(bestSplit({ cells: [cells] }, { lambda: 1, gamma: 5, minChildWeight: 0, minChildRows: 1 })).toBeNull();
  });
});
