import type { Triple } from '@cohortium/imaging';
import { cos, exp, sin } from '@cohortium/numerics';
import type { Axis } from '../block.js';
import type { Range } from '../boundary.js';

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

type Four = readonly [number, number, number, number];

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

/** Lines that are filtered side by side, so that one's recursion does not wait for itself. */
const linesAtOnce = 16;

/**
 * Filters every line along an axis. Computed in double precision and rounded to single, as ITK stores it between its passes; the array
 * is of doubles all the same, since engines are faster with one kind of array.
 * @param size voxels of `values`; at least 4 along the axis
 * @param keep range of the result along the axis
 */
export function recursivePass(
  values: Float64Array,
  size: Triple,
  axis: Axis,
  coefficients: RecursiveCoefficients,
  [from, to]: Range,
): Float64Array {
  const [ni, nj, nk] = size;
  const count = size[axis];
  // Lines start at line * lineStep + group * groupStep, with neighbors along the line `step` apart.
  const [step, lines, groups] = axis === 0 ? [1, nj * nk, 1] : axis === 1 ? [ni, ni, nk] : [ni * nj, ni * nj, 1];
  const [lineStep, groupStep] = axis === 0 ? [ni, 0] : [1, ni * nj];
  const kept = to - from;
  const [outStep, outLineStep, outGroupStep] = axis === 0 ? [1, kept, 0] : axis === 1 ? [ni, 1, ni * kept] : [ni * nj, 1, 0];
  const out = new Float64Array(((ni * nj * nk) / count) * kept);
  const lanes = new LaneBuffers(count);
  const { input, forth, back } = lanes;
  for (let group = 0; group < groups; group++) {
    for (let first = 0; first < lines; first += linesAtOnce) {
      const width = Math.min(linesAtOnce, lines - first);
      for (let t = 0, to = margin * linesAtOnce; t < count; t++, to += linesAtOnce)
        for (let b = 0, at = group * groupStep + first * lineStep + t * step; b < width; b++, at += lineStep)
          input[to + b] = values[at] as number;
      lanes.run(coefficients, from, to);
      for (let t = 0; t < kept; t++) {
        const row = (from + t + margin) * linesAtOnce;
        for (let b = 0, at = group * outGroupStep + first * outLineStep + t * outStep; b < width; b++, at += outLineStep)
          out[at] = Math.fround((forth[row + b] as number) + (back[row + b] as number));
      }
    }
  }
  return out;
}

/** Rows before and after the lines that hold what the filter saw before it began. */
const margin = 4;

/** Lines side by side, with margins. */
class LaneBuffers {
  readonly input: Float64Array;
  readonly forth: Float64Array;
  readonly back: Float64Array;

  constructor(private readonly count: number) {
    const size = (count + 2 * margin) * linesAtOnce;
    this.input = new Float64Array(size);
    this.forth = new Float64Array(size);
    this.back = new Float64Array(size);
  }

  /** Answers from `from` up to before `to`: forth from the first value and back from the last, each no farther than that. */
  run(coefficients: RecursiveCoefficients, from: number, to: number): void {
    const { input, forth, back, count } = this;
    const begin = margin * linesAtOnce;
    const end = (count + margin) * linesAtOnce;
    // The border values go on for ever, and so does the answer to them.
    for (let at = 0; at < begin; at++) {
      const first = input[begin + (at % linesAtOnce)] as number;
      const last = input[end - linesAtOnce + (at % linesAtOnce)] as number;
      input[at] = first;
      forth[at] = first * coefficients.forthBorder;
      input[end + at] = last;
      back[end + at] = last * coefficients.backBorder;
    }
    runForth(input, forth, begin, begin + to * linesAtOnce, coefficients);
    runBack(input, back, begin + from * linesAtOnce, end, coefficients);
  }
}

const w = linesAtOnce;

/** y(t) = n0 x(t) + n1 x(t-1) + n2 x(t-2) + n3 x(t-3) - d1 y(t-1) - d2 y(t-2) - d3 y(t-3) - d4 y(t-4). */
function runForth(x: Float64Array, y: Float64Array, begin: number, end: number, { n, d }: RecursiveCoefficients): void {
  const [n0, n1, n2, n3] = n;
  const [d1, d2, d3, d4] = d;
  for (let at = begin; at < end; at++) {
    const input = (x[at] as number) * n0 + (x[at - w] as number) * n1 + (x[at - 2 * w] as number) * n2 + (x[at - 3 * w] as number) * n3;
    y[at] =
      input -
      ((y[at - w] as number) * d1 + (y[at - 2 * w] as number) * d2 + (y[at - 3 * w] as number) * d3 + (y[at - 4 * w] as number) * d4);
  }
}

/** y(t) = m1 x(t+1) + m2 x(t+2) + m3 x(t+3) + m4 x(t+4) - d1 y(t+1) - d2 y(t+2) - d3 y(t+3) - d4 y(t+4). */
function runBack(x: Float64Array, y: Float64Array, begin: number, end: number, { m, d }: RecursiveCoefficients): void {
  const [m1, m2, m3, m4] = m;
  const [d1, d2, d3, d4] = d;
  for (let at = end - 1; at >= begin; at--) {
    const input =
      (x[at + w] as number) * m1 + (x[at + 2 * w] as number) * m2 + (x[at + 3 * w] as number) * m3 + (x[at + 4 * w] as number) * m4;
    y[at] =
      input -
      ((y[at + w] as number) * d1 + (y[at + 2 * w] as number) * d2 + (y[at + 3 * w] as number) * d3 + (y[at + 4 * w] as number) * d4);
  }
}
