import { chiSquareTail, choleskyFactor, choleskySolve, pow, submatrix } from '@cohortium/numerics';
import { atRisk } from './cells-query.js';
import type { SurvivalCells } from './cells-query.js';

/** Observed and expected events of groups, and the covariance of their differences; sums over strata. */
export interface LogRankSums {
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  /** Row-major, groups x groups. */
  readonly covariance: Float64Array;
}

/** No events yet. */
export function emptyLogRank(groups: number): LogRankSums {
  return { observed: new Float64Array(groups), expected: new Float64Array(groups), covariance: new Float64Array(groups * groups) };
}

/**
 * Adds one stratum: the cells of its groups at the same times. Each event time weighs S(t-)^rho with the survival of all groups together
 * (Fleming & Harrington; 0 is the log-rank test, 1 that of Peto & Peto).
 */
export function addLogRank({ observed, expected, covariance }: LogRankSums, groups: readonly SurvivalCells[], rho: number): void {
  const g = groups.length;
  const risk = groups.map(atRisk);
  const times = groups[0]?.events.length ?? 0;
  let survival = 1;
  for (let k = 0; k < times; k++) {
    let n = 0;
    let d = 0;
    for (let a = 0; a < g; a++) {
      n += risk[a]?.[k] as number;
      d += groups[a]?.events[k] as number;
    }
    if (d === 0) continue;
    const weight = rho === 0 ? 1 : pow(survival, rho);
    const spread = n > 1 ? (weight * weight * d * (n - d)) / (n - 1) : 0;
    for (let a = 0; a < g; a++) {
      const share = (risk[a]?.[k] as number) / n;
      observed[a] = (observed[a] as number) + weight * (groups[a]?.events[k] as number);
      expected[a] = (expected[a] as number) + weight * d * share;
      for (let b = 0; b < g; b++) {
        const other = (risk[b]?.[k] as number) / n;
        covariance[a * g + b] = (covariance[a * g + b] as number) + spread * ((a === b ? share : 0) - share * other);
      }
    }
    survival *= (n - d) / n;
  }
}

/** Test of equal survival in all groups. */
export interface LogRankTest {
  readonly chisq: number;
  readonly df: number;
  readonly p: number;
}

/** Chi-square test of the sums, over the groups that could have had events; null where fewer than two could. As R's `survdiff`. */
export function logRankTest({ observed, expected, covariance }: LogRankSums): LogRankTest | null {
  const g = observed.length;
  const some = [...expected.keys()].filter((a) => (expected[a] as number) > 0);
  if (some.length < 2) return null;
  const at = some.slice(1);
  const part = submatrix(covariance, g, at);
  const factor = choleskyFactor(part, at.length, 1e-10);
  if (!factor) return null;
  const difference = Float64Array.from(at, (a) => (observed[a] as number) - (expected[a] as number));
  const solved = choleskySolve(factor, at.length, difference.slice());
  const chisq = difference.reduce((sum, d, k) => sum + d * (solved[k] as number), 0);
  return { chisq, df: at.length, p: chiSquareTail(chisq, at.length) };
}
