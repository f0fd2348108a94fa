import { frozenSchema, siteSlices } from '@cohortium/federation';
import type { CohortRows, SumQuery, SummaryQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { fittedModelSchema, predict, preparationSchema } from '@cohortium/learning';
import type { FittedModel, Preparation } from '@cohortium/learning';
import { endpointSource, scoreHistogramQuery, scoreMomentsQuery, scoreQueries, withinSitePairsQuery } from '@cohortium/validation';
import type { ClassHistogram, ScoreMoments, ScoreQueries, WithinSitePairs } from '@cohortium/validation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { siteValidation, validateSite } from './validation-queries.js';
import type { SiteValidation } from './validation-queries.js';

/** The models that were fitted without one site, with their cut. */
export interface HeldOutModels {
  readonly preparation: Preparation;
  readonly models: FittedModel[];
  readonly threshold: number;
}

/** One set of models per held-out site. */
export interface HeldOutParams {
  readonly arms: readonly { readonly heldOut: string; readonly models: Frozen<HeldOutModels> }[];
  readonly scoreGrid: number;
}

const heldOutModels = z.strictObject({ preparation: preparationSchema, models: z.array(fittedModelSchema).min(1), threshold: z.number() });
const params = z.strictObject({
  arms: z
    .array(z.strictObject({ heldOut: z.string(), models: frozenSchema(heldOutModels) }))
    .min(1)
    .max(64),
  scoreGrid: z.int().min(100).max(100_000),
}) as ZodType<HeldOutParams>;

/** Scores every row by the models that were fitted without its site; NaN for rows of sites that nothing held out. */
export function heldOutScores(rows: CohortRows, { arms }: HeldOutParams): Float64Array[] {
  const modelCount = arms[0]?.models.value.models.length ?? 0;
  const scores = Array.from({ length: modelCount }, () => new Float64Array(rows.rowCount).fill(NaN));
  for (const { site, from, to } of siteSlices(rows)) {
    const arm = arms.find((a) => a.heldOut === site);
    if (!arm) continue;
    predict(rows, arm.models.value).forEach((probabilities, m) => scores[m]?.set(probabilities.subarray(from, to), from));
  }
  return scores;
}

const heldOut: SummaryQuery<HeldOutParams, SiteValidation> = {
  kind: 'siteSummary',
  operation: 'loso.held-out',
  version: 1,
  params,
  value: siteValidation,
  local: (rows, asked) => {
    const arm = asked.arms.find((a) => a.heldOut === rows.sites[0]);
    if (!arm) return { predictionsSha256: {}, performance: {} };
    return validateSite(rows, arm.models.value.models, heldOutScores(rows, asked), arm.models.value.threshold);
  },
};

/** Held-out predictions, for everything that is asked of them beyond the first figures. */
export const heldOutScoreQueries: ScoreQueries<HeldOutParams> = scoreQueries(
  endpointSource<HeldOutParams>({
    prefix: 'loso.held-out',
    schema: params,
    entryCount: ({ arms }) => arms[0]?.models.value.models.length ?? 0,
    scoresOf: heldOutScores,
  }),
);

const scored = {
  version: 1,
  params,
  scoresOf: heldOutScores,
  modelCount: ({ arms }: HeldOutParams) => arms[0]?.models.value.models.length ?? 0,
};

/** Queries about held-out predictions. */
export const heldOutQueries: {
  readonly heldOut: typeof heldOut;
  readonly scores: SumQuery<HeldOutParams, readonly ClassHistogram[]>;
  readonly pairs: SumQuery<HeldOutParams, readonly WithinSitePairs[]>;
  readonly moments: SumQuery<HeldOutParams, readonly ScoreMoments[]>;
} = {
  heldOut,
  scores: scoreHistogramQuery({ operation: 'loso.scores', ...scored, gridCells: ({ scoreGrid }: HeldOutParams) => scoreGrid }),
  pairs: withinSitePairsQuery({ operation: 'loso.pairs', ...scored }),
  moments: scoreMomentsQuery({ operation: 'loso.score-moments', ...scored }),
};
