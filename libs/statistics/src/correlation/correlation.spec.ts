import { Frozen } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { fitComponents } from '../pca/pca.js';
import { unitQueries } from '../units/queries.js';
import { columnSource } from '../units/units.js';
import { inflationFactors } from './inflation.js';
import { columnCorrelations } from './pairwise.js';

const queries = unitQueries('full', 'column', columnSource);
const columns = ['a', 'b', 'c', 'flat'];

/** 60 rows at three sites; `b` follows `a`, `c` has ties and gaps, `flat` is constant. */
function table(): TestTable & { rows: number[][] } {
  const random = new SeededRandom(11);
  const rows = Array.from({ length: 60 }, (_, i) => {
    const a = random.normal();
    return [a, 1e6 + a + 0.5 * random.normal(), i % 5 === 0 ? NaN : Math.round(a + random.normal()), 3];
  });
  return { rows, site: rows.map((_, i) => `S${i % 3}`), features: { names: columns, values: Float64Array.from(rows.flat()) } };
}

function ranks(x: readonly number[]): number[] {
  return x.map((v) => x.filter((u) => u < v).length + (x.filter((u) => u === v).length + 1) / 2);
}

/** Slow twin. */
function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (v: readonly number[]) => v.reduce((s, u) => s + u / v.length, 0);
  const [mx, my] = [mean(x), mean(y)];
  const sum = (f: (i: number) => number) => x.reduce((s, _, i) => s + f(i), 0);
  const [dx, dy] = [(i: number) => (x[i] as number) - mx, (i: number) => (y[i] as number) - my];
  return sum((i) => dx(i) * dy(i)) / Math.sqrt(sum((i) => dx(i) ** 2) * sum((i) => dy(i) ** 2));
}

describe('columnCorrelations', () => {
  it.each(['complete', 'pairwise'] as const)('equal a slow twin, %s', async (missing) => {
    const made = table();
    const spec = { federation: simulatedFederationOf(made), queries, scope: scopeOf(made), columns, missing };
    const r = await columnCorrelations(spec, { kind: 'pearson' });
    const rho = await columnCorrelations(spec, { kind: 'spearman', ranks: { kind: 'exact' } });
    for (let j = 0; j < 3; j++)
      for (let k = 0; k < 3; k++) {
        const needed = missing === 'complete' ? [0, 1, 2] : [j, k];
        const kept = made.rows.filter((row) => needed.every((c) => !Number.isNaN(row[c])));
        const [x, y] = [kept.map((row) => row[j] as number), kept.map((row) => row[k] as number)];
        expect(r.values[4 * j + k]).toBeCloseTo(pearson(x, y), 9);
        expect(rho.values[4 * j + k]).toBeCloseTo(pearson(ranks(x), ranks(y)), 12);
        expect(rho.pairs[4 * j + k]).toBe(kept.length);
      }
    for (let j = 0; j < 4; j++) expect(r.values[4 * j + 3]).toBeNaN();
  });

  it('on a grid come near those of the ranks', async () => {
    const made = table();
    const spec = {
      federation: simulatedFederationOf(made),
      queries,
      scope: scopeOf(made),
      columns: ['a', 'b'],
      missing: 'complete' as const,
    };
    const exact = await columnCorrelations(spec, { kind: 'spearman', ranks: { kind: 'exact' } });
    const grid = await columnCorrelations(spec, { kind: 'spearman', ranks: { kind: 'grid', bins: 256 } });
    expect(Math.abs((grid.values[1] as number) - (exact.values[1] as number))).toBeLessThan(0.01);
  });
});

describe('fitComponents', () => {
  const recipe = new Frozen({ columns: ['a', 'b', 'flat'], needs: ['a', 'b', 'flat'], group: { by: 'none' as const } });

  it('of two correlated columns are their sum and difference', async () => {
    const made = table();
    const program = { federation: simulatedFederationOf(made), queries, scope: scopeOf(made), arms: [{ heldOut: null, recipe }] };
    const [found] = await fitComponents(program, true);
    const r = pearson(
      made.rows.map((row) => row[0] as number),
      made.rows.map((row) => row[1] as number),
    );
    expect(found?.n).toBe(60);
    [Math.sqrt(1 + r), Math.sqrt(1 - r), 0].forEach((sd, k) => expect(found?.sd[k]).toBeCloseTo(sd, 9));
    // Rows are columns of the table; the first of equally large weights is positive.
    [
      [1, 1],
      [1, -1],
      [0, 0],
    ].forEach((weights, j) => weights.forEach((w, k) => expect(found?.rotation[3 * j + k]).toBeCloseTo(w * Math.SQRT1_2, 9)));
  });

  it('of the covariance weigh columns by their spread', async () => {
    const made = table();
    const program = { federation: simulatedFederationOf(made), queries, scope: scopeOf(made), arms: [{ heldOut: null, recipe }] };
    const [found] = await fitComponents(program, false);
    const total = (found?.sd ?? new Float64Array()).reduce((sum, sd) => sum + sd * sd, 0);
    const variance = (j: number) => {
      const x = made.rows.map((row) => row[j] as number);
      const mean = x.reduce((s, v) => s + v / 60, 0);
      return x.reduce((s, v) => s + (v - mean) ** 2 / 59, 0);
    };
    expect(total).toBeCloseTo(variance(0) + variance(1), 8);
    expect([...(found?.scale ?? [])]).toEqual([1, 1, 1]);
  });
});

describe('inflationFactors', () => {
  it('of two columns are 1 / (1 - r^2)', () => {
    const [first, second] = inflationFactors(Float64Array.of(1, 0.6, 0.6, 1), 2, [[0], [1]]);
    expect(first?.gvif).toBeCloseTo(1 / 0.64, 12);
    expect(second?.perDf).toBeCloseTo(1 / 0.8, 12);
  });

  it('of a term of several columns do not depend on their coding', () => {
    // Columns 1 and 2 replaced by their sum and difference, rescaled: the same space, so the same generalized factor.
    const r = [0.3, 0.5, 0.2] as const;
    const before = Float64Array.of(1, r[0], r[1], r[0], 1, r[2], r[1], r[2], 1);
    const [up, down] = [Math.sqrt(2 + 2 * r[2]), Math.sqrt(2 - 2 * r[2])];
    const after = Float64Array.of(1, (r[0] + r[1]) / up, (r[0] - r[1]) / down, (r[0] + r[1]) / up, 1, 0, (r[0] - r[1]) / down, 0, 1);
    const gvif = (matrix: Float64Array) => inflationFactors(matrix, 3, [[0], [1, 2]]).map((term) => term.gvif as number);
    gvif(before).forEach((value, k) => expect(gvif(after)[k]).toBeCloseTo(value, 12));
    // With two terms the factors are one: 1 - squared multiple correlation either way.
    expect(gvif(before)[0]).toBeCloseTo(gvif(before)[1] as number, 12);
  });

  it('do not exist for collinear columns', () => {
    expect(inflationFactors(Float64Array.of(1, 1, 1, 1), 2, [[0], [1]])[0]).toMatchObject({ gvif: null, perDf: null });
  });
});
