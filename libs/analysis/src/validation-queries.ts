import { frozenSchema } from '@cohortium/federation';
import type { CohortRows, SumQuery, SummaryQuery } from '@cohortium/federation';
import { hashJson } from '@cohortium/kernel';
import type { Json, Frozen } from '@cohortium/kernel';
import { localEffects, lockedModelSchema, predict } from '@cohortium/learning';
import type { FittedModel, LockedModel } from '@cohortium/learning';
import {
  endpointSource,
  scoreHistogramQuery,
  scoreMomentsQuery,
  scoreQueries,
  sitePerformance,
  sitePerformanceSchema,
  withinSitePairsQuery,
} from '@cohortium/validation';
import type { ClassHistogram, ScoreMoments, ScoreQueries, WithinSitePairs } from '@cohortium/validation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { analysisErrors } from './errors.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** A locked model with the hash it was locked under. */
export interface LockedParams {
  readonly model: Frozen<LockedModel>;
  readonly modelSha256: string;
}

/** {@link LockedParams} and the grid of pooled scores. */
export interface GridParams extends LockedParams {
  readonly scoreGrid: number;
}

const lockedParams = z.strictObject({ model: frozenSchema(lockedModelSchema), modelSha256: hash }) as ZodType<LockedParams>;
const gridParams = z.strictObject({
  model: frozenSchema(lockedModelSchema),
  modelSha256: hash,
  scoreGrid: z.int().min(100).max(100_000),
}) as ZodType<GridParams>;

/** What a site says about its local site effects before its labels are opened. */
export type HarmonizationCommitment = z.output<typeof commitment>;
const commitment = z.strictObject({ harmonizationSha256: hash.nullable() });

/** Performance of every model at one site, with commitments to the predictions. */
export type SiteValidation = z.output<typeof siteValidation>;
/** Schema of {@link SiteValidation}. */
export const siteValidation = z.strictObject({
  predictionsSha256: z.record(z.string(), hash),
  performance: z.record(z.string(), sitePerformanceSchema),
});

/** The locked model of some parameters. @throws `STUDY.MODEL_HASH` when it is not the one that was locked */
export function lockedModelOf({ model, modelSha256 }: LockedParams): LockedModel {
  if (hashJson(model.value) !== modelSha256) throw analysisErrors.error('STUDY.MODEL_HASH');
  return model.value;
}

/** The cut that a model is judged at: the frozen threshold belongs to the primary model; the others are judged at the same cut. */
export function validateSite(
  rows: CohortRows,
  models: readonly FittedModel[],
  probabilities: readonly Float64Array[],
  threshold: number,
): SiteValidation {
  const predictionsSha256: Record<string, string> = {};
  const performance: Record<string, Json> = {};
  models.forEach(({ id }, m) => {
    const scores = probabilities[m] as Float64Array;
    predictionsSha256[id] = rows.digestPredictions(scores, 0, rows.rowCount);
    performance[id] = sitePerformance(rows.outcome, scores, threshold) as unknown as Json;
  });
  return { predictionsSha256, performance } as unknown as SiteValidation;
}

const commitHarmonization: SummaryQuery<LockedParams, HarmonizationCommitment> = {
  kind: 'siteSummary',
  operation: 'validation.commit-harmonization',
  version: 1,
  params: lockedParams,
  value: commitment,
  local: (rows, params) => {
    const effects = localEffects(rows, rows.sites[0] as string, lockedModelOf(params).preparation);
    return { harmonizationSha256: effects ? hashJson({ gammaStar: [...effects.gammaStar], deltaStar: [...effects.deltaStar] }) : null };
  },
};

const external: SummaryQuery<LockedParams, SiteValidation> = {
  kind: 'siteSummary',
  operation: 'validation.external',
  version: 1,
  params: lockedParams,
  value: siteValidation,
  local: (rows, params) => {
    const model = lockedModelOf(params);
    return validateSite(rows, model.models, predict(rows, model), model.threshold);
  },
};

/** Scores of the locked models at external sites, for everything that is asked of them beyond the first figures. */
export const externalScoreQueries: ScoreQueries<LockedParams> = scoreQueries(
  endpointSource<LockedParams>({
    prefix: 'validation.external',
    schema: lockedParams,
    entryCount: ({ model }) => model.value.models.length,
    scoresOf: (rows, params) => predict(rows, lockedModelOf(params)),
  }),
);

const scored = {
  version: 1,
  params: gridParams,
  scoresOf: (rows: CohortRows, params: GridParams) => predict(rows, lockedModelOf(params)),
  modelCount: ({ model }: GridParams) => model.value.models.length,
};

/** Queries that a locked model asks of external sites. */
export const externalQueries: {
  readonly commitHarmonization: typeof commitHarmonization;
  readonly external: typeof external;
  readonly scores: SumQuery<GridParams, readonly ClassHistogram[]>;
  readonly pairs: SumQuery<GridParams, readonly WithinSitePairs[]>;
  readonly moments: SumQuery<GridParams, readonly ScoreMoments[]>;
} = {
  commitHarmonization,
  external,
  scores: scoreHistogramQuery({ operation: 'validation.external-scores', ...scored, gridCells: ({ scoreGrid }: GridParams) => scoreGrid }),
  pairs: withinSitePairsQuery({ operation: 'validation.external-pairs', ...scored }),
  moments: scoreMomentsQuery({ operation: 'validation.external-moments', ...scored }),
};
