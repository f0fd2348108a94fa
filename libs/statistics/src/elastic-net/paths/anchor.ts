import { addRows } from './dense.js';

/** Second derivatives of the loss over the share, on some coefficients; several problems may use them. */
export interface Anchor {
  /** Ascending coefficient indices. */
  readonly set: Float64Array;
  /** Full symmetric matrix over the set. */
  readonly curvature: Float64Array;
}

/** Values at the indices of a set. */
export function picked(values: Float64Array, set: Float64Array): Float64Array {
  const out = new Float64Array(set.length);
  for (let k = 0; k < out.length; k++) out[k] = values[set[k] as number] as number;
  return out;
}

/** First less second, element by element. */
export function difference(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  for (let k = 0; k < out.length; k++) out[k] = (a[k] as number) - (b[k] as number);
  return out;
}

const placings = new WeakMap<Anchor, Int32Array>();

/** Position of every coefficient in an anchor's set, -1 where it is not in it. */
export function placesOf(anchor: Anchor, coefficients: number): Int32Array {
  const known = placings.get(anchor);
  if (known && known.length >= coefficients) return known;
  const places = new Int32Array(coefficients).fill(-1);
  anchor.set.forEach((index, k) => (places[index] = k));
  placings.set(anchor, places);
  return places;
}

const scales = new WeakMap<Anchor, WeakMap<Anchor, number>>();

/** How an anchor's second derivatives compare with those of another one, on the average of the diagonal that both know. */
export function scaleOf(anchor: Anchor, first: Anchor): number {
  const known = scales.get(anchor)?.get(first);
  if (known !== undefined) return known;
  let own = 0;
  let other = 0;
  const places = placesOf(first, 1 + Math.max(first.set[first.set.length - 1] as number, anchor.set[anchor.set.length - 1] as number));
  anchor.set.forEach((index, k) => {
    const at = places[index] as number;
    if (at < 0) return;
    own += anchor.curvature[k * anchor.set.length + k] as number;
    other += first.curvature[at * first.set.length + at] as number;
  });
  const scale = other > 0 ? own / other : 1;
  scales.set(anchor, (scales.get(anchor) ?? new WeakMap<Anchor, number>()).set(first, scale));
  return scale;
}

/** Slopes where the sites were asked, NaN elsewhere. */
export function knownSlopes(slope: Float64Array, set: Float64Array | null): Float64Array {
  if (set === null) return slope.slice();
  const known = new Float64Array(slope.length).fill(NaN);
  for (const index of set) known[index] = slope[index] as number;
  return known;
}

/** Room for a matrix that the next problem uses again: what is taken is good until something is taken the next time. */
export class WorkArray {
  private values = new Float64Array(0);

  take(length: number): Float64Array {
    if (this.values.length < length) this.values = new Float64Array(length);
    return this.values.subarray(0, length);
  }
}

/** What a step has taught: how the slope changed (NaN where that is not known). */
export interface Secant {
  readonly step: Float64Array;
  readonly change: Float64Array;
}

/** Curvature along a step, as a share of what was thought, within which the step teaches something. */
const plausible = [0.3, 3] as const;

/**
 * An anchor that agrees with what the last step has taught about this very problem (the update of Broyden, Fletcher, Goldfarb and Shanno, which
 * stays positive definite; Nocedal & Wright 2006, doi 10.1007/978-0-387-40065-5, section 6.1).
 */
export function taught(anchor: Anchor, secant: Secant | null, work: WorkArray): Anchor {
  if (secant === null) return anchor;
  const { set } = anchor;
  const size = set.length;
  const step = picked(secant.step, set);
  const seen = picked(secant.change, set);
  const thought = new Float64Array(size);
  addRows(anchor.curvature, size, step, thought);
  let own = 0;
  let real = 0;
  for (let k = 0; k < size; k++) {
    // A coefficient whose slope was not asked twice leaves nothing to learn from.
    if (seen[k] !== seen[k]) return anchor;
    own += (step[k] as number) * (thought[k] as number);
    real += (step[k] as number) * (seen[k] as number);
  }
  if (!(real > plausible[0] * own) || !(real < plausible[1] * own)) return anchor;
  const before = anchor.curvature;
  const curvature = work.take(size * size);
  for (let r = 0; r < size; r++) {
    const row = r * size;
    const a = (seen[r] as number) / real;
    const b = (thought[r] as number) / own;
    for (let c = 0; c < size; c++)
      curvature[row + c] = (before[row + c] as number) + (a * (seen[c] as number) - b * (thought[c] as number));
  }
  return { set, curvature };
}

/** The diagonal of borrowed parts is made larger by this: the average may be less than what these coefficients have. */
const caution = 1.5;

/** An anchor with further coefficients, whose second derivatives are those of the first anchor on the scale of this one. */
export function widened(anchor: Anchor, first: Anchor, scale: number, others: readonly number[], share: number, work: WorkArray): Anchor {
  const set = Float64Array.from([...anchor.set, ...others]);
  const a = anchor.set.length;
  const size = set.length;
  const curvature = work.take(size * size);
  for (let r = 0; r < a; r++) curvature.set(anchor.curvature.subarray(r * a, (r + 1) * a), r * size);
  const places = placesOf(first, 1 + Math.max(...set, first.set[first.set.length - 1] as number));
  for (let r = a; r < size; r++) {
    const row = (places[set[r] as number] as number) * first.set.length;
    for (let c = 0; c <= r; c++) {
      const at = places[set[c] as number] as number;
      const value = at < 0 ? 0 : scale * (first.curvature[row + at] as number);
      curvature[r * size + c] = curvature[c * size + r] = c < a ? share * value : caution * value;
    }
  }
  return { set, curvature };
}

/** Carries slopes outside a set through a change inside it, by the first anchor on the scale of the present one. */
export function carry(slope: Float64Array, first: Anchor, scale: number, set: Float64Array, change: Float64Array): void {
  const places = placesOf(first, slope.length);
  const weights = new Float64Array(first.set.length);
  for (let k = 0; k < set.length; k++) {
    const at = places[set[k] as number] as number;
    if (at >= 0) weights[at] = scale * (change[k] as number);
  }
  const moved = new Float64Array(weights.length);
  addRows(first.curvature, weights.length, weights, moved);
  for (let j = 0; j < moved.length; j++) {
    const index = first.set[j] as number;
    slope[index] = (slope[index] as number) + (moved[j] as number);
  }
}
