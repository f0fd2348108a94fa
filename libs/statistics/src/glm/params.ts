import { armSchema, vectorSchema } from '@cohortium/federation';
import type { Arm } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { matrixSpecSchema } from '../model-matrix/model-matrix.js';
import type { MatrixSpec } from '../model-matrix/model-matrix.js';
import { glmFamilies } from './families.js';
import type { GlmFamily } from './families.js';

/** Which column is explained, and how it is read. */
const outcomeSchema = z.strictObject({
  column: z.string(),
  /** Category that counts as 1, all others as 0; null for a column of numbers. */
  code: z.int().min(0).nullable(),
  /** Numbers are (value - minus) / over. */
  minus: z.number(),
  over: z.number(),
});
/** See {@link outcomeSchema}. */
export type GlmOutcome = z.output<typeof outcomeSchema>;

/** Parameters of `glm-scores@1`: many models in one request. */
export interface GlmParams {
  readonly family: GlmFamily;
  readonly outcome: GlmOutcome;
  /** Column of prior weights; null for 1. */
  readonly weights: string | null;
  /** Column that is added to the linear predictor (divided by the outcome's `over`); null for 0. */
  readonly offset: string | null;
  readonly arms: readonly Arm<MatrixSpec>[];
  /** Arm of each model. */
  readonly models: readonly number[];
  /** Coefficients on the terms of the arms' specs, one model after another. */
  readonly coefficients: Float64Array;
  /** Inverse information matrices (lower triangles), one model after another, for Firth's score; null without it. */
  readonly leverages: Float64Array | null;
  /** A linear predictor beyond this leaves the model's vector empty but for a flag: it isolates participants and points to separation. */
  readonly limit: number;
  /** Participants of the scope, from an earlier total; the gate's parameters-per-row rule divides by it. */
  readonly participants: number;
}

/** Schema of {@link GlmParams}. */
export const glmParamsSchema = z
  .strictObject({
    family: z.enum(glmFamilies),
    outcome: outcomeSchema,
    weights: z.string().nullable(),
    offset: z.string().nullable(),
    arms: z.array(armSchema(matrixSpecSchema)).min(1).max(1025),
    models: z.array(z.int().min(0)).min(1).max(100_000),
    coefficients: vectorSchema,
    leverages: vectorSchema.nullable(),
    limit: z.number().positive(),
    participants: z.number().min(0),
  })
  .refine(partsFit, 'arms, models and coefficients do not fit together') as unknown as ZodType<GlmParams>;

function partsFit(params: { arms: unknown; models: number[]; coefficients: Float64Array; leverages: Float64Array | null }): boolean {
  const arms = params.arms as readonly Arm<MatrixSpec>[];
  let coefficients = 0;
  let leverages = 0;
  for (const arm of params.models) {
    const p = arms[arm]?.recipe.value.terms.length;
    if (p === undefined) return false;
    coefficients += p;
    leverages += (p * (p + 1)) / 2;
  }
  return coefficients === params.coefficients.length && (params.leverages === null || leverages === params.leverages.length);
}

/** Terms of the spec of a model. */
export function termCount(params: Pick<GlmParams, 'arms' | 'models'>, model: number): number {
  return params.arms[params.models[model] as number]?.recipe.value.terms.length ?? 0;
}
