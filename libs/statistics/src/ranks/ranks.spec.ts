import { Frozen } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { pooledFederationOf, scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unitQueries } from '../units/queries.js';
import { columnSource } from '../units/units.js';
import type { GroupSpec } from '../units/units.js';
import { DoubleOrder, simplestDecimal } from './double-order.js';
import { cellCounts, distinctValues, midranks, orderStatistics } from './order.js';

const numRuns = Math.max(1, Math.round(60 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));
const queries = unitQueries('full', 'column', columnSource);

function tableOf(values: readonly number[], siteCount = 3): TestTable {
  return { site: values.map((_, i) => `S${i % siteCount}`), features: { names: ['x'], values: Float64Array.from(values) } };
}

function programOf(
  table: TestTable,
  federation = pooledFederationOf(table) as Parameters<typeof distinctValues>[0]['federation'],
  group: GroupSpec = { by: 'none' },
) {
  const recipe = new Frozen({ columns: [...table.features.names], needs: [], group });
  return { federation, queries, scope: scopeOf(table), arms: [{ heldOut: null, recipe }] };
}

const anyDouble = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -4, max: 4 }),
  fc.integer({ min: -4, max: 4 }).map((x) => x * Number.MIN_VALUE),
  fc.integer({ min: -500, max: 500 }).map((x) => x / 100),
  fc.double({ min: 0.3, max: 0.3000000001, noNaN: true }),
);
const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b).map((x) => x + 0);

describe('distinctValues', () => {
  it('finds every value with its count, of any size and however close', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDouble, { minLength: 1, maxLength: 40 }), async (values) => {
        const [[found] = []] = await distinctValues(programOf(tableOf(values)), 'values');
        const expected = [...new Set(ascending(values))];
        expect([...(found?.values as Float64Array)]).toEqual(expected);
        expect([...(found?.counts as Float64Array)]).toEqual(expected.map((x) => values.filter((y) => y === x).length));
      }),
      { numRuns },
    );
  });

  it('separates values without learning them: the cells of its edges hold one value each', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDouble, { minLength: 1, maxLength: 40 }), async (values) => {
        const program = programOf(tableOf(values));
        const [[found] = []] = await distinctValues(program, 'order');
        const expected = [...new Set(ascending(values))];
        expect(found?.counts.length).toBe(expected.length);
        expected.forEach((x, k) => {
          expect([...(found?.edges as Float64Array)].filter((edge) => edge < x).length).toBe(k);
        });
        const [[counts] = []] = await cellCounts(program, [[found?.edges as Float64Array]]);
        expect(counts).toEqual(found?.counts);
      }),
      { numRuns },
    );
  });

  it('needs few rounds: 700 decimals with ties in at most 12, 700 full doubles in at most 12', async () => {
    const random = new SeededRandom(1);
    for (const round of [(x: number) => Number(x.toFixed(2)), (x: number) => x]) {
      let rounds = 0;
      const table = tableOf(Array.from({ length: 700 }, () => round(50 + 10 * random.normal())));
      const federation = simulatedFederationOf(table, (site) => (rounds += Number(site === 'S0')));
      const [[found] = []] = await distinctValues(programOf(table, federation), 'order');
      expect(found?.counts.length).toBe(new Set(table.features.values).size);
      expect(rounds).toBeLessThanOrEqual(12);
    }
  });

  it('gives nothing for a column without values', async () => {
    const [[found] = []] = await distinctValues(programOf(tableOf([NaN, NaN, NaN])), 'values');
    expect(found?.counts.length).toBe(0);
  });
});

describe('orderStatistics', () => {
  it('are the sorted values to the last bit, group by group', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDouble, { minLength: 3, maxLength: 30 }), async (values) => {
        const table = tableOf(values);
        const sites = ['S0', 'S1', 'S2'];
        const bySite = sites.map((site) => ascending(values.filter((_, i) => table.site[i] === site)));
        const ranks = bySite.map((list) => [1, list.length, Math.ceil(list.length / 2)]);
        const program = programOf(table, simulatedFederationOf(table), { by: 'site', sites });
        const [found] = await orderStatistics(program, [ranks]);
        ranks.forEach((list, g) => expect([...(found?.[g] as Float64Array)]).toEqual(list.map((rank) => bySite[g]?.[rank - 1])));
      }),
      { numRuns },
    );
  });
});

describe('DoubleOrder', () => {
  const order = new DoubleOrder();
  it('counts the doubles between two', () => {
    expect(order.between(1, 1 + 2 * Number.EPSILON)).toBe(1);
    expect(order.between(-Number.MIN_VALUE, Number.MIN_VALUE)).toBe(1);
    expect(order.between(0, Number.MIN_VALUE)).toBe(0);
    expect(order.between(-Infinity, -Number.MAX_VALUE)).toBe(0);
    expect(order.between(1, 2)).toBe(2 ** 52 - 1);
  });

  it('splits any interval strictly inside, in order', () => {
    fc.assert(
      fc.property(anyDouble, anyDouble, fc.integer({ min: 1, max: 50 }), (a, b, count) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const inside = order.split(low, high, count);
        expect(inside.length).toBe(low === high ? 0 : Math.min(count, order.between(low, high)));
        [low, ...inside, high].forEach((x, k, all) => k === 0 || low === high || expect(x).toBeGreaterThan(all[k - 1] as number));
      }),
      { numRuns: 10 * numRuns },
    );
  });

  it('knows the double before', () => {
    expect(order.before(1)).toBe(1 - Number.EPSILON / 2);
    expect(order.before(0)).toBe(-Number.MIN_VALUE);
    expect(order.before(-1)).toBe(-1 - Number.EPSILON);
  });
});

describe('simplestDecimal', () => {
  it.each([
    [0.29999, 0.30002, 0.3],
    [-1, 5, 0],
    [1234.4, 1234.6, 1234.6],
    [-0.30002, -0.29999, -0.3],
    [99.5, 101, 100],
    [1e-20, 3e-20, 3e-20],
    [0.1, 0.30000000000000004, 0.3],
  ])('in (%f, %f] is %f', (low, high, expected) => expect(simplestDecimal(low, high)).toBe(expected));

  it('lies inside', () => {
    fc.assert(
      fc.property(anyDouble, anyDouble, (a, b) => {
        if (a === b) return;
        const found = simplestDecimal(Math.min(a, b), Math.max(a, b)) as number;
        expect(found > Math.min(a, b) && found <= Math.max(a, b)).toBe(true);
      }),
      { numRuns: 10 * numRuns },
    );
  });
});

it('midranks share the mean of tied ranks', () => {
  expect([...midranks(Float64Array.of(1, 3, 1))]).toEqual([1, 3, 5]);
});
