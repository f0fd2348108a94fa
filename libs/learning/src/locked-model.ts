import { z } from 'zod';

const numbers = z.array(z.number());
const names = z.array(z.string());
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Frozen ComBat reference: everything but the site effects, which never leave their site. All on standardized features. */
export const combatReferenceSchema = z.strictObject({
  method: z.literal('combat'),
  sites: names.describe('Hospitals the reference was fitted on; any other is a new site'),
  covariates: names.describe('Clinical columns whose effect is kept, in the order of the rows of beta'),
  beta: z.array(numbers).describe('Covariate effects, covariates x features'),
  grandMean: numbers.describe('Weighted mean of the site intercepts, by feature'),
  varPooled: numbers.describe('Pooled residual variance (division by N), by feature'),
  passedThrough: names.describe('Features left as they are because they are constant in some hospital'),
  newSite: z.enum(['none', 'frozenLocalEb']),
  minBatch: z.int(),
});

/** How raw features become model inputs: impute, standardize, harmonize, standardize again, clip. */
export const preparationSchema = z.strictObject({
  features: names.describe('Kept features, in order; every vector below follows it'),
  medians: numbers.describe('Imputation values in raw units'),
  center: numbers.describe('Mean of the observed training values, raw units'),
  scale: numbers.describe('SD (n - 1) of the observed training values, raw units'),
  harmonization: z.discriminatedUnion('method', [z.strictObject({ method: z.literal('none') }), combatReferenceSchema]),
  finalCenter: numbers.describe('Mean of the training rows after harmonization, standardized units'),
  finalScale: numbers.describe('SD (n - 1) of the training rows after harmonization, standardized units'),
  clip: z.number().nullable(),
});

/** One fitted model on prepared features. */
export const fittedModelSchema = z.strictObject({
  id: z.string(),
  alpha: z.number(),
  lambda: z.number(),
  intercept: z.number(),
  coefficients: numbers.describe('One per kept feature, on prepared (standardized) values'),
});

/** Everything that is frozen before an external site opens. */
export const lockedModelSchema = z.strictObject({
  schemaVersion: z.literal(1),
  study: z.string(),
  protocolHash: hash,
  endpoint: z.string(),
  synthetic: z.boolean(),
  preparation: preparationSchema,
  models: z.array(fittedModelSchema).min(1),
  primaryModel: z.string(),
  threshold: z.number().describe('Cut on the probability of the primary model; at or above counts as positive'),
});

/** See {@link combatReferenceSchema}. */
export type CombatReference = z.output<typeof combatReferenceSchema>;
/** See {@link preparationSchema}. */
export type Preparation = z.output<typeof preparationSchema>;
/** See {@link fittedModelSchema}. */
export type FittedModel = z.output<typeof fittedModelSchema>;
/** See {@link lockedModelSchema}. */
export type LockedModel = z.output<typeof lockedModelSchema>;
