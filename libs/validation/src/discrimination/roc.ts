import { sumOf, thresholdsOf } from './score-cells.js';
import type { ScoreCells } from './score-cells.js';

/** An ROC curve, from everyone positive to nobody: one point per cut-off. */
export interface RocCurve {
  /** Ascending; the first is -Infinity, the last Infinity. A score at or above it is positive. */
  readonly thresholds: Float64Array;
  readonly sensitivity: Float64Array;
  readonly specificity: Float64Array;
}

/** All points of the ROC curve of some cells; NaN without positives or negatives. */
export function rocCurve(cells: ScoreCells): RocCurve {
  const thresholds = thresholdsOf(cells);
  const { atOrAbove, below } = tails(cells);
  const positives = sumOf(cells.positives);
  const negatives = sumOf(cells.negatives);
  return {
    thresholds,
    sensitivity: atOrAbove.map((tp) => tp / positives),
    specificity: below.map((tn) => tn / negatives),
  };
}

/** Positives at or above, and negatives below, each cut-off. */
function tails({ positives, negatives }: ScoreCells): { atOrAbove: Float64Array; below: Float64Array } {
  const cells = positives.length;
  const atOrAbove = new Float64Array(cells + 1);
  const below = new Float64Array(cells + 1);
  for (let b = cells - 1; b >= 0; b--) atOrAbove[b] = (atOrAbove[b + 1] as number) + (positives[b] as number);
  for (let b = 0; b < cells; b++) below[b + 1] = (below[b] as number) + (negatives[b] as number);
  return { atOrAbove, below };
}

/** A cut-off with its sensitivity and specificity. */
export interface RocPoint {
  readonly threshold: number;
  readonly sensitivity: number;
  readonly specificity: number;
}

/**
 * The cut-offs that maximize sensitivity + specificity - 1; several where they tie exactly (compared as whole numbers).
 * Source: Youden 1950, doi 10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3; `coords(best.method = "youden")` of pROC.
 */
export function youdenPoints(cells: ScoreCells): RocPoint[] {
  const { thresholds, sensitivity, specificity } = rocCurve(cells);
  const { atOrAbove, below } = tails(cells);
  const positives = sumOf(cells.positives);
  const negatives = sumOf(cells.negatives);
  if (positives === 0 || negatives === 0) return [];
  const criterion = atOrAbove.map((tp, k) => tp * negatives + (below[k] as number) * positives);
  const best = Math.max(...criterion);
  return [...criterion.keys()]
    .filter((k) => criterion[k] === best)
    .map((k) => ({
      threshold: thresholds[k] as number,
      sensitivity: sensitivity[k] as number,
      specificity: specificity[k] as number,
    }));
}

/** Which axis a partial AUC is cut on, and where. */
export interface PartialRange {
  readonly focus: 'specificity' | 'sensitivity';
  readonly from: number;
  readonly to: number;
}

/** Area below a part of the ROC curve. */
export interface PartialAuc {
  readonly area: number;
  /** McClish's standardized area, 0.5 for no discrimination and 1 for perfect; NaN where the curve lies below the diagonal there. */
  readonly corrected: number;
}

/**
 * Partial AUC: the area below the ROC curve, its points joined by lines, between two specificities (or, to the left of it, two
 * sensitivities). Corrected: (1 + (area - least) / (most - least)) / 2 with the area of the diagonal and of a perfect curve.
 * Source: McClish 1989, doi 10.1177/0272989X8900900307; `auc(partial.auc =, partial.auc.correct = TRUE)` of pROC.
 */
export function partialAuc(cells: ScoreCells, { focus, from, to }: PartialRange): PartialAuc {
  const { sensitivity, specificity } = rocCurve(cells);
  const low = Math.min(from, to);
  const high = Math.max(from, to);
  // Both axes ascend: specificity with the cut-off, sensitivity against it.
  const x = focus === 'specificity' ? specificity : sensitivity.slice().reverse();
  const y = focus === 'specificity' ? sensitivity : specificity.slice().reverse();
  let area = 0;
  for (let k = 1; k < x.length; k++) {
    const x0 = x[k - 1] as number;
    const width = (x[k] as number) - x0;
    const a = Math.max(low, x0);
    const b = Math.min(high, x[k] as number);
    if (!(width > 0) || !(b > a)) continue;
    const at = (z: number) => (y[k - 1] as number) + ((z - x0) / width) * ((y[k] as number) - (y[k - 1] as number));
    area += ((at(a) + at(b)) / 2) * (b - a);
  }
  const most = high - low;
  const least = ((2 - high - low) * most) / 2;
  const missing = sumOf(cells.positives) === 0 || sumOf(cells.negatives) === 0;
  const corrected = area < least ? NaN : (1 + (area - least) / (most - least)) / 2;
  return missing ? { area: NaN, corrected: NaN } : { area, corrected };
}

/** A precision-recall curve: one point per occupied cell, from the highest cut-off down. */
export interface PrecisionRecall {
  /** Lowest score of each cell that counts as positive. */
  readonly thresholds: Float64Array;
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  /** Sum of precision times the increase of recall over the points; NaN without positives. */
  readonly averagePrecision: number;
}

/**
 * Precision and recall at each distinct score, and their step-wise area (no interpolation): average precision as scikit-learn
 * defines it. Source: Su, Yuan & Zhu 2015, doi 10.1145/2808194.2809481.
 */
export function precisionRecall(cells: ScoreCells): PrecisionRecall {
  const size = cells.positives.length;
  const total = sumOf(cells.positives);
  const thresholds = new Float64Array(size);
  const precision = new Float64Array(size);
  const recall = new Float64Array(size);
  let tp = 0;
  let called = 0;
  let weighted = 0;
  for (let k = 0; k < size; k++) {
    const b = size - 1 - k;
    tp += cells.positives[b] as number;
    called += (cells.positives[b] as number) + (cells.negatives[b] as number);
    thresholds[k] = cells.values ? (cells.values[b] as number) : b > 0 ? (cells.edges[b - 1] as number) : -Infinity;
    precision[k] = tp / called;
    recall[k] = tp / total;
    weighted += (cells.positives[b] as number) * (tp / called);
  }
  return { thresholds, precision, recall, averagePrecision: total > 0 ? weighted / total : NaN };
}

/**
 * Sensitivity at false positive rates 0, 1/steps, ..., 1 along the straight lines of the ROC curve: a curve that shows no cut-off and
 * no participant.
 */
export function rocOnGrid(cells: ScoreCells, steps: number): Float64Array {
  const { sensitivity, specificity } = rocCurve(cells);
  const out = new Float64Array(steps + 1);
  let k = sensitivity.length - 1;
  for (let g = 0; g <= steps; g++) {
    const rate = g / steps;
    while (k > 0 && 1 - (specificity[k - 1] as number) <= rate) k--;
    const x0 = 1 - (specificity[k] as number);
    const y0 = sensitivity[k] as number;
    if (k === 0) out[g] = y0;
    else {
      const x1 = 1 - (specificity[k - 1] as number);
      out[g] = y0 + ((rate - x0) / (x1 - x0)) * ((sensitivity[k - 1] as number) - y0);
    }
  }
  return out;
}
