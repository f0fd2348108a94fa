import { exp, ln } from '@cohortium/numerics';

/** The two-sample Kolmogorov-Smirnov test. */
export interface KolmogorovTest {
  /** Largest distance of the two empirical distribution functions. */
  readonly d: number;
  /** Two-sided p of the asymptotic distribution. */
  readonly pAsymptotic: number;
}

/**
 * Two-sample Kolmogorov-Smirnov test with its asymptotic p (R: `ks.test(exact = FALSE)`), from counts of the two samples at the
 * ascending distinct values; null where a sample is empty. Kolmogorov 1933; Smirnov 1939.
 */
export function kolmogorovTest(first: ArrayLike<number>, second: ArrayLike<number>): KolmogorovTest | null {
  const sum = (counts: ArrayLike<number>) => Array.from(counts).reduce((total, c) => total + c, 0);
  const m = sum(first);
  const n = sum(second);
  if (m === 0 || n === 0) return null;
  let below = 0;
  let belowSecond = 0;
  let d = 0;
  for (let k = 0; k < first.length; k++) {
    below += first[k] as number;
    belowSecond += second[k] as number;
    d = Math.max(d, Math.abs(below / m - belowSecond / n));
  }
  return { d, pAsymptotic: kolmogorovTail(Math.sqrt((m * n) / (m + n)) * d) };
}

/** Terms below this end the series, as in R: p is exact to about 1e-6, below 1 to 4e-5. */
const seriesTolerance = 1e-6;

/**
 * P(K > x) of Kolmogorov's limiting distribution: the alternating series from 1 on, the theta-transformed one below. Both are summed and
 * subtracted from 1 as in R up to 4.3, so that p has a resolution of 1e-16 (R 4.4 sums the tail).
 */
export function kolmogorovTail(x: number): number {
  if (!(x > 0)) return 1;
  if (x < 1) {
    const z = -(Math.PI * Math.PI) / (8 * x * x);
    const w = ln(x);
    const terms = Math.floor(Math.sqrt(2 - ln(seriesTolerance)));
    let sum = 0;
    for (let k = 1; k < terms; k += 2) sum += exp(k * k * z - w);
    return 1 - sum * Math.sqrt(2 * Math.PI);
  }
  const z = -2 * x * x;
  let before = 0;
  let below = 1;
  for (let k = 1, sign = -1; Math.abs(below - before) > seriesTolerance; k++, sign = -sign) {
    before = below;
    below += 2 * sign * exp(z * k * k);
  }
  return 1 - below;
}
