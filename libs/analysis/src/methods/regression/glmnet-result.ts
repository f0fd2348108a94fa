import type { Json } from '@cohortium/kernel';
import { askPoints, penaltyOf, printedPenalties } from '@cohortium/statistics';
import type { FittedPath, LambdaRule, PathFits, PathSolution } from '@cohortium/statistics';
import { refuse } from './model-design.js';

/** Coefficients per SD this small are zero but for rounding. */
const zeroBand = 1e-12;

/** How coefficients are named. */
export interface GlmnetNames {
  readonly features: readonly string[];
  /** Classes of a multinomial fit; null where there is one linear predictor. */
  readonly classes: readonly string[] | null;
}

/** Coefficients on the input scale, one vector per class: intercept, then one per feature. */
export function rawCoefficients({ prepared, context }: PathFits, { coefficients }: PathSolution): Float64Array[] {
  const { matrix, outcome, family } = prepared.data.value;
  const width = 1 + matrix.terms.length;
  const unit = family === 'gaussian' ? outcome.scale : 1;
  const classes = Array.from({ length: coefficients.length / width }, (_, c) => {
    const own = coefficients.slice(c * width, (c + 1) * width);
    for (let j = 1; j < width; j++) {
      const b = Math.abs(own[j] as number) < zeroBand ? 0 : (own[j] as number) / (matrix.scale[j - 1] as number);
      own[0] = (own[0] as number) - b * (matrix.center[j - 1] as number);
      own[j] = b * unit;
    }
    own[0] = (own[0] as number) * unit + (family === 'gaussian' ? outcome.center : 0);
    return own;
  });
  if (classes.length > 1) centerIntercepts(classes);
  if (classes.length > 1 && context.groups === null && !hasRidge(prepared)) centerColumns(classes);
  return classes;
}

/** Unpenalized intercepts of a symmetric multinomial fit are determined up to a constant; glmnet lets them sum to zero. */
function centerIntercepts(classes: readonly Float64Array[]): void {
  const mean = classes.reduce((sum, own) => sum + (own[0] as number), 0) / classes.length;
  for (const own of classes) own[0] = (own[0] as number) - mean;
}

function hasRidge({ folds }: PathFits['prepared']): boolean {
  return folds[0]?.context.l2.some((weight) => weight > 0 && weight < Infinity) ?? false;
}

/**
 * A pure lasso determines the coefficients of a column over an even number of classes up to a constant: any that leaves half of them on
 * either side of zero. glmnet takes the middle of that range, so that the result does not depend on the way that led to it.
 */
function centerColumns(classes: readonly Float64Array[]): void {
  const half = classes.length / 2;
  for (let j = 1; j < (classes[0] as Float64Array).length; j++) {
    const sorted = classes.map((own) => own[j] as number).sort((a, b) => a - b);
    const middle = ((sorted[Math.ceil(half) - 1] as number) + (sorted[Math.floor(half)] as number)) / 2;
    for (const own of classes) own[j] = (own[j] as number) - middle;
  }
}

/** The path on all rows. */
export function describePath(fits: PathFits, names: GlmnetNames, rule: LambdaRule): Record<string, Json> {
  const path = fits.paths[0] as FittedPath;
  const rows = ['(Intercept)', ...names.features];
  const printed = printedPenalties(path.lambda, rule);
  const raw = path.solutions.map((solution) => rawCoefficients(fits, solution));
  const table = (c: number): Json => ({
    rows,
    cols: printed.map((lambda) => String(Number(lambda.toPrecision(12)))),
    values: rows.map((_, j) => path.solutions.map(({ state }, k) => (state === 'converged' ? (raw[k]?.[c]?.[j] as number) : null))),
  });
  const { outcome, family } = fits.prepared.data.value;
  const unit = family === 'gaussian' ? outcome.scale * outcome.scale : 1;
  return {
    n: path.rows,
    lambda: printed,
    state: path.solutions.map(({ state }) => state),
    coef: names.classes === null ? table(0) : Object.fromEntries(names.classes.map((name, c) => [name, table(c)])),
    n_nonzero: raw.map((classes) => rows.filter((_, j) => j > 0 && classes.some((own) => own[j] !== 0)).length),
    // Deviance needs the saturated likelihood, which sums of a Poisson fit do not hold.
    dev_ratio: path.solutions.map(({ loss, state }) => (state === 'converged' && family !== 'poisson' ? 1 - loss / fits.nullLoss : null)),
    objective: path.solutions.map(({ loss, state, coefficients }, k) => {
      const fold = fits.prepared.folds[0]?.context;
      if (state !== 'converged' || !fold) return null;
      const lambda = (path.lambda[k] as number) / outcome.scale;
      return unit * (loss + (lambda > 1e30 ? 0 : penaltyOf({ fold, lambda }, coefficients, fits.context.groups)));
    }),
    violation: Math.max(0, ...path.solutions.map(({ violation, state }) => (state === 'converged' ? violation : 0))),
    rounds: fits.rounds,
    rounds_of_slowest_model: Math.max(...fits.paths.flatMap(({ solutions }) => solutions.map(({ rounds }) => rounds))),
  };
}

/**
 * Cross-validated deviance by penalty, as `cv.glmnet` has it with `type.measure = "deviance"` (mean squared error for a Gaussian outcome): the mean over folds of each
 * fold's mean, weighted by the weight of the fold, and its standard error over folds. The loss of the rows left out is that of all rows less that
 * of the others, so one round gives it for all folds and penalties.
 */
export async function crossValidate(fits: PathFits, rule: LambdaRule): Promise<Record<string, Json>> {
  const whole = fits.paths[0] as FittedPath;
  const folds = usedFolds(fits);
  const lambda = printedPenalties(whole.lambda, rule);
  const { family, outcome } = fits.prepared.data.value;
  const unit = 2 * (family === 'gaussian' ? outcome.scale * outcome.scale : 1);
  const points = folds.flatMap(({ path: { solutions } }) =>
    solutions.map(({ coefficients }) => ({ leftOut: -1, coefficients, set: new Float64Array(0) })),
  );
  const { answers } = await askPoints(fits.context, points, []);
  const perFold = folds.map(({ path: { solutions }, share }, f) => {
    const means = solutions.map(({ loss, state }, k) => {
      const answer = answers[f * solutions.length + k];
      return state !== 'converged' || !answer || answer.beyond ? null : (unit * (answer.loss - share * loss)) / (1 - share);
    });
    return { weight: (1 - share) * fits.prepared.weight, means };
  });
  const summaries = lambda.map((_, k) => summarize(perFold.map(({ weight, means }) => ({ weight, mean: means[k] ?? null }))));
  const chosen = choose(summaries);
  const nonZero = whole.solutions.map((solution) => {
    const classes = rawCoefficients(fits, solution);
    return (classes[0] as Float64Array).reduce((count, _, j) => count + Number(j > 0 && classes.some((own) => own[j] !== 0)), 0);
  });
  return {
    lambda,
    cvm_deviance: summaries.map(({ mean }) => mean),
    cvsd: summaries.map(({ error }) => error),
    lambda_min: chosen ? (lambda[chosen.min] as number) : null,
    lambda_1se: chosen ? (lambda[chosen.oneSe] as number) : null,
    nzero: nonZero,
    folds: perFold.length,
  };
}

/** Folds that have rows. @throws `ANALYSIS.METHOD_PARAMS` where rows have no fold, or all the same */
function usedFolds({ paths, prepared }: PathFits): { path: FittedPath; share: number }[] {
  const all = paths.slice(1).map((path, f) => ({ path, share: prepared.folds[f + 1]?.context.share as number }));
  const used = all.filter(({ share }) => share < 1);
  const left = used.reduce((sum, { share }) => sum + 1 - share, 0);
  if (used.length < 2 || Math.abs(left - 1) > 1e-9)
    throw refuse('glmnet', 'every row needs a fold, numbered from 1 to `folds`, and there must be at least two of them');
  return used;
}

interface CvPoint {
  readonly mean: number | null;
  readonly error: number | null;
}

function summarize(parts: readonly { readonly weight: number; readonly mean: number | null }[]): CvPoint {
  if (parts.length === 0 || parts.some(({ mean }) => mean === null)) return { mean: null, error: null };
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const mean = parts.reduce((sum, part) => sum + part.weight * (part.mean as number), 0) / total;
  const spread = parts.reduce((sum, part) => sum + part.weight * ((part.mean as number) - mean) ** 2, 0) / total;
  return { mean, error: Math.sqrt(spread / (parts.length - 1)) };
}

/** Deviances this close count as equal; ties take the larger penalty. */
const tieBand = 1e-9;

function choose(points: readonly CvPoint[]): { min: number; oneSe: number } | undefined {
  const known = [...points.keys()].filter((k) => points[k]?.mean !== null);
  if (known.length === 0) return undefined;
  const at = (k: number) => points[k]?.mean as number;
  const least = Math.min(...known.map(at));
  const min = known.find((k) => at(k) <= least + tieBand * Math.abs(least)) as number;
  const limit = at(min) + (points[min]?.error as number) + tieBand * Math.abs(least);
  return { min, oneSe: known.find((k) => at(k) <= limit) as number };
}
