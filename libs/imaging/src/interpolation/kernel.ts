import type { AxisPlacement } from './grid.js';

/** Ways to interpolate between voxels. */
export const interpolationMethods = ['nearest', 'trilinear', 'tricubicSpline', 'tricubicConvolution'] as const;
/** One of {@link interpolationMethods}: nearest neighbor, linear, cubic B-spline (with prefilter), Catmull-Rom cubic convolution. */
export type InterpolationMethod = (typeof interpolationMethods)[number];

/** Contributions of source voxels to the voxels of one output axis. */
export interface AxisWeights {
  readonly taps: number;
  /** Source index of tap t of output m at `m * taps + t`, already inside the source. */
  readonly sources: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Weights of one axis. Positions beyond the outermost centers take their nearest voxel's value, as if the image went on with it.
 * @param placement how the new axis lies on the old one
 * @param from first new index wanted
 * @param to one past the last new index wanted
 * @param sourceFrom old index of the source's first voxel
 * @param sourceCount voxels of the source along this axis
 */
export function axisWeights(
  method: InterpolationMethod,
  placement: AxisPlacement,
  [from, to]: readonly [number, number],
  [sourceFrom, sourceCount]: readonly [number, number],
): AxisWeights {
  const taps = placement.isSame || method === 'nearest' ? 1 : method === 'trilinear' ? 2 : 4;
  const sources = new Int32Array((to - from) * taps);
  const weights = new Float64Array((to - from) * taps);
  for (let m = from; m < to; m++) {
    const position = snapped(placement.start + m * placement.step);
    const at = (m - from) * taps;
    const left = taps === 1 ? Math.floor(position + 0.5) : Math.floor(position) - (taps === 4 ? 1 : 0);
    writeWeights(method, taps, position - Math.floor(position), weights, at);
    for (let t = 0; t < taps; t++) sources[at + t] = Math.min(Math.max(left + t - sourceFrom, 0), sourceCount - 1);
  }
  return { taps, sources, weights };
}

/** Positions on a voxel or half way between two are exactly there, so that rounding does not break ties. */
function snapped(position: number): number {
  const half = Math.round(2 * position) / 2;
  return Math.abs(position - half) < 1e-9 ? half : position;
}

function writeWeights(method: InterpolationMethod, taps: number, f: number, weights: Float64Array, at: number): void {
  if (taps === 1) {
    weights[at] = 1;
  } else if (taps === 2) {
    weights[at] = 1 - f;
    weights[at + 1] = f;
  } else if (method === 'tricubicSpline') {
    // Cubic B-spline (M. Unser, IEEE Signal Process. Mag. 16 (1999), doi 10.1109/79.799930).
    const g = 1 - f;
    weights[at] = (g * g * g) / 6;
    weights[at + 1] = 2 / 3 - (f * f * (2 - f)) / 2;
    weights[at + 2] = 2 / 3 - (g * g * (2 - g)) / 2;
    weights[at + 3] = (f * f * f) / 6;
  } else {
    // Cubic convolution with a = -1/2 (R. Keys, IEEE Trans. Acoust. 29 (1981), doi 10.1109/TASSP.1981.1163711).
    weights[at] = f * (-0.5 + f * (1 - 0.5 * f));
    weights[at + 1] = 1 + f * f * (-2.5 + 1.5 * f);
    weights[at + 2] = f * (0.5 + f * (2 - 1.5 * f));
    weights[at + 3] = f * f * (-0.5 + 0.5 * f);
  }
}
