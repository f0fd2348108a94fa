import { findMethod, parseMethodParams, parseTable, readMethodTable } from '@cohortium/analysis';
import { describe, expect, it } from 'vitest';
import { runMethod } from '../../apps/cli/src/analyze/run-method.js';
import { near, onReference } from './reference-method.js';
import type { Results } from './reference-method.js';
import { referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

// Paths of glmnet 4.1-6 (thresh 1e-14, so that its coefficients hold eight digits or more) through `analyze glmnet`, over the real sites.
const tolerance = 1e-6;
const available = referenceFolder !== undefined;
warnIfAbsent('glmnet by method');
const referenceJson = (...path: string[]): Results => JSON.parse(referenceText(...path));

interface CoefTable {
  readonly values: readonly (readonly number[])[];
}

const counts = (zeros: readonly (readonly number[])[]) => zeros[0]?.map((_, k) => zeros.slice(1).filter((row) => row[k] !== 0).length);

describe.skipIf(!available).each(['duke', 'ispy1'])('glmnet on the %s table', (name) => {
  const expected: Results = available ? referenceJson('regression', name, 'penalised.json') : { paths: {} };

  it.each(Object.keys(expected.paths))('%s', async (label) => {
    const path = expected.paths[label];
    const found = await onReference('glmnet', ['regression', name, 'input.csv'], {
      outcome: expected.outcome,
      features: expected.features,
      alpha: path.alpha,
      standardize: path.standardize,
      lambda: path.lambda,
    });
    near(found.coef.values, (path.coef as CoefTable).values, tolerance, 'coef');
    near(found.dev_ratio, path.dev_ratio, 1e-8, 'dev_ratio');
    near(found.objective, path.objective, 1e-9, 'objective');
    expect(found.n_nonzero).toEqual(path.n_nonzero);
    expect(counts(found.coef.values)).toEqual(path.n_nonzero);
  });

  it('cross-validation over the given folds', async () => {
    const { cv } = expected;
    const found = findMethod('glmnet');
    const params = parseMethodParams(found, {
      outcome: expected.outcome,
      features: expected.features,
      alpha: cv.alpha,
      standardize: false,
      lambda: cv.lambda,
      cv: { foldid: 'fold' },
    });
    const table = readMethodTable(parseTable(withFolds(name), 'input.csv'), { id: 'id', sites: { column: 'site' }, categories: [] });
    const result: Results = (await runMethod(found, params, table, false)).estimates;
    // The fits of the folds there stop with coefficients good to 1e-7, which moves deviances of rows left out by up to 2e-8.
    near(result.cv.cvm_deviance, cv.cvm_deviance, 1e-7, 'cvm');
    near(result.cv.cvsd, cv.cvsd, 1e-7, 'cvsd');
    expect(result.cv.nzero).toEqual(cv.nzero);
    expect([result.cv.lambda_min, result.cv.lambda_1se]).toEqual([cv.lambda_min, cv.lambda_1se]);
  });
});

describe.skipIf(!available)('glmnet of several classes on the Duke table', () => {
  const expected: Results = available ? referenceJson('regression', 'duke', 'multinomial.json') : { glmnet: {} };

  it.each(Object.keys(expected.glmnet))('%s', async (label) => {
    const path = expected.glmnet[label];
    const found = await onReference('glmnet', ['regression', 'duke', 'input.csv'], {
      family: 'multinomial',
      type_multinomial: label.startsWith('grouped') ? 'grouped' : 'ungrouped',
      outcome: expected.outcome,
      features: Object.values<Results>(path.coef)[0].rows.slice(1),
      alpha: path.alpha,
      standardize: path.standardize ?? false,
      lambda: path.lambda,
    });
    // This file's fits stopped earlier: their objectives are above ours by 1e-13, their coefficients up to 4e-6 away.
    for (const [level, table] of Object.entries(path.coef)) near(found.coef[level]?.values, (table as CoefTable).values, 1e-5, level);
    near(found.dev_ratio, path.dev_ratio, 1e-6, 'dev_ratio');
  });
});

/** The table with the fold of each participant as a column. */
function withFolds(name: string): string {
  const lines = (file: string) => referenceText('regression', name, file).trim().split('\n');
  const [header, ...rows] = lines('input.csv') as [string, ...string[]];
  const folds = new Map(
    lines('cv_folds.csv')
      .slice(1)
      .map((line) => line.replaceAll('"', '').split(',') as [string, string]),
  );
  const at = header.replaceAll('"', '').split(',').indexOf('id');
  const joined = rows.map((row) => `${row},${folds.get(row.replaceAll('"', '').split(',')[at] as string) as string}`);
  return `${[`${header},fold`, ...joined].join('\n')}\n`;
}
