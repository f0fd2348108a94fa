import { orderStatistics } from '../ranks/order.js';
import { edgesOf } from '../ranks/refine.js';
import type { ArmMoments } from '../units/moments.js';
import type { UnitProgram } from '../units/queries.js';

/** Quantiles of one arm: column, then group, then probability of that arm; null where there is no value, or none that may be shown. */
export type ArmQuantiles = readonly (readonly (readonly (number | null)[])[])[];

/**
 * Exact sample quantiles by linear interpolation between order statistics (type 7 of Hyndman & Fan 1996, doi
 * 10.1080/00031305.1996.10473566; the default of R and numpy). The order statistics are values of participants.
 * @param probs by arm, from 0 (minimum) to 1 (maximum)
 */
export async function exactQuantiles<R>(
  program: UnitProgram<R>,
  moments: readonly ArmMoments[],
  probs: readonly (readonly number[])[],
): Promise<ArmQuantiles[]> {
  const probsOf = (a: number) => probs[a] as readonly number[];
  const ranks = moments.map(({ groupCount, columnCount, n }, a) =>
    Array.from({ length: columnCount * groupCount }, (_, h) =>
      probsOf(a).flatMap((p) => ranksOf(p, n[(h % groupCount) * columnCount + Math.floor(h / groupCount)] as number)),
    ),
  );
  const values = await orderStatistics(program, ranks);
  return moments.map(({ groupCount, columnCount, n }, a) =>
    Array.from({ length: columnCount }, (_, j) =>
      Array.from({ length: groupCount }, (__, g) => {
        const count = n[g * columnCount + j] as number;
        const found = values[a]?.[j * groupCount + g] as Float64Array;
        return probsOf(a).map((p, k) => (count > 0 ? interpolated(p, count, found[2 * k] as number, found[2 * k + 1] as number) : null));
      }),
    ),
  );
}

/** Ranks of the two order statistics around a quantile. */
function ranksOf(p: number, n: number): number[] {
  if (n === 0) return [];
  const low = Math.floor(1 + (n - 1) * p);
  return [low, Math.min(n, low + 1)];
}

function interpolated(p: number, n: number, low: number, high: number): number {
  const position = 1 + (n - 1) * p;
  const share = position - Math.floor(position);
  return share === 0 || low === high ? low : (1 - share) * low + share * high;
}

/** Settings of smoothed quantiles. */
export interface Smoothing {
  /** Cells of the grid that each quantile is searched on. */
  readonly bins: number;
  /** Values that the smallest bracket of whole cells around a quantile must hold. */
  readonly smoothing: number;
}

/** A value this close above an edge (in cells) counts as on it, so that doubles that differ in the last bits choose alike. */
const tieBand = 1e-9;

/**
 * Quantiles smoothed over brackets of at least k values, in one round on grids computed from the moments: no single value can be read
 * off them. A quantile lies between mean - SD sqrt((1 - p) / p) and mean + SD sqrt(p / (1 - p)) (Cantelli's inequality, with the SD of
 * division by n), which is where its grid lies. Minimum and maximum are values of participants, so they are null.
 */
export async function smoothedQuantiles<R>(
  program: UnitProgram<R>,
  moments: readonly ArmMoments[],
  probs: readonly (readonly number[])[],
  { bins, smoothing }: Smoothing,
): Promise<ArmQuantiles[]> {
  const { federation, queries, scope, arms } = program;
  // Every inner probability of every arm is an arm of its own: all of them in one sum.
  const asked = probs.flatMap((list, arm) => list.filter((p) => p > 0 && p < 1).map((p) => ({ arm, p })));
  const grids = asked.map(({ arm, p }) => gridsOf(moments[arm] as ArmMoments, p, bins));
  const edges = grids.map((grid) => edgesOf(grid.map(({ edges: list }) => list)));
  const copies = asked.map(({ arm }) => arms[arm] as (typeof arms)[number]);
  const counts = asked.length === 0 ? [] : (await federation.sum(queries.cells, { arms: copies, layout: 'own', edges }, scope)).value;
  return moments.map(({ groupCount, columnCount, n }, a) =>
    Array.from({ length: columnCount }, (_, j) =>
      Array.from({ length: groupCount }, (__, g) =>
        (probs[a] as readonly number[]).map((p) => {
          const k = asked.findIndex((one) => one.arm === a && one.p === p);
          const h = j * groupCount + g;
          if (k < 0 || !((n[g * columnCount + j] as number) >= smoothing)) return null;
          return smoothedValue(counts[k]?.[h] as Float64Array, grids[k]?.[h] as Grid, p, smoothing);
        }),
      ),
    ),
  );
}

interface Grid {
  readonly low: number;
  readonly width: number;
  readonly edges: Float64Array;
}

/** One grid per column and group. */
function gridsOf({ groupCount, columnCount, n, mean, squares }: ArmMoments, p: number, bins: number): Grid[] {
  return Array.from({ length: columnCount * groupCount }, (_, h) => {
    const cell = (h % groupCount) * columnCount + Math.floor(h / groupCount);
    const count = n[cell] as number;
    const center = mean[cell] as number;
    const sd = count > 0 ? Math.sqrt((squares[cell] as number) / count) : 0;
    if (!(sd > 0)) return { low: center, width: 0, edges: new Float64Array() };
    const low = center - sd * Math.sqrt((1 - p) / p);
    const width = (center + sd * Math.sqrt(p / (1 - p)) - low) / bins;
    return { low, width, edges: Float64Array.from({ length: bins + 1 }, (__, k) => low + (k + tieBand) * width) };
  });
}

/** Linear interpolation of the cumulative counts across the smallest bracket of whole cells that holds enough values. */
function smoothedValue(counts: Float64Array, { low, width }: Grid, p: number, smoothing: number): number {
  if (!(width > 0)) return low;
  const bins = counts.length - 2;
  const total = counts.reduce((sum, c) => sum + c, 0);
  const target = p * total;
  let cell = 1;
  let below = counts[0] as number;
  while (cell < bins && below + (counts[cell] as number) < target) below += counts[cell++] as number;
  let from = cell;
  let to = cell;
  let inside = counts[cell] as number;
  while (inside < smoothing && (from > 1 || to < bins)) {
    if (from > 1) {
      inside += counts[--from] as number;
      below -= counts[from] as number;
    }
    if (to < bins) inside += counts[++to] as number;
  }
  const lowEdge = low + (from - 1) * width;
  const highEdge = low + to * width;
  if (!(inside > 0)) return (lowEdge + highEdge) / 2;
  return lowEdge + Math.min(1, Math.max(0, (target - below) / inside)) * (highEdge - lowEdge);
}
