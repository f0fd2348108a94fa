import { brentRoot, chiSquareQuantile, ln } from '@cohortium/numerics';

/** Estimates of sites and their sampling variances. */
export interface SiteEstimates {
  readonly yi: Float64Array;
  readonly vi: Float64Array;
}

/** How tau2 is estimated. EE: none, one effect for all. */
export type Tau2Method = 'REML' | 'DL' | 'PM' | 'ML' | 'SJ' | 'HE' | 'HS' | 'EE';

/**
 * How roots are searched (Paule-Mandel, Q-profile). `metafor`: Brent's method on [0, 100] with the tolerance 2^-13 that is R's default, so that
 * the figures are those of metafor; `exact`: to the last bits.
 */
export type RootSearch = 'metafor' | 'exact';

/** Sums over sites with weights 1 / (v + tau2). */
export interface WeightSums {
  readonly w: Float64Array;
  /** Sums of w, w^2 and w^3. */
  readonly s1: number;
  readonly s2: number;
  readonly s3: number;
  /** Weighted mean. */
  readonly mean: number;
  /** Sum of w (y - mean)^2. */
  readonly q: number;
  /** Sum of w^2 (y - mean)^2. */
  readonly q2: number;
}

/** {@link WeightSums} at a tau2. */
export function weightSums({ yi, vi }: SiteEstimates, tau2: number): WeightSums {
  const w = vi.map((v) => 1 / (v + tau2));
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let sy = 0;
  w.forEach((wi, i) => {
    s1 += wi;
    s2 += wi * wi;
    s3 += wi * wi * wi;
    sy += wi * (yi[i] as number);
  });
  const mean = sy / s1;
  let q = 0;
  let q2 = 0;
  w.forEach((wi, i) => {
    const d = (yi[i] as number) - mean;
    q += wi * d * d;
    q2 += wi * wi * d * d;
  });
  return { w, s1, s2, s3, mean, q, q2 };
}

/** Trace of P = W - W 1 (1' W 1)^-1 1' W, and of its square. */
export function traces({ s1, s2, s3 }: WeightSums): { readonly p: number; readonly pp: number } {
  return { p: s1 - s2 / s1, pp: s2 - (2 * s3) / s1 + (s2 / s1) ** 2 };
}

/** tau2 with its standard error (NaN where the method has none). */
export interface Tau2 {
  readonly tau2: number;
  readonly standardError: number;
}

/**
 * Between-site variance by one of the estimators of metafor, at least 0. Sources: DerSimonian & Laird 1986, doi 10.1016/0197-2456(86)90046-2;
 * Paule & Mandel 1982, doi 10.6028/jres.087.022; ML and REML by Fisher scoring, Viechtbauer 2005, doi 10.3102/10769986030003261, who also
 * describes those of Sidik & Jonkman (SJ), Hedges (HE) and Hunter & Schmidt (HS). Standard errors as metafor's rma.uni gives them.
 */
export function estimateTau2(sites: SiteEstimates, method: Tau2Method, roots: RootSearch = 'metafor'): Tau2 {
  const k = sites.yi.length;
  if (method === 'EE') return { tau2: 0, standardError: NaN };
  if (k < 2) return { tau2: 0, standardError: NaN };
  if (method === 'DL') return derSimonianLaird(sites);
  if (method === 'HE' || method === 'HS' || method === 'SJ') return momentTau2(sites, method);
  if (method === 'PM') {
    const tau2 = solveQ(sites, k - 1, roots, upperBound(sites), true);
    return { tau2, standardError: Math.sqrt((2 * k * k) / (k - 1)) / weightSums(sites, tau2).s1 };
  }
  const tau2 = likelihoodTau2(sites, method);
  const sums = weightSums(sites, tau2);
  return { tau2, standardError: Math.sqrt(2 / (method === 'ML' ? sums.s2 : traces(sums).pp)) };
}

function derSimonianLaird(sites: SiteEstimates): Tau2 {
  const df = sites.yi.length - 1;
  const sums = weightSums(sites, 0);
  const { p, pp } = traces(sums);
  const tau2 = Math.max(0, (sums.q - df) / p);
  return { tau2, standardError: Math.sqrt(2 * df + 4 * tau2 * p + 2 * tau2 * tau2 * pp) / p };
}

/** Estimators from one quadratic form y'Ay of the estimates, A = W - W 1 1'W / 1'W 1: its expectation is tr(AV) + tau2 tr(A). */
function momentTau2(sites: SiteEstimates, method: 'SJ' | 'HE' | 'HS'): Tau2 {
  const { yi, vi } = sites;
  const k = yi.length;
  const mean = yi.reduce((sum, y) => sum + y, 0) / k;
  const spread = yi.reduce((sum, y) => sum + (y - mean) ** 2, 0);
  const start = spread / k;
  const w = method === 'HE' ? vi.map(() => 1) : vi.map((v) => 1 / (v + (method === 'SJ' ? start : 0)));
  const total = w.reduce((sum, x) => sum + x, 0);
  const form = (i: number, j: number) => (i === j ? (w[i] as number) : 0) - ((w[i] as number) * (w[j] as number)) / total;
  // Traces of AA, AVA and AVAV.
  const trace = { aa: 0, ava: 0, avav: 0 };
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const square = form(i, j) ** 2;
      trace.aa += square;
      trace.ava += square * (vi[i] as number);
      trace.avav += square * (vi[i] as number) * (vi[j] as number);
    }
  }
  const { q } = weightSums(sites, method === 'SJ' ? start : 0);
  // Scale of the quadratic form in the estimate.
  const scale = method === 'SJ' ? start / (k - 1) : method === 'HE' ? 1 / (k - 1) : 1 / total;
  const plain = method === 'SJ' ? scale * q : method === 'HE' ? scale * (spread - traceOfV(vi)) : scale * (q - k);
  const tau2 = Math.max(0, plain);
  return { tau2, standardError: scale * Math.sqrt(2 * trace.avav + 4 * tau2 * trace.ava + 2 * tau2 * tau2 * trace.aa) };
}

/** tr(AV) where all weights are 1. */
function traceOfV(vi: Float64Array): number {
  return (vi.reduce((sum, v) => sum + v, 0) * (vi.length - 1)) / vi.length;
}

const rTolerance = 2 ** -13;

/** tau2 at which the generalized Q statistic takes a value, at least 0; beyond `upper` metafor gives `upper` (Q-profile) or nothing (PM). */
function solveQ(sites: SiteEstimates, target: number, roots: RootSearch, upper: number, mayExceed: boolean): number {
  const excess = (tau2: number) => weightSums(sites, tau2).q - target;
  if (excess(0) < 0) return 0;
  if (!mayExceed && excess(upper) > 0) return upper;
  let high = upper;
  while (excess(high) > 0) high *= 10;
  return brentRoot(excess, 0, high, roots === 'metafor' ? rTolerance : 0).root;
}

/** metafor's upper bound of tau2: the larger of 100 and ten squared scaled median absolute deviations. */
function upperBound({ yi }: SiteEstimates): number {
  const center = median(yi);
  const mad = 1.4826 * median(yi.map((y) => Math.abs(y - center)));
  return Math.max(100, 10 * mad * mad);
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const n = sorted.length;
  return n % 2 === 1 ? (sorted[n >> 1] as number) : ((sorted[n / 2 - 1] as number) + (sorted[n / 2] as number)) / 2;
}

const maxIterations = 20_000;

/** ML or REML by Fisher scoring from the Hedges-Olkin estimate, with metafor's check against tau2 = 0. */
function likelihoodTau2(sites: SiteEstimates, method: 'ML' | 'REML'): number {
  const { yi, vi } = sites;
  const k = yi.length;
  const meanY = yi.reduce((sum, y) => sum + y, 0) / k;
  const meanV = vi.reduce((sum, v) => sum + v, 0) / k;
  const spread = yi.reduce((sum, y) => sum + (y - meanY) ** 2, 0) / (k - 1);
  let tau2 = Math.max(0, spread - meanV);
  const tiny = 1e-13 * (meanV + spread);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const step = scoringStep(sites, tau2, method);
    const next = tau2 + step;
    // Towards a negative value the step is halved, which tends to 0 without reaching it.
    if (next <= 0 && tau2 <= tiny) return 0;
    const taken = next < 0 ? -tau2 / 2 : step;
    tau2 += taken;
    if (Math.abs(taken) <= 1e-15 * (tau2 + tiny)) break;
  }
  const gain = logLikelihood(sites, 0, method) - logLikelihood(sites, tau2, method);
  return gain > rTolerance && tau2 > 1e-5 ? 0 : tau2;
}

function scoringStep(sites: SiteEstimates, tau2: number, method: 'ML' | 'REML'): number {
  const sums = weightSums(sites, tau2);
  if (method === 'ML') return (sums.q2 - sums.s1) / sums.s2;
  const { p, pp } = traces(sums);
  return (sums.q2 - p) / pp;
}

/** Log-likelihood up to a constant that tau2 does not change. */
function logLikelihood(sites: SiteEstimates, tau2: number, method: 'ML' | 'REML'): number {
  const sums = weightSums(sites, tau2);
  const logs = sites.vi.reduce((sum, v) => sum + ln(v + tau2), 0);
  return -(logs + sums.q + (method === 'REML' ? ln(sums.s1) : 0)) / 2;
}

/** Q-profile interval of tau2 and what follows from it. */
export interface HeterogeneityInterval {
  readonly tau2: readonly [number, number];
  readonly tau: readonly [number, number];
  readonly i2: readonly [number, number];
  readonly h2: readonly [number, number];
  /** The upper bound is that of metafor's search, the true one lies beyond it. */
  readonly upperIsAtLeast: boolean;
}

/**
 * Q-profile interval: the tau2 at which the generalized Q statistic is at the upper and lower quantiles (0.975 and 0.025 at level 0.95) of
 * chi-square with k - 1 degrees of freedom, at least 0. Source: Viechtbauer 2007, doi 10.1002/sim.2514.
 * @param typical the typical sampling variance that I2 and H2 refer to
 * @param estimate tau2 of the fit: metafor's bracket ends at the larger of 100 and ten times it
 */
export function qProfile(sites: SiteEstimates, typical: number, estimate: number, roots: RootSearch, level: number): HeterogeneityInterval {
  const df = sites.yi.length - 1;
  const upper = Math.max(100, 10 * estimate);
  const tau2 = [(1 + level) / 2, (1 - level) / 2].map((p) => solveQ(sites, chiSquareQuantile(p, df), roots, upper, roots === 'exact')) as [
    number,
    number,
  ];
  const map = (f: (t: number) => number): [number, number] => [f(tau2[0]), f(tau2[1])];
  return {
    tau2,
    tau: map(Math.sqrt),
    i2: map((t) => (100 * t) / (typical + t)),
    h2: map((t) => t / typical + 1),
    upperIsAtLeast: roots === 'metafor' && tau2[1] === upper,
  };
}
