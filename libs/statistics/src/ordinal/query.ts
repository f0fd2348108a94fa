import { frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { unpackTriangle } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { matrixSpecSchema } from '../model-matrix/model-matrix.js';
import type { MultinomialTotals } from '../multinomial/query.js';
import { ordinalLinks } from './links.js';
import { localOrdinal, ordinalHeader, ordinalLength } from './local.js';
import type { OrdinalParams } from './local.js';

const params = z
  .strictObject({
    spec: frozenSchema(matrixSpecSchema),
    outcome: z.strictObject({ column: z.string(), codes: z.array(z.int().min(0)).min(2).max(100) }),
    weights: z.string().nullable(),
    coefficients: vectorSchema,
    limit: z.number().positive(),
    participants: z.number().min(0),
    link: z.enum(ordinalLinks),
  })
  .refine(
    ({ spec, outcome, coefficients }) => coefficients.length === spec.value.terms.length + outcome.codes.length - 1,
    'coefficients do not fit the classes and terms',
  ) as unknown as ZodType<OrdinalParams>;

/** `ordinal-scores@1`: score, observed information and likelihood of a cumulative link model. */
export const ordinalScoresQuery: SumQuery<OrdinalParams, MultinomialTotals> = {
  kind: 'sum',
  operation: 'statistics.ordinal-scores',
  version: 1,
  words: statisticWords,
  params,
  length: ({ coefficients }) => ordinalLength(coefficients.length),
  freeParameters: ({ coefficients }) => coefficients.length,
  scopeParticipants: ({ participants }) => participants,
  local: localOrdinal,
  read: (total, { coefficients: { length: m } }) => {
    const [beyond = 0, rows = 0, weight = 0, logLikelihood = 0] = total;
    return {
      isBeyondLimit: beyond > 0,
      rows,
      weight,
      logLikelihood,
      score: total.slice(ordinalHeader, ordinalHeader + m),
      information: unpackTriangle(total, m, ordinalHeader + m),
    };
  },
};
