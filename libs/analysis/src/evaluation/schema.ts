import { figureSchema } from '@cohortium/validation';
import { z } from 'zod';

const absent = z.strictObject({ state: z.enum(['not-done', 'withheld']), reason: z.string() });
const present = <T extends z.ZodType>(value: T) => z.strictObject({ state: z.literal('ok'), value });

/** Figures at one cut-off on the probability; at or above counts as positive. */
const cutSchema = z.strictObject({
  threshold: z.number(),
  sensitivity: figureSchema.describe('Wilson interval'),
  specificity: figureSchema.describe('Wilson interval'),
  ppv: figureSchema.describe('Wilson interval'),
  npv: figureSchema.describe('Wilson interval'),
  netBenefit: figureSchema.describe('TP / N - FP / N t / (1 - t), normal interval'),
  netBenefitAll: figureSchema.describe('Of calling everyone positive; calling nobody positive is 0'),
});
/** See {@link cutSchema}. */
export type CutFigures = z.output<typeof cutSchema>;

const calibrationFigures = {
  inTheLarge: figureSchema,
  intercept: figureSchema.describe('Of the recalibration line'),
  slope: figureSchema,
  brier: figureSchema,
  scaledBrier: figureSchema.describe('1 - Brier / Brier of the prevalence'),
  logLoss: figureSchema,
  observedExpected: figureSchema,
};

/** One model at one site. */
const siteModelSchema = z.strictObject({
  auc: figureSchema,
  roc: z
    .array(z.strictObject({ falsePositiveRate: z.number(), sensitivity: figureSchema }))
    .describe('Read off at fixed false positive rates: no cut-off, no participant'),
  cuts: z.array(cutSchema),
  calibration: z.strictObject({
    ...calibrationFigures,
    ici: figureSchema.describe('Mean distance to the loess curve of the site (R loess, span 0.75)'),
    e50: figureSchema,
    e90: figureSchema,
    update: z
      .strictObject({
        choice: z.enum(['original', 'intercept', 'recalibration', 'unknown']),
        pAgainstOriginal: figureSchema,
        pAgainstIntercept: figureSchema,
      })
      .describe('Closed test of recalibration at this site (Vergouwe et al. 2017, doi 10.1002/sim.7179)'),
  }),
});
/** See {@link siteModelSchema}. */
export type SiteModelEvaluation = z.output<typeof siteModelSchema>;

/** One model over all participants of a scope, from sums. */
const pooledModelSchema = z.strictObject({
  participants: z.number(),
  events: z.number(),
  auc: figureSchema,
  aucCertificate: figureSchema.describe('The AUC of the scores before the grid lies within low and high'),
  averagePrecision: figureSchema,
  roc: z.array(z.strictObject({ falsePositiveRate: z.number(), sensitivity: z.number() })),
  precisionRecall: z.array(z.strictObject({ recall: z.number(), precision: z.number() })),
  cuts: z.array(cutSchema),
  histogram: z
    .array(z.strictObject({ from: z.number(), to: z.number(), participants: figureSchema }))
    .describe(
      'Participants by predicted probability; counts from 1 to 4 are withheld, one alone together with the smallest other; empty where too few events were seen',
    ),
  calibration: z.strictObject({
    ...calibrationFigures,
    ici: figureSchema.describe('Mean distance to the restricted cubic spline'),
    e50: figureSchema,
    e90: figureSchema,
    curve: z
      .array(z.strictObject({ probability: z.number(), observed: z.number(), low: z.number(), high: z.number() }))
      .describe('Restricted cubic spline over the linear predictor with its pointwise 95 % band; empty where it could not be fitted'),
  }),
});
/** See {@link pooledModelSchema}. */
export type PooledModelEvaluation = z.output<typeof pooledModelSchema>;

const comparisonSchema = z.strictObject({
  models: z.tuple([z.string(), z.string()]),
  difference: figureSchema.describe('AUC of the first less that of the second, paired DeLong'),
  z: figureSchema,
  p: figureSchema,
  pHolm: figureSchema.describe('Over all comparisons of this list'),
});
/** See {@link comparisonSchema}. */
export type ModelComparison = z.output<typeof comparisonSchema>;

/** Measures that are combined over sites. */
export const metaMeasures = ['auc', 'inTheLarge', 'slope', 'observedExpected'] as const;
/** One of {@link metaMeasures}. */
export type MetaMeasure = (typeof metaMeasures)[number];

const metaSchema = z.strictObject({
  measure: z.enum(metaMeasures),
  scale: z.enum(['logit', 'log', 'identity']).describe('On which sites are combined; figures are on the scale of the measure'),
  sites: z.array(z.string()).describe('Sites whose figure is shown'),
  estimate: figureSchema.describe('Random effects: REML, Hartung-Knapp-Sidik-Jonkman with a variance factor of at least 1'),
  prediction: figureSchema.describe('Prediction interval for a new site, t with k - 2 degrees of freedom'),
  tau2: figureSchema.describe('Between-site variance on the scale, Q-profile interval; without an upper limit where the search found none'),
  tau2Beyond: z
    .number()
    .nullable()
    .describe('Up to where an upper limit of tau2 was looked for in vain: it lies beyond; null where it was found'),
  i2: figureSchema.describe('In percent'),
  weights: z.array(z.number()).describe('In percent, in the order of sites'),
});
/** See {@link metaSchema}. */
export type MetaResult = z.output<typeof metaSchema>;

/** Everything about how models predict in one scope, beyond the first figures. */
export const evaluationSchema = z.strictObject({
  sites: z.union([present(z.array(z.strictObject({ site: z.string(), models: z.record(z.string(), siteModelSchema) }))), absent]),
  pooled: z.union([present(z.record(z.string(), pooledModelSchema)), absent]),
  comparisons: z.union([present(z.array(comparisonSchema)), absent]),
  meta: z.union([present(z.record(z.string(), z.array(metaSchema))), absent]),
});
/** See {@link evaluationSchema}. */
export type EvaluationScience = z.output<typeof evaluationSchema>;

const gateFigure = z.number().nullable();

/** The release gate: every test is shown, none hidden. */
export const releaseSchema = z.strictObject({
  source: z.enum(['pooled', 'meta', 'site', 'none']).describe('Where the AUC of the gate comes from'),
  rule: z.strictObject({
    minAuc: z.number(),
    predictionFloor: z.number(),
    decisionRange: z.tuple([z.number(), z.number()]),
    minExternalSites: z.number(),
  }),
  tests: z.array(
    z.strictObject({
      name: z.enum(['pointEstimate', 'lowerBound', 'predictionInterval', 'calibrationSlope', 'netBenefit', 'externalSites']),
      passed: z.boolean(),
      known: z.boolean(),
      value: gateFigure,
      limit: gateFigure,
    }),
  ),
  verdict: z.enum(['meets', 'doesNotMeet']),
});
/** See {@link releaseSchema}. */
export type ReleaseScience = z.output<typeof releaseSchema>;

const needed = z.strictObject({ auc: z.number(), oe: z.number(), slope: z.number(), aucWidth: z.number().nullable(), needed: z.number() });

/** What a study of this prevalence would need, beside what it has. */
export const sampleSizeSchema = z.strictObject({
  prevalence: z.number().describe('Of the training participants'),
  development: z.strictObject({
    participants: z.number(),
    candidates: z.number().describe('Parameters before any selection'),
    needed: z.array(z.strictObject({ auc: z.number(), needed: z.number().nullable() })).describe('Riley et al. 2020, by assumed AUC'),
  }),
  external: z.strictObject({
    participants: figureSchema,
    needed: z.array(needed).describe('Riley et al. 2021, by assumed AUC: O/E and slope within 0.2, AUC within 0.1'),
  }),
});
/** See {@link sampleSizeSchema}. */
export type SampleSizeScience = z.output<typeof sampleSizeSchema>;
