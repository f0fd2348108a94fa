import type { Box } from '../../interpolation/grid.js';
import type { GridValues } from '../../interpolation/resample.js';

/** High-pass filter of the coiflet of order 1 (I. Daubechies 1993, doi:10.1137/0524031), of unit norm: white noise keeps its spread. */
const highPass = [
  0.0727326195128539, 0.3378976624578092, -0.8525720202122554, 0.3848648468642029, 0.0727326195128539, -0.0156557281354645,
] as const;
/** Median of the absolute value of a standard normal variable. */
const normalMedian = 0.6744897501960817;

/**
 * Standard deviation of the noise of an image: the median of the absolute diagonal details of each slice, by an undecimated wavelet
 * transform, which hardly see the anatomy.
 * @param box where to look; details at its sides read voxels beyond
 * @see S. G. Chang, B. Yu, M. Vetterli 2000, doi:10.1109/83.862633
 */
export function noiseLevel({ dimensions: [ni, nj, nk], values }: GridValues, { from, to }: Box): number {
  const taps = highPass.length;
  const details: number[] = [];
  const rows = new Float64Array(ni * nj);
  for (let k = Math.max(0, from[2]); k < Math.min(nk, to[2]); k++) {
    const slice = k * ni * nj;
    for (let j = 0; j < nj; j++)
      for (let i = 0; i + taps <= ni; i++) {
        let sum = 0;
        for (let t = 0; t < taps; t++) sum += (highPass[t] as number) * (values[slice + j * ni + i + t] as number);
        rows[j * ni + i] = sum;
      }
    for (let j = Math.max(0, from[1]); j + taps <= nj && j < to[1]; j++)
      for (let i = Math.max(0, from[0]); i + taps <= ni && i < to[0]; i++) {
        let sum = 0;
        for (let t = 0; t < taps; t++) sum += (highPass[t] as number) * (rows[(j + t) * ni + i] as number);
        details.push(Math.abs(sum));
      }
  }
  const sorted = Float64Array.from(details).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  const median = sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  return median / normalMedian;
}
