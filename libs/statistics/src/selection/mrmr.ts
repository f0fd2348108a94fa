import { ln, normalQuantile } from '@cohortium/numerics';
import { fitCorrelations } from '../correlation/correlation.js';
import type { CorrelationMatrix } from '../correlation/correlation.js';
import { cellCounts } from '../ranks/order.js';
import { edgesOf } from '../ranks/refine.js';
import { fitUnitMoments, totalMoments } from '../units/moments.js';
import type { ArmMoments } from '../units/moments.js';
import type { UnitProgram } from '../units/queries.js';
import { outcomeCorrelations } from './relevance.js';
import { bestOf } from './ties.js';

/** How relevance and redundancy are measured. */
export type MrmrMeasure =
  /** |r| of columns with each other and with the outcome. */
  | { readonly kind: 'correlation' }
  /** Mutual information of two normal variables with that correlation, -ln(1 - r^2) / 2 (R package mRMRe). */
  | { readonly kind: 'gaussian' }
  /** Mutual information in nats of columns cut into bins: at normal quantiles of their mean and SD, or at declared edges by column. */
  | { readonly kind: 'bins'; readonly bins: number; readonly edges?: readonly (ArrayLike<number> | null)[] };

/** A minimum-redundancy maximum-relevance selection. */
export interface MrmrSpec {
  readonly measure: MrmrMeasure;
  /** `MID`: relevance minus mean redundancy. `MIQ`: relevance over mean redundancy. */
  readonly criterion: 'MID' | 'MIQ';
  /** Columns to select. */
  readonly count: number;
}

/** Selection of one arm, in the order of choice. */
export interface ArmMrmr {
  /** Units that have every column and the outcome. */
  readonly n: number;
  readonly kept: readonly number[];
  /** Criterion of each kept column when it was chosen; the first has its relevance. */
  readonly scores: readonly number[];
  /** Relevance of every column; NaN for constant ones, which are never chosen. */
  readonly relevance: Float64Array;
}

/** Redundancy below which a quotient would only divide by rounding. */
const smallestRedundancy = 1e-9;
/** Edges lie this share of an SD above their place, so that doubles that differ in the last bits choose alike. */
const edgeBand = 1e-9;

/**
 * Greedy selection of columns that tell much about an outcome of two groups and little about each other, by arm. Recipes must leave
 * out units that lack a column. Correlations: five rounds in all. Bins: four, and one per selected column. Peng, Long & Ding 2005, doi
 * 10.1109/TPAMI.2005.159.
 */
export async function selectByMrmr<R>(program: UnitProgram<R>, spec: MrmrSpec): Promise<ArmMrmr[]> {
  const moments = await fitUnitMoments(program);
  if (spec.measure.kind === 'bins') return selectByBins(program, spec, spec.measure, moments);
  const { kind } = spec.measure;
  const matrices = await fitCorrelations(program, { kind: 'pearson' });
  return matrices.map(({ values, columnCount: p }: CorrelationMatrix, a) => {
    const strength = (r: number) => (kind === 'correlation' ? Math.abs(r) : -ln(Math.max(1 - r * r, Number.MIN_VALUE)) / 2);
    const search = new GreedySearch(unitsOf(moments[a] as ArmMoments), outcomeCorrelations(moments[a] as ArmMoments).map(strength), spec);
    for (let chosen = search.next(); chosen !== undefined; chosen = search.next()) {
      const last = chosen;
      search.learn((j) => strength(values[last * p + j] as number));
    }
    return search.result();
  });
}

/** Side by side for all arms: each round asks the joint counts of the column last chosen with those that are left. */
async function selectByBins<R>(
  program: UnitProgram<R>,
  spec: MrmrSpec,
  measure: Extract<MrmrMeasure, { kind: 'bins' }>,
  moments: readonly ArmMoments[],
): Promise<ArmMrmr[]> {
  const { federation, queries, scope, arms } = program;
  const edges = moments.map((arm) => binEdges(arm, measure));
  const cells = edges.map(edgesOf);
  const byOutcome = await cellCounts(program, edges);
  const searches = byOutcome.map((columns, a) => {
    const informative = outcomeCorrelations(moments[a] as ArmMoments);
    const relevance = columns.map((counts, j) => (Number.isNaN(informative[j]) ? NaN : mutualInformation(counts, 2)));
    return new GreedySearch(unitsOf(moments[a] as ArmMoments), Float64Array.from(relevance), spec);
  });
  for (;;) {
    const chosen = searches.map((search) => search.next());
    if (chosen.every((j) => j === undefined)) return searches.map((search) => search.result());
    const pairs = chosen.map((last, a) => {
      const open = last === undefined ? [] : (searches[a] as GreedySearch).open;
      return Float64Array.from(open.flatMap((j) => [last as number, j]));
    });
    if (pairs.every((list) => list.length === 0)) continue;
    const { value } = await federation.sum(queries.jointCells, { arms, cells, pairs }, scope);
    value.forEach((tables, a) => {
      const last = chosen[a];
      const search = searches[a] as GreedySearch;
      if (last === undefined) return;
      const information = new Map(
        search.open.map((j, k) => [j, mutualInformation(tables[k] as Float64Array, (edges[a]?.[last]?.length as number) + 1)]),
      );
      search.learn((j) => information.get(j) as number);
    });
  }
}

function unitsOf({ units }: ArmMoments): number {
  return units.reduce((sum, n) => sum + n, 0);
}

function binEdges(moments: ArmMoments, { bins, edges }: Extract<MrmrMeasure, { kind: 'bins' }>): ArrayLike<number>[] {
  const { mean, sd } = totalMoments(moments);
  return Array.from(mean, (center, j) => {
    const declared = edges?.[j];
    if (declared) return declared;
    return Array.from({ length: bins - 1 }, (_, k) => center + (sd[j] as number) * (normalQuantile((k + 1) / bins, 0, 1) + edgeBand));
  });
}

/** Mutual information in nats of a table of counts (row-major). */
export function mutualInformation(counts: Float64Array, rowCount: number): number {
  const width = counts.length / rowCount;
  const rows = new Float64Array(rowCount);
  const columns = new Float64Array(width);
  counts.forEach((count, k) => {
    const row = Math.floor(k / width);
    rows[row] = (rows[row] as number) + count;
    columns[k % width] = (columns[k % width] as number) + count;
  });
  const n = rows.reduce((sum, c) => sum + c, 0);
  if (!(n > 0)) return 0;
  let sum = 0;
  counts.forEach((count, k) => {
    if (count > 0) sum += (count / n) * ln((count * n) / ((rows[Math.floor(k / width)] as number) * (columns[k % width] as number)));
  });
  return Math.max(0, sum);
}

class GreedySearch {
  private readonly kept: number[] = [];
  private readonly scores: number[] = [];
  private readonly redundancy: Float64Array;
  /** Columns that can still be chosen. */
  open: number[];

  constructor(
    private readonly n: number,
    private readonly relevance: Float64Array,
    private readonly spec: MrmrSpec,
  ) {
    this.redundancy = new Float64Array(relevance.length);
    this.open = Array.from(relevance.keys()).filter((j) => !Number.isNaN(relevance[j]));
  }

  /** Chooses a column; undefined at the end. */
  next(): number | undefined {
    if (this.kept.length >= this.spec.count) return undefined;
    const chosen = bestOf(this.open, (j) => this.score(j));
    if (chosen === undefined) return undefined;
    this.scores.push(this.score(chosen));
    this.kept.push(chosen);
    this.open = this.open.filter((j) => j !== chosen);
    return chosen;
  }

  /** Adds the redundancy of the open columns with the one last chosen. */
  learn(withLast: (j: number) => number): void {
    for (const j of this.open) this.redundancy[j] = (this.redundancy[j] as number) + withLast(j);
  }

  result(): ArmMrmr {
    return { n: this.n, kept: this.kept, scores: this.scores, relevance: this.relevance };
  }

  private score(j: number): number {
    const relevance = this.relevance[j] as number;
    if (this.kept.length === 0) return relevance;
    const redundancy = (this.redundancy[j] as number) / this.kept.length;
    return this.spec.criterion === 'MID' ? relevance - redundancy : relevance / Math.max(redundancy, smallestRedundancy);
  }
}
