import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { normalQuantile, normalTwoSided } from '@cohortium/numerics';
import {
  fitOrdinal,
  levelCountsQuery,
  linkFunctions,
  matrixMomentsQuery,
  modelMatrix,
  ordinalLinks,
  ordinalScoresQuery,
  plainSpec,
  runOverSites,
} from '@cohortium/statistics';
import type { OrdinalFit, OrdinalLink, Term } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { needNumber } from '../params.js';
import { extraColumns, outcomeClasses } from './class-outcome.js';
import { byName, namedMatrix, orNull, standardErrors, waldMatrix } from './coefficient-table.js';
import { designModel, modelCategories, nameModel, outcomeNames, refuse, responseColumn } from './model-design.js';
import { convergenceKeys, modelKeys } from './model-params.js';

const params = z.strictObject({
  ...modelKeys,
  levels: z
    .array(z.string())
    .min(2)
    .optional()
    .describe('Classes of the outcome in ascending order; sorted by value where they are not named'),
  link: z.enum(ordinalLinks).default('logistic').describe('logistic is the proportional odds model; names as in polr'),
  weights: z.string().optional().describe('Column of case weights, at least 0'),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the Wald intervals'),
  max_linear_predictor: z.number().positive().max(700).default(30).describe('Linear predictors beyond this stop the fit'),
  ...convergenceKeys,
});
type Params = z.output<typeof params>;

/** Cumulative link models (proportional odds) over secure sums. */
export const ordinal: Method<Params> = {
  name: 'ordinal',
  title: { en: 'ordinal regression (proportional odds)', zh: '有序回归（比例优势模型）' },
  params,
  leaves: [
    {
      query: levelCountsQuery,
      shape: 'L: complete rows by level of the outcome, and of the categories or site if the model has such terms',
    },
    { query: matrixMomentsQuery, shape: '1 + 2p: rows, sums, sums of squares of p columns; twice, the second time centered' },
    {
      query: ordinalScoresQuery,
      shape: '4 + m + m(m + 1)/2 per round, m = p + K - 1: flag, rows, weights, likelihood, score, information',
    },
  ],
  definition: ({ link }) =>
    `Cumulative link model P(Y <= k) = F(zeta_k - x b) with F ${link}, by maximum likelihood: R MASS::polr(method = "${link}") at convergence, the same parametrization (coef b, zeta the cut points). Standard errors from the observed information (polr takes a numerical Hessian); t as polr prints it, p by the normal distribution. AIC counts slopes and cut points.`,
  categories: (asked) => [...new Set([...modelCategories(asked), ...outcomeNames(asked)])],
  run,
  stays: (rows, asked, estimates) => {
    const { coef, zeta, design } = estimates as unknown as Results;
    if (!coef || !zeta) return {};
    const { rowIndex, values, columnCount: p } = modelMatrix(rows, new Frozen(plainSpec(design.terms, [])));
    const cuts = Object.values(zeta);
    const columns: Record<string, Float64Array> = {};
    for (const name of ['linear_predictor', ...design.levels]) columns[name] = new Float64Array(rows.rowCount).fill(NaN);
    rowIndex.forEach((row, i) => {
      const eta = design.names.reduce((sum, name, j) => sum + (coef[name] ?? 0) * (values[i * p + j] as number), 0);
      (columns['linear_predictor'] as Float64Array)[row] = eta;
      classShares(asked.link, cuts, eta).forEach((share, k) => ((columns[design.levels[k] as string] as Float64Array)[row] = share));
    });
    return columns;
  },
};

/** What {@link ordinal} reads back from its own results. */
interface Results {
  readonly coef: Readonly<Record<string, number | null>> | null;
  readonly zeta: Readonly<Record<string, number>> | null;
  readonly design: { readonly names: readonly string[]; readonly terms: readonly Term[]; readonly levels: readonly string[] };
}

/** Probabilities of the classes at a linear predictor. */
function classShares(link: OrdinalLink, cuts: readonly number[], eta: number): number[] {
  const bounds = [-Infinity, ...cuts.map((cut) => cut - eta), Infinity];
  return bounds.slice(1).map((high, k) => linkFunctions[link].between(bounds[k] as number, high));
}

async function run(context: MethodContext, asked: Params): Promise<Json> {
  const { federation, scope, table } = context;
  const named = nameModel('ordinal', asked, table, extraColumns([asked.weights]));
  if (named.formula.offsets.length > 0 || named.formula.strata.length > 0) throw refuse('ordinal', 'offsets and strata are not possible');
  const column = responseColumn('ordinal', named.formula);
  if (asked.weights !== undefined) needNumber(table, asked.weights);
  const extra = extraColumns([asked.weights]);
  // Cut points take the place of the intercept, also where the formula names none.
  const design = await designModel(context, { ...named, formula: { ...named.formula, intercept: true } }, asked, [column, ...extra]);
  const { levels } = asked;
  const classes = await outcomeClasses('ordinal', context, column, levels && (() => levels), [...design.reads, ...extra]);
  const terms = design.columns.slice(1);
  const fit = await runOverSites(
    fitOrdinal({
      outcome: { column, codes: classes.codes, counts: classes.counts },
      weights: asked.weights ?? null,
      terms,
      link: asked.link,
      epsilon: asked.epsilon,
      maxRounds: asked.max_rounds,
      limit: asked.max_linear_predictor,
    }),
    federation,
    scope,
  );
  const names = terms.map(({ name }) => name);
  return {
    formula: design.text,
    outcome: column,
    levels: [...classes.levels],
    ...figures(fit, names, classes.levels, asked.level),
    design: { names, terms: terms as unknown as Json, levels: [...classes.levels] },
  };
}

function figures(fit: OrdinalFit, names: readonly string[], levels: readonly string[], level: number): Record<string, Json> {
  const p = names.length;
  const cuts = levels.slice(1).map((high, k) => `${levels[k]}|${high}`);
  const all = [...names, ...cuts];
  const deviance = -2 * fit.logLikelihood;
  const common = {
    n: fit.rows,
    converged: fit.converged,
    iterations: fit.rounds - 1,
    warnings: fit.converged ? [] : ['the fit has not converged: separation, or too few rounds'],
    deviance: orNull(deviance),
    loglik: orNull(fit.logLikelihood),
  };
  if (!fit.converged)
    return { ...common, coef: null, zeta: null, se: null, reason: 'no finite estimates: separation, or not converged within max_rounds' };
  const se = standardErrors(fit.covariance, all.length);
  const t = fit.coefficients.map((b, k) => b / (se[k] as number));
  const label = String(Number((100 * level).toPrecision(4)));
  return {
    ...common,
    aic: deviance + 2 * fit.rank,
    edf: fit.rank,
    coef: byName(names, fit.coefficients),
    zeta: byName(cuts, fit.coefficients.slice(p)),
    se: byName(all, se),
    t: byName(all, t),
    p: byName(all, t.map(normalTwoSided)),
    [`wald${label}`]: waldMatrix(all, fit.coefficients, se, normalQuantile((1 + level) / 2, 0, 1), level),
    vcov: namedMatrix(all, all, fit.covariance),
  };
}
