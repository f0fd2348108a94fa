import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { powerOfTwoNear } from '../units/moments.js';
import { intraclassCorrelations } from './icc.js';
import type { Icc, MeanSquares } from './icc.js';
import type { RaterSums, RatingQueries, RatingSquares } from './query.js';
import type { Ratings } from './raters.js';

/** What {@link fitIcc} needs. */
export interface IccProgram {
  readonly federation: Federation;
  readonly queries: RatingQueries;
  readonly scope: RosterScope;
  readonly ratings: Ratings;
  /** Sites held out, one per arm; `[null]` for everybody. */
  readonly heldOut: readonly (string | null)[];
  /** Confidence level of the limits. */
  readonly level: number;
}

/** Reliability of one column. */
export interface ColumnIcc {
  readonly column: string;
  readonly squares: MeanSquares;
  /** The six forms, or why there is none. */
  readonly icc: readonly Icc[] | null;
  readonly reason: 'constant' | 'tooFewParticipants' | null;
}

/** Reliability of all columns of one arm. */
export interface ArmIcc {
  readonly columns: readonly ColumnIcc[];
  /** Participants without a row of every rater: left out of every column. */
  readonly incomplete: number;
  /** Rows that repeat a rater for the same participant. */
  readonly duplicates: number;
}

/** Residuals below this share of the whole are rounding: the raters agree perfectly. */
const restShare = 1e-24;

/**
 * Intraclass correlations from secure sums of squares, all columns and arms in two rounds: rater means, then squares around them, so
 * that nothing is lost to cancellation. Participants stay within a site, raters go across sites. A participant counts for a column if
 * every rater measured it (as `na.omit` in `psych::ICC`).
 */
export async function fitIcc({ federation, queries, scope, ratings, heldOut, level }: IccProgram): Promise<ArmIcc[]> {
  const m = ratings.codes.length;
  const common = { heldOut, ratings: new Frozen(ratings) };
  const { value: sums } = await federation.sum(queries.sums, common, scope);
  const centers = sums.map(({ sums: s, participants }) =>
    s.map((sum, at) => ((participants[Math.floor(at / m)] as number) > 0 ? sum / (participants[Math.floor(at / m)] as number) : 0)),
  );
  const scales = sums.map(({ absolute, participants }) =>
    absolute.map((sum, j) => powerOfTwoNear((participants[j] as number) > 0 ? sum / (m * (participants[j] as number)) : 0)),
  );
  const { value: squares } = await federation.sum(queries.squares, { ...common, centers, scales }, scope);
  return sums.map((first, a) => ({
    incomplete: first.incomplete,
    duplicates: first.duplicates,
    columns: ratings.columns.map((column, j) => {
      const found = meanSquares(j, m, first, squares[a] as RatingSquares, centers[a] as Float64Array, scales[a] as Float64Array);
      const icc = intraclassCorrelations(found, level);
      return { column, squares: found, icc, reason: icc ? null : found.participants < 2 ? 'tooFewParticipants' : 'constant' };
    }),
  }));
}

function meanSquares(
  j: number,
  m: number,
  { participants }: RaterSums,
  { between, rest, first }: RatingSquares,
  centers: Float64Array,
  scales: Float64Array,
): MeanSquares {
  const n = participants[j] as number;
  const s = scales[j] as number;
  if (n < 2) return { participants: n, raters: m, msb: 0, msj: 0, mse: 0, msw: 0 };
  // Centers are rater means up to rounding; `first` holds what they miss, in units of the scale.
  const misses = Array.from({ length: m }, (_, k) => (first[j * m + k] as number) / n);
  const miss = misses.reduce((sum, d) => sum + d / m, 0);
  const means = misses.map((d, k) => (centers[j * m + k] as number) / s + d);
  const grand = means.reduce((sum, mean) => sum + mean / m, 0);
  let ssb = m * ((between[j] as number) - n * miss * miss);
  let sse = (rest[j] as number) - n * misses.reduce((sum, d) => sum + (d - miss) * (d - miss), 0);
  let ssj = n * means.reduce((sum, mean) => sum + (mean - grand) * (mean - grand), 0);
  const size = ssb + n * m * grand * grand;
  const zero = (value: number) => (value > restShare * size ? value : 0);
  [ssb, sse, ssj] = [zero(ssb), zero(sse), zero(ssj)];
  const square = s * s;
  return {
    participants: n,
    raters: m,
    msb: (square * ssb) / (n - 1),
    msj: (square * ssj) / (m - 1),
    mse: (square * sse) / ((n - 1) * (m - 1)),
    msw: (square * (ssj + sse)) / (n * (m - 1)),
  };
}
