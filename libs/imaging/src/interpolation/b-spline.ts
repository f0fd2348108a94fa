/** Pole of the direct cubic B-spline filter: sqrt(3) - 2. */
const pole = Math.sqrt(3) - 2;

/**
 * Voxels after which a change at the border of a filtered line has faded to 1e-16 of its size: |pole|^28. A block that is wider by this on
 * each side has the coefficients of the whole image.
 */
export const bSplineReach = 28;

/**
 * Turns samples along one axis into coefficients of the interpolating cubic B-spline, in place, mirrored at both ends. Lines are longer
 * than {@link bSplineReach}.
 * Method: M. Unser, A. Aldroubi, M. Eden, B-spline signal processing: part II, IEEE Trans. Signal Process. 41 (1993), doi 10.1109/78.193221.
 * @param values blocks of `count` samples whose neighbors lie `stride` apart; length `outer * count * stride`
 */
export function bSplineCoefficients(values: Float64Array, outer: number, count: number, stride: number): void {
  for (let block = 0; block < outer; block++)
    for (let lane = 0; lane < stride; lane++) filterLine(values, block * count * stride + lane, count, stride);
}

function filterLine(values: Float64Array, start: number, count: number, stride: number): void {
  const gain = (1 - pole) * (1 - 1 / pole);
  const last = start + (count - 1) * stride;
  let previous = 0;
  for (let n = 0, power = gain; n < bSplineReach; n++, power *= pole) previous += power * (values[start + n * stride] as number);
  values[start] = previous;
  for (let at = start + stride; at <= last; at += stride) {
    previous = (values[at] as number) * gain + pole * previous;
    values[at] = previous;
  }
  let next = (pole / (pole * pole - 1)) * ((values[last] as number) + pole * (values[last - stride] as number));
  values[last] = next;
  for (let at = last - stride; at >= start; at -= stride) {
    next = pole * (next - (values[at] as number));
    values[at] = next;
  }
}
