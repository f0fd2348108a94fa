import { statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { logistic, logit, softplus } from '@cohortium/numerics';
import { z } from 'zod';
import { basisSize, curveAt } from '../calibration/spline-basis.js';
import type { CurveBasis } from '../calibration/spline-basis.js';
import { takesPart } from './score-source.js';
import type { ScoreSource, ScoredRows } from './score-source.js';
import { addTo, count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** A recalibration curve of one entry with the coefficients at which sums are wanted. */
export interface CurveModel {
  readonly entry: number;
  readonly basis: CurveBasis;
  readonly coefficients: Float64Array;
}

const curveSchema = z.strictObject({
  entry: z.int().min(0),
  basis: z.strictObject({
    kind: z.enum(['shift', 'line', 'spline']),
    center: z.number(),
    scale: z.number().positive(),
    knots: vectorSchema,
  }),
  coefficients: vectorSchema,
});

/** Parameters of {@link curveSumsQuery}. */
export interface CurveSumsParams<S> extends SourceParams<S> {
  readonly curves: readonly CurveModel[];
}

/** Log-likelihood of a recalibration curve with its derivatives. */
export interface CurveSums {
  readonly logLikelihood: number;
  readonly gradient: Float64Array;
  /** Fisher information, row-major. */
  readonly information: Float64Array;
}

const sumsOf = (columns: number) => 1 + columns + (columns * (columns + 1)) / 2;

/**
 * One Newton step of logistic recalibration, any number of curves in one vector: log-likelihood, gradient and information of y on the
 * basis of the linear predictor. Rows with p of exactly 0 or 1 have none and are left out.
 */
export function curveSumsQuery<S>(source: ScoreSource<S>): SumQuery<CurveSumsParams<S>, readonly CurveSums[]> {
  return sourceQuery<S, CurveSumsParams<S>, readonly CurveSums[]>(source, {
    name: 'curve-sums',
    words: statisticWords,
    shape: { curves: z.array(curveSchema).max(65_536) },
    length: ({ curves }) => curves.reduce((n, { basis }) => n + sumsOf(basisSize(basis)), 0),
    add: (out, entries, { curves }) => {
      let base = 0;
      for (const curve of curves) {
        const size = sumsOf(basisSize(curve.basis));
        addCurve(out.subarray(base, base + size), entries[curve.entry] as ScoredRows, curve);
        base += size;
      }
    },
    read: (total, { curves }) => {
      let base = 0;
      return curves.map(({ basis }) => {
        const columns = basisSize(basis);
        const part = total.subarray(base, base + sumsOf(columns));
        base += sumsOf(columns);
        return readCurve(part, columns);
      });
    },
  });
}

/** {@link CurveSums} of one entry at one place. */
export function curveSumsOf(entry: ScoredRows, curve: CurveModel): CurveSums {
  const columns = basisSize(curve.basis);
  const out = new Float64Array(sumsOf(columns));
  addCurve(out, entry, curve);
  return readCurve(out, columns);
}

function addCurve(out: Float64Array, entry: ScoredRows, { basis, coefficients }: CurveModel): void {
  const columns = basisSize(basis);
  const x = new Float64Array(columns);
  for (let i = 0; i < entry.score.length; i++) {
    const p = entry.score[i] as number;
    if (!takesPart(entry, i) || !(p > 0 && p < 1)) continue;
    const y = entry.outcome[i] as number;
    const eta = curveAt(basis, coefficients, logit(p), x);
    // 1 - mean is taken from the other tail, so that residuals keep their digits where the mean is near 1.
    const mean = logistic(eta);
    const rest = logistic(-eta);
    const residual = y === 1 ? rest : -mean;
    addTo(out, 0, y * eta - softplus(eta));
    let at = 1 + columns;
    for (let a = 0; a < columns; a++) {
      addTo(out, 1 + a, residual * (x[a] as number));
      const weighted = mean * rest * (x[a] as number);
      for (let b = 0; b <= a; b++) addTo(out, at++, weighted * (x[b] as number));
    }
  }
}

function readCurve(part: Float64Array, columns: number): CurveSums {
  const information = new Float64Array(columns * columns);
  let at = 1 + columns;
  for (let a = 0; a < columns; a++) {
    for (let b = 0; b <= a; b++) {
      information[a * columns + b] = part[at] as number;
      information[b * columns + a] = part[at++] as number;
    }
  }
  return { logLikelihood: part[0] as number, gradient: part.slice(1, 1 + columns), information };
}

/** Parameters of {@link distancesQuery}. */
export interface DistancesParams<S> extends SourceParams<S> {
  readonly curves: readonly CurveModel[];
  /** Cells of [0, 1] in which distances are counted. */
  readonly cells: number;
}

/** How far recalibrated probabilities lie from the probabilities: |p - g(p)|. */
export interface DistanceSums {
  readonly participants: number;
  readonly sum: number;
  /** Participants by cell of the distance. */
  readonly counts: Float64Array;
}

/** Sum and histogram of the distances |p - g(p)| of recalibration curves: ICI exactly, its quantiles to the width of a cell. */
export function distancesQuery<S>(source: ScoreSource<S>): SumQuery<DistancesParams<S>, readonly DistanceSums[]> {
  return sourceQuery<S, DistancesParams<S>, readonly DistanceSums[]>(source, {
    name: 'curve-distances',
    words: statisticWords,
    shape: { curves: z.array(curveSchema).max(65_536), cells: z.int().min(1).max(100_000) },
    length: ({ curves, cells }) => curves.length * (2 + cells),
    add: (out, entries, { curves, cells }) =>
      curves.forEach((curve, k) => {
        const distances = distancesOf(entries[curve.entry] as ScoredRows, curve);
        const base = k * (2 + cells);
        for (const distance of distances) {
          count(out, base);
          addTo(out, base + 1, distance);
          count(out, base + 2 + Math.min(cells - 1, Math.floor(distance * cells)));
        }
      }),
    read: (total, { curves, cells }) =>
      curves.map((_, k) => {
        const base = k * (2 + cells);
        return { participants: total[base] as number, sum: total[base + 1] as number, counts: total.slice(base + 2, base + 2 + cells) };
      }),
  });
}

/** |p - g(p)| of every participant of an entry with 0 < p < 1. */
export function distancesOf(entry: ScoredRows, { basis, coefficients }: CurveModel): Float64Array {
  const x = new Float64Array(basisSize(basis));
  const out = new Float64Array(entry.score.length);
  let n = 0;
  for (let i = 0; i < entry.score.length; i++) {
    const p = entry.score[i] as number;
    if (!takesPart(entry, i) || !(p > 0 && p < 1)) continue;
    out[n++] = Math.abs(p - logistic(curveAt(basis, coefficients, logit(p), x)));
  }
  return out.subarray(0, n);
}
