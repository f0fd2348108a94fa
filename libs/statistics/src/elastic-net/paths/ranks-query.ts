import { statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { logistic } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { foldSubsets, penalizedRows } from './data.js';
import { eachModel, lossParamParts, lossPartsFit } from './losses-query.js';
import type { LossParams } from './losses-query.js';
import { matrixOf } from './query.js';

/** Parameters of {@link penalizedRanksQuery}: about where each model's linear predictors lie, and how finely they are told apart. */
export interface RankParams extends LossParams {
  readonly bins: number;
  readonly centers: Float64Array;
  readonly spreads: Float64Array;
}

/** Weights of left-out rows by bin of the linear predictor: negatives, then positives. */
export type RankCounts = readonly [negatives: Float64Array, positives: Float64Array];

/** The middle of a distribution is cut as finely as its flanks where bins follow the logistic curve at this steepness. */
const steepness = 1.7;

/** `penalized-ranks@1`: how many negatives and positives of the left-out rows lie where on a grid of the linear predictor. */
export const penalizedRanksQuery: SumQuery<RankParams, readonly RankCounts[]> = {
  kind: 'sum',
  operation: 'statistics.penalized-ranks',
  version: 1,
  words: statisticWords,
  params: z
    .strictObject({ ...lossParamParts, bins: z.int().min(2).max(100_000), centers: vectorSchema, spreads: vectorSchema })
    .refine(
      (params) => lossPartsFit(params as RankParams) && (params as RankParams).spreads.length === (params as RankParams).leftOut.length,
      'parts do not fit together',
    ) as unknown as ZodType<RankParams>,
  length: ({ leftOut, bins }) => 2 * bins * leftOut.length,
  scopeParticipants: ({ participants }) => participants,
  rowSubsets: ({ data }) => foldSubsets(data.value),
  local: (rows, params) => {
    const data = penalizedRows(rows, params.data, matrixOf(params.data));
    const { bins, centers, spreads } = params;
    const out = new Float64Array(2 * bins * params.leftOut.length);
    eachModel(params, data, (m, eta, fold) => {
      for (let i = 0; i < data.fold.length; i++) {
        if (data.fold[i] !== fold) continue;
        const x = ((eta[0] as Float64Array)[i] as number) - (centers[m] as number);
        const spread = spreads[m] as number;
        const bin = Math.min(bins - 1, Math.floor(bins * logistic(spread > 0 ? (steepness * x) / spread : 0)));
        const at = 2 * bins * m + ((data.outcome[i] as number) > 0 ? bins : 0) + bin;
        out[at] = (out[at] as number) + (data.weight[i] as number);
      }
    });
    return out;
  },
  read: (total, { bins }) =>
    Array.from({ length: total.length / (2 * bins) }, (_, m) => {
      const from = 2 * bins * m;
      return [total.slice(from, from + bins), total.slice(from + bins, from + 2 * bins)] as const;
    }),
};

/** Area under the curve of binned scores (pairs in one bin count half) and how far it can be from the exact one; NaN without a class. */
export function binnedAuc([negatives, positives]: RankCounts): { readonly auc: number; readonly bound: number } {
  let below = 0;
  let concordant = 0;
  let tied = 0;
  let all = 0;
  negatives.forEach((n, bin) => {
    const p = positives[bin] as number;
    concordant += p * below;
    tied += p * n;
    below += n;
    all += p;
  });
  return { auc: (concordant + tied / 2) / (all * below), bound: tied / (2 * all * below) };
}
