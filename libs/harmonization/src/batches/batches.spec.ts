import { PooledFederation } from '@cohortium/federation';
import { Frozen, parseSiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { rowsFromTable, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harmonizedRows } from './apply.js';
import { tableSource } from './data.js';
import { fitBatches } from './fit.js';
import type { BatchFitOptions } from './fit.js';
import { tableBatchQueries } from './queries.js';
import { ownEffects } from './site-effects.js';
import type { BatchSpec } from './spec.js';

const defaults: BatchFitOptions = {
  eb: true,
  parametric: true,
  likelihood: 'log',
  meanOnly: false,
  reference: null,
  missing: 'neurocombat',
  constantInBatch: 'sva',
  minBatch: 1,
  batchOfOne: 'refuse',
};
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

/** Rows at 3 sites with 3 scanners that sites share or not, 4 features with gaps, one covariate. */
function madeTable(seed: number, shared: boolean): TestTable {
  const random = new SeededRandom(seed);
  const n = 45;
  const site = Array.from({ length: n }, (_, i) => `S${1 + (i % 3)}`);
  const scanner = Float64Array.from(site, (code, i) => (shared ? (i % 4) % 3 : Number(code.slice(1)) - 1));
  const age = Float64Array.from(site, () => 50 + 10 * random.normal());
  const values = Float64Array.from({ length: n * 4 }, (_, k) => {
    const row = Math.floor(k / 4);
    const b = scanner[row] as number;
    if (k % 4 === 3 && random.uniform() < 0.15) return NaN;
    return 100 * (k % 4) + (0.5 + b) * random.normal() + 2 * b + 0.1 * (age[row] as number);
  });
  return { site, features: { names: ['f0', 'f1', 'f2', 'f3'], values }, covariates: { scanner, age } };
}

/** Solves the normal equations of a design by Gaussian elimination with pivoting. */
function leastSquares(x: number[][], y: number[]): number[] {
  const p = x[0]?.length ?? 0;
  const a = Array.from({ length: p }, (_, r) => [
    ...Array.from({ length: p }, (_, c) => x.reduce((sum, row) => sum + (row[r] as number) * (row[c] as number), 0)),
    x.reduce((sum, row, i) => sum + (row[r] as number) * (y[i] as number), 0),
  ]);
  for (let c = 0; c < p; c++) {
    const pivot = a.slice(c).reduce((best, row, k) => (Math.abs(row[c] as number) > Math.abs(a[best]?.[c] as number) ? c + k : best), c);
    [a[c], a[pivot]] = [a[pivot] as number[], a[c] as number[]];
    for (let r = 0; r < p; r++) {
      if (r === c) continue;
      const factor = (a[r]?.[c] as number) / (a[c]?.[c] as number);
      for (let k = c; k <= p; k++) (a[r] as number[])[k] = (a[r]?.[k] as number) - factor * (a[c]?.[k] as number);
    }
  }
  return a.map((row, r) => (row[p] as number) / (row[r] as number));
}

/** Textbook ComBat of one feature up to gammaHat and deltaHat: a dummy per batch, rows with the feature only. */
function slowFeature(batch: number[], age: number[], y: number[], reference: number | null, sva: boolean) {
  const rows = y.flatMap((value, i) => (Number.isNaN(value) ? [] : [i]));
  const design = rows.map((i) => [0, 1, 2].map((b) => Number(batch[i] === b)).concat(age[i] as number));
  const beta = leastSquares(
    design,
    rows.map((i) => y[i] as number),
  );
  const counts = [0, 1, 2].map((b) => batch.filter((own) => own === b).length);
  const grand =
    reference === null ? counts.reduce((sum, n, b) => sum + (n / batch.length) * (beta[b] as number), 0) : (beta[reference] as number);
  const used = rows.map((i, k) => ({ i, k })).filter(({ i }) => reference === null || batch[i] === reference);
  const squares = used.reduce(
    (sum, { i, k }) => sum + ((y[i] as number) - (design[k] as number[]).reduce((fit, x, c) => fit + x * (beta[c] as number), 0)) ** 2,
    0,
  );
  const variance = squares / (used.length - (sva ? 1 : 0));
  const z = y.map((value, i) => (value - grand - (beta[3] as number) * (age[i] as number)) / Math.sqrt(variance));
  const moments = [0, 1, 2].map((b) => {
    const own = z.filter((value, i) => batch[i] === b && !Number.isNaN(value));
    const mean = own.reduce((a, c) => a + c, 0) / own.length;
    return { mean, variance: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (own.length - 1) };
  });
  return { grand, slope: beta[3] as number, variance, moments };
}

const levels = ['A', 'B', 'C'];
function specOf(column: string | null, table: TestTable): BatchSpec {
  const sites = [...new Set(table.site)].sort();
  return {
    features: [...table.features.names],
    batch: { column, levels: column === null ? sites : levels },
    covariates: [{ name: 'age', factors: [{ column: 'age' }] }],
    train: null,
    completeRows: false,
  };
}

async function run(table: TestTable, column: string | null, options: Partial<BatchFitOptions> = {}, spec = specOf(column, table)) {
  const scope = { name: 'training' as const, sites: [...new Set(table.site)].sort().map(parseSiteId) };
  const recipe = new Frozen(spec);
  const names = { levels: spec.batch.levels, covariates: spec.covariates.map(({ name }) => name) };
  const fit = (federation: Parameters<typeof fitBatches>[0]) =>
    fitBatches(federation, tableBatchQueries, recipe, names, { ...defaults, ...options }, scope);
  const federated = await fit(simulatedFederationOf(table));
  const pooled = await fit(new PooledFederation((sites) => rowsFromTable(tableOfSites(table, sites))));
  return { federated, pooled, recipe, levels: names.levels };
}

describe('fitBatches', () => {
  it.each([
    { label: 'batches at several sites', shared: true, reference: null, missing: 'neurocombat' as const },
    { label: 'batches within sites, as sva', shared: false, reference: null, missing: 'sva' as const },
    { label: 'a reference batch at several sites', shared: true, reference: 1, missing: 'sva' as const },
    { label: 'a reference batch within a site', shared: false, reference: 2, missing: 'neurocombat' as const },
  ])('equals the textbook form with a dummy per batch: $label', async ({ shared, reference, missing }) => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const table = madeTable(seed, shared);
        const { federated: fit, recipe } = await run(table, 'scanner', { reference, missing });
        expect(fit.crossing.length).toBe(shared ? 3 : 0);
        const rows = rowsFromTable(table);
        const batch = [...(rows.covariates['scanner'] as Float64Array)];
        const age = [...(rows.covariates['age'] as Float64Array)];
        const own = ownEffects(rows, tableSource, recipe, fit.model, fit.crossing, levels);
        const { scaling, grandMean, varPooled, beta } = fit.model.value;
        for (let f = 0; f < 4; f++) {
          const y = Array.from({ length: rows.rowCount }, (_, i) => rows.features[i * 4 + f] as number);
          const slow = slowFeature(batch, age, y, reference, missing === 'sva');
          const [scale, center] = [scaling.scale[f] as number, scaling.center[f] as number];
          const slope = ((beta[f] as number) * scale) / (scaling.covariateScale[0] as number);
          const grand = center + scale * (grandMean[f] as number) - slope * (scaling.covariateCenter[0] as number);
          // Scales: the SD of the feature, for the slope over that of age.
          expect(Math.abs(grand - slow.grand) / scale).toBeLessThan(1e-10);
          expect((Math.abs(slope - slow.slope) * 10) / scale).toBeLessThan(1e-10);
          expect(Math.abs((varPooled[f] as number) * scale ** 2 - slow.variance) / slow.variance).toBeLessThan(1e-10);
          slow.moments.forEach(({ mean, variance }, b) => {
            const effects = (shared ? fit.crossingEffects : own).get(b)?.effects;
            expect(Math.abs((effects?.gammaHat[f] as number) - mean)).toBeLessThan(1e-10 * Math.max(1, Math.abs(mean)));
            expect(Math.abs((effects?.deltaHat[f] as number) - variance) / variance).toBeLessThan(1e-10);
          });
        }
      }),
      { numRuns: 8 },
    );
  });

  it('federated equals pooled, and harmonized batches have equal mean and spread without empirical Bayes', async () => {
    const table = madeTable(4, true);
    const { federated, pooled, recipe } = await run(table, 'scanner', { eb: false });
    for (const key of ['grandMean', 'varPooled', 'beta'] as const)
      federated.model.value[key].forEach((value, k) =>
        expect(Math.abs(value - (pooled.model.value[key][k] as number))).toBeLessThan(1e-12),
      );
    const rows = rowsFromTable(table);
    const values = harmonizedRows(rows, tableSource, recipe, federated.model, (b) => federated.crossingEffects.get(b)?.effects);
    const { scaling, grandMean, beta, varPooled } = federated.model.value;
    const age = rows.covariates['age'] as Float64Array;
    for (let b = 0; b < 3; b++) {
      const z = [...age.keys()]
        .filter((i) => rows.covariates['scanner']?.[i] === b)
        .map((i) => {
          const y = ((values[i * 4] as number) - (scaling.center[0] as number)) / (scaling.scale[0] as number);
          const x = ((age[i] as number) - (scaling.covariateCenter[0] as number)) / (scaling.covariateScale[0] as number);
          return (y - (grandMean[0] as number) - (beta[0] as number) * x) / Math.sqrt(varPooled[0] as number);
        });
      const mean = z.reduce((sum, value) => sum + value, 0) / z.length;
      expect(Math.abs(mean)).toBeLessThan(1e-10);
      expect(z.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (z.length - 1)).toBeCloseTo(1, 10);
    }
  });

  it('leaves rows of the reference batch and constant features untouched, and says why', async () => {
    const table = madeTable(8, false);
    const values = table.features.values.slice();
    table.site.forEach((code, i) => {
      if (code === 'S2') values[i * 4 + 1] = 7;
      values[i * 4 + 2] = 3;
    });
    const changed = { ...table, features: { ...table.features, values } };
    const { federated: fit, recipe, levels: sites } = await run(changed, null, { reference: 1 });
    expect([...fit.reasons]).toEqual([
      [1, 'constant in a batch'],
      [2, 'constant'],
    ]);
    const rows = rowsFromTable(changed);
    const own = ownEffects(rows, tableSource, recipe, fit.model, [], sites);
    const found = harmonizedRows(rows, tableSource, recipe, fit.model, (b) => own.get(b)?.effects);
    const changedCells = (site: string) =>
      [...found.keys()]
        .filter((k) => rows.sites[rows.siteIndex[Math.floor(k / 4)] as number] === site && !Object.is(found[k], rows.features[k]))
        .map((k) => k % 4);
    expect(changedCells('S2')).toEqual([]);
    expect(new Set(changedCells('S1'))).toEqual(new Set([0, 3]));
  });

  it('a feature that a batch does not have, or has once, is left as it is', async () => {
    const table = madeTable(12, false);
    const values = table.features.values.slice();
    const second = table.site.map((code, i) => (code === 'S2' ? i : -1)).filter((i) => i >= 0);
    second.forEach((i, k) => {
      values[i * 4] = NaN;
      if (k > 0) values[i * 4 + 1] = NaN;
    });
    const changed = { ...table, features: { ...table.features, values } };
    expect([...(await run(changed, null)).federated.reasons.values()]).toEqual(['missing in a batch', 'missing in a batch']);
    expect([...(await run(changed, null, { meanOnly: true })).federated.reasons]).toEqual([[0, 'missing in a batch']]);
  });

  describe('refuses', () => {
    const table = madeTable(21, false);
    const first = [...table.site.keys()].filter((i) => table.site[i] !== 'S2' || i === 1);
    const single: TestTable = {
      site: first.map((i) => table.site[i] as string),
      features: {
        names: table.features.names,
        values: Float64Array.from(
          first.flatMap((i) => [...table.features.values.subarray(i * 4, i * 4 + 4)].map((v) => (Number.isNaN(v) ? 300 + i : v))),
        ),
      },
      covariates: { age: Float64Array.from(first, (i) => table.covariates?.['age']?.[i] as number) },
    };

    it('one batch', () => expect(run(tableOfSites(table, ['S1']), null)).rejects.toThrow('HARMONIZATION.TOO_FEW_BATCHES'));

    it('a reference batch without rows', () =>
      expect(
        run(table, null, { reference: 0 }, { ...specOf(null, table), batch: { column: null, levels: ['S0', 'S1', 'S2', 'S3'] } }),
      ).rejects.toMatchObject({
        code: 'HARMONIZATION.UNKNOWN_REFERENCE',
        params: { batch: 'S0', known: '"S1", "S2", "S3"' },
      }));

    it('a batch of one, unless means are all that is harmonized', async () => {
      await expect(run(single, null)).rejects.toMatchObject({ code: 'HARMONIZATION.BATCH_OF_ONE', params: { batches: '"S2"' } });
      expect((await run(single, null, { batchOfOne: 'meanOnlyAll' })).federated.model.value.rule.meanOnly).toBe(true);
      expect((await run(single, null, { meanOnly: true })).federated.reasons.size).toBe(0);
    });

    it('small batches, by name', () =>
      expect(run(single, null, { minBatch: 5, meanOnly: true })).rejects.toMatchObject({
        code: 'HARMONIZATION.SMALL_BATCHES',
        params: { batches: '"S2"', needed: 5 },
      }));

    it('covariates that the batches determine, by name, also where batches cross sites', async () => {
      const covariates = [
        { name: 'age', factors: [{ column: 'age' }] },
        { name: 'scanner B', factors: [{ column: 'scanner', code: 1 }] },
      ];
      for (const shared of [true, false]) {
        const own = madeTable(21, shared);
        const spec = { ...specOf('scanner', own), covariates };
        await expect(run(own, 'scanner', {}, spec)).rejects.toMatchObject({
          code: 'HARMONIZATION.CONFOUNDED',
          params: { covariates: '"scanner B"' },
        });
      }
    });

    it('batches without training rows', () =>
      expect(run(table, null, {}, { ...specOf(null, table), train: { column: 'scanner', values: [0, 1] } })).rejects.toMatchObject({
        code: 'HARMONIZATION.UNTRAINED_BATCH',
        params: { batches: '"S3"' },
      }));
  });
});
