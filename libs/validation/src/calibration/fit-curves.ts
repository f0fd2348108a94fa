import { NewtonSearch, invertPositive } from '@cohortium/numerics';
import type { FigureReason } from '../figure-reasons.js';
import type { CurveModel, CurveSums } from '../score-sums/curve-queries.js';
import { curveSumsOf } from '../score-sums/curve-queries.js';
import type { Evaluation } from '../score-sums/evaluation.js';
import type { ScoredRows } from '../score-sums/score-source.js';
import { basisSize } from './spline-basis.js';
import type { CurveBasis } from './spline-basis.js';

/** A recalibration model that was fitted by maximum likelihood, or why there is none. */
export type CurveFit =
  | {
      readonly state: 'ok';
      readonly basis: CurveBasis;
      readonly coefficients: Float64Array;
      /** Inverse information, row-major. */
      readonly covariance: Float64Array;
      readonly logLikelihood: number;
      /** Log-likelihood at the starting point: 0 for a shift, slope 1 for a line, so that of the probabilities as they are. */
      readonly startLogLikelihood: number;
      readonly iterations: number;
    }
  | { readonly state: 'error'; readonly reason: FigureReason };

/** What is to be fitted: a basis for an entry, or the reason why it is not tried. */
export interface CurveTask {
  readonly entry: number;
  readonly basis: CurveBasis;
  readonly refused?: FigureReason;
}

/** A Newton step this small on standardized columns is the last: it leaves an error far below the last bit. */
const epsilon = 1e-9;
const maxRounds = 40;
/** Linear predictors of a fit beyond this separate events from others: no estimate exists, and steps go on for ever. */
const largestCoefficient = 1e4;

/** Starting point: the probabilities as they are where the basis holds them, so that the first value is their log-likelihood. */
function startOf(basis: CurveBasis): Float64Array {
  const start = new Float64Array(basisSize(basis));
  if (basis.kind === 'shift') return start;
  start[0] = basis.center;
  start[1] = basis.scale;
  return start;
}

interface RunningFit {
  readonly task: CurveTask;
  readonly search: NewtonSearch;
  startValue: number;
}

function begin(task: CurveTask): RunningFit {
  return { task, search: new NewtonSearch({ start: startOf(task.basis), epsilon, maxRounds }), startValue: NaN };
}

function tell(fit: RunningFit, sums: CurveSums): void {
  if (fit.search.rounds === 0) fit.startValue = sums.logLikelihood;
  fit.search.tell({ value: sums.logLikelihood, gradient: sums.gradient, information: sums.information });
}

function modelOf({ task, search }: RunningFit): CurveModel {
  return { entry: task.entry, basis: task.basis, coefficients: search.point };
}

function finish({ task, search, startValue }: RunningFit): CurveFit {
  const { best, status, estimate } = search;
  const size = basisSize(task.basis);
  if (status !== 'converged' || !best || estimate.some((c) => Math.abs(c) > largestCoefficient))
    return { state: 'error', reason: 'notConverged' };
  const covariance = invertPositive(best.information, size);
  if (!covariance) return { state: 'error', reason: 'notConverged' };
  return {
    state: 'ok',
    basis: task.basis,
    coefficients: estimate,
    covariance,
    logLikelihood: best.value,
    startLogLikelihood: startValue,
    iterations: search.rounds,
  };
}

/** Fits any number of recalibration models over sites, all in one vector a round; converged ones leave it. */
export async function fitCurves<S>(
  { federation, scope, queries, source }: Evaluation<S>,
  tasks: readonly CurveTask[],
): Promise<CurveFit[]> {
  const fits = tasks.map((task) => (task.refused ? null : begin(task)));
  for (;;) {
    const open = fits.filter((fit): fit is RunningFit => fit?.search.status === 'searching');
    if (open.length === 0) break;
    const { value } = await federation.sum(queries.curveSums, { source, curves: open.map(modelOf) }, scope);
    open.forEach((fit, k) => tell(fit, value[k] as CurveSums));
  }
  return fits.map((fit, k) => (fit ? finish(fit) : { state: 'error', reason: tasks[k]?.refused as FigureReason }));
}

/** {@link fitCurves} on rows of one place. */
export function fitCurveHere(entry: ScoredRows, task: CurveTask): CurveFit {
  if (task.refused) return { state: 'error', reason: task.refused };
  const fit = begin(task);
  while (fit.search.status === 'searching') tell(fit, curveSumsOf(entry, modelOf(fit)));
  return finish(fit);
}

/** Intercept and slope of a fitted line on the scale of the linear predictor, with their covariance (row-major, 2 x 2). */
export function lineOf(fit: CurveFit & { readonly state: 'ok' }): {
  readonly intercept: number;
  readonly slope: number;
  readonly covariance: Float64Array;
} {
  const { center, scale } = fit.basis;
  const [a, b] = fit.coefficients as unknown as [number, number];
  const [vaa, vab, , vbb] = fit.covariance as unknown as [number, number, number, number];
  // a + b (x - center) / scale = (a - b center / scale) + (b / scale) x.
  const r = center / scale;
  return {
    intercept: a - b * r,
    slope: b / scale,
    covariance: Float64Array.of(vaa - 2 * r * vab + r * r * vbb, (vab - r * vbb) / scale, (vab - r * vbb) / scale, vbb / (scale * scale)),
  };
}
