import { PooledFederation } from '@cohortium/federation';
import { Frozen, parseSiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { rowsFromTable, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { batchTestQuery } from './query.js';
import type { BatchSums, ValueScores } from './query.js';
import { fTestOfBatches, scoreTestOfBatches } from './tests.js';
import { batchValues, medianOf } from './values.js';
import type { BatchValueRecipe } from './values.js';

/** Scanners A (site 1), B (site 2), C (both), one feature with ties and gaps. */
function madeTable(seed: number): TestTable {
  const random = new SeededRandom(seed);
  const site = Array.from({ length: 40 }, (_, i) => `S${1 + (i % 2)}`);
  const scanner = Float64Array.from(site, (code) => (random.uniform() < 0.5 ? 2 : Number(code.slice(1)) - 1));
  const values = Float64Array.from(scanner, (b) => (random.uniform() < 0.1 ? NaN : Math.round(4 * (b + (1 + b) * random.normal())) / 4));
  return { site, features: { names: ['f'], values }, covariates: { scanner } };
}

const raw: BatchValueRecipe = {
  spec: { features: ['f'], batch: { column: 'scanner', levels: ['A', 'B', 'C'] }, covariates: [], train: null, completeRows: false },
  fitted: null,
  deviations: null,
  ranked: false,
};

async function sums(table: TestTable, recipe: BatchValueRecipe, scores: ValueScores, pooled = false): Promise<BatchSums> {
  const federation = pooled ? new PooledFederation((sites) => rowsFromTable(tableOfSites(table, sites))) : simulatedFederationOf(table);
  const scope = { name: 'training' as const, sites: ['S1', 'S2'].map(parseSiteId) };
  const { value } = await federation.sum(batchTestQuery, { recipe: new Frozen(recipe), scores, crossing: [2] }, scope);
  return value[0] as BatchSums;
}

/** Observed values by scanner. */
function groupsOf(table: TestTable): number[][] {
  const scanner = table.covariates?.['scanner'] as Float64Array;
  return [0, 1, 2].map((b) => [...table.features.values].filter((value, i) => scanner[i] === b && !Number.isNaN(value)));
}

const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
const squares = (list: number[], around = mean(list)) => list.reduce((sum, value) => sum + (value - around) ** 2, 0);
const unit: ValueScores = { kind: 'scale', center: Float64Array.of(0.3), scale: Float64Array.of(2) };

describe('sums of batch tests', () => {
  it.each([1, 2, 3])('equal those of the stacked values, with a batch at two sites (seed %i)', async (seed) => {
    const table = madeTable(seed);
    const groups = groupsOf(table);
    const found = await sums(table, raw, unit);
    const all = groups.flat();
    expect(found.n).toBe(all.length);
    expect(found.batches).toBe(3);
    expect(found.within * 4).toBeCloseTo(
      groups.reduce((sum, group) => sum + squares(group), 0),
      10,
    );
    expect(found.between * 4).toBeCloseTo(
      groups.reduce((sum, group) => sum + group.length * (mean(group) - mean(all)) ** 2, 0),
      10,
    );
    const twin = await sums(table, raw, unit, true);
    expect(Math.abs(found.between - twin.between)).toBeLessThan(1e-12);
  });

  it('deviations are taken from the median of the batch, given for the batch at two sites', async () => {
    const table = madeTable(5);
    const groups = groupsOf(table);
    const deviated = { ...raw, deviations: { batches: [2], medians: Float64Array.of(medianOf(Float64Array.from(groups[2] as number[]))) } };
    const found = await sums(table, deviated, { kind: 'scale', center: Float64Array.of(0), scale: Float64Array.of(1) });
    const distances = groups.map((group) => {
      const sorted = [...group].sort((a, b) => a - b);
      const half = sorted.length / 2;
      const median = sorted.length % 2 ? (sorted[half - 0.5] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
      return group.map((value) => Math.abs(value - median));
    });
    expect(found.within).toBeCloseTo(
      distances.reduce((sum, group) => sum + squares(group), 0),
      10,
    );
  });

  it('ranks give the Kruskal-Wallis statistic by its formula, corrected for ties', async () => {
    const table = madeTable(7);
    const groups = groupsOf(table);
    const all = groups.flat().sort((a, b) => a - b);
    const distinct = [...new Set(all)];
    const rank = (value: number) => all.indexOf(value) + 1 + (all.filter((other) => other === value).length - 1) / 2;
    const scores: ValueScores = {
      kind: 'cells',
      sizes: Float64Array.of(distinct.length - 1),
      edges: Float64Array.from(distinct.slice(0, -1)),
      scores: Float64Array.from(distinct, rank),
    };
    const test = scoreTestOfBatches(await sums(table, raw, scores));
    const n = all.length;
    const h =
      (12 / (n * (n + 1))) * groups.reduce((sum, group) => sum + group.map(rank).reduce((a, b) => a + b, 0) ** 2 / group.length, 0) -
      3 * (n + 1);
    const ties = distinct.reduce(
      (sum, value) => sum + all.filter((other) => other === value).length ** 3 - all.filter((other) => other === value).length,
      0,
    );
    expect(test?.statistic).toBeCloseTo(h / (1 - ties / (n ** 3 - n)), 9);
    expect(test?.p).toBeCloseTo(Math.exp(-(test?.statistic as number) / 2), 10);
  });
});

describe('tests of batches', () => {
  it('have the F and p of a known analysis of variance', () => {
    // Groups (1, 2, 3), (2, 4, 6), (5, 7, 9): between 42.67 over 2, within 18 over 6; F 7.111 with tail (1 + F / 3)^-3.
    const f = fTestOfBatches({ n: 9, batches: 3, between: 128 / 3, within: 18 });
    expect(f?.statistic).toBeCloseTo(64 / 9, 12);
    expect(f?.p).toBeCloseTo((1 + 64 / 27) ** -3, 12);
  });

  it('are null without spread or with one batch', () => {
    expect(fTestOfBatches({ n: 9, batches: 3, between: 2, within: 0 })).toBeNull();
    expect(fTestOfBatches({ n: 9, batches: 1, between: 0, within: 2 })).toBeNull();
    expect(scoreTestOfBatches({ n: 9, batches: 3, between: 0, within: 0 })).toBeNull();
  });

  it('values of rows without batch are left out', () => {
    const table = { ...madeTable(2), covariates: { scanner: new Float64Array(40).fill(9) } };
    expect(batchValues(rowsFromTable(table), new Frozen(raw)).batch.every((code) => code === -1)).toBe(true);
  });
});
