import { ellipseSchema } from '@cohortium/harmonization';
import { combatReferenceSchema } from '@cohortium/learning';
import { characteristicValueSchema, exclusionReasons } from '@cohortium/statistics';
import { figureSchema, pooledPerformanceSchema, sitePerformanceSchema } from '@cohortium/validation';
import { z } from 'zod';
import { evaluationSchema, releaseSchema, sampleSizeSchema } from './evaluation/schema.js';

/** Version of results.json. */
export const resultsSchemaVersion = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.strictObject({ en: z.string(), zh: z.string() });

const siteEligibility = z.strictObject({
  site: z.string(),
  role: z.enum(['training', 'external']),
  n: figureSchema.describe('Eligible participants; withheld below the smallest cell'),
  verdict: z.enum(['eligible', 'tooFew', 'oneClass']),
});

const pathPoint = z.strictObject({
  lambda: z.number(),
  deviance: z.number().describe('Cross-validated binomial deviance per participant'),
  standardError: z.number().describe('Over folds'),
  nonZero: z.int(),
});

const coefficientPath = z.strictObject({
  feature: z.string(),
  coefficients: z.array(z.number()).describe('In the order of path'),
});

const modelResult = z.strictObject({
  id: z.string(),
  alpha: z.number(),
  lambda: z.number(),
  penaltyRule: z.enum(['crossValidation', 'fixed']),
  path: z.array(pathPoint).describe('Empty for a fixed penalty'),
  coefficientPaths: z.array(coefficientPath).describe('Features whose coefficient is not 0 somewhere on the path'),
  foldCount: z.int().describe('Folds of the cross-validation over participants; 0 for a fixed penalty'),
  intercept: z.number(),
  terms: z
    .array(
      z.strictObject({
        feature: z.string(),
        coefficient: z.number(),
        folds: z.int().describe('Folds whose model at the chosen penalty has a coefficient that is not 0'),
      }),
    )
    .describe('Every kept feature, also those with coefficient 0'),
  rounds: z.int().describe('Gradient rounds until the last model of the fit had converged'),
  converged: z.boolean(),
});

const externalSite = z.strictObject({
  site: z.string(),
  harmonizationSha256: hash.nullable().describe('Commitment to the local site effects, made before labels were opened'),
  predictionsSha256: z.record(z.string(), hash).describe('By model'),
  performance: z.record(z.string(), sitePerformanceSchema).describe('By model'),
});

const heldOutSite = z.strictObject({
  site: z.string(),
  selected: z.array(z.string()).nullable().describe('Features that selection left when this site was left out; null without selection'),
  lambda: z.record(z.string(), z.number()).describe('Penalty of each model when this site was left out'),
  nonZero: z
    .record(z.string(), z.array(z.string()))
    .describe('Features of each model whose coefficient is not 0 when this site was left out'),
  predictionsSha256: z.record(z.string(), hash),
  performance: z.record(z.string(), sitePerformanceSchema),
});

const siteFlow = z.strictObject({
  site: z.string(),
  candidates: figureSchema,
  exclusions: z.array(z.strictObject({ reason: z.enum(exclusionReasons), count: figureSchema })),
});

const characteristic = z.strictObject({
  column: z.string(),
  label: text,
  levels: z.array(z.string()).describe('Empty for numbers'),
  sites: z.array(z.strictObject({ site: z.string(), value: characteristicValueSchema })),
  total: z.union([
    z.strictObject({ state: z.literal('ok'), value: characteristicValueSchema }),
    z.strictObject({ state: z.enum(['not-done', 'withheld']), reason: z.string() }),
  ]),
});

const absent = z.strictObject({ state: z.enum(['not-done', 'withheld']), reason: z.string() });
const present = <T extends z.ZodType>(value: T) => z.strictObject({ state: z.literal('ok'), value });

const share = z.strictObject({
  explained: z.number().nullable().describe('Squares between sites over all squares (eta squared); null without variance'),
  p: z.number().nullable().describe('F test of equal sites'),
});
const siteShares = z.strictObject({
  location: share.describe('Of the values'),
  spread: share.describe('Of their distances to the median of their site (Brown-Forsythe)'),
});
const differentCounts = z.strictObject({ location: z.int(), spread: z.int() });

const siteDifferences = z.strictObject({
  counts: z
    .strictObject({ before: differentCounts, after: differentCounts.nullable() })
    .describe('Features whose sites differ: p below 0.05 after adjustment by Benjamini-Hochberg'),
  features: z.array(z.strictObject({ feature: z.string(), before: siteShares, after: siteShares.nullable() })),
});

const siteEllipses = z.strictObject({
  explained: z.tuple([z.number(), z.number()]).describe('Share of the variance of all harmonized features along each axis, before'),
  sites: z.array(z.strictObject({ site: z.string(), before: ellipseSchema, after: ellipseSchema.nullable() })),
});

/** Every number of a run: equal bits whenever the same study runs on the same data. */
export const scienceSchema = z.strictObject({
  study: z.strictObject({
    id: z.string(),
    version: z.string(),
    title: text,
    endpoint: z.string(),
    endpointLabel: text,
    synthetic: z.boolean(),
  }),
  protocolSha256: hash,
  eligibility: z.array(siteEligibility),
  flow: z.union([present(z.array(siteFlow)), absent]).describe('Candidates and exclusions by site; counts from 1 to 4 are withheld'),
  characteristics: z
    .union([present(z.array(characteristic)), absent])
    .describe('The table of participants, by site and over the training sites'),
  selection: z
    .union([
      present(
        z.strictObject({
          steps: z.array(z.strictObject({ rule: z.string(), left: z.int().describe('Imaging features left after the step') })),
          features: z.array(z.string()).describe('What is left, clinical predictors included'),
        }),
      ),
      absent,
    ])
    .describe('Feature selection of the final models, learned on the training participants'),
  trainingSites: z.array(z.string()),
  trainingParticipants: z.int().describe('Eligible participants in training, total'),
  features: z.strictObject({
    candidates: z.int(),
    kept: z.int(),
    leftOut: z.array(z.strictObject({ feature: z.string(), reason: z.enum(['missing', 'constant']) })),
    missingness: z
      .array(z.strictObject({ feature: z.string(), band: z.enum(['0', '<5%', '5-10%', '10-20%', '20-50%', '>=50%']) }))
      .describe('Share of missing training cells, in bands'),
  }),
  preparation: z.strictObject({
    features: z.array(z.string()),
    medians: z.array(z.number()),
    center: z.array(z.number()),
    scale: z.array(z.number()),
    finalCenter: z.array(z.number()),
    finalScale: z.array(z.number()),
    clip: z.number().nullable(),
  }),
  harmonization: z.discriminatedUnion('method', [z.strictObject({ method: z.literal('none') }), combatReferenceSchema]),
  siteDifferences: z
    .union([present(siteDifferences), absent])
    .describe('How far training sites differ before and after harmonization, by harmonized feature; after is null without harmonization'),
  siteEllipses: z
    .union([present(siteEllipses), absent])
    .describe(
      'Where training sites lie along the two principal axes of the features before harmonization: mean and covariance of their participants; after is null without harmonization',
    ),
  models: z.array(modelResult),
  lock: z.strictObject({ modelSha256: hash, onnxSha256: hash, primaryModel: z.string(), threshold: z.number() }),
  external: z.strictObject({
    sites: z.array(externalSite),
    evaluation: evaluationSchema,
    pooled: z.union([present(z.record(z.string(), pooledPerformanceSchema)), absent]),
  }),
  leaveOneSiteOut: z.union([
    present(
      z.strictObject({
        penaltyRule: z.enum(['siteFolds', 'finalModel']),
        sites: z.array(heldOutSite),
        evaluation: evaluationSchema,
        pooled: z.union([present(z.record(z.string(), pooledPerformanceSchema)), absent]),
      }),
    ),
    absent,
  ]),
  release: releaseSchema,
  sampleSize: sampleSizeSchema,
  rounds: z.int().describe('Secure sums and summaries of the whole run'),
});

/** See {@link scienceSchema}. */
export type Science = z.output<typeof scienceSchema>;

/** Times, versions and hosts: what may differ between two runs of the same study. */
export const runFactsSchema = z.strictObject({
  run: z.string(),
  mode: z.enum(['federated', 'simulated', 'pooled']),
  startedAt: z.string().describe('ISO 8601, UTC'),
  finishedAt: z.string(),
  durationMs: z.number(),
  software: z.record(z.string(), z.string()),
  host: z.strictObject({ platform: z.string(), arch: z.string(), cpus: z.int() }),
  sites: z.array(z.strictObject({ site: z.string(), messages: z.int(), bytes: z.int() })).describe('What left each site'),
  contributionsVisibleToCoordinator: z.boolean().describe('True where a clause lets sums leave without masks'),
  ledger: z
    .strictObject({
      log: z.string().describe('Origin of the log'),
      leaves: z.array(
        z.strictObject({
          index: z.int().min(0).describe('Place in the log, from 0'),
          leafSha256: hash.describe('Leaf hash of RFC 9162'),
          type: z.enum(['roundCommit', 'modelCommit']),
          round: z.int().nullable(),
          operation: z.string().nullable(),
        }),
      ),
    })
    .optional()
    .describe("Leaves of the coordinator's log that hold what every figure was computed from; absent where no log was kept"),
});

/** See {@link runFactsSchema}. */
export type RunFacts = z.output<typeof runFactsSchema>;

/** results.json */
export const resultsSchema = z.strictObject({
  schemaVersion: z.literal(resultsSchemaVersion),
  science: scienceSchema,
  run: runFactsSchema,
});

/** See {@link resultsSchema}. */
export type Results = z.output<typeof resultsSchema>;
