import { Frozen, hashJson, parseSiteId } from '@cohortium/kernel';
import { predict } from '@cohortium/learning';
import type { LockedModel, Preparation } from '@cohortium/learning';
import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { CohortTable } from './cohort/cohort-table.js';
import type { SiteCohort } from './cohort/read-cohort.js';
import { parseTable } from './cohort/table.js';
import { heldOutQueries, heldOutScores } from './held-out-queries.js';
import { onnxCheck, sitePredictions, siteScores } from './predictions.js';
import { externalQueries } from './validation-queries.js';

const features = ['f', 'g'];

function cohortOf(site: string, count: number, seed: number): SiteCohort {
  const random = new SeededRandom(seed);
  const participants = Array.from({ length: count }, (_, i) => `${site}-${i}, "x"`);
  const rows = new CohortTable({
    participants,
    featureNames: features,
    features: Float64Array.from({ length: 2 * count }, () => random.normal()),
    outcome: Float64Array.from({ length: count }, (_, i) => i % 2),
    covariates: {},
    sites: [parseSiteId(site)],
    siteIndex: new Int32Array(count),
  });
  return { rows, participants, candidates: count, exclusions: [] };
}

const preparation: Preparation = {
  features,
  medians: [0, 0],
  center: [0.1, -0.1],
  scale: [1, 2],
  harmonization: {
    method: 'combat',
    sites: ['H1', 'H2'],
    covariates: [],
    beta: [],
    grandMean: [0, 0.1],
    varPooled: [0.9, 1.1],
    passedThrough: [],
    newSite: 'frozenLocalEb',
    minBatch: 5,
  },
  finalCenter: [0, 0],
  finalScale: [1, 1],
  clip: 6,
};
const fitted = (slope: number) => [
  { id: 'net', alpha: 0.5, lambda: 0.1, intercept: -0.2, coefficients: [slope, 0.3] },
  { id: 'ridge', alpha: 0, lambda: 1, intercept: 0, coefficients: [0.1, 0.1] },
];
const model: LockedModel = {
  schemaVersion: 1,
  study: 's',
  protocolHash: '0'.repeat(64),
  endpoint: 'e',
  synthetic: true,
  preparation,
  models: fitted(1),
  primaryModel: 'net',
  threshold: 0.4,
};
const locked = { model: new Frozen(model), modelSha256: hashJson(model) };
const heldOut = {
  scoreGrid: 100,
  arms: ['H1', 'H2'].map((site, k) => ({ heldOut: site, models: new Frozen({ preparation, models: fitted(k + 2), threshold: 0.5 }) })),
};

describe('scores of a site', () => {
  const cohort = cohortOf('X', 12, 1);

  it('are those of the locked model under external validation', () => {
    const scores = siteScores('validation.external@1', locked, cohort);
    expect(scores).toMatchObject({ name: 'external', models: model.models });
    expect(scores?.probabilities).toEqual(predict(cohort.rows, model));
  });

  it('are those of the models fitted without it under leave-one-site-out', () => {
    const own = cohortOf('H2', 9, 2);
    const scores = siteScores('loso.held-out@1', heldOut, own);
    expect(scores?.name).toBe('held-out');
    expect(scores?.probabilities).toEqual(predict(own.rows, { preparation, models: fitted(3) }));
    expect(siteScores('loso.held-out@1', heldOut, cohort)).toBeUndefined();
  });

  it('are none under any other operation', () => {
    for (const operation of ['statistics.gram@1', 'validation.external-scores@1', 'validation.external@2', ''])
      expect(siteScores(operation, locked, cohort)).toBeUndefined();
  });

  it('are written as a table of the participants, with what the digest commits to', () => {
    const { csv, name } = sitePredictions('validation.external@1', locked, cohort) ?? { csv: '', name: '' };
    expect(name).toBe('external');
    const table = parseTable(csv, 'predictions.csv');
    expect(table.columns).toEqual(['patient_id', 'site', 'outcome', 'net', 'ridge']);
    expect(table.rows.map((row) => row[0])).toEqual(cohort.participants);
    expect(new Set(table.rows.map((row) => row[1]))).toEqual(new Set(['X']));
    const probabilities = predict(cohort.rows, model);
    table.rows.forEach((row, i) => {
      expect(Number(row[2])).toBe(cohort.rows.outcome[i]);
      expect(row.slice(3).map(Number)).toEqual(probabilities.map((p) => p[i]));
    });
    const { predictionsSha256 } = externalQueries.external.local(cohort.rows, locked);
    expect(predictionsSha256['net']).toBe(
      cohort.rows.digestPredictions(
        Float64Array.from(table.rows, (row) => Number(row[3])),
        0,
        12,
      ),
    );
    expect(sitePredictions('statistics.gram@1', locked, cohort)).toBeUndefined();
  });
});

describe('validation at a site', () => {
  const cohort = cohortOf('X', 40, 3);

  it('refuses a model that does not have the hash it was locked under, whichever question is asked', () => {
    const forged = { ...locked, modelSha256: hashJson({ ...model, threshold: 0.41 }), scoreGrid: 100 };
    const { commitHarmonization, external, scores, pairs, moments } = externalQueries;
    for (const ask of [commitHarmonization, external, scores, pairs, moments])
      expect(() => ask.local(cohort.rows, forged)).toThrow(expect.objectContaining({ code: 'STUDY.MODEL_HASH', exit: 6 }));
    expect(() => siteScores('validation.external@1', forged, cohort)).toThrow(expect.objectContaining({ code: 'STUDY.MODEL_HASH' }));
  });

  it('commits to site effects that depend on its features and not on its labels', () => {
    const commit = (given: SiteCohort) => externalQueries.commitHarmonization.local(given.rows, locked).harmonizationSha256;
    const flipped = {
      ...cohort,
      rows: Object.assign(Object.create(cohort.rows) as CohortTable, { outcome: cohort.rows.outcome.map((y) => 1 - y) }),
    };
    expect(commit(cohort)).toMatch(/^[0-9a-f]{64}$/);
    expect(commit(flipped)).toBe(commit(cohort));
    expect(commit(cohortOf('X', 40, 4))).not.toBe(commit(cohort));
    const none = { ...model, preparation: { ...preparation, harmonization: { method: 'none' as const } } };
    expect(externalQueries.commitHarmonization.local(cohort.rows, { model: new Frozen(none), modelSha256: hashJson(none) })).toEqual({
      harmonizationSha256: null,
    });
  });

  it('scores the model by ONNX Runtime too, and finds it equal', async () => {
    await expect(onnxCheck('validation.external@1', locked, cohort)).resolves.toBeUndefined();
    await expect(onnxCheck('statistics.gram@1', undefined, cohort)).resolves.toBeUndefined();
  });

  it('stops where ONNX Runtime and the built-in prediction differ', async () => {
    // The same rows with another answer the second time they are read: the two computations then see different data.
    let reads = 0;
    const shifting = Object.create(cohort.rows, {
      features: { get: () => (reads++ === 0 ? cohort.rows.features : cohort.rows.features.map((x) => x + 1e-6)) },
      memo: { value: <T>(_: string, compute: () => T) => compute() },
    }) as CohortTable;
    await expect(onnxCheck('validation.external@1', locked, { ...cohort, rows: shifting })).rejects.toMatchObject({
      code: 'STUDY.ONNX_DIFFERS',
      exit: 6,
    });
  });
});

describe('held-out scores', () => {
  const [first, second, third] = [cohortOf('H1', 8, 5), cohortOf('H2', 9, 6), cohortOf('H3', 7, 7)];

  it('of a stacked table are those of each site by the models fitted without it; nobody else is scored', () => {
    const stack = CohortTable.stack([first.rows, second.rows, third.rows]);
    const scores = heldOutScores(stack, heldOut);
    const expected = [first, second].map((cohort, k) => predict(cohort.rows, { preparation, models: fitted(k + 2) }));
    [0, 1].forEach((m) => {
      const all = [...(expected[0]?.[m] as Float64Array), ...(expected[1]?.[m] as Float64Array), ...new Array<number>(7).fill(NaN)];
      expect([...(scores[m] as Float64Array)]).toEqual(all);
    });
  });

  it('of a site that nothing was fitted without give no figures', () => {
    expect(heldOutQueries.heldOut.local(third.rows, heldOut)).toEqual({ predictionsSha256: {}, performance: {} });
    expect(Object.keys(heldOutQueries.heldOut.local(first.rows, heldOut).performance)).toEqual(['net', 'ridge']);
  });
});
