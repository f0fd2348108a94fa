import { chiSquareTail, normalQuantile, normalTwoSided, tQuantile, tTwoSided } from '@cohortium/numerics';
import { normalQuantile975 } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';
import { estimateTau2, qProfile, traces, weightSums } from './heterogeneity.js';
import type { HeterogeneityInterval, RootSearch, SiteEstimates, Tau2Method } from './heterogeneity.js';

/**
 * How the mean is tested. `z`: normal. `knha`: Hartung-Knapp (Sidik-Jonkman), t with k - 1 degrees of freedom, as metafor's `knha`. `hksj-floor`:
 * the same with its variance factor at least 1, so that the interval is never narrower than z for that reason; metafor calls it `adhoc`.
 */
export type MetaTest = 'z' | 'knha' | 'hksj-floor';

/** A random-effects meta-analysis of sites. NaN and null where a figure does not exist. */
export interface MetaAnalysis {
  readonly method: Tau2Method;
  readonly test: MetaTest;
  readonly k: number;
  readonly estimate: number;
  readonly standardError: number;
  readonly statistic: number;
  readonly p: number;
  readonly interval: Interval | null;
  readonly tau2: number;
  readonly tau2StandardError: number;
  /** In percent, and its root form, with the typical sampling variance of Higgins & Thompson. */
  readonly i2: number;
  readonly h2: number;
  /** The typical sampling variance. */
  readonly typicalVariance: number;
  readonly q: number;
  readonly qP: number;
  /** Hartung-Knapp's factor: sum of w (y - mean)^2 / (k - 1). */
  readonly varianceFactor: number;
  /** Prediction interval with the quantile of the test (t with k - 1 degrees of freedom, or normal): what metafor prints. */
  readonly predictionOfTest: Interval | null;
  /** Prediction interval with t of k - 2 degrees of freedom (Higgins, Thompson & Spiegelhalter 2009, doi 10.1111/j.1467-985X.2008.00552.x). */
  readonly predictionKMinus2: Interval | null;
  /** In percent, in the order of the sites. */
  readonly weights: Float64Array;
}

/** Sites below which there is no prediction interval, and below which results are to be read with care. */
export const fewSites = { noPrediction: 3, few: 5 } as const;

/**
 * Random-effects meta-analysis of site estimates, as `rma.uni` of metafor. With one site the estimate is that site's.
 * Sources: Hartung & Knapp 2001, doi 10.1002/sim.791; Sidik & Jonkman 2002, doi 10.1002/sim.1262; the floor: Knapp & Hartung 2003,
 * doi 10.1002/sim.1482; I2: Higgins & Thompson 2002, doi 10.1002/sim.1186.
 */
export function metaAnalysis(
  sites: SiteEstimates,
  method: Tau2Method,
  test: MetaTest,
  roots: RootSearch = 'metafor',
  level = 0.95,
): MetaAnalysis {
  const k = sites.yi.length;
  const { tau2, standardError: tau2StandardError } = estimateTau2(sites, method, roots);
  const sums = weightSums(sites, tau2);
  const varianceFactor = k > 1 ? sums.q / (k - 1) : NaN;
  const factor = test === 'z' ? 1 : test === 'knha' ? varianceFactor : Math.max(1, varianceFactor);
  const standardError = Math.sqrt(factor / sums.s1);
  const statistic = sums.mean / standardError;
  const upper = (1 + level) / 2;
  const quantile = test === 'z' ? normalAt(upper) : k > 1 ? tQuantile(upper, k - 1) : NaN;
  const fixed = weightSums(sites, 0);
  const typicalVariance = k > 1 ? (k - 1) / traces(fixed).p : 0;
  const spread = Math.sqrt(standardError * standardError + tau2);
  const noPrediction = method === 'EE' || k < fewSites.noPrediction;
  const q = k > 1 ? fixed.q : 0;
  return {
    method,
    test,
    k,
    estimate: sums.mean,
    standardError,
    statistic,
    p: test === 'z' ? normalTwoSided(statistic) : k > 1 ? tTwoSided(statistic, k - 1) : NaN,
    interval: around(sums.mean, quantile * standardError),
    tau2,
    tau2StandardError,
    ...inconsistency(method, k, tau2, q, typicalVariance),
    typicalVariance,
    q,
    qP: k > 1 ? chiSquareTail(q, k - 1) : 1,
    varianceFactor,
    predictionOfTest: noPrediction ? null : around(sums.mean, quantile * spread),
    predictionKMinus2: noPrediction ? null : around(sums.mean, tQuantile(upper, k - 2) * spread),
    weights: sums.w.map((w) => (100 * w) / sums.s1),
  };
}

/** The normal quantile, that of 95 % intervals as it stands everywhere else. */
function normalAt(p: number): number {
  return p === 0.975 ? normalQuantile975 : normalQuantile(p, 0, 1);
}

function inconsistency(method: Tau2Method, k: number, tau2: number, q: number, typical: number): { i2: number; h2: number } {
  if (k < 2) return { i2: 0, h2: 1 };
  if (method === 'EE') return { i2: q > 0 ? Math.max(0, (100 * (q - (k - 1))) / q) : 0, h2: q / (k - 1) };
  return { i2: (100 * tau2) / (typical + tau2), h2: tau2 / typical + 1 };
}

function around(center: number, half: number): Interval | null {
  return Number.isFinite(half) ? { low: center - half, high: center + half } : null;
}

/** Q-profile intervals of a fit; null with fewer than two sites. */
export function heterogeneityInterval(
  sites: SiteEstimates,
  fit: MetaAnalysis,
  roots: RootSearch = 'metafor',
  level = 0.95,
): HeterogeneityInterval | null {
  return sites.yi.length < 2 ? null : qProfile(sites, fit.typicalVariance, fit.tau2, roots, level);
}

/** The meta-analysis without each site in turn, in the order of the sites. */
export function leaveOneOut(sites: SiteEstimates, method: Tau2Method, test: MetaTest, roots: RootSearch = 'metafor'): MetaAnalysis[] {
  return Array.from(sites.yi, (_, left) => {
    const without = (values: Float64Array) => values.filter((__, i) => i !== left);
    return metaAnalysis({ yi: without(sites.yi), vi: without(sites.vi) }, method, test, roots);
  });
}

/** Egger's test for small-study effects. */
export interface Egger {
  /** Slope of the estimate on its standard error, weighted by 1 / variance. */
  readonly slope: number;
  readonly standardError: number;
  readonly t: number;
  readonly df: number;
  readonly p: number;
}

/**
 * Egger's regression: y on its standard error with weights 1 / v, residual variance estimated, t with k - 2 degrees of freedom; null with
 * fewer than three sites or equal standard errors. `regtest(model = "lm")` of metafor.
 * Source: Egger, Davey Smith, Schneider & Minder 1997, doi 10.1136/bmj.315.7109.629.
 */
export function eggerTest({ yi, vi }: SiteEstimates): Egger | null {
  const k = yi.length;
  if (k < 3) return null;
  let w = 0;
  let wx = 0;
  let wy = 0;
  vi.forEach((v, i) => {
    w += 1 / v;
    wx += 1 / Math.sqrt(v);
    wy += (yi[i] as number) / v;
  });
  let sxx = 0;
  let sxy = 0;
  vi.forEach((v, i) => {
    const x = Math.sqrt(v) - wx / w;
    sxx += (x * x) / v;
    sxy += (x * ((yi[i] as number) - wy / w)) / v;
  });
  const slope = sxy / sxx;
  let rss = 0;
  vi.forEach((v, i) => (rss += ((yi[i] as number) - wy / w - slope * (Math.sqrt(v) - wx / w)) ** 2 / v));
  const standardError = Math.sqrt(rss / (k - 2) / sxx);
  const t = slope / standardError;
  return Number.isFinite(t) && sxx > 1e-12 * k ? { slope, standardError, t, df: k - 2, p: tTwoSided(t, k - 2) } : null;
}
