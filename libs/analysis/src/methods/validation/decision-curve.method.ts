import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { defaultStrategies, netBenefit, netBenefitDifference, nextUp, sumOf, validationErrors } from '@cohortium/validation';
import type { JointCounts, NetBenefit, ThresholdCounts } from '@cohortium/validation';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { bounds, byName, num } from './json.js';
import {
  columnQueries,
  eachOutcome,
  evaluationOf,
  leavesOf,
  pairsOf,
  pairsSchema,
  probabilityShape,
  refuse,
  scoreEntries,
  scoreNames,
} from './score-params.js';
import { shown, siteThresholdSummaries } from './site-results.js';
import type { SiteSummaries } from './site-results.js';

const threshold = z.number().gt(0).lt(1);
const params = z.strictObject({
  ...probabilityShape,
  missing: z
    .enum(['jointly', 'perScore'])
    .default('jointly')
    .describe('Rows without a score: left out of all scores, so that every curve is of the same participants, or of that score only'),
  thresholds: z
    .union([z.array(threshold).min(1).max(1000), z.strictObject({ from: threshold, to: threshold, by: z.number().gt(0) })])
    .default({ from: 0.01, to: 0.6, by: 0.01 })
    .describe('Threshold probabilities, as agreed with clinicians beforehand: a list, or from, to and by'),
  compare: z.boolean().default(true).describe('Differences of net benefit between pairs of scores, with intervals'),
  pairs: pairsSchema,
  perSite: z.boolean().default(false).describe('Net benefit of each site (a site summary)'),
  bootstrap: z
    .strictObject({
      replicates: z.int().min(10).max(100_000).describe('Number of resamples'),
      seed: z
        .int()
        .min(0)
        .max(2 ** 32 - 1)
        .describe('Seed of the resampling'),
    })
    .optional()
    .describe(
      'Resamples sites with replacement: intervals that hold for other sites, and the share of resamples in which the score beats both defaults (needs the site summaries; few sites make it unreliable)',
    ),
});
type Params = z.output<typeof params>;

/** Decision curves. */
export const decisionCurve: Method<Params> = {
  name: 'decision-curve',
  title: {
    en: 'decision curves: net benefit of scores, of treating all and of treating none',
    zh: '决策曲线：模型、全部治疗与全不治疗的净获益',
  },
  params,
  leaves: leavesOf('cells', 'joint', 'siteThresholds'),
  definition: () =>
    'Net benefit = TP / N - FP / N t / (1 - t), positive where probability >= t (dcurves::dca); standardized: over the share of events; interventions avoided: (net benefit - that of treating all) (1 - t) / t per participant. ci95: normal, from the variance of what each participant adds. No claim follows from curves that cross without an interval: see over_all and differences.',
  run: (context, p) =>
    eachOutcome(p, async (outcome): Promise<Record<string, Json>> => {
      const names = scoreNames(p);
      const cuts = thresholdList(p);
      const { source } = evaluationOf(context, scoreEntries(context.table, p, outcome));
      // Cells beyond 0 and 1 must be empty: no threshold is a probability of such a score.
      const edges = new Frozen(names.map(() => Float64Array.of(0, ...cuts, nextUp(1))));
      const { value } = await context.federation.sum(columnQueries.cells, { source, edges }, context.scope);
      const counts = value.map(({ positives, negatives }) => countsAt(withinUnit(positives), withinUnit(negatives), cuts));
      const sites =
        p.perSite || p.bootstrap
          ? siteThresholdSummaries(await context.federation.summaries(columnQueries.siteThresholds, { source, cuts }, context.scope))
          : null;
      return {
        thresholds: [...cuts],
        curve: curveRows(names, counts),
        ...(p.compare && names.length > 1 && { differences: await differences(context, source, names, cuts, p) }),
        ...(sites && p.perSite && { per_site: siteCurves(sites, names, cuts) }),
        ...(sites && p.bootstrap && { site_bootstrap: siteBootstrap(sites, names, cuts, p.bootstrap) }),
      };
    }),
};

/** Counts between 0 and 1. @throws `VALIDATION.NOT_PROBABILITIES` where there are others */
function withinUnit(counts: Float64Array): Float64Array {
  if ((counts[0] as number) + (counts[counts.length - 1] as number) > 0) throw validationErrors.error('VALIDATION.NOT_PROBABILITIES');
  return counts.subarray(1, counts.length - 1);
}

/** Decimals to which steps are cleaned: 0.01 + 0.06 is 0.07. */
const cleanDecimals = 1e10;

function thresholdList({ thresholds }: Params): Float64Array {
  if (Array.isArray(thresholds)) return Float64Array.from(new Set(thresholds)).sort();
  const { from, to, by } = thresholds;
  const steps = Math.floor((to - from) / by + 1e-9);
  if (steps < 0 || steps > 1000) throw refuse('thresholds do not ascend in at most 1000 steps');
  return Float64Array.from({ length: steps + 1 }, (_, k) => Math.round((from + k * by) * cleanDecimals) / cleanDecimals);
}

function countsAt(positives: Float64Array, negatives: Float64Array, cuts: Float64Array): ThresholdCounts[] {
  const events = sumOf(positives);
  const participants = events + sumOf(negatives);
  return Array.from(cuts, (threshold, k) => ({
    threshold,
    participants,
    events,
    truePositives: sumOf(positives.subarray(k + 1)),
    falsePositives: sumOf(negatives.subarray(k + 1)),
  }));
}

/** Rows in the order of the reference tables: treating all, treating none, then the scores. */
function curveRows(names: readonly string[], counts: readonly (readonly ThresholdCounts[])[]): Json {
  const defaults = (counts[0] ?? []).map(({ threshold, participants, events }) => defaultStrategies(threshold, participants, events));
  return [
    ...defaults.map(({ all }) => curveRow('all', all)),
    ...defaults.map(({ none }) => curveRow('none', none)),
    ...names.flatMap((name, k) => (counts[k] ?? []).map((own) => curveRow(name, netBenefit(own)))),
  ];
}

function curveRow(variable: string, row: NetBenefit): Json {
  return {
    variable,
    threshold: row.threshold,
    pos_rate: num(row.posRate),
    tp_rate: num(row.tpRate),
    fp_rate: num(row.fpRate),
    net_benefit: num(row.netBenefit),
    ci95: bounds(row.interval),
    standardized_net_benefit: num(row.standardized),
    interventions_avoided: num(row.interventionsAvoided),
    over_all: num(row.overAll),
    over_all_ci95: bounds(row.overAllInterval),
  };
}

async function differences(
  { federation, scope }: MethodContext,
  source: Parameters<typeof columnQueries.joint.local>[1]['source'],
  names: readonly string[],
  cuts: Float64Array,
  p: Params,
): Promise<Json> {
  const pairs = pairsOf(names, p.pairs);
  const tables = pairs.flatMap(([first, second]) =>
    Array.from(cuts, (cut) => ({ first, second, firstEdges: Float64Array.of(cut), secondEdges: Float64Array.of(cut) })),
  );
  const { value } = await federation.sum(columnQueries.joint, { source, tables }, scope);
  return byName(
    pairs.map(([a, b]) => `${names[a]} vs ${names[b]}`),
    (_, k) =>
      Array.from(cuts, (cut, c) => {
        const { positives, negatives } = value[k * cuts.length + c] as JointCounts;
        // Cells: 0 neither, 1 second only, 2 first only, 3 both.
        const alone = (counts: Float64Array): [number, number] => [counts[2] as number, counts[1] as number];
        const { difference, interval } = netBenefitDifference(cut, sumOf(positives) + sumOf(negatives), alone(positives), alone(negatives));
        return { threshold: cut, difference: num(difference), ci95: bounds(interval) };
      }),
  );
}

/** Counts of one site; null where a cell is not shown. */
function siteCounts(sites: SiteSummaries, site: string, entry: number, cuts: Float64Array): (ThresholdCounts | null)[] {
  const figures = sites.get(site)?.[entry] ?? {};
  const participants = shown(figures, 'participants');
  const events = shown(figures, 'events');
  return Array.from(cuts, (threshold, k) => {
    const truePositives = shown(figures, `tp ${k}`);
    const falsePositives = shown(figures, `fp ${k}`);
    if (participants === null || events === null || truePositives === null || falsePositives === null) return null;
    return { threshold, participants, events, truePositives, falsePositives };
  });
}

function siteCurves(sites: SiteSummaries, names: readonly string[], cuts: Float64Array): Json {
  return byName(names, (_, k) =>
    byName([...sites.keys()], (site) =>
      siteCounts(sites, site, k, cuts).map((counts, c): Json => {
        const row = counts && netBenefit(counts);
        return row
          ? {
              threshold: row.threshold,
              net_benefit: num(row.netBenefit),
              ci95: bounds(row.interval),
              standardized_net_benefit: num(row.standardized),
            }
          : { threshold: cuts[c] as number, net_benefit: null, reason: 'smallCell' };
      }),
    ),
  );
}

/** Percentile intervals over resampled sites; the same resamples for every score and threshold. */
function siteBootstrap(
  sites: SiteSummaries,
  names: readonly string[],
  cuts: Float64Array,
  { replicates, seed }: { replicates: number; seed: number },
): Json {
  const codes = [...sites.keys()];
  const random = new SeededRandom(seed);
  const draws = Array.from({ length: replicates }, () => codes.map(() => random.below(codes.length)));
  return byName(names, (_, k) => {
    const counts = codes.map((site) => siteCounts(sites, site, k, cuts));
    return Array.from(cuts, (threshold, c): Json => {
      const own = counts.map((site) => site[c] ?? null);
      if (own.some((count) => count === null) || codes.length < 2) return { threshold, ci95: null, reason: 'smallCell' };
      const benefits = draws.map((draw) => pooledBenefit(draw.map((at) => own[at] as ThresholdCounts)));
      const values = Float64Array.from(benefits, ({ netBenefit: value }) => value).sort();
      const useful = benefits.filter(({ netBenefit: value, overAll }) => Math.min(value, overAll) > 0).length;
      const at = (share: number) => values[Math.min(replicates - 1, Math.floor(share * replicates))] as number;
      return { threshold, ci95: [num(at(0.025)), num(at(0.975))], useful_share: useful / replicates };
    });
  });
}

function pooledBenefit(counts: readonly ThresholdCounts[]): NetBenefit {
  const total = (pick: (count: ThresholdCounts) => number) => counts.reduce((sum, count) => sum + pick(count), 0);
  return netBenefit({
    threshold: counts[0]?.threshold ?? NaN,
    participants: total((count) => count.participants),
    events: total((count) => count.events),
    truePositives: total((count) => count.truePositives),
    falsePositives: total((count) => count.falsePositives),
  });
}
