import type { Triple } from '../geometry/geometry.js';
import { bSplineCoefficients, bSplineReach } from './b-spline.js';
import { boxSize } from './grid.js';
import type { AxisPlacement, Box, GridPlacement } from './grid.js';
import { axisWeights } from './kernel.js';
import type { AxisWeights, InterpolationMethod } from './kernel.js';

/** Voxels of a grid: values with i fastest. */
export interface GridValues {
  readonly dimensions: Triple;
  readonly values: ArrayLike<number>;
}

/** Voxels next to a position that a kernel reads on either side. */
const kernelReach: Readonly<Record<InterpolationMethod, number>> = { nearest: 1, trilinear: 1, tricubicSpline: 2, tricubicConvolution: 2 };

/**
 * Interpolates a block of a new grid. Only the part of the source that the block needs is touched, so the cost follows the block.
 * @param source voxels of the old grid
 * @param placement how the new grid lies on the old one
 * @param box block of the new grid
 * @returns values of the block, i fastest
 */
export function resampleBox(source: GridValues, placement: GridPlacement, box: Box, method: InterpolationMethod): Float64Array {
  const spline = method === 'tricubicSpline';
  const ranges = ([0, 1, 2] as const).map((axis) =>
    sourceRange(placement[axis], [box.from[axis], box.to[axis]], source.dimensions[axis], method),
  );
  const [ri, rj, rk] = ranges as [Range, Range, Range];
  const block = copyBlock(source, { from: [ri[0], rj[0], rk[0]], to: [ri[1], rj[1], rk[1]] });
  const size: [number, number, number] = [ri[1] - ri[0], rj[1] - rj[0], rk[1] - rk[0]];
  if (spline) {
    if (!placement[0].isSame) bSplineCoefficients(block, size[1] * size[2], size[0], 1);
    if (!placement[1].isSame) bSplineCoefficients(block, size[2], size[1], size[0]);
    if (!placement[2].isSame) bSplineCoefficients(block, 1, size[2], size[0] * size[1]);
  }
  const out = boxSize(box);
  const weights = (axis: 0 | 1 | 2) =>
    axisWeights(method, placement[axis], [box.from[axis], box.to[axis]], [(ranges[axis] as Range)[0], size[axis]]);
  const alongI = blend(block, size[1] * size[2], size[0], 1, weights(0), out[0]);
  const alongJ = blend(alongI, size[2], size[1], out[0], weights(1), out[1]);
  return blend(alongJ, 1, size[2], out[0] * out[1], weights(2), out[2]);
}

type Range = readonly [number, number];

/**
 * Old indices that a range of new indices needs. A spline's range may reach beyond the image: there the image goes on with the value of its
 * border, and the mirrored end of the prefilter is too far away to be felt.
 */
function sourceRange(placement: AxisPlacement, [from, to]: Range, count: number, method: InterpolationMethod): Range {
  if (placement.isSame) return [from, to];
  const low = Math.floor(placement.start + from * placement.step) - kernelReach[method];
  const high = Math.floor(placement.start + (to - 1) * placement.step) + kernelReach[method] + 1;
  if (method === 'tricubicSpline') return [low - bSplineReach, high + bSplineReach];
  // At least one voxel, for positions beyond the border.
  return [Math.min(Math.max(low, 0), count - 1), Math.max(Math.min(high, count), 1)];
}

/** Copies a block; indices beyond the source take the nearest voxel. */
export function copyBlock({ dimensions: [ni, nj, nk], values }: GridValues, { from, to }: Box): Float64Array {
  const width = to[0] - from[0];
  const out = new Float64Array(width * (to[1] - from[1]) * (to[2] - from[2]));
  const clamp = (index: number, count: number) => Math.min(Math.max(index, 0), count - 1);
  const inside = from[0] >= 0 && to[0] <= ni;
  for (let k = from[2], at = 0; k < to[2]; k++)
    for (let j = from[1]; j < to[1]; j++) {
      const row = ni * (clamp(j, nj) + nj * clamp(k, nk));
      if (inside) for (let i = from[0]; i < to[0]; i++) out[at++] = values[row + i] as number;
      else for (let i = from[0]; i < to[0]; i++) out[at++] = values[row + clamp(i, ni)] as number;
    }
  return out;
}

/** Cuts a block out of a mask; the block must lie inside. */
export function copyMask(voxels: Uint8Array, [ni, nj]: Triple, { from, to }: Box): Uint8Array {
  const width = to[0] - from[0];
  const out = new Uint8Array(width * (to[1] - from[1]) * (to[2] - from[2]));
  for (let k = from[2], at = 0; k < to[2]; k++)
    for (let j = from[1]; j < to[1]; j++, at += width) {
      const row = from[0] + ni * (j + nj * k);
      out.set(voxels.subarray(row, row + width), at);
    }
  return out;
}

/** Weighted sums along the middle axis of `outer x count x inner` values. */
function blend(
  values: Float64Array,
  outer: number,
  count: number,
  inner: number,
  { taps, sources, weights }: AxisWeights,
  outCount: number,
): Float64Array {
  if (taps === 1 && outCount === count && sources.every((source, m) => source === m)) return values;
  const out = new Float64Array(outer * outCount * inner);
  for (let o = 0; o < outer; o++)
    for (let m = 0; m < outCount; m++) {
      const to = (o * outCount + m) * inner;
      for (let t = 0; t < taps; t++) {
        const weight = weights[m * taps + t] as number;
        // A weight of 0 must not let a NaN in.
        if (weight === 0) continue;
        const from = (o * count + (sources[m * taps + t] as number)) * inner;
        for (let lane = 0; lane < inner; lane++) out[to + lane] = (out[to + lane] as number) + weight * (values[from + lane] as number);
      }
    }
  return out;
}
