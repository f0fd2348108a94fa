import { z } from 'zod';

/** Keys by which every regression names its model. */
export const modelKeys = {
  formula: z
    .string()
    .optional()
    .describe(
      'Model as in R: `pcr ~ hr + her2 + hr:her2 + site`. Operators + - : * / ^ %in%, -1, ., factor(x), offset(x), I(x^2), log(x); names with blanks, commas or brackets in backticks. `site` (or the name of the site column) is a fixed site effect',
    ),
  outcome: z.string().optional().describe('Column of the outcome, where no formula is given'),
  terms: z
    .array(z.string())
    .optional()
    .describe(
      'Columns or terms (`hr:her2`, `factor(grade)`) of the model beside the intercept, where no formula is given; their results carry these names',
    ),
  site_effects: z
    .boolean()
    .default(false)
    .describe(
      'Adds one indicator for each site but the first to the model. The sum of residuals and the rows of each site then follow from the totals',
    ),
  categories: z.array(z.string()).default([]).describe('Columns of numbers that are categories (a race code, a grade)'),
  reference: z
    .record(z.string(), z.string())
    .default({})
    .describe('Reference level by column of categories; the first level in sorted order where none is named'),
};

/** Keys of models with an outcome of two classes. */
export const positiveKey = {
  positive: z
    .union([z.string(), z.number()])
    .optional()
    .describe(
      'Cell of the outcome that counts as the event. Without it numbers must be 0 and 1 (or shares), and of two categories the second is the event',
    ),
};

/** Keys of models with prior weights and offsets. */
export const weightKeys = {
  weights: z.string().optional().describe('Column of prior weights, at least 0'),
  offset: z.string().optional().describe('Column that is added to the linear predictor with coefficient 1'),
};

/** How Newton's method ends. */
export const convergenceKeys = {
  epsilon: z
    .number()
    .positive()
    .default(1e-9)
    .describe('The fit has converged when the largest component of a Newton step, in coefficients per SD, is at most this'),
  max_rounds: z.int().min(1).max(1000).default(60).describe('Rounds of sums after which a fit that has not converged is given up'),
};

/** Model keys after parsing. */
export interface ModelKeys {
  readonly formula?: string | undefined;
  readonly outcome?: string | undefined;
  readonly terms?: readonly string[] | undefined;
  readonly site_effects: boolean;
  readonly categories: readonly string[];
  readonly reference: Readonly<Record<string, string>>;
}
