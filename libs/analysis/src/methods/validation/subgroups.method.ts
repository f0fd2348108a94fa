import { Frozen } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import {
  calibrationTasks,
  classificationMeasures,
  delongInterval,
  differenceOf,
  evaluateDiscrimination,
  fitCurves,
  interactionTest,
  slopeModel,
  sumOf,
  waldEstimate,
} from '@cohortium/validation';
import type { ColumnEntry, Confusion, CurveFit, Discrimination, GroupFigure, SubgroupRows } from '@cohortium/validation';
import { z } from 'zod';
import type { Method, MethodContext, TableShape } from '../method.js';
import { levelName } from '../names.js';
import { needColumn } from '../params.js';
import { certificate } from './auc.method.js';
import { because, bounds, byName, num } from './json.js';
import {
  columnQueries,
  eachOutcome,
  evaluationOf,
  gridOf,
  gridShape,
  leavesOf,
  probabilityShape,
  refuse,
  scoreEntries,
  scoreNames,
  withExactChoice,
} from './score-params.js';

const params = z.strictObject({
  ...probabilityShape,
  ...gridShape,
  subgroups: z
    .array(
      z.union([
        z.string(),
        z.strictObject({
          column: z.string(),
          cuts: z
            .array(z.number())
            .min(1)
            .max(50)
            .optional()
            .describe('Borders of a column of numbers, ascending: below the first, from it on, ...'),
          reference: z.union([z.string(), z.number()]).optional().describe('Level that differences are taken from; default: the first'),
        }),
      ]),
    )
    .min(1)
    .max(50)
    .describe('Columns whose levels are the subgroups: categories as they are, columns of numbers with cuts'),
  threshold: z.number().gt(0).lt(1).optional().describe('Frozen cut-off for sensitivity and specificity; at or above is positive'),
  minimumEvents: z.int().min(1).default(10).describe('Smallest class for which figures of a subgroup are shown'),
});
type Params = z.output<typeof params>;

/** A subgroup: its column, its level and the rows that belong to it. */
interface Subgroup {
  readonly column: string;
  readonly level: string;
  readonly isReference: boolean;
  readonly rows: SubgroupRows;
}

/** Performance by subgroup. */
export const subgroups: Method<Params> = {
  name: 'subgroups',
  title: {
    en: 'performance by subgroup: AUC, calibration, sensitivity and specificity, differences, interaction',
    zh: '亚组性能：AUC、校准、灵敏度与特异度、差异与交互',
  },
  params,
  leaves: leavesOf('counts', 'scale', 'cells', 'branches', 'keySums', 'probabilitySums', 'curveSums'),
  definition: ({ minimumEvents }) =>
    `Every level of every column by itself, summed over sites, so that the small cell of one site does not show; nothing is shown with fewer than ${minimumEvents} of either class (tooFewEvents). Differences: group less reference, normal intervals of independent groups. Interaction: Cochran's heterogeneity test over groups; for calibration in the large and slope it is the Wald test of the interaction on the logit scale. Read the whole list; do not look for significance.`,
  categories: ({ subgroups: asked }) => asked.flatMap((group) => (typeof group === 'string' ? [group] : group.cuts ? [] : [group.column])),
  run: (context, given) => {
    const p = withExactChoice(given, context.scope);
    return eachOutcome(p, async (outcome): Promise<Record<string, Json>> => {
      const groups = p.subgroups.flatMap((group) => levelsOf(context.table, group));
      const names = scoreNames(p);
      const entries = groups.flatMap((group) => scoreEntries(context.table, p, outcome, [group.rows]));
      const found = await evaluateGroups(context, entries, p);
      const scores = byName(names, (_, k) => scoreResult(groups, (g) => found[g * names.length + k] as GroupResult, p));
      return { scores };
    });
  },
};

function levelsOf(table: TableShape, group: Params['subgroups'][number]): Subgroup[] {
  const { column, cuts, reference } = typeof group === 'string' ? { column: group, cuts: undefined, reference: undefined } : group;
  const { kind, levels } = needColumn(table, column);
  if (kind === 'number') {
    if (!cuts) throw refuse(`the subgroup column ${column} holds numbers and needs cuts`);
    const borders = [null, ...[...new Set(cuts)].sort((a, b) => a - b), null];
    return borders.slice(1).map((to, k) => {
      const from = borders[k] ?? null;
      const level = from === null ? `< ${to}` : to === null ? `>= ${from}` : `${from} to < ${to}`;
      return { column, level, isReference: reference === undefined ? k === 0 : level === String(reference), rows: { column, from, to } };
    });
  }
  return levels.map((level, code) => ({
    column,
    level,
    isReference: reference === undefined ? code === 0 : level === levelName(String(reference)),
    rows: { column, codes: [code] },
  }));
}

/** Everything about one score in one subgroup. */
interface GroupResult {
  readonly ranking: Discrimination;
  readonly large: CurveFit;
  readonly line: CurveFit;
  readonly confusion: Confusion | null;
}

async function evaluateGroups(context: MethodContext, entries: readonly ColumnEntry[], p: Params): Promise<GroupResult[]> {
  const evaluation = evaluationOf(context, entries);
  const { source, entryCount } = evaluation;
  const { federation, scope } = context;
  const { value: sums } = await federation.sum(columnQueries.probabilitySums, { source, entryCount }, scope);
  const ranking = await evaluateDiscrimination(evaluation, gridOf(p), false);
  const fits = await fitCurves(
    evaluation,
    sums.flatMap((own, k) => {
      const { shift, line } = calibrationTasks(own, k, 'refuse');
      const few = Math.min(own.events, own.participants - own.events) < p.minimumEvents;
      return few ? [shift, line].map((task) => ({ ...task, refused: 'tooFewEvents' as const })) : [shift, line];
    }),
  );
  const cut = p.threshold === undefined ? null : Float64Array.of(p.threshold);
  const atCut = cut && (await federation.sum(columnQueries.cells, { source, edges: new Frozen(entries.map(() => cut)) }, scope)).value;
  return ranking.map((own, k) => {
    const counts = atCut?.[k];
    return {
      ranking: own,
      large: fits[2 * k] as CurveFit,
      line: fits[2 * k + 1] as CurveFit,
      confusion: counts
        ? {
            truePositives: counts.positives[1] as number,
            falseNegatives: counts.positives[0] as number,
            trueNegatives: counts.negatives[0] as number,
            falsePositives: counts.negatives[1] as number,
          }
        : null,
    };
  });
}

const none: GroupFigure = { estimate: NaN, standardError: NaN };

/** Figures of a group that are compared with others; missing where too few. */
function comparable({ ranking: { auc, cells }, large, line, confusion }: GroupResult, minimumEvents: number): Record<string, GroupFigure> {
  const few = Math.min(sumOf(cells.positives), sumOf(cells.negatives)) < minimumEvents;
  const share = (successes: number, trials: number): GroupFigure => {
    const estimate = successes / trials;
    return { estimate, standardError: Math.sqrt((estimate * (1 - estimate)) / trials) };
  };
  const model = line.state === 'ok' ? slopeModel(line) : null;
  const inTheLarge = large.state === 'ok' ? waldEstimate(large.coefficients[0] as number, large.covariance[0] as number) : null;
  return {
    auc: few ? none : { estimate: auc.auc, standardError: Math.sqrt(auc.variance) },
    calibration_in_the_large: inTheLarge ?? none,
    slope: model?.slope ?? none,
    ...(confusion && {
      sensitivity: few ? none : share(confusion.truePositives, confusion.truePositives + confusion.falseNegatives),
      specificity: few ? none : share(confusion.trueNegatives, confusion.trueNegatives + confusion.falsePositives),
    }),
  };
}

function scoreResult(groups: readonly Subgroup[], at: (group: number) => GroupResult, { minimumEvents }: Params): Json {
  const columns = [...new Set(groups.map(({ column }) => column))];
  return byName(columns, (column): Json => {
    const own = [...groups.keys()].filter((g) => groups[g]?.column === column);
    const figures = own.map((g) => comparable(at(g), minimumEvents));
    const reference = own.findIndex((g) => groups[g]?.isReference);
    if (reference < 0) throw refuse(`the subgroup column ${column} has no level that is its reference`);
    const measures = Object.keys(figures[0] ?? {});
    return {
      reference: groups[own[reference] as number]?.level ?? null,
      levels: byName(
        own.map((g) => groups[g]?.level as string),
        (_, k): Json => ({
          ...(levelResult(at(own[k] as number), minimumEvents) as Record<string, Json>),
          ...(k !== reference && {
            difference: byName(measures, (measure) => {
              const {
                difference,
                interval,
                z: statistic,
                p,
              } = differenceOf(figures[k]?.[measure] as GroupFigure, figures[reference]?.[measure] as GroupFigure);
              return {
                estimate: num(difference),
                ci95: bounds(interval),
                z: num(statistic),
                p: num(p),
                ...because(interval ? undefined : 'tooFewEvents'),
              };
            }),
          }),
        }),
      ),
      interaction: byName(measures, (measure): Json => {
        const test = interactionTest(figures.map((own2) => own2[measure] as GroupFigure));
        return test
          ? { chisq: num(test.statistic), df: test.df, p: num(test.p) }
          : { chisq: null, df: null, p: null, reason: 'tooFewEvents' };
      }),
    };
  });
}

function levelResult({ ranking: { auc, cells, counts }, large, line, confusion }: GroupResult, minimumEvents: number): Json {
  const few = Math.min(sumOf(cells.positives), sumOf(cells.negatives)) < minimumEvents;
  const head = { n: counts.participants, events: counts.events };
  if (few) return { ...head, auc: null, calibration_in_the_large: null, slope: null, reason: 'tooFewEvents' };
  const model = line.state === 'ok' ? slopeModel(line) : null;
  const inTheLarge = large.state === 'ok' ? waldEstimate(large.coefficients[0] as number, large.covariance[0] as number) : null;
  const measures = confusion && classificationMeasures(confusion);
  return {
    ...head,
    auc: num(auc.auc),
    delong_se: num(Math.sqrt(auc.variance)),
    auc_ci95: bounds(delongInterval(auc)),
    auc_certificate: certificate(auc.auc, auc.certificateHalfWidth),
    calibration_in_the_large: {
      estimate: num(inTheLarge?.estimate),
      se: num(inTheLarge?.standardError),
      ci95: bounds(inTheLarge?.interval),
      ...because(large.state === 'error' ? large.reason : undefined),
    },
    slope: {
      estimate: num(model?.slope.estimate),
      se: num(model?.slope.standardError),
      ci95: bounds(model?.slope.interval),
      ...because(line.state === 'error' ? line.reason : undefined),
    },
    ...(measures && {
      sensitivity: { estimate: num(measures.sensitivity.estimate), wilson95: bounds(measures.sensitivity.wilson) },
      specificity: { estimate: num(measures.specificity.estimate), wilson95: bounds(measures.specificity.wilson) },
    }),
  };
}
