import { boxSize, copyBlock, widenBox } from '@cohortium/imaging';
import type { Box, Triple } from '@cohortium/imaging';
import { ln, pow } from '@cohortium/numerics';

/** Pole of the direct cubic B-spline filter. */
const pole = Math.sqrt(3) - 2;
/** Of the sum that starts the recursion at a border, what is smaller than this is left out (ITK's choice). */
const borderTolerance = 1e-10;
const horizon = Math.ceil(ln(borderTolerance) / ln(Math.abs(pole)));

/** Voxels after which the start of a recursion has left no bit: |pole|^64 is below 1e-36. */
const forgetsAfter = 64;

/** Coefficients of a part of an image. */
export interface Coefficients extends Box {
  readonly values: Float64Array;
}

/**
 * Coefficients of the interpolating cubic B-spline, mirrored at the image's borders, with ITK's way of starting the recursion there, so that
 * coefficients have the bits of its BSplineDecompositionImageFilter. Inside, only the box and what its recursions remember is read.
 * Method: M. Unser, A. Aldroubi, M. Eden, IEEE Trans. Signal Process. 41 (1993), doi 10.1109/78.193221.
 */
export function splineCoefficients(image: { readonly dimensions: Triple; readonly values: ArrayLike<number> }, box: Box): Coefficients {
  const read = widenBox(box, [forgetsAfter, forgetsAfter, forgetsAfter], image.dimensions);
  const values = copyBlock(image, read);
  const [ni, nj, nk] = boxSize(read);
  filterLines(values, nj * nk, ni, 1);
  filterLines(values, nk, nj, ni);
  filterLines(values, 1, nk, ni * nj);
  return { ...read, values };
}

/** Filters all lines of `outer` blocks of `count` samples whose neighbors lie `stride` apart. */
function filterLines(values: Float64Array, outer: number, count: number, stride: number): void {
  if (count === 1) return;
  const line = new Float64Array(count);
  for (let block = 0; block < outer; block++)
    for (let lane = 0; lane < stride; lane++) {
      const start = block * count * stride + lane;
      for (let n = 0; n < count; n++) line[n] = values[start + n * stride] as number;
      filterLine(line);
      for (let n = 0; n < count; n++) values[start + n * stride] = line[n] as number;
    }
}

function filterLine(line: Float64Array): void {
  const last = line.length - 1;
  const gain = (1 - pole) * (1 - 1 / pole);
  for (let n = 0; n <= last; n++) line[n] = (line[n] as number) * gain;
  line[0] = causalStart(line);
  for (let n = 1; n <= last; n++) line[n] = (line[n] as number) + pole * (line[n - 1] as number);
  line[last] = (pole / (pole * pole - 1)) * (pole * (line[last - 1] as number) + (line[last] as number));
  for (let n = last - 1; n >= 0; n--) line[n] = pole * ((line[n + 1] as number) - (line[n] as number));
}

/** The sum over the mirrored continuation of the line: cut off where it no longer counts, or of a whole period. */
function causalStart(line: Float64Array): number {
  const last = line.length - 1;
  let power = pole;
  let sum = line[0] as number;
  if (horizon < line.length) {
    for (let n = 1; n < horizon; n++) {
      sum += power * (line[n] as number);
      power *= pole;
    }
    return sum;
  }
  const inverse = 1 / pole;
  let back = pow(pole, last);
  sum += back * (line[last] as number);
  back *= back * inverse;
  for (let n = 1; n < last; n++) {
    sum += (power + back) * (line[n] as number);
    power *= pole;
    back *= inverse;
  }
  return sum / (1 - power * power);
}
