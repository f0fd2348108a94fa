import { Frozen } from '@cohortium/kernel';
import { chiSquareTail } from '@cohortium/numerics';
import { nextUp } from '../discrimination/score-grid.js';
import type { BinSums } from '../score-sums/bin-sums-query.js';
import { orderStatistics } from '../score-sums/exact-scores.js';
import { keySearch } from '../score-sums/evaluation.js';
import type { Evaluation } from '../score-sums/evaluation.js';

/** Where a quantile of type 7 lies between order statistics: (1 - weight) x[low] + weight x[high], ranks from 1. */
export interface QuantilePlace {
  readonly low: number;
  readonly high: number;
  readonly weight: number;
}

/** Place of the `share` quantile of n values, type 7 of Hyndman & Fan 1996, doi 10.2307/2684934 (the default of R's `quantile`). */
export function quantilePlace(n: number, share: number): QuantilePlace {
  const index = 1 + Math.max(n - 1, 0) * share;
  return { low: Math.floor(index), high: Math.ceil(index), weight: index - Math.floor(index) };
}

/** The quantile from the two order statistics of its place. */
export function quantileFrom({ weight }: QuantilePlace, low: number, high: number): number {
  return weight > 0 && high !== low ? (1 - weight) * low + weight * high : low;
}

/** Quantile of type 7 of ascending values. */
export function sortedQuantile(ascending: Float64Array, share: number): number {
  const place = quantilePlace(ascending.length, share);
  return ascending.length === 0 ? NaN : quantileFrom(place, ascending[place.low - 1] as number, ascending[place.high - 1] as number);
}

/**
 * Quantiles of the scores of each entry, exactly (type 7), by a search for the order statistics: see `orderStatistics` for what it discloses.
 * @param sizes participants of each entry
 */
export async function scoreQuantiles<S>(
  evaluation: Evaluation<S>,
  sizes: readonly number[],
  shares: readonly number[],
): Promise<Float64Array[]> {
  const places = sizes.map((n) => (n === 0 ? [] : shares.map((share) => quantilePlace(n, share))));
  const found = await orderStatistics(
    keySearch(evaluation),
    places.map((own) => own.flatMap(({ low, high }) => [low, high])),
  );
  return places.map((own, k) =>
    Float64Array.from(own, (place, j) => quantileFrom(place, found[k]?.[2 * j] as number, found[k]?.[2 * j + 1] as number)),
  );
}

/** Observed and expected events in groups of risk. */
export interface HosmerLemeshow {
  readonly breaks: Float64Array;
  readonly participants: Float64Array;
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  /** Sum of (O - E)^2 / (E (1 - E / n)). */
  readonly statistic: number;
  /** Groups - 2 and the p where the model was made from these participants; groups and the p where it was not. */
  readonly dfDevelopment: number;
  readonly pDevelopment: number;
  readonly dfValidation: number;
  readonly pValidation: number;
}

/** Borders of right-closed groups, the lowest included, as cells whose border belongs above: below, the groups, beyond. */
export function rightClosedEdges(breaks: Float64Array): Float64Array {
  return Float64Array.from(breaks, (b, k) => (k === 0 ? b : nextUp(b)));
}

/** Equal breaks are one. */
export function distinctBreaks(breaks: Float64Array): Float64Array {
  return Float64Array.from(new Set(breaks)).sort();
}

/**
 * Hosmer-Lemeshow test of each entry in groups with given breaks, right-closed, the lowest included (R's `cut(include.lowest = TRUE)`);
 * participants outside of the breaks are left out. Source: Hosmer & Lemeshow 1980, doi 10.1080/03610928008827941.
 */
export async function hosmerLemeshow<S>(
  { federation, scope, queries, source }: Evaluation<S>,
  breaks: readonly Float64Array[],
): Promise<HosmerLemeshow[]> {
  const distinct = breaks.map(distinctBreaks);
  const edges = new Frozen(distinct.map(rightClosedEdges));
  const { value } = await federation.sum(queries.binSums, { source, edges }, scope);
  return value.map((sums, k) => testGroups(sums, distinct[k] as Float64Array));
}

function testGroups(sums: BinSums, breaks: Float64Array): HosmerLemeshow {
  const inside = (counts: Float64Array) => counts.slice(1, breaks.length);
  const participants = inside(sums.participants);
  const observed = inside(sums.events);
  const expected = inside(sums.scores);
  let statistic = 0;
  let groups = 0;
  participants.forEach((n, g) => {
    if (n === 0) return;
    const e = expected[g] as number;
    statistic += ((observed[g] as number) - e) ** 2 / (e * (1 - e / n));
    groups++;
  });
  return {
    breaks,
    participants,
    observed,
    expected,
    statistic,
    dfDevelopment: groups - 2,
    pDevelopment: groups > 2 ? chiSquareTail(statistic, groups - 2) : NaN,
    dfValidation: groups,
    pValidation: groups > 0 ? chiSquareTail(statistic, groups) : NaN,
  };
}

/** A reliability diagram in bins of equal width with its expected calibration error. */
export interface Reliability {
  readonly participants: Float64Array;
  readonly events: Float64Array;
  readonly probabilities: Float64Array;
  /** Sum over bins of n / N |observed share - mean probability|. */
  readonly ece: number;
}

/**
 * Expected calibration error of each entry in bins of equal width on [0, 1], left-closed, 1 in the last.
 * Source: Naeini, Cooper & Hauskrecht 2015, AAAI 29(1), doi 10.1609/aaai.v29i1.9602.
 */
export async function reliability<S>(
  { federation, scope, queries, source, entryCount }: Evaluation<S>,
  bins: number,
): Promise<Reliability[]> {
  const borders = Float64Array.from({ length: bins - 1 }, (_, k) => (k + 1) / bins);
  const edges = new Frozen(Array.from({ length: entryCount }, () => borders));
  const { value } = await federation.sum(queries.binSums, { source, edges }, scope);
  return value.map(({ participants, events, scores }) => {
    let total = 0;
    let gaps = 0;
    participants.forEach((n, b) => {
      total += n;
      gaps += Math.abs((events[b] as number) - (scores[b] as number));
    });
    return { participants, events, probabilities: scores, ece: gaps / total };
  });
}
