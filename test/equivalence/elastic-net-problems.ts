import { PooledFederation } from '@cohortium/federation';
import type { Arm, CohortRows, DesignOf, Federation } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { SeededRandom, logistic, softplus } from '@cohortium/numerics';
import { elasticNetQueries, fitElasticNets } from '@cohortium/statistics';
import type { ElasticNetFit, ElasticNetQueries, ElasticNetSpec, Family } from '@cohortium/statistics';
import { rowsFromTable, scopeOf } from '@cohortium/testkit';
import type { TestTable } from '@cohortium/testkit';
import { z } from 'zod';

/** The design is the table's features times a factor, so that tests state coefficients on the columns they made. */
export interface Recipe {
  readonly factor: number;
}
const recipeSchema = z.strictObject({ factor: z.number() });
const designOf: DesignOf<Recipe> = (rows: CohortRows, { factor }) => ({
  rowCount: rows.rowCount,
  columnCount: rows.featureNames.length,
  values: rows.memo(`scaled ${factor}`, () => rows.features.map((x) => x * factor)),
});

/** The queries of an elastic net on a table's own columns. */
export function plainQueries(family: Family = 'full'): ElasticNetQueries<Recipe> {
  return elasticNetQueries(family, designOf, recipeSchema);
}

/** One arm, everybody in it, columns as they are. */
export function plainArm(heldOut: string | null = null): Arm<Recipe> {
  return { heldOut, recipe: new Frozen({ factor: 1 }) };
}

/** The pooled twin of a whole table, made once: fits ask it hundreds of times. */
export function pooledTwin(table: TestTable): PooledFederation {
  const rows = rowsFromTable(table);
  return new PooledFederation(() => rows);
}

/** What a test may change about {@link fitTable}. */
export interface FitOptions {
  readonly arms?: readonly Arm<Recipe>[];
  readonly family?: Family;
  readonly tolerance?: number;
  readonly maxRounds?: number;
  readonly maxFreeParameters?: number;
}

/** Fits specs on the columns of a table over some federation of it. @returns fits by arm, then by spec */
export function fitTable(
  table: TestTable,
  federation: Federation,
  specs: readonly ElasticNetSpec[],
  options: FitOptions = {},
): Promise<ElasticNetFit[][]> {
  const arms = options.arms ?? [plainArm()];
  return fitElasticNets({
    federation,
    queries: plainQueries(options.family),
    scope: scopeOf(table),
    arms,
    columnCounts: arms.map(() => table.features.names.length),
    participants: table.site.length,
    specs,
    tolerance: options.tolerance ?? 1e-12,
    maxRounds: options.maxRounds ?? 2000,
    maxFreeParameters: options.maxFreeParameters ?? Infinity,
  });
}

/** Shape of a made-up classification problem. */
export interface ProblemShape {
  readonly seed: number;
  readonly sizes: readonly number[];
  readonly featureCount: number;
  /** Correlation between neighboring columns, 0 to 1. */
  readonly correlation?: number;
  /** Size of the true coefficients. */
  readonly signal?: number;
}

/** A seeded problem: about standardized columns, an outcome with both classes in it, sites that differ a little. */
export function madeProblem({
  seed,
  sizes,
  featureCount,
  correlation = 0.4,
  signal = 1,
}: ProblemShape): Required<Pick<TestTable, 'outcome'>> & TestTable {
  const random = new SeededRandom(seed);
  const site = sizes.flatMap((size, s) => Array.from({ length: size }, () => `S${String(s + 1).padStart(2, '0')}`));
  const truth = Array.from({ length: featureCount }, (_, j) => (j % 2 === 0 ? signal * random.normal() : 0));
  const shift = sizes.map(() => random.normal() / 3);
  const values = new Float64Array(site.length * featureCount);
  const outcome = new Float64Array(site.length);
  site.forEach((code, i) => {
    let previous = random.normal();
    let eta = -0.5;
    for (let j = 0; j < featureCount; j++) {
      previous = correlation * previous + Math.sqrt(1 - correlation * correlation) * random.normal();
      const x = previous + (shift[Number(code.slice(1)) - 1] as number);
      values[i * featureCount + j] = x;
      eta += (truth[j] as number) * x;
    }
    // The first rows have both classes, so that no problem is without one.
    outcome[i] = i < 4 ? i % 2 : random.uniform() < logistic(eta) ? 1 : 0;
  });
  return { site, outcome, features: { names: truth.map((_, j) => `f${j}`), values } };
}

/** A weighted penalized problem, for the slow twin: rows with `use` false take no part. */
export interface NaiveProblem {
  readonly values: Float64Array;
  readonly outcome: Float64Array;
  readonly columnCount: number;
  readonly use: (row: number) => boolean;
  readonly alpha: number;
  readonly lambda: number;
}

/** Mean score of the smooth part, sum (mu - y) (1, z) / n, over the rows that take part. */
export function meanGradient({ values, outcome, columnCount: p, use }: NaiveProblem, coefficients: ArrayLike<number>): Float64Array {
  const gradient = new Float64Array(p + 1);
  let n = 0;
  for (let i = 0; i < outcome.length; i++) {
    if (!use(i)) continue;
    const residual = logistic(linearPredictor(values, p, i, coefficients)) - (outcome[i] as number);
    n++;
    gradient[0] = (gradient[0] as number) + residual;
    for (let j = 0; j < p; j++) gradient[j + 1] = (gradient[j + 1] as number) + residual * (values[i * p + j] as number);
  }
  return gradient.map((g) => g / n);
}

function linearPredictor(values: Float64Array, p: number, row: number, coefficients: ArrayLike<number>): number {
  let eta = coefficients[0] as number;
  for (let j = 0; j < p; j++) eta += (coefficients[j + 1] as number) * (values[row * p + j] as number);
  return eta;
}

/** Binomial deviance -2 log-likelihood over the rows that `use` names. */
export function devianceOf(
  problem: Pick<NaiveProblem, 'values' | 'outcome' | 'columnCount' | 'use'>,
  coefficients: ArrayLike<number>,
): number {
  let deviance = 0;
  problem.outcome.forEach((y, i) => {
    if (!problem.use(i)) return;
    const eta = linearPredictor(problem.values, problem.columnCount, i, coefficients);
    deviance += 2 * (softplus(eta) - y * eta);
  });
  return deviance;
}

/**
 * How far coefficients are from the optimum of the glmnet objective: the largest violation of its subgradient conditions
 * g_0 = 0; g_j + lambda (1 - alpha) b_j + lambda alpha sign(b_j) = 0 where b_j is not 0, |g_j| <= lambda alpha where it is.
 */
export function kktViolation(problem: NaiveProblem, coefficients: ArrayLike<number>): number {
  const { alpha, lambda } = problem;
  const gradient = meanGradient(problem, coefficients);
  let worst = Math.abs(gradient[0] as number);
  for (let j = 1; j < gradient.length; j++) {
    const b = coefficients[j] as number;
    const slope = (gradient[j] as number) + lambda * (1 - alpha) * b;
    worst = Math.max(worst, b === 0 ? Math.abs(slope) - lambda * alpha : Math.abs(slope + lambda * alpha * Math.sign(b)));
  }
  return worst;
}

/** The slow twin: plain proximal gradient descent with a step that the sum of squares of the design bounds, until nothing is violated. */
export function naiveElasticNet(problem: NaiveProblem, accuracy = 1e-12, limit = 400_000): Float64Array {
  const { values, outcome, columnCount: p, use, alpha, lambda } = problem;
  let n = 0;
  let squares = 0;
  for (let i = 0; i < outcome.length; i++) {
    if (!use(i)) continue;
    n++;
    squares++;
    for (let j = 0; j < p; j++) squares += (values[i * p + j] as number) ** 2;
  }
  const step = (4 * n) / squares;
  const b = new Float64Array(p + 1);
  for (let iteration = 0; iteration < limit; iteration++) {
    if (iteration % 50 === 0 && kktViolation(problem, b) < accuracy) return b;
    const gradient = meanGradient(problem, b);
    b[0] = (b[0] as number) - step * (gradient[0] as number);
    for (let j = 1; j <= p; j++) {
      const moved = (b[j] as number) - step * (gradient[j] as number);
      const shrunk = Math.sign(moved) * Math.max(0, Math.abs(moved) - step * lambda * alpha);
      b[j] = shrunk / (1 + step * lambda * (1 - alpha));
    }
  }
  throw new Error(`proximal gradient descent has not converged: ${kktViolation(problem, b)}`);
}

/** A table as the slow twin takes it, everybody in it. */
export function naiveProblem(table: TestTable, alpha: number, lambda: number, use: (row: number) => boolean = () => true): NaiveProblem {
  return {
    values: table.features.values,
    outcome: table.outcome as Float64Array,
    columnCount: table.features.names.length,
    use,
    alpha,
    lambda,
  };
}
