import { cos, normalCdf, sin } from '@cohortium/numerics';
import type { Interpolator } from './interpolators.js';

/** Voxels of one axis that a position reads, and their weights. */
export interface Taps {
  readonly places: Int32Array;
  readonly weights: Float64Array;
}

/** Weights along one axis of `count` voxels for a position (a fractional index). */
export type TapRule = (position: number, count: number) => Taps;

const clamp = (place: number, count: number) => Math.min(Math.max(place, 0), count - 1);

/** Rounds halves up, on the way that ITK takes: half of the nearest whole number to 2 x + 1/2. */
export function roundHalfUp(x: number): number {
  const doubled = 2 * x + 0.5;
  const floor = Math.floor(doubled);
  const rest = doubled - floor;
  const nearest = rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  return Math.floor(nearest / 2);
}

/** The nearest voxel. */
export const nearestTaps: TapRule = (position, count) => ({
  places: Int32Array.of(clamp(roundHalfUp(position), count)),
  weights: Float64Array.of(1),
});

/** The two neighbors; the second weight is the way between them. */
export const linearTaps: TapRule = (position, count) => {
  const below = Math.max(0, Math.floor(position));
  const way = Math.max(0, position - below);
  return { places: Int32Array.of(below, clamp(below + 1, count)), weights: Float64Array.of(1 - way, way) };
};

/**
 * Cubic B-spline coefficients around a position, mirrored at the borders (Unser 1999, doi 10.1109/79.799930). The last weight follows
 * from the others so that they sum to 1.
 */
export const splineTaps: TapRule = (position, count) => {
  // ITK looks for the voxel below in single precision: a position that misses a voxel by rounding counts as on it.
  const below = Math.floor(Math.fround(position));
  const places = new Int32Array(4);
  for (let t = 0; t < 4; t++) places[t] = mirrored(below - 1 + t, count);
  const w = position - below;
  const w3 = (1 / 6) * w * w * w;
  const w0 = 1 / 6 + 0.5 * w * (w - 1) - w3;
  const w2 = w + w0 - 2 * w3;
  return { places, weights: Float64Array.of(w0, 1 - w0 - w2 - w3, w2, w3) };
};

function mirrored(place: number, count: number): number {
  if (count === 1) return 0;
  const start = place < 0 ? -place : place;
  return start >= count - 1 ? count - 1 - (start - (count - 1)) : start;
}

/**
 * The Gaussian integrated over each voxel within `reach` sigmas.
 * @param sigmaVoxels width in voxels of the axis
 */
export const gaussianTaps =
  (sigmaVoxels: number, reach: number): TapRule =>
  (position, count) => {
    const from = Math.max(0, Math.floor(position + 0.5 - sigmaVoxels * reach));
    const to = Math.min(count, Math.ceil(position + 0.5 + sigmaVoxels * reach));
    const weights = new Float64Array(Math.max(0, to - from));
    let below = normalCdf(from - 0.5 - position, 0, sigmaVoxels);
    for (let t = 0; t < weights.length; t++) {
      const above = normalCdf(from + t + 0.5 - position, 0, sigmaVoxels);
      weights[t] = above - below;
      below = above;
    }
    return { places: Int32Array.from(weights, (_, t) => from + t), weights };
  };

/** Half-width of the windowed sinc functions, in voxels (SimpleITK's choice). */
const sincRadius = 5;
const perRadius = Math.PI / sincRadius;

/** Windows of Meijering et al. 1999, doi 10.1007/10704282_23, with m = 5. */
const windows: Partial<Record<Interpolator, (x: number) => number>> = {
  sitkHammingWindowedSinc: (x) => 0.54 + 0.46 * cos(x * perRadius),
  sitkCosineWindowedSinc: (x) => cos(x * (Math.PI / (2 * sincRadius))),
  sitkWelchWindowedSinc: (x) => 1 - x * (1 / (sincRadius * sincRadius)) * x,
  sitkLanczosWindowedSinc: (x) => (x === 0 ? 1 : sin(perRadius * x) / (perRadius * x)),
  sitkBlackmanWindowedSinc: (x) => 0.42 + 0.5 * cos(x * perRadius) + 0.08 * cos(x * ((2 * Math.PI) / sincRadius)),
};

function sinc(x: number): number {
  return x === 0 ? 1 : sin(Math.PI * x) / (Math.PI * x);
}

/** A sinc function under a window, the border voxels repeated; a position on a voxel takes its value. */
export function sincTaps(interpolator: Interpolator): TapRule {
  const window = windows[interpolator] as (x: number) => number;
  return (position, count) => {
    const below = Math.floor(position);
    const way = position - below;
    const places = Int32Array.from({ length: 2 * sincRadius }, (_, t) => clamp(below + 1 - sincRadius + t, count));
    const weights = new Float64Array(2 * sincRadius);
    for (let t = 0; t < weights.length; t++) {
      const x = way + sincRadius - 1 - t;
      weights[t] = way === 0 ? (t === sincRadius - 1 ? 1 : 0) : window(x) * sinc(x);
    }
    return { places, weights };
  };
}
