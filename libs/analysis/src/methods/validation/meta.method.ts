import type { Json } from '@cohortium/kernel';
import { exp, ln, logistic, logit } from '@cohortium/numerics';
import { eggerTest, fewSites, heterogeneityInterval, leaveOneOut, metaAnalysis } from '@cohortium/validation';
import type { Interval, MetaAnalysis, RootSearch, SiteEstimates } from '@cohortium/validation';
import { z } from 'zod';
import type { Method } from '../method.js';
import type { SummaryTable } from '../summary-table.js';
import { because, bounds, num, nums } from './json.js';
import { refuse } from './score-params.js';

const methods = z.enum(['REML', 'DL', 'PM', 'ML', 'SJ', 'HE', 'HS', 'EE']);
const tests = z.enum(['z', 'knha', 'hksj-floor']);
const params = z.strictObject({
  yi: z.string().default('yi').describe('Column of the estimates of the sites'),
  sei: z.string().default('sei').describe('Column of their standard errors'),
  vi: z.string().optional().describe('Column of their variances, in place of standard errors'),
  transform: z
    .enum(['none', 'logit', 'log'])
    .default('none')
    .describe(
      'Scale of the analysis. logit (AUC, sensitivity) and log (O/E): estimates and standard errors are transformed, results are also given back on their own scale; none: as they are',
    ),
  methods: z
    .array(methods)
    .min(1)
    .default(['REML', 'DL', 'PM', 'ML', 'EE'])
    .describe(
      'Estimators of tau2, named as in metafor: SJ Sidik-Jonkman, HE Hedges, HS Hunter-Schmidt; EE: one effect for all sites (also called FE)',
    ),
  level: z.number().min(0.5).max(0.999).default(0.95).describe('Level of the intervals'),
  tests: z
    .array(tests)
    .min(1)
    .default(['z', 'knha', 'hksj-floor'])
    .describe(
      'Tests and intervals: z normal; knha Hartung-Knapp as metafor, may be narrower than z; hksj-floor the same with its factor at least 1 (adhoc in metafor)',
    ),
  roots: z
    .enum(['metafor', 'exact'])
    .default('metafor')
    .describe(
      "How PM and Q-profile roots are searched: metafor is R's uniroot with its default tolerance 2^-13, so that figures equal metafor's; exact goes to the last bits",
    ),
});
type Params = z.output<typeof params>;

/** Random-effects meta-analysis of site results. */
export const meta: Method<Params> = {
  name: 'meta',
  title: { en: 'random-effects meta-analysis of site results', zh: '中心结果的随机效应荟萃分析' },
  input: 'summaries',
  params,
  leaves: [],
  definition: ({ roots, level }) =>
    `metafor 3.8 rma.uni. tau2: REML and ML by Fisher scoring to convergence, DL, PM, SJ, HE, HS by their formulas; ${100 * level} % intervals; SE of tau2 as there; I2 and H2 from tau2 and the typical variance (k - 1) / tr(P) (EE: from Q). knha: Hartung-Knapp, t with k - 1 df; hksj-floor: variance factor at least 1. prediction_interval_metafor: quantile of the test (t with k - 1 df, or normal); prediction_interval_t_k_minus_2: t with k - 2 df (Higgins, Thompson & Spiegelhalter); none below 3 sites. Q-profile intervals of tau2; roots ${roots === 'metafor' ? 'with the tolerance of metafor' : 'exact'}. Egger: regtest(model = "lm").`,
  run: ({ summaries }, p) => Promise.resolve(analyze(summaries as SummaryTable, p)),
};

function analyze(table: SummaryTable, p: Params): Json {
  const { labels, sites, leftOut } = readSites(table, p);
  if (labels.length === 0) throw refuse('no row has an estimate and a positive standard error');
  const reml = metaAnalysis(sites, 'REML', 'z', p.roots);
  const combinations = p.methods.flatMap((method) => (method === 'EE' ? (['z'] as const) : p.tests).map((test) => ({ method, test })));
  const fits = combinations.map(({ method, test }): [string, Json] => [
    `${method}_${test}`,
    fitResult(metaAnalysis(sites, method, test, p.roots, p.level), p),
  ]);
  return {
    k: labels.length,
    labels,
    left_out: leftOut,
    ...because(labels.length < fewSites.few ? 'fewSites' : undefined),
    fits: Object.fromEntries(fits),
    reml_qprofile_ci: qProfileResult(sites, reml, p),
    leave_one_out_reml:
      labels.length < 3 ? { left_out: labels, estimate: null, reason: 'fewSites' } : leaveOneOutResult(sites, labels, p.roots),
    egger_lm: eggerResult(sites),
  };
}

function readSites(table: SummaryTable, { yi, sei, vi, transform }: Params): { labels: string[]; sites: SiteEstimates; leftOut: string[] } {
  const estimates = table.column(yi);
  const variances = vi === undefined ? table.column(sei).map((s) => (s > 0 ? s * s : NaN)) : table.column(vi);
  const rows = table.labels.map((label, i) => ({ label, ...onScale(estimates[i] as number, variances[i] as number, transform) }));
  const usable = ({ y, v }: (typeof rows)[number]) => Number.isFinite(y) && v > 0;
  const kept = rows.filter(usable);
  return {
    labels: kept.map(({ label }) => label),
    sites: { yi: Float64Array.from(kept, ({ y }) => y), vi: Float64Array.from(kept, ({ v }) => v) },
    leftOut: rows.filter((row) => !usable(row)).map(({ label }) => label),
  };
}

/** An estimate and its variance on the scale of the analysis, by the delta method. */
function onScale(y: number, v: number, transform: Params['transform']): { readonly y: number; readonly v: number } {
  if (transform === 'logit') return { y: logit(y), v: v / (y * (1 - y)) ** 2 };
  return transform === 'log' ? { y: ln(y), v: v / (y * y) } : { y, v };
}

function fitResult(fit: MetaAnalysis, { transform, level }: Pick<Params, 'transform' | 'level'>): Json {
  const ci = `ci${Number((100 * level).toPrecision(4))}`;
  const back = (x: number) => (transform === 'logit' ? logistic(x) : exp(x));
  const backBounds = (interval: Interval | null): Json => (interval ? [num(back(interval.low)), num(back(interval.high))] : null);
  return {
    method: fit.method,
    test: fit.test,
    k: fit.k,
    estimate: num(fit.estimate),
    se: num(fit.standardError),
    stat: num(fit.statistic),
    p: num(fit.p),
    [ci]: bounds(fit.interval),
    df: fit.test === 'z' ? null : fit.k - 1,
    tau2: num(fit.tau2),
    tau2_se: num(fit.tau2StandardError),
    i2_percent: num(fit.i2),
    h2: num(fit.h2),
    q: num(fit.q),
    q_p: num(fit.qP),
    variance_factor: num(fit.varianceFactor),
    prediction_interval_metafor: bounds(fit.predictionOfTest),
    prediction_interval_t_k_minus_2: bounds(fit.predictionKMinus2),
    weights_percent: nums(fit.weights),
    ...(transform !== 'none' && {
      own_scale: {
        estimate: num(back(fit.estimate)),
        [ci]: backBounds(fit.interval),
        prediction_interval_metafor: backBounds(fit.predictionOfTest),
        prediction_interval_t_k_minus_2: backBounds(fit.predictionKMinus2),
      },
    }),
    ...because(fit.k < fewSites.noPrediction ? 'fewSites' : undefined),
  };
}

function qProfileResult(sites: SiteEstimates, fit: MetaAnalysis, { roots, level }: Pick<Params, 'roots' | 'level'>): Json {
  const interval = heterogeneityInterval(sites, fit, roots, level);
  const estimates = [fit.tau2, Math.sqrt(fit.tau2), fit.i2, fit.h2];
  const ends = interval && [interval.tau2, interval.tau, interval.i2, interval.h2];
  return {
    rows: ['tau^2', 'tau', 'I^2(%)', 'H^2'],
    cols: ['estimate', 'ci.lb', 'ci.ub'],
    values: estimates.map((estimate, k) => [num(estimate), num(ends?.[k]?.[0]), num(ends?.[k]?.[1])]),
    ...because(interval ? (interval.upperIsAtLeast ? 'upper bound of the search reached: the true one is larger' : undefined) : 'fewSites'),
  };
}

function leaveOneOutResult(sites: SiteEstimates, labels: readonly string[], roots: RootSearch): Json {
  const fits = leaveOneOut(sites, 'REML', 'z', roots);
  return {
    left_out: [...labels],
    estimate: fits.map(({ estimate }) => num(estimate)),
    se: fits.map(({ standardError }) => num(standardError)),
    tau2: fits.map(({ tau2 }) => num(tau2)),
    i2: fits.map(({ i2 }) => num(i2)),
  };
}

function eggerResult(sites: SiteEstimates): Json {
  const test = eggerTest(sites);
  if (!test) return { t: null, df: null, p: null, reason: 'fewSites' };
  return { t: num(test.t), df: test.df, p: num(test.p), slope: num(test.slope), se: num(test.standardError) };
}
