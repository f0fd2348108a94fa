import { boxSize } from '@cohortium/imaging';
import type { Box, Triple } from '@cohortium/imaging';
import { fftLength, FftPlan, inverseRealFftPlanes, realFftPlanes } from '@cohortium/numerics';
import type { HalfPlanes } from '@cohortium/numerics';
import type { Axis, FilterSource } from './block.js';
import { boxRange, readExtended, wholeBox, withRange } from './block.js';
import type { Boundary, Range } from './boundary.js';
import { laplacianGain, rieszTransfer, simoncelliGain } from './frequency-response.js';
import type { RealTransfer } from './frequency-response.js';
import { kernelReach } from './axis-kernel.js';
import { gaussianPairs } from './laplacian-of-gaussian.js';
import type { LaplacianOfGaussianFilter } from './laplacian-of-gaussian.js';

/** Parameters of {@link simoncelliResponse}. */
export interface SimoncelliFilter {
  readonly dimensions: '2D' | '3D';
  /** j: decomposition level from 1, the band of highest frequencies. */
  readonly level: number;
  /** Riesz order along i, j (and k); null for none. */
  readonly rieszOrder: readonly number[] | null;
}

/**
 * Non-separable Simoncelli wavelet by slice or in space, Riesz-transformed or not. It is defined on the frequencies of the image, so
 * the image is always continued periodically, and the whole image (or slice) counts whatever block is asked for.
 */
export function simoncelliResponse(source: FilterSource, { dimensions, level, rieszOrder }: SimoncelliFilter, box: Box): Float64Array {
  const domain = dimensions === '3D' ? wholeBox(source.dimensions) : slices(source.dimensions, box);
  const counts = planeCounts(boxSize(domain), dimensions);
  return transformed(source, domain, 'periodic', dimensions, rieszTransfer(simoncelliGain(level, counts), counts, rieszOrder ?? []), box);
}

/**
 * Riesz-transformed Laplacian of a Gaussian. The Riesz transform has no finite kernel: unless the boundary is periodic, the image is
 * continued on every side by three times the reach of the Laplacian (or more, up to a fast even length) and taken as periodic there.
 */
export function rieszLaplacianResponse(
  source: FilterSource,
  spacingMm: Triple,
  filter: LaplacianOfGaussianFilter & { readonly rieszOrder: readonly number[] },
  box: Box,
): Float64Array {
  const pairs = gaussianPairs(spacingMm, filter);
  let domain = filter.dimensions === '3D' ? wholeBox(source.dimensions) : slices(source.dimensions, box);
  if (filter.boundary !== 'periodic') {
    pairs.forEach(({ gaussian }, n) => {
      const axis = n as Axis;
      const margin = 3 * kernelReach(gaussian)[1];
      const length = 2 * fftLength(Math.ceil((source.dimensions[axis] + 2 * margin) / 2));
      domain = withRange(domain, axis, [-margin, length - margin]);
    });
  }
  const counts = planeCounts(boxSize(domain), filter.dimensions);
  const gain = laplacianGain(pairs, counts);
  return transformed(source, domain, filter.boundary, filter.dimensions, rieszTransfer(gain, counts, filter.rieszOrder), box);
}

/** Whole slices of a box. */
function slices([ni, nj]: Triple, box: Box): Box {
  return withRange(withRange(box, 0, [0, ni]), 1, [0, nj]);
}

function planeCounts([ni, nj, nk]: Triple, dimensions: '2D' | '3D'): Triple {
  return [ni, nj, dimensions === '3D' ? nk : 1];
}

/** Multiplies the spectrum of the image on a periodic domain and keeps the wanted box of the response. */
function transformed(
  source: FilterSource,
  domain: Box,
  boundary: Boundary,
  dimensions: '2D' | '3D',
  transfer: RealTransfer,
  box: Box,
): Float64Array {
  const values = readExtended(source, domain, boundary);
  const size = boxSize(domain);
  const inDomain = (axis: Axis): Range => {
    const [from, to] = boxRange(box, axis);
    return [from - domain.from[axis], to - domain.from[axis]];
  };
  const spectrum = realFftPlanes(values, size);
  if (dimensions === '3D') filterColumns(spectrum, size, transfer);
  else filterPlanes(spectrum, size, transfer);
  const rows = inverseRealFftPlanes(spectrum, [size[0], size[1]], inDomain(1), inDomain(2));
  return cutRows(rows, size[0], inDomain(0));
}

/** Columns along k that are gathered and transformed together. */
const columnsAtOnce = 32;

/** Transforms along k, multiplies and transforms back, column by column; columns outside the band become 0 without a transform. */
function filterColumns({ real, imaginary, hi }: HalfPlanes, [ni, nj, nk]: Triple, transfer: RealTransfer): void {
  const plan = new FftPlan(nk);
  const blockReal = new Float64Array(nk * columnsAtOnce);
  const blockImaginary = new Float64Array(blockReal.length);
  const gain = new Float64Array(blockReal.length);
  const slice = hi * nj;
  for (let first = 0; first < slice; first += columnsAtOnce) {
    const lines = Math.min(columnsAtOnce, slice - first);
    let largest = 0;
    for (let fk = 0, at = 0; fk < nk; fk++)
      for (let b = 0; b < lines; b++, at++) {
        const value = transfer.at((first + b) % hi, Math.floor((first + b) / hi), fk) / (ni * nj * nk);
        gain[at] = value;
        largest = Math.max(largest, Math.abs(value));
      }
    if (largest > 0) {
      copyColumns(real, imaginary, first, slice, lines, nk, blockReal, blockImaginary);
      plan.transform(blockReal, blockImaginary, lines);
      multiply(blockReal, blockImaginary, gain, transfer, nk * lines);
      plan.transform(blockReal, blockImaginary, lines, true);
    } else {
      blockReal.fill(0);
      blockImaginary.fill(0);
    }
    for (let k = 0; k < nk; k++) {
      real.set(blockReal.subarray(k * lines, (k + 1) * lines), first + k * slice);
      imaginary.set(blockImaginary.subarray(k * lines, (k + 1) * lines), first + k * slice);
    }
  }
}

function copyColumns(
  real: Float64Array,
  imaginary: Float64Array,
  first: number,
  slice: number,
  lines: number,
  nk: number,
  toReal: Float64Array,
  toImaginary: Float64Array,
): void {
  for (let k = 0; k < nk; k++) {
    const start = first + k * slice;
    toReal.set(real.subarray(start, start + lines), k * lines);
    toImaginary.set(imaginary.subarray(start, start + lines), k * lines);
  }
}

/** The same transfer function for the spectrum of every plane. */
function filterPlanes({ real, imaginary, hi }: HalfPlanes, [ni, nj, nk]: Triple, transfer: RealTransfer): void {
  const size = hi * nj;
  const gain = new Float64Array(size);
  for (let at = 0; at < size; at++) gain[at] = transfer.at(at % hi, Math.floor(at / hi), 0) / (ni * nj);
  for (let k = 0; k < nk; k++)
    multiply(real.subarray(k * size, (k + 1) * size), imaginary.subarray(k * size, (k + 1) * size), gain, transfer, size);
}

function multiply(real: Float64Array, imaginary: Float64Array, gain: Float64Array, { isImaginary }: RealTransfer, length: number): void {
  for (let at = 0; at < length; at++) {
    const g = gain[at] as number;
    const re = real[at] as number;
    const im = imaginary[at] as number;
    real[at] = isImaginary ? -g * im : g * re;
    imaginary[at] = isImaginary ? g * re : g * im;
  }
}

/** A range of every row. */
function cutRows(rows: Float64Array, width: number, [from, to]: Range): Float64Array {
  const count = rows.length / width;
  const out = new Float64Array(count * (to - from));
  for (let row = 0; row < count; row++) out.set(rows.subarray(row * width + from, row * width + to), row * (to - from));
  return out;
}
