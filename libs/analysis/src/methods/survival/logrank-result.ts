import type { Json } from '@cohortium/kernel';
import { logRankTest } from '@cohortium/statistics';
import type { LogRankSums } from '@cohortium/statistics';
import { orNull } from '../regression/coefficient-table.js';

/** Test with observed and expected events by group; null with a reason where it does not exist. */
export function logRankResult(sums: LogRankSums, kept: readonly number[]): Record<string, Json> {
  const test = logRankTest(sums);
  const figures = { observed: kept.map((a) => orNull(sums.observed[a])), expected: kept.map((a) => orNull(sums.expected[a])) };
  if (!test) return { chisq: null, df: null, p: null, ...figures, reason: 'fewer than two groups could have had events' };
  return { ...test, ...figures };
}
