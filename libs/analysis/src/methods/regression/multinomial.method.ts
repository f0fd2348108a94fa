import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { ln, normalQuantile, normalTwoSided } from '@cohortium/numerics';
import {
  classProbabilities,
  fitMultinomial,
  levelCountsQuery,
  matrixMomentsQuery,
  modelMatrix,
  multinomialConfusionQuery,
  multinomialScoresQuery,
  multinomialSeparationQuery,
  plainSpec,
  runOverSites,
} from '@cohortium/statistics';
import type { MultinomialFit, Term } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method, MethodContext, TableColumn } from '../method.js';
import { needNumber } from '../params.js';
import { extraColumns, outcomeClasses } from './class-outcome.js';
import type { OutcomeClasses } from './class-outcome.js';
import { namedMatrix, orNull, standardErrors, waldMatrix } from './coefficient-table.js';
import { designModel, modelCategories, nameModel, outcomeNames, refuse, responseColumn } from './model-design.js';
import { convergenceKeys, modelKeys } from './model-params.js';

const params = z.strictObject({
  ...modelKeys,
  reference_level: z
    .string()
    .optional()
    .describe('Class of the outcome that the others are compared with; the first in sorted order where none is named'),
  weights: z.string().optional().describe('Column of case weights, at least 0'),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the Wald intervals'),
  max_linear_predictor: z
    .number()
    .positive()
    .max(700)
    .default(30)
    .describe('Differences of linear predictors beyond this stop the fit: separation, or one participant far from all others'),
  ...convergenceKeys,
});
type Params = z.output<typeof params>;

/** Multinomial logistic regression over secure sums. */
export const multinomial: Method<Params> = {
  name: 'multinomial',
  title: { en: 'multinomial logistic regression', zh: '多项逻辑回归' },
  params,
  leaves: [
    {
      query: levelCountsQuery,
      shape: 'L: complete rows by level of the outcome, and of the categories or site if the model has such terms',
    },
    { query: matrixMomentsQuery, shape: '1 + 2p: rows, sums, sums of squares of p columns; twice, the second time centered' },
    {
      query: multinomialScoresQuery,
      shape: '4 + m + K(K - 1)/2 p(p + 1)/2 per round, m = (K - 1)p: flag, rows, weights, likelihood, score, information',
    },
    { query: multinomialSeparationQuery, shape: '3: rows by direction of their likelihood, once for a fit that did not converge' },
    { query: multinomialConfusionQuery, shape: 'K x K counts: observed by most probable class' },
  ],
  definition: () =>
    'Multinomial logit with a reference class by maximum likelihood (R: nnet::multinom at convergence): ln p_k / p_reference = x b_k. Standard errors from the inverse Hessian; deviance = -2 log-likelihood, AIC = deviance + 2 (number of coefficients). The most probable class is the first of equals. Rows with a missing cell in any column of the model are left out; a class without complete rows does not exist.',
  categories: (asked) => [...new Set([...modelCategories(asked), ...outcomeNames(asked)])],
  run,
  stays: (rows, _asked, estimates) => {
    const { coef, design } = estimates as unknown as Results;
    if (!coef) return {};
    const matrix = modelMatrix(rows, new Frozen(plainSpec(design.terms, [])));
    const probabilities = classProbabilities(
      matrix,
      Float64Array.from(coef.values.flat(), (b) => b ?? 0),
      design.levels.length,
    );
    return Object.fromEntries(
      design.levels.map((level, k) => {
        const column = new Float64Array(rows.rowCount).fill(NaN);
        matrix.rowIndex.forEach((row, i) => (column[row] = probabilities[k]?.[i] as number));
        return [level, column];
      }),
    );
  },
};

/** What {@link multinomial} reads back from its own results. */
interface Results {
  readonly coef: { readonly values: readonly (readonly (number | null)[])[] } | null;
  readonly design: { readonly terms: readonly Term[]; readonly levels: readonly string[] };
}

async function run(context: MethodContext, asked: Params): Promise<Json> {
  const { federation, scope, table } = context;
  const named = nameModel('multinomial', asked, table, extraColumns([asked.weights]));
  if (named.formula.offsets.length > 0 || named.formula.strata.length > 0)
    throw refuse('multinomial', 'offsets and strata are not possible');
  const column = responseColumn('multinomial', named.formula);
  if (asked.weights !== undefined) needNumber(table, asked.weights);
  const extra = extraColumns([asked.weights]);
  const design = await designModel(context, named, asked, [column, ...extra]);
  const order =
    asked.reference_level === undefined ? undefined : ({ levels }: TableColumn) => referenceFirst(levels, asked.reference_level as string);
  const classes = await outcomeClasses('multinomial', context, column, order, [...design.reads, ...extra]);
  const fit = await runOverSites(
    fitMultinomial({
      outcome: { column, codes: classes.codes },
      weights: asked.weights ?? null,
      terms: design.columns,
      epsilon: asked.epsilon,
      maxRounds: asked.max_rounds,
      limit: asked.max_linear_predictor,
    }),
    federation,
    scope,
  );
  const names = design.columns.map(({ name }) => name);
  return {
    formula: design.text,
    outcome: column,
    reference_level: classes.levels[0] as string,
    ...figures(fit, classes, names, asked),
    design: { names, terms: design.columns as unknown as Json, levels: [...classes.levels] },
  };
}

function referenceFirst(levels: readonly string[], first: string): string[] {
  return [first, ...levels.filter((level) => level !== first)];
}

function figures(
  fit: MultinomialFit,
  { levels, counts }: OutcomeClasses,
  names: readonly string[],
  { level, weights }: Params,
): Record<string, Json> {
  const others = levels.slice(1);
  const m = others.length * names.length;
  const deviance = -2 * fit.logLikelihood;
  const total = counts.reduce((sum, n) => sum + n, 0);
  const nullDeviance = weights === undefined ? counts.reduce((sum, n) => sum - 2 * n * ln(n / total), 0) : NaN;
  const common = {
    n: fit.rows,
    classes: Object.fromEntries(levels.map((name, k) => [name, counts[k] as number])),
    converged: fit.converged,
    iterations: fit.rounds - 1,
    separation: fit.separation,
    warnings: fit.converged
      ? []
      : [fit.separation ? `separation detected (${fit.separation}): the likelihood has no maximum` : 'the fit has not converged'],
    deviance: orNull(deviance),
    null_deviance: orNull(nullDeviance),
    loglik: orNull(fit.logLikelihood),
  };
  if (!fit.converged)
    return { ...common, coef: null, se: null, reason: 'no finite estimates: separation, or not converged within max_rounds' };
  const se = standardErrors(fit.covariance, m);
  const z = fit.coefficients.map((b, k) => b / (se[k] as number));
  const long = others.flatMap((name) => names.map((term) => `${name}:${term}`));
  const label = String(Number((100 * level).toPrecision(4)));
  return {
    ...common,
    aic: deviance + 2 * fit.rank,
    edf: fit.rank,
    coef: namedMatrix(others, names, fit.coefficients),
    se: namedMatrix(others, names, se),
    z: namedMatrix(others, names, z),
    p: namedMatrix(others, names, z.map(normalTwoSided)),
    [`wald${label}`]: waldMatrix(long, fit.coefficients, se, normalQuantile((1 + level) / 2, 0, 1), level),
    vcov: namedMatrix(long, long, fit.covariance),
    confusion: namedMatrix(levels, levels, fit.confusion ?? []),
  };
}
