import { PooledFederation, operationName } from '@cohortium/federation';
import type { CohortRows, Design } from '@cohortium/federation';
import { Frozen, parseSiteId } from '@cohortium/kernel';
import { SeededRandom, symmetricEigen } from '@cohortium/numerics';
import { rowsFromTable, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { principalAxes } from './axes.js';
import type { PrincipalAxes } from './axes.js';
import { componentProductsQuery, siteEllipsesQuery } from './query.js';
import type { SiteEllipse } from './query.js';

const sites = ['S1', 'S2', 'S3'];
const width = 4;

/** Four columns, of which the first two move with the site; sites of 12, 32 and 52. */
function madeTable(seed: number): TestTable {
  const random = new SeededRandom(seed);
  const site = sites.flatMap((code, k) => Array.from({ length: 12 + 20 * k }, () => code));
  const values = Float64Array.from({ length: width * site.length }, (_, i) => {
    const k = sites.indexOf(site[Math.floor(i / width)] as string);
    return random.normal() + (i % width < 2 ? 3 * k : 0);
  });
  return { site, features: { names: ['a', 'b', 'c', 'd'], values } };
}

const raw = (rows: CohortRows): Design => ({ rowCount: rows.rowCount, columnCount: width, values: rows.features });
const doubled = (rows: CohortRows): Design => ({ ...raw(rows), values: rows.features.map((value) => 2 * value) });
const stages = { before: raw, after: doubled, columnsOf: () => width };
const products = componentProductsQuery(stages, z.strictObject({}));
const ellipses = siteEllipsesQuery(stages, z.strictObject({}));
const scope = { name: 'training' as const, sites: sites.map(parseSiteId) };
const recipe = new Frozen({});

async function axesOf(table: TestTable, pooled: boolean): Promise<PrincipalAxes> {
  const federation = pooled ? new PooledFederation((asked) => rowsFromTable(tableOfSites(table, asked))) : simulatedFederationOf(table);
  return principalAxes((await federation.sum(products, { recipe }, scope)).value) as PrincipalAxes;
}

const value = (figure: SiteEllipse['mean'][0]): number => (figure.state === 'ok' ? figure.value : NaN);

describe('sites along principal axes', () => {
  it.each([1, 2, 3])('have the axes of the stacked table, to 1e-10 (seed %i)', async (seed) => {
    const table = madeTable(seed);
    const [found, pooled] = [await axesOf(table, false), await axesOf(table, true)];
    found.axes.forEach((weight, k) => expect(Math.abs(weight - (pooled.axes[k] as number))).toBeLessThan(1e-10));
    // The definition, on the rows themselves.
    const n = table.site.length;
    const column = (j: number) => Array.from({ length: n }, (_, i) => table.features.values[i * width + j] as number);
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    const covariance = Float64Array.from({ length: width * width }, (_, at) => {
      const [a, b] = [column(Math.floor(at / width)), column(at % width)];
      return a.reduce((sum, v, i) => sum + (v - mean(a)) * ((b[i] as number) - mean(b)), 0) / (n - 1);
    });
    const { values, vectors } = symmetricEigen(covariance, width);
    const total = values.reduce((sum, v) => sum + v, 0);
    [0, 1].forEach((axis) => {
      expect(found.explained[axis]).toBeCloseTo((values[axis] as number) / total, 10);
      for (let j = 0; j < width; j++) expect(found.axes[axis * width + j]).toBeCloseTo(vectors[j * width + axis] as number, 9);
    });
  });

  it('tell mean and covariance of the scores of a site, before and after, and their cells', async () => {
    const table = madeTable(4);
    const { axes } = await axesOf(table, true);
    const own = tableOfSites(table, [parseSiteId('S2')]);
    const { before, after } = ellipses.local(rowsFromTable(own), { recipe, axes });
    const scores = [0, 1].map((axis) =>
      Array.from({ length: 32 }, (_, i) =>
        [0, 1, 2, 3].reduce((sum, j) => sum + (own.features.values[i * width + j] as number) * (axes[axis * width + j] as number), 0),
      ),
    ) as [number[], number[]];
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    const moment = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, v, i) => sum + (v - mean(a)) * ((b[i] as number) - mean(b)), 0) / 31;
    [mean(scores[0]), mean(scores[1])].forEach((expected, k) => {
      expect(value(before.mean[k] as SiteEllipse['mean'][0])).toBeCloseTo(expected, 11);
      expect(value(after.mean[k] as SiteEllipse['mean'][0])).toBeCloseTo(2 * expected, 11);
    });
    [moment(scores[0], scores[0]), moment(scores[0], scores[1]), moment(scores[1], scores[1])].forEach((expected, k) =>
      expect(value(before.covariance[k] as SiteEllipse['mean'][0])).toBeCloseTo(expected, 11),
    );
    for (const figure of [...before.mean, ...before.covariance, ...after.mean, ...after.covariance])
      expect((figure as { cells?: readonly number[] }).cells).toEqual([32]);
  });

  it('say nothing of two participants, and have no axes where fewer than two columns vary', async () => {
    const two = { site: ['S1', 'S1'], features: { names: ['a', 'b', 'c', 'd'], values: Float64Array.from({ length: 8 }, (_, i) => i) } };
    const { before } = ellipses.local(rowsFromTable(two), { recipe, axes: new Float64Array(8) });
    expect([...before.mean, ...before.covariance].every(({ state }) => state === 'withheld')).toBe(true);
    const { value: sums } = await simulatedFederationOf(madeTable(5)).sum(products, { recipe }, scope);
    expect(principalAxes(sums, new Set([0, 1, 2]))).toBeNull();
    expect(principalAxes(sums, new Set([2, 3]))?.axes.filter((weight) => weight !== 0)).toHaveLength(4);
  });

  it('refuse axes of another length, and are asked under names of their own', () => {
    expect(ellipses.params.safeParse({ recipe, axes: new Float64Array(7) }).success).toBe(false);
    expect([operationName(products), operationName(ellipses)]).toEqual([
      'harmonization.component-products@1',
      'harmonization.site-ellipses@1',
    ]);
  });
});
