import { elementsPerVector } from './context.js';
import type { LambdaRule, PathFits } from './fit.js';
import { penalizedLossesQuery } from './losses-query.js';
import type { LeftOutLosses, LossParams } from './losses-query.js';
import { binnedAuc, penalizedRanksQuery } from './ranks-query.js';
import type { PathModel, PathResult } from './results.js';
import { printedPenalties } from './results.js';

/** What folds are compared by; see `cv.glmnet`. */
export type CvMeasure = 'deviance' | 'class' | 'mse' | 'mae' | 'auc';

/** One penalty of a cross-validation. */
export interface CvPoint {
  readonly lambda: number;
  /** Mean of the folds' measures, weighted by the folds' weights, and its standard error over folds. */
  readonly mean: number;
  readonly standardError: number;
  readonly nonZero: number;
  /** How far the mean can be from that of exact areas under the curve; 0 for other measures. */
  readonly bound: number;
}

/** A cross-validated path. */
export interface CvResult {
  readonly points: readonly CvPoint[];
  /** Positions of the best penalty and of the largest one within a standard error of it; undefined without any point. */
  readonly best: number | undefined;
  readonly oneStandardError: number | undefined;
}

/** Means this close (relative) count as equal; ties take the larger penalty. */
const tieBand = 1e-12;

/**
 * Compares the penalties of a path by what the fold models lose on the rows they left out, in one round (more where areas under the curve are
 * asked). Penalties that some fold could not fit are left out.
 */
export async function crossValidate(
  fits: PathFits,
  results: readonly PathResult[],
  rule: LambdaRule,
  ownPaths: boolean,
  measure: CvMeasure,
  bins: number,
): Promise<CvResult> {
  const { context } = fits;
  const folds = fits.paths.length - 1;
  const whole = results[0] as PathResult;
  const scored: { fold: number; at: number; coefficients: Float64Array }[] = [];
  whole.models.forEach((model, at) => {
    const perFold = Array.from({ length: folds }, (_, fold) => foldCoefficients(fits, results, fold, model, at, ownPaths ? rule : null));
    if (model.reason !== undefined || perFold.some((coefficients) => coefficients === null)) return;
    perFold.forEach((coefficients, fold) =>
      scored.push({ fold: fits.paths[fold + 1]?.leftOut as number, at, coefficients: coefficients as Float64Array }),
    );
  });
  const losses: LeftOutLosses[] = [];
  const room = Math.floor(elementsPerVector({ bounded: false }) / 7);
  for (let from = 0; from < scored.length; from += room) {
    const { value } = await context.federation.sum(penalizedLossesQuery, lossParams(fits, scored.slice(from, from + room)), context.scope);
    losses.push(...value);
  }
  const bounds = new Float64Array(scored.length);
  const values = measure === 'auc' ? await areas(fits, scored, losses, bins, bounds) : losses.map((loss) => valueOf(loss, measure, fits));
  const points: (CvPoint & { at: number })[] = [];
  for (let k = 0; k < scored.length; k += folds) {
    const at = (scored[k] as (typeof scored)[number]).at;
    const model = whole.models[at] as PathModel;
    const weights = losses.slice(k, k + folds).map(({ weight }) => weight);
    const { mean, standardError } = overFolds(values.slice(k, k + folds), weights);
    const bound = weightedMean(bounds.slice(k, k + folds), weights);
    if (Number.isFinite(mean)) points.push({ at, lambda: model.lambda, mean, standardError, nonZero: countedTerms(model, fits), bound });
  }
  return { points, ...choose(points, measure) };
}

/** Terms as `cv.glmnet` counts them: of an ungrouped multinomial model the median over classes, rounded up. */
function countedTerms(model: PathModel, { prepared, context }: PathFits): number {
  if (prepared.data.value.family !== 'multinomial' || context.groups) return model.nonZero;
  const sorted = [...model.nonZeroByClass].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return Math.ceil(sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2);
}

/** Coefficients of a fold's model at a penalty of the whole path; null where it has none. */
function foldCoefficients(
  { paths }: PathFits,
  results: readonly PathResult[],
  fold: number,
  { lambda }: PathModel,
  at: number,
  rule: LambdaRule | null,
): Float64Array | null {
  const path = paths[fold + 1];
  if (!path) return null;
  const fitted = (k: number) => (path.solutions[k]?.state === 'converged' ? path.solutions[k].coefficients : null);
  if (rule === null) return fitted(at);
  // A fold's own path: between two of its penalties coefficients are interpolated, beyond its ends they stay.
  const length = (results[fold + 1] as PathResult).models.length;
  const own = printedPenalties(path.lambda, rule).slice(0, length);
  const right = own.findIndex((value) => value <= lambda);
  if (right === 0 || length === 1) return fitted(0);
  if (right < 0) return fitted(length - 1);
  const [above, below] = [own[right - 1] as number, own[right] as number];
  const [a, b] = [fitted(right - 1), fitted(right)];
  if (!a || !b) return null;
  const share = (lambda - below) / (above - below);
  return a.map((value, i) => share * value + (1 - share) * (b[i] as number));
}

function lossParams({ context, prepared }: PathFits, scored: readonly { fold: number; coefficients: Float64Array }[]): LossParams {
  const indices: number[] = [];
  const values: number[] = [];
  const sizes = scored.map(({ coefficients }) => {
    const before = indices.length;
    coefficients.forEach((value, index) => {
      if (value === 0) return;
      indices.push(index);
      values.push(value);
    });
    return indices.length - before;
  });
  return {
    data: prepared.data,
    participants: context.participants,
    leftOut: Float64Array.from(scored, ({ fold }) => fold),
    sizes: Float64Array.from(sizes),
    indices: Float64Array.from(indices),
    values: Float64Array.from(values),
  };
}

function valueOf(losses: LeftOutLosses, measure: Exclude<CvMeasure, 'auc'>, { prepared }: PathFits): number {
  const { family, outcome } = prepared.data.value;
  const unit = family === 'gaussian' ? outcome.scale : 1;
  const sum = {
    deviance: losses.deviance * unit * unit,
    class: losses.missed,
    mse: losses.squares * unit * unit,
    mae: losses.absolutes * unit,
  };
  return sum[measure] / losses.weight;
}

/** Areas under the curve of every fold and penalty, on a grid around each model's own linear predictors. */
async function areas(
  fits: PathFits,
  scored: readonly { fold: number; coefficients: Float64Array }[],
  losses: readonly LeftOutLosses[],
  bins: number,
  bounds: Float64Array,
): Promise<number[]> {
  const room = Math.max(1, Math.floor(elementsPerVector({ bounded: false }) / (2 * bins)));
  const values: number[] = [];
  for (let from = 0; from < scored.length; from += room) {
    const group = losses.slice(from, from + room);
    const centers = Float64Array.from(group, ({ first, weight }) => first / weight);
    const spreads = Float64Array.from(group, ({ second, weight }, k) =>
      Math.sqrt(Math.max(0, second / weight - (centers[k] as number) ** 2)),
    );
    const params = { ...lossParams(fits, scored.slice(from, from + room)), bins, centers, spreads };
    const { value } = await fits.context.federation.sum(penalizedRanksQuery, params, fits.context.scope);
    value.forEach((counts, k) => {
      const { auc, bound } = binnedAuc(counts);
      // Predictors that are all the same are tied in truth.
      bounds[values.length] = (spreads[k] as number) > 0 ? bound : 0;
      values.push(auc);
    });
  }
  return values;
}

function weightedMean(values: ArrayLike<number>, weights: readonly number[]): number {
  let sum = 0;
  let total = 0;
  weights.forEach((w, k) => {
    const value = values[k] as number;
    if (!(w > 0) || value !== value) return;
    sum += w * value;
    total += w;
  });
  return sum / total;
}

/** `cvm` and `cvsd` of `cv.glmnet`: a weighted mean over folds; the weighted mean of squared deviations over the number of folds less one. */
function overFolds(values: readonly number[], weights: readonly number[]): { mean: number; standardError: number } {
  const mean = weightedMean(values, weights);
  const spread = weightedMean(
    values.map((value) => (value - mean) ** 2),
    weights,
  );
  return { mean, standardError: Math.sqrt(spread / (values.length - 1)) };
}

function choose(points: readonly (CvPoint & { at: number })[], measure: CvMeasure): Pick<CvResult, 'best' | 'oneStandardError'> {
  const sign = measure === 'auc' ? -1 : 1;
  let best: CvPoint | undefined;
  for (const point of points) if (best === undefined || sign * point.mean < sign * best.mean) best = point;
  if (best === undefined) return { best: undefined, oneStandardError: undefined };
  const band = tieBand * Math.abs(best.mean);
  // Penalties fall along the path, so the first point within a limit has the largest one.
  const min = points.findIndex((point) => sign * point.mean <= sign * (best as CvPoint).mean + band);
  const { mean, standardError } = points[min] as CvPoint;
  return { best: min, oneStandardError: points.findIndex((point) => sign * point.mean <= sign * mean + standardError + band) };
}
