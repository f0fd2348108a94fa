import { adjustments, screenColumns, univariateTests } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { num, rankKeys, rankRule } from '../descriptives/column-program.js';
import { byHeldOut, selectionKeys, selectionLeaves, selectionSetup } from './selection-params.js';

const params = z.strictObject({
  outcome: z.string().describe('Column of two categories; statistics are first category against second'),
  ...selectionKeys,
  test: z
    .enum(univariateTests)
    .default('welch')
    .describe(
      'welch, student: t tests. wilcoxon: rank sum test with its AUC. score: score test of a logistic model with that column alone',
    ),
  adjust: z
    .enum([...adjustments, 'none'])
    .default('BH')
    .describe('Adjustment of p that the selection goes by; Holm and BH are always shown'),
  alpha: z.number().min(0).max(1).default(0.05).describe('Columns whose adjusted p is at most this are selected'),
  top: z.int().min(1).optional().describe('At most this many, smallest p first'),
  ...rankKeys,
});
type Params = z.output<typeof params>;

/** Tests of single columns against an outcome. */
export const univariate: Method<Params> = {
  name: 'univariate',
  title: { en: 'each column against the outcome, with Holm and Benjamini-Hochberg', zh: '单变量检验，含 Holm 与 Benjamini-Hochberg 校正' },
  params,
  leaves: selectionLeaves(['moments', 'cells']),
  definition: ({ test, adjust }) =>
    `${
      {
        welch: 'R t.test',
        student: 'R t.test(var.equal = TRUE)',
        wilcoxon:
          'R wilcox.test(exact = FALSE): W of the first category, ties corrected, continuity correction; auc: a value of the second exceeds one of the first',
        score: 'Score test of the slope of a logistic model with that column alone: n r^2, chi-square on 1 df',
      }[test]
    }, over rows that have the outcome and the column. Holm and BH over all columns with a p value; selected by ${adjust}. Equal p values keep the order of columns.`,
  categories: ({ outcome }) => [outcome],
  run: async (context, given) => {
    const { columns, heldOut, program } = selectionSetup('univariate', context, given, { outcome: given.outcome, complete: false });
    const { test, adjust, alpha, top } = given;
    const arms = await screenColumns(program, { test, ranks: rankRule(given), adjust, alpha });
    return byHeldOut(heldOut, arms, ({ results, kept }) => ({
      selected: kept.slice(0, top ?? kept.length).map((j) => columns[j] as string),
      tests: results.map((result, j) => ({
        column: columns[j] as string,
        statistic: num(result.statistic),
        df: num(result.df),
        p: num(result.p),
        holm: num(result.holm),
        bh: num(result.bh),
        adjusted: num(result.adjusted),
        ...(test === 'wilcoxon' && { auc: num(result.auc) }),
        ...(result.p === null && { reason: 'constantOrTooFew' }),
      })),
    }));
  },
};
