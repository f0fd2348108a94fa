import { selectRanks } from './order-statistics.js';

/**
 * What statistics and histogram features are made of: moments and order statistics of N values. Percentiles interpolate linearly
 * between the two nearest order statistics (definition 7 of Hyndman & Fan 1996, doi 10.1080/00031305.1996.10473566).
 */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  /** sum (x - mean)^q / N for q = 2, 3, 4. */
  readonly moment2: number;
  readonly moment3: number;
  readonly moment4: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly median: number;
  readonly percentile10: number;
  readonly percentile25: number;
  readonly percentile75: number;
  readonly percentile90: number;
  /** sum |x - mean| / N */
  readonly meanDeviation: number;
  /** sum |x - median| / N */
  readonly medianDeviation: number;
  /** Mean absolute deviation from their own mean of the values from the 10th to the 90th percentile, both included. */
  readonly robustDeviation: number;
  /** sum x^2 */
  readonly energy: number;
}

/** Shares of the values below the percentiles that features need. */
const shares = [0.1, 0.25, 0.5, 0.75, 0.9] as const;

/** Distribution of N single values. N is at least 1. */
export function distributionOf(values: Float64Array): Distribution {
  const ordered = values.slice();
  const places = shares.map((share) => Math.floor(share * (values.length - 1)));
  selectRanks(
    ordered,
    [...new Set(places.flatMap((place) => [place, Math.min(place + 1, values.length - 1)]))].sort((a, b) => a - b),
  );
  return describe(values, undefined, values.length, (rank) => ordered[rank] as number);
}

/** Distribution of levels that occur `counts[r]` times; levels ascend, counts are above 0. */
export function distributionOfCounts(levels: Float64Array, counts: Float64Array): Distribution {
  const cumulative = counts.slice();
  for (let r = 1; r < cumulative.length; r++) cumulative[r] = (cumulative[r] as number) + (cumulative[r - 1] as number);
  const total = cumulative[cumulative.length - 1] as number;
  return describe(levels, counts, total, (rank) => levels[cumulative.findIndex((below) => rank < below)] as number);
}

/** @param ordered the value of a rank (from 0) among all N sorted values */
function describe(values: Float64Array, counts: Float64Array | undefined, count: number, ordered: (rank: number) => number): Distribution {
  const percentile = (share: number) => {
    const place = share * (count - 1);
    const below = Math.floor(place);
    const low = ordered(below);
    return place === below ? low : low + (place - below) * (ordered(below + 1) - low);
  };
  const percentiles = shares.map(percentile) as unknown as readonly [number, number, number, number, number];
  const [percentile10, percentile25, median, percentile75, percentile90] = percentiles;
  const { mean, energy, minimum, maximum, robustCount, robustMean } = firstPass(values, counts, percentile10, percentile90);
  let moment2 = 0;
  let moment3 = 0;
  let moment4 = 0;
  let meanDeviation = 0;
  let medianDeviation = 0;
  let robustDeviation = 0;
  for (let v = 0; v < values.length; v++) {
    const x = values[v] as number;
    const weight = counts === undefined ? 1 : (counts[v] as number);
    const d = x - mean;
    const square = d * d * weight;
    moment2 += square;
    moment3 += square * d;
    moment4 += square * d * d;
    meanDeviation += Math.abs(d) * weight;
    medianDeviation += Math.abs(x - median) * weight;
    if (x >= percentile10 && x <= percentile90) robustDeviation += Math.abs(x - robustMean) * weight;
  }
  return {
    count,
    mean,
    minimum,
    maximum,
    median,
    percentile10,
    percentile25,
    percentile75,
    percentile90,
    energy,
    moment2: moment2 / count,
    moment3: moment3 / count,
    moment4: moment4 / count,
    meanDeviation: meanDeviation / count,
    medianDeviation: medianDeviation / count,
    // Where no value lies between the percentiles (two values, say), nothing deviates.
    robustDeviation: robustCount === 0 ? 0 : robustDeviation / robustCount,
  };
}

/** Extremes, means of all values and of those between two bounds, and the sum of squares. */
function firstPass(values: Float64Array, counts: Float64Array | undefined, low: number, high: number) {
  // Sums of values less a value among them: a constant region has that value as its mean, to the bit.
  const origin = values[0] as number;
  let total = 0;
  let sum = 0;
  let energy = 0;
  let robustCount = 0;
  let robustSum = 0;
  let minimum = origin;
  let maximum = origin;
  for (let v = 0; v < values.length; v++) {
    const x = values[v] as number;
    const weight = counts === undefined ? 1 : (counts[v] as number);
    total += weight;
    sum += (x - origin) * weight;
    energy += x * x * weight;
    if (x < minimum) minimum = x;
    if (x > maximum) maximum = x;
    if (x >= low && x <= high) {
      robustCount += weight;
      robustSum += (x - origin) * weight;
    }
  }
  return { mean: origin + sum / total, energy, minimum, maximum, robustCount, robustMean: origin + robustSum / robustCount };
}
