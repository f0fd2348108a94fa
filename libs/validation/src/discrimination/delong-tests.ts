import { normalTwoSided, tTwoSided } from '@cohortium/numerics';
import { waldInterval } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';
import type { GroupPlacements, PlacementSums } from '../score-sums/placements-query.js';
import type { AucEstimate } from './delong.js';

/** Comparison of two AUCs on the same participants. */
export interface PairedDelong {
  readonly difference: number;
  readonly standardError: number;
  readonly covariance: number;
  readonly z: number;
  readonly p: number;
  /** Null where the difference has no variance. */
  readonly interval: Interval | null;
}

/**
 * DeLong covariance matrix of the AUCs of a group, from sums of placements: S10 / positives + S01 / negatives, row-major; NaN with fewer
 * than two of a class. Source: DeLong, DeLong & Clarke-Pearson 1988, doi 10.2307/2531595, formulas 4 to 6.
 */
export function delongCovariance({ positives, negatives }: GroupPlacements): Float64Array {
  const s10 = sampleCovariance(positives);
  const s01 = sampleCovariance(negatives);
  return s10.map((value, k) => value / positives.participants + (s01[k] as number) / negatives.participants);
}

function sampleCovariance({ participants, first, products }: PlacementSums): Float64Array {
  const size = first.length;
  return products.map((sum, k) => {
    const a = Math.floor(k / size);
    const b = k % size;
    return participants > 1 ? (sum - ((first[a] as number) * (first[b] as number)) / participants) / (participants - 1) : NaN;
  });
}

/** Paired DeLong test from two AUCs with their variances and covariance. Equal AUCs without variance differ by 0: z 0, p 1. */
export function pairedDelong(aucs: readonly [number, number], variances: readonly [number, number], covariance: number): PairedDelong {
  const difference = aucs[0] - aucs[1];
  const variance = variances[0] + variances[1] - 2 * covariance;
  // Two scores that rank alike have a variance of rounding errors.
  if (!Number.isFinite(variance)) return { difference, standardError: NaN, covariance, z: NaN, p: NaN, interval: null };
  if (!(variance > 1e-14 * (variances[0] + variances[1]))) {
    const same = Math.abs(difference) <= 1e-14;
    return { difference, standardError: 0, covariance, z: same ? 0 : NaN, p: same ? 1 : NaN, interval: null };
  }
  const standardError = Math.sqrt(variance);
  const z = difference / standardError;
  return { difference, standardError, covariance, z, p: normalTwoSided(z), interval: waldInterval(difference, standardError) };
}

/** Comparison of two AUCs on different participants. */
export interface UnpairedDelong {
  readonly difference: number;
  /** Difference over its standard error. */
  readonly d: number;
  readonly df: number;
  readonly p: number;
  readonly interval: Interval | null;
}

/**
 * Unpaired DeLong test as pROC does it: D = (A - B) / sqrt(V_A + V_B), a t statistic with the Welch-Satterthwaite degrees of freedom
 * (V_A + V_B)^2 / (V_A^2 / (N_A - 1) + V_B^2 / (N_B - 1)). NaN without variance. The interval is normal.
 */
export function unpairedDelong(a: AucEstimate, b: AucEstimate): UnpairedDelong {
  const difference = a.auc - b.auc;
  const variance = a.variance + b.variance;
  const sizes = [a.positives + a.negatives - 1, b.positives + b.negatives - 1] as const;
  const df = (variance * variance) / (a.variance ** 2 / sizes[0] + b.variance ** 2 / sizes[1]);
  const d = difference / Math.sqrt(variance);
  if (!(variance > 0)) return { difference, d: NaN, df: NaN, p: NaN, interval: null };
  return { difference, d, df, p: tTwoSided(d, df), interval: waldInterval(difference, Math.sqrt(variance)) };
}

/**
 * p values adjusted by Holm's step-down method, in the order given; NaN stays and does not count.
 * Source: Holm 1979, https://www.jstor.org/stable/4615733; `p.adjust(method = "holm")` of R.
 */
export function holm(p: readonly number[]): number[] {
  const order = [...p.keys()].filter((k) => Number.isFinite(p[k])).sort((a, b) => (p[a] as number) - (p[b] as number));
  const out = p.map(() => NaN);
  let largest = 0;
  order.forEach((k, rank) => {
    largest = Math.max(largest, Math.min(1, (p[k] as number) * (order.length - rank)));
    out[k] = largest;
  });
  return out;
}
