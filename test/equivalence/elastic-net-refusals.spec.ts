import { exp } from '@cohortium/numerics';
import { countTerms, linearPredictorLimit } from '@cohortium/statistics';
import type { ElasticNetFit, ElasticNetSpec, Folds } from '@cohortium/statistics';
import { rowsFromTable, simulatedFederationOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { fitTable, kktViolation, madeProblem, naiveProblem, plainArm, plainQueries, pooledTwin } from './elastic-net-problems.js';

const fixed = (alpha: number, lambda: number, id = `a${alpha}l${lambda}`): ElasticNetSpec => ({
  id,
  alpha,
  penalty: { rule: 'fixed', lambda },
});

describe('families refuse', () => {
  const table = madeProblem({ seed: 1, sizes: [10, 10, 10], featureCount: 2 });
  const refused = (operation: string) => ({ code: 'STATISTICS.SITE_FOLDS_REFUSED', params: { operation } });
  const crossValidation = (folds: Folds): ElasticNetSpec => ({
    id: 'm',
    alpha: 1,
    penalty: { rule: 'crossValidation', folds, count: 2, minRatio: 0.5, choose: 'min' },
  });
  const bySite = crossValidation({ kind: 'site', sites: ['S01', 'S02', 'S03'] });
  const byParticipant = crossValidation({ kind: 'participant', count: 3, seed: 'x' });

  it('to hold out a site, or to leave one out, in the full family', async () => {
    const federation = simulatedFederationOf(table);
    await expect(fitTable(table, federation, [fixed(1, 0.1)], { arms: [plainArm('S01')] })).rejects.toMatchObject(
      refused('statistics.gram'),
    );
    await expect(fitTable(table, federation, [bySite])).rejects.toMatchObject(refused('statistics.logistic-gradient'));
  });

  it('to cut participants into folds beside held-out sites', async () => {
    const options = { family: 'leaveOneSiteOut', arms: [plainArm('S01')] } as const;
    await expect(fitTable(table, pooledTwin(table), [byParticipant], options)).rejects.toMatchObject(refused('loso.logistic-gradient'));
  });

  it('in every query, whatever the caller', () => {
    const rows = rowsFromTable(table);
    const { gradient, deviance, gram } = plainQueries('full');
    const params = (heldOut: string | null, leftOut: string | number | null) => ({
      arms: [plainArm(heldOut)],
      columnCounts: [2],
      participants: 30,
      participantFolds: { count: 3, seed: 'x' },
      models: [{ arm: 0, leftOut, size: 0 }],
      indices: new Float64Array(0),
      values: new Float64Array(0),
    });
    for (const query of [gradient, deviance]) {
      expect(() => query.local(rows, params(null, 0))).not.toThrow();
      expect(() => query.local(rows, params('S01', null))).toThrow(expect.objectContaining({ code: 'STATISTICS.SITE_FOLDS_REFUSED' }));
      expect(() => query.local(rows, params(null, 'S01'))).toThrow(expect.objectContaining({ code: 'STATISTICS.SITE_FOLDS_REFUSED' }));
    }
    expect(() => gram.local(rows, { arm: plainArm('S01'), columnCount: 2 })).toThrow();
    expect(() => plainQueries('leaveOneSiteOut').gradient.local(rows, params('S01', 0))).toThrow();
  });
});

describe('a path ends', () => {
  const table = madeProblem({ seed: 12, sizes: [40, 40, 40], featureCount: 12, correlation: 0.2, signal: 0.8 });
  const spec = (count: number): ElasticNetSpec => ({
    id: 'm',
    alpha: 1,
    penalty: { rule: 'crossValidation', folds: { kind: 'participant', count: 3, seed: 'x' }, count, minRatio: 0.01, choose: 'min' },
  });

  it('at the cap on parameters: no request carries more, and shorter paths are their beginning', async () => {
    const supports: number[] = [];
    const observed = simulatedFederationOf(table, (_, { query, params }) => {
      if (query.kind === 'sum') supports.push(query.freeParameters?.(params) ?? 0);
    });
    const [[whole]] = (await fitTable(table, pooledTwin(table), [spec(10)])) as [[ElasticNetFit]];
    expect(Math.max(...whole.path.map((point) => point.nonZero))).toBeGreaterThan(6);
    const [[capped]] = (await fitTable(table, observed, [spec(10)], { maxFreeParameters: 6 })) as [[ElasticNetFit]];
    expect(Math.max(...supports)).toBeLessThanOrEqual(6);
    expect(capped.path.length).toBeGreaterThan(1);
    expect(capped.path.length).toBeLessThan(whole.path.length);
    capped.path.forEach((point, k) => {
      expect(Math.abs(point.lambda / (whole.path[k]?.lambda as number) - 1)).toBeLessThan(1e-12);
      expect(Math.abs(point.deviance - (whole.path[k]?.deviance as number))).toBeLessThan(1e-9);
    });
    expect(countTerms(capped.coefficients)).toBeLessThanOrEqual(6);
  });

  it('with a model that says so where even its first penalty needs too many', async () => {
    await expect(fitTable(table, pooledTwin(table), [fixed(0, 0.1)], { maxFreeParameters: 6 })).rejects.toMatchObject({
      code: 'STATISTICS.MODEL_ENDED',
      params: { reason: 'parameters' },
    });
  });

  it('where a linear predictor exceeds 12: separation does not pass for a fit', async () => {
    const values = Float64Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 30 : -30) + i / 60);
    const outcome = Float64Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 1 : 0));
    const separated: TestTable = { site: table.site.slice(0, 60), outcome, features: { names: ['f'], values } };
    await expect(fitTable(separated, pooledTwin(separated), [fixed(1, 1e-4)])).rejects.toMatchObject({
      code: 'STATISTICS.MODEL_ENDED',
      params: { reason: 'beyondLimit' },
    });
    expect(linearPredictorLimit).toBe(12);
  });

  it('not where only an extrapolation of the solver goes beyond 12', async () => {
    // Seeds whose solutions stay below 11 while the accelerated iteration passes 12 on its way.
    for (const [seed, alpha, lambda] of [
      [7, 1, 0.05],
      [19, 0.5, 0.01],
      [30, 0.5, 0.01],
      [39, 1, 0.01],
    ] as const) {
      const steep = madeProblem({
        seed,
        sizes: [20, 25, 15],
        featureCount: 2 + (seed % 7),
        correlation: (seed % 10) / 10.1,
        signal: 1 + (seed % 3),
      });
      const [[fit]] = (await fitTable(steep, pooledTwin(steep), [fixed(alpha, lambda)])) as [[ElasticNetFit]];
      expect(kktViolation(naiveProblem(steep, alpha, lambda), fit.coefficients)).toBeLessThan(1e-9);
    }
  });

  it('not where only an extrapolation of the solver carries more coefficients than allowed', async () => {
    for (const [seed, alpha, lambda, cap] of [
      [2, 1, 0.02, 13],
      [9, 0.5, 0.02, 18],
      [40, 0.5, 0.02, 15],
    ] as const) {
      const wide = madeProblem({ seed, sizes: [30, 30, 30], featureCount: 20, correlation: 0.7, signal: 1 });
      const [[fit]] = (await fitTable(wide, pooledTwin(wide), [fixed(alpha, lambda)], { maxFreeParameters: cap })) as [[ElasticNetFit]];
      expect(kktViolation(naiveProblem(wide, alpha, lambda), fit.coefficients)).toBeLessThan(1e-9);
    }
  });

  it('a flagged model sends its flag and nothing else', () => {
    const rows = rowsFromTable(table);
    const params = {
      arms: [plainArm()],
      columnCounts: [12],
      participants: 120,
      participantFolds: null,
      models: [
        { arm: 0, leftOut: null, size: 1 },
        { arm: 0, leftOut: null, size: 1 },
      ],
      indices: Float64Array.of(0, 0),
      values: Float64Array.of(12.5, 0.5),
    };
    const vector = plainQueries().gradient.local(rows, params);
    expect([...vector.subarray(0, 15)]).toEqual([1, ...new Array<number>(14).fill(0)]);
    expect([...vector.subarray(15, 17)]).toEqual([0, 120]);
    const events = table.outcome.reduce((sum, y) => sum + y, 0);
    expect(Math.abs((vector[17] as number) - (events - 120 / (1 + exp(-0.5))))).toBeLessThan(1e-11);
  });
});

describe('a fit that cannot be had', () => {
  const table = madeProblem({ seed: 2, sizes: [20, 20, 20], featureCount: 4 });

  it('for want of rounds says so, instead of choosing among the penalties that were done', async () => {
    const spec: ElasticNetSpec = {
      id: 'm',
      alpha: 0.5,
      penalty: { rule: 'crossValidation', folds: { kind: 'participant', count: 3, seed: 'x' }, count: 5, minRatio: 0.01, choose: 'min' },
    };
    await expect(fitTable(table, pooledTwin(table), [spec], { maxRounds: 4 })).rejects.toMatchObject({
      code: 'STATISTICS.NOT_CONVERGED',
      params: { model: 'm', rounds: 4 },
    });
    await expect(fitTable(table, pooledTwin(table), [fixed(0.5, 0.01)], { maxRounds: 4 })).rejects.toMatchObject({
      code: 'STATISTICS.NOT_CONVERGED',
    });
  });

  it.each([0, 1])('with all outcomes %i says so', async (outcome) => {
    const one = { ...table, outcome: new Float64Array(60).fill(outcome) };
    await expect(fitTable(one, simulatedFederationOf(one), [fixed(1, 0.1)])).rejects.toMatchObject({
      code: 'STATISTICS.ONE_CLASS',
      params: { model: 'all' },
    });
  });

  it('names the arm that has one class', async () => {
    const outcome = Float64Array.from(table.site, (site, i) => (site === 'S02' && i % 2 === 0 ? 1 : 0));
    const arms = [plainArm('S01'), plainArm('S02')];
    await expect(
      fitTable({ ...table, outcome }, pooledTwin({ ...table, outcome }), [fixed(1, 0.1)], { arms, family: 'leaveOneSiteOut' }),
    ).rejects.toMatchObject({ code: 'STATISTICS.ONE_CLASS', params: { model: 'S02' } });
  });
});
