import { countWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { aucOfCells, delongInterval } from '../discrimination/delong.js';
import type { AucEstimate, ClassHistogram } from '../discrimination/delong.js';
import type { Interval } from '../normal-interval.js';
import { queryBasics, scoreRows } from './score-source.js';
import type { ScoreQueryOptions } from './score-source.js';

/** Width, in cells, of the band in which a score counts as lying on a rounding border. */
const borderBand = 1e-9;

/** Options of {@link scoreHistogramQuery}. */
export interface HistogramQueryOptions<P> extends ScoreQueryOptions<P> {
  /** Cells of the declared grid; scores are rounded to the nearest of `gridCells + 1` points on [0, 1]. */
  readonly gridCells: (params: P) => number;
}

/**
 * Index of the grid point nearest to a probability, 0 to `gridCells`. A score within 1e-9 of a cell of a rounding border goes to
 * the lower point, so that doubles that differ in the last bits choose alike.
 * @example gridPoint(0.25, 10) // 2: the border between 2 and 3
 */
export function gridPoint(probability: number, gridCells: number): number {
  const point = Math.ceil(probability * gridCells - 0.5 - borderBand);
  return Math.min(gridCells, Math.max(0, point));
}

/**
 * Secure sum of the score histogram by class, one per model: the whole of what a pooled AUC of gridded scores needs.
 * Vector: for each model `gridCells + 1` counts of positives, then as many of negatives.
 */
export function scoreHistogramQuery<P>(options: HistogramQueryOptions<P>): SumQuery<P, readonly ClassHistogram[]> {
  const points = (params: P) => options.gridCells(params) + 1;
  return {
    ...queryBasics(options),
    words: countWords,
    length: (params) => options.modelCount(params) * 2 * points(params),
    local(rows, params) {
      const size = points(params);
      const scores = scoreRows(options, rows, params);
      const counts = new Float64Array(scores.length * 2 * size);
      scores.forEach((model, m) => {
        for (let i = 0; i < rows.rowCount; i++) {
          const p = model[i] as number;
          if (Number.isNaN(p)) continue;
          const block = 2 * m + (rows.outcome[i] === 1 ? 0 : 1);
          const at = block * size + gridPoint(p, size - 1);
          counts[at] = (counts[at] as number) + 1;
        }
      });
      return counts;
    },
    read(total, params) {
      const size = points(params);
      return Array.from({ length: options.modelCount(params) }, (_, m) => ({
        positives: total.slice(2 * m * size, (2 * m + 1) * size),
        negatives: total.slice((2 * m + 1) * size, (2 * m + 2) * size),
      }));
    },
  };
}

/** AUC of gridded scores and what it says about the scores before the grid. */
export interface HistogramAuc extends AucEstimate {
  /** DeLong 95 % interval; null where the variance is 0 or undefined. */
  readonly interval: Interval | null;
  /** The AUC of the scores before the grid lies within `auc` -+ this: only pairs in one cell are unknown. */
  readonly certificateHalfWidth: number;
}

/**
 * AUC, DeLong variance and certificate from class counts on the grid; the variance is that of the gridded scores, exactly.
 * With p_b positives and n_b negatives in cell b, the half-width of the certificate is sum p_b n_b / (2 P N).
 */
export function aucFromHistogram(histogram: ClassHistogram): HistogramAuc {
  const estimate = aucOfCells(histogram);
  let samePoint = 0;
  histogram.positives.forEach((count, b) => (samePoint += count * (histogram.negatives[b] as number)));
  return {
    ...estimate,
    interval: delongInterval(estimate),
    certificateHalfWidth: samePoint / (2 * estimate.positives * estimate.negatives),
  };
}
