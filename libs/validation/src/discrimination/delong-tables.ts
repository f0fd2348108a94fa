import { aucOfCells } from './delong.js';
import type { ClassHistogram } from './delong.js';

/** Placements of positives and negatives by cell, less the AUC; see `aucOfCells` for their definition. */
export function placementsOfCells({ positives: p, negatives: n }: ClassHistogram): {
  readonly auc: number;
  readonly ofPositives: Float64Array;
  readonly ofNegatives: Float64Array;
} {
  const { auc, positives, negatives } = aucOfCells({ positives: p, negatives: n });
  const ofPositives = new Float64Array(p.length);
  const ofNegatives = new Float64Array(p.length);
  let negativesBelow = 0;
  let positivesAbove = positives;
  for (let b = 0; b < p.length; b++) {
    positivesAbove -= p[b] as number;
    // Without one of the classes there are no placements; 0 keeps the numbers finite and stands for nobody.
    ofPositives[b] = negatives > 0 ? (negativesBelow + (n[b] as number) / 2) / negatives - auc : 0;
    ofNegatives[b] = positives > 0 ? (positivesAbove + (p[b] as number) / 2) / positives - auc : 0;
    negativesBelow += n[b] as number;
  }
  const finite = Number.isFinite(auc);
  return { auc, ofPositives: finite ? ofPositives : ofPositives.fill(0), ofNegatives: finite ? ofNegatives : ofNegatives.fill(0) };
}
