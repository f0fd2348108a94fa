import { boundingBox, boxSize, copyBlock, copyMask } from '@cohortium/imaging';
import type { Box } from '@cohortium/imaging';
import { fftLength, FftPlan } from '@cohortium/numerics';
import type { Roi } from '../../roi/roi.js';

/** Sums over all ordered pairs of different voxels of the intensity mask, w being the inverse of their distance in mm. */
export interface PairSums {
  /** N, the voxels. */
  readonly count: number;
  /** sum w */
  readonly weights: number;
  /** sum w (x - mu) (y - mu) */
  readonly products: number;
  /** sum w (x - y)^2 */
  readonly squaredDifferences: number;
  /** sum over voxels (x - mu)^2 */
  readonly squares: number;
}

/** Lines that are transformed together. */
const linesAtOnce = 64;

/**
 * The sums of Moran's I and Geary's C over all pairs, exactly and in O(B log B) for a box of B voxels instead of O(N^2). With m the mask
 * and f = (x - mu) m, convolution with w gives at every voxel the sums of w and of w f over all others; then
 * sum w = sum m (w * m), sum w (x - mu)(y - mu) = sum f (w * f) and sum w (x - y)^2 = 2 sum f^2 (w * m) - 2 sum f (w * f).
 * Since w is real and even, m + i f goes through one transform and both convolutions come back as real and imaginary part.
 */
export function pairSums(roi: Roi): PairSums {
  const box = cropped(roi);
  const { dimensions, mask, centered } = box;
  const convolved = convolveWithInverseDistance(mask, centered, dimensions, roi.spacingMm);
  const sums = { count: box.count, weights: 0, products: 0, squaredDifferences: 0, squares: 0 };
  for (let v = 0; v < mask.length; v++) {
    if (mask[v] === 0) continue;
    const f = centered[v] as number;
    const weight = convolved.real[v] as number;
    const product = f * (convolved.imaginary[v] as number);
    sums.weights += weight;
    sums.products += product;
    sums.squaredDifferences += 2 * (f * f * weight - product);
    sums.squares += f * f;
  }
  return sums;
}

type Triple = readonly [number, number, number];

/** The box around the intensity mask, with the mask as 0 and 1 and the intensities less their mean. */
function cropped({ dimensions: whole, intensities, intensityMask }: Roi): {
  count: number;
  dimensions: Triple;
  mask: Float64Array;
  centered: Float64Array;
} {
  const box = boundingBox(intensityMask, whole) as Box;
  const dimensions = boxSize(box);
  const mask = Float64Array.from(copyMask(intensityMask, whole, box));
  const centered = copyBlock({ dimensions: whole, values: intensities }, box);
  // Relative to the first intensity, so that a constant region is constant to the bit.
  const origin = centered[mask.indexOf(1)] as number;
  let count = 0;
  let sum = 0;
  for (let v = 0; v < mask.length; v++) {
    if (mask[v] === 0) continue;
    count++;
    sum += (centered[v] as number) - origin;
  }
  const mean = sum / count;
  for (let v = 0; v < mask.length; v++) centered[v] = mask[v] === 0 ? 0 : (centered[v] as number) - origin - mean;
  return { count, dimensions, mask, centered };
}

/** w * (real + i imaginary) inside the box, w(0) = 0. Lengths are padded so that nothing wraps around. */
function convolveWithInverseDistance(
  real: Float64Array,
  imaginary: Float64Array,
  [ni, nj, nk]: Triple,
  spacingMm: Triple,
): { real: Float64Array; imaginary: Float64Array } {
  const padded = [ni, nj, nk].map((n) => fftLength(2 * n - 1)) as unknown as Triple;
  const [pi, pj, pk] = padded;
  const kernel = transformedKernel(padded, spacingMm);
  const plans = { i: new FftPlan(pi), j: new FftPlan(pj), k: new FftPlan(pk) };
  // Rows stay as many as the box has slices: the third transform is undone column by column, so its padding is never stored.
  const work = { real: new Float64Array(pi * pj * nk), imaginary: new Float64Array(pi * pj * nk) };
  const slice = pi * pj;
  const out = { real: new Float64Array(real.length), imaginary: new Float64Array(real.length) };
  const eachSlice = (inverse: boolean) => {
    for (let k = 0; k < nk; k++) {
      const end = (k + 1) * slice;
      plans.j.transform(work.real.subarray(k * slice, end), work.imaginary.subarray(k * slice, end), pi, inverse);
    }
  };
  transformRows({ real, imaginary }, ni, work, plans.i, { nj, nk, stride: pj, inverse: false });
  eachSlice(false);
  filterColumns(work, slice, nk, plans.k, kernel, padded);
  eachSlice(true);
  transformRows(work, pi, out, plans.i, { nj, nk, stride: pj, inverse: true });
  const scale = 1 / (pi * pj * pk);
  for (let v = 0; v < out.real.length; v++) {
    out.real[v] = (out.real[v] as number) * scale;
    out.imaginary[v] = (out.imaginary[v] as number) * scale;
  }
  return out;
}

interface Complex {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/**
 * Transforms the nj nk rows of the box along i. Forward: rows of `length` values from a dense box into rows of the plan's length, slices
 * being `stride` rows apart. Inverse: the other way, keeping what fits.
 */
function transformRows(
  from: Complex,
  length: number,
  to: Complex,
  plan: FftPlan,
  { nj, nk, stride, inverse }: { nj: number; nk: number; stride: number; inverse: boolean },
): void {
  const n = plan.length;
  const outLength = inverse ? to.real.length / (nj * nk) : n;
  const block = { real: new Float64Array(n * linesAtOnce), imaginary: new Float64Array(n * linesAtOnce) };
  const rowOf = (row: number, spread: boolean) => (spread ? (row % nj) + stride * Math.floor(row / nj) : row);
  for (let first = 0; first < nj * nk; first += linesAtOnce) {
    const lines = Math.min(linesAtOnce, nj * nk - first);
    block.real.fill(0);
    block.imaginary.fill(0);
    for (let b = 0; b < lines; b++) {
      let at = length * rowOf(first + b, inverse);
      for (let t = 0; t < length; t++, at++) {
        block.real[t * lines + b] = from.real[at] as number;
        block.imaginary[t * lines + b] = from.imaginary[at] as number;
      }
    }
    plan.transform(block.real, block.imaginary, lines, inverse);
    for (let b = 0; b < lines; b++) {
      let at = outLength * rowOf(first + b, !inverse);
      for (let t = 0; t < outLength; t++, at++) {
        to.real[at] = block.real[t * lines + b] as number;
        to.imaginary[at] = block.imaginary[t * lines + b] as number;
      }
    }
  }
}

/** Copies a few values; for so few, a view (`subarray`) costs more than the copy, in time and in garbage. */
function copyValues(from: Float64Array, start: number, to: Float64Array, target: number, count: number): void {
  for (let n = 0; n < count; n++) to[target + n] = from[start + n] as number;
}

/** Transforms columns along k, multiplies by the kernel, and transforms back, a block of columns at a time. */
function filterColumns(work: Complex, slice: number, nk: number, plan: FftPlan, kernel: Float64Array, [pi, pj, pk]: Triple): void {
  const [hi, hj] = [Math.floor(pi / 2) + 1, Math.floor(pj / 2) + 1];
  const block = { real: new Float64Array(pk * linesAtOnce), imaginary: new Float64Array(pk * linesAtOnce) };
  const kernelAt = new Int32Array(linesAtOnce);
  for (let first = 0; first < slice; first += linesAtOnce) {
    const lines = Math.min(linesAtOnce, slice - first);
    for (let b = 0; b < lines; b++) {
      const i = (first + b) % pi;
      const j = Math.floor((first + b) / pi);
      kernelAt[b] = Math.min(i, pi - i) + hi * Math.min(j, pj - j);
    }
    for (let k = 0; k < nk; k++) {
      copyValues(work.real, first + k * slice, block.real, k * lines, lines);
      copyValues(work.imaginary, first + k * slice, block.imaginary, k * lines, lines);
    }
    block.real.fill(0, nk * lines, pk * lines);
    block.imaginary.fill(0, nk * lines, pk * lines);
    plan.transform(block.real, block.imaginary, lines);
    for (let k = 0, at = 0; k < pk; k++) {
      const plane = hi * hj * Math.min(k, pk - k);
      for (let b = 0; b < lines; b++, at++) {
        const w = kernel[plane + (kernelAt[b] as number)] as number;
        block.real[at] = (block.real[at] as number) * w;
        block.imaginary[at] = (block.imaginary[at] as number) * w;
      }
    }
    plan.transform(block.real, block.imaginary, lines, true);
    for (let k = 0; k < nk; k++) {
      copyValues(block.real, k * lines, work.real, first + k * slice, lines);
      copyValues(block.imaginary, k * lines, work.imaginary, first + k * slice, lines);
    }
  }
}

/**
 * Transform of the kernel 1 / distance on the padded box. It is real and even along every axis, so only frequencies 0 to half the length
 * are computed and stored, and two lines share each transform as real and imaginary part.
 */
function transformedKernel(padded: Triple, [si, sj, sk]: Triple): Float64Array {
  const [hi, hj, hk] = padded.map((p) => Math.floor(p / 2) + 1) as unknown as Triple;
  const kernel = new Float64Array(hi * hj * hk);
  for (let k = 0, at = 0; k < hk; k++) {
    for (let j = 0; j < hj; j++) {
      for (let i = 0; i < hi; i++, at++) {
        const squared = i * si * (i * si) + j * sj * (j * sj) + k * sk * (k * sk);
        kernel[at] = at === 0 ? 0 : 1 / Math.sqrt(squared);
      }
    }
  }
  evenTransform(kernel, padded[0], { step: 1, inner: 1, innerStep: hi, outer: hj * hk, outerStep: hi });
  evenTransform(kernel, padded[1], { step: hi, inner: hi, innerStep: 1, outer: hk, outerStep: hi * hj });
  evenTransform(kernel, padded[2], { step: hi * hj, inner: hi * hj, innerStep: 1, outer: 1, outerStep: 0 });
  return kernel;
}

/** Transforms even lines of length n of which values 0 to n / 2 are stored, in place. Lines begin at outer and inner multiples. */
function evenTransform(
  values: Float64Array,
  n: number,
  layout: { readonly [key in 'step' | 'inner' | 'innerStep' | 'outer' | 'outerStep']: number },
): void {
  const { step, inner, innerStep, outer, outerStep } = layout;
  const plan = new FftPlan(n);
  const half = Math.floor(n / 2);
  const starts = new Int32Array(inner * outer);
  for (let o = 0, line = 0; o < outer; o++) for (let q = 0; q < inner; q++) starts[line++] = o * outerStep + q * innerStep;
  const block = { real: new Float64Array(n * linesAtOnce), imaginary: new Float64Array(n * linesAtOnce) };
  for (let first = 0; first < starts.length; first += 2 * linesAtOnce) {
    const lines = Math.min(linesAtOnce, Math.ceil((starts.length - first) / 2));
    const each = (visit: (part: Float64Array, b: number, start: number) => void) => {
      for (let b = 0; b < lines; b++) {
        visit(block.real, b, starts[first + b] as number);
        if (first + lines + b < starts.length) visit(block.imaginary, b, starts[first + lines + b] as number);
      }
    };
    // An odd number of lines leaves one without a partner, which must not meet what the lines before it left behind.
    block.imaginary.fill(0);
    each((part, b, start) => {
      for (let t = 0; t < n; t++) part[t * lines + b] = values[start + step * Math.min(t, n - t)] as number;
    });
    plan.transform(block.real, block.imaginary, lines);
    each((part, b, start) => {
      for (let t = 0; t <= half; t++) values[start + step * t] = part[t * lines + b] as number;
    });
  }
}
