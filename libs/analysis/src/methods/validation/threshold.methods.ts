import type { Json } from '@cohortium/kernel';
import { Frozen } from '@cohortium/kernel';
import { classificationMeasures, cohenKappa, mcNemar, shareOf, sumOf } from '@cohortium/validation';
import type { JointCounts, JointTable, Share, SiteFigures } from '@cohortium/validation';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { because, bounds, byName, num } from './json.js';
import {
  columnQueries,
  eachOutcome,
  evaluationOf,
  leavesOf,
  pairsOf,
  pairsSchema,
  refuse,
  scoreEntries,
  scoreNames,
  scoredShape,
} from './score-params.js';
import { bySite, shown, siteThresholdSummaries } from './site-results.js';

const cuts = z.array(z.number()).min(1).max(1000).describe('Frozen cut-offs; a score at or above one is positive');

const metricsParams = z.strictObject({
  ...scoredShape,
  thresholds: cuts,
  perSite: z.boolean().default(false).describe('The same for each site from its own rows (a site summary)'),
});
type MetricsParams = z.output<typeof metricsParams>;

/** Counts of a classification at one cut-off, or the marks of what a site does not show. */
interface Table {
  readonly tp: number;
  readonly fp: number;
  readonly positives: number;
  readonly negatives: number;
}

/** Classification at frozen cut-offs. */
export const thresholdMetrics: Method<MetricsParams> = {
  name: 'threshold-metrics',
  title: { en: 'sensitivity, specificity and predictive values at frozen cut-offs', zh: '冻结阈值处的灵敏度、特异度与预测值' },
  params: metricsParams,
  leaves: leavesOf('cells', 'siteThresholds'),
  definition: ({ direction }) =>
    `Rule: score ${direction === 'lower' ? '<=' : '>='} threshold is positive. exact95: Clopper-Pearson (R binom.test); wilson95: Wilson without continuity correction (R prop.test, correct = FALSE). f1 = 2 TP / (2 TP + FP + FN); mcc: Matthews; balanced_accuracy: mean of sensitivity and specificity; youden: their sum less 1; lr_positive and lr_negative: diagnostic likelihood ratios, intervals on the log scale (Simel et al. 1991; R epiR::epi.tests).`,
  run: (context, p) =>
    eachOutcome(p, async (outcome): Promise<Record<string, Json>> => {
      const names = scoreNames(p);
      const evaluation = evaluationOf(context, scoreEntries(context.table, p, outcome));
      const sorted = sortedCuts(p.thresholds, p.direction);
      const { federation, scope } = context;
      const edges = new Frozen(names.map(() => sorted));
      const { value } = await federation.sum(columnQueries.cells, { source: evaluation.source, edges }, scope);
      const pooled = byName(names, (_, k) => {
        const { positives, negatives } = value[k] as { positives: Float64Array; negatives: Float64Array };
        const above = (counts: Float64Array, cell: number) => sumOf(counts.subarray(cell));
        return atEachCut(p, sorted, (cell) => ({
          tp: above(positives, cell),
          fp: above(negatives, cell),
          positives: sumOf(positives),
          negatives: sumOf(negatives),
        }));
      });
      if (!p.perSite) return { scores: pooled };
      const answers = await federation.summaries(columnQueries.siteThresholds, { source: evaluation.source, cuts: sorted }, scope);
      const sites = siteThresholdSummaries(answers);
      return {
        scores: pooled,
        per_site: byName(names, (_, k) => bySite(sites, k, (figures) => atEachCut(p, sorted, (cell) => siteTable(figures, cell)))),
      };
    }),
};

/** Cut-offs on the scale of the entries, ascending and each once. */
function sortedCuts(thresholds: readonly number[], direction: 'higher' | 'lower'): Float64Array {
  return Float64Array.from(new Set(thresholds.map((t) => (direction === 'lower' ? -t : t)))).sort();
}

function atEachCut({ thresholds, direction }: MetricsParams, sorted: Float64Array, table: (cell: number) => Table): Record<string, Json> {
  return Object.fromEntries(
    thresholds.map((threshold) => {
      const cell = sorted.indexOf(direction === 'lower' ? -threshold : threshold) + 1;
      return [String(threshold), metricsResult(table(cell), direction)];
    }),
  );
}

function siteTable(figures: SiteFigures, cell: number): Table {
  const positives = shown(figures, 'events') ?? NaN;
  return {
    tp: shown(figures, `tp ${cell - 1}`) ?? NaN,
    fp: shown(figures, `fp ${cell - 1}`) ?? NaN,
    positives,
    negatives: (shown(figures, 'participants') ?? NaN) - positives,
  };
}

function metricsResult({ tp, fp, positives, negatives }: Table, direction: 'higher' | 'lower'): Json {
  const fn = positives - tp;
  const tn = negatives - fp;
  const rule = `score ${direction === 'lower' ? '<=' : '>='} threshold`;
  if (![tp, fp, fn, tn].every(Number.isFinite)) return { rule, tp: null, fp: null, fn: null, tn: null, reason: 'smallCell' };
  const m = classificationMeasures({ truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn });
  return {
    rule,
    tp,
    fp,
    fn,
    tn,
    sensitivity: shareResult(m.sensitivity),
    specificity: shareResult(m.specificity),
    ppv: shareResult(m.ppv),
    npv: shareResult(m.npv),
    accuracy: shareResult(m.accuracy),
    f1: num(m.f1),
    mcc: num(m.mcc),
    balanced_accuracy: num(m.balancedAccuracy),
    youden: num(m.youden),
    lr_positive: { estimate: num(m.positiveRatio.estimate), ci95: bounds(m.positiveRatio.interval) },
    lr_negative: { estimate: num(m.negativeRatio.estimate), ci95: bounds(m.negativeRatio.interval) },
    positive_rate: shareResult(shareOf(tp + fp, positives + negatives)),
  };
}

function shareResult({ estimate, exact, wilson, trials }: Share): Json {
  return {
    estimate: num(estimate),
    exact95: bounds(exact),
    wilson95: bounds(wilson),
    ...because(trials === 0 ? 'noParticipants' : undefined),
  };
}

const comparedShape = {
  ...scoredShape,
  thresholds: cuts,
  cutByScore: z.record(z.string(), z.number()).optional().describe('Another cut-off for some scores, in place of each of the thresholds'),
  pairs: pairsSchema,
} as const;
const mcNemarParams = z.strictObject({
  ...comparedShape,
  compare: z
    .enum(['correct', 'positive'])
    .default('correct')
    .describe('What is compared: whether the classification is correct, or whether it is positive. Both are given among events and others'),
  correction: z.boolean().default(true).describe('Whether p is that of the statistic with continuity correction'),
});
const kappaParams = z.strictObject(comparedShape);

/** A cross table of two classifications by class, the second row and column being positive. */
interface Crossed {
  readonly label: string;
  readonly threshold: string;
  readonly table: JointCounts;
}

async function crossTables(context: MethodContext, p: z.output<typeof kappaParams>, outcome: string): Promise<Crossed[]> {
  const names = scoreNames(p);
  for (const name of Object.keys(p.cutByScore ?? {}))
    if (!names.includes(name)) throw refuse(`cutByScore names ${name}, which is not among the scores`);
  const pairs = pairsOf(names, p.pairs);
  const sign = p.direction === 'lower' ? -1 : 1;
  const edge = (k: number, threshold: number) => Float64Array.of(sign * (p.cutByScore?.[names[k] as string] ?? threshold));
  const asked = pairs.flatMap(([a, b]) => p.thresholds.map((threshold) => ({ a, b, threshold })));
  const tables: JointTable[] = asked.map(({ a, b, threshold }) => ({
    first: a,
    second: b,
    firstEdges: edge(a, threshold),
    secondEdges: edge(b, threshold),
  }));
  const { source } = evaluationOf(context, scoreEntries(context.table, p, outcome));
  const { value } = await context.federation.sum(columnQueries.joint, { source, tables }, context.scope);
  return asked.map(({ a, b, threshold }, k) => ({
    label: `${names[a]} vs ${names[b]}`,
    threshold: String(threshold),
    table: value[k] as JointCounts,
  }));
}

function nested(crossed: readonly Crossed[], result: (table: JointCounts) => Json): Record<string, Json> {
  const out: Record<string, Record<string, Json>> = {};
  for (const { label, threshold, table } of crossed) (out[label] ??= {})[threshold] = result(table);
  return out;
}

/** McNemar's test of two classifications. */
export const mcnemar: Method<z.output<typeof mcNemarParams>> = {
  name: 'mcnemar',
  title: { en: 'McNemar test of two classifications of the same participants', zh: '同一人群两种分类的 McNemar 检验' },
  params: mcNemarParams,
  leaves: leavesOf('joint'),
  definition: ({ compare, correction }) =>
    `Discordant pairs b (first only) and c (second only) of ${compare === 'correct' ? 'correct' : 'positive'} classifications; statistic (b - c)^2 / (b + c), with correction (|b - c| - 1)^2 / (b + c) unless b = c (R mcnemar.test); p from chi-square with 1 df${correction ? ', corrected' : ''}; p_exact: two-sided binomial test of b of b + c.`,
  run: (context, p) =>
    eachOutcome(p, async (outcome) => ({
      pairs: nested(await crossTables(context, p, outcome), (table) => mcNemarOf(table, p.compare, p.correction)),
    })),
};

function mcNemarOf({ positives, negatives }: JointCounts, compare: 'correct' | 'positive', correction: boolean): Json {
  // Cells: 0 neither, 1 second only, 2 first only, 3 both.
  const [eventsFirst, eventsSecond] = [positives[2] as number, positives[1] as number];
  const [othersFirst, othersSecond] = [negatives[2] as number, negatives[1] as number];
  // Among non-events a classification is correct where it is negative.
  const overall =
    compare === 'positive'
      ? mcNemar(eventsFirst + othersFirst, eventsSecond + othersSecond)
      : mcNemar(eventsFirst + othersSecond, eventsSecond + othersFirst);
  const result = ({
    onlyFirst,
    onlySecond,
    statistic,
    p,
    correctedStatistic,
    correctedP,
    exactP,
  }: typeof overall): Record<string, Json> => ({
    b: onlyFirst,
    c: onlySecond,
    statistic: num(statistic),
    statistic_cc: num(correctedStatistic),
    p: num(correction ? correctedP : p),
    p_no_correction: num(p),
    p_cc: num(correctedP),
    p_exact: num(exactP),
    ...because(onlyFirst + onlySecond === 0 ? 'noVariance' : undefined),
  });
  return {
    n: sumOf(positives) + sumOf(negatives),
    ...result(overall),
    among_events: result(mcNemar(eventsFirst, eventsSecond)),
    among_non_events: result(mcNemar(othersFirst, othersSecond)),
  };
}

/** Cohen's kappa of two classifications. */
export const kappa: Method<z.output<typeof kappaParams>> = {
  name: 'kappa',
  title: { en: "Cohen's kappa of two classifications of the same participants", zh: '同一人群两种分类的 Cohen kappa' },
  params: kappaParams,
  leaves: leavesOf('joint'),
  definition: () =>
    'Unweighted kappa of the positive / negative classifications at the cut-off, over events and others together; variance of Fleiss, Cohen & Everitt, normal interval clipped to [-1, 1] (psych cohen.kappa).',
  run: (context, p) => eachOutcome(p, async (outcome) => ({ pairs: nested(await crossTables(context, p, outcome), kappaOf) })),
};

function kappaOf({ positives, negatives }: JointCounts): Json {
  const counts = positives.map((count, k) => count + (negatives[k] as number));
  const { kappa: value, standardError, interval } = cohenKappa(counts, 2);
  return {
    n: sumOf(counts),
    table: {
      both_negative: counts[0] as number,
      second_only: counts[1] as number,
      first_only: counts[2] as number,
      both_positive: counts[3] as number,
    },
    kappa: num(value),
    se: num(standardError),
    ci95: bounds(interval),
    ...because(interval ? undefined : 'noVariance'),
  };
}
