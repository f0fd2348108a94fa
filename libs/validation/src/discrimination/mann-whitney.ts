import { normalTwoSided } from '@cohortium/numerics';
import type { ClassHistogram } from './delong.js';

/** Wilcoxon-Mann-Whitney test of the scores of positives against those of negatives. */
export interface MannWhitney {
  /** Pairs in which the negative is higher, ties half: W of R's `wilcox.test(negatives, positives)`. */
  readonly w: number;
  readonly z: number;
  /** Two-sided, normal approximation with ties, without continuity correction; NaN where all scores tie or a class is absent. */
  readonly p: number;
}

/**
 * Mann-Whitney test from class counts: z = (W - m n / 2) / sqrt(m n / 12 (N + 1 - sum(t^3 - t) / (N (N - 1)))) with t the participants of a
 * cell. Source: Lehmann, Nonparametrics, 1975, section 1.4; `wilcox.test(exact = FALSE, correct = FALSE)` of R.
 */
export function mannWhitney({ positives: p, negatives: n }: ClassHistogram): MannWhitney {
  let positives = 0;
  let negatives = 0;
  let doubled = 0;
  let ties = 0;
  for (let b = 0; b < p.length; b++) {
    const pb = p[b] as number;
    const nb = n[b] as number;
    doubled += nb * (2 * positives + pb);
    positives += pb;
    negatives += nb;
    ties += (pb + nb) ** 3 - (pb + nb);
  }
  const w = doubled / 2;
  const all = positives + negatives;
  const variance = ((positives * negatives) / 12) * (all + 1 - ties / (all * (all - 1)));
  const z = (w - (positives * negatives) / 2) / Math.sqrt(variance);
  return Number.isFinite(z) ? { w, z, p: normalTwoSided(z) } : { w, z: NaN, p: NaN };
}
