import type { UnitProgram } from '../units/queries.js';
import { edgesOf, refineIntervals } from './refine.js';
import type { Interval } from './refine.js';

/** The distinct values of one column, in ascending order. */
export interface DistinctValues {
  /** One between each two neighbors: cell k of these edges holds the values equal to the k-th distinct one. */
  readonly edges: Float64Array;
  /** How often each distinct value occurs. */
  readonly counts: Float64Array;
  /** The values themselves, where they were asked for. */
  readonly values?: Float64Array;
}

/**
 * Tells the distinct values of every column apart, for exact ranks: by arm and column. With the goal `order` thresholds are narrowed
 * only until they separate the values; with `values` until each is known. Discloses the order of all values (or the values), without
 * site or participant: only a clause of its own allows it.
 */
export async function distinctValues<R>(program: UnitProgram<R>, goal: 'order' | 'values'): Promise<DistinctValues[][]> {
  const needed = goal === 'order' ? 2 : 1;
  const found = await refineIntervals(program, 'shared', ({ count }) => (count >= needed ? 'split' : 'keep'));
  return found.map((columns) => columns.map((intervals) => distinctOf(intervals, goal)));
}

function distinctOf(intervals: readonly Interval[], goal: 'order' | 'values'): DistinctValues {
  const highs = Float64Array.from(intervals, ({ high }) => high + 0);
  const counts = Float64Array.from(intervals, ({ count }) => count);
  return { edges: highs.subarray(0, Math.max(0, highs.length - 1)), counts, ...(goal === 'values' ? { values: highs } : {}) };
}

/** Ranks of the values of each cell, ties sharing their mean; `counts` may hold empty cells, which get the rank between neighbors. */
export function midranks(counts: Float64Array): Float64Array {
  let below = 0;
  return counts.map((count) => {
    const rank = below + (count + 1) / 2;
    below += count;
    return rank;
  });
}

/**
 * Counts by column (groups x cells) at the edges of some histograms: one sum. With the edges of {@link distinctValues} they hold all
 * that rank tests need.
 */
export async function cellCounts<R>(program: UnitProgram<R>, edges: readonly (readonly ArrayLike<number>[])[]): Promise<Float64Array[][]> {
  const { federation, queries, scope, arms } = program;
  const { value } = await federation.sum(queries.cells, { arms, layout: 'shared', edges: edges.map(edgesOf) }, scope);
  return value.map((counts) => [...counts]);
}

/**
 * Exact order statistics (1-based ranks) by bisection, each the value of a participant: only a clause of its own allows it.
 * @param ranks by arm, then column and group (column * groups + group): the ranks that are wanted, each from 1 to the number of values
 * @returns values in the same places
 */
export async function orderStatistics<R>(
  program: UnitProgram<R>,
  ranks: readonly (readonly (readonly number[])[])[],
): Promise<Float64Array[][]> {
  const wanted = ranks.map((histograms) => histograms.map((list) => [...new Set(list)].sort((a, b) => a - b)));
  const found = await refineIntervals(program, 'own', ({ below, count }, { arm, histogram }) =>
    holdsAny(wanted[arm]?.[histogram] as number[], below, below + count) ? 'split' : 'drop',
  );
  return ranks.map((histograms, a) => histograms.map((list, h) => valuesOf(list, found[a]?.[h] as readonly Interval[])));
}

function holdsAny(sorted: readonly number[], below: number, upTo: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= below) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && (sorted[low] as number) <= upTo;
}

function valuesOf(ranks: readonly number[], intervals: readonly Interval[]): Float64Array {
  return Float64Array.from(ranks, (rank) => (intervals.find(({ below, count }) => rank > below && rank <= below + count)?.high ?? NaN) + 0);
}
