import { brentRoot, exp, ln, lnGamma } from '@cohortium/numerics';

/** Fisher's exact test of a 2 x 2 table, with the conditional maximum likelihood odds ratio. */
export interface FourfoldTest {
  /** Two-sided: the sum of the probabilities of all tables that are no more probable. */
  readonly p: number;
  /** Odds ratio with its limits as R's `fisher.test` prints them: its root search stops early, by about 3e-5 of the value. Infinite bounds are null. */
  readonly oddsRatio: number | null;
  readonly limits: readonly [number | null, number | null];
  /** The same, solved to full precision. */
  readonly exactOddsRatio: number | null;
  readonly exactLimits: readonly [number | null, number | null];
}

/** Probabilities within this factor count as equal, as in R. */
const tieFactor = 1 + 1e-7;
/** The tolerance at which R's `uniroot` stops: the fourth root of the machine epsilon. */
const rTolerance = 2 ** -13;

/**
 * Fisher's exact test of the table [[a, b], [c, d]] (R: `fisher.test`); null where a row or column is empty.
 * @param level confidence level of the limits
 */
export function fourfoldTest(table: readonly (readonly number[])[], level = 0.95): FourfoldTest | null {
  const [[a = 0, b = 0] = [], [c = 0, d = 0] = []] = table;
  if (a + b === 0 || c + d === 0 || a + c === 0 || b + d === 0) return null;
  const law = new ConditionalLaw(a + c, b + d, a + b);
  const at = law.densities(1);
  const own = at[a - law.low] as number;
  const p = Math.min(
    1,
    at.reduce((sum, density) => sum + (density <= own * tieFactor ? density : 0), 0),
  );
  const alpha = (1 - level) / 2;
  const solve = (tolerance: number) => ({
    ratio: finite(mostLikely(law, a, tolerance)),
    limits: [finite(lowerLimit(law, a, alpha, tolerance)), finite(upperLimit(law, a, alpha, tolerance))] as const,
  });
  const coarse = solve(rTolerance);
  const fine = solve(0);
  return { p, oddsRatio: coarse.ratio, limits: coarse.limits, exactOddsRatio: fine.ratio, exactLimits: fine.limits };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Fisher's noncentral hypergeometric law of the first cell given all margins. */
class ConditionalLaw {
  readonly low: number;
  readonly high: number;
  private readonly logDensity: Float64Array;

  /** Column sums m and n, sum k of the first row. */
  constructor(m: number, n: number, k: number) {
    this.low = Math.max(0, k - n);
    this.high = Math.min(k, m);
    this.logDensity = Float64Array.from(
      { length: this.high - this.low + 1 },
      (_, i) => lnChoose(m, this.low + i) + lnChoose(n, k - this.low - i),
    );
  }

  /** Probabilities of low .. high at an odds ratio. */
  densities(ratio: number): Float64Array {
    const slope = ln(ratio);
    const logs = this.logDensity.map((value, i) => value + slope * (this.low + i));
    const largest = logs.reduce((max, value) => Math.max(max, value), -Infinity);
    const weights = logs.map((value) => exp(value - largest));
    const total = weights.reduce((sum, w) => sum + w, 0);
    return weights.map((w) => w / total);
  }

  mean(ratio: number): number {
    if (ratio === 0) return this.low;
    return this.densities(ratio).reduce((sum, density, i) => sum + density * (this.low + i), 0);
  }

  /** P(X <= x) or, for the upper tail, P(X >= x). */
  tail(x: number, ratio: number, upper: boolean): number {
    if (ratio === 0) return Number(upper ? x <= this.low : x >= this.low);
    return this.densities(ratio).reduce((sum, density, i) => sum + ((upper ? this.low + i >= x : this.low + i <= x) ? density : 0), 0);
  }
}

function lnChoose(n: number, k: number): number {
  return lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
}

/** Root in the odds ratio: on (0, 1) of f, or of the reciprocal beyond 1, as R searches it. */
function searchRatio(f: (ratio: number) => number, belowOne: boolean, tolerance: number): number {
  if (belowOne) return brentRoot(f, 0, 1, tolerance).root;
  return 1 / brentRoot((t) => f(1 / t), Number.EPSILON, 1, tolerance).root;
}

function mostLikely(law: ConditionalLaw, x: number, tolerance: number): number {
  if (x === law.low) return 0;
  if (x === law.high) return Infinity;
  const center = law.mean(1);
  if (center === x) return 1;
  return searchRatio((ratio) => law.mean(ratio) - x, center > x, tolerance);
}

function upperLimit(law: ConditionalLaw, x: number, alpha: number, tolerance: number): number {
  if (x === law.high) return Infinity;
  const p = law.tail(x, 1, false);
  if (p === alpha) return 1;
  return searchRatio((ratio) => law.tail(x, ratio, false) - alpha, p < alpha, tolerance);
}

function lowerLimit(law: ConditionalLaw, x: number, alpha: number, tolerance: number): number {
  if (x === law.low) return 0;
  const p = law.tail(x, 1, true);
  if (p === alpha) return 1;
  return searchRatio((ratio) => law.tail(x, ratio, true) - alpha, p > alpha, tolerance);
}
