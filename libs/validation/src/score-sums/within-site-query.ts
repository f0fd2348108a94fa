import { siteSlices, wideWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { delongAuc, delongInterval } from '../discrimination/delong.js';
import type { Interval } from '../normal-interval.js';
import { scoreTieBand } from '../scores.js';
import { queryBasics, scoreRows } from './score-source.js';
import type { ScoreQueryOptions } from './score-source.js';

/** Sums over sites of the pairs of one positive and one negative of the same site. */
export interface WithinSitePairs {
  /** Pairs that are ranked right, ties counted half. */
  readonly concordant: number;
  readonly pairs: number;
  /** Sum of (pairs of a site)^2 times the DeLong variance of its AUC, over sites with two of each class. */
  readonly weightedVariance: number;
  /** Pairs of sites with one participant of a class, whose variance is unknown. */
  readonly pairsWithoutVariance: number;
}

const sumsPerModel = 4;

/**
 * Secure sum of concordant pairs within sites, one block per model. Scores within 1e-9 tie. 256-bit words, since squared pair
 * counts of large registries exceed 128 bits; concordant pairs are multiples of 1/2 and cross exactly.
 */
export function withinSitePairsQuery<P>(options: ScoreQueryOptions<P>): SumQuery<P, readonly WithinSitePairs[]> {
  return {
    ...queryBasics(options),
    words: wideWords,
    length: (params) => sumsPerModel * options.modelCount(params),
    local(rows, params) {
      const scores = scoreRows(options, rows, params);
      const sums = new Float64Array(sumsPerModel * scores.length);
      for (const { from, to } of siteSlices(rows)) {
        scores.forEach((model, m) => {
          const block = sums.subarray(sumsPerModel * m, sumsPerModel * (m + 1));
          addSite(block, rows.outcome.subarray(from, to), model.subarray(from, to));
        });
      }
      return sums;
    },
    read: (total, params) =>
      Array.from({ length: options.modelCount(params) }, (_, m) => {
        const [concordant, pairs, weightedVariance, pairsWithoutVariance] = total.subarray(sumsPerModel * m, sumsPerModel * (m + 1));
        return { concordant, pairs, weightedVariance, pairsWithoutVariance } as WithinSitePairs;
      }),
  };
}

function addSite(block: Float64Array, outcome: Float64Array, scores: Float64Array): void {
  const scored = (_: number, i: number) => !Number.isNaN(scores[i]);
  const { auc, variance, positives, negatives } = delongAuc(outcome.filter(scored), scores.filter(scored), scoreTieBand);
  const pairs = positives * negatives;
  if (pairs === 0) return;
  // auc * pairs is a multiple of 1/2 up to rounding; the rounding is undone so that totals do not depend on the grouping.
  block[0] = (block[0] as number) + Math.round(2 * auc * pairs) / 2;
  block[1] = (block[1] as number) + pairs;
  if (Number.isFinite(variance)) block[2] = (block[2] as number) + pairs * pairs * variance;
  else block[3] = (block[3] as number) + pairs;
}

/** AUC over pairs of one site, weighted by pairs; NaN without pairs. */
export interface WithinSiteAuc {
  readonly auc: number;
  /** Wald 95 % interval from the DeLong variances of the sites, which are independent; null where one of them is unknown or all are 0. */
  readonly interval: Interval | null;
  readonly pairs: number;
}

/**
 * The concordant share of the within-site pairs: discrimination that owes nothing to differences between sites.
 * Variance: sum w_s^2 Var(AUC_s) / (sum w_s)^2 with w_s the pairs of site s.
 */
export function withinSiteAuc({ concordant, pairs, weightedVariance, pairsWithoutVariance }: WithinSitePairs): WithinSiteAuc {
  const auc = concordant / pairs;
  const variance = pairsWithoutVariance > 0 ? NaN : weightedVariance / (pairs * pairs);
  return { auc, interval: delongInterval({ auc, variance }), pairs };
}
