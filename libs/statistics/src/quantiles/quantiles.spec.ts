import { Frozen } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { pooledFederationOf, scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { fitUnitMoments } from '../units/moments.js';
import { unitQueries } from '../units/queries.js';
import { columnSource } from '../units/units.js';
import { exactQuantiles, smoothedQuantiles } from './quantiles.js';

const queries = unitQueries('full', 'column', columnSource);

function programOf(values: readonly number[], pooled = false) {
  const table: TestTable = { site: values.map((_, i) => `S${i % 3}`), features: { names: ['x'], values: Float64Array.from(values) } };
  const recipe = new Frozen({ columns: ['x'], needs: [], group: { by: 'none' as const } });
  const federation = pooled ? pooledFederationOf(table) : simulatedFederationOf(table);
  return { federation, queries, scope: scopeOf(table), arms: [{ heldOut: null, recipe }] };
}

describe('exactQuantiles', () => {
  it('interpolate as type 7', async () => {
    // By hand: position 1 + (n - 1) p among 1, 2, 4, 8, 16: 1.4, 2, 3, 4.6, 5.
    const program = programOf([8, 1, 16, 2, 4]);
    const [found] = await exactQuantiles(program, await fitUnitMoments(program), [[0.1, 0.25, 0.5, 0.9, 1]]);
    [1.4, 2, 4, 12.8, 16].forEach((value, k) => expect(found?.[0]?.[0]?.[k]).toBeCloseTo(value, 14));
  });

  it('are null without values', async () => {
    const program = programOf([NaN, NaN, NaN]);
    const [found] = await exactQuantiles(program, await fitUnitMoments(program), [[0.5]]);
    expect(found?.[0]?.[0]).toEqual([null]);
  });
});

describe('smoothedQuantiles', () => {
  const random = new SeededRandom(3);
  const values = Array.from({ length: 600 }, () => Math.exp(random.normal()));

  it('come near the exact ones, and equal the pooled ones', async () => {
    const probs = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];
    const program = programOf(values);
    const moments = await fitUnitMoments(program);
    const [found] = await smoothedQuantiles(program, moments, [probs], { bins: 256, smoothing: 5 });
    const pooled = programOf(values, true);
    const [twin] = await smoothedQuantiles(pooled, await fitUnitMoments(pooled), [probs], { bins: 256, smoothing: 5 });
    const [exact] = await exactQuantiles(program, moments, [probs]);
    const sd = moments[0]?.sd[0] as number;
    probs.forEach((p, k) => {
      const value = found?.[0]?.[0]?.[k] ?? null;
      if (p === 0 || p === 1) return expect(value).toBeNull();
      expect(Math.abs((value as number) - (twin?.[0]?.[0]?.[k] as number))).toBeLessThan(1e-12);
      // Brackets of five values of 600, and cells of at most 6 SD / 256.
      return expect(Math.abs((value as number) - (exact?.[0]?.[0]?.[k] as number))).toBeLessThan((p === 0.95 ? 0.15 : 0.04) * sd);
    });
  });

  it('give nothing for fewer values than they smooth over, and the value of a constant column', async () => {
    const few = programOf([1, 2, 3]);
    const [found] = await smoothedQuantiles(few, await fitUnitMoments(few), [[0.5]], { bins: 64, smoothing: 5 });
    expect(found?.[0]?.[0]).toEqual([null]);
    const flat = programOf([7, 7, 7, 7, 7, 7]);
    const [constant] = await smoothedQuantiles(flat, await fitUnitMoments(flat), [[0.5]], { bins: 64, smoothing: 5 });
    expect(constant?.[0]?.[0]).toEqual([7]);
  });
});
