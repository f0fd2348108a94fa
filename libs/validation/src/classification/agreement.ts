import { chiSquareTail, lnGamma, exp } from '@cohortium/numerics';
import { waldInterval } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';

/** McNemar's test of two paired yes/no decisions. */
export interface McNemar {
  /** Pairs in which only the first, and only the second, says yes. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Chi-square without and with Edwards' continuity correction; NaN without discordant pairs. */
  readonly statistic: number;
  readonly p: number;
  readonly correctedStatistic: number;
  readonly correctedP: number;
  /** Two-sided binomial test of the discordant pairs. */
  readonly exactP: number;
}

/**
 * McNemar's test from the discordant pairs: (b - c)^2 / (b + c), corrected (|b - c| - 1)^2 / (b + c) where b and c differ (as `mcnemar.test` of R
 * does), and the exact binomial test. Source: McNemar 1947, doi 10.1007/BF02295996; Edwards 1948, doi 10.1007/BF02289261.
 */
export function mcNemar(onlyFirst: number, onlySecond: number): McNemar {
  const discordant = onlyFirst + onlySecond;
  const gap = Math.abs(onlyFirst - onlySecond);
  const statistic = (gap * gap) / discordant;
  const correctedStatistic = gap === 0 ? statistic : (gap - 1) ** 2 / discordant;
  return {
    onlyFirst,
    onlySecond,
    statistic,
    p: chiSquareTail(statistic, 1),
    correctedStatistic,
    correctedP: chiSquareTail(correctedStatistic, 1),
    exactP: discordant === 0 ? 1 : exactBinomial(Math.min(onlyFirst, onlySecond), discordant),
  };
}

/** Two-sided p of `successes` or fewer heads of a fair coin: twice the smaller tail, at most 1. */
function exactBinomial(successes: number, trials: number): number {
  let tail = 0;
  for (let k = 0; k <= successes; k++) tail += exp(lnGamma(trials + 1) - lnGamma(k + 1) - lnGamma(trials - k + 1) - trials * Math.LN2);
  return Math.min(1, 2 * tail);
}

/** Cohen's kappa of two raters. */
export interface Kappa {
  readonly kappa: number;
  readonly standardError: number;
  /** Clipped to [-1, 1]; null where the variance does not exist. */
  readonly interval: Interval | null;
}

/**
 * Cohen's kappa of a square table of counts with the large-sample variance of Fleiss, Cohen & Everitt; `cohen.kappa` of psych, unweighted.
 * NaN where chance agreement is complete. Source: Fleiss, Cohen & Everitt 1969, doi 10.1037/h0028106.
 * @param counts row-major, `levels x levels`
 */
export function cohenKappa(counts: Float64Array, levels: number): Kappa {
  let total = 0;
  for (const count of counts) total += count;
  const rows = new Float64Array(levels);
  const columns = new Float64Array(levels);
  for (let a = 0; a < levels; a++) {
    for (let b = 0; b < levels; b++) {
      const share = (counts[a * levels + b] as number) / total;
      rows[a] = (rows[a] as number) + share;
      columns[b] = (columns[b] as number) + share;
    }
  }
  let observed = 0;
  let chance = 0;
  for (let a = 0; a < levels; a++) {
    observed += (counts[a * levels + a] as number) / total;
    chance += (rows[a] as number) * (columns[a] as number);
  }
  const kappa = (observed - chance) / (1 - chance);
  let sum = 0;
  for (let a = 0; a < levels; a++) {
    for (let b = 0; b < levels; b++) {
      const share = (counts[a * levels + b] as number) / total;
      if (a === b) sum += share * (1 - chance - ((rows[a] as number) + (columns[a] as number)) * (1 - observed)) ** 2;
      // A disagreement weighs by the marginal shares of the two levels, each of the other rater.
      else sum += share * (1 - observed) ** 2 * ((columns[a] as number) + (rows[b] as number)) ** 2;
    }
  }
  const squared = (observed * chance - 2 * chance + observed) ** 2;
  if (!Number.isFinite(kappa)) return { kappa: NaN, standardError: NaN, interval: null };
  // Where one rater says the same of everyone the two terms are equal, and rounding leaves a difference near 0.
  if (!(sum - squared > 1e-12 * sum)) return { kappa, standardError: 0, interval: null };
  const standardError = Math.sqrt((sum - squared) / (total * (1 - chance) ** 4));
  const { low, high } = waldInterval(kappa, standardError);
  return { kappa, standardError, interval: { low: Math.max(-1, low), high: Math.min(1, high) } };
}
