import { countWords, frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { triangleLength } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import type { SeparationCounts } from '../glm/query.js';
import { matrixSpecSchema } from '../model-matrix/model-matrix.js';
import { localClassSeparation, localConfusion, localMultinomial, multinomialHeader, multinomialLength } from './local.js';
import type { MultinomialParams } from './local.js';

/** Totals of {@link multinomialScoresQuery}. */
export interface MultinomialTotals {
  readonly isBeyondLimit: boolean;
  readonly rows: number;
  readonly weight: number;
  readonly logLikelihood: number;
  readonly score: Float64Array;
  /** Full, in the order of the coefficients. */
  readonly information: Float64Array;
}

const params = z
  .strictObject({
    spec: frozenSchema(matrixSpecSchema),
    outcome: z.strictObject({ column: z.string(), codes: z.array(z.int().min(0)).min(2).max(100) }),
    weights: z.string().nullable(),
    coefficients: vectorSchema,
    limit: z.number().positive(),
    participants: z.number().min(0),
  })
  .refine(
    ({ spec, outcome, coefficients }) => coefficients.length === (outcome.codes.length - 1) * spec.value.terms.length,
    'coefficients do not fit the classes and terms',
  ) as unknown as ZodType<MultinomialParams>;

const shared = {
  kind: 'sum',
  version: 1,
  params,
  freeParameters: ({ coefficients }: MultinomialParams) => coefficients.length,
  scopeParticipants: ({ participants }: MultinomialParams) => participants,
} as const;

/** `multinomial-scores@1`: score, information and likelihood of a multinomial logit model. */
export const multinomialScoresQuery: SumQuery<MultinomialParams, MultinomialTotals> = {
  ...shared,
  operation: 'statistics.multinomial-scores',
  words: statisticWords,
  length: ({ spec, outcome }) => multinomialLength(spec.value.terms.length, outcome.codes.length),
  local: localMultinomial,
  read: readTotals,
};

/** `multinomial-confusion@1`: observed by most probable class. */
export const multinomialConfusionQuery: SumQuery<MultinomialParams, Float64Array> = {
  ...shared,
  operation: 'statistics.multinomial-confusion',
  words: countWords,
  length: ({ outcome }) => outcome.codes.length ** 2,
  local: localConfusion,
  read: (total) => total,
};

/** `multinomial-separation@1`: rows by the sign of their likelihood's change along a direction. */
export const multinomialSeparationQuery: SumQuery<MultinomialParams, SeparationCounts> = {
  ...shared,
  operation: 'statistics.multinomial-separation',
  words: countWords,
  length: () => 3,
  local: localClassSeparation,
  read: ([against = 0, along = 0, still = 0]) => ({ against, along, still }),
};

function readTotals(total: Float64Array, { spec, outcome }: MultinomialParams): MultinomialTotals {
  const p = spec.value.terms.length;
  const free = outcome.codes.length - 1;
  const m = free * p;
  const [beyond = 0, rows = 0, weight = 0, logLikelihood = 0] = total;
  const information = new Float64Array(m * m);
  for (let k = 0; k < free; k++) {
    for (let l = 0; l <= k; l++) {
      let at = multinomialHeader + m + (triangleLength(k) + l) * triangleLength(p);
      for (let a = 0; a < p; a++) {
        for (let b = 0; b <= a; b++, at++) {
          const value = total[at] as number;
          for (const [row, column] of [
            [k * p + a, l * p + b],
            [k * p + b, l * p + a],
          ] as const) {
            information[row * m + column] = value;
            information[column * m + row] = value;
          }
        }
      }
    }
  }
  return {
    isBeyondLimit: beyond > 0,
    rows,
    weight,
    logLikelihood,
    score: total.slice(multinomialHeader, multinomialHeader + m),
    information,
  };
}
