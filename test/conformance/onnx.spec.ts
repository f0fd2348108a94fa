import { siteSlices } from '@cohortium/federation';
import { localEffects, onnxInputs, onnxModel, predict, scoreOnnx } from '@cohortium/learning';
import type { LockedModel, Preparation } from '@cohortium/learning';
import { rowsFromTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { numbers, referenceColumns, referenceFolder, warnIfAbsent } from './roc-reference.js';

const modelIds = ['ridge_1', 'ridge_0.2', 'enet_0.04', 'lasso_0.02'];

/** Duke: 727 participants, 504 features in raw units, 336 missing cells, six hospitals. */
function dukeRows() {
  const table = referenceColumns('duke-breast', 'features.csv');
  const dictionary = referenceColumns('duke-breast', 'feature_dictionary.csv');
  const names = (dictionary['feature'] ?? []).filter((_, k) => /^false$/i.test(dictionary['lossy']?.[k] ?? ''));
  const columns = names.map((name) => numbers(table, name));
  const site = table['site'] ?? [];
  const values = Float64Array.from(
    { length: site.length * names.length },
    (_, k) => columns[k % names.length]?.[Math.floor(k / names.length)] as number,
  );
  const covariate = Float64Array.from(site, (_, i) => ((i * 37) % 50) / 10);
  return { rows: rowsFromTable({ site, features: { names, values }, covariates: { covariate } }), names, columns };
}

function moments(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((s, v) => s + v, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1)) };
}

function lockedModel(names: readonly string[], columns: readonly Float64Array[], harmonization: Preparation['harmonization']): LockedModel {
  const observed = columns.map((column) => [...column].filter((v) => !Number.isNaN(v)).sort((a, b) => a - b));
  const spread = observed.map(moments);
  const fitted = referenceColumns('end-to-end-duke', 'her2_coefficients_train6_raw.csv');
  const terms = fitted['term'] ?? [];
  return {
    schemaVersion: 1,
    study: 'duke',
    protocolHash: '0'.repeat(64),
    endpoint: 'her2',
    synthetic: false,
    preparation: {
      features: [...names],
      medians: observed.map((sorted) => ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2),
      center: spread.map((m) => m.mean),
      scale: spread.map((m) => m.sd),
      harmonization,
      finalCenter: names.map((_, j) => (j % 7) / 100),
      finalScale: names.map((_, j) => 1 - (j % 5) / 100),
      clip: 4,
    },
    models: modelIds.map((id) => {
      const values = numbers(fitted, id);
      const coefficients = names.map((name) => values[terms.indexOf(name)] as number);
      return { id, alpha: 0.5, lambda: 0.1, intercept: values[terms.indexOf('(Intercept)')] as number, coefficients };
    }),
    primaryModel: 'enet_0.04',
    threshold: 0.18,
  };
}

describe.skipIf(!referenceFolder)('ONNX against the TypeScript prediction on 727 real participants', () => {
  warnIfAbsent('ONNX on the Duke table');
  const combat = (names: readonly string[], covariates: string[]): Preparation['harmonization'] => ({
    method: 'combat',
    sites: ['H1', 'H2', 'H3', 'H5', 'H6'],
    covariates,
    beta: covariates.map(() => names.map((_, j) => ((j % 11) - 5) / 40)),
    grandMean: names.map((_, j) => ((j % 13) - 6) / 100),
    varPooled: names.map((_, j) => 0.9 + (j % 9) / 50),
    passedThrough: names.filter((_, j) => j % 97 === 0),
    newSite: 'frozenLocalEb',
    minBatch: 5,
  });

  it.each([
    ['without harmonization', null],
    ['with ComBat, one hospital new', []],
    ['with ComBat and a covariate', ['covariate']],
  ] as const)('%s: equal to 1e-12', async (_, covariates) => {
    const { rows, names, columns } = dukeRows();
    expect([rows.rowCount, names.length]).toEqual([727, 504]);
    const model = lockedModel(names, columns, covariates === null ? { method: 'none' } : combat(names, [...covariates]));
    const expected = predict(rows, model);
    const bytes = onnxModel(model);
    let largest = 0;
    for (const slice of siteSlices(rows)) {
      const inputs = onnxInputs(rows, slice, model.preparation, localEffects(rows, slice.site, model.preparation));
      const scored = await scoreOnnx(bytes, inputs);
      expect(scored.length).toBe((slice.to - slice.from) * modelIds.length);
      scored.forEach((p, k) => {
        const m = k % modelIds.length;
        largest = Math.max(largest, Math.abs(p - (expected[m]?.[slice.from + Math.floor(k / modelIds.length)] as number)));
      });
    }
    // Sums of 504 terms of size 1 in another order: a few hundred units in the last place, far within the 1e-9 of the protocol.
    expect(largest).toBeLessThanOrEqual(1e-12);
    expect(new Set(expected[0]).size).toBe(727);
  });
});
