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
  /** Plasma concentration at the times of the images. */
  readonly plasma: Float64Array;
  /** By row: <b, b> and <b, cp>. */
  readonly norm: Float64Array;
  readonly cross: Float64Array;
  /** <cp, cp> */
  readonly plasmaNorm: number;
  /** Every time at which the input bends or an image was taken, with the input there and the place of each image. */
  readonly grid: KineticGrid;
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
  const response = new Float64Array(count * times);
  const b = new Float64Array(grid.minutes.length);
  for (let g = 0; g < count; g++) {
    const k = exp(from + g * step);
    convolveExponential(grid.minutes, grid.input, k, b);
    for (let t = 0; t < times; t++) response[g * times + t] = b[grid.images[t] as number] as number;
  }
  const plasma = plasmaOn(grid);
  return { count, times, from, step, response, plasma, grid, ...products({ count, times, response, plasma }) };
}

/** Plasma concentration at the times of the images, as {@link kineticTable} has it. @throws `IMAGING.BAD_PERFUSION` */
export function plasmaAtImages(imageMinutes: ArrayLike<number>, input: ArterialInput, delayMinutes = 0): Float64Array {
  const grid = checkedGrid(imageMinutes, input, delayMinutes);
  return plasmaOn(grid);
}

function products({ count, times, response, plasma }: Pick<KineticTable, 'count' | 'times' | 'response' | 'plasma'>) {
  const norm = new Float64Array(count);
  const cross = new Float64Array(count);
  let plasmaNorm = 0;
  for (let t = 0; t < times; t++) plasmaNorm += (plasma[t] as number) ** 2;
  for (let g = 0; g < count; g++)
    for (let t = 0, at = g * times; t < times; t++, at++) {
      const b = response[at] as number;
      norm[g] = (norm[g] as number) + b * b;
      cross[g] = (cross[g] as number) + b * (plasma[t] as number);
    }
  return { norm, cross, plasmaNorm };
}

/** Response at any rate, exactly, and what a fit reads of it; derivatives are by the log rate. */
export class ExactResponse {
  dot = 0;
  norm = 0;
  cross = 0;
  dotSlope = 0;
  normSlope = 0;
  crossSlope = 0;
  private readonly response: Float64Array;
  private readonly slope: Float64Array;

  constructor(private readonly table: KineticTable) {
    this.response = new Float64Array(table.grid.minutes.length);
    this.slope = new Float64Array(table.grid.minutes.length);
  }

  /** @param place row of the table, or a place between two */
  at(place: number, concentration: Float64Array): void {
    const { grid, from, step, times, plasma } = this.table;
    const k = exp(from + place * step);
    convolveExponential(grid.minutes, grid.input, k, this.response, this.slope);
    let dot = 0;
    let norm = 0;
    let cross = 0;
    let dotSlope = 0;
    let normSlope = 0;
    let crossSlope = 0;
    for (let t = 0; t < times; t++) {
      const image = grid.images[t] as number;
      const b = this.response[image] as number;
      const db = this.slope[image] as number;
      const c = concentration[t] as number;
      const cp = plasma[t] as number;
      dot += b * c;
      norm += b * b;
      cross += b * cp;
      dotSlope += db * c;
      normSlope += b * db;
      crossSlope += db * cp;
    }
    this.dot = dot;
    this.norm = norm;
    this.cross = cross;
    // d/d ln k = k d/dk.
    this.dotSlope = k * dotSlope;
    this.normSlope = 2 * k * normSlope;
    this.crossSlope = k * crossSlope;
  }
}

/** @throws `IMAGING.BAD_PERFUSION` */
function assertTimes(minutes: ArrayLike<number>, name: string): void {
  for (let at = 0; at < minutes.length; at++)
    if (!Number.isFinite(minutes[at]) || (at > 0 && !((minutes[at] as number) > (minutes[at - 1] as number))))
      throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'ascending', name });
  if (minutes.length < 2) throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'few', name });
}

/** Grid on which responses are computed. */
export interface KineticGrid {
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

/** Every time at which the input bends or an image was taken. */
function mergedGrid(images: ArrayLike<number>, { minutes, plasmaMm }: ArterialInput, delay: number): KineticGrid {
  const knots = Float64Array.from(minutes, (t) => t + delay);
  const all = Float64Array.from(new Set([...knots, ...Array.from(images)])).sort();
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
