import { z } from 'zod';

/** Parameters of `glmnet`. */
export const glmnetParams = z.strictObject({
  family: z.enum(['binomial', 'gaussian', 'poisson', 'multinomial']).default('binomial').describe('Kind of outcome'),
  type_multinomial: z
    .enum(['ungrouped', 'grouped'])
    .default('ungrouped')
    .describe('grouped: one penalty on the coefficients of a column over all classes'),
  outcome: z.string().describe('Column of the outcome: numbers, or a category'),
  positive: z
    .union([z.string(), z.number()])
    .optional()
    .describe('Value or level that counts as the event of a binomial outcome; 1, or the second level, where none is named'),
  features: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Columns of numbers; all of them but outcome, weights, offset and folds where none is named'),
  alpha: z.number().min(0).max(1).default(1).describe('1 lasso, 0 ridge'),
  lambda: z
    .array(z.number().min(0))
    .min(1)
    .max(1000)
    .optional()
    .describe('Penalties; a path from the largest that matters where none is given'),
  nlambda: z.int().min(2).max(1000).default(100).describe('Penalties of a path'),
  lambda_min_ratio: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('Smallest over largest penalty of a path; 1e-4, or 0.01 with more columns than rows, where none is given'),
  standardize: z
    .boolean()
    .default(true)
    .describe('Penalize coefficients per SD (division by n); coefficients are reported on the input scale'),
  intercept: z.boolean().default(true).describe('Whether the model has an intercept'),
  coefficients: z
    .enum(['dense', 'sparse'])
    .default('dense')
    .describe('dense: a table of all coefficients by penalty; sparse: those that are not zero, by name'),
  penalty_factor: z
    .union([z.array(z.number().min(0)), z.record(z.string(), z.number().min(0))])
    .optional()
    .describe(
      'Weight of each penalty, in the order of features or by name (1 for the others): 0 leaves a column free; scaled to sum to their number, as glmnet does',
    ),
  exclude: z.array(z.string()).default([]).describe('Columns whose coefficients stay at zero'),
  adaptive: z
    .strictObject({
      gamma: z.number().gt(0).default(1).describe('Exponent of the weights'),
      from: z.enum(['ridge', 'ols']).default('ridge').describe('ols: a fit without penalty gives the weights'),
      lambda: z.number().gt(0).default(0.01).describe('Penalty of the ridge fit that gives the weights'),
    })
    .optional()
    .describe('Adaptive weights 1 / |b|^gamma from a ridge fit (Zou 2006, doi 10.1198/016214506000000735), b per SD'),
  weights: z.string().optional().describe('Column of case weights'),
  offset: z.string().optional().describe('Column that is added to the linear predictor'),
  gaussian_penalty: z
    .enum(['glmnet', 'objective'])
    .default('glmnet')
    .describe(
      'glmnet: with a Gaussian outcome the ridge part is that of the R package, which standardizes the outcome; objective: the documented objective',
    ),
  cv: z
    .strictObject({
      folds: z.int().min(3).max(100).default(10).describe('Participant folds: SHA-256(seed || participant), dealt within each site'),
      seed: z.string().default('cohortium').describe('Seed of the participant folds'),
      foldid: z
        .union([z.string(), z.array(z.union([z.number(), z.string()]))])
        .optional()
        .describe('Column of folds instead, or the fold of every row of the file'),
      by_site: z.boolean().default(false).describe('Sites are the folds'),
      type: z
        .enum(['deviance', 'class', 'auc', 'mse', 'mae'])
        .default('deviance')
        .describe('What folds are compared by (type.measure); for a Gaussian outcome deviance is the mean squared error'),
      auc_bins: z
        .int()
        .min(10)
        .max(100_000)
        .default(1000)
        .describe(
          'Cells in which the linear predictors of the rows left out are counted for type auc; cvm_bound says how far cvm can be off',
        ),
      paths: z
        .enum(['common', 'own'])
        .optional()
        .describe(
          'own: without lambda each fold has a path of its own penalties, between which its coefficients are interpolated (what cv.glmnet does, and the default there); common: every fold is fitted at the penalties of the whole',
        ),
    })
    .optional()
    .describe('Cross-validation over the same penalties, folds and penalties in one vector'),
  tolerance: z
    .number()
    .gt(0)
    .optional()
    .describe('Largest violation of the optimality conditions, per SD: 1e-7 on a path, 1e-9 at given penalties'),
  max_rounds: z.int().min(10).max(10_000).default(1000).describe('Rounds after which a fit has failed'),
  max_linear_predictor: z
    .number()
    .gt(1)
    .max(700)
    .default(100)
    .describe('Linear predictors beyond it end a path: separation, or a participant far from all others'),
});
/** See {@link glmnetParams}. */
export type GlmnetParams = z.output<typeof glmnetParams>;
