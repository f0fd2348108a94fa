import type { Triple } from '@cohortium/imaging';
import { cos, log2 } from '@cohortium/numerics';
import type { GaussianPair } from './laplacian-of-gaussian.js';
import type { AxisKernel } from './axis-kernel.js';

/** Gain of a filter at a frequency of the transform, given by its indices along the axes. */
export type Gain = (fi: number, fj: number, fk: number) => number;

/**
 * Places of the N frequencies of a transform along an axis: nu = (k - (N - 1) / 2) / ((N - 1) / 2) for k from 0, moved so that index 0
 * holds k = floor(N / 2). For even N it is off the true frequency by half a step; the reference maps of IBSI 2 are on this grid.
 */
export function frequencyGrid(count: number): Float64Array {
  const center = (count - 1) / 2;
  return Float64Array.from({ length: count }, (_, f) => (count === 1 ? 0 : (((f + (count >> 1)) % count) - center) / center));
}

/**
 * Isotropic band-pass of Simoncelli at level j from 1 (IBSI 2, section 3.6.2, PRT7; Portilla & Simoncelli 2000, doi
 * 10.1023/A:1026553619983). It depends on |nu| only, and every |nu| of an axis comes twice: an eighth of the values is computed.
 * @param counts frequencies along each axis
 */
export function simoncelliGain(level: number, counts: Triple): Gain {
  const highest = 1 / 2 ** (level - 1);
  const radial = (nuSquared: number) => {
    const nu = Math.sqrt(nuSquared);
    return nu >= highest / 4 && nu <= highest ? cos((Math.PI / 2) * log2((2 * nu) / highest)) : 0;
  };
  // Index f holds k = f + floor(N / 2) modulo N; k and N - 1 - k have the same |nu|.
  const folds = counts.map((count) =>
    Int32Array.from({ length: count }, (_, f) => {
      const k = (f + (count >> 1)) % count;
      return Math.min(k, count - 1 - k);
    }),
  ) as [Int32Array, Int32Array, Int32Array];
  const squares = counts.map((count) => {
    const center = (count - 1) / 2;
    return Float64Array.from({ length: (count + 1) >> 1 }, (_, k) =>
      center === 0 ? 0 : ((k - center) / center) * ((k - center) / center),
    );
  }) as [Float64Array, Float64Array, Float64Array];
  const [ci, cj, ck] = [squares[0].length, squares[1].length, squares[2].length];
  const octant = new Float64Array(ci * cj * ck);
  for (let k = 0, at = 0; k < ck; k++)
    for (let j = 0; j < cj; j++) {
      const row = (squares[1][j] as number) + (squares[2][k] as number);
      for (let i = 0; i < ci; i++) octant[at++] = radial(row + (squares[0][i] as number));
    }
  const [foldI, foldJ, foldK] = folds;
  return (fi, fj, fk) => octant[(foldI[fi] as number) + ci * ((foldJ[fj] as number) + cj * (foldK[fk] as number))] as number;
}

/** Transfer function of a Laplacian of a Gaussian from the spectra of its axes' kernels. */
export function laplacianGain(pairs: readonly GaussianPair[], counts: readonly number[]): Gain {
  const spectra = pairs.map(({ gaussian, curvature }, axis) => ({
    gaussian: evenSpectrum(gaussian, counts[axis] as number),
    curvature: evenSpectrum(curvature, counts[axis] as number),
  }));
  return (fi, fj, fk) => {
    const f = [fi, fj, fk];
    let smooth = 1;
    let sum = 0;
    for (let axis = 0; axis < spectra.length; axis++) {
      const { gaussian, curvature } = spectra[axis] as { gaussian: Float64Array; curvature: Float64Array };
      const at = f[axis] as number;
      sum = sum * (gaussian[at] as number) + smooth * (curvature[at] as number);
      smooth *= gaussian[at] as number;
    }
    return sum;
  };
}

/** Spectrum of a kernel that is even around its center. */
function evenSpectrum({ offsets, weights }: AxisKernel, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, f) =>
    offsets.reduce((sum, offset, t) => sum + (weights[t] as number) * cos((2 * Math.PI * ((offset * f) % count)) / count), 0),
  );
}

/** Transfer function of a filter whose response to a real image is real, in one number per frequency. */
export interface RealTransfer {
  /** The transfer function is i times the number, not the number. */
  readonly isImaginary: boolean;
  readonly at: Gain;
}

/**
 * Transfer function of a filter, Riesz-transformed (IBSI 2, section 3.6.4, AYRS; Unser, Chenouard & Van De Ville 2011, doi
 * 10.1109/TIP.2011.2138147): (-i)^L sqrt(L! / (l1! l2! l3!)) nu1^l1 nu2^l2 nu3^l3 / |nu|^L times the gain, L = l1 + l2 + l3.
 *
 * The real part of the response is wanted; on a grid that is not symmetric around 0 that is the response to the average of the
 * transfer function and its conjugate at the opposite frequency.
 * @param order l per axis; zeros: no Riesz transform
 */
export function rieszTransfer(gain: Gain, counts: Triple, order: readonly number[]): RealTransfer {
  const grids = counts.map(frequencyGrid) as [Float64Array, Float64Array, Float64Array];
  const total = order.reduce((sum, l) => sum + l, 0);
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const scale = Math.sqrt(factorial(total) / order.reduce((product, l) => product * factorial(l), 1));
  // (-i)^L = 1, -i, -1, i.
  const sign = total % 4 === 0 || total % 4 === 3 ? 1 : -1;
  const squares = grids.map((grid) => grid.map((nu) => nu * nu)) as [Float64Array, Float64Array, Float64Array];
  const powers = grids.map((grid, axis) => grid.map((nu) => wholePower(nu, order[axis] ?? 0))) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const place = (fi: number, fj: number, fk: number): number => {
    const value = gain(fi, fj, fk);
    if (total === 0 || value === 0) return value;
    const squared = (squares[0][fi] as number) + (squares[1][fj] as number) + (squares[2][fk] as number);
    if (squared === 0) return 0;
    const product = (powers[0][fi] as number) * (powers[1][fj] as number) * (powers[2][fk] as number);
    return (value * product) / wholePower(Math.sqrt(squared), total);
  };
  const half = (sign * scale) / 2;
  const parity = total % 2 === 0 ? 1 : -1;
  const opposites = counts.map((count) => Int32Array.from({ length: count }, (_, f) => (count - f) % count));
  const [oppositeI, oppositeJ, oppositeK] = opposites as [Int32Array, Int32Array, Int32Array];
  return {
    isImaginary: parity < 0,
    at: (fi, fj, fk) =>
      half * (place(fi, fj, fk) + parity * place(oppositeI[fi] as number, oppositeJ[fj] as number, oppositeK[fk] as number)),
  };
}

/** x to a whole power by multiplication, the same on every machine. */
function wholePower(x: number, n: number): number {
  let power = 1;
  for (let factor = 0; factor < n; factor++) power *= x;
  return power;
}
