import type { SumProgram } from '../program.js';
import { askCox } from './baseline.js';
import type { CoxSetting } from './fit.js';
import type { CoxTotals } from './query.js';

/** An elastic-net penalty on a Cox model, as glmnet names its parts. */
export interface CoxPenalty {
  /** 1 lasso, 0 ridge. */
  readonly alpha: number;
  readonly lambdas: readonly number[];
  /** Penalizes coefficients per SD (with division by n) instead of those of the raw columns. */
  readonly standardize: boolean;
}

/** A penalized fit on raw terms. */
export interface PenalizedCoxFit {
  readonly lambda: number;
  readonly converged: boolean;
  readonly rounds: number;
  readonly coefficients: Float64Array;
  readonly logLikelihood: number;
  /** -logLikelihood / n + penalty. */
  readonly objective: number;
  readonly nonZero: number;
}

/** One penalty on its way. */
interface Track {
  readonly lambda: number;
  point: Float64Array;
  best: { readonly point: Float64Array; readonly objective: number; readonly totals: CoxTotals } | null;
  step: Float64Array;
  factor: number;
  rounds: number;
  status: 'searching' | 'converged' | 'ended';
}

const maxSweeps = 10_000;
const sweepTolerance = 1e-13;
const maxHalvings = 30;

/**
 * Minimizes -l(b) / n + lambda sum((1 - alpha) / 2 b^2 + alpha |b|) by proximal Newton steps: each round asks score and information of all
 * penalties that have not come to rest; the quadratic model plus penalty is minimized by coordinate descent at the coordinator.
 * Source: Simon, Friedman, Hastie & Tibshirani 2011, doi 10.18637/jss.v039.i05; Lee, Sun & Saunders 2014, doi 10.1137/130921428.
 */
export function* fitPenalizedCox(setting: CoxSetting, penalty: CoxPenalty): SumProgram<PenalizedCoxFit[]> {
  const { problem, standard, scale } = setting;
  const p = scale.length;
  const n = standard.rows;
  const weights = scale.map((s, j) => {
    if (!((standard.sd[j + 1] as number) > 0)) return Infinity;
    return penalty.standardize ? Math.sqrt((n - 1) / n) : 1 / s;
  });
  const tracks = penalty.lambdas.map((lambda): Track => ({
    lambda,
    point: new Float64Array(p),
    best: null,
    step: new Float64Array(p),
    factor: 1,
    rounds: 0,
    status: 'searching',
  }));
  for (;;) {
    const active = tracks.filter(({ status }) => status === 'searching');
    if (active.length === 0) break;
    const coefficients = new Float64Array(active.length * p);
    active.forEach(({ point }, m) => coefficients.set(point, m * p));
    const totals = yield* askCox(problem.baseline, setting.model(coefficients));
    active.forEach((track, m) =>
      advance(track, totals[m] as CoxTotals, { n, weights, alpha: penalty.alpha, epsilon: problem.epsilon, maxRounds: problem.maxRounds }),
    );
  }
  return tracks.map(({ lambda, point, best, rounds, status }) => ({
    lambda,
    converged: status === 'converged',
    rounds,
    coefficients: point.map((b, j) => b / (scale[j] as number)),
    logLikelihood: best?.totals.logLikelihood ?? NaN,
    objective: best?.objective ?? NaN,
    nonZero: point.reduce((count, b) => count + (b === 0 ? 0 : 1), 0),
  }));
}

interface Rule {
  readonly n: number;
  /** Penalty on weight * coefficient; Infinity keeps a coefficient at 0. */
  readonly weights: Float64Array;
  readonly alpha: number;
  readonly epsilon: number;
  readonly maxRounds: number;
}

function penaltyOf(lambda: number, point: Float64Array, { weights, alpha }: Rule): number {
  let sum = 0;
  point.forEach((b, j) => {
    if (b === 0) return;
    const scaled = (weights[j] as number) * b;
    sum += ((1 - alpha) / 2) * scaled * scaled + alpha * Math.abs(scaled);
  });
  return lambda * sum;
}

function advance(track: Track, totals: CoxTotals, rule: Rule): void {
  track.rounds++;
  const objective = totals.isBeyondLimit ? Infinity : -totals.logLikelihood / rule.n + penaltyOf(track.lambda, track.point, rule);
  const { best } = track;
  if (best && !(objective <= best.objective + 1e-12 * (1 + Math.abs(best.objective)))) {
    track.factor /= 2;
    if (track.factor < 2 ** -maxHalvings || track.rounds >= rule.maxRounds) track.status = 'ended';
    else track.point = best.point.map((b, j) => b + track.factor * (track.step[j] as number));
    return;
  }
  track.best = { point: track.point, objective, totals };
  track.factor = 1;
  const next = quadraticMinimum(track.point, totals, track.lambda, rule);
  track.step = next.map((b, j) => b - (track.point[j] as number));
  const size = track.step.reduce((largest, s) => Math.max(largest, Math.abs(s)), 0);
  track.point = next;
  if (size <= rule.epsilon) track.status = 'converged';
  else if (track.rounds >= rule.maxRounds) track.status = 'ended';
}

/** Minimizes the quadratic model of -l / n around a point plus the penalty, by coordinate descent. */
function quadraticMinimum(
  point: Float64Array,
  { score, information }: CoxTotals,
  lambda: number,
  { n, weights, alpha }: Rule,
): Float64Array {
  const p = point.length;
  const b = point.slice();
  // Gradient of the quadratic model at b.
  const gradient = score.map((u) => -u / n);
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    let largest = 0;
    for (let j = 0; j < p; j++) {
      const w = weights[j] as number;
      const curvature = (information[j * p + j] as number) / n;
      if (w === Infinity || !(curvature > 0)) continue;
      const old = b[j] as number;
      const pull = curvature * old - (gradient[j] as number);
      const threshold = lambda * alpha * w;
      const shrunk = pull > threshold ? pull - threshold : pull < -threshold ? pull + threshold : 0;
      const next = shrunk / (curvature + lambda * (1 - alpha) * w * w);
      const change = next - old;
      if (change === 0) continue;
      b[j] = next;
      largest = Math.max(largest, Math.abs(change));
      for (let k = 0; k < p; k++) gradient[k] = (gradient[k] as number) + ((information[k * p + j] as number) / n) * change;
    }
    if (largest <= sweepTolerance) break;
  }
  return b;
}
