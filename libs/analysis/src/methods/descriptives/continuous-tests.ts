import type { Json } from '@cohortium/kernel';
import {
  cellCounts,
  exactQuantiles,
  fitUnitMoments,
  kolmogorovTest,
  kruskalWallis,
  meanDifference,
  midranks,
  oneWayAnova,
  rankCells,
  rankSumTest,
  shapiroSizes,
  shapiroTest,
  shapiroWeights,
  smoothedQuantiles,
  studentT,
  welchAnova,
  welchT,
  edgesOf,
} from '@cohortium/statistics';
import type { ArmMoments, ArmQuantiles, FTest, RankCells, RankRule, TTest } from '@cohortium/statistics';
import type { MethodContext } from '../method.js';
import { byName, columnArm, columnProgram, num } from './column-program.js';
import type { Grouping } from './column-program.js';
import { sampleAt } from './smd.method.js';

/** What is tested. */
export interface ContinuousTestSpec {
  readonly outcome: Grouping;
  readonly by: Grouping | null;
  readonly ranks: RankRule;
}

const probs = [0, 0.25, 0.5, 0.75, 1];
/** Where ranks lie on a grid, quantiles are smoothed over at least this many values. */
const smoothing = { bins: 512, smoothing: 5 };

/** All that is known of the columns: moments, counts by rank cell, quantiles, sums of Shapiro's weights. */
interface Found {
  readonly moments: readonly ArmMoments[];
  readonly cells: readonly RankCells[];
  /** Counts by group of the outcome, and of `by`, at the rank cells. */
  readonly byOutcome: readonly (readonly Float64Array[])[];
  readonly byGroup: readonly (readonly Float64Array[])[];
  readonly quantiles: readonly ArmQuantiles[];
  readonly shapiro: readonly Json[];
}

/** Results by column, and what correlations of the same columns need not ask again. */
export interface ContinuousTests {
  readonly variables: Record<string, Record<string, Json>>;
  readonly cells: readonly RankCells[];
  /** Whether a value is missing somewhere. */
  readonly hasGaps: boolean;
}

/** Tests of columns of numbers, all side by side: the rounds of one column. */
export async function continuousTests(
  context: MethodContext,
  columns: readonly string[],
  spec: ContinuousTestSpec,
): Promise<ContinuousTests> {
  if (columns.length === 0) return { variables: {}, cells: [], hasGaps: false };
  const found = await gather(context, columns, spec);
  const [all] = found.moments as [ArmMoments];
  return {
    variables: byName(columns, (_, j) => columnResult(found, j, spec)),
    cells: found.cells,
    hasGaps: all.n.some((n) => n < (all.units[0] as number)),
  };
}

async function gather(context: MethodContext, columns: readonly string[], { outcome, by, ranks }: ContinuousTestSpec): Promise<Found> {
  const all = columnArm(columns);
  const groups = [columnArm(columns, { group: outcome.spec }), ...(by ? [columnArm(columns, { group: by.spec })] : [])];
  const moments = await fitUnitMoments(columnProgram(context, [all, ...groups]));
  const whole = columnProgram(context, [all]);
  const [cells = []] = await rankCells(whole, ranks, moments.slice(0, 1));
  const edges = cells.map((column) => column.edges);
  const counts = await cellCounts(
    columnProgram(context, groups),
    groups.map(() => edges),
  );
  const [byOutcome = [], byGroup = []] = counts.map((byColumn) =>
    byColumn.map((cellsOfGroups, j) => splitGroups(cellsOfGroups, (edges[j] as Float64Array).length + 1)),
  );
  // Of the groups the median alone: a minimum would be the value of a participant of a named site.
  const wanted = by ? [probs, [0.5]] : [probs];
  const arms = by ? [all, groups[1] as (typeof groups)[number]] : [all];
  const known = by ? [moments[0] as ArmMoments, moments[2] as ArmMoments] : moments.slice(0, 1);
  const program = columnProgram(context, arms);
  const quantiles =
    ranks.kind === 'exact' ? await exactQuantiles(program, known, wanted) : await smoothedQuantiles(program, known, wanted, smoothing);
  const shapiro = await shapiroResults(context, columns, cells, moments[0] as ArmMoments, ranks);
  return { moments, cells, byOutcome, byGroup, quantiles, shapiro };
}

function splitGroups(counts: Float64Array, cells: number): Float64Array[] {
  return Array.from({ length: counts.length / cells }, (_, g) => counts.subarray(g * cells, (g + 1) * cells));
}

/** Shapiro-Wilk of every column in one sum: each rank has its weight, tied values share the mean of theirs. */
async function shapiroResults(
  context: MethodContext,
  columns: readonly string[],
  cells: readonly RankCells[],
  { n, mean, sd }: ArmMoments,
  ranks: RankRule,
): Promise<Json[]> {
  const absent = (reason: string) => ({ w: null, p: null, reason });
  if (ranks.kind === 'grid') return columns.map(() => absent('needsExactRanks'));
  const weights = columns.map((_, j) => {
    const size = n[j] as number;
    return size >= shapiroSizes.min && size <= shapiroSizes.max && (sd[j] as number) > 0 ? shapiroWeights(size) : null;
  });
  const scores = Float64Array.from(cells.flatMap((column, j) => cellWeights(column, weights[j] as Float64Array | null)));
  const { federation, scope, queries, arms } = columnProgram(context, [columnArm(columns)]);
  const asked = {
    arms,
    cells: [edgesOf(cells.map(({ edges }) => edges))],
    scores: [scores],
    center: [mean],
    scale: [sd.map((s) => (s > 0 ? s : 1))],
  };
  const { value } = await federation.sum(queries.scores, asked, scope);
  return columns.map((_, j) => {
    const own = weights[j];
    const size = n[j] as number;
    if (!own) return absent(size < shapiroSizes.min ? 'tooFewValues' : size > shapiroSizes.max ? 'tooManyValues' : 'constant');
    const { w, p } = shapiroTest(size, own, value[0]?.[j] as number, size - 1);
    return { w: num(w), p: num(p) };
  });
}

/** Mean weight of the ranks of each cell; one more cell than edges, also where no value is observed. */
function cellWeights({ edges, counts }: RankCells, weights: Float64Array | null): number[] {
  const ranks = midranks(counts);
  return Array.from({ length: edges.length + 1 }, (_, k) => {
    const count = counts[k] ?? 0;
    if (!weights || count === 0) return 0;
    const first = Math.round((ranks[k] as number) - (count + 1) / 2);
    let sum = 0;
    for (let rank = first; rank < first + count; rank++) sum += weights[rank] as number;
    return sum / count;
  });
}

function columnResult(found: Found, j: number, { outcome, by, ranks }: ContinuousTestSpec): Record<string, Json> {
  const [all, groups, sites] = found.moments as [ArmMoments, ArmMoments, ArmMoments | undefined];
  const total = sampleAt(all, j, 0);
  const quantiles = found.quantiles[0]?.[j]?.[0] ?? [];
  return {
    kind: 'continuous',
    n: total.n,
    n_missing: (all.units[0] as number) - total.n,
    mean: total.n > 0 ? num(total.mean) : null,
    sd: total.n > 1 ? num(Math.sqrt(total.variance)) : null,
    quantiles_type7: quantiles.map(num),
    ...byOutcome(found, j, groups, outcome, ranks),
    ...severalSamples(
      groups,
      j,
      outcome.labels.length,
      found.byOutcome[j] as readonly Float64Array[],
      outcome.labels.length > 2 ? '_by_outcome' : null,
    ),
    shapiro: found.shapiro[j] as Json,
    ...(sites && by ? bySite(found, j, sites, by) : {}),
  };
}

/** Tests of two samples; null with a reason where the outcome has another number of groups. */
function byOutcome(found: Found, j: number, groups: ArmMoments, outcome: Grouping, ranks: RankRule): Record<string, Json> {
  const figures = byName(outcome.labels, (_, g) => {
    const { n, mean, variance } = sampleAt(groups, j, g);
    return { n, mean: n > 0 ? num(mean) : null, sd: n > 1 ? num(Math.sqrt(variance)) : null };
  });
  if (outcome.labels.length !== 2) return { by_outcome: figures, two_samples: null, reason: 'outcomeNeedsTwoGroups' };
  const [first, second] = [sampleAt(groups, j, 0), sampleAt(groups, j, 1)];
  const [low, high] = found.byOutcome[j] as [Float64Array, Float64Array];
  const wilcoxon = rankSumTest(low, high);
  const ks = kolmogorovTest(low, high);
  const tied = low.reduce((sum, count, k) => sum + (count * (high[k] as number)) / 2, 0);
  const { smd, smdPooled } = meanDifference(first, second);
  return {
    by_outcome: figures,
    welch_t: tResult(welchT(first, second)),
    student_t: tResult(studentT(first, second)),
    wilcoxon_w: num(wilcoxon?.w),
    wilcoxon_p_continuity: num(wilcoxon?.pContinuity),
    wilcoxon_p_no_continuity: num(wilcoxon?.pNoContinuity),
    wilcoxon_p_exact: ranks.kind === 'exact' ? num(wilcoxon?.pExact) : null,
    // Pairs in one cell of a grid: each may count for either group.
    ...(ranks.kind === 'grid' && wilcoxon && { wilcoxon_w_certificate: [wilcoxon.w - tied, wilcoxon.w + tied] }),
    ks: ks ? { d: ks.d, p_asymptotic: ks.pAsymptotic } : null,
    smd_pooled: num(smd),
    cohens_d: num(smdPooled),
  };
}

function tResult(test: TTest | null): Json {
  return test ? { t: test.t, df: test.df, p: test.p } : { t: null, df: null, p: null, reason: 'constantOrTooFew' };
}

function fResult(test: FTest | null): Json {
  return test ? { f: test.f, df: [...test.df], p: test.p } : { f: null, df: null, p: null, reason: 'constantOrTooFew' };
}

/** Tests of equal location in several groups. @param suffix of the names of results; null where they are not wanted */
function severalSamples(
  groups: ArmMoments,
  j: number,
  groupCount: number,
  counts: readonly Float64Array[],
  suffix: string | null,
): Record<string, Json> {
  if (suffix === null) return {};
  const samples = Array.from({ length: groupCount }, (_, g) => sampleAt(groups, j, g));
  const kruskal = kruskalWallis(counts);
  return {
    [`kruskal${suffix}`]: kruskal ? { ...kruskal } : { chisq: null, df: null, p: null, reason: 'constantOrTooFew' },
    [`anova${suffix}`]: fResult(oneWayAnova(samples)),
    [`welch_anova${suffix}`]: fResult(welchAnova(samples)),
  };
}

function bySite(found: Found, j: number, sites: ArmMoments, { labels }: Grouping): Record<string, Json> {
  const sample = (g: number) => sampleAt(sites, j, g);
  return {
    ...severalSamples(sites, j, labels.length, found.byGroup[j] as readonly Float64Array[], ''),
    by_site_n: byName(labels, (_, g) => sample(g).n),
    by_site_mean: byName(labels, (_, g) => (sample(g).n > 0 ? num(sample(g).mean) : null)),
    by_site_sd: byName(labels, (_, g) => (sample(g).n > 1 ? num(Math.sqrt(sample(g).variance)) : null)),
    by_site_median: byName(labels, (_, g) => num(found.quantiles[1]?.[j]?.[g]?.[0])),
  };
}
