import { fQuantile, fTail } from '@cohortium/numerics';

/** Mean squares of participants x raters, one measurement in each cell. */
export interface MeanSquares {
  readonly participants: number;
  readonly raters: number;
  /** Between participants, between raters, residual, and within participants (raters and residual together). */
  readonly msb: number;
  readonly msj: number;
  readonly mse: number;
  readonly msw: number;
}

/** The six forms of Shrout & Fleiss: one-way random, two-way random, two-way mixed; of a single rater, and of their mean (k). */
export const iccTypes = ['ICC1', 'ICC2', 'ICC3', 'ICC1k', 'ICC2k', 'ICC3k'] as const;
/** See {@link iccTypes}. */
export type IccType = (typeof iccTypes)[number];

/** One intraclass correlation. Limits and F are null where the residual is zero (perfect agreement). */
export interface Icc {
  readonly type: IccType;
  /** Null for a mean of raters where participants do not differ at all. */
  readonly icc: number | null;
  readonly f: number | null;
  readonly df1: number;
  readonly df2: number;
  readonly p: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

/**
 * Intraclass correlations with F tests and confidence limits (R: `psych::ICC(lmer = FALSE)`). Shrout & Fleiss 1979, doi
 * 10.1037/0033-2909.86.2.420; limits of ICC2 after McGraw & Wong 1996, doi 10.1037/1082-989X.1.1.30.
 * @returns null where all measurements are equal, or there are fewer than two participants
 */
export function intraclassCorrelations(squares: MeanSquares, level: number): Icc[] | null {
  const { participants: n, raters: k, msb, msw, mse, msj } = squares;
  if (n < 2 || k < 2 || !(msb + msw > 0)) return null;
  const one = (msb - msw) / (msb + (k - 1) * msw);
  const two = (msb - mse) / (msb + (k - 1) * mse + (k * (msj - mse)) / n);
  const three = (msb - mse) / (msb + (k - 1) * mse);
  const withinTest = fTest(msb, msw, n - 1, n * (k - 1), level);
  const restTest = fTest(msb, mse, n - 1, (n - 1) * (k - 1), level);
  const single = (limit: number | null) => (limit === null ? null : (limit - 1) / (limit + k - 1));
  const mean = (limit: number | null) => (limit === null ? null : 1 - 1 / limit);
  const raters = raterLimits(squares, two, level);
  const stepUp = (limit: number | null) => (limit === null ? null : (limit * k) / (1 + limit * (k - 1)));
  const form = (type: IccType, icc: number | null, test: FRatio, lower: number | null, upper: number | null): Icc => ({
    type,
    icc,
    f: test.f,
    df1: test.df1,
    df2: test.df2,
    p: test.p,
    lower,
    upper,
  });
  return [
    form('ICC1', one, withinTest, single(withinTest.low), single(withinTest.high)),
    form('ICC2', two, restTest, raters.lower, raters.upper),
    form('ICC3', three, restTest, single(restTest.low), single(restTest.high)),
    form('ICC1k', ratio(msb - msw, msb), withinTest, mean(withinTest.low), mean(withinTest.high)),
    form('ICC2k', ratio(msb - mse, msb + (msj - mse) / n), restTest, stepUp(raters.lower), stepUp(raters.upper)),
    form('ICC3k', ratio(msb - mse, msb), restTest, mean(restTest.low), mean(restTest.high)),
  ];
}

function ratio(a: number, b: number): number | null {
  return b === 0 ? null : a / b;
}

interface FRatio {
  readonly f: number | null;
  readonly df1: number;
  readonly df2: number;
  readonly p: number | null;
  /** F over and times the quantiles: limits of the ratio of variances. */
  readonly low: number | null;
  readonly high: number | null;
}

function fTest(above: number, below: number, df1: number, df2: number, level: number): FRatio {
  if (!(below > 0)) return { f: null, df1, df2, p: null, low: null, high: null };
  const f = above / below;
  const q = 1 - (1 - level) / 2;
  return { f, df1, df2, p: fTail(f, df1, df2), low: f / fQuantile(q, df1, df2), high: f * fQuantile(q, df2, df1) };
}

function raterLimits(
  { participants: n, raters: k, msb, msj, mse }: MeanSquares,
  icc: number,
  level: number,
): { lower: number | null; upper: number | null } {
  if (!(mse > 0)) return { lower: null, upper: null };
  const fj = msj / mse;
  const a = k * icc * fj;
  const b = n * (1 + (k - 1) * icc) - k * icc;
  const v = ((k - 1) * (n - 1) * (a + b) * (a + b)) / ((n - 1) * a * a + b * b);
  if (!(v > 0) || !Number.isFinite(v)) return { lower: null, upper: null };
  const q = 1 - (1 - level) / 2;
  const high = fQuantile(q, n - 1, v);
  const low = fQuantile(q, v, n - 1);
  const rest = k * msj + (k * n - k - n) * mse;
  return { lower: (n * (msb - high * mse)) / (high * rest + n * msb), upper: (n * (low * msb - mse)) / (rest + n * low * msb) };
}
