import { SeededRandom } from '@cohortium/numerics';
import { pooledFederationOf, scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { selectByStability } from './stability.js';

const columns = ['n1', 'signal', 'n2', 'n3', 'flat'];

/** 240 rows at three sites; the outcome follows `signal`, the others are noise or constant. */
function table(): TestTable {
  const random = new SeededRandom(31);
  const values = Array.from({ length: 240 }, () => {
    const row = [random.normal(), random.normal(), random.normal(), random.normal(), 2];
    return [...row, Number(1.2 * (row[1] as number) + random.normal() > 0)];
  });
  return { site: values.map((_, i) => `S${i % 3}`), features: { names: [...columns, 'y'], values: Float64Array.from(values.flat()) } };
}

function select(pooled = false, threshold = 0.8) {
  const made = table();
  return selectByStability({
    federation: pooled ? pooledFederationOf(made) : simulatedFederationOf(made),
    scope: scopeOf(made),
    columns,
    outcome: { column: 'y', classes: [0, 1] },
    alpha: 1,
    lambda: { count: 6, minRatio: 0.2 },
    pairs: 4,
    seed: 'halves',
    threshold,
    tolerance: 1e-8,
    maxRounds: 200,
  });
}

describe('selectByStability', () => {
  it('keeps the signal, which every half selects, and never a constant column', async () => {
    const found = await select();
    expect(found.kept[0]).toBe(1);
    expect(found.frequency[1]).toBe(1);
    expect(found.frequency[4]).toBe(0);
    expect(Math.max(...[0, 2, 3].map((j) => found.frequency[j] as number))).toBeLessThan(1);
    expect(found.path.map(({ subsamples }) => subsamples)).toEqual([8, 8, 8, 8, 8, 8]);
    // At the largest penalty all rows select nothing; a half may select one column.
    expect((found.path[0]?.frequency ?? new Float64Array()).reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(1);
    expect(found.falseBound).toBeCloseTo(found.meanSelected ** 2 / (0.6 * 5), 12);
  });

  it('chooses alike over sites and on the stacked table', async () => {
    const [federated, pooled] = [await select(), await select(true)];
    expect(federated.frequency).toEqual(pooled.frequency);
    expect(federated.kept).toEqual(pooled.kept);
  });

  it('has no bound on false selections for thresholds up to one half', async () => {
    const found = await select(true, 0.5);
    expect(found.falseBound).toBeNull();
    expect(found.kept.length).toBeGreaterThanOrEqual(1);
  });
});
