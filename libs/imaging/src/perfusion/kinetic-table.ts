import { exp, ln } from '@cohortium/numerics';
import { imagingErrors } from '../errors.js';
import { convolveExponential } from './exponential-convolution.js';

/** Times of the images and the arterial input that all voxels of an examination share. */
export interface ArterialInput {
  /** Minutes from the start of the acquisition, ascending. */
  readonly minutes: ArrayLike<number>;
  /** Concentration in plasma, mM. */
  readonly plasmaMm: ArrayLike<number>;
}

/** Rates that a fit may find, 1/min. */
export interface RateRange {
  readonly from: number;
  readonly to: number;
}

/** From a washout that no examination sees to one within a second. */
const defaultRates: RateRange = { from: 1e-4, to: 100 };

/** Rates per factor e: near enough that the best row lies beside the best rate. */
const nodesPerUnit = 20;

/**
 * Responses of a compartment to an arterial input for a row of washout rates: every voxel of an examination has the same times and the
 * same input, so the exponentials are computed once, not per voxel and step.
 */
export interface KineticTable {
  readonly count: number;
  readonly times: number;
  /** Log rate (1/min) of the first row and distance between rows. */
  readonly from: number;
  readonly step: number;
  /** Row g, time t at g * times + t: input convolved with exp(-k_g t), mM min. */
  readonly response: Float64Array;
  /** Change of the response from one row to the next, were it to go on as at row g: its derivative by the place. */
  readonly slope: Float64Array;
  /** Plasma concentration at the times of the images, and its integral up to them, mM min. */
  readonly plasma: Float64Array;
  readonly integral: Float64Array;
  /** By row: <b, b> and <b, cp>, and their derivatives by the place. */
  readonly norm: Float64Array;
  readonly cross: Float64Array;
  readonly normSlope: Float64Array;
  readonly crossSlope: Float64Array;
  /** Seven for each row but the last: <b, b> of the cubic between a row and the next, a polynomial of degree 6 of the share of the way. */
  readonly normBetween: Float64Array;
  /** <cp, cp> */
  readonly plasmaNorm: number;
}

/**
 * @param imageMinutes times of the images, ascending
 * @param input may have other, finer times; it is piecewise linear between them, 0 before and constant after
 * @param delayMinutes by which the input arrives later in the tissue
 * @throws `IMAGING.BAD_PERFUSION`
 */
export function kineticTable(
  imageMinutes: ArrayLike<number>,
  input: ArterialInput,
  { delayMinutes = 0, rates = defaultRates }: { readonly delayMinutes?: number; readonly rates?: RateRange } = {},
): KineticTable {
  const grid = checkedGrid(imageMinutes, input, delayMinutes);
  const from = ln(rates.from);
  const count = Math.max(2, Math.ceil((ln(rates.to) - from) * nodesPerUnit) + 1);
  const step = (ln(rates.to) - from) / (count - 1);
  const times = imageMinutes.length;
  const [response, slope] = [new Float64Array(count * times), new Float64Array(count * times)];
  const [b, db] = [new Float64Array(grid.minutes.length), new Float64Array(grid.minutes.length)];
  for (let g = 0; g < count; g++) {
    const k = exp(from + g * step);
    convolveExponential(grid.minutes, grid.input, k, b, db);
    for (let t = 0; t < times; t++) {
      const image = grid.images[t] as number;
      response[g * times + t] = b[image] as number;
      // d/d place = step d/d ln k = step k d/dk.
      slope[g * times + t] = step * k * (db[image] as number);
    }
  }
  const plasma = plasmaOn(grid);
  convolveExponential(grid.minutes, grid.input, 0, b, db);
  const integral = Float64Array.from(grid.images, (image) => b[image] as number);
  return { count, times, from, step, response, slope, plasma, integral, ...products({ count, times, response, slope, plasma }) };
}

/** Plasma concentration at the times of the images, as {@link kineticTable} has it. @throws `IMAGING.BAD_PERFUSION` */
export function plasmaAtImages(imageMinutes: ArrayLike<number>, input: ArterialInput, delayMinutes = 0): Float64Array {
  const grid = checkedGrid(imageMinutes, input, delayMinutes);
  return plasmaOn(grid);
}

function products({ count, times, response, slope, plasma }: Pick<KineticTable, 'count' | 'times' | 'response' | 'slope' | 'plasma'>) {
  const rows = () => new Float64Array(count);
  const [norm, cross, normSlope, crossSlope] = [rows(), rows(), rows(), rows()];
  let plasmaNorm = 0;
  for (let t = 0; t < times; t++) plasmaNorm += (plasma[t] as number) ** 2;
  for (let g = 0; g < count; g++)
    for (let t = 0, at = g * times; t < times; t++, at++) {
      const b = response[at] as number;
      const db = slope[at] as number;
      const cp = plasma[t] as number;
      norm[g] = (norm[g] as number) + b * b;
      cross[g] = (cross[g] as number) + b * cp;
      normSlope[g] = (normSlope[g] as number) + 2 * b * db;
      crossSlope[g] = (crossSlope[g] as number) + db * cp;
    }
  return { norm, cross, normSlope, crossSlope, plasmaNorm, normBetween: normPolynomials({ count, times, response, slope }) };
}

/** Coefficients of <b, b> where b goes from one row to the next as the cubic that has their values and slopes. */
export const normTerms = 7;

function normPolynomials({ count, times, response, slope }: Pick<KineticTable, 'count' | 'times' | 'response' | 'slope'>): Float64Array {
  const out = new Float64Array(normTerms * (count - 1));
  const c = new Float64Array(4);
  for (let g = 0; g < count - 1; g++)
    for (let t = 0; t < times; t++) {
      const [at, next] = [g * times + t, (g + 1) * times + t];
      const rise = (response[next] as number) - (response[at] as number);
      const [slope0, slope1] = [slope[at] as number, slope[next] as number];
      c[0] = response[at] as number;
      c[1] = slope0;
      c[2] = 3 * rise - 2 * slope0 - slope1;
      c[3] = slope0 + slope1 - 2 * rise;
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 4; j++)
          out[normTerms * g + i + j] = (out[normTerms * g + i + j] as number) + (c[i] as number) * (c[j] as number);
    }
  return out;
}

/** @throws `IMAGING.BAD_PERFUSION` */
function assertTimes(minutes: ArrayLike<number>, name: string): void {
  for (let at = 0; at < minutes.length; at++)
    if (!Number.isFinite(minutes[at]) || (at > 0 && !((minutes[at] as number) > (minutes[at - 1] as number))))
      throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'ascending', name });
  if (minutes.length < 2) throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'few', name });
}

/** Grid on which responses are computed: every time at which the input bends or an image was taken. */
interface KineticGrid {
  readonly minutes: Float64Array;
  readonly input: Float64Array;
  /** Place of each image in the grid. */
  readonly images: Int32Array;
}

function plasmaOn({ images, input }: KineticGrid): Float64Array {
  return Float64Array.from(images, (at) => input[at] as number);
}

function checkedGrid(imageMinutes: ArrayLike<number>, input: ArterialInput, delayMinutes: number): KineticGrid {
  assertTimes(imageMinutes, 'times of the images');
  assertTimes(input.minutes, 'times of the arterial input');
  if (input.plasmaMm.length !== input.minutes.length)
    throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'lengths', name: 'arterial input' });
  return mergedGrid(imageMinutes, input, delayMinutes);
}

/** Time in which an input jumps from 0 to its first value. */
const jumpMinutes = 1e-9;

/** Every time at which the input bends or an image was taken. */
function mergedGrid(images: ArrayLike<number>, { minutes, plasmaMm }: ArterialInput, delay: number): KineticGrid {
  const knots = Float64Array.from(minutes, (t) => t + delay);
  // An input that does not begin with 0 jumps there: without a point just before, it would rise from the image before it.
  const all = Float64Array.from(new Set([...knots, ...Array.from(images), (knots[0] as number) - jumpMinutes])).sort();
  const place = new Map<number, number>();
  all.forEach((t, at) => place.set(t, at));
  const input = new Float64Array(all.length);
  let knot = 0;
  all.forEach((t, at) => {
    while (knot + 1 < knots.length && (knots[knot + 1] as number) <= t) knot++;
    input[at] = valueAt(t, knots, plasmaMm, knot);
  });
  return { minutes: all, input, images: Int32Array.from(images as ArrayLike<number>, (t) => place.get(t) as number) };
}

function valueAt(t: number, knots: Float64Array, values: ArrayLike<number>, knot: number): number {
  const begin = knots[knot] as number;
  if (t < begin) return 0;
  if (knot + 1 === knots.length) return values[knot] as number;
  const share = (t - begin) / ((knots[knot + 1] as number) - begin);
  return (values[knot] as number) * (1 - share) + (values[knot + 1] as number) * share;
}
