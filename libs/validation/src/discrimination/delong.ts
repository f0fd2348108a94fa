import { unitWaldInterval } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';
import { assertScores } from '../scores.js';

/** Area under the ROC curve with its variance. */
export interface AucEstimate {
  /** P(score of a positive > score of a negative) + P(equal) / 2; NaN without both classes. */
  readonly auc: number;
  /** DeLong variance; 0 where placements do not vary (AUC 0 or 1, or all scores tied); NaN with fewer than two of a class. */
  readonly variance: number;
  readonly positives: number;
  readonly negatives: number;
}

/** Participants by class on an ordered list of cells; cells are ascending in score, members of one cell tie. */
export interface ClassHistogram {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/**
 * AUC and DeLong variance from class counts on ordered cells; exact for scores that are equal within a cell.
 *
 * With m positives, n negatives and p_b, n_b of them in cell b, the placement of a positive in cell b is
 * V10_b = (sum_{c<b} n_c + n_b / 2) / n and that of a negative V01_b = (sum_{c>b} p_c + p_b / 2) / m. Then
 * AUC = sum p_b V10_b / m, S10 = sum p_b (V10_b - AUC)^2 / (m - 1), S01 = sum n_b (V01_b - AUC)^2 / (n - 1) and
 * variance = S10 / m + S01 / n.
 *
 * Source: DeLong, DeLong & Clarke-Pearson 1988, doi 10.2307/2531595; placements by midranks as in Sun & Xu 2014,
 * doi 10.1109/LSP.2014.2337313.
 */
export function aucOfCells({ positives: p, negatives: n }: ClassHistogram): AucEstimate {
  const cells = p.length;
  let positives = 0;
  let negatives = 0;
  // Twice the concordant pairs plus tied pairs: an integer, exact below 2^53.
  let doubled = 0;
  for (let b = 0; b < cells; b++) {
    doubled += (p[b] as number) * (2 * negatives + (n[b] as number));
    positives += p[b] as number;
    negatives += n[b] as number;
  }
  const auc = doubled / (2 * positives * negatives);
  let s10 = 0;
  let s01 = 0;
  let negativesBelow = 0;
  let positivesAbove = positives;
  for (let b = 0; b < cells; b++) {
    const pb = p[b] as number;
    const nb = n[b] as number;
    positivesAbove -= pb;
    s10 += pb * ((negativesBelow + nb / 2) / negatives - auc) ** 2;
    s01 += nb * ((positivesAbove + pb / 2) / positives - auc) ** 2;
    negativesBelow += nb;
  }
  return { auc, variance: s10 / (positives - 1) / positives + s01 / (negatives - 1) / negatives, positives, negatives };
}

/**
 * Class counts on the cells that equal scores form, ascending. Scores whose distance to the next lower one is at most `tieBand`
 * share its cell.
 */
export function tieCells(outcome: Float64Array, scores: Float64Array, tieBand: number): ClassHistogram {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  const positives = new Float64Array(scores.length);
  const negatives = new Float64Array(scores.length);
  let cell = -1;
  let previous = -Infinity;
  for (const row of order) {
    const score = scores[row] as number;
    if (cell < 0 || score - previous > tieBand) cell++;
    previous = score;
    const counts = outcome[row] === 1 ? positives : negatives;
    counts[cell] = (counts[cell] as number) + 1;
  }
  return { positives: positives.subarray(0, cell + 1), negatives: negatives.subarray(0, cell + 1) };
}

/**
 * AUC of scores with its DeLong variance, in O(n log n).
 * @param outcome 0 or 1 by participant
 * @param scores higher means more likely positive
 * @param tieBand scores this close tie; 0 (default) ties equal doubles only, as pROC does
 * @throws `VALIDATION.BAD_SCORES`
 * @example delongAuc(Float64Array.of(0, 0, 1, 1), Float64Array.of(1, 3, 2, 4)).auc // 0.75
 */
export function delongAuc(outcome: Float64Array, scores: Float64Array, tieBand = 0): AucEstimate {
  assertScores('delongAuc', outcome, scores);
  return aucOfCells(tieCells(outcome, scores, tieBand));
}

/**
 * Wald 95 % interval of an AUC, clipped to [0, 1] as pROC prints it; null where the variance is zero or undefined, since
 * an interval without width would claim a certainty that the data do not give.
 */
export function delongInterval({ auc, variance }: Pick<AucEstimate, 'auc' | 'variance'>): Interval | null {
  return variance > 0 ? unitWaldInterval(auc, Math.sqrt(variance)) : null;
}
