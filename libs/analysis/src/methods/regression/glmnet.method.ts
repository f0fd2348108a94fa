import type { Json } from '@cohortium/kernel';
import { exp, logistic, pow } from '@cohortium/numerics';
import { columnOf } from '@cohortium/federation';
import type { Federation } from '@cohortium/federation';
import {
  crossValidate,
  fitPaths,
  foldMomentsQuery,
  levelCountsQuery,
  matrixMomentsQuery,
  penalizedLossesQuery,
  penalizedRanksQuery,
  penalizedScoresQuery,
  penalizedSumsQuery,
  plainSpec,
} from '@cohortium/statistics';
import type { LambdaRule, PathFitInput, PathFits, PathResult } from '@cohortium/statistics';
import type { Method, MethodContext } from '../method.js';
import { levelAt } from '../names.js';
import { needColumn, needNumber, numberColumns } from '../params.js';
import { outcomeClasses } from './class-outcome.js';
import { glmnetParams } from './glmnet-params.js';
import type { GlmnetParams } from './glmnet-params.js';
import { coefficientsAt, describeCv, describePath, pathResults, requireFolds } from './glmnet-result.js';
import type { GlmnetNames } from './glmnet-result.js';
import { refuse } from './model-design.js';

/** Name of the column of folds that the parameters bring along. */
const inlineFolds = '(fold)';

/** Ridge, lasso and elastic net on the objective of glmnet, whole paths and folds side by side. */
export const glmnet: Method<GlmnetParams> = {
  name: 'glmnet',
  title: {
    en: 'ridge, lasso and elastic net on the glmnet objective, with paths and cross-validation',
    zh: '岭回归、lasso 与弹性网络（glmnet 目标函数），含路径与交叉验证',
  },
  params: glmnetParams,
  leaves: [
    { query: levelCountsQuery, shape: 'L: complete rows by level of a categorical outcome' },
    { query: matrixMomentsQuery, shape: '1 + 2p: rows, sums, sums of squares of p columns; twice, the second time centered' },
    { query: foldMomentsQuery, shape: '(1 + folds) (4 + K + 2p): rows, weights, outcome and column moments of each fold' },
    {
      query: penalizedScoresQuery,
      shape: 'per model 2 + coefficients of its set: flag, loss, slope; some second derivatives; at most 4.9 MB a round',
    },
    { query: penalizedSumsQuery, shape: 'the same in 128-bit words: Poisson, or without intercept' },
    { query: penalizedLossesQuery, shape: '7 per fold model: weight and losses of the rows it left out' },
    {
      query: penalizedRanksQuery,
      shape: '2 bins per fold model, only for type auc: weights of the rows it left out by class and linear predictor',
    },
  ],
  definition: ({ family, standardize, gaussian_penalty: gaussian }) =>
    `Minimizes weighted mean negative log-likelihood + lambda * sum(penalty_factor * ((1 - alpha)/2 * b^2 + alpha * |b|)), the intercept unpenalized (glmnet 4.1; Friedman, Hastie & Tibshirani 2010, doi 10.18637/jss.v033.i01)${
      standardize ? '; b per SD with division by n, reported on the input scale' : ''
    }${family === 'gaussian' ? `; Gaussian ridge part as ${gaussian === 'glmnet' ? 'in the package' : 'documented'}` : ''}. Solved to the optimality conditions, not to a change of deviance. Rows with a missing cell in any column used are left out.`,
  categories: ({ family, outcome, cv }) => [
    ...(family === 'multinomial' ? [outcome] : []),
    ...(cv?.foldid === undefined ? [] : [typeof cv.foldid === 'string' ? cv.foldid : inlineFolds]),
  ],
  inlineColumns: ({ cv }): Record<string, readonly (string | number)[]> => (Array.isArray(cv?.foldid) ? { [inlineFolds]: cv.foldid } : {}),
  run,
  stays,
};

async function run(context: MethodContext, params: GlmnetParams): Promise<Json> {
  const counted = countSums(context.federation);
  const { names, input } = await inputOf({ ...context, federation: counted.federation }, params);
  const weighted = params.adaptive ? { ...input, penaltyFactors: await adaptiveFactors(input, params.adaptive) } : input;
  const fits = await fitPaths(weighted);
  const rule = input.lambda;
  const results = pathResults(fits, rule, params.alpha);
  const cv = params.cv ? await validated(fits, results, rule, input, params.cv) : undefined;
  const solutions = fits.paths.flatMap((path) => path.solutions);
  return {
    family: params.family,
    alpha: params.alpha,
    standardize: params.standardize,
    features: [...names.features],
    ...(names.classes && { classes: [...names.classes] }),
    ...describePath(results[0] as PathResult, names, fits.prepared.rows, params.coefficients),
    violation: Math.max(0, ...solutions.map(({ violation, state }) => (state === 'converged' ? violation : 0))),
    rounds: counted.rounds(),
    rounds_of_slowest_model: Math.max(...solutions.map(({ rounds }) => rounds)),
    ...(params.adaptive && { penalty_factor: Array.from(weighted.penaltyFactors, (factor) => (Number.isFinite(factor) ? factor : null)) }),
    ...(cv && { cv }),
  };
}

async function validated(
  fits: PathFits,
  results: readonly PathResult[],
  rule: LambdaRule,
  { foldPaths, data }: PathFitInput,
  { type, auc_bins: bins }: NonNullable<GlmnetParams['cv']>,
): Promise<Json> {
  if (type === 'class' && data.outcome.classes === null)
    throw refuse('glmnet', 'only classes can be missed: type class is for binomial and multinomial');
  if (type === 'auc' && data.family !== 'binomial') throw refuse('glmnet', 'type auc is for two classes');
  const folds = requireFolds(fits);
  return describeCv(await crossValidate(fits, results, rule, foldPaths === 'own', type, bins), type, folds);
}

/** The same federation, whose sums are counted. */
function countSums(inner: Federation): { federation: Federation; rounds: () => number } {
  let rounds = 0;
  const federation: Federation = {
    sum: (query, params, scope) => {
      rounds++;
      return inner.sum(query, params, scope);
    },
    summaries: (query, params, scope) => inner.summaries(query, params, scope),
  };
  return { federation, rounds: () => rounds };
}

async function inputOf(context: MethodContext, params: GlmnetParams): Promise<{ names: GlmnetNames; input: PathFitInput }> {
  const { table, federation, scope } = context;
  const { family, outcome, weights, offset, cv } = params;
  const others = [outcome, weights, offset, foldColumn(cv)].filter((name) => name !== undefined);
  const features = numberColumns(table, params.features, others);
  if (features.length === 0) throw refuse('glmnet', 'the table has no column of numbers beside the outcome');
  for (const name of [weights, offset]) if (name !== undefined) needNumber(table, name);
  const { classes, values } = await classesOf(context, params, [...features, ...others]);
  const terms = features.map((name) => ({ name, factors: [{ column: name }] }));
  const needs = [...new Set([...others])];
  const input: PathFitInput = {
    federation,
    scope,
    data: {
      family,
      matrix: plainSpec(terms, needs),
      outcome: { column: outcome, classes: values, center: 0, scale: 1 },
      weight: weights ?? null,
      offsets: offset === undefined ? [] : [offset],
      folds: foldsOf(context, cv),
    },
    grouped: family === 'multinomial' && params.type_multinomial === 'grouped',
    alpha: params.alpha,
    standardize: params.standardize,
    intercept: params.intercept,
    penaltyFactors: factorsOf(features, params),
    gaussianSquares: params.gaussian_penalty,
    lambda: lambdaRule(params),
    foldPaths: cv?.paths ?? (params.lambda ? 'common' : 'own'),
    tolerance: params.tolerance ?? (params.lambda ? 1e-9 : 1e-7),
    maxRounds: params.max_rounds,
    limit: params.max_linear_predictor,
  };
  return { names: { features, classes: family === 'multinomial' ? classes : null }, input };
}

function lambdaRule({ lambda, nlambda, lambda_min_ratio: ratio }: GlmnetParams): LambdaRule {
  return lambda ? { kind: 'list', values: [...lambda] } : { kind: 'path', count: nlambda, minRatio: ratio ?? null };
}

/** Values of the outcome's classes: numbers 0 and 1, one number against the others is not possible here, or the codes of levels. */
async function classesOf(
  context: MethodContext,
  { family, outcome, positive }: GlmnetParams,
  needs: readonly string[],
): Promise<{ classes: readonly string[]; values: number[] | null }> {
  if (family === 'gaussian' || family === 'poisson') {
    needNumber(context.table, outcome);
    return { classes: [], values: null };
  }
  const { kind, levels } = needColumn(context.table, outcome);
  if (family === 'binomial' && kind === 'number') {
    if (positive !== undefined && Number(positive) !== 1 && Number(positive) !== 0)
      throw refuse('glmnet', 'positive must be 0 or 1 for an outcome of numbers');
    return Number(positive ?? 1) === 1 ? { classes: ['0', '1'], values: [0, 1] } : { classes: ['1', '0'], values: [1, 0] };
  }
  if (family === 'binomial') {
    if (levels.length !== 2) throw refuse('glmnet', `the outcome "${outcome}" has ${levels.length} levels, not two`);
    const event = positive === undefined ? 1 : levelAt(levels, positive);
    if (event < 0) throw refuse('glmnet', `the outcome "${outcome}" has no level "${positive}"`);
    const order = [1 - event, event];
    return { classes: order.map((code) => levels[code] as string), values: order };
  }
  const found = await outcomeClasses('glmnet', context, outcome, undefined, needs);
  return { classes: found.levels, values: [...found.codes] };
}

function foldsOf({ table, scope }: MethodContext, cv: GlmnetParams['cv']): PathFitInput['data']['folds'] {
  if (cv === undefined) return null;
  if (cv.by_site) {
    if (scope.sites.length < 3) throw refuse('glmnet', 'folds by site need at least three sites');
    return { kind: 'site', sites: [...scope.sites] };
  }
  if (cv.foldid === undefined) return { kind: 'participant', count: cv.folds, seed: cv.seed };
  const column = foldColumn(cv) as string;
  const { kind, levels } = needColumn(table, column);
  // Numbers are folds 1 to the number of folds; folds without rows are none.
  return { kind: 'column', column, values: kind === 'number' ? Array.from({ length: cv.folds }, (_, k) => k + 1) : [...levels.keys()] };
}

/** Column that holds the folds, where a column does. */
function foldColumn(cv: GlmnetParams['cv']): string | undefined {
  return Array.isArray(cv?.foldid) ? inlineFolds : cv?.foldid;
}

function factorsOf(features: readonly string[], { penalty_factor: given, exclude }: GlmnetParams): Float64Array {
  if (Array.isArray(given) && given.length !== features.length)
    throw refuse('glmnet', `${given.length} penalty factors for ${features.length} features`);
  const named = given !== undefined && !Array.isArray(given) ? given : undefined;
  const unknown = [...Object.keys(named ?? {}), ...exclude].find((name) => !features.includes(name));
  if (unknown !== undefined) throw refuse('glmnet', `"${unknown}" is not among the features`);
  return Float64Array.from(features, (name, j) =>
    exclude.includes(name) ? Infinity : Array.isArray(given) ? (given[j] as number) : (named?.[name] ?? 1),
  );
}

async function adaptiveFactors(input: PathFitInput, { gamma, from, lambda }: NonNullable<GlmnetParams['adaptive']>): Promise<Float64Array> {
  const ridge = await fitPaths({
    ...input,
    data: { ...input.data, folds: null },
    alpha: 0,
    lambda: { kind: 'list', values: [from === 'ols' ? 0 : lambda] },
  });
  const solution = ridge.paths[0]?.solutions[0];
  if (solution?.state !== 'converged') throw refuse('glmnet', 'the fit that gives the adaptive weights has not converged');
  const width = 1 + input.data.matrix.terms.length;
  return input.penaltyFactors.map((factor, j) => {
    let size = 0;
    for (let at = j + 1; at < solution.coefficients.length; at += width)
      size = Math.max(size, Math.abs(solution.coefficients[at] as number));
    return size > 0 ? factor / pow(size, gamma) : Infinity;
  });
}

/** Predictions of a row at every given penalty, at the chosen ones of a cross-validation, or at the smallest of a path. */
function stays(rows: Parameters<NonNullable<Method['stays']>>[0], params: GlmnetParams, estimates: Json): Record<string, Float64Array> {
  const found = estimates as unknown as {
    features: string[];
    lambda: number[];
    coef: Json;
    classes?: string[];
    cv?: { lambda_min: number | null; lambda_1se: number | null };
  };
  const wanted = chosenPenalties(params, found);
  const columns = found.features.map((name) => columnOf(rows, name) as Float64Array);
  const offset = params.offset === undefined ? undefined : columnOf(rows, params.offset);
  const out: Record<string, Float64Array> = {};
  for (const { label, at } of wanted) {
    const tables = found.classes ? found.classes.map((name) => (found.coef as Record<string, Json>)[name] as Json) : [found.coef];
    const eta = tables.map((coef) => linearPredictor(coefficientsAt(coef, found.features, at), columns, rows.rowCount, offset));
    if (found.classes) {
      classShares(eta).forEach((share, c) => (out[`p ${found.classes?.[c]} ${label}`] = share));
    } else if (params.family === 'binomial') out[`p ${label}`] = (eta[0] as Float64Array).map(logistic);
    else out[`link ${label}`] = eta[0] as Float64Array;
  }
  return out;
}

function chosenPenalties(
  { lambda }: GlmnetParams,
  found: { readonly lambda: readonly number[]; readonly cv?: { readonly lambda_min: number | null; readonly lambda_1se: number | null } },
): { label: string; at: number }[] {
  if (found.cv) {
    const place = (value: number | null) => (value === null ? -1 : found.lambda.indexOf(value));
    return [
      { label: 'lambda_min', at: place(found.cv.lambda_min) },
      { label: 'lambda_1se', at: place(found.cv.lambda_1se) },
    ].filter(({ at }) => at >= 0);
  }
  if (lambda) return found.lambda.map((value, at) => ({ label: `lambda=${value}`, at }));
  return [{ label: 'smallest lambda', at: found.lambda.length - 1 }];
}

function linearPredictor(
  coefficients: Float64Array,
  columns: readonly Float64Array[],
  rowCount: number,
  offset: Float64Array | undefined,
): Float64Array {
  const eta = new Float64Array(rowCount).fill(coefficients[0] as number);
  columns.forEach((column, j) => {
    const b = coefficients[j + 1] as number;
    for (let i = 0; i < rowCount; i++) eta[i] = (eta[i] as number) + (b === 0 ? 0 * (column[i] as number) : b * (column[i] as number));
  });
  if (offset) for (let i = 0; i < rowCount; i++) eta[i] = (eta[i] as number) + (offset[i] as number);
  return eta;
}

function classShares(eta: readonly Float64Array[]): Float64Array[] {
  return eta.map((own) => own.map((value, i) => 1 / eta.reduce((sum, other) => sum + exp((other[i] as number) - value), 0)));
}
