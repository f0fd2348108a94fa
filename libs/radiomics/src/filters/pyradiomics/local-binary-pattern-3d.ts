import type { Box, Triple, Volume, VoxelArray } from '@cohortium/imaging';
import { boxSize, copyBlock, widenBox } from '@cohortium/imaging';
import { boxVoxels, wantedBox } from '../block.js';
import { integerRange } from '../../pyradiomics/resampling/resample.js';
import { splineCoefficients } from '../../pyradiomics/resampling/spline-coefficients.js';
import { splineTaps } from '../../pyradiomics/resampling/taps.js';
import { icosphere } from './icosphere.js';
import type { Point } from './icosphere.js';

/** Settings of {@link pyradiomicsBinaryPatterns3d}. */
export interface SpherePatternSettings {
  /** Degrees of spherical harmonics, from 0. */
  readonly levels: number;
  readonly radius: number;
  readonly subdivisions: number;
}

/** One image of patterns. */
export interface SpherePatternImage {
  /** `lbp-3D-m1`, `lbp-3D-m2`, ..., and `lbp-3D-k` for the kurtosis of the samples. */
  readonly name: string;
  /** Values of the block, i fastest; 0 outside the region. */
  readonly values: Float64Array;
}

/**
 * Local binary patterns on a sphere (J. Banerjee et al. 2013, doi 10.1007/978-3-642-37410-4_3), PyRadiomics' image type LBP3D: around each
 * voxel of the region the image is sampled (cubic B-spline) at the points of an icosphere, samples that are not below the voxel count as 1,
 * and the size of their part in each degree of the spherical harmonics is the value. PyRadiomics measures the angles of the harmonics
 * otherwise than usual (the azimuth is what is left of z, the polar angle goes around it), so the parts are complex; the real part is kept.
 * @param mask the region on the block, i fastest
 * @throws `RADIOMICS.FILTER_BAD_BOX`
 */
export function pyradiomicsBinaryPatterns3d(
  image: Volume,
  settings: SpherePatternSettings,
  mask: Uint8Array,
  box: Box,
): SpherePatternImage[] {
  const wanted = wantedBox(image.geometry.dimensions, box);
  const points = icosphere(settings.subdivisions, settings.radius);
  const degrees = Array.from({ length: settings.levels }, (_, degree) => harmonicsOf(degree, points, settings.radius));
  const all = pyradiomicsBinaryPatternNames(settings.levels).map((name) => ({ name, values: new Float64Array(boxVoxels(wanted)) }));
  const [images, kurtosis] = [all.slice(0, -1), all.at(-1) as SpherePatternImage];
  const sampler = new SphereSampler(image, wanted, points, settings.radius);
  const centers = copyBlock({ dimensions: image.geometry.dimensions, values: image.values }, wanted);
  const [ni, nj] = boxSize(wanted);
  const samples = new Float64Array(points.length);
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue;
    const i = wanted.from[0] + (at % ni);
    const j = wanted.from[1] + (Math.floor(at / ni) % nj);
    const k = wanted.from[2] + Math.floor(at / (ni * nj));
    sampler.sample(i, j, k, samples);
    kurtosis.values[at] = excessKurtosis(samples);
    for (let p = 0; p < samples.length; p++) samples[p] = (samples[p] as number) >= (centers[at] as number) ? 1 : 0;
    degrees.forEach((harmonics, degree) => ((images[degree] as SpherePatternImage).values[at] = partOf(harmonics, samples)));
  }
  return all;
}

/** What PyRadiomics calls the images of {@link pyradiomicsBinaryPatterns3d}. @param levels degrees of spherical harmonics */
export function pyradiomicsBinaryPatternNames(levels: number): readonly string[] {
  return [...Array.from({ length: levels }, (_, degree) => `lbp-3D-m${degree + 1}`), 'lbp-3D-k'];
}

/** Where the samples of a voxel lie in the coefficients, relative to it, and their weights; the same for every voxel inside. */
interface SampleStencil {
  readonly offsets: Int32Array;
  readonly weights: Float64Array;
}

/** Samples the sphere around voxels: cubic B-spline values, 0 beyond the image's outermost voxel centers, in the type of its voxels. */
class SphereSampler {
  private readonly part;
  private readonly size: Triple;
  private readonly store;
  private readonly stencils: readonly SampleStencil[];
  /** Voxels from the border of the image whose samples all lie inside. */
  private readonly reach: number;

  constructor(
    private readonly image: Volume,
    box: Box,
    private readonly points: readonly Point[],
    radius: number,
  ) {
    const { dimensions } = image.geometry;
    this.reach = Math.ceil(radius) + 2;
    const wide = this.reach + 1;
    this.part = splineCoefficients({ dimensions, values: image.values }, widenBox(box, [wide, wide, wide], dimensions));
    this.size = boxSize(this.part);
    this.store = storedAs(image.values);
    // A voxel far from every border of an image of any size.
    this.stencils = points.map((point) => this.stencilAt([this.reach, this.reach, this.reach], point, [1e6, 1e6, 1e6], [0, 0, 0]));
  }

  /** Samples around voxel i, j, k, in the order of the points. */
  sample(i: number, j: number, k: number, samples: Float64Array): void {
    const { dimensions } = this.image.geometry;
    const isInside = [i, j, k].every((place, axis) => place >= this.reach && place + this.reach < (dimensions[axis] as number));
    const { from } = this.part;
    const [ni, nj] = this.size;
    const inner = i - from[0] - this.reach + ni * (j - from[1] - this.reach + nj * (k - from[2] - this.reach));
    for (let p = 0; p < samples.length; p++) {
      if (isInside) samples[p] = this.store(this.sum(this.stencils[p] as SampleStencil, inner));
      else samples[p] = this.sampleAtBorder([i, j, k], this.points[p] as Point);
    }
  }

  private sampleAtBorder(voxel: Triple, point: Point): number {
    const { dimensions } = this.image.geometry;
    const place = positionOf(voxel, point);
    if (place.some((value, axis) => value < 0 || value > (dimensions[axis] as number) - 1)) return 0;
    return this.store(this.sum(this.stencilAt(voxel, point, dimensions, this.part.from), 0));
  }

  private stencilAt(voxel: Triple, point: Point, dimensions: Triple, from: Triple): SampleStencil {
    const [x, y, z] = positionOf(voxel, point);
    const [ni, nj] = this.size;
    const [along, across, through] = [splineTaps(x, dimensions[0]), splineTaps(y, dimensions[1]), splineTaps(z, dimensions[2])];
    const offsets = new Int32Array(64);
    const weights = new Float64Array(64);
    for (let n = 0; n < 64; n++) {
      const [a, b, c] = [n & 3, (n >> 2) & 3, n >> 4];
      const row = (across.places[b] as number) - from[1] + nj * ((through.places[c] as number) - from[2]);
      offsets[n] = (along.places[a] as number) - from[0] + ni * row;
      weights[n] = (along.weights[a] as number) * (across.weights[b] as number) * (through.weights[c] as number);
    }
    return { offsets, weights };
  }

  private sum({ offsets, weights }: SampleStencil, at: number): number {
    const { values } = this.part;
    let sum = 0;
    for (let n = 0; n < 64; n++) sum += (values[at + (offsets[n] as number)] as number) * (weights[n] as number);
    return sum;
  }
}

/** The points of the sphere are added to indices in the order z, y, x. */
function positionOf([i, j, k]: Triple, [a, b, c]: Point): Triple {
  return [i + c, j + b, k + a];
}

function storedAs(values: VoxelArray): (value: number) => number {
  const range = integerRange(values);
  if (range === undefined) return values instanceof Float32Array ? Math.fround : (value) => value;
  const rounded = (value: number) => (value > 0 ? Math.floor(value + 0.5) : Math.ceil(value - 0.5));
  return (value) => Math.min(Math.max(rounded(value), range[0]), range[1]);
}

/** Fourth moment over squared variance, less 3; -3 where all samples are equal. */
function excessKurtosis(samples: Float64Array): number {
  const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length;
  let [second, fourth] = [0, 0];
  for (const x of samples) {
    const square = (x - mean) * (x - mean);
    second += square;
    fourth += square * square;
  }
  return second === 0 ? -3 : (fourth * samples.length) / (second * second) - 3;
}

/** Harmonics of one degree at the points: real and imaginary parts by order, and the sums of their products over the points. */
interface Harmonics {
  readonly real: readonly Float64Array[];
  readonly imaginary: readonly Float64Array[];
  readonly gramReal: readonly Float64Array[];
  readonly gramImaginary: readonly Float64Array[];
}

function harmonicsOf(degree: number, points: readonly Point[], radius: number): Harmonics {
  const orders = Array.from({ length: 2 * degree + 1 }, (_, m) => m - degree);
  const values = orders.map((order) => points.map((point) => harmonic(degree, order, point, radius)));
  const real = values.map((row) => Float64Array.from(row, ([re]) => re));
  const imaginary = values.map((row) => Float64Array.from(row, ([, im]) => im));
  const gram = (part: (a: number, b: number, p: number) => number) =>
    orders.map((_, a) => Float64Array.from(orders, (__, b) => points.reduce((sum, ___, p) => sum + part(a, b, p), 0)));
  const re = (m: number, p: number) => (real[m] as Float64Array)[p] as number;
  const im = (m: number, p: number) => (imaginary[m] as Float64Array)[p] as number;
  return {
    real,
    imaginary,
    gramReal: gram((a, b, p) => re(a, p) * re(b, p) - im(a, p) * im(b, p)),
    gramImaginary: gram((a, b, p) => re(a, p) * im(b, p) + im(a, p) * re(b, p)),
  };
}

/**
 * Spherical harmonic (with the sign (-1)^m) whose azimuth is the angle from the z axis and whose polar angle is the one around it.
 * @returns real and imaginary part
 */
function harmonic(degree: number, order: number, [x, y, z]: Point, radius: number): readonly [number, number] {
  const m = Math.abs(order);
  const around = Math.sqrt(x * x + y * y);
  const polar = around === 0 ? 1 : x / around;
  const cosine = Math.min(1, Math.max(-1, z / radius));
  const sine = Math.sqrt(1 - cosine * cosine);
  let [re, im] = [1, 0];
  for (let n = 0; n < m; n++) [re, im] = [re * cosine - im * sine, re * sine + im * cosine];
  const size = normalizedLegendre(degree, m, polar);
  if (order >= 0) return [size * re, size * im];
  const sign = m % 2 === 0 ? 1 : -1;
  return [sign * size * re, -sign * size * im];
}

/** Associated Legendre function with the norm of spherical harmonics, by recursion over the degree (Press et al. 2007, section 6.7). */
function normalizedLegendre(degree: number, m: number, x: number): number {
  const outer = Math.sqrt(Math.max(0, 1 - x * x));
  let start = Math.sqrt(1 / (4 * Math.PI));
  for (let n = 1; n <= m; n++) start *= -outer * Math.sqrt((2 * n + 1) / (2 * n));
  if (degree === m) return start;
  let before = start;
  let current = x * Math.sqrt(2 * m + 3) * start;
  for (let n = m + 2; n <= degree; n++) {
    const factor = Math.sqrt((4 * n * n - 1) / (n * n - m * m));
    const earlier = Math.sqrt(((n - 1) * (n - 1) - m * m) / (4 * (n - 1) * (n - 1) - 1));
    [before, current] = [current, factor * (x * current - earlier * before)];
  }
  return current;
}

/** Re sqrt(sum_p (sum_m c_m Y_m(p))^2), c_m = sum_p s_p Y_m(p): complex squares, not squared sizes. */
function partOf({ real, imaginary, gramReal, gramImaginary }: Harmonics, signs: Float64Array): number {
  const orders = real.length;
  const cr = new Float64Array(orders);
  const ci = new Float64Array(orders);
  for (let m = 0; m < orders; m++)
    for (let p = 0; p < signs.length; p++) {
      cr[m] = (cr[m] as number) + (signs[p] as number) * ((real[m] as Float64Array)[p] as number);
      ci[m] = (ci[m] as number) + (signs[p] as number) * ((imaginary[m] as Float64Array)[p] as number);
    }
  let [re, im] = [0, 0];
  for (let a = 0; a < orders; a++)
    for (let b = 0; b < orders; b++) {
      const pr = (cr[a] as number) * (cr[b] as number) - (ci[a] as number) * (ci[b] as number);
      const pi = (cr[a] as number) * (ci[b] as number) + (ci[a] as number) * (cr[b] as number);
      const gr = (gramReal[a] as Float64Array)[b] as number;
      const gi = (gramImaginary[a] as Float64Array)[b] as number;
      re += pr * gr - pi * gi;
      im += pr * gi + pi * gr;
    }
  return Math.sqrt(Math.max(0, (Math.sqrt(re * re + im * im) + re) / 2));
}
