import type { Arm } from '@cohortium/federation';
import type { Edges } from '../units/cells-query.js';
import type { UnitProgram } from '../units/queries.js';
import { DoubleOrder, simplestDecimal } from './double-order.js';

/** Values of one histogram that lie in (low, high]. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Infinity before the first round. */
  readonly count: number;
  /** Values of the histogram at or below `low`. */
  readonly below: number;
  /** `high` is the only double in the interval, so all of its values equal `high`. */
  readonly single: boolean;
}

/** Which histogram an interval belongs to. */
export interface Place {
  readonly arm: number;
  /** Column (`shared` layout), or column and group (`own` layout: column * groups + group). */
  readonly histogram: number;
}

/** What becomes of an interval: split further, kept as it is, forgotten. An interval of a single double is not split. */
export type Verdict = 'split' | 'keep' | 'drop';

/**
 * Edges of one round, about: 256 for each histogram, but from 128 KiB to 1 MiB of counts in all. Fewer would cost rounds, more cost bytes
 * (measured: 700 values of 10 columns take 5 rounds and 0.7 MB; eight times the edges save one round and cost 2.5 MB).
 */
const edgesPerHistogram = 256;
const fewestEdges = 16_384;
const mostEdges = 131_072;
const maxSplit = 4095;
const minSplit = 3;
/** A double has 64 bits, and a round halves every interval that is split at least once. */
const maxRounds = 70;

interface Found {
  readonly place: Place;
  readonly intervals: readonly Interval[];
}

/**
 * Narrows intervals until none is to be split, by counts at thresholds: one sum a round for all columns, groups and arms. Starts with
 * all doubles; an interval is split at even steps of the order of doubles, and around the simplest decimal inside it.
 * @param layout `shared`: groups are counted together; `own`: each group by itself
 * @returns by arm and histogram the kept intervals that hold values, ascending
 */
export async function refineIntervals<R>(
  program: UnitProgram<R>,
  layout: 'shared' | 'own',
  judge: (interval: Interval, place: Place) => Verdict,
): Promise<(readonly Interval[])[][]> {
  const { source } = program.queries;
  const whole: Interval = { low: -Infinity, high: Infinity, count: Infinity, below: 0, single: false };
  let found = program.arms.map(({ recipe: { value } }, arm) =>
    Array.from({ length: source.columnCount(value) * (layout === 'own' ? source.groupCount(value) : 1) }, (_, histogram): Found => {
      const place = { arm, histogram };
      return { place, intervals: judge(whole, place) === 'drop' ? [] : [whole] };
    }),
  );
  const isSplit = (interval: Interval, place: Place) => !interval.single && judge(interval, place) === 'split';
  for (let round = 0; round < maxRounds; round++) {
    let open = 0;
    for (const arm of found) for (const { place, intervals } of arm) for (const i of intervals) if (isSplit(i, place)) open++;
    if (open === 0) break;
    const histograms = found.reduce((n, arm) => n + arm.length, 0);
    found = await narrow(program, layout, found, { isSplit, judge, split: splitOf(open, histograms) });
  }
  return found.map((histograms) => histograms.map(({ intervals }) => intervals));
}

function splitOf(open: number, histograms: number): number {
  const edges = Math.max(fewestEdges, Math.min(mostEdges, edgesPerHistogram * histograms));
  return Math.max(minSplit, Math.min(maxSplit, Math.floor(edges / open)));
}

interface Rule {
  readonly isSplit: (interval: Interval, place: Place) => boolean;
  readonly judge: (interval: Interval, place: Place) => Verdict;
  readonly split: number;
}

async function narrow<R>(program: UnitProgram<R>, layout: 'shared' | 'own', found: readonly Found[][], rule: Rule): Promise<Found[][]> {
  const order = new DoubleOrder();
  const thresholds = found.map((histograms) => histograms.map((histogram) => thresholdsOf(order, histogram, rule)));
  const counts = await askCounts(program, layout, thresholds.map(edgesOf));
  return found.map((histograms, a) =>
    histograms.map((histogram, h) => ({
      place: histogram.place,
      intervals: narrowed(order, histogram, rule, thresholds[a]?.[h] as number[], counts[a]?.[h] as Float64Array),
    })),
  );
}

/** Counts by arm and histogram; groups of the `shared` layout are added up. */
async function askCounts<R>(program: UnitProgram<R>, layout: 'shared' | 'own', edges: readonly Edges[]): Promise<Float64Array[][]> {
  const { federation, queries, scope, arms } = program;
  const { value } = await federation.sum(queries.cells, { arms, layout, edges }, scope);
  return value.map((counts, a) =>
    counts.map((cells) => (layout === 'own' ? cells : addGroups(cells, queries.source.groupCount((arms[a] as Arm<R>).recipe.value)))),
  );
}

/** The cells of all groups together, from groups x cells. */
export function addGroups(counts: Float64Array, groupCount: number): Float64Array {
  const cells = counts.length / groupCount;
  const out = new Float64Array(cells);
  for (let g = 0; g < groupCount; g++) for (let k = 0; k < cells; k++) out[k] = (out[k] as number) + (counts[g * cells + k] as number);
  return out;
}

/** Histograms one after another. */
export function edgesOf(histograms: readonly ArrayLike<number>[]): Edges {
  const sizes = Float64Array.from(histograms, (edges) => edges.length);
  const edges = new Float64Array(sizes.reduce((n, size) => n + size, 0));
  let at = 0;
  for (const histogram of histograms) {
    edges.set(histogram, at);
    at += histogram.length;
  }
  return { sizes, edges };
}

/** The ends of intervals that are split and the thresholds inside them, ascending. */
function thresholdsOf(order: DoubleOrder, { place, intervals }: Found, { isSplit, split }: Rule): number[] {
  const out: number[] = [];
  const push = (value: number) => {
    if (Number.isFinite(value) && value !== out[out.length - 1]) out.push(value);
  };
  for (const interval of intervals) {
    if (!isSplit(interval, place)) continue;
    const { low, high } = interval;
    const inside = order.split(low, high, split);
    const guess = simplestDecimal(low, high);
    if (guess !== undefined) {
      inside.push(...[order.before(guess), guess].filter((value) => value > low && value < high));
      inside.sort((a, b) => a - b);
    }
    push(low);
    inside.forEach(push);
    push(high);
  }
  return out;
}

function narrowed(order: DoubleOrder, { place, intervals }: Found, rule: Rule, edges: readonly number[], counts: Float64Array): Interval[] {
  const out: Interval[] = [];
  let k = 0;
  for (const interval of intervals) {
    if (!rule.isSplit(interval, place)) {
      out.push(interval);
      continue;
    }
    while (k < edges.length && (edges[k] as number) <= interval.low) k++;
    let { low, below } = interval;
    for (; k <= edges.length && low < interval.high; k++) {
      const high = k < edges.length ? (edges[k] as number) : Infinity;
      const part = { low, high, count: counts[k] as number, below, single: order.between(low, high) <= 0 };
      if (part.count > 0 && rule.judge(part, place) !== 'drop') out.push(part);
      below += part.count;
      low = high;
    }
  }
  return out;
}
