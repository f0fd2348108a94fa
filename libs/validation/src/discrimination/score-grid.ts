import { Frozen } from '@cohortium/kernel';
import { normalQuantile } from '@cohortium/numerics';
import { validationErrors } from '../errors.js';
import { bandedBorders } from '../scores.js';
import { distinctScores } from '../score-sums/exact-scores.js';
import { keysOf, scoreOfKey } from '../score-sums/score-keys.js';
import { keySearch } from '../score-sums/evaluation.js';
import type { Evaluation } from '../score-sums/evaluation.js';
import type { EntryCounts } from '../score-sums/counts-query.js';
import type { ScaleSums } from '../score-sums/scale-query.js';
import type { ClassHistogram } from './delong.js';
import { occupiedCells } from './score-cells.js';
import type { ScoreCells } from './score-cells.js';

/**
 * How fine scores are seen. `bins`: ranges, of equal width in `range`, or at the quantiles of a normal distribution with the mean and SD of
 * the scores; AUCs come with a certificate. `rounded`: scores rounded to declared decimals, exactly. `values`: scores that take declared
 * values only, exactly. `exact`: every distinct score is searched for; see `distinctScores` for what that discloses.
 */
export type GridSpec =
  | { readonly kind: 'bins'; readonly bins: number; readonly range: readonly [number, number] | null }
  | { readonly kind: 'rounded'; readonly decimals: number; readonly range: readonly [number, number] }
  | { readonly kind: 'values'; readonly values: readonly number[] }
  | { readonly kind: 'exact' };

/** Scores of every entry on a grid, with the counts of the rows that take part. */
export interface GriddedScores {
  readonly counts: readonly EntryCounts[];
  readonly cells: readonly ScoreCells[];
}

/**
 * Class counts of every entry on a grid: 2 rounds, 4 for bins without range, 5 to 10 for exact scores.
 * @throws `VALIDATION.OUTSIDE_GRID` where a declared grid does not hold all scores
 */
export async function gridScores<S>(evaluation: Evaluation<S>, spec: GridSpec): Promise<GriddedScores> {
  const { federation, scope, queries, source, entryCount } = evaluation;
  const { value: counts } = await federation.sum(queries.counts, { source, entryCount }, scope);
  if (spec.kind === 'exact') {
    const distinct = await distinctScores(keySearch(evaluation));
    return { counts, cells: distinct.map(({ values, ...classes }) => ({ ...classes, values, edges: values.slice(1) })) };
  }
  if (spec.kind === 'bins' && spec.range === null) {
    const ask = async (centers: Float64Array) => (await federation.sum(queries.scale, { source, centers }, scope)).value;
    const plain = await ask(new Float64Array(entryCount));
    const mean = Float64Array.from(plain, ({ first, participants }) => (participants > 0 ? first / participants : 0));
    const centered = await ask(mean);
    const edges = centered.map((sums, k) => normalEdges(spec.bins, sums, mean[k] as number));
    return { counts, cells: await countCells(evaluation, edges) };
  }
  if (spec.kind === 'bins') {
    const [low, high] = spec.range as readonly [number, number];
    const borders = Float64Array.from({ length: spec.bins - 1 }, (_, k) => low + ((high - low) * (k + 1)) / spec.bins);
    const edges = bandedBorders(borders, high - low);
    return {
      counts,
      cells: await countCells(
        evaluation,
        Array.from({ length: entryCount }, () => edges),
      ),
    };
  }
  return { counts, cells: await countPoints(evaluation, spec.kind === 'values' ? declaredPoints(spec.values) : roundedPoints(spec)) };
}

async function countCells<S>({ federation, scope, queries, source }: Evaluation<S>, edges: readonly Float64Array[]): Promise<ScoreCells[]> {
  const { value } = await federation.sum(queries.cells, { source, edges: new Frozen(edges) }, scope);
  return value.map((histogram, k) => occupiedCells(histogram, edges[k] as Float64Array, null));
}

/** Places that scores may have: borders around each, and the score that stands for it. */
interface Points {
  readonly edges: Float64Array;
  /** By cell of the borders; NaN for a cell that must be empty. */
  readonly values: Float64Array;
}

async function countPoints<S>(
  { federation, scope, queries, source, entryCount }: Evaluation<S>,
  { edges, values }: Points,
): Promise<ScoreCells[]> {
  const frozen = new Frozen(Array.from({ length: entryCount }, () => edges));
  const { value } = await federation.sum(queries.cells, { source, edges: frozen }, scope);
  return value.map((histogram: ClassHistogram) => {
    const outside = [...values.keys()].some(
      (b) => Number.isNaN(values[b]) && (histogram.positives[b] as number) + (histogram.negatives[b] as number) > 0,
    );
    if (outside) throw validationErrors.error('VALIDATION.OUTSIDE_GRID');
    return occupiedCells(histogram, edges, values);
  });
}

function declaredPoints(declared: readonly number[]): Points {
  const sorted = [...new Set(declared)].sort((a, b) => a - b);
  const edges = Float64Array.from(sorted.flatMap((value) => [value, nextUp(value)]));
  return { edges, values: Float64Array.from({ length: edges.length + 1 }, (_, b) => (b % 2 === 1 ? (sorted[b >> 1] as number) : NaN)) };
}

/** Share of the rounding unit in which a score counts as lying on a rounding border; it then goes to the lower point. */
const borderBand = 1e-9;

function roundedPoints({ decimals, range }: { readonly decimals: number; readonly range: readonly [number, number] }): Points {
  let unit = 1;
  for (let k = 0; k < decimals; k++) unit *= 10;
  const first = Math.ceil(range[0] * unit - borderBand);
  const last = Math.floor(range[1] * unit + borderBand);
  const points = Math.max(0, last - first + 1);
  return {
    edges: Float64Array.from({ length: points + 1 }, (_, k) => (first + k - 0.5 + borderBand) / unit),
    values: Float64Array.from({ length: points + 2 }, (_, b) => (b === 0 || b === points + 1 ? NaN : (first + b - 1) / unit)),
  };
}

/** The smallest double above x. */
export function nextUp(x: number): number {
  const { high, low } = keysOf(Float64Array.of(x));
  const next = ((low[0] as number) + 1) >>> 0;
  return scoreOfKey(next === 0 ? (high[0] as number) + 1 : (high[0] as number), next);
}

/** Borders at the quantiles of a normal distribution; none for constant scores. */
function normalEdges(bins: number, { participants: n, first, second }: ScaleSums, center: number): Float64Array {
  const mean = n > 0 ? center + first / n : 0;
  const variance = n > 1 ? (second - (first * first) / n) / (n - 1) : 0;
  const sd = Math.sqrt(Math.max(0, variance));
  if (!(sd > 1e-12 * Math.abs(mean))) return new Float64Array(0);
  // Rounded to 1/64 of the binary order of the SD, so that last bits of two machines give the same borders.
  const unit = binaryOrder(sd) / 64;
  const m = Math.round(mean / unit) * unit;
  const s = Math.max(1, Math.round(sd / unit)) * unit;
  const borders = Float64Array.from({ length: bins - 1 }, (_, k) => m + s * normalQuantile((k + 1) / bins, 0, 1));
  return bandedBorders(borders, s);
}

/** The power of two at or below a positive number. */
function binaryOrder(x: number): number {
  const bits = new Uint32Array(Float64Array.of(x).buffer);
  return 2 ** (((bits[1] as number) >>> 20) - 1023);
}
