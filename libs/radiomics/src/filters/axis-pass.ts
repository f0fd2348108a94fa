import { boxSize } from '@cohortium/imaging';
import type { AxisKernel } from './axis-kernel.js';
import { kernelReach } from './axis-kernel.js';
import type { Axis, Block } from './block.js';
import { boxVoxels, withRange } from './block.js';
import type { AxisExtent, Range } from './boundary.js';
import { boundaryIndex } from './boundary.js';

/** Values that are summed up while they stay in the first-level cache: five streams of this many doubles fill 40 KiB. */
const chunk = 1024;

/**
 * Filters a block along one axis.
 * @param block must hold, along the axis, every voxel that the kernel reads for `range` (`sourceRange` of the widened range)
 * @param range indices of the result along the axis, inside the image
 * @param into a block of the result's box to add to; a new one by default
 */
export function filterAlong(block: Block, axis: Axis, kernel: AxisKernel, range: Range, extent: AxisExtent, into?: Block): Block {
  const box = withRange(block, axis, range);
  const result = into ?? { from: box.from, to: box.to, values: new Float64Array(boxVoxels(box)) };
  if (axis === 0) filterRows(block, kernel, range, extent, result.values);
  else filterAcross(block, axis, kernel, range, extent, result.values);
  return result;
}

/** Along i: each row is laid out with its continuation beyond the border and summed up with shifts. */
function filterRows(block: Block, { offsets, weights }: AxisKernel, [from, to]: Range, extent: AxisExtent, out: Float64Array): void {
  const [ni, nj, nk] = boxSize(block);
  const [low, high] = kernelReach({ offsets, weights });
  const width = to - from;
  const places = Int32Array.from({ length: width + high - low }, (_, n) => {
    const index = boundaryIndex(from + low + n, extent);
    return index < 0 ? -1 : index - block.from[0];
  });
  const line = new Float64Array(places.length);
  const shifts = offsets.map((offset) => offset - low);
  for (let row = 0; row < nj * nk; row++) {
    const start = row * ni;
    for (let n = 0; n < places.length; n++) {
      const place = places[n] as number;
      line[n] = place < 0 ? 0 : (block.values[start + place] as number);
    }
    addRows(out, row * width, width, line, shifts, weights, weights.length);
  }
}

/** Along j or k: whole rows (or slices) are summed up. */
function filterAcross(block: Block, axis: 1 | 2, kernel: AxisKernel, [from, to]: Range, extent: AxisExtent, out: Float64Array): void {
  const [ni, nj, nk] = boxSize(block);
  const [inner, outer, count] = axis === 1 ? [ni, nk, nj] : [ni * nj, 1, nk];
  const taps = kernel.weights.length;
  const starts = new Int32Array(taps);
  const weights = new Float64Array(taps);
  for (let o = 0; o < outer; o++) {
    for (let index = from; index < to; index++) {
      let used = 0;
      for (let t = 0; t < taps; t++) {
        const source = boundaryIndex(index + (kernel.offsets[t] as number), extent);
        if (source < 0) continue;
        starts[used] = (o * count + source - block.from[axis]) * inner;
        weights[used++] = kernel.weights[t] as number;
      }
      addRows(out, (o * (to - from) + index - from) * inner, inner, block.values, starts, weights, used);
    }
  }
}

/** Adds `used` weighted rows of `values` (at `starts`) to a row of `out`, four at a time. */
function addRows(
  out: Float64Array,
  at: number,
  length: number,
  values: Float64Array,
  starts: Int32Array,
  weights: Float64Array,
  used: number,
): void {
  for (let first = 0; first < length; first += chunk) {
    const end = Math.min(length, first + chunk);
    let t = 0;
    for (; t + 3 < used; t += 4) {
      const a = starts[t] as number;
      const b = starts[t + 1] as number;
      const c = starts[t + 2] as number;
      const d = starts[t + 3] as number;
      const wa = weights[t] as number;
      const wb = weights[t + 1] as number;
      const wc = weights[t + 2] as number;
      const wd = weights[t + 3] as number;
      for (let n = first; n < end; n++) {
        out[at + n] =
          (out[at + n] as number) +
          wa * (values[a + n] as number) +
          wb * (values[b + n] as number) +
          wc * (values[c + n] as number) +
          wd * (values[d + n] as number);
      }
    }
    for (; t < used; t++) {
      const a = starts[t] as number;
      const wa = weights[t] as number;
      for (let n = first; n < end; n++) out[at + n] = (out[at + n] as number) + wa * (values[a + n] as number);
    }
  }
}
