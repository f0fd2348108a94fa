import { PooledFederation, operationName } from '@cohortium/federation';
import type { CohortRows, Design } from '@cohortium/federation';
import { Frozen, parseSiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { rowsFromTable, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { siteShare } from './explained.js';
import { siteDifferencesQuery } from './query.js';
import type { SiteDifferences } from './query.js';

const sites = ['S1', 'S2', 'S3'];

/** Two columns whose location and spread differ between sites of unequal size. */
function madeTable(seed: number): TestTable {
  const random = new SeededRandom(seed);
  const site = sites.flatMap((code, k) => Array.from({ length: 7 + 20 * k }, () => code));
  const values = Float64Array.from({ length: 2 * site.length }, (_, i) => {
    const k = sites.indexOf(site[i >> 1] as string);
    return i % 2 === 0 ? k + random.normal() : (1 + k) * random.normal();
  });
  return { site, features: { names: ['moved', 'spread'], values } };
}

const raw = (rows: CohortRows): Design => ({ rowCount: rows.rowCount, columnCount: 2, values: rows.features });
const shrunken = (rows: CohortRows): Design => ({ ...raw(rows), values: rows.features.map((value, i) => (i % 2 === 0 ? 0.25 : value)) });
const query = siteDifferencesQuery({ before: raw, after: shrunken, columnsOf: () => 2 }, z.strictObject({}));

async function differences(table: TestTable, pooled = false): Promise<SiteDifferences> {
  const federation = pooled ? new PooledFederation((asked) => rowsFromTable(tableOfSites(table, asked))) : simulatedFederationOf(table);
  const scope = { name: 'training' as const, sites: sites.map(parseSiteId) };
  return (await federation.sum(query, { recipe: new Frozen({}) }, scope)).value;
}

const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;

/** Eta squared by its definition. */
function etaSquared(groups: readonly (readonly number[])[]): number {
  const all = groups.flat();
  const squares = (list: readonly number[], around: number) => list.reduce((sum, value) => sum + (value - around) ** 2, 0);
  return 1 - groups.reduce((sum, group) => sum + squares(group, mean(group)), 0) / squares(all, mean(all));
}

const groupsOf = ({ site, features }: TestTable, column: number) =>
  sites.map((code) => site.flatMap((own, i) => (own === code ? [features.values[2 * i + column] as number] : [])));

describe('differences between sites', () => {
  it.each([1, 2, 3])(
    'have the eta squared of the stacked values and of their distances to the medians of the sites (seed %i)',
    async (seed) => {
      const table = madeTable(seed);
      const { before } = await differences(table);
      [0, 1].forEach((column) => {
        const groups = groupsOf(table, column);
        const distances = groups.map((group) => {
          const middle = [...group].sort((a, b) => a - b)[group.length >> 1] as number;
          return group.map((value) => Math.abs(value - middle));
        });
        expect(siteShare(before[column]?.location as never).explained).toBeCloseTo(etaSquared(groups), 12);
        expect(siteShare(before[column]?.spread as never).explained).toBeCloseTo(etaSquared(distances), 12);
      });
    },
  );

  it('equal those of the pooled table to 1e-12, with an imbalance of sites', async () => {
    const table = madeTable(9);
    const [found, expected] = [await differences(table), await differences(table, true)];
    for (const stage of ['before', 'after'] as const)
      found[stage].forEach((column, j) => {
        for (const kind of ['location', 'spread'] as const) {
          const twin = expected[stage][j]?.[kind] as (typeof column)['location'];
          expect(Math.abs(column[kind].between - twin.between)).toBeLessThan(1e-12);
          expect(Math.abs(column[kind].within - twin.within)).toBeLessThan(1e-12);
        }
      });
  });

  it('have no share where nothing varies', async () => {
    const { after } = await differences(madeTable(4));
    expect(siteShare(after[0]?.location as never)).toEqual({ explained: null, p: null });
    expect(siteShare(after[1]?.location as never).explained).toBeGreaterThan(0);
  });

  it('have the F test of a known analysis of variance', () => {
    // Groups (1, 2, 3), (2, 4, 6), (5, 7, 9), as in the tests of batches.
    const share = siteShare({ n: 9, batches: 3, between: 128 / 3, within: 18 });
    expect(share.explained).toBeCloseTo(128 / 182, 12);
    expect(share.p).toBeCloseTo((1 + 64 / 27) ** -3, 12);
  });

  it('are asked under a name of their own', () => expect(operationName(query)).toBe('harmonization.site-differences@1'));
});
