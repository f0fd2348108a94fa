import { boxSize } from '@cohortium/imaging';
import type { Box, Triple } from '@cohortium/imaging';
import { fft3d, fftLength } from '@cohortium/numerics';
import type { Axis, FilterSource } from './block.js';
import { boxRange, boxVoxels, readExtended, wholeBox, withRange } from './block.js';
import type { Boundary } from './boundary.js';
import { laplacianGain, rieszTransfer, simoncelliGain } from './frequency-response.js';
import type { RealTransfer } from './frequency-response.js';
import { kernelReach } from './axis-kernel.js';
import { gaussianPairs } from './laplacian-of-gaussian.js';
import type { LaplacianOfGaussianFilter } from './laplacian-of-gaussian.js';
import { PlaneTransform } from './plane-transform.js';

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
  return transformed(source, domain, 'periodic', dimensions, rieszTransfer(simoncelliGain(level), counts, rieszOrder ?? []), box);
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

/** Multiplies the spectrum of the image on a periodic domain and cuts out the wanted box. */
function transformed(
  source: FilterSource,
  domain: Box,
  boundary: Boundary,
  dimensions: '2D' | '3D',
  transfer: RealTransfer,
  box: Box,
): Float64Array {
  const real = readExtended(source, domain, boundary);
  if (dimensions === '3D') multiplySpectrum(real, boxSize(domain), transfer);
  else multiplyPlaneSpectra(real, boxSize(domain), transfer);
  return cut(real, domain, box);
}

function multiplySpectrum(real: Float64Array, size: Triple, transfer: RealTransfer): void {
  const imaginary = new Float64Array(real.length);
  fft3d(real, imaginary, size);
  const plane = new Float64Array(size[0] * size[1]);
  for (let fk = 0, start = 0; fk < size[2]; fk++, start += plane.length) {
    transfer.plane(fk, plane);
    multiply(real.subarray(start, start + plane.length), imaginary.subarray(start, start + plane.length), plane, transfer, real.length);
  }
  fft3d(real, imaginary, size, true);
}

/** Two slices at a time, as real and imaginary part: since their responses are real, they come out apart. */
function multiplyPlaneSpectra(values: Float64Array, [ni, nj, nk]: Triple, transfer: RealTransfer): void {
  const transform = new PlaneTransform(ni, nj);
  const gain = new Float64Array(ni * nj);
  transfer.plane(0, gain);
  const turnedGain = new Float64Array(gain.length);
  for (let fj = 0; fj < nj; fj++) for (let fi = 0; fi < ni; fi++) turnedGain[fi * nj + fj] = gain[fi + ni * fj] as number;
  const spare = new Float64Array(ni * nj);
  for (let k = 0; k < nk; k += 2) {
    const first = values.subarray(k * ni * nj, (k + 1) * ni * nj);
    const second = k + 1 < nk ? values.subarray((k + 1) * ni * nj, (k + 2) * ni * nj) : spare.fill(0);
    const spectrum = transform.forward(first, second);
    multiply(spectrum.real, spectrum.imaginary, turnedGain, transfer, ni * nj);
    transform.inverse(spectrum.real, spectrum.imaginary, first, second);
  }
}

function multiply(real: Float64Array, imaginary: Float64Array, gain: Float64Array, { isImaginary }: RealTransfer, divisor: number): void {
  for (let at = 0; at < gain.length; at++) {
    const g = (gain[at] as number) / divisor;
    const re = real[at] as number;
    const im = imaginary[at] as number;
    real[at] = isImaginary ? -g * im : g * re;
    imaginary[at] = isImaginary ? g * re : g * im;
  }
}

/** The part of a block of the grid that lies in a box. */
function cut(values: Float64Array, domain: Box, box: Box): Float64Array {
  const [ni, nj] = boxSize(domain);
  const [fromI, toI] = boxRange(box, 0);
  const width = toI - fromI;
  const out = new Float64Array(boxVoxels(box));
  for (let k = box.from[2], at = 0; k < box.to[2]; k++) {
    for (let j = box.from[1]; j < box.to[1]; j++, at += width) {
      const start = fromI - domain.from[0] + ni * (j - domain.from[1] + nj * (k - domain.from[2]));
      out.set(values.subarray(start, start + width), at);
    }
  }
  return out;
}
