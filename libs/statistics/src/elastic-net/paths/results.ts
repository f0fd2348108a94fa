import { exp, ln } from '@cohortium/numerics';
import type { FittedPath, LambdaRule, PathFits } from './fit.js';
import type { PenalizedData } from './data.js';
import { penaltyOf } from './problem.js';
import type { PathSolution } from './problem.js';

/** One fitted model in the units of the table. */
export interface PathModel {
  readonly lambda: number;
  /** Why there is no model, where there is none: a participant's linear predictor would exceed the limit. */
  readonly reason?: 'beyondLimit';
  /** By class (one but for multinomial fits). */
  readonly intercepts: readonly number[];
  /** By class, by term. */
  readonly coefficients: readonly Float64Array[];
  /** Share of the null deviance that is explained. */
  readonly devianceRatio: number;
  /** Mean negative log-likelihood plus penalty: what was minimized. */
  readonly objective: number;
  /** Terms with a coefficient that is not zero, in any class. */
  readonly nonZero: number;
  /** The same by class. */
  readonly nonZeroByClass: readonly number[];
  readonly rounds: number;
}

/** A path as it is reported. */
export interface PathResult {
  readonly models: readonly PathModel[];
  /** Penalties of a path that were not fitted, since the deviance had stopped falling or was nearly all explained. */
  readonly cut: number;
  readonly nullDeviance: number;
}

/** Coefficients per SD this small are zero but for rounding. */
const zeroBand = 1e-12;
/** glmnet ends a path at this share of explained deviance, or where it rises by less than this (`glmnet.control`). */
const mostExplained = 0.999;
const leastRise = 1e-5;
const leastPenalties = 5;

/** The models of a path in the units of the table, cut where glmnet would cut it. */
export function pathResult(fits: PathFits, path: FittedPath, rule: LambdaRule, alpha: number, grouped: boolean): PathResult {
  const data = fits.prepared.data.value;
  const printed = printedPenalties(path.lambda, rule);
  const nullDeviance = deviance(fits, path, fits.nullLosses.get(path.leftOut) as number);
  const models = path.solutions.map((solution, k) =>
    reported(fits, path, solution, printed[k] as number, k, { alpha, grouped, nullDeviance }),
  );
  const to = rule.kind === 'list' ? models.length : pathLength(data, models);
  return { models: models.slice(0, to), cut: models.length - to, nullDeviance };
}

/** Penalties as they are printed: the first of a path continues the next two backwards, as in glmnet. */
export function printedPenalties(lambda: readonly number[], rule: LambdaRule): number[] {
  if (rule.kind === 'list' || lambda.length < 3) return [...lambda];
  return [exp(2 * ln(lambda[1] as number) - ln(lambda[2] as number)), ...lambda.slice(1)];
}

/** Deviance against the saturated model, in the units of the outcome. */
function deviance({ prepared }: PathFits, { leftOut }: FittedPath, loss: number): number {
  const { family, outcome } = prepared.data.value;
  const { moments } = prepared.folds.find(({ context }) => context.leftOut === leftOut) as (typeof prepared.folds)[number];
  if (family === 'gaussian') return 2 * loss * moments.weight * outcome.scale * outcome.scale;
  const saturated = family === 'poisson' ? (moments.outcome[2] as number) : 0;
  return 2 * (saturated + loss * moments.weight);
}

interface Reporting {
  readonly alpha: number;
  readonly grouped: boolean;
  readonly nullDeviance: number;
}

function reported(
  fits: PathFits,
  path: FittedPath,
  solution: PathSolution,
  lambda: number,
  at: number,
  { alpha, grouped, nullDeviance }: Reporting,
): PathModel {
  const data = fits.prepared.data.value;
  const width = 1 + data.matrix.terms.length;
  const classes = solution.coefficients.length / width;
  const raw = centered(data, rawCoefficients(data, solution.coefficients), alpha, grouped);
  const coefficients = Array.from({ length: classes }, (_, c) => raw.slice(c * width + 1, (c + 1) * width));
  const byClass = coefficients.map((values) => values.reduce((count, b) => count + (b === 0 ? 0 : 1), 0));
  const any = coefficients[0]?.reduce((count, _, j) => count + (coefficients.some((values) => values[j] !== 0) ? 1 : 0), 0) ?? 0;
  const fold = (fits.prepared.folds.find(({ context }) => context.leftOut === path.leftOut) as (typeof fits.prepared.folds)[number])
    .context;
  const movable = fold.l1.slice(1, width).reduce((count, limit) => count + (limit === Infinity ? 0 : 1), 0);
  const unit = data.outcome.scale;
  const problem = { fold, lambda: (path.lambda[at] as number) / unit };
  const objective = solution.loss + penaltyOf(problem, solution.coefficients, fits.context.groups);
  return {
    lambda,
    ...(solution.state === 'converged' ? {} : { reason: 'beyondLimit' as const }),
    intercepts: Array.from({ length: classes }, (_, c) => raw[c * width] as number),
    coefficients,
    devianceRatio: nullDeviance > 0 ? 1 - deviance(fits, path, solution.loss) / nullDeviance : 0,
    objective: data.family === 'gaussian' ? objective * unit * unit : objective,
    // A ridge penalty sets nothing to zero, however small a coefficient is.
    nonZero: alpha === 0 ? movable : any,
    nonZeroByClass: alpha === 0 ? byClass.map(() => movable) : byClass,
    rounds: solution.rounds,
  };
}

/** Coefficients of the columns as the table has them. */
export function rawCoefficients({ matrix, outcome, family }: PenalizedData, coefficients: Float64Array): Float64Array {
  const width = 1 + matrix.terms.length;
  const unit = family === 'gaussian' ? outcome.scale : 1;
  const raw = new Float64Array(coefficients.length);
  for (let c = 0; c * width < coefficients.length; c++) {
    let intercept = coefficients[c * width] as number;
    for (let j = 1; j < width; j++) {
      const standard = coefficients[c * width + j] as number;
      const b = Math.abs(standard) < zeroBand ? 0 : standard / (matrix.scale[j - 1] as number);
      raw[c * width + j] = unit * b;
      intercept -= b * (matrix.center[j - 1] as number);
    }
    raw[c * width] = unit * intercept + (family === 'gaussian' ? outcome.center : 0);
  }
  return raw;
}

/**
 * Adding the same to all classes changes no probability. Intercepts are centered; a pure lasso, whose penalty leaves the middle of a column's coefficients
 * open between two classes, is put at the middle of that interval, as glmnet does.
 */
function centered(data: PenalizedData, raw: Float64Array, alpha: number, grouped: boolean): Float64Array {
  if (data.family !== 'multinomial') return raw;
  const width = 1 + data.matrix.terms.length;
  const classes = raw.length / width;
  const out = raw.slice();
  const shift = (j: number, by: (sorted: Float64Array) => number) => {
    const values = Float64Array.from({ length: classes }, (_, c) => out[c * width + j] as number);
    const move = by(values.slice().sort());
    if (move !== 0) values.forEach((value, c) => (out[c * width + j] = value - move));
  };
  shift(0, (sorted) => sorted.reduce((sum, x) => sum + x, 0) / classes);
  if (alpha === 1 && !grouped) for (let j = 1; j < width; j++) shift(j, middle);
  return out;
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** Where glmnet would have ended a path of its own. */
function pathLength({ family }: PenalizedData, models: readonly PathModel[]): number {
  const least = Math.min(leastPenalties, models.length);
  for (let k = 0; k < models.length; k++) {
    const { devianceRatio, reason } = models[k] as PathModel;
    if (reason !== undefined) return k;
    if (k + 1 < least) continue;
    if (riseAt(family, models, k, least) || devianceRatio > mostExplained) return k + 1;
  }
  return models.length;
}

/** Whether the explained share has stopped rising, by the rule that glmnet has for each family. */
function riseAt(family: PenalizedData['family'], models: readonly PathModel[], k: number, least: number): boolean {
  const own = (models[k] as PathModel).devianceRatio;
  if (family === 'poisson') return (own - (models[k - least + 1] as PathModel).devianceRatio) / own < 10 * leastRise;
  const rise = own - (k > 0 ? (models[k - 1] as PathModel).devianceRatio : 0);
  return family === 'gaussian' ? own !== 0 && rise / own < leastRise : rise < leastRise;
}
