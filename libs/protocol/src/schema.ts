import { z } from 'zod';

/** Version of the protocol document's form. */
export const protocolSchemaVersion = 1;

const siteCode = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
const identifier = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/);
const text = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) }).describe('One text in both languages');
const cell = z.union([z.string(), z.number(), z.boolean()]);

const endpoint = z
  .strictObject({
    name: identifier,
    label: text,
    column: z.string().min(1).describe('Column of clinical.csv'),
    positive: z.array(cell).min(1).describe('Values that count as 1'),
    negative: z.array(cell).min(1).describe('Values that count as 0'),
  })
  .describe('A binary outcome; participants whose value is empty are excluded and counted');

const criterion = z
  .strictObject({
    column: z.string().min(1),
    is: z.array(cell).min(1).optional().describe('The value is one of these'),
    min: z.number().optional(),
    max: z.number().optional(),
    missing: z.enum(['exclude', 'keep']).default('exclude').describe('What an empty cell means'),
  })
  .describe('One condition of eligibility on a clinical column');

const featureSelector = z.union([
  z
    .strictObject({
      dictionary: z.string().min(1).describe('A CSV beside features.csv with a column `feature`'),
      where: z.record(z.string(), cell).default({}),
    })
    .describe('Rows of a feature dictionary whose columns have these values, in file order'),
  z.strictObject({ list: z.array(z.string().min(1)).min(1) }).describe('These columns, in this order'),
  z.strictObject({ all: z.literal(true) }).describe('Every column of features.csv after patient_id and site'),
]);

const lambdaPath = z.strictObject({
  rule: z.literal('crossValidation'),
  folds: z.int().min(3).max(20).default(5).describe('Participant folds: SHA-256(seed || participant), stratified by outcome within a site'),
  seed: z.string().min(1).default('cohortium').describe('Seed of the folds'),
  count: z.int().min(2).max(200).default(20).describe('Penalties on the path'),
  minRatio: z.number().gt(0).lt(1).default(0.05).describe('Smallest over largest penalty'),
  choose: z.enum(['min', 'oneStandardError']).default('min'),
});
const penalty = z.discriminatedUnion('rule', [lambdaPath, z.strictObject({ rule: z.literal('fixed'), lambda: z.number().gt(0) })]);

const clinicalPredictor = z
  .strictObject({
    column: z.string().min(1).describe('Column of clinical.csv, known before treatment'),
    levels: z
      .array(cell)
      .min(2)
      .optional()
      .describe('Values of a category, the reference first: one indicator for each of the others. Left out: the column holds numbers'),
  })
  .describe(
    'A clinical variable that models may use; standardized, never harmonized. An empty cell gets the training median, an indicator the training share',
  );

const inputs = z
  .strictObject({
    features: z
      .union([
        z.enum(['all', 'none']),
        z
          .strictObject({ where: z.record(z.string(), cell) })
          .describe('Rows of the feature dictionary with these values, of one sequence for example'),
        z.strictObject({ list: z.array(z.string().min(1)).min(1) }),
      ])
      .default('all')
      .describe('Features of the study that the model may use'),
    clinical: z.boolean().default(true).describe('Whether it may use the clinical predictors'),
  })
  .describe('What one model may use: clinical-only, single-sequence, radiomics and combined models run on identical participants');

const model = z
  .strictObject({
    id: identifier,
    alpha: z.number().min(0).max(1).describe('Elastic-net mixing: 1 lasso, 0 ridge'),
    penalty,
    inputs: inputs.prefault({}),
  })
  .describe('Penalized logistic regression on the glmnet objective, no further standardization');

const imputation = z
  .strictObject({
    estimator: z
      .enum(['smoothedMedian', 'exactMedian'])
      .default('smoothedMedian')
      .describe('exactMedian is a secure bisection and needs its own clause'),
    bins: z
      .int()
      .min(16)
      .max(1024)
      .default(64)
      .describe('Grid cells of the smoothed median between mean - SD and mean + SD, where every median lies'),
    smoothing: z.int().min(3).default(10).describe('Observations that the bracket of a smoothed median holds at least'),
  })
  .prefault({});

const harmonization = z
  .discriminatedUnion('method', [
    z.strictObject({ method: z.literal('none') }),
    z.strictObject({
      method: z.literal('combat'),
      covariates: z.array(z.string()).default([]).describe('Clinical columns whose effect is kept; never the endpoint'),
      newSite: z
        .enum(['none', 'frozenLocalEb', 'joint'])
        .default('frozenLocalEb')
        .describe(
          'How a hospital outside training is harmonized. joint: a hospital that is held out takes part in the fit of the harmonization with its features (never with its labels), one outside the study as in frozenLocalEb',
        ),
      minBatch: z.int().min(2).default(5).describe('Smallest batch'),
    }),
  ])
  .default({ method: 'combat', covariates: [], newSite: 'frozenLocalEb', minBatch: 5 });

const selectionRule = z
  .discriminatedUnion('rule', [
    z.strictObject({
      rule: z.literal('correlation'),
      cutoff: z.number().gt(0).max(1).default(0.95).describe('Of two features whose absolute correlation exceeds it, one is left out'),
      priority: z
        .enum(['order', 'outcome'])
        .default('outcome')
        .describe('Which one stays: the first, or that with the larger correlation with the outcome'),
    }),
    z.strictObject({
      rule: z.literal('univariate'),
      test: z.enum(['welch', 'student', 'score']).default('welch'),
      adjust: z.enum(['none', 'holm', 'BH']).default('BH'),
      alpha: z.number().gt(0).max(1).default(0.05).describe('Features with a larger adjusted p are left out'),
    }),
    z.strictObject({
      rule: z.literal('mrmr'),
      count: z.int().min(1).describe('Features that stay'),
      criterion: z.enum(['MID', 'MIQ']).default('MID').describe('Relevance minus, or over, mean redundancy'),
    }),
  ])
  .describe(
    'One step of feature selection, on harmonized and standardized training features; learned anew without each site that is left out',
  );

const analysis = z.strictObject({
  missingness: z
    .strictObject({ maxShare: z.number().min(0).max(1).default(0.2).describe('Features missing more often in training are left out') })
    .prefault({}),
  imputation,
  harmonization,
  clinical: z.array(clinicalPredictor).default([]),
  selection: z
    .array(selectionRule)
    .default([])
    .describe('Applied in this order to what the steps before have left; clinical predictors always stay'),
  scaling: z.strictObject({ clip: z.number().gt(0).nullable().default(null).describe('Bound on absolute z-scores') }).prefault({}),
  models: z.array(model).min(1),
  primaryModel: identifier,
  threshold: z
    .discriminatedUnion('rule', [
      z.strictObject({ rule: z.literal('prevalence') }),
      z.strictObject({ rule: z.literal('fixed'), value: z.number().gt(0).lt(1) }),
    ])
    .default({ rule: 'prevalence' })
    .describe('Cut on the predicted probability, frozen with the model; `prevalence` is the event rate of the training participants'),
  convergence: z.strictObject({ tolerance: z.number().gt(0).default(1e-11), maxRounds: z.int().min(1).default(300) }).prefault({}),
});

const validation = z.strictObject({
  decisionThresholds: z
    .array(z.number().gt(0).lt(1))
    .min(1)
    .max(99)
    .default([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5])
    .describe(
      'Cut-offs of the decision curve and of the table of sensitivity and specificity, ascending; agreed with clinicians before results',
    ),
  release: z
    .strictObject({
      minAuc: z.number().gt(0.5).lt(1).default(0.85).describe('The lower limit of the interval of the AUC must reach it'),
      predictionFloor: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.7)
        .describe('The lower limit of the prediction interval of the AUC in a new hospital must reach it'),
      decisionRange: z
        .tuple([z.number().gt(0).lt(1), z.number().gt(0).lt(1)])
        .default([0.1, 0.3])
        .describe('Thresholds between which the net benefit must exceed treating all and treating none'),
      minExternalSites: z.int().min(1).default(3),
    })
    .prefault({})
    .describe("The study's release rule: what the primary model must reach at external sites"),
  scoreGrid: z.int().min(100).max(100_000).default(1000).describe('Cells of the probability grid on which pooled AUCs are computed'),
  leaveOneSiteOut: z
    .strictObject({
      enabled: z.boolean().default(true),
      penalty: z
        .discriminatedUnion('rule', [z.strictObject({ rule: z.literal('siteFolds') }), z.strictObject({ rule: z.literal('finalModel') })])
        .default({ rule: 'siteFolds' })
        .describe(
          'siteFolds: tuned by leaving out training sites (needs five); finalModel: the penalty of a model with a fixed penalty, or the chosen penalty of the final model',
        ),
      pooled: z.boolean().default(true).describe('Also the AUC over all held-out participants, by score histogram'),
    })
    .prefault({}),
});

/** Operations are named `library.operation@version`. */
const operationName = z.string().regex(/^[a-z]+\.[a-z-]+@[0-9]+$/);

/** When a permission holds; both ends are instants in UTC, the end excluded. */
const instant = z.iso.datetime().nullable().default(null);

const noise = z
  .strictObject({
    mechanism: z
      .enum(['discreteGaussian', 'skellam'])
      .describe('Distribution of the whole numbers that are added to the fixed-point words before masking'),
    sigma: z
      .number()
      .gt(0)
      .describe('Standard deviation of the noise that an opened total carries in each element, in the units of what the operation returns'),
    l2Sensitivity: z
      .number()
      .gt(0)
      .describe(
        'Most that one participant can change the total, as a Euclidean norm in the same units; longer contributions are shortened to it',
      ),
    delta: z.number().gt(0).lt(1).describe('Delta at which epsilon is reported'),
  })
  .describe('Noise for differential privacy');

const clauseCommon = {
  clauseId: z.string().min(1).max(64),
  purpose: text,
  operations: z.array(operationName).min(1).describe('What may be computed under this clause'),
  scope: z.enum(['training', 'external', 'all']).describe('Sites that may be asked'),
  minSites: z.int().min(1).default(3).describe('Sites that a sum needs'),
  minParticipantsPerSite: z.int().min(0).default(10),
  minCell: z.int().min(0).default(5).describe('Smallest count shown in a site summary'),
  dominance: z
    .strictObject({
      contributors: z.int().min(1).max(20).describe('How many of the largest contributors are looked at'),
      maxShare: z.number().gt(0).lt(1).describe('Largest share of a figure that they may make up together'),
    })
    .nullable()
    .default(null)
    .describe('The (n, k) rule for magnitudes; null: no figure of this clause is a total of magnitudes'),
  maxParametersPerRow: z
    .number()
    .gt(0)
    .nullable()
    .default(0.2)
    .describe('Non-zero coefficients per eligible participant in one request; null is a visible exception'),
  maxBytes: z.int().min(1).default(16_777_216).describe('Size of one message'),
  maxPerRun: z.int().min(1).default(2000).describe('Messages of this clause in one run'),
  recipients: z
    .array(z.enum(['coordinator', 'board']))
    .min(1)
    .default(['coordinator', 'board'])
    .describe(
      'Who may have what leaves: answers go to the coordinator, the bundle of a study to its boards; lint refuses to leave out either',
    ),
  deadlineHours: z.number().gt(0).default(72).describe('How long a late site is waited for'),
  notBefore: instant.describe('Nothing leaves under this clause before this instant; null: from the signatures on'),
  notAfter: instant.describe('Nothing leaves under this clause from this instant on; null: no end'),
};

const clause = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...clauseCommon,
      kind: z.literal('sum'),
      secureAggregation: z
        .enum(['required', 'off'])
        .default('required')
        .describe('off is a visible exception: the vector of each single site is then readable at the coordinator'),
      dp: noise.nullable().default(null),
    }),
    z.strictObject({
      ...clauseCommon,
      kind: z.literal('siteSummary'),
      secureAggregation: z.literal('off').default('off').describe('A summary is about one site: there is nothing to add it to'),
      dp: z.null().default(null).describe('Noise is added to sums only'),
    }),
  ])
  .describe('One permission: what some operations may take out of a site, and for whom');

/** The study protocol: everything scientific about a study, and every permission, as data. */
export const protocolSchema = z
  .strictObject({
    schemaVersion: z.literal(protocolSchemaVersion),
    study: siteCode,
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    title: text,
    summary: text.optional(),
    synthetic: z.boolean().default(false).describe('The data are made, not measured; shown everywhere'),
    endpoint,
    eligibility: z.array(criterion).default([]),
    characteristics: z
      .array(
        z.strictObject({
          column: z.string().min(1).describe('Column of clinical.csv'),
          label: text.optional(),
          levels: z.array(cell).min(2).optional().describe('Values of a category; left out: numbers'),
          optional: z.boolean().default(false).describe('Left out at submission where the cohort has no such column'),
        }),
      )
      .default([])
      .describe('What the table of participants shows, by hospital; a missing cell excludes nobody'),
    features: featureSelector,
    extraction: z
      .strictObject({
        extractorSha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .describe('Digest of the program that extracts: `cohortium doctor` shows it'),
        settingsSha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .describe('Hash of the extraction settings'),
        ibsiRows: z
          .int()
          .min(1)
          .default(487)
          .describe('IBSI reference rows that the self-test of that program must have passed at each site'),
      })
      .optional()
      .describe('How features are to be made; a site whose own record differs refuses the protocol and says why'),
    sites: z.strictObject({
      minTraining: z.int().min(2).default(3).describe('Training sites below which the run ends'),
      training: z.array(siteCode).optional().describe('Left out: every enrolled site that is not external'),
      external: z.array(siteCode).default([]).describe('Sites that take no part in any fit'),
    }),
    analysis,
    validation: validation.prefault({}),
    clauses: z.array(clause).min(1),
    derivedFrom: z.string().optional().describe('SHA-256 of the protocol that command-line options changed'),
    featureList: z
      .strictObject({
        names: z.array(z.string()).describe('Features, then clinical predictors as `clinical:column` or `clinical:column=level`'),
        sha256: z.string(),
        byModel: z.record(z.string(), z.array(z.string())).default({}).describe('Inputs of each model, in the order of names'),
      })
      .optional()
      .describe('The resolved features; written at submission'),
  })
  .describe('Cohortium study protocol');

/** A parsed protocol, every default written out. */
export type Protocol = z.output<typeof protocolSchema>;
/** One clause of a protocol. */
export type Clause = Protocol['clauses'][number];
/** How the features of a study are named. */
export type FeatureSelector = Protocol['features'];
/** One model of the analysis. */
export type ModelSpec = Protocol['analysis']['models'][number];
/** One line of the table of participants. */
export type Characteristic = Protocol['characteristics'][number];
/** A clinical variable that models may use. */
export type ClinicalPredictor = Protocol['analysis']['clinical'][number];
/** One step of feature selection. */
export type SelectionRule = Protocol['analysis']['selection'][number];
/** One condition of eligibility. */
export type Criterion = Protocol['eligibility'][number];
/** The ComBat branch of the analysis settings. */
export type CombatSettings = Extract<Protocol['analysis']['harmonization'], { method: 'combat' }>;
