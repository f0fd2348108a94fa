import { cos, exp, sin } from '@cohortium/numerics';

/**
 * Coefficients of a recursive filter of fourth order that runs forth (n over d) and back (m over d), and what the value at the border
 * counts as if it went on forever. Symbols as in Deriche's paper.
 */
export interface RecursiveCoefficients {
  readonly n: readonly [number, number, number, number];
  readonly d: readonly [number, number, number, number];
  readonly m: readonly [number, number, number, number];
  readonly forthBorder: number;
  readonly backBorder: number;
}

/** Exponentials that approximate a Gaussian (row 0) and its second derivative (row 1) in Deriche's fourth order, as ITK writes them. */
const series = [
  { a1: 1.353, b1: 1.8151, a2: -0.3531, b2: 0.0902 },
  { a1: -1.3563, b1: 5.2318, a2: 0.3446, b2: -2.2355 },
] as const;
const w1 = 0.6681;
const l1 = -1.3932;
const w2 = 2.0787;
const l2 = -1.3732;

/** Four numbers of a filter of fourth order. */
export type Four = readonly [number, number, number, number];

/** The feed-forward part of one series. */
function forward(sigma: number, { a1, b1, a2, b2 }: (typeof series)[number]): Four {
  const sin1 = sin(w1 / sigma);
  const sin2 = sin(w2 / sigma);
  const cos1 = cos(w1 / sigma);
  const cos2 = cos(w2 / sigma);
  const exp1 = exp(l1 / sigma);
  const exp2 = exp(l2 / sigma);
  return [
    a1 + a2,
    exp2 * (b2 * sin2 - (a2 + 2 * a1) * cos2) + exp1 * (b1 * sin1 - (a1 + 2 * a2) * cos1),
    2 * exp1 * exp2 * ((a1 + a2) * cos2 * cos1 - (b1 * cos2 * sin1 + b2 * cos1 * sin2)) + a2 * exp1 * exp1 + a1 * exp2 * exp2,
    exp2 * exp1 * exp1 * (b2 * sin2 - a2 * cos2) + exp1 * exp2 * exp2 * (b1 * sin1 - a1 * cos1),
  ];
}

/** The feedback part, common to all derivatives. */
function feedback(sigma: number): Four {
  const cos1 = cos(w1 / sigma);
  const cos2 = cos(w2 / sigma);
  const exp1 = exp(l1 / sigma);
  const exp2 = exp(l2 / sigma);
  return [
    -2 * (exp2 * cos2 + exp1 * cos1),
    4 * cos2 * cos1 * exp1 * exp2 + exp1 * exp1 + exp2 * exp2,
    -2 * cos1 * exp1 * exp2 * exp2 - 2 * cos2 * exp2 * exp1 * exp1,
    exp1 * exp1 * exp2 * exp2,
  ];
}

const total = (four: Four) => four[0] + four[1] + four[2] + four[3];
const firstMoment = (four: Four, start: number) => start * four[0] + (start + 1) * four[1] + (start + 2) * four[2] + (start + 3) * four[3];
const secondMoment = (four: Four, start: number) =>
  start * start * four[0] + (start + 1) ** 2 * four[1] + (start + 2) ** 2 * four[2] + (start + 3) ** 2 * four[3];

/**
 * Coefficients of a Gaussian, or of its second derivative times sigma^2 in millimeters, as ITK's RecursiveGaussianImageFilter has them.
 * Source: Deriche 1993, Recursively implementating the Gaussian and its derivatives, INRIA research report 1893; Farnebäck & Westin
 * 2006, doi 10.1007/s10851-006-8464-z.
 * @param order derivative
 */
export function recursiveGaussian(order: 0 | 2, sigmaMm: number, spacingMm: number): RecursiveCoefficients {
  const sigma = sigmaMm / spacingMm;
  const d = feedback(sigma);
  const sumD = 1 + total(d);
  const smooth = forward(sigma, series[0]);
  let n: Four;
  if (order === 0) {
    const scale = (2 * total(smooth)) / sumD - smooth[0];
    n = scaled(smooth, 1 / scale);
  } else {
    const curved = forward(sigma, series[1]);
    // The Gaussian is added so that a constant has no second derivative.
    const beta = -(2 * total(curved) - sumD * curved[0]) / (2 * total(smooth) - sumD * smooth[0]);
    const sum = curved.map((value, t) => value + beta * (smooth[t] as number)) as unknown as Four;
    const sn = total(sum);
    const dn = firstMoment(sum, 0);
    const en = secondMoment(sum, 0);
    const dd = firstMoment(d, 1);
    const ed = secondMoment(d, 1);
    const scale = (en * sumD * sumD - ed * sn * sumD - 2 * dn * dd * sumD + 2 * dd * dd * sn) / (sumD * sumD * sumD);
    n = scaled(sum, (sigmaMm * sigmaMm) / scale);
  }
  const m: Four = [n[1] - d[0] * n[0], n[2] - d[1] * n[0], n[3] - d[2] * n[0], -d[3] * n[0]];
  return { n, d, m, forthBorder: total(n) / sumD, backBorder: total(m) / sumD };
}

function scaled(four: Four, factor: number): Four {
  return [four[0] * factor, four[1] * factor, four[2] * factor, four[3] * factor];
}
