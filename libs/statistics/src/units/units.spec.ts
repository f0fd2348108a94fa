import { Frozen } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { pooledFederationOf, scopeOf, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { fitUnitMoments, powerOfTwoNear } from './moments.js';
import { unitQueries } from './queries.js';
import type { UnitProgram } from './queries.js';
import { columnSource } from './units.js';
import type { ColumnRecipe, GroupSpec } from './units.js';

const queries = unitQueries('full', 'column', columnSource);
const leaveOut = unitQueries('leaveOneSiteOut', 'column', columnSource);

/** 40 rows at three sites: `a` with gaps, `tiny` near 1e-15, `huge` near 1e18, `flat` constant; category `kind` 0, 1 or missing. */
function table(): TestTable {
  const random = new SeededRandom(5);
  const site = Array.from({ length: 40 }, (_, i) => ['A', 'B', 'B', 'C'][i % 4] as string);
  const values = new Float64Array(200);
  for (let i = 0; i < 40; i++)
    values.set(
      [
        i % 7 === 0 ? NaN : random.normal(),
        1e-15 * (1 + 0.1 * random.normal()),
        1e18 + 1e15 * random.normal(),
        0.1,
        i % 9 === 0 ? NaN : i % 2,
      ],
      5 * i,
    );
  return { site, features: { names: ['a', 'tiny', 'huge', 'flat', 'kind'], values } };
}

function program(federation: UnitProgram<ColumnRecipe>['federation'], recipe: ColumnRecipe, heldOut: (string | null)[] = [null]) {
  const arms = heldOut.map((site) => ({ heldOut: site, recipe: new Frozen(recipe) }));
  return { federation, queries: heldOut.every((site) => site === null) ? queries : leaveOut, scope: scopeOf(table()), arms };
}

/** Slow twin: mean and SD of the rows that `keep` lets through. */
function naive(column: number, keep: (row: number) => boolean): { n: number; mean: number; sd: number } {
  const { values } = table().features;
  const list = Array.from({ length: 40 }, (_, i) => i)
    .filter(keep)
    .map((i) => values[5 * i + column] as number)
    .filter((x) => !Number.isNaN(x));
  const mean = list.reduce((sum, x) => sum + x / list.length, 0);
  return { n: list.length, mean, sd: Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (list.length - 1)) };
}

const columns = ['a', 'tiny', 'huge', 'flat'];

describe('fitUnitMoments', () => {
  it.each(['simulated', 'pooled'])('gives means and SDs whatever the units, %s', async (kind) => {
    const federation = kind === 'pooled' ? pooledFederationOf(table()) : simulatedFederationOf(table());
    const [arm] = await fitUnitMoments(program(federation, { columns, needs: [], group: { by: 'none' } }));
    expect(arm?.units[0]).toBe(40);
    for (const j of [0, 1, 2]) {
      const { n, mean, sd } = naive(j, () => true);
      expect(arm?.n[j]).toBe(n);
      // Sums of some forty values: a few units in the last place.
      expect(Math.abs((arm?.mean[j] as number) - mean)).toBeLessThan(1e-13 * Math.max(sd, Math.abs(mean) * 1e-2));
      expect(Math.abs((arm?.sd[j] as number) / sd - 1)).toBeLessThan(1e-12);
    }
    // 0.1 is not exact in binary, so sums of it leave a rest that must not pass for spread.
    expect(arm?.sd[3]).toBe(0);
  });

  it.each<[string, GroupSpec, (row: number, site: string) => number]>([
    ['a category', { by: 'column', column: 'kind', count: 2 }, (i) => (i % 9 === 0 ? -1 : i % 2)],
    ['the site', { by: 'site', sites: ['A', 'B', 'C'] }, (_, site) => ['A', 'B', 'C'].indexOf(site)],
  ])('groups by %s, complete rows, a site held out', async (_, group, groupOf) => {
    const { site } = table();
    const federation = simulatedFederationOf(table());
    const arms = await fitUnitMoments(program(federation, { columns, needs: ['a'], group }, [null, 'B']));
    const count = group.by === 'site' ? 3 : 2;
    [null, 'B'].forEach((heldOut, a) => {
      for (let g = 0; g < count; g++) {
        const keep = (i: number) => i % 7 !== 0 && site[i] !== heldOut && groupOf(i, site[i] as string) === g;
        const expected = naive(1, keep);
        const at = g * 4 + 1;
        expect(arms[a]?.n[at]).toBe(expected.n);
        expect(arms[a]?.units[g]).toBe(expected.n);
        if (expected.n > 1) expect(Math.abs((arms[a]?.sd[at] as number) / expected.sd - 1)).toBeLessThan(1e-12);
      }
    });
  });

  it('refuses to hold out a site in the full family, and columns that are not there', async () => {
    const federation = simulatedFederationOf(table());
    const held = { ...program(federation, { columns, needs: [], group: { by: 'none' } }, ['A']), queries };
    await expect(fitUnitMoments(held)).rejects.toThrow(/leave out a site/);
    const unknown = program(simulatedFederationOf(table()), { columns: ['b'], needs: [], group: { by: 'none' } });
    await expect(fitUnitMoments(unknown)).rejects.toThrow(/"b"/);
  });

  it('scales by powers of two', () => {
    expect([0, 1, 1.5, 2, 3e-15, 5e17].map(powerOfTwoNear)).toEqual([1, 1, 1, 2, 2 ** -49, 2 ** 58]);
  });
});

describe('edges', () => {
  it('that do not ascend are refused', async () => {
    const { federation, scope, arms } = program(simulatedFederationOf(table()), { columns: ['a'], needs: [], group: { by: 'none' } });
    const edges = [{ sizes: Float64Array.of(2), edges: Float64Array.of(1, 0) }];
    await expect(federation.sum(queries.cells, { arms, layout: 'shared', edges }, scope)).rejects.toThrow(/edges must ascend/);
  });

  it('count a value on an edge below it', async () => {
    const { federation, scope, arms } = program(simulatedFederationOf(table()), { columns: ['flat'], needs: [], group: { by: 'none' } });
    const edges = [{ sizes: Float64Array.of(2), edges: Float64Array.of(0.05, 0.1) }];
    const { value } = await federation.sum(queries.cells, { arms, layout: 'shared', edges }, scope);
    expect([...(value[0]?.[0] as Float64Array)]).toEqual([0, 40, 0]);
  });
});
