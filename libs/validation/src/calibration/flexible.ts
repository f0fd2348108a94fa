import { bilinear, logistic, logit } from '@cohortium/numerics';
import { normalQuantile975 } from '../normal-interval.js';
import type { ScoreCells } from '../discrimination/score-cells.js';
import type { DistanceSums } from '../score-sums/curve-queries.js';
import type { Evaluation } from '../score-sums/evaluation.js';
import { sortedQuantile } from './groups.js';
import type { CurveFit } from './fit-curves.js';
import { loess, loessDefaults } from './loess.js';
import type { LoessOptions } from './loess.js';
import { lowess } from './lowess.js';
import { basisAt, basisSize } from './spline-basis.js';

/** Distances between probabilities and a flexible calibration curve. */
export interface CalibrationDistances {
  /** Integrated calibration index: the mean distance. Source: Austin & Steyerberg 2019, doi 10.1002/sim.8281. */
  readonly ici: number;
  /** Median, 0.9 quantile (type 7) and largest distance. */
  readonly e50: number;
  readonly e90: number;
  readonly emax: number;
  /** The quantiles and the largest lie within -+ this; 0 where they are exact. */
  readonly halfWidth: number;
}

/** ICI, E50, E90 and Emax of distances. */
export function summarizeDistances(distances: Float64Array): CalibrationDistances {
  const ascending = distances.slice().sort();
  let sum = 0;
  for (const distance of distances) sum += distance;
  return {
    ici: sum / distances.length,
    e50: sortedQuantile(ascending, 0.5),
    e90: sortedQuantile(ascending, 0.9),
    emax: ascending[ascending.length - 1] ?? NaN,
    halfWidth: 0,
  };
}

/** The same from a histogram of distances on [0, 1]: the mean is exact, the others are middles of cells. */
function distancesFromCounts({ participants, sum, counts }: DistanceSums): CalibrationDistances {
  const at = (rank: number): number => {
    let below = 0;
    for (let b = 0; b < counts.length; b++) {
      below += counts[b] as number;
      if (below >= rank) return (b + 0.5) / counts.length;
    }
    return NaN;
  };
  return {
    ici: sum / participants,
    e50: at(Math.ceil(participants / 2)),
    e90: at(Math.ceil(0.9 * participants)),
    emax: at(participants),
    halfWidth: 0.5 / counts.length,
  };
}

/** ICI and its quantiles of fitted curves, one round; null for a fit that failed. */
export async function curveDistances<S>(
  { federation, scope, queries, source }: Evaluation<S>,
  fits: readonly CurveFit[],
  cells: number,
): Promise<(CalibrationDistances | null)[]> {
  const fitted = fits.flatMap((fit, entry) => (fit.state === 'ok' ? [{ entry, basis: fit.basis, coefficients: fit.coefficients }] : []));
  if (fitted.length === 0) return fits.map(() => null);
  const { value } = await federation.sum(queries.distances, { source, curves: fitted, cells }, scope);
  let next = 0;
  return fits.map((fit) => (fit.state === 'ok' ? distancesFromCounts(value[next++] as DistanceSums) : null));
}

/** A point of a calibration curve with its pointwise 95 % band. */
export interface CurvePoint {
  readonly probability: number;
  readonly observed: number;
  readonly low: number;
  readonly high: number;
}

/** A fitted curve at given probabilities; the band is normal on the scale of the linear predictor. */
export function curvePoints(
  { basis, coefficients, covariance }: CurveFit & { readonly state: 'ok' },
  probabilities: readonly number[],
): CurvePoint[] {
  const x = new Float64Array(basisSize(basis));
  return probabilities.map((probability) => {
    const lp = logit(probability);
    basisAt(basis, lp, x);
    let eta = basis.kind === 'shift' ? lp : 0;
    for (let j = 0; j < x.length; j++) eta += (coefficients[j] as number) * (x[j] as number);
    const half = normalQuantile975 * Math.sqrt(Math.max(0, bilinear(covariance, x.length, x, x)));
    return { probability, observed: logistic(eta), low: logistic(eta - half), high: logistic(eta + half) };
  });
}

/** Harrell's shares at which knots are put by default, by their number. */
export const knotShares: Readonly<Record<number, readonly number[]>> = {
  3: [0.1, 0.5, 0.9],
  4: [0.05, 0.35, 0.65, 0.95],
  5: [0.05, 0.275, 0.5, 0.725, 0.95],
};

/**
 * Knots for a spline over the linear predictor at shares of the participants, read off the cells of the score: cell borders, so that no
 * knot is the score of a participant unless scores are exact. Only probabilities within (0, 1) count; equal knots are one.
 */
export function knotsFromCells({ positives, negatives, edges, values }: ScoreCells, shares: readonly number[]): number[] {
  let total = 0;
  positives.forEach((p, b) => (total += p + (negatives[b] as number)));
  const knots = shares.map((share) => {
    let below = 0;
    for (let b = 0; b < positives.length; b++) {
      below += (positives[b] as number) + (negatives[b] as number);
      if (below >= share * total) return values ? (values[b] as number) : (edges[Math.max(0, Math.min(edges.length - 1, b - 1))] as number);
    }
    return NaN;
  });
  return [...new Set(knots)].filter((p) => p > 0 && p < 1).sort((a, b) => a - b);
}

/** Smoothers that need every participant in one place: R's loess (ICI) and the lowess of `rms::val.prob` (Emax, E90, Eavg). */
export function smoothedDistances(
  probabilities: Float64Array,
  outcome: Float64Array,
  options: LoessOptions = loessDefaults,
): { readonly loess: CalibrationDistances | null; readonly lowess: CalibrationDistances } {
  const gaps = (fitted: Float64Array) => fitted.map((value, i) => Math.abs(value - (probabilities[i] as number)));
  let local: CalibrationDistances | null = null;
  try {
    local = summarizeDistances(gaps(loess(probabilities, outcome, options)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { loess: local, lowess: summarizeDistances(gaps(lowess(probabilities, outcome))) };
}

/** One row per participant from cells of exact scores: probabilities ascending, outcomes beside them. */
export function expandCells({ positives, negatives, values }: ScoreCells): {
  readonly probabilities: Float64Array;
  readonly outcome: Float64Array;
} {
  const probabilities: number[] = [];
  const outcome: number[] = [];
  values?.forEach((value, b) => {
    for (let k = 0; k < (positives[b] as number); k++) {
      probabilities.push(value);
      outcome.push(1);
    }
    for (let k = 0; k < (negatives[b] as number); k++) {
      probabilities.push(value);
      outcome.push(0);
    }
  });
  return { probabilities: Float64Array.from(probabilities), outcome: Float64Array.from(outcome) };
}
