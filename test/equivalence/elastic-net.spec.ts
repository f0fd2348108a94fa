import type { ElasticNetFit, ElasticNetSpec, Folds } from '@cohortium/statistics';
import { rowsFromTable, scopeOf, simulatedFederationOf, tableOfSites } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  devianceOf,
  fitTable,
  kktViolation,
  madeProblem,
  meanGradient,
  naiveElasticNet,
  naiveProblem,
  plainArm,
  pooledTwin,
} from './elastic-net-problems.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const runs = (count: number) => ({ numRuns: Math.max(1, Math.round(count * scale)) });
const alphas = [0, 0.25, 0.5, 1];
const fixed = (alpha: number, lambda: number, id = `a${alpha}l${lambda}`): ElasticNetSpec => ({
  id,
  alpha,
  penalty: { rule: 'fixed', lambda },
});
const worst = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.max(...Array.from(a, (x, j) => Math.abs(x - (b[j] as number))));

const shapes = fc.record({
  seed: fc.nat(2 ** 31),
  sizes: fc.array(fc.integer({ min: 12, max: 30 }), { minLength: 3, maxLength: 6 }),
  featureCount: fc.integer({ min: 1, max: 8 }),
  correlation: fc.constantFrom(0, 0.4, 0.9),
  signal: fc.constantFrom(0.3, 1),
});

/** Fits that ended are none to compare; every other failure counts. */
async function fitsOf(table: TestTable, specs: readonly ElasticNetSpec[], federation = pooledTwin(table)): Promise<ElasticNetFit[]> {
  const fits: ElasticNetFit[] = [];
  for (const spec of specs) {
    try {
      fits.push(...((await fitTable(table, federation, [spec]))[0] as ElasticNetFit[]));
    } catch (error) {
      if ((error as { code?: string }).code !== 'STATISTICS.MODEL_ENDED') throw error;
    }
  }
  return fits;
}

describe('an elastic net', () => {
  it('fulfils the subgradient conditions of the glmnet objective to 1e-9, alpha 0, 0.25, 0.5 and 1', async () => {
    const specs = alphas.flatMap((alpha) => [0.2, 0.02].map((lambda) => fixed(alpha, lambda)));
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const table = madeProblem(shape);
        for (const { alpha, lambda, coefficients } of await fitsOf(table, specs)) {
          expect(kktViolation(naiveProblem(table, alpha, lambda), coefficients)).toBeLessThan(1e-9);
          compared++;
        }
      }),
      runs(25),
    );
    expect(compared).toBeGreaterThan(0);
  });

  it('equals plain proximal gradient descent to convergence', async () => {
    const specs = alphas.map((alpha) => fixed(alpha, 0.05));
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const table = madeProblem({ ...shape, featureCount: Math.min(5, shape.featureCount) });
        for (const { alpha, lambda, coefficients } of await fitsOf(table, specs)) {
          expect(worst(coefficients, naiveElasticNet(naiveProblem(table, alpha, lambda)))).toBeLessThan(1e-8);
        }
      }),
      runs(8),
    );
  });

  it('is the same federated and pooled to 1e-10, many models in one request', async () => {
    const specs = [fixed(0, 0.1), fixed(0.5, 0.05), fixed(1, 0.05), fixed(1, 0.2)];
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const table = madeProblem({ ...shape, signal: 0.3 });
        const [federated] = await fitTable(table, simulatedFederationOf(table), specs);
        const [pooled] = await fitTable(table, pooledTwin(table), specs);
        specs.forEach(({ id }, k) => {
          expect(federated?.[k]?.id).toBe(id);
          expect(worst(federated?.[k]?.coefficients ?? [NaN], pooled?.[k]?.coefficients ?? [])).toBeLessThan(1e-10);
        });
      }),
      runs(12),
    );
  });

  it('shares nothing between models of a request: alone they are the same', async () => {
    const table = madeProblem({ seed: 3, sizes: [30, 30, 30], featureCount: 6 });
    const specs = alphas.flatMap((alpha) => [0.3, 0.1, 0.03].map((lambda) => fixed(alpha, lambda)));
    const [together] = await fitTable(table, pooledTwin(table), specs);
    for (const [k, spec] of specs.entries()) {
      const [[alone]] = (await fitTable(table, pooledTwin(table), [spec])) as [[ElasticNetFit]];
      expect(worst(together?.[k]?.coefficients ?? [NaN], alone.coefficients)).toBeLessThan(1e-11);
    }
  });

  it('splits a large request into several without a difference', async () => {
    // 601 models of 453 elements exceed the 262144 of one message.
    const table = madeProblem({ seed: 4, sizes: [40, 40, 40], featureCount: 450, signal: 0.1 });
    const specs = Array.from({ length: 601 }, (_, k) => fixed(1, 0.4 + k / 100, `m${k}`));
    const counts: number[] = [];
    const federation = simulatedFederationOf(table, (_, request) => {
      counts.push((request.params as { models?: readonly unknown[] }).models?.length ?? 0);
    });
    const [fits] = await fitTable(table, federation, specs);
    expect(fits?.map((fit) => fit.id)).toEqual(specs.map((spec) => spec.id));
    expect(Math.max(...counts)).toBeLessThan(601);
    expect(Math.max(...counts) * 453 * 16).toBeLessThan(8 * 2 ** 20);
  }, 120_000);

  it('with a column of zeros, or twice the same column, stays well-defined', async () => {
    const table = madeProblem({ seed: 8, sizes: [30, 30, 30], featureCount: 4, signal: 0.5 });
    const values = table.features.values.map((x, k) => (k % 4 === 3 ? 0 : k % 4 === 2 ? (table.features.values[k - 1] as number) : x));
    const doubled = { ...table, features: { ...table.features, values } };
    for (const alpha of alphas) {
      const [[fit]] = (await fitTable(doubled, pooledTwin(doubled), [fixed(alpha, 0.03)])) as [[ElasticNetFit]];
      expect(kktViolation(naiveProblem(doubled, alpha, 0.03), fit.coefficients)).toBeLessThan(1e-9);
      expect(fit.coefficients[4]).toBe(0);
      // Any penalty on squares shares the effect between equal columns.
      if (alpha < 1) expect(Math.abs((fit.coefficients[2] as number) - (fit.coefficients[3] as number))).toBeLessThan(1e-8);
    }
  });
});

describe('the choice of a penalty by cross-validation', () => {
  const table = madeProblem({ seed: 21, sizes: [40, 35, 45, 30, 38], featureCount: 5, signal: 0.8 });
  const rows = rowsFromTable(table);
  const participantFolds = rows.folds(4, 'x');
  const folds: Readonly<Record<string, { folds: Folds; partOf: (row: number) => number | string }>> = {
    participant: {
      folds: { kind: 'participant', count: 4, seed: 'x' },
      partOf: (row) => participantFolds[row] as number,
    },
    site: { folds: { kind: 'site', sites: scopeOf(table).sites }, partOf: (row) => table.site[row] as string },
  };

  /** The slow twin: every fold at every penalty refitted from scratch by proximal gradient descent. */
  function naivePath(alpha: number, lambdas: readonly number[], partOf: (row: number) => number | string) {
    const parts = [...new Set(table.site.map((_, row) => partOf(row)))];
    return lambdas.map((lambda) => {
      const perFold = parts.map((part) => {
        const coefficients = naiveElasticNet(
          naiveProblem(table, alpha, lambda, (row) => partOf(row) !== part),
          1e-10,
        );
        const left = naiveProblem(table, alpha, lambda, (row) => partOf(row) === part);
        const n = table.site.filter((_, row) => partOf(row) === part).length;
        return { n, mean: devianceOf(left, coefficients) / n };
      });
      const total = perFold.reduce((sum, { n }) => sum + n, 0);
      const deviance = perFold.reduce((sum, { n, mean }) => sum + n * mean, 0) / total;
      const spread = perFold.reduce((sum, { n, mean }) => sum + (n / total) * (mean - deviance) ** 2, 0);
      return { lambda, deviance, standardError: Math.sqrt(spread / (parts.length - 1)) };
    });
  }

  const cases = Object.keys(folds).flatMap((kind) => (['min', 'oneStandardError'] as const).map((choose) => [kind, choose] as const));
  it.each(cases)('by %s folds, rule %s, equals a refit of every fold, federated and pooled', async (kind, choose) => {
    const alpha = 0.5;
    const { folds: asked, partOf } = folds[kind] as (typeof folds)[string];
    const family = kind === 'site' ? 'leaveOneSiteOut' : 'full';
    const spec: ElasticNetSpec = { id: 'm', alpha, penalty: { rule: 'crossValidation', folds: asked, count: 6, minRatio: 0.02, choose } };
    const prevalence = (table.outcome.filter((y) => y === 1).length / table.site.length) as number;
    const atNull = meanGradient(naiveProblem(table, alpha, 0), [Math.log(prevalence / (1 - prevalence)), 0, 0, 0, 0, 0]);
    const top = Math.max(...atNull.subarray(1).map(Math.abs)) / alpha;
    const lambdas = [0, 1, 2, 3, 4, 5].map((k) => top * 0.02 ** (k / 5));
    const expected = naivePath(alpha, lambdas, partOf);
    const best = expected.reduce((a, b) => (b.deviance < a.deviance ? b : a));
    const limit = best.deviance + (choose === 'min' ? 0 : best.standardError);
    const chosen = expected.find((point) => point.deviance <= limit + 1e-9) as (typeof expected)[number];
    for (const federation of [simulatedFederationOf(table), pooledTwin(table)]) {
      const [[fit]] = (await fitTable(table, federation, [spec], { family })) as [[ElasticNetFit]];
      expect(fit.path.length).toBe(6);
      fit.path.forEach((point, k) => {
        expect(Math.abs(point.lambda / (lambdas[k] as number) - 1)).toBeLessThan(1e-12);
        expect(Math.abs(point.deviance - (expected[k]?.deviance as number))).toBeLessThan(1e-7);
        expect(Math.abs(point.standardError - (expected[k]?.standardError as number))).toBeLessThan(1e-7);
      });
      expect(Math.abs(fit.lambda / chosen.lambda - 1)).toBeLessThan(1e-12);
      expect(worst(fit.coefficients, naiveElasticNet(naiveProblem(table, alpha, fit.lambda)))).toBeLessThan(1e-8);
      expect(fit.path[0]?.nonZero).toBe(0);
    }
    // The two rules differ here, so that the test can tell them apart.
    expect(chosen === best).toBe(choose === 'min');
  });

  it('takes the larger of two penalties whose deviances tie', async () => {
    // Pure noise with a penalty path above the largest useful penalty: every model is the intercept alone.
    const noise = madeProblem({ seed: 5, sizes: [30, 30, 30], featureCount: 3, signal: 0 });
    const spec = (minRatio: number): ElasticNetSpec => ({
      id: 'm',
      alpha: 1,
      penalty: { rule: 'crossValidation', folds: { kind: 'participant', count: 3, seed: 'x' }, count: 5, minRatio, choose: 'min' },
    });
    const [[fit]] = (await fitTable(noise, pooledTwin(noise), [spec(0.999999999)])) as [[ElasticNetFit]];
    expect(fit.lambda).toBe(fit.path[0]?.lambda);
  });

  it('gives ridge a path from a thousandth of the mixing, as glmnet does', async () => {
    const penalty = {
      rule: 'crossValidation',
      folds: folds['participant']?.folds as Folds,
      count: 3,
      minRatio: 0.5,
      choose: 'min',
    } as const;
    const [[ridge]] = (await fitTable(table, pooledTwin(table), [{ id: 'm', alpha: 0, penalty }])) as [[ElasticNetFit]];
    const [[thousandth]] = (await fitTable(table, pooledTwin(table), [{ id: 'm', alpha: 0.001, penalty }])) as [[ElasticNetFit]];
    expect(ridge.path[0]?.lambda).toBe(thousandth.path[0]?.lambda);
    expect(ridge.path[0]?.nonZero).toBe(5);
  });

  it('rides beside fixed penalties and other folds, each as if alone, in the order given', async () => {
    const cv = (id: string, seed: string): ElasticNetSpec => ({
      id,
      alpha: 1,
      penalty: { rule: 'crossValidation', folds: { kind: 'participant', count: 3, seed }, count: 4, minRatio: 0.1, choose: 'min' },
    });
    const specs = [fixed(1, 0.1, 'first'), cv('second', 'a'), cv('third', 'b'), fixed(0, 0.1, 'fourth')];
    const [fits] = await fitTable(table, pooledTwin(table), specs);
    expect(fits?.map((fit) => fit.id)).toEqual(['first', 'second', 'third', 'fourth']);
    for (const [k, spec] of specs.entries()) {
      const [[alone]] = (await fitTable(table, pooledTwin(table), [spec])) as [[ElasticNetFit]];
      expect(fits?.[k]?.lambda).toBe(alone.lambda);
      expect(worst(fits?.[k]?.coefficients ?? [NaN], alone.coefficients)).toBeLessThan(1e-10);
      (fits?.[k]?.path ?? []).forEach((point, at) =>
        expect(Math.abs(point.deviance - (alone.path[at]?.deviance as number))).toBeLessThan(1e-10),
      );
    }
  });
});

describe('arms', () => {
  const table = madeProblem({ seed: 31, sizes: [30, 35, 28, 40, 33], featureCount: 4, signal: 0.8 });
  const sites = scopeOf(table).sites;
  const specs: ElasticNetSpec[] = [
    fixed(0.5, 0.05, 'fixed'),
    {
      id: 'tuned',
      alpha: 1,
      penalty: { rule: 'crossValidation', folds: { kind: 'site', sites }, count: 4, minRatio: 0.1, choose: 'min' },
    },
  ];

  it('are separate fits without the site', async () => {
    const arms = [plainArm('S02'), plainArm(null), plainArm('S05')];
    for (const federation of [simulatedFederationOf(table), pooledTwin(table)]) {
      const fits = await fitTable(table, federation, specs, { arms, family: 'leaveOneSiteOut' });
      for (const [a, { heldOut }] of arms.entries()) {
        const rest =
          heldOut === null
            ? table
            : tableOfSites(
                table,
                sites.filter((site) => site !== heldOut),
              );
        const alone = await fitTable(
          rest,
          pooledTwin(rest),
          specs.map((spec) => onlySites(spec, scopeOf(rest).sites)),
          { family: 'leaveOneSiteOut' },
        );
        specs.forEach((_, k) => {
          const [found, expected] = [fits[a]?.[k] as ElasticNetFit, alone[0]?.[k] as ElasticNetFit];
          expect(Math.abs(found.lambda / expected.lambda - 1)).toBeLessThan(1e-12);
          expect(worst(found.coefficients, expected.coefficients)).toBeLessThan(1e-9);
          expect(found.path.length).toBe(expected.path.length);
          found.path.forEach((point, at) => expect(Math.abs(point.deviance - (expected.path[at]?.deviance as number))).toBeLessThan(1e-9));
        });
      }
    }
  });

  function onlySites(spec: ElasticNetSpec, present: readonly string[]): ElasticNetSpec {
    if (spec.penalty.rule === 'fixed') return spec;
    return { ...spec, penalty: { ...spec.penalty, folds: { kind: 'site', sites: present } } };
  }
});
