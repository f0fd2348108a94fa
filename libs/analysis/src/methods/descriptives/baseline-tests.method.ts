import type { Json } from '@cohortium/kernel';
import { adjustP, adjustments, columnCorrelations } from '@cohortium/statistics';
import type { RankRule } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { byKey, byName, columnQueries, groupingBy, num, rankKeys, rankRule, splitColumns, unitLeaves } from './column-program.js';
import type { Grouping } from './column-program.js';
import { categoricalTests } from './categorical-tests.js';
import { continuousTests } from './continuous-tests.js';
import type { ContinuousTests } from './continuous-tests.js';
import { matrixResult } from './correlation.method.js';

const params = z.strictObject({
  outcome: z
    .string()
    .describe(
      'Column of the groups that are compared, e.g. 0 and 1; first category against second. Tests of two samples need two categories',
    ),
  by: byKey
    .default('site')
    .describe(
      'Groups of the tests of several samples (Kruskal-Wallis, ANOVA, chi-square by site): "site" (shows figures of single sites), a column, or null for none',
    ),
  continuous: z.array(z.string()).optional().describe('Columns of numbers; all that are left where none is named'),
  categorical: z
    .array(z.string())
    .optional()
    .describe('Columns tested by category, coded numbers too; all columns of text that are left where none is named'),
  ...rankKeys,
  level: z.number().min(0.5).max(0.999).default(0.95).describe("Level of the limits of Fisher's odds ratio"),
  adjust_on: z
    .strictObject({
      continuous: z.enum(['wilcoxon', 'welch_t', 'student_t', 'ks']).default('wilcoxon').describe('p of columns of numbers'),
      categorical: z.enum(['chisq', 'fisher']).default('chisq').describe('p of categories'),
    })
    .prefault({})
    .describe('Which p values are adjusted together'),
  correlations: z.boolean().default(true).describe('Pearson and Spearman matrices of the columns of numbers'),
  missing: z
    .enum(['complete', 'pairwise'])
    .default('pairwise')
    .describe('Rows of the correlations: with every column, or with both of a pair'),
});
type Params = z.output<typeof params>;

/** The tests of a baseline table. */
export const baselineTests: Method<Params> = {
  name: 'baseline-tests',
  title: { en: 'tests of a baseline table: by outcome and by site', zh: '基线表检验：按结局与按中心' },
  params,
  leaves: unitLeaves(columnQueries, ['moments', 'cells', 'products', 'scores']),
  definition: ({ exact }) =>
    `As R 4.2: t.test, wilcox.test (W of the first group; normal approximation with and without continuity correction, ties corrected; exact p below 50 values a group without ties), kruskal.test, aov, oneway.test, ks.test (asymptotic), shapiro.test, chisq.test (without and with Yates), fisher.test (fisher_or and its limits with R's root search, which stops about 3e-5 early; fisher_or_exact without), p.adjust, cor. smd_pooled: second mean minus first over sqrt((v1 + v2) / 2). ${
      exact
        ? 'Ranks of the pooled values.'
        : 'Ranks on a grid of equal cells: W, KS and Kruskal-Wallis are those of the binned values; Shapiro-Wilk is not given.'
    }`,
  categories: ({ outcome, by, categorical = [] }) => [outcome, ...(by === null ? [] : [by]), ...categorical],
  run: async (context, given) => {
    const outcome = groupingBy('baseline-tests', context, given.outcome);
    const by = given.by === null ? null : groupingBy('baseline-tests', context, given.by);
    const { continuous, categorical } = splitColumns(context.table, given, [given.outcome, given.by]);
    const tests = await continuousTests(context, continuous, { outcome, by, ranks: rankRule(given) });
    const variables: Variables = {
      ...tests.variables,
      ...(await categoricalTests(context, categorical, { outcome, by, level: given.level })),
    };
    const matrices = given.correlations && continuous.length > 0 ? await correlationMatrices(context, continuous, given, tests) : {};
    const spearman = matrices.spearman_correlation;
    if (spearman) continuous.forEach((name, k) => (of(variables, name)['spearman_with_first'] = spearman.values[k]?.[0] ?? null));
    return {
      outcome: given.outcome,
      groups: [...outcome.labels],
      by: by ? [...by.labels] : null,
      variables,
      p_adjust: adjusted(variables, given, outcome),
      ...matrices,
    };
  },
};

type Variables = Readonly<Record<string, Record<string, Json>>>;

function of(variables: Variables, name: string): Record<string, Json> {
  return variables[name] as Record<string, Json>;
}

interface Matrices {
  readonly pearson_correlation?: ReturnType<typeof matrixResult>;
  readonly spearman_correlation?: ReturnType<typeof matrixResult>;
}

/** Where nothing is missing, pairs have the same rows and their ranks are known. */
async function correlationMatrices(
  { federation, scope }: MethodContext,
  columns: readonly string[],
  given: Params,
  { cells, hasGaps }: ContinuousTests,
): Promise<Matrices> {
  const missing = hasGaps ? given.missing : 'complete';
  const ranks: RankRule = hasGaps ? rankRule(given) : { kind: 'known', cells: [cells] };
  const spec = { federation, scope, queries: columnQueries, columns, missing };
  const pearson = await columnCorrelations(spec, { kind: 'pearson' });
  const spearman = await columnCorrelations(spec, { kind: 'spearman', ranks });
  return { pearson_correlation: matrixResult(columns, pearson.values), spearman_correlation: matrixResult(columns, spearman.values) };
}

/** One p value of each variable, adjusted together. */
function adjusted(variables: Variables, { adjust_on }: Params, { labels }: Grouping): Json {
  if (labels.length < 2) return null;
  const names = Object.keys(variables);
  const raw = names.map((name) => rawP(of(variables, name), adjust_on, labels.length));
  return {
    raw: byName(names, (_, k) => raw[k] ?? null),
    ...Object.fromEntries(adjustments.map((method) => [method, byName(names, (_, k) => adjustP(raw, method)[k] ?? null)])),
  };
}

/** With more than two groups, numbers take the p of Kruskal and Wallis (or of Welch's analysis of variance). */
function rawP(found: Record<string, Json>, { continuous, categorical }: Params['adjust_on'], groupCount: number): number | null {
  const inner = (key: string, name: string) => num((found[key] as Record<string, number> | null | undefined)?.[name]);
  if (found['kind'] === 'categorical') return num(found[categorical === 'chisq' ? 'p' : 'fisher_p'] as number | null);
  if (groupCount > 2) return inner(continuous === 'wilcoxon' || continuous === 'ks' ? 'kruskal_by_outcome' : 'welch_anova_by_outcome', 'p');
  if (continuous === 'wilcoxon') return num(found['wilcoxon_p_continuity'] as number | null);
  return continuous === 'ks' ? inner('ks', 'p_asymptotic') : inner(continuous, 'p');
}
