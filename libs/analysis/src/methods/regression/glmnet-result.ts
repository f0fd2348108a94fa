import type { Json } from '@cohortium/kernel';
import { pathResult } from '@cohortium/statistics';
import type { CvMeasure, CvResult, LambdaRule, PathFits, PathModel, PathResult } from '@cohortium/statistics';
import { refuse } from './model-design.js';

/** How coefficients are named. */
export interface GlmnetNames {
  readonly features: readonly string[];
  /** Classes of a multinomial fit; null where there is one linear predictor. */
  readonly classes: readonly string[] | null;
}

/** The path of all rows, then those of the folds. */
export function pathResults(fits: PathFits, rule: LambdaRule, alpha: number): PathResult[] {
  const grouped = fits.context.groups !== null;
  return fits.paths.map((path) => pathResult(fits, path, rule, alpha, grouped));
}

/** A path as it is printed; numbers of penalties that could not be fitted are null, with the reason in `state`. */
export function describePath(result: PathResult, names: GlmnetNames, rows: number, form: 'dense' | 'sparse'): Record<string, Json> {
  const { models } = result;
  const orNull = (pick: (model: PathModel) => number) => models.map((model) => (model.reason === undefined ? pick(model) : null));
  const perClass = (describe: (c: number) => Json): Json =>
    names.classes === null ? describe(0) : Object.fromEntries(names.classes.map((name, c) => [name, describe(c)]));
  return {
    n: rows,
    lambda: models.map(({ lambda }) => lambda),
    state: models.map(({ reason }) => reason ?? 'converged'),
    ...(result.cut > 0 && { penalties_cut: result.cut }),
    coef: perClass((c) => (form === 'dense' ? denseTable(models, names.features, c) : sparseList(models, names.features, c))),
    n_nonzero: orNull(({ nonZero }) => nonZero),
    null_deviance: result.nullDeviance,
    dev_ratio: orNull(({ devianceRatio }) => devianceRatio),
    objective: orNull(({ objective }) => objective),
  };
}

function denseTable(models: readonly PathModel[], features: readonly string[], c: number): Json {
  const rows = ['(Intercept)', ...features];
  return {
    rows,
    cols: models.map(({ lambda }) => String(Number(lambda.toPrecision(12)))),
    values: rows.map((_, j) =>
      models.map(({ reason, intercepts, coefficients }) => {
        if (reason !== undefined) return null;
        return j === 0 ? (intercepts[c] as number) : (coefficients[c]?.[j - 1] as number);
      }),
    ),
  };
}

function sparseList(models: readonly PathModel[], features: readonly string[], c: number): Json {
  return models.map(({ lambda, reason, intercepts, coefficients }): Json => {
    if (reason !== undefined) return { lambda, intercept: null, terms: null, reason };
    const terms = features.flatMap((name, j) => (coefficients[c]?.[j] === 0 ? [] : [[name, coefficients[c]?.[j] as number] as const]));
    return { lambda, intercept: intercepts[c] as number, terms: Object.fromEntries(terms) };
  });
}

/** Coefficients of one class at one penalty, intercept first, from either form. */
export function coefficientsAt(coef: Json, features: readonly string[], at: number): Float64Array {
  if (Array.isArray(coef)) {
    const { intercept, terms } = coef[at] as { intercept: number | null; terms: Record<string, number> | null };
    return Float64Array.from([intercept ?? NaN, ...features.map((name) => (terms === null ? NaN : (terms[name] ?? 0)))]);
  }
  return Float64Array.from((coef as unknown as { values: (number | null)[][] }).values, (row) => row[at] ?? NaN);
}

/** A cross-validation as it is printed, in the words of `cv.glmnet`. */
export function describeCv(cv: CvResult, measure: CvMeasure, folds: number): Record<string, Json> {
  const lambda = (at: number | undefined) => (at === undefined ? null : (cv.points[at]?.lambda as number));
  const means = cv.points.map(({ mean }) => mean);
  return {
    type: measure,
    folds,
    lambda: cv.points.map((point) => point.lambda),
    cvm: means,
    ...(measure === 'deviance' && { cvm_deviance: means }),
    cvsd: cv.points.map(({ standardError }) => standardError),
    nzero: cv.points.map(({ nonZero }) => nonZero),
    ...(measure === 'auc' && { cvm_bound: cv.points.map(({ bound }) => bound) }),
    lambda_min: lambda(cv.best),
    lambda_1se: lambda(cv.oneStandardError),
  };
}

/** Refuses folds that do not cut the rows. @throws `METHOD.REFUSED` */
export function requireFolds({ prepared }: PathFits): number {
  const parts = prepared.folds.slice(1).map(({ context }) => 1 - context.share);
  const covered = parts.reduce((sum, share) => sum + share, 0);
  if (parts.length < 3 || parts.some((share) => !(share > 0)) || Math.abs(covered - 1) > 1e-9)
    throw refuse('glmnet', 'every row needs a fold, every fold rows, and there must be at least three folds');
  return parts.length;
}
