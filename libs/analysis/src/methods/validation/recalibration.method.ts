import { columnOf } from '@cohortium/federation';
import type { CohortRows } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import { logistic, logit } from '@cohortium/numerics';
import { calibrationTasks, closedTest, fitCurves, slopeModel, waldEstimate } from '@cohortium/validation';
import type { CurveFit, LikelihoodRatio, SiteFigures, UpdateChoice } from '@cohortium/validation';
import { z } from 'zod';
import type { Method, StayingColumns } from '../method.js';
import { because, bounds, byName, num } from './json.js';
import { columnQueries, eachOutcome, evaluationOf, leavesOf, probabilityShape, scoreEntries, scoreNames } from './score-params.js';
import { bySite, shown, siteSummaries } from './site-results.js';

const params = z.strictObject({
  ...probabilityShape,
  outcome: z.string().describe('Outcome column'),
  perSite: z
    .boolean()
    .default(true)
    .describe('The same updates for each site from its own rows, labeled as updated at site (a site summary)'),
  minimumEvents: z.int().min(1).default(20).describe('Smallest class for which a site is updated'),
  infinite: z
    .enum(['refuse', 'omit'])
    .default('refuse')
    .describe('Probabilities of exactly 0 or 1: no update, or an update without these participants'),
});
type Params = z.output<typeof params>;

const choices: readonly UpdateChoice[] = ['original', 'intercept', 'recalibration'];

/** How predicted probabilities are updated to new sites. */
export const recalibration: Method<Params> = {
  name: 'recalibration',
  title: {
    en: 'recalibration: intercept, logistic recalibration, closed test; per site and pooled',
    zh: '再校准：截距、logistic 再校准与闭合检验；逐中心与合并',
  },
  params,
  leaves: leavesOf('probabilitySums', 'curveSums', 'siteCalibration'),
  definition: () =>
    'intercept_only: log odds + a; logistic_recalibration: a + b log odds, by maximum likelihood. closed_test (Vergouwe et al. 2017, score-based part): recalibration against original (2 df), then against intercept only (1 df), level 0.05; the smallest update that is not rejected. Re-estimated predictor coefficients need the predictors and are not offered here. With --rows: probabilities updated by the pooled and by the site choice.',
  run: (context, p) =>
    eachOutcome(p, async (outcome): Promise<Record<string, Json>> => {
      const names = scoreNames(p);
      const evaluation = evaluationOf(context, scoreEntries(context.table, p, outcome));
      const { source, entryCount } = evaluation;
      const { federation, scope } = context;
      const { value: sums } = await federation.sum(columnQueries.probabilitySums, { source, entryCount }, scope);
      const tasks = sums.map((own, k) => calibrationTasks(own, k, p.infinite));
      const fits = await fitCurves(
        evaluation,
        tasks.flatMap(({ shift, line }) => [shift, line]),
      );
      const pooled = byName(names, (_, k) => ({
        n: sums[k]?.participants ?? 0,
        events: sums[k]?.events ?? 0,
        ...updateResult(fits[2 * k] as CurveFit, fits[2 * k + 1] as CurveFit),
      }));
      if (!p.perSite) return { scores: pooled };
      const asked = { source, minimumEvents: p.minimumEvents, infinite: p.infinite, smooth: false };
      const sites = siteSummaries(await federation.summaries(columnQueries.siteCalibration, asked, scope));
      return { scores: pooled, per_site: byName(names, (_, k) => bySite(sites, k, siteUpdate)) };
    }),
  stays: (rows, p, estimates) => updatedProbabilities(rows, p, estimates),
};

function updateResult(shift: CurveFit, line: CurveFit): Record<string, Json> {
  const large = shift.state === 'ok' ? waldEstimate(shift.coefficients[0] as number, shift.covariance[0] as number) : null;
  const model = line.state === 'ok' ? slopeModel(line) : null;
  const test = shift.state === 'ok' && line.state === 'ok' ? closedTest(shift, line) : null;
  const ratio = (of: LikelihoodRatio | undefined): Json => (of ? { chisq: num(of.statistic), df: of.df, p: num(of.p) } : null);
  return {
    intercept_only: {
      intercept: num(large?.estimate),
      se: num(large?.standardError),
      ci95: bounds(large?.interval),
      ...because(shift.state === 'error' ? shift.reason : undefined),
    },
    logistic_recalibration: {
      intercept: num(model?.intercept.estimate),
      intercept_se: num(model?.intercept.standardError),
      slope: num(model?.slope.estimate),
      slope_se: num(model?.slope.standardError),
      slope_ci95: bounds(model?.slope.interval),
      ...because(line.state === 'error' ? line.reason : undefined),
    },
    closed_test: {
      against_original: ratio(test?.againstOriginal),
      against_intercept: ratio(test?.againstIntercept),
      choice: test?.choice ?? null,
    },
  };
}

function siteUpdate(figures: SiteFigures): Json {
  const choice = shown(figures, 'closedTestChoice');
  const reason = figures['slope']?.state === 'ok' ? undefined : (figures['slope']?.reason ?? 'tooFewEvents');
  return {
    label: 'updated at site',
    n: shown(figures, 'participants'),
    events: shown(figures, 'events'),
    intercept_only: { intercept: shown(figures, 'largeEstimate'), se: shown(figures, 'largeSe') },
    logistic_recalibration: {
      intercept: shown(figures, 'intercept'),
      intercept_se: shown(figures, 'interceptSe'),
      slope: shown(figures, 'slope'),
      slope_se: shown(figures, 'slopeSe'),
    },
    closed_test: {
      p_against_original: shown(figures, 'closedTestLarge'),
      p_against_intercept: shown(figures, 'closedTestSlope'),
      choice: choice === null ? null : (choices[choice] ?? null),
    },
    ...because(reason),
  };
}

/** The parts of an update that probabilities are made from. */
interface Update {
  readonly intercept_only: { readonly intercept: number | null };
  readonly logistic_recalibration: { readonly intercept: number | null; readonly slope: number | null };
  readonly closed_test: { readonly choice: UpdateChoice | null };
}

function updatedProbabilities(rows: CohortRows, p: Params, estimates: Json): StayingColumns {
  const { scores, per_site: sites } = estimates as unknown as {
    scores: Record<string, Update>;
    per_site?: Record<string, Record<string, Update>>;
  };
  const site = rows.sites[0] as string;
  const out: Record<string, Float64Array> = {};
  for (const name of scoreNames(p)) {
    const column = columnOf(rows, name);
    if (!column) continue;
    const linear = p.scale === 'logit' ? column : column.map(logit);
    out[`${name} pooled`] = update(linear, scores[name]);
    const own = sites?.[name]?.[site];
    if (own) out[`${name} site`] = update(linear, own);
  }
  return out;
}

function update(linear: Float64Array, chosen: Update | undefined): Float64Array {
  const { intercept_only: shift, logistic_recalibration: line, closed_test: test } = chosen ?? {};
  const eta = (x: number): number => {
    if (test?.choice === 'original') return x;
    if (test?.choice === 'intercept') return x + (shift?.intercept ?? NaN);
    return test?.choice === 'recalibration' ? (line?.intercept ?? NaN) + (line?.slope ?? NaN) * x : NaN;
  };
  return linear.map((x) => logistic(eta(x)));
}
