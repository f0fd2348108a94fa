import { foldMomentsQuery, matrixMomentsQuery, penalizedScoresQuery, penalizedSumsQuery, selectByStability } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { needColumn, numberColumns } from '../params.js';
import { byName, num, refused } from '../descriptives/column-program.js';

const params = z.strictObject({
  outcome: z.string().describe('Column of two categories; the second is the event'),
  columns: z.array(z.string()).min(1).optional().describe('Candidate columns of numbers; all of them where none is named'),
  alpha: z.number().gt(0).max(1).default(1).describe('Mixing of the penalty: 1 for the lasso'),
  lambda_count: z.int().min(2).max(200).default(10).describe('Penalties, evenly spaced on the log scale'),
  lambda_min_ratio: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.1)
    .describe('Smallest penalty as a share of the largest, which selects nothing on all rows'),
  pairs: z
    .int()
    .min(1)
    .max(500)
    .default(25)
    .describe('Pairs of complementary halves; twice as many subsamples. Each pair costs the rounds of a fit'),
  seed: z
    .string()
    .default('stability')
    .describe('Participants fall into halves by SHA-256 of it, the pair and their pseudonym, within each site'),
  threshold: z.number().min(0).max(1).default(0.7).describe('Share of the subsamples that must select a column'),
  tolerance: z.number().positive().default(1e-8).describe('Largest violation of the optimality conditions of a fit'),
  max_rounds: z.int().min(1).default(500).describe('Rounds after which a fit is an error'),
});
type Params = z.output<typeof params>;

/** Columns that many subsamples select. */
export const stabilitySelection: Method<Params> = {
  name: 'stability-selection',
  title: { en: 'columns that an elastic net selects in many subsamples', zh: '稳定性选择：弹性网在多数子样本中选中的特征' },
  params,
  leaves: [
    { query: matrixMomentsQuery, shape: '1 + 2p: rows, sums, sums of squares of p columns; twice, the second time centered' },
    { query: foldMomentsQuery, shape: 'per half: rows, outcome and column moments' },
    { query: penalizedSumsQuery, shape: 'second derivatives of the loss among the columns that are in play' },
    { query: penalizedScoresQuery, shape: 'per model: loss and slopes by column' },
  ],
  definition: ({ alpha, pairs, threshold }) =>
    `Meinshausen & Bühlmann 2010 with the complementary pairs of Shah & Samworth 2013: logistic elastic net (alpha ${alpha}, glmnet objective, standardized) on ${2 * pairs} halves of the participants, at the penalties of a path on all rows. frequency: largest share of halves with a coefficient that is not zero at one penalty; selected: at least ${threshold}. expected_false_bound: q^2 / ((2 threshold - 1) p), q being the mean number of columns that a half selects at any penalty.`,
  categories: ({ outcome }) => [outcome],
  run: async ({ federation, scope, table }, given) => {
    const columns = numberColumns(table, given.columns, [given.outcome]);
    if (columns.length === 0 || columns.includes(given.outcome))
      throw refused('stability-selection', 'name candidate columns of numbers other than the outcome');
    const { levels } = needColumn(table, given.outcome);
    if (levels.length !== 2)
      throw refused('stability-selection', `the outcome "${given.outcome}" has ${levels.length} categories; two are needed`);
    const found = await selectByStability({
      federation,
      scope,
      columns,
      outcome: { column: given.outcome, classes: [0, 1] },
      alpha: given.alpha,
      lambda: { count: given.lambda_count, minRatio: given.lambda_min_ratio },
      pairs: given.pairs,
      seed: given.seed,
      threshold: given.threshold,
      tolerance: given.tolerance,
      maxRounds: given.max_rounds,
    });
    return {
      selected: found.kept.map((j) => columns[j] as string),
      frequency: byName(columns, (_, j) => found.frequency[j] as number),
      path: found.path.map(({ lambda, subsamples, frequency }) => ({ lambda, subsamples, frequency: Array.from(frequency) })),
      mean_selected: found.meanSelected,
      expected_false_bound: num(found.falseBound),
      ...(found.falseBound === null && { reason: 'thresholdUpToOneHalf' }),
    };
  },
};
