import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { exp } from '@cohortium/numerics';
import {
  commonConcordance,
  concordanceOf,
  coxRiskSumsQuery,
  coxScoresQuery,
  coxZphQuery,
  fitCox,
  fitPenalizedCox,
  levelCountsQuery,
  matrixMomentsQuery,
  prepareCox,
  riskCellsQuery,
  riskRecipe,
  riskScoreQueries,
  runOverSites,
  siteConcordanceQuery,
  survivalCellsQuery,
  survivalTimeQueries,
  tieRules,
} from '@cohortium/statistics';
import type { CoxFit, CoxSetting, SurvivalSpec, Term } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { orNull } from '../regression/coefficient-table.js';
import { designModel, modelCategories } from '../regression/model-design.js';
import { convergenceKeys, modelKeys } from '../regression/model-params.js';
import { linearPredictors } from '../regression/predictions.js';
import { chooseBaseline } from './cox-baseline.js';
import type { ChosenBaseline } from './cox-baseline.js';
import { baselineHazard } from './cox-hazard.js';
import { namedCox } from './cox-model.js';
import { coxResult, penalizedResult } from './cox-result.js';
import { proportionality } from './cox-zph.js';
import { survivalKeys, timeKeys } from './survival-params.js';

const { outcome: _outcome, site_effects: _site, formula: _formula, ...keys } = modelKeys;
const params = z.strictObject({
  formula: z
    .string()
    .optional()
    .describe('Model as in R: `Surv(days, event) ~ age + hr + strata(race)`; the left side may be missing where time and event are named'),
  ...keys,
  ...survivalKeys,
  strata: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe(
      'Strata with a baseline hazard each: `site` (risk sets stay at the sites), columns of categories, or `none` for a common baseline on shared times. Without it: none if a grid or exact_times is given, else site. strata() of the formula is added',
    ),
  ...timeKeys,
  ties: z.enum(tieRules).default('efron').describe('How tied events share a risk set'),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the intervals'),
  concordance: z
    .boolean()
    .default(true)
    .describe(
      'Concordance with its standard error: within strata where the baseline belongs to sites; over all participants only with exact_times, which then also discloses the order of all linear predictors',
    ),
  baseline_hazard: z
    .boolean()
    .default(false)
    .describe(
      'Also the cumulative baseline hazard (basehaz) of a common baseline, by stratum: with all columns 0 and at their means. Needs a grid or exact_times',
    ),
  zph: z
    .enum(['km', 'identity', 'log', 'none'])
    .default('km')
    .describe('Test of proportional hazards with this function of time (cox.zph); km needs a grid or exact_times'),
  penalty: z
    .strictObject({
      alpha: z.number().min(0).max(1).default(1).describe('1 lasso, 0 ridge'),
      lambda: z
        .union([z.number().min(0), z.array(z.number().min(0)).min(1).max(1000)])
        .describe('Penalties, all fitted in one set of rounds'),
      standardize: z.boolean().default(true).describe('Penalizes coefficients per SD (division by n), as glmnet does'),
    })
    .optional()
    .describe(
      'Elastic net: minimizes -log partial likelihood / n + lambda (alpha |b| + (1 - alpha) / 2 b^2); its coefficients have no standard errors',
    ),
  max_linear_predictor: z
    .number()
    .positive()
    .max(700)
    .default(30)
    .describe('Linear predictors (of centered columns) beyond this stop a fit'),
  ...convergenceKeys,
});
type Params = z.output<typeof params>;

/** Cox regression over secure sums: a baseline for each site, or a common one on shared times. */
export const cox: Method<Params> = {
  name: 'cox',
  title: {
    en: 'Cox proportional hazards regression, stratified by site or with a common baseline',
    zh: 'Cox 比例风险回归（按中心分层或共同基线）',
  },
  params,
  leaves: [
    { query: levelCountsQuery, shape: 'L: complete rows by level of the categories, if the model has such terms' },
    { query: matrixMomentsQuery, shape: '1 + 2p: rows, sums, sums of squares of p columns; twice, the second time centered' },
    {
      query: coxScoresQuery,
      shape: 'per model and round 4 + p + p(p + 1)/2: flag, rows, events, partial likelihood, score, information within sites',
    },
    {
      query: coxRiskSumsQuery,
      shape: 'per model and round about m (1 + p + p(p + 1)/2), twice for Efron: sums over risk sets and events at m times',
    },
    { query: coxZphQuery, shape: '2 + p + p(p + 1): score and information weighted by time, within sites' },
    { query: siteConcordanceQuery, shape: '7: concordant, discordant and tied pairs within sites, with the squares for the variance' },
    {
      query: survivalTimeQueries.cells,
      shape: 'counts of times between thresholds, until every distinct event time is known: only with exact_times',
    },
    { query: survivalCellsQuery, shape: 'strata x (2 m + 2): events and censored rows at m times' },
    {
      query: riskScoreQueries.cells,
      shape: 'counts of linear predictors between thresholds, until their order is known: only with exact_times',
    },
    {
      query: riskCellsQuery,
      shape: 'strata x 2 (m + 1) x distinct linear predictors: rows by time, event and risk: only with exact_times',
    },
  ],
  definition: describe,
  categories: (asked) => {
    const { strata, terms } = asked;
    const named = strata === undefined ? [] : typeof strata === 'string' ? [strata] : strata;
    const model = { ...asked, terms, site_effects: false, outcome: undefined };
    return [
      ...new Set([...modelCategories(model), ...named.filter((name) => name !== 'none' && name !== 'site'), ...namedCox(asked).strata]),
    ];
  },
  run,
  stays: (rows, _asked, estimates) => {
    const { coef, design } = estimates as unknown as Results;
    const columns: Record<string, Float64Array> = {};
    if (!coef) return columns;
    const eta = linearPredictors(
      rows,
      design.terms,
      design.names.map((name) => coef[name] ?? 0),
      null,
    );
    const middle = design.means.reduce((sum, mean, j) => sum + mean * (coef[design.names[j] as string] ?? 0), 0);
    columns['linear_predictor'] = eta.map((value) => value - middle);
    columns['risk'] = columns['linear_predictor'].map(exp);
    return columns;
  },
};

/** What {@link cox} reads back from its own results. */
interface Results {
  readonly coef: Readonly<Record<string, number | null>> | null;
  readonly design: { readonly names: readonly string[]; readonly terms: readonly Term[]; readonly means: readonly number[] };
}

async function run(context: MethodContext, asked: Params): Promise<Json> {
  const { federation, scope, table } = context;
  const { named, spec, strata } = namedCox(asked, table);
  const survival: SurvivalSpec = { ...spec, needs: [] };
  const design = await designModel(context, { ...named, formula: { ...named.formula, intercept: true } }, asked, [
    survival.time,
    survival.event.column,
    ...strata.columns,
  ]);
  const terms = design.columns.slice(1);
  const chosen = await chooseBaseline(context, asked, { ...survival, needs: [...design.reads] }, strata);
  const { ties, epsilon, max_rounds: maxRounds, max_linear_predictor: limit } = asked;
  const problem = { survival: chosen.survival, baseline: chosen.baseline, terms, ties, epsilon, maxRounds, limit };
  const setting = await runOverSites(prepareCox(problem), federation, scope);
  const shape = { names: terms.map(({ name }) => name), level: asked.level, ties };
  const head = {
    formula: design.text,
    ties,
    strata: [...(strata.bySite ? ['site'] : []), ...strata.columns],
    baseline: chosen.baseline.of === 'site' ? 'site' : chosen.rule,
  };
  const tail = { design: { names: shape.names, terms: terms as unknown as Json, means: [...setting.standard.mean.slice(1)] } };
  if (asked.penalty) {
    const { alpha, lambda, standardize } = asked.penalty;
    const fits = await runOverSites(
      fitPenalizedCox(setting, { alpha, lambdas: typeof lambda === 'number' ? [lambda] : lambda, standardize }),
      federation,
      scope,
    );
    return { ...head, n: setting.standard.rows, ...penalizedResult(fits, shape.names, asked.penalty), ...tail };
  }
  const fit = await runOverSites(fitCox(setting), federation, scope);
  return {
    ...head,
    ...coxResult(fit, shape),
    ...(asked.concordance && (await concordance(context, setting, fit, chosen))),
    ...(asked.zph !== 'none' && (await proportionality(context, setting, fit, chosen, design, asked.zph))),
    ...(asked.baseline_hazard && (await baselineHazard(context, setting, fit, strata.columns))),
    ...tail,
  };
}

async function concordance(
  { federation, scope }: MethodContext,
  setting: CoxSetting,
  fit: CoxFit,
  chosen: ChosenBaseline,
): Promise<Record<string, Json>> {
  const none = (reason: string) => ({ concordance: null, concordance_reason: reason });
  if (!fit.converged) return none('no fit');
  if (fit.rank === 0) return none('no columns');
  const recipe = new Frozen(riskRecipe(setting.model(fit.standard.coefficients)));
  if (chosen.baseline.of === 'all' && chosen.rule !== 'exact') return none('over all participants it needs exact_times');
  const sums =
    chosen.baseline.of === 'site'
      ? (await federation.sum(siteConcordanceQuery, { recipe }, scope)).value
      : await commonConcordance(federation, scope, recipe, chosen.baseline.times);
  if (sums === null) return none('too many distinct times and risks');
  const found = concordanceOf(sums);
  if (!found) return none('no two participants can be compared');
  return { concordance: [orNull(found.concordance), orNull(found.se)] };
}

function describe({ ties, strata, exact_times, grid, penalty, level }: Params): string {
  const shared = exact_times || grid !== undefined;
  const isSite = strata === undefined ? !shared : [strata].flat().includes('site');
  const baseline = isSite
    ? 'Each site (and stratum) keeps its own baseline hazard: R coxph(... + strata(site)); risk sets stay at the sites.'
    : exact_times
      ? 'A common baseline (of each stratum) at the observed event times: R coxph on the pooled table.'
      : 'A common baseline on a declared grid: R coxph on times rounded up to the grid, times beyond its end censored there.';
  if (penalty)
    return `Penalized Cox model, ties by ${ties}. ${baseline} Objective as in ?glmnet: -log partial likelihood / nobs + lambda * penalty.`;
  return `Cox proportional hazards, ties by ${ties}'s rule (R survival::coxph). ${baseline} Standard errors from the inverse information; ${100 * level} % intervals of hazard ratios by normal quantiles; likelihood-ratio, Wald and score tests; concordance with the infinitesimal jackknife (survival::concordance); score tests of proportional hazards (cox.zph of survival 3).`;
}
