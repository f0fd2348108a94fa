import type { Design, Federation } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import {
  designMomentsQuery,
  eligibilityQuery,
  exactMedians,
  gridCountsQuery,
  momentQueries,
  rankCountsQuery,
  sampleSd,
  smoothedMedian,
} from '@cohortium/statistics';
import type { Family } from '@cohortium/statistics';
import { pooledFederationOf, rowsFromTable, scopeOf, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const numRuns = Math.max(1, Math.round(30 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));
const full: readonly (string | null)[] = [null];

/** Features in units from 1e-9 to 1e9, some cells missing, one constant, one missing at a whole site, one with ties. */
function madeTable(seed: number, sizes: readonly number[]): TestTable {
  const random = new SeededRandom(seed);
  const names = ['tiny', 'huge', 'far', 'constant', 'ties', 'gappy', 'absent', 'zero'];
  const site = sizes.flatMap((size, s) => Array.from({ length: size }, () => `S${s + 1}`));
  const values = site.flatMap((code) => {
    const z1 = () => random.normal();
    const absent = code === 'S1' ? NaN : 3 + z1();
    return [
      1e-9 * z1(),
      1e9 * (5 + z1()),
      1e5 + 0.1 * z1(),
      0.1,
      random.below(4),
      random.uniform() < 0.3 ? NaN : z1() ** 3,
      absent,
      1e-3 * z1(),
    ];
  });
  const outcome = Float64Array.from(site, (_, i) => (i % 3 === 0 ? 1 : 0));
  return { site, outcome, features: { names, values: Float64Array.from(values) } };
}
const tables = fc.tuple(fc.nat(), fc.array(fc.integer({ min: 4, max: 40 }), { minLength: 3, maxLength: 8 }));

const columnOf = ({ features }: TestTable, j: number) =>
  [...features.values].filter((x, k) => k % features.names.length === j && !Number.isNaN(x));
const meanOf = (column: readonly number[]) => column.reduce((sum, x) => sum + x, 0) / column.length;
/** The slow twin: two passes. */
const sdOf = (column: readonly number[]) => Math.sqrt(column.reduce((sum, x) => sum + (x - meanOf(column)) ** 2, 0) / (column.length - 1));
/** 1e-10 of the SD, and what adding up values of this size may lose. */
const allowed = (column: readonly number[]) => 1e-10 * sdOf(column) + 64 * 2 ** -52 * Math.max(...column.map(Math.abs));
const without = (table: TestTable, site: string | null) =>
  site === null
    ? table
    : tableOfSites(
        table,
        [...new Set(table.site)].filter((s) => s !== site),
      );

async function momentsOf(table: TestTable, federation: Federation, family: Family, heldOut: readonly (string | null)[]) {
  const queries = momentQueries(family);
  const scope = scopeOf(table);
  const { value: firsts } = await federation.sum(
    queries.first,
    { heldOut: [...heldOut], featureCount: table.features.names.length },
    scope,
  );
  const centers = firsts.map((first) => first.mean);
  const { value: centered } = await federation.sum(queries.centered, { heldOut: [...heldOut], centers }, scope);
  return firsts.map((first, a) => ({ first, sd: sampleSd(centered[a] as (typeof centered)[number], first.observed) }));
}

async function smoothedMediansOf(table: TestTable, federation: Federation, smoothing: number): Promise<Float64Array> {
  const [{ first, sd }] = (await momentsOf(table, federation, 'full', full)) as [Awaited<ReturnType<typeof momentsOf>>[number]];
  const low = first.mean.map((mean, j) => mean - (sd[j] as number));
  const width = sd.map((s) => (2 * s) / 32);
  const asked = { heldOut: [null], lows: [low], widths: [width], bins: 32 };
  const { value } = await federation.sum(gridCountsQuery('full'), asked, scopeOf(table));
  return Float64Array.from(value[0] ?? [], (counts, j) => smoothedMedian(counts, low[j] as number, width[j] as number, smoothing));
}

async function exactMediansOf(table: TestTable, federation: Federation, family: Family, heldOut: readonly (string | null)[]) {
  const arms = await momentsOf(table, federation, family, heldOut);
  return exactMedians(
    arms.map(({ first, sd }) => ({ observed: first.observed, mean: first.mean, sd })),
    async (thresholds, perFeature) =>
      (await federation.sum(rankCountsQuery(family), { heldOut: [...heldOut], thresholds, perFeature }, scopeOf(table))).value,
  );
}

function trueMedian(column: readonly number[]): number {
  const sorted = [...column].sort((a, b) => a - b);
  return ((sorted[Math.floor((sorted.length - 1) / 2)] as number) + (sorted[Math.ceil((sorted.length - 1) / 2)] as number)) / 2;
}

describe('moments', () => {
  it('equal a naive two-pass computation, federated and pooled, in any units', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ([seed, sizes]) => {
        const table = madeTable(seed, sizes);
        for (const federation of [simulatedFederationOf(table), pooledFederationOf(table)]) {
          const [{ first, sd }] = (await momentsOf(table, federation, 'full', full)) as [Awaited<ReturnType<typeof momentsOf>>[number]];
          expect(first.participants).toBe(table.site.length);
          expect(first.events).toBe((table.outcome as Float64Array).filter((y) => y === 1).length);
          table.features.names.forEach((name, j) => {
            const column = columnOf(table, j);
            expect(first.observed[j]).toBe(column.length);
            expect(Math.abs((first.mean[j] as number) - meanOf(column))).toBeLessThan(allowed(column));
            expect(Math.abs((sd[j] as number) - sdOf(column))).toBeLessThan(allowed(column));
            if (name === 'constant') expect(sd[j]).toBeLessThan(1e-15);
          });
        }
      }),
      { numRuns },
    );
  });

  it('of arms are those of the table without the site', async () => {
    const table = madeTable(1, [12, 9, 15, 8]);
    const heldOut = [null, 'S1', 'S3', 'no such site'];
    const arms = await momentsOf(table, simulatedFederationOf(table), 'leaveOneSiteOut', heldOut);
    for (const [a, site] of heldOut.entries()) {
      const rest = without(table, site);
      const { first, sd } = arms[a] as (typeof arms)[number];
      expect(first.participants).toBe(rest.site.length);
      expect(first.events).toBe((rest.outcome as Float64Array).filter((y) => y === 1).length);
      table.features.names.forEach((_, j) => {
        const column = columnOf(rest, j);
        expect(first.observed[j]).toBe(column.length);
        if (column.length > 1) expect(Math.abs((sd[j] as number) - sdOf(column))).toBeLessThan(allowed(column));
      });
    }
  });

  it('of a feature that nobody has are zero, of one that one participant has without spread', async () => {
    const values = Float64Array.of(NaN, 7, NaN, NaN, NaN, NaN);
    const table: TestTable = { site: ['A', 'B', 'C'], features: { names: ['none', 'one'], values } };
    for (const federation of [simulatedFederationOf(table), pooledFederationOf(table)]) {
      const [arm] = await momentsOf(table, federation, 'full', full);
      expect([...(arm?.first.mean ?? [])]).toEqual([0, 7]);
      expect([...(arm?.first.observed ?? [])]).toEqual([0, 1]);
      expect([...(arm?.sd ?? [])]).toEqual([0, 0]);
    }
  });

  it('fail closed where a feature is too large for the words', async () => {
    const table: TestTable = { site: ['A', 'B'], features: { names: ['f'], values: Float64Array.of(1, 1e36) } };
    await expect(momentsOf(table, simulatedFederationOf(table), 'full', full)).rejects.toMatchObject({ code: 'FEDERATION.OVERFLOW' });
  });

  it('sampleSd corrects for a center that is off', () => {
    const column = [1, 2, 4, 8];
    for (const center of [meanOf(column), 3, 0, -5]) {
      const first = Float64Array.of(column.reduce((sum, x) => sum + (x - center), 0));
      const second = Float64Array.of(column.reduce((sum, x) => sum + (x - center) ** 2, 0));
      expect(Math.abs((sampleSd({ first, second }, Float64Array.of(4))[0] as number) - sdOf(column))).toBeLessThan(1e-13);
    }
    expect([...sampleSd({ first: Float64Array.of(0, 0), second: Float64Array.of(0, -1e-30) }, Float64Array.of(1, 5))]).toEqual([0, 0]);
  });
});

describe('medians', () => {
  it('smoothed ones are the same, federated and pooled, and lie within one SD of the mean', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.constantFrom(3, 10, 30), async ([seed, sizes], smoothing) => {
        const table = madeTable(seed, sizes);
        const federated = await smoothedMediansOf(table, simulatedFederationOf(table), smoothing);
        const pooled = await smoothedMediansOf(table, pooledFederationOf(table), smoothing);
        table.features.names.forEach((_, j) => {
          const column = columnOf(table, j);
          expect(Math.abs((federated[j] as number) - (pooled[j] as number))).toBeLessThan(10 * allowed(column));
          expect(Math.abs((federated[j] as number) - meanOf(column))).toBeLessThanOrEqual(sdOf(column) + allowed(column));
        });
      }),
      { numRuns },
    );
  });

  it('a value on an edge, or off it by rounding, falls into the lower cell', () => {
    const query = gridCountsQuery('full');
    for (const nudge of [0, 1e-16, -1e-16, 1e-11, -1e-11]) {
      const table: TestTable = { site: ['A', 'A', 'A'], features: { names: ['f'], values: Float64Array.of(0.3 + nudge, 0.1, 0.7) } };
      const params = { heldOut: [null], lows: [Float64Array.of(0)], widths: [Float64Array.of(0.1)], bins: 5 };
      expect([...query.local(rowsFromTable(table), params)]).toEqual([0, 1, 0, 1, 0, 0, 1]);
    }
  });

  it('missing cells are counted nowhere, a constant feature below its grid', () => {
    const table: TestTable = { site: ['A', 'A'], features: { names: ['gap', 'flat'], values: Float64Array.of(NaN, 5, 1, 5) } };
    const params = { heldOut: [null], lows: [Float64Array.of(0, 5)], widths: [Float64Array.of(1, 0)], bins: 2 };
    expect([...gridCountsQuery('full').local(rowsFromTable(table), params)]).toEqual([0, 1, 0, 0, 2, 0, 0, 0]);
  });

  it('exact ones equal the true median, federated and pooled, in every arm', async () => {
    const table = madeTable(5, [11, 8, 9, 12]);
    for (const federation of [simulatedFederationOf(table), pooledFederationOf(table)]) {
      const heldOut = [null, 'S2', 'S4'];
      const medians = await exactMediansOf(table, federation, 'leaveOneSiteOut', heldOut);
      for (const [a, site] of heldOut.entries()) {
        table.features.names.forEach((_, j) => {
          const column = columnOf(without(table, site), j);
          const rounding = 4 * 2 ** -52 * Math.max(...column.map(Math.abs));
          expect(Math.abs((medians[a]?.[j] as number) - trueMedian(column))).toBeLessThanOrEqual(1e-12 * sdOf(column) + rounding);
        });
      }
    }
  });
});

describe('moments of a prepared design', () => {
  const recipe = z.strictObject({ offset: z.number() });
  const query = designMomentsQuery<z.output<typeof recipe>>(
    'full',
    (rows, { offset }): Design => ({
      rowCount: rows.rowCount,
      columnCount: rows.featureNames.length,
      values: rows.features.map((x) => x + offset),
    }),
    recipe,
  );
  const columns = async (federation: Federation, table: TestTable, offset: number, center: number) => {
    const arms = [{ heldOut: null, recipe: new Frozen({ offset }) }];
    const centers = [Float64Array.from(table.features.names, () => center)];
    return (await federation.sum(query, { arms, centers }, scopeOf(table))).value[0] ?? { mean: [], sd: [] };
  };

  it('equal a naive two-pass computation', async () => {
    const random = new SeededRandom(3);
    const site = Array.from({ length: 60 }, (_, i) => `S${i % 4}`);
    const values = Float64Array.from({ length: 120 }, () => random.normal());
    const table: TestTable = { site, features: { names: ['a', 'b'], values } };
    for (const federation of [simulatedFederationOf(table), pooledFederationOf(table)]) {
      const { mean, sd } = await columns(federation, table, 0.25, 0);
      [0, 1].forEach((j) => {
        expect(Math.abs((mean[j] as number) - meanOf(columnOf(table, j)) - 0.25)).toBeLessThan(1e-14);
        expect(Math.abs((sd[j] as number) - sdOf(columnOf(table, j)))).toBeLessThan(1e-14);
      });
    }
  });

  it('keep the SD of a column that varies a millionth as much as it is away from zero', async () => {
    const random = new SeededRandom(4);
    const site = Array.from({ length: 90 }, (_, i) => `S${i % 3}`);
    const values = Float64Array.from({ length: 90 }, () => 1e-6 * random.normal());
    const table: TestTable = { site, features: { names: ['a'], values } };
    const shifted = { ...table, features: { names: ['a'], values: values.map((x) => x + 0.75) } };
    const expected = sdOf(columnOf(shifted, 0));
    for (const federation of [simulatedFederationOf(shifted), pooledFederationOf(shifted)]) {
      const { sd, mean } = await columns(federation, shifted, 0, 0.75);
      expect(Math.abs((sd[0] as number) / expected - 1)).toBeLessThan(1e-9);
      expect(Math.abs((mean[0] as number) - meanOf(columnOf(shifted, 0)))).toBeLessThan(1e-15);
    }
  });
});

describe('families', () => {
  const table = madeTable(1, [6, 6, 6]);
  const rows = rowsFromTable(table);
  const [vector] = [new Float64Array(table.features.names.length)];
  const local: Readonly<Record<string, (family: Family, heldOut: (string | null)[]) => unknown>> = {
    'first-moments': (family, heldOut) => momentQueries(family).first.local(rows, { heldOut, featureCount: vector.length }),
    'centered-moments': (family, heldOut) => momentQueries(family).centered.local(rows, { heldOut, centers: heldOut.map(() => vector) }),
    'grid-counts': (family, heldOut) =>
      gridCountsQuery(family).local(rows, { heldOut, lows: heldOut.map(() => vector), widths: heldOut.map(() => vector), bins: 4 }),
    'rank-counts': (family, heldOut) =>
      rankCountsQuery(family).local(rows, { heldOut, thresholds: heldOut.map(() => vector), perFeature: 1 }),
    'design-moments': (family, heldOut) =>
      designMomentsQuery<object>(family, (r) => ({ rowCount: r.rowCount, columnCount: vector.length, values: r.features }), z.any()).local(
        rows,
        {
          arms: heldOut.map((site) => ({ heldOut: site, recipe: new Frozen({}) })),
          centers: heldOut.map(() => vector),
        },
      ),
  };

  it.each(Object.entries(local))('%s of the full family refuses to hold out a site', (operation, compute) => {
    expect(() => compute('full', [null])).not.toThrow();
    for (const heldOut of [['S1'], [null, 'S1']]) {
      expect(() => compute('full', heldOut)).toThrow(
        expect.objectContaining({ code: 'STATISTICS.SITE_FOLDS_REFUSED', params: { operation: `statistics.${operation}` } }),
      );
      expect(() => compute('leaveOneSiteOut', heldOut)).not.toThrow();
    }
  });

  it('have operation names of their own', () => {
    expect(momentQueries('full').first.operation).toBe('statistics.first-moments');
    expect(momentQueries('leaveOneSiteOut').first.operation).toBe('loso.first-moments');
  });
});

describe('eligibility', () => {
  const site = (n: number, events: number): TestTable => ({
    site: new Array<string>(n).fill('A'),
    outcome: Float64Array.from({ length: n }, (_, i) => (i < events ? 1 : 0)),
    features: { names: ['f'], values: new Float64Array(n) },
  });
  it.each([
    [10, 3, true, 'eligible'],
    [9, 3, true, 'tooFew'],
    [10, 0, true, 'oneClass'],
    [10, 10, true, 'oneClass'],
    [10, 0, false, 'eligible'],
    [3, 0, true, 'tooFew'],
    [0, 0, false, 'tooFew'],
  ])('of %i participants with %i events (both classes needed: %s) is %s', (n, events, needBothClasses, verdict) => {
    const answer = eligibilityQuery.local(rowsFromTable(site(n, events)), { minParticipants: 10, needBothClasses });
    expect(answer).toEqual({ n: { state: 'ok', value: n, cells: [n] }, verdict });
    // Events never leave: nothing but n and the verdict is in the answer.
    expect(Object.keys(answer)).toEqual(['n', 'verdict']);
  });
});
