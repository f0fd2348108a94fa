import { boxSize } from '@cohortium/imaging';
import type { Box, Triple } from '@cohortium/imaging';
import { cos, exp, fftLength, sin } from '@cohortium/numerics';
import type { Axis, FilterSource } from './block.js';
import { boxRange, boxVoxels, readExtended, withRange } from './block.js';
import type { Boundary } from './boundary.js';
import { PlaneTransform } from './plane-transform.js';

/** What is made of the complex response. */
export const gaborResponses = ['modulus', 'real', 'imaginary'] as const;

/** Parameters of {@link gaborResponse}. */
export interface GaborFilter {
  /** 2D: in the plane of axes i and j; 3D: the average of the responses in the three orthogonal planes. */
  readonly dimensions: '2D' | '3D';
  /** Standard deviation of the envelope along the wave. */
  readonly sigmaMm: number;
  readonly wavelengthMm: number;
  /** gamma: the envelope's standard deviation across the wave is sigma / gamma. */
  readonly aspectRatio: number;
  /** theta: direction of the wave, or the first of all directions. */
  readonly orientationDegrees: number;
  /** Step between directions over the full turn, all of which are pooled; null for one direction. */
  readonly orientationStepDegrees: number | null;
  readonly pooling: 'average' | 'max';
  readonly response: (typeof gaborResponses)[number];
  readonly boundary: Boundary;
}

/**
 * The envelope is cut where it has fallen to exp(-18) of its peak; the standard sets no cut, and what is left out is below the
 * precision of single-precision images.
 */
const envelopeReachSigma = 6;

/** Fast and slow axis of a plane and the axis across it. */
const planes = { '2D': [[0, 1, 2]], '3D': [[0, 1, 2], [0, 2, 1], [1, 2, 0]] } as const; // prettier-ignore

/**
 * Gabor filter in planes, rotation invariant by pooling over directions and orthogonal planes (IBSI 2, section 3.4, Q88H). The modulus
 * is taken of each response before they are pooled. Sizes are in millimeters along each axis, so the filter keeps its shape in the
 * patient where voxels are not cubes.
 */
export function gaborResponse(source: FilterSource, spacingMm: Triple, filter: GaborFilter, box: Box): Float64Array {
  const pooled = new Float64Array(boxVoxels(box)).fill(filter.pooling === 'max' ? -Infinity : 0);
  const directions = gaborDirections(filter);
  const turns = directions.reduce((sum, { weight }) => sum + weight, 0) * planes[filter.dimensions].length;
  for (const plane of planes[filter.dimensions]) filterPlane(source, spacingMm, filter, box, plane, directions, turns, pooled);
  return pooled;
}

interface Direction {
  readonly degrees: number;
  /** How many directions of the full turn it stands for. */
  weight: number;
}

/**
 * Directions to compute. Opposite ones conjugate the kernel, which changes neither the modulus nor the real part of the response to a
 * real image.
 */
export function gaborDirections(filter: Pick<GaborFilter, 'orientationDegrees' | 'orientationStepDegrees' | 'response'>): Direction[] {
  const { orientationDegrees: first, orientationStepDegrees: step, response } = filter;
  if (step === null) return [{ degrees: first, weight: 1 }];
  const directions: Direction[] = [];
  for (let n = 0; n < Math.round(360 / step); n++) {
    const degrees = first + n * step;
    const isSame = (other: Direction) => response !== 'imaginary' && Math.abs(degrees - other.degrees - 180) < 1e-9;
    const known = directions.find(isSame);
    if (known) known.weight++;
    else directions.push({ degrees, weight: 1 });
  }
  return directions;
}

type Plane = readonly [Axis, Axis, Axis];

function filterPlane(
  source: FilterSource,
  spacingMm: Triple,
  filter: GaborFilter,
  box: Box,
  plane: Plane,
  directions: readonly Direction[],
  turns: number,
  pooled: Float64Array,
): void {
  const [u, v, across] = plane;
  const spacing = [spacingMm[u], spacingMm[v]] as const;
  const kernels = directions.map(({ degrees }) => gaborKernel(filter, degrees, spacing));
  const reach = [Math.max(...kernels.map((k) => k.reachU)), Math.max(...kernels.map((k) => k.reachV))] as const;
  const [fromU, toU] = boxRange(box, u);
  const [fromV, toV] = boxRange(box, v);
  const wide = withRange(withRange(box, u, [fromU - reach[0], toU + reach[0]]), v, [fromV - reach[1], toV + reach[1]]);
  const values = readExtended(source, wide, filter.boundary);
  const transform = new PlaneTransform(fftLength(toU - fromU + 2 * reach[0]), fftLength(toV - fromV + 2 * reach[1]));
  const spectra = kernels.map((kernel) => kernelSpectrum(kernel, transform));
  const size = transform.nu * transform.nv;
  const work = Array.from({ length: 4 }, () => new Float64Array(size)) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const [real, imaginary, productReal, productImaginary] = work;
  const wideSteps = steps(boxSize(wide));
  const boxSteps = steps(boxSize(box));
  const window = { nu: transform.nu, reach, width: toU - fromU, height: toV - fromV, stepU: boxSteps[u], stepV: boxSteps[v] };
  for (let slice = 0; slice < box.to[across] - box.from[across]; slice++) {
    real.fill(0);
    imaginary.fill(0);
    const start = slice * wideSteps[across];
    for (let b = 0; b < toV - fromV + 2 * reach[1]; b++)
      for (let a = 0, at = start + b * wideSteps[v]; a < toU - fromU + 2 * reach[0]; a++, at += wideSteps[u])
        real[b * transform.nu + a] = values[at] as number;
    const spectrum = transform.forward(real, imaginary);
    directions.forEach(({ weight }, n) => {
      const gain = spectra[n] as Float64Array;
      for (let at = 0; at < size; at++) {
        productReal[at] = (spectrum.real[at] as number) * (gain[at] as number);
        productImaginary[at] = (spectrum.imaginary[at] as number) * (gain[at] as number);
      }
      transform.inverse(productReal, productImaginary, real, imaginary);
      pool(filter, real, imaginary, window, pooled, slice * boxSteps[across], weight / turns);
    });
  }
}

interface Window {
  readonly nu: number;
  readonly reach: readonly [number, number];
  readonly width: number;
  readonly height: number;
  readonly stepU: number;
  readonly stepV: number;
}

function pool(
  { response, pooling }: GaborFilter,
  real: Float64Array,
  imaginary: Float64Array,
  { nu, reach, width, height, stepU, stepV }: Window,
  pooled: Float64Array,
  start: number,
  weight: number,
): void {
  for (let b = 0; b < height; b++) {
    let from = (b + reach[1]) * nu + reach[0];
    let to = start + b * stepV;
    for (const end = from + width; from < end; from++, to += stepU) {
      const re = real[from] as number;
      const im = imaginary[from] as number;
      const value = response === 'modulus' ? Math.sqrt(re * re + im * im) : response === 'real' ? re : im;
      if (pooling === 'average') pooled[to] = (pooled[to] as number) + weight * value;
      else if (value > (pooled[to] as number)) pooled[to] = value;
    }
  }
}

interface GaborKernel {
  readonly reachU: number;
  readonly reachV: number;
  /** Complex values with the center at (reachU, reachV), u fast. */
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** exp(-(x'^2 + gamma^2 y'^2) / (2 sigma^2) + 2 pi i x' / lambda), x' along the wave. */
export function gaborKernel(
  { sigmaMm, wavelengthMm, aspectRatio }: Pick<GaborFilter, 'sigmaMm' | 'wavelengthMm' | 'aspectRatio'>,
  degrees: number,
  [spacingU, spacingV]: readonly [number, number],
): GaborKernel {
  const theta = (degrees * Math.PI) / 180;
  const c = cos(theta);
  const s = sin(theta);
  const acrossMm = sigmaMm / aspectRatio;
  // Half-widths of the box around the elliptic envelope.
  const reachU = Math.ceil((envelopeReachSigma * Math.sqrt((sigmaMm * c) ** 2 + (acrossMm * s) ** 2)) / spacingU);
  const reachV = Math.ceil((envelopeReachSigma * Math.sqrt((sigmaMm * s) ** 2 + (acrossMm * c) ** 2)) / spacingV);
  const width = 2 * reachU + 1;
  const real = new Float64Array(width * (2 * reachV + 1));
  const imaginary = new Float64Array(real.length);
  for (let b = -reachV, at = 0; b <= reachV; b++) {
    for (let a = -reachU; a <= reachU; a++, at++) {
      const along = a * spacingU * c + b * spacingV * s;
      const aside = b * spacingV * c - a * spacingU * s;
      const envelope = exp(-(along * along + (aspectRatio * aside) ** 2) / (2 * sigmaMm * sigmaMm));
      const phase = (2 * Math.PI * along) / wavelengthMm;
      real[at] = envelope * cos(phase);
      imaginary[at] = envelope * sin(phase);
    }
  }
  return { reachU, reachV, real, imaginary };
}

/** Turned spectrum of a kernel divided by the plane's size; real, since the kernel at -x is the conjugate of that at x. */
function kernelSpectrum({ reachU, reachV, real, imaginary }: GaborKernel, transform: PlaneTransform): Float64Array {
  const { nu, nv } = transform;
  const planeReal = new Float64Array(nu * nv);
  const planeImaginary = new Float64Array(nu * nv);
  for (let b = -reachV, at = 0; b <= reachV; b++) {
    for (let a = -reachU; a <= reachU; a++, at++) {
      const to = ((a + nu) % nu) + nu * ((b + nv) % nv);
      planeReal[to] = real[at] as number;
      planeImaginary[to] = imaginary[at] as number;
    }
  }
  return transform.forward(planeReal, planeImaginary).real.map((value) => value / (nu * nv));
}

/** Distance in memory between neighbors along each axis. */
function steps([ni, nj]: Triple): Triple {
  return [1, ni, ni * nj];
}
