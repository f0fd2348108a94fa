import { siteSlices, wideWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import { delongAuc, delongInterval } from '../discrimination/delong.js';
import type { Interval } from '../normal-interval.js';
import { scoreTieBand } from '../scores.js';
import { denseRows, queryBasics, scoreRows } from './score-source.js';
import type { ScoreQueryOptions, ScoreSource } from './score-source.js';
import { sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

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
          const scored = (_: number, i: number) => !Number.isNaN(model[from + i]);
          addSitePairs(block, rows.outcome.subarray(from, to).filter(scored), model.subarray(from, to).filter(scored), scoreTieBand);
        });
      }
      return sums;
    },
    read: (total, params) => Array.from({ length: options.modelCount(params) }, (_, m) => readPairs(total, m)),
  };
}

/** Adds the pairs of one site; scores within `tieBand` tie. Outcomes are 0 or 1, scores finite. */
function addSitePairs(block: Float64Array, outcome: Float64Array, scores: Float64Array, tieBand: number): void {
  const { auc, variance, positives, negatives } = delongAuc(outcome, scores, tieBand);
  const pairs = positives * negatives;
  if (pairs === 0) return;
  // auc * pairs is a multiple of 1/2 up to rounding; the rounding is undone so that totals do not depend on the grouping.
  block[0] = (block[0] as number) + Math.round(2 * auc * pairs) / 2;
  block[1] = (block[1] as number) + pairs;
  if (Number.isFinite(variance)) block[2] = (block[2] as number) + pairs * pairs * variance;
  else block[3] = (block[3] as number) + pairs;
}

/** Parameters of {@link entryPairsQuery}. */
export interface EntryPairsParams<S> extends SourceParams<S> {
  readonly entryCount: number;
}

/** {@link withinSitePairsQuery} for the entries of a score source, in any unit; equal doubles tie. */
export function entryPairsQuery<S>(source: ScoreSource<S>): SumQuery<EntryPairsParams<S>, readonly WithinSitePairs[]> {
  return sourceQuery<S, EntryPairsParams<S>, readonly WithinSitePairs[]>(source, {
    name: 'within-site-pairs',
    words: wideWords,
    shape: { entryCount: z.int().min(0).max(65_536) },
    length: ({ entryCount }) => sumsPerModel * entryCount,
    add: (out, entries, { entryCount }, rows) => {
      for (const { from, to } of siteSlices(rows)) {
        entries.slice(0, entryCount).forEach((entry, k) => {
          const { outcome, score } = denseRows(entry, from, to);
          addSitePairs(out.subarray(sumsPerModel * k, sumsPerModel * (k + 1)), outcome, score, 0);
        });
      }
    },
    read: (total, { entryCount }) => Array.from({ length: entryCount }, (_, k) => readPairs(total, k)),
  });
}

function readPairs(total: Float64Array, k: number): WithinSitePairs {
  const [concordant, pairs, weightedVariance, pairsWithoutVariance] = total.subarray(sumsPerModel * k, sumsPerModel * (k + 1));
  return { concordant, pairs, weightedVariance, pairsWithoutVariance } as WithinSitePairs;
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
