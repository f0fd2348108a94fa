import type { Triple } from '@cohortium/imaging';
import type { Axis } from '../block.js';
import type { Range } from '../boundary.js';

/** A block of an image that goes on periodically; indices count on beyond the image. */
export interface PeriodicBlock {
  readonly from: Triple;
  readonly size: Triple;
  /** Voxels of the image along each axis. */
  readonly period: Triple;
  /** Values, i fastest; in single precision, sums are rounded to it term by term. */
  readonly values: Float64Array | Float32Array;
}

/**
 * Convolution along an axis: the result at o is sum_q f_q x(o + F/2 - q), F the number of taps. Terms are added in the order of
 * PyWavelets' periodic convolution: by q, but where the taps reach beyond the end of the image the ones beyond come first, from the end
 * back to the first tap.
 * @param range indices of the result along the axis; the block reaches F/2 - 1 voxels before and F/2 after it
 */
export function periodicPass(block: PeriodicBlock, axis: Axis, taps: Float64Array, range: Range): PeriodicBlock {
  const [ni, nj, nk] = block.size;
  const count = block.size[axis];
  const kept = range[1] - range[0];
  const inner = axis === 0 ? 1 : axis === 1 ? ni : ni * nj;
  const outer = axis === 0 ? nj * nk : axis === 1 ? nk : 1;
  const isSingle = block.values instanceof Float32Array;
  const values = isSingle ? new Float32Array(outer * kept * inner) : new Float64Array(outer * kept * inner);
  const add = axis === 0 ? (isSingle ? rowSingle : rowDouble) : isSingle ? addSingle : addDouble;
  for (let n = 0; n < kept; n++) {
    const order = termOrder(range[0] + n, block.period[axis], taps.length);
    const first = range[0] + n + taps.length / 2 - block.from[axis];
    if (axis === 0) (add as typeof rowDouble)(values, n, kept, block.values, first, count, taps, order);
    else
      for (let o = 0; o < outer; o++)
        for (let t = 0; t < order.length; t++) {
          const q = order[t] as number;
          const from = (o * count + first - q) * inner;
          (add as typeof addDouble)(values, (o * kept + n) * inner, block.values, from, taps[q] as number, inner);
        }
  }
  const resize = (old: Triple, value: number) => old.map((part, a) => (a === axis ? value : part)) as unknown as Triple;
  return { from: resize(block.from, range[0]), size: resize(block.size, kept), period: block.period, values };
}

const orders = new Map<number, Int32Array>();

/** The order of the taps for the result at an index. */
function termOrder(index: number, period: number, tapCount: number): Int32Array {
  const place = ((index % period) + period) % period;
  const beyond = Math.min(Math.max(0, place + tapCount / 2 - period + 1), tapCount);
  const key = beyond * 4096 + tapCount;
  const known = orders.get(key);
  if (known !== undefined) return known;
  const all = Array.from({ length: tapCount }, (_, q) => q);
  const order = Int32Array.from([...all.slice(0, beyond).reverse(), ...all.slice(beyond)]);
  orders.set(key, order);
  return order;
}

type Values = Float64Array | Float32Array;

function addDouble(out: Values, to: number, values: Values, from: number, tap: number, length: number): void {
  for (let n = 0; n < length; n++) out[to + n] = (out[to + n] as number) + tap * (values[from + n] as number);
}

function addSingle(out: Values, to: number, values: Values, from: number, tap: number, length: number): void {
  for (let n = 0; n < length; n++) out[to + n] = (out[to + n] as number) + Math.fround(tap * (values[from + n] as number));
}

/** One result of every row: rows of `kept` results from rows of `count` values, the first term of a result at `first`. */
function rowDouble(
  out: Values,
  n: number,
  kept: number,
  values: Values,
  first: number,
  count: number,
  taps: Float64Array,
  order: Int32Array,
): void {
  const terms = order.length;
  for (let to = n, at = first; to < out.length; to += kept, at += count) {
    let sum = 0;
    for (let t = 0; t < terms; t++) {
      const q = order[t] as number;
      sum += (taps[q] as number) * (values[at - q] as number);
    }
    out[to] = sum;
  }
}

function rowSingle(
  out: Values,
  n: number,
  kept: number,
  values: Values,
  first: number,
  count: number,
  taps: Float64Array,
  order: Int32Array,
): void {
  const terms = order.length;
  for (let to = n, at = first; to < out.length; to += kept, at += count) {
    let sum = 0;
    for (let t = 0; t < terms; t++) {
      const q = order[t] as number;
      sum = Math.fround(sum + Math.fround((taps[q] as number) * (values[at - q] as number)));
    }
    out[to] = sum;
  }
}
