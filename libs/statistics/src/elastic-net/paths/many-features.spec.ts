import { PooledFederation } from '@cohortium/federation';
import type { Federation } from '@cohortium/federation';
import { SeededRandom } from '@cohortium/numerics';
import { rowsFromTable, scopeOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { fitPaths } from './fit.js';
import type { PathFits } from './fit.js';
import { pointLength } from './request.js';
import type { PointParams } from './request.js';

/** More features than one vector holds second derivatives of, and more slopes than several vectors hold. */
const features = 5000;
const rows = 120;
const folds = 4;
const penalties = 60;
const names = Array.from({ length: features }, (_, j) => `f${j}`);
const alpha = 0.5;
const tolerance = 1e-7;
const megabyte = 1e6;

/** Features in correlated blocks of ten, four of which tell of the outcome `y`; rows are dealt to three sites and four folds. */
function table(): TestTable {
  const random = new SeededRandom(11);
  const y = new Float64Array(rows);
  const values = new Float64Array(rows * (features + 2));
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * (features + 2), (i + 1) * (features + 2));
    let block = 0;
    for (let j = 0; j < features; j++) {
      if (j % 10 === 0) block = random.normal();
      row[j] = 0.7 * block + 0.7 * random.normal();
    }
    const eta = [0, 1000, 2000, 3000].reduce((sum, j) => sum + (row[j] as number), 0);
    y[i] = row[features] = eta + random.normal() > 0 ? 1 : 0;
    row[features + 1] = i % folds;
  }
  return {
    site: Array.from(y, (_, i) => `S${Math.floor((3 * i) / rows)}`),
    features: { names: [...names, 'y', 'fold'], values },
    outcome: y,
  };
}

/** Notes how many sums ask about models, and the bytes of the largest. */
function counting(inner: Federation): { readonly federation: Federation; readonly seen: { sums: number; largest: number } } {
  const seen = { sums: 0, largest: 0 };
  const federation: Federation = {
    sum: (query, params, scope) => {
      if (query.operation === 'statistics.penalized-scores') {
        seen.sums++;
        seen.largest = Math.max(seen.largest, 8 * pointLength(params as PointParams));
      }
      return inner.sum(query, params, scope);
    },
    summaries: (query, params, scope) => inner.summaries(query, params, scope),
  };
  return { federation, seen };
}

/** Largest violation of the optimality conditions of a model over all features, from the rows themselves. */
function violationOf({ features: { values }, outcome }: TestTable, fits: PathFits, path: number, at: number): number {
  const { leftOut, solutions, lambda } = fits.paths[path] as PathFits['paths'][number];
  const { center, scale } = fits.prepared.data.value.matrix;
  const { coefficients } = solutions[at] as (typeof solutions)[number];
  const { l1, l2 } = (fits.prepared.folds[path] as PathFits['prepared']['folds'][number]).context;
  const slope = new Float64Array(features + 1);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    if (i % folds === leftOut) continue;
    count++;
    const x = (j: number) => ((values[i * (features + 2) + j] as number) - (center[j] as number)) / (scale[j] as number);
    let eta = coefficients[0] as number;
    for (let j = 0; j < features; j++) if (coefficients[j + 1] !== 0) eta += (coefficients[j + 1] as number) * x(j);
    const residual = 1 / (1 + Math.exp(-eta)) - (outcome?.[i] as number);
    slope[0] = (slope[0] as number) + residual;
    for (let j = 0; j < features; j++) slope[j + 1] = (slope[j + 1] as number) + residual * x(j);
  }
  return coefficients.reduce((largest, b, j) => {
    const limit = j === 0 ? 0 : (l1[j] as number) * (lambda[at] as number);
    const pull = (slope[j] as number) / count + (j === 0 ? 0 : (l2[j] as number) * (lambda[at] as number) * b);
    return Math.max(largest, b === 0 && limit > 0 ? Math.abs(pull) - limit : Math.abs(pull + limit * Math.sign(b)));
  }, 0);
}

describe('a path of many features', () => {
  it('ends at optimal models of every fold, in few sums of at most 5 MB', async () => {
    const made = table();
    const stack = rowsFromTable(made);
    const { federation, seen } = counting(new PooledFederation(() => stack));
    const fits = await fitPaths({
      federation,
      scope: scopeOf(made),
      data: {
        family: 'binomial',
        matrix: {
          terms: names.map((name) => ({ name, factors: [{ column: name }] })),
          needs: ['y', 'fold'],
          center: names.map(() => 0),
          scale: names.map(() => 1),
        },
        outcome: { column: 'y', classes: [0, 1], center: 0, scale: 1 },
        weight: null,
        offsets: [],
        folds: { kind: 'column', column: 'fold', values: Array.from({ length: folds }, (_, fold) => fold) },
      },
      grouped: false,
      lambda: { kind: 'path', count: penalties, minRatio: 0.3 },
      foldPaths: 'own',
      alpha,
      standardize: true,
      intercept: true,
      penaltyFactors: new Float64Array(features).fill(1),
      gaussianSquares: 'glmnet',
      tolerance,
      maxRounds: 100,
      limit: 35,
    });
    expect(fits.paths.map(({ solutions }) => solutions.length)).toEqual(Array.from({ length: folds + 1 }, () => penalties));
    expect(fits.paths.flatMap(({ solutions }) => solutions).every(({ state }) => state === 'converged')).toBe(true);
    expect(seen.largest).toBeLessThanOrEqual(5 * megabyte);
    expect(seen.sums).toBeLessThanOrEqual(60);
    for (const [path, at] of [
      [0, penalties - 1],
      [1, 20],
      [folds, penalties - 1],
    ] as const)
      // The sums are those of the fit in another order: rounding is far below the tolerance.
      expect(violationOf(made, fits, path, at)).toBeLessThanOrEqual(1.001 * tolerance);
  }, 300_000);
});
