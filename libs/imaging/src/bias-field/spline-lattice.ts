import type { Triple } from '../geometry/geometry.js';

/** Control points that a cubic B-spline has beyond its spans. */
const order = 3;

/** Where the samples of one axis lie on the spans of a spline: first control point and four weights of each. */
interface AxisSamples {
  readonly count: number;
  readonly controls: number;
  readonly first: Int32Array;
  readonly weights: Float64Array;
}

/** Samples of a grid in a box of patient space: index t lies at (start + t * step) of `extent` voxels, voxel borders at its ends. */
export interface GridSamples {
  readonly dimensions: Triple;
  readonly start: Triple;
  readonly step: Triple;
  readonly extent: Triple;
}

/** All voxels of a grid. */
export function everyVoxel(dimensions: Triple): GridSamples {
  return { dimensions, start: [0, 0, 0], step: [1, 1, 1], extent: dimensions };
}

/**
 * A tensor-product cubic B-spline over the box of an image, fitted to values on a grid by scattered-data approximation: each value asks its 64
 * control points for a share, each control point takes the mean of what it is asked for, weighted by the square of its influence. On a grid all
 * sums are separable, so a fit costs a few operations for each voxel.
 * @see Lee, Wolberg and Shin 1997, doi:10.1109/2945.620490
 */
export class SplineLattice {
  readonly controls: Float64Array;
  private readonly size: Triple;

  /** @param spans pieces of the spline along each axis */
  constructor(private readonly spans: Triple) {
    this.size = [spans[0] + order, spans[1] + order, spans[2] + order];
    this.controls = new Float64Array(this.size[0] * this.size[1] * this.size[2]);
  }

  /** Prepares fits on a grid where voxels of a mask count. */
  fitterOn(samples: GridSamples, mask: Uint8Array): (values: Float64Array) => void {
    const [ai, aj, ak] = this.axes(samples);
    const weighted = (change: (weights: Float64Array) => Float64Array): Axes => [
      { ...ai, weights: change(ai.weights) },
      { ...aj, weights: change(aj.weights) },
      { ...ak, weights: change(ak.weights) },
    ];
    const asked = weighted(askedShares);
    const norm = contractAll(
      Float64Array.from(mask),
      samples.dimensions,
      weighted((weights) => weights.map((w) => w * w)),
    );
    return (values) => {
      const sums = contractAll(values, samples.dimensions, asked);
      for (let at = 0; at < sums.length; at++)
        if ((norm[at] as number) > 0) this.controls[at] = (this.controls[at] as number) + (sums[at] as number) / (norm[at] as number);
    };
  }

  /** The spline at the samples of a grid. */
  evaluate(samples: GridSamples): Float64Array {
    const [ai, aj, ak] = this.axes(samples);
    const [ci, cj] = this.size;
    const alongK = expand(this.controls, 1, ak, ci * cj);
    const alongJ = expand(alongK, ak.count, aj, ci);
    return expand(alongJ, ak.count * aj.count, ai, 1);
  }

  private axes({ dimensions, start, step, extent }: GridSamples): Axes {
    const axis = (a: 0 | 1 | 2) => axisSamples(dimensions[a], [start[a], step[a], extent[a]], this.spans[a]);
    return [axis(0), axis(1), axis(2)];
  }
}

type Axes = readonly [AxisSamples, AxisSamples, AxisSamples];

function axisSamples(count: number, [start, step, extent]: Triple, spans: number): AxisSamples {
  const first = new Int32Array(count);
  const weights = new Float64Array(4 * count);
  for (let t = 0; t < count; t++) {
    const u = ((start + t * step + 0.5) / extent) * spans;
    const span = Math.min(Math.max(Math.floor(u), 0), spans - 1);
    const f = u - span;
    const g = 1 - f;
    first[t] = span;
    weights[4 * t] = (g * g * g) / 6;
    weights[4 * t + 1] = 2 / 3 - (f * f * (2 - f)) / 2;
    weights[4 * t + 2] = 2 / 3 - (g * g * (2 - g)) / 2;
    weights[4 * t + 3] = (f * f * f) / 6;
  }
  return { count, controls: spans + order, first, weights };
}

/** w^3 over the sum of squares: what a value asks of a control point (w / sum of squares), times its weight there (w^2). */
function askedShares(weights: Float64Array): Float64Array {
  const out = new Float64Array(weights.length);
  for (let t = 0; t < weights.length; t += 4) {
    let sum = 0;
    for (let n = t; n < t + 4; n++) sum += (weights[n] as number) ** 2;
    for (let n = t; n < t + 4; n++) out[n] = (weights[n] as number) ** 3 / sum;
  }
  return out;
}

function contractAll(values: Float64Array, [, nj, nk]: Triple, [ai, aj, ak]: Axes): Float64Array {
  const alongI = contract(values, nj * nk, ai, 1);
  const alongJ = contract(alongI, nk, aj, ai.controls);
  return contract(alongJ, 1, ak, ai.controls * aj.controls);
}

/** Sums over the samples of the middle axis of outer x count x inner values, into outer x controls x inner. */
function contract(values: Float64Array, outer: number, { count, controls, first, weights }: AxisSamples, inner: number): Float64Array {
  const out = new Float64Array(outer * controls * inner);
  for (let o = 0; o < outer; o++)
    for (let t = 0; t < count; t++)
      for (let tap = 0; tap < 4; tap++) {
        const weight = weights[4 * t + tap] as number;
        const to = (o * controls + (first[t] as number) + tap) * inner;
        const from = (o * count + t) * inner;
        for (let lane = 0; lane < inner; lane++) out[to + lane] = (out[to + lane] as number) + weight * (values[from + lane] as number);
      }
  return out;
}

/** The reverse: values at the samples from outer x controls x inner control points. */
function expand(values: Float64Array, outer: number, { count, controls, first, weights }: AxisSamples, inner: number): Float64Array {
  const out = new Float64Array(outer * count * inner);
  for (let o = 0; o < outer; o++)
    for (let t = 0; t < count; t++)
      for (let tap = 0; tap < 4; tap++) {
        const weight = weights[4 * t + tap] as number;
        const from = (o * controls + (first[t] as number) + tap) * inner;
        const to = (o * count + t) * inner;
        for (let lane = 0; lane < inner; lane++) out[to + lane] = (out[to + lane] as number) + weight * (values[from + lane] as number);
      }
  return out;
}
